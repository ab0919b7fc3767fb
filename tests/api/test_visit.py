"""A browser's visit to the provider: bound to the browser, short, for a path of ours only, and ended once."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridsvc.api.visit import LASTS, Returned, Visit
from gridsvc.errors import BadInput

NOW = datetime(2024, 6, 12, 4, 0, 0, 250_000, tzinfo=UTC)
SECOND = timedelta(seconds=1)
PATHS = ["/", "/maps/heat", "/maps/heat?from=2024-01-01&to=2024-02-01#top", "/a//b", "/%E7%BD%91%E6%A0%BC",
         "/@evil.example", "/.//evil.example", "/:80", "/?next=https://evil.example"]  # fmt: skip
TRICKS = ["", "maps", "//", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "/a\\b",
          "https:evil.example", "https://evil.example", "HTTPS://evil.example", "javascript:alert(1)",
          "data:text/html,x", " //evil.example", "/\t/evil.example", "/\n/evil.example", "/\r\nSet-Cookie: a=b",
          "\x00/", "/\x00", "/ a", "/网格", "?a=b", "#a", ".", "/" + "a" * 2000, "\u2044/evil.example"]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_a_path_of_ours_comes_back_as_it_went(path: str):
    visit = Visit.begin(path, NOW)
    assert Visit.kept(visit.cookie(), NOW) == visit
    assert visit.path == path


@pytest.mark.parametrize("path", TRICKS)
def test_a_path_that_leads_elsewhere_is_refused(path: str):
    with pytest.raises(BadInput) as e:
        Visit.begin(path, NOW)
    assert e.value.errors[0].field == "next"


@given(st.text())
def test_what_is_kept_of_any_path_can_stand_in_a_cookie_and_comes_back(path: str):
    try:
        visit = Visit.begin(path, NOW)
    except BadInput:
        return
    assert not set(visit.cookie()) & set(' ",;\\')
    assert visit.cookie().isascii()
    assert Visit.kept(visit.cookie(), NOW) == visit
    parts = urlsplit("https://grid.example" + path)
    assert parts.netloc == "grid.example"


def test_no_two_visits_are_alike():
    made = [Visit.begin("/", NOW) for _ in range(100)]
    assert len({secret for v in made for secret in (v.state, v.nonce, v.verifier, v.secret)}) == 400


@pytest.mark.parametrize(
    ("later", "kept"),
    [(0 * SECOND, True), (LASTS - SECOND, True), (LASTS, False), (-SECOND, False), (9999 * LASTS, False)],
)
def test_a_visit_is_over_after_ten_minutes(later: timedelta, kept: bool):
    assert (Visit.kept(Visit.begin("/", NOW).cookie(), NOW + later) is not None) == kept


# As long as one that we make, and the same in every process that collects these tests.
SECRET = "A1b2C3d4-E5f6_G7h8" + "i9" * 12 + "Z"
BROKEN = [None, "", ".", "..", "a.1.%2F", f"{SECRET}", f"{SECRET}.1718164800", f"{SECRET}.x./", f"{SECRET}.-1./",
          f"{SECRET}.99999999999./", f"{SECRET}.9999999999999999999./", f"{SECRET}.1718164800.//evil.example",
          f"{SECRET}.1718164800.%2F%2Fevil.example", f"{SECRET}.1718164800.%0A", f"{SECRET[1:]}.1718164800./", "é" * 43 + ".1./"]  # fmt: skip  # noqa: E501


def test_the_secret_of_these_tests_is_as_long_as_ours():
    assert len(SECRET) == len(Visit.begin("/", NOW).secret)


@pytest.mark.parametrize("cookie", BROKEN)
def test_a_cookie_that_is_not_ours_is_no_visit(cookie: str | None):
    assert Visit.kept(cookie, NOW) is None


def test_whoever_changes_the_cookie_loses_the_state():
    visit = Visit.begin("/maps/heat", NOW)
    secret, began, path = visit.cookie().split(".")
    for changed in (f"{secret}.{int(began) - 1}.{path}", f"{secret}.{began}./docs", f"{SECRET}.{began}.{path}"):
        other = Visit.kept(changed, NOW)
        assert other is not None
        assert visit.state != other.state
        assert visit.nonce != other.nonce
        assert visit.verifier != other.verifier


def test_the_browser_is_sent_with_all_that_the_provider_needs():
    visit = Visit.begin("/", NOW)
    url = visit.request("https://id.example/auth?tenant=1", "gridsvc", "https://grid.example/login/oidc/callback")
    assert url.startswith("https://id.example/auth?tenant=1&")
    challenge = base64.urlsafe_b64encode(hashlib.sha256(visit.verifier.encode()).digest()).decode().rstrip("=")
    assert dict(parse_qsl(urlsplit(url).query)) == {
        "tenant": "1", "response_type": "code", "scope": "openid", "client_id": "gridsvc",
        "redirect_uri": "https://grid.example/login/oidc/callback", "state": visit.state, "nonce": visit.nonce,
        "code_challenge": challenge, "code_challenge_method": "S256",
    }  # fmt: skip
    assert visit.verifier not in url
    assert visit.secret not in url
    # RFC 7636 wants 43 to 128 characters.
    assert 43 <= len(visit.verifier) <= 128


def test_a_visit_ends_once_and_is_forgotten_when_its_time_is_over():
    returned, visit = Returned(), Visit.begin("/", NOW)
    assert returned.first_time(visit, NOW + SECOND)
    assert not returned.first_time(visit, NOW + SECOND)
    assert not returned.first_time(visit, NOW + LASTS - SECOND)
    assert returned.first_time(Visit.begin("/", NOW), NOW + SECOND)
    # By then its cookie is refused for its age, and nothing need be known of it.
    assert returned.first_time(visit, NOW + LASTS)
