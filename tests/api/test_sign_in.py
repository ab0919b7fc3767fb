"""Signing in and out with a browser: what the cookie is, whose it is, how long, and who may use it for what."""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.cookies import SimpleCookie
from typing import Any

import pytest
from fastapi.testclient import TestClient

from gridsvc.api.auth import COOKIE, CSRF, csrf_of
from gridsvc.rights import ROLES

from .conftest import BODY
from .house import HOME, PASSWORD, House, soon
from .test_auth import operations


def login(browser: TestClient, name: str = "chen", password: str = PASSWORD) -> Any:
    return browser.post("/v1/login", json={"name": name, "password": password})


def status(browser: TestClient) -> int:
    return browser.get("/v1/me").status_code


def with_cookie(house: House, cookie: str, app: Any = None) -> TestClient:
    browser = house.browser(app)
    browser.cookies.set(COOKIE, cookie)
    return browser


@pytest.fixture(scope="module")
def chen(quiet_house: House) -> House:
    """The house in which chen, a dispatcher, may sign in."""
    quiet_house.add("chen", "dispatcher", password=PASSWORD)
    return quiet_house


def test_the_cookie_of_a_session_is_for_this_site_alone(chen: House):
    answer = login(chen.browser())
    assert answer.status_code == 200
    (told,) = answer.headers.get_list("set-cookie")
    attributes = {part.strip().lower() for part in told.split(";")[1:]}
    assert attributes == {"max-age=43200", "path=/", "secure", "httponly", "samesite=lax"}
    assert told.startswith("__Host-gridsvc=")
    assert len(SimpleCookie(told)["__Host-gridsvc"].value) == 43


def test_who_signed_in_is_told_who_he_is(chen: House):
    browser = chen.browser()
    said = login(browser).json()
    me = browser.get("/v1/me").json()
    assert (said["name"], me["name"], me["district"]) == ("chen", "chen", "990999")
    assert [role["role"] for role in me["roles"]] == ["dispatcher"]
    assert me["permissions"] == sorted(ROLES["dispatcher"])
    assert [(g["role"], g["district"], g["area"]) for g in me["grants"]] == [("dispatcher", "990999", None)]
    assert said["csrf"] == me["csrf"] == csrf_of(browser.cookies[COOKIE])


def test_nobody_else_is_told_anything(chen: House):
    assert status(chen.browser()) == 401


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("chen", "wrong horse battery"), ("chen", ""), ("chen", PASSWORD + " "), ("chen", PASSWORD.upper()),
        ("nobody", PASSWORD), ("Chen", PASSWORD), ("", PASSWORD), ("without", PASSWORD), ("gone", PASSWORD),
        ("admin", "the settings' own key"), ("demo", ""), ("chen", PASSWORD * 40),
    ],
)  # fmt: skip
def test_whatever_is_wrong_the_answer_is_the_same(house: House, name: str, password: str):
    house.add("chen", password=PASSWORD)
    house.add("gone", password=PASSWORD)
    house.add("without")
    house.end("gone")
    wrong, asked = login(house.browser(), "chen", "quite another"), login(house.browser(), name, password)
    assert asked.status_code == 401
    assert (asked.content, dict(asked.headers)) == (wrong.content, dict(wrong.headers))
    assert "set-cookie" not in asked.headers


def test_who_signs_out_is_out_in_every_process(chen: House):
    other = chen.another_process()
    browser = chen.browser()
    said = login(browser).json()
    cookie = browser.cookies[COOKIE]
    here, there = with_cookie(chen, cookie), with_cookie(chen, cookie, other)
    assert (status(here), status(there)) == (200, 200)
    out = browser.post("/v1/logout", headers={CSRF: said["csrf"]})
    assert out.status_code == 204
    assert "max-age=0" in out.headers["set-cookie"].lower()
    assert COOKIE not in browser.cookies
    assert soon(lambda: (status(here), status(there)) == (401, 401))


def test_signing_out_leaves_the_other_sessions(chen: House):
    one, another = chen.signed_in("chen"), chen.signed_in("chen")
    assert one.post("/v1/logout").status_code == 204
    assert soon(lambda: status(one) == 401)
    assert status(another) == 200


def test_with_a_key_there_is_nothing_to_sign_out_of(chen: House):
    key = chen.key("chen")
    assert chen.browser().post("/v1/logout", headers=key).status_code == 204
    assert chen.browser().get("/v1/me", headers=key).json()["csrf"] is None


