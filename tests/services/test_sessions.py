"""Signing in and out: the right password opens a session, and guessing gets slower, whoever guesses from where."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine

from gridsvc.errors import BadInput, GridsvcError, NotAuthenticated, TooManyRequests
from gridsvc.services import actors, sessions
from gridsvc.services.sessions import check_password, hash_password, sign_in, sign_in_subject, sign_out
from gridsvc.store import audit
from gridsvc.store import sessions as rows
from gridsvc.store.engine import make_engine, transaction

from .conftest import NOW

RIGHT, WRONG = "correct horse 9", "correct horse 8"
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)

pytestmark = pytest.mark.usefixtures("quick_hashes")


@pytest.fixture
def li(engine: Engine) -> str:
    actors.add_actor(engine, "li", "cli:root", NOW, password=RIGHT)
    return "li"


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hashes that a password was really held against."""
    seen: list[str] = []
    verify = PasswordHasher.verify

    def counted(self: PasswordHasher, hashed: Any, password: Any) -> bool:
        seen.append(hashed)
        return verify(self, hashed, password)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    return seen


def outcome(attempt: Callable[[], Any]) -> str:
    try:
        attempt()
    except GridsvcError as e:
        return type(e).__name__
    return "in"


def audited(engine: Engine) -> list[tuple[str, str, str]]:
    with transaction(engine) as connection:
        return [(e.actor, e.action, e.subject) for e in audit.chain(connection)]


def open_sessions(engine: Engine, cookie: str) -> bool:
    with transaction(engine) as connection:
        return rows.find_session(connection, sessions.digest_of(cookie)) is not None


def test_the_right_password_opens_a_session(engine: Engine, li: str):
    cookie, holder = sign_in(engine, li, RIGHT, "10.0.0.1", NOW)
    assert holder.name == li
    assert len(cookie) >= 43
    assert open_sessions(engine, cookie)
    assert audited(engine)[-1] == ("li", "sign-in", "li")


def test_every_session_has_a_cookie_of_its_own(engine: Engine, li: str):
    assert len({sign_in(engine, li, RIGHT, "10.0.0.1", NOW)[0] for _ in range(3)}) == 3


def test_the_cookie_itself_is_nowhere_in_the_database(engine: Engine, li: str):
    cookie, _ = sign_in(engine, li, RIGHT, "10.0.0.1", NOW)
    with transaction(engine) as connection:
        stored = rows.find_session(connection, sessions.digest_of(cookie))
        said = [e.payload for e in audit.chain(connection)]
    assert stored is not None
    assert cookie.encode() not in stored.digest
    assert cookie not in repr(said)


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("li", WRONG), ("li", ""), ("li", RIGHT + "x"), ("li", RIGHT[:-1]), ("LI", RIGHT), ("", RIGHT), ("", ""),
        ("nobody", RIGHT), ("x" * 100_000, RIGHT), ("li", "x" * 100_000), ("li\n", RIGHT),
    ],
    ids=lambda text: repr(text[:12]),
)  # fmt: skip
def test_anything_else_is_refused_alike(engine: Engine, li: str, name: str, password: str):
    with pytest.raises(NotAuthenticated) as refused:
        sign_in(engine, name, password, "10.0.0.1", NOW)
    assert refused.value.en == "the name or the password is wrong"
    # What nobody is called is not kept: it may be a password.
    assert audited(engine)[-1] == ("", "sign-in refused", name if name == li else "")


@pytest.mark.parametrize("name", ["li", "nobody", "program", "gone"])
def test_a_hash_is_verified_whether_or_not_there_is_such_an_account(
    engine: Engine, li: str, verified: list[str], name: str
):
    """So that the time it takes tells nothing of which names there are."""
    actors.add_actor(engine, "program", "cli:root", NOW, kind="program")
    actors.add_actor(engine, "gone", "cli:root", NOW, password=RIGHT)
    actors.end_actor(engine, "gone", "cli:root", NOW)
    sessions._nobodys()
    assert outcome(lambda: sign_in(engine, name, WRONG, "10.0.0.1", NOW)) == "NotAuthenticated"
    assert len(verified) == 1
    costs = verified[0].rpartition("$")[0].rpartition("$")[0]
    assert costs == sessions._nobodys().rpartition("$")[0].rpartition("$")[0]


def test_whoever_has_ended_does_not_come_in(engine: Engine, li: str):
    actors.end_actor(engine, li, "cli:root", NOW)
    assert outcome(lambda: sign_in(engine, li, RIGHT, "10.0.0.1", NOW)) == "NotAuthenticated"


@pytest.mark.parametrize(
    "password", ["", "short", "elevenchars", "x" * 201, "aaaaaaaaaaaaaaaa", "abababababab", "my LI password"]
)
def test_a_weak_password_is_refused_without_being_repeated(password: str):
    with pytest.raises(BadInput) as refused:
        hash_password(password, "li")
    assert [e.field for e in refused.value.errors] == ["password"]
    assert not password or password not in refused.value.text("en") + refused.value.text("zh")