def test_another_password_ends_every_session(house: House):
    house.add("chen", "viewer", password=PASSWORD)
    browser, elsewhere = house.browser(), house.signed_in("chen", house.another_process())
    word = {CSRF: login(browser).json()["csrf"]}
    changed = {"old": PASSWORD, "new": "another horse battery"}
    assert browser.post("/v1/me/password", json=changed, headers=word).status_code == 204
    assert soon(lambda: (status(browser), status(elsewhere)) == (401, 401))
    assert login(house.browser()).status_code == 401
    assert login(house.browser(), password="another horse battery").status_code == 200


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        ("wrong horse battery", "another horse battery", 401),
        (PASSWORD, "short", 422),
        (PASSWORD, "chen chen chen", 422),
        (PASSWORD, "aaaaaaaaaaaaaaaa", 422),
        (PASSWORD, "x" * 201, 422),
    ],
)
def test_a_password_that_is_refused_changes_nothing(chen: House, old: str, new: str, status: int):
    browser = chen.signed_in("chen")
    refused = browser.post("/v1/me/password", json={"old": old, "new": new})
    assert refused.status_code == status
    assert new not in refused.text
    assert browser.get("/v1/me").status_code == 200
    assert login(chen.browser()).status_code == 200


def test_guessing_gets_slower(house: House):
    house.add("chen", password=PASSWORD)
    house.add("li", password=PASSWORD)
    browser = house.browser()
    for _ in range(5):
        assert login(browser, password="a wrong guess").status_code == 401
    pauses = []
    for _ in range(12):
        refused = login(browser)
        pauses.append(int(refused.headers["retry-after"]))
        assert (refused.status_code, refused.json()["type"]) == (429, "urn:gridsvc:problem:too-many-requests")
        # Not a moment too early.
        house.clock.go_on(seconds=pauses[-1] - 0.001)
        assert login(browser).status_code == 429
        house.clock.go_on(seconds=0.001)
        assert login(browser, password="a wrong guess").status_code == 401
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]
    # Somebody else at the same address is not held up, nor is chen elsewhere.
    assert login(browser, "li").status_code == 200
    assert login(house.browser(host="192.0.2.8")).status_code == 200
    house.clock.go_on(days=1, seconds=1)
    assert login(browser).status_code == 200


def test_a_pause_is_told_in_whole_seconds_that_suffice(house: House):
    house.add("chen", password=PASSWORD)
    for _ in range(5):
        login(house.browser(), password="a wrong guess")
    house.clock.go_on(seconds=1)
    login(house.browser(), password="a wrong guess")
    house.clock.go_on(seconds=0.6)
    house.clock.go_on(seconds=int(login(house.browser()).headers["retry-after"]))
    assert login(house.browser()).status_code == 200


def test_many_guesses_at_once_are_counted_one_by_one(house: House):
    house.add("chen", password=PASSWORD)
    with ThreadPoolExecutor(16) as pool:
        asked = list(pool.map(lambda n: login(house.browser(), password=f"guess number {n}").status_code, range(16)))
    assert sorted(asked) == [401] * 5 + [429] * 11


def test_one_address_cannot_try_every_account(house: House):
    asked = [login(house.browser(), f"name{n}", "the same password").status_code for n in range(31)]
    assert asked == [401] * 30 + [429]


def test_a_session_ends_with_its_actor(house: House):
    browser = house.signed_in(house.add("chen", "viewer"))
    assert status(browser) == 200
    house.end("chen")
    assert soon(lambda: status(browser) == 401)


def test_a_session_that_nobody_uses_ends(house: House):
    house.add("chen", "viewer")
    idle, used = house.signed_in("chen"), house.signed_in("chen")
    for _ in range(11):
        house.clock.go_on(hours=1, minutes=5)
        assert status(used) == 200
    assert status(idle) == 401
    # And none lasts longer than half a day.
    house.clock.go_on(minutes=5)
    assert status(used) == 401


def changed(cookie: str) -> dict[str, str]:
    return {
        "nothing": "", "cut": cookie[:-1], "longer": cookie + "A", "other case": cookie.swapcase(),
        "another": cookie[::-1], "quoted": f'"{cookie}x"', "no text": "\xff\xfe", "long": "A" * 8000, "none": "None",
    }  # fmt: skip


@pytest.mark.parametrize("how", changed(""))
def test_a_cookie_that_is_not_ours_opens_nothing(chen: House, how: str):
    sent = f"{COOKIE}={changed(chen.cookie('chen'))[how]}".encode("latin-1")
    assert chen.browser().get("/v1/me", headers={b"cookie": sent}).status_code == 401


@pytest.mark.parametrize("name", ["gridsvc", "__Secure-gridsvc", "__host-gridsvc", "session"])
def test_a_cookie_of_another_name_opens_nothing(chen: House, name: str):
    browser = chen.browser()
    browser.cookies.set(name, chen.cookie("chen"))
    assert status(browser) == 401


def test_a_cookie_from_before_is_not_taken_over(chen: House):
    """Somebody puts a cookie into a browser and waits for its user to sign in with it."""
    chen.add("planted")
    for before in ("A" * 43, chen.cookie("planted")):
        victim = with_cookie(chen, before)
        answer = login(victim)
        cookie = SimpleCookie(answer.headers["set-cookie"])[COOKIE].value
        assert cookie != before
        assert with_cookie(chen, cookie).get("/v1/me").json()["name"] == "chen"
        assert with_cookie(chen, before).get("/v1/me").json().get("name") in (None, "planted")


def test_a_key_counts_before_a_cookie(chen: House):
    chen.add("program", "viewer")
    browser = chen.signed_in("chen")
    me = browser.get("/v1/me", headers=chen.key("program")).json()
    assert (me["name"], me["csrf"]) == ("program", None)
    assert browser.get("/v1/me", headers={"Authorization": "Bearer wrong"}).status_code == 401


def complained_of(refused: Any) -> list[str]:
    """The fields that a refusal names, in its descriptions where it is told in Open311's words."""
    if refused.headers["content-type"] == "application/problem+json":
        return [e["field"] for e in refused.json()["errors"]]
    return [field for field in (CSRF, "Origin") if field in refused.text]


def unsafe(house: House) -> list[tuple[str, str]]:
    return [(method, path) for method, path in operations(house.browser()) if method != "get"]


@pytest.fixture(scope="module")
def boss(quiet_house: House) -> House:
    quiet_house.add("boss", "administrator")
    return quiet_house


@pytest.mark.parametrize("word", ["none", "empty", "wrong", "another session's", "the cookie's own", "no text"])
def test_every_change_needs_the_sessions_word(boss: House, word: str):
    cookie = boss.cookie("boss")
    said = {
        "empty": "", "wrong": "0" * 64, "another session's": csrf_of(boss.cookie("boss")), "the cookie's own": cookie,
        "no text": "\xff",
    }  # fmt: skip
    browser = with_cookie(boss, cookie)
    headers = {} if word == "none" else {CSRF.encode(): said[word].encode("latin-1")}
    asked = unsafe(boss)
    assert len(asked) >= 13
    for method, path in asked:
        refused = browser.request(method, path, json={}, headers=headers)
        assert (refused.status_code, complained_of(refused)) == (403, [CSRF]), (method, path)
    assert status(browser) == 200


ELSEWHERE = ["https://evil.example", "null", "https://grid.example.evil.example", f"{HOME}:444", "", "grid.example"]


@pytest.mark.parametrize("origin", ELSEWHERE)
def test_no_change_comes_from_another_site(boss: House, origin: str):
    browser = boss.signed_in("boss")
    for method, path in [*unsafe(boss), ("post", "/v1/login")]:
        body = {"name": "chen", "password": PASSWORD} if path == "/v1/login" else {}
        refused = browser.request(method, path, json=body, headers={"Origin": origin})
        assert (refused.status_code, complained_of(refused)) == (403, ["Origin"]), path
        assert "set-cookie" not in refused.headers


@pytest.mark.parametrize("origin", [None, HOME, HOME.upper()])
def test_a_change_from_this_site_with_the_word_is_made(boss: House, origin: str | None):
    headers = {"Idempotency-Key": "k"} | ({} if origin is None else {"Origin": origin})
    browser = boss.signed_in("boss")
    assert browser.post("/v1/cases", json=BODY, headers=headers).status_code == 201
    assert browser.post("/v1/route", json={"point": BODY["point"]}, headers=headers).status_code == 200