@pytest.mark.parametrize("password", ["twelve chars", "十二个字符的密码也可以用", "x" * 195 + "abcde"])
def test_a_password_that_is_long_enough_is_hashed_with_a_salt(password: str):
    one, other = hash_password(password, "li"), hash_password(password, "li")
    assert one != other
    assert one.startswith("$argon2id$")
    assert password not in one


def test_the_hash_costs_what_the_standard_recommends(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.undo()
    found = sessions._HASHER
    assert (found.memory_cost, found.time_cost, found.parallelism) == (65536, 3, 4)


def test_an_older_hash_is_made_anew_at_the_next_sign_in(engine: Engine, monkeypatch: pytest.MonkeyPatch):
    actors.add_actor(engine, "li", "cli:root", NOW, password=RIGHT)
    monkeypatch.setattr(sessions, "_HASHER", PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    sign_in(engine, "li", RIGHT, "10.0.0.1", NOW)
    with transaction(engine) as connection:
        assert "t=2" in (actors.need_actor(connection, "li").password or "")
    assert outcome(lambda: sign_in(engine, "li", RIGHT, "10.0.0.1", NOW)) == "in"


def test_signing_out_ends_this_session_and_no_other(engine: Engine, li: str):
    one, other = (sign_in(engine, li, RIGHT, "10.0.0.1", NOW)[0] for _ in range(2))
    sign_out(engine, one, NOW)
    assert (open_sessions(engine, one), open_sessions(engine, other)) == (False, True)
    assert audited(engine)[-1] == ("li", "sign-out", "li")


@pytest.mark.parametrize("cookie", ["", "nothing", "\ud800"])
def test_signing_out_of_nothing_does_nothing(engine: Engine, li: str, cookie: str):
    before = audited(engine)
    sign_out(engine, cookie, NOW)
    assert audited(engine) == before


def test_sessions_that_are_over_are_cleared_away(engine: Engine, li: str):
    old, _ = sign_in(engine, li, RIGHT, "10.0.0.1", NOW)
    sign_in(engine, li, RIGHT, "10.0.0.1", NOW + sessions.LASTS)
    assert not open_sessions(engine, old)


def test_a_provider_vouches_for_whom_it_knows(engine: Engine):
    actors.add_actor(engine, "li", "cli:root", NOW, subject=("https://id", "42"))
    cookie = sign_in_subject(engine, "https://id", "42", "10.0.0.1", NOW)
    assert cookie is not None
    assert open_sessions(engine, cookie)
    for issuer, subject in (("https://id", "43"), ("https://other", "42"), ("", "")):
        assert sign_in_subject(engine, issuer, subject, "10.0.0.1", NOW) is None
    actors.end_actor(engine, "li", "cli:root", NOW)
    assert sign_in_subject(engine, "https://id", "42", "10.0.0.1", NOW) is None
    assert [action for _, action, _ in audited(engine)].count("sign-in refused") == 4


# --- guessing


def guess(engine: Engine, name: str, address: str, at: Any = NOW, password: str = WRONG) -> str:
    return outcome(lambda: sign_in(engine, name, password, address, at))


@pytest.mark.parametrize(
    ("attempts", "tried"),
    [
        ([("li", "10.0.0.1")] * 100, 5),
        ([("nobody", "10.0.0.1")] * 100, 5),
        ([("li", f"10.0.0.{k}") for k in range(100)], 50),
        ([("nobody", f"10.0.0.{k}") for k in range(100)], 50),
        ([(f"n{k}", "10.0.0.1") for k in range(100)], 30),
    ],
    ids=["one account", "an unknown one", "from many addresses", "an unknown one from many", "many accounts"],
)
def test_of_a_hundred_guesses_at_once_only_the_free_ones_are_tried(
    empty_url: str, engine: Engine, li: str, verified: list[str], attempts: list, tried: int
):
    sessions._nobodys()
    busy = make_engine(empty_url, 12)
    with ThreadPoolExecutor(12) as pool:
        met = Counter(pool.map(lambda a: guess(busy, *a), attempts))
    busy.dispose()
    assert met == {"NotAuthenticated": tried, "TooManyRequests": 100 - tried}
    assert len(verified) == tried


def test_the_pause_doubles_with_every_failure_up_to_a_quarter_of_an_hour(engine: Engine, li: str):
    at = NOW
    for _ in range(5):
        assert guess(engine, li, "10.0.0.1", at) == "NotAuthenticated"
    for wait_s in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900):
        with pytest.raises(TooManyRequests) as refused:
            sign_in(engine, li, RIGHT, "10.0.0.1", at)
        assert refused.value.retry_after_s == wait_s
        assert guess(engine, li, "10.0.0.1", at + wait_s * SECOND - timedelta(microseconds=1)) == "TooManyRequests"
        at += wait_s * SECOND
        assert guess(engine, li, "10.0.0.1", at) == "NotAuthenticated"


def test_who_must_wait_has_no_hash_verified_and_no_pause_lengthened(engine: Engine, li: str, verified: list[str]):
    for _ in range(5):
        guess(engine, li, "10.0.0.1")
    verified.clear()
    assert [guess(engine, li, "10.0.0.1") for _ in range(20)] == ["TooManyRequests"] * 20
    assert verified == []
    assert guess(engine, li, "10.0.0.1", NOW + SECOND, RIGHT) == "in"


def test_failures_from_one_address_do_not_keep_others_out(engine: Engine, li: str):
    for _ in range(20):
        guess(engine, li, "10.0.0.1")
    assert guess(engine, li, "10.0.0.2", password=RIGHT) == "in"


def test_the_right_password_forgives_what_was_mistyped(engine: Engine, li: str):
    """Whoever mistypes it every time before he gets it right is never made to wait."""
    met = [guess(engine, li, "10.0.0.1", password=p) for _ in range(20) for p in (WRONG, RIGHT)]
    assert met == ["NotAuthenticated", "in"] * 20


def test_a_guesser_with_an_account_of_his_own_is_not_forgiven_the_others(engine: Engine, li: str):
    """He signs in as himself between two guesses; the address is forgiven only that one attempt."""
    actors.add_actor(engine, "wang", "cli:root", NOW, password=RIGHT)
    met = []
    for k in range(40):
        met += [guess(engine, f"n{k}", "10.0.0.1"), guess(engine, "wang", "10.0.0.1", password=RIGHT)]
    assert met.count("NotAuthenticated") == 30


def test_who_comes_in_lengthens_nobodys_pause_at_his_address(engine: Engine, li: str):
    """Many share an address: after the pause for what was guessed there, all who know their password come in."""
    at = NOW
    for k in range(36):
        guess(engine, f"n{k}", "10.0.0.1", at)
        at += 15 * MINUTE
    met = [guess(engine, li, "10.0.0.1", at + k * SECOND, RIGHT) for k in range(3)]
    assert met == ["in"] * 3
    assert guess(engine, "another", "10.0.0.1", at + 3 * SECOND) == "NotAuthenticated"
    assert guess(engine, li, "10.0.0.1", at + 4 * SECOND, RIGHT) == "TooManyRequests"


def test_failures_are_forgotten_after_a_day(engine: Engine, li: str):
    for k in range(50):
        guess(engine, li, f"10.0.0.{k}")
    assert guess(engine, li, "10.0.1.1", password=RIGHT) == "TooManyRequests"
    assert guess(engine, li, "10.0.1.1", NOW + timedelta(days=1, seconds=1), RIGHT) == "in"


def test_guessing_the_old_password_gets_slower_like_signing_in(engine: Engine, li: str):
    met = [outcome(lambda: check_password(engine, li, WRONG, "10.0.0.1", NOW)) for _ in range(7)]
    assert met == ["NotAuthenticated"] * 5 + ["TooManyRequests"] * 2


def test_two_who_share_address_and_account_never_wait_for_each_other_for_good(empty_url: str, engine: Engine, li: str):
    """Somebody who signs in twice at once is let in twice, or asked to wait; the database has no deadlock to break."""
    busy = make_engine(empty_url, 8)
    with ThreadPoolExecutor(8) as pool:
        met = Counter(pool.map(lambda _: guess(busy, li, "10.0.0.1", password=RIGHT), range(80)))
    busy.dispose()
    assert set(met) <= {"in", "TooManyRequests"}
    assert met["in"] >= 5


@pytest.mark.parametrize("meanwhile", ["another password", "ended"])
def test_what_changes_while_a_password_is_verified_counts(engine: Engine, li: str, meanwhile: str):
    other = hash_password("another horse 9", li)
    met: list[str] = []
    signing = threading.Thread(target=lambda: met.append(guess(engine, li, "10.0.0.1", password=RIGHT)))
    # With both permits taken, whoever signs in waits just before the hash is verified.
    with sessions._AT_ONCE, sessions._AT_ONCE:
        signing.start()
        until_s = time.monotonic() + 20.0
        while not failures(engine, li) and time.monotonic() < until_s:
            time.sleep(0.005)
        with transaction(engine) as connection:
            found = actors.need_actor(connection, li)
            changes = {"password": other} if meanwhile == "another password" else {"ended_at": NOW}
            actors.store.change_actor(connection, found.id, **changes)
    signing.join(20.0)
    assert met == ["NotAuthenticated"]


def failures(engine: Engine, name: str) -> bool:
    with transaction(engine) as connection:
        return bool(rows.failures(connection, [f"{name}\n"], NOW - MINUTE))