def test_a_key_needs_no_word_and_no_origin(boss: House):
    headers = boss.key("boss") | {"Origin": "https://app.example"}
    assert boss.browser().post("/v1/route", json={"point": BODY["point"]}, headers=headers).status_code == 200


def test_reading_needs_no_word(boss: House):
    browser = with_cookie(boss, boss.cookie("boss"))
    for path in ("/v1/me", "/v1/layers", "/v1/cases", "/v1/actors", "/maps/heat"):
        assert browser.get(path, headers={"Origin": "https://evil.example"}).status_code == 200, path


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_no_plain_form_signs_anybody_in(chen: House, kind: str):
    body = f'{{"name": "chen", "password": "{PASSWORD}"}}'
    refused = chen.browser().post("/v1/login", content=body, headers={"Content-Type": kind})
    assert (refused.status_code, "set-cookie" in refused.headers) == (422, False)
    assert PASSWORD not in refused.text


HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def test_who_opens_a_page_is_led_to_where_one_signs_in(chen: House):
    led = chen.browser().get("/maps/heat?lang=en&from=2024-01-01", headers=HTML, follow_redirects=False)
    assert (led.status_code, led.headers["location"]) == (303, "/login?next=/maps/heat%3Flang%3Den%26from%3D2024-01-01")
    over = with_cookie(chen, "A" * 43).get("/maps/heat", headers=HTML, follow_redirects=False)
    assert (over.status_code, over.headers["location"]) == (303, "/login?next=/maps/heat")


def test_programs_are_told_instead(chen: House):
    browser = chen.browser()
    assert browser.get("/maps/heat").status_code == 401
    assert browser.post("/v1/route", json={}, headers=HTML).status_code == 401
    refused = browser.get("/v1/cases", headers=HTML | chen.key("chen") | {"X": "y"})
    assert refused.status_code == 200


@pytest.mark.parametrize(("lang", "word"), [("zh", "密码"), ("en", "Password")])
def test_the_page_to_sign_in_at_needs_nobody(chen: House, lang: str, word: str):
    page = chen.browser().get(f"/login?lang={lang}")
    assert page.status_code == 200
    assert word in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]


LONG = "s3cret" * 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/login", {"name": "chen", "password": LONG}),
        ("/v1/login", {"name": "chen", "password": [LONG]}),
        ("/v1/login", {"name": "chen", "pasword": LONG}),
        ("/v1/login", {"name": LONG, "password": ""}),
        ("/v1/login", {"name": "chen", "password": f"{LONG[:60]}\0"}),
        ("/v1/me/password", {"old": LONG, "new": LONG}),
        ("/v1/me/password", [LONG]),
        ("/v1/actors", {"name": "li", "password": LONG}),
        ("/v1/actors", {"name": "li", "pass": LONG}),
    ],
)
def test_a_password_never_comes_back(boss: House, path: str, body: Any, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG, "gridsvc")
    refused = boss.signed_in("boss").post(path, json=body)
    assert refused.status_code == 422
    assert refused.json()["errors"]
    assert "s3cret" not in refused.text
    assert "s3cret" not in caplog.text


@pytest.fixture(scope="module")
def open_house(cluster, small_template: str) -> Iterator[House]:
    with House(cluster.make_database("house_open", small_template), open_access=True) as opened:
        yield opened


def at_home(house: House, **headers: str) -> TestClient:
    browser = house.browser(host="127.0.0.1", **headers)
    browser.base_url = "http://127.0.0.1:8000"
    return browser


@pytest.mark.parametrize("cookie", ["", f"{COOKIE}={'A' * 43}"])
def test_where_all_is_open_a_cookie_left_over_is_as_none(open_house: House, cookie: str):
    browser = at_home(open_house, Cookie=cookie)
    assert browser.get("/v1/me").json()["name"] == "demo"
    assert browser.post("/v1/route", json={"point": BODY["point"]}).status_code == 200


def test_where_all_is_open_other_sites_are_still_kept_out(open_house: House):
    browser = at_home(open_house, Origin="https://evil.example")
    for method, path in unsafe(open_house):
        assert browser.request(method, path, json={"point": BODY["point"]}).status_code == 403, path
    home = at_home(open_house, Origin="http://127.0.0.1:8000")
    assert home.post("/v1/route", json={"point": BODY["point"]}).status_code == 200
