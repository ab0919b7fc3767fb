"""Who a key or a cookie stands for: what has ended is refused at once everywhere, and a lost database is survived."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Engine, make_url, text

from gridsvc.errors import Forbidden, NotAuthenticated, Unavailable
from gridsvc.rights import ALL, ROLES, Grant
from gridsvc.services import actors, identity, keys
from gridsvc.services.identity import ASK_AGAIN, AWAY, IDLE, Identities, digest_of
from gridsvc.services.sessions import LASTS, open_session, sign_out
from gridsvc.store import audit
from gridsvc.store.cluster import Cluster
from gridsvc.store.engine import make_engine, transaction

from .conftest import NOW

TICK, MINUTE, HOUR = timedelta(microseconds=1), timedelta(minutes=1), timedelta(hours=1)
BY, D = "cli:root", "990999"

pytestmark = pytest.mark.usefixtures("quick_hashes")


@pytest.fixture
def li(engine: Engine) -> str:
    """An actor who may look at a district."""
    actors.add_actor(engine, "li", BY, NOW, given=Grant("viewer", D), password="correct horse 9")
    return "li"


@pytest.fixture
def here(engine: Engine) -> Identities:
    return Identities(engine, "the settings' own key")


@pytest.fixture
def elsewhere(empty_url: str) -> Iterator[Identities]:
    """Another process's."""
    theirs = make_engine(empty_url, 2)
    yield Identities(theirs)
    theirs.dispose()


def new_key(engine: Engine, name: str = "li", **how: object) -> tuple[int, str]:
    made, key = keys.add_key(engine, name, "", BY, NOW, **how)
    return made.id, key


def new_cookie(engine: Engine, name: str = "li") -> str:
    with transaction(engine) as connection:
        return open_session(connection, actors.need_actor(connection, name), NOW)


def refused(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except NotAuthenticated:
        return True
    return False


def test_a_key_stands_for_its_actor_with_all_the_grants(engine: Engine, li: str, here: Identities):
    known = here.of_key(new_key(engine)[1], NOW)
    assert (known.actor.name, known.actor.only, known.rate_per_s, known.expires_at) == (li, None, None, None)
    assert known.actor.permissions(D, NOW) == ROLES["viewer"]


def test_a_narrowed_key_says_so(engine: Engine, li: str, here: Identities):
    end = NOW + HOUR
    _, key = new_key(engine, permissions=["route", "audit:read"], rate_per_s=2.5, expires_at=end)
    known = here.of_key(key, NOW)
    assert (known.actor.only, known.rate_per_s, known.expires_at) == ({"route", "audit:read"}, 2.5, end)
    assert known.actor.permissions(D, NOW) == {"route"}


def test_a_permission_that_a_later_version_knows_is_none_here(engine: Engine, li: str, here: Identities):
    _, key = new_key(engine, permissions=["route"])
    with engine.begin() as connection:
        connection.execute(text("UPDATE api_key SET permissions = '{route,future:thing}'"))
    assert here.of_key(key, NOW).actor.only == {"route"}


def test_the_key_of_the_settings_may_do_everything(here: Identities):
    assert here.of_key("the settings' own key", NOW).actor.permissions("anywhere", NOW) == ALL


def test_without_a_key_in_the_settings_an_empty_one_opens_nothing(elsewhere: Identities):
    assert refused(lambda: elsewhere.of_key("", NOW))


@pytest.mark.parametrize(
    "change",
    [
        lambda key: "",
        lambda key: "gk_",
        lambda key: key[:-1],
        lambda key: key + "A",
        lambda key: key + "\n",
        lambda key: key[:16] + "A" * 43,
        lambda key: "gk_" + "0" * 12 + key[15:],
        lambda key: key.upper(),
        lambda key: "the settings' own key ",
        lambda key: "\ud800" + key,
    ],
)
def test_a_key_that_nobody_holds_is_refused(engine: Engine, li: str, here: Identities, change: Callable[[str], str]):
    _, key = new_key(engine)
    assert refused(lambda: here.of_key(change(key), NOW))
    assert not refused(lambda: here.of_key(key, NOW))


def test_neither_key_nor_cookie_is_stored_as_it_is(engine: Engine, li: str):
    (_, key), cookie = new_key(engine), new_cookie(engine)
    with engine.connect() as connection:
        rows = [str(connection.execute(text(f"SELECT * FROM {t}")).all()) for t in ("api_key", "session", "audit")]
    for secret in (key, key[16:], cookie):
        assert secret not in "".join(rows)


def test_an_opened_session_stands_for_whose_it_is(engine: Engine, li: str, here: Identities):
    known = here.of_session(new_cookie(engine), NOW)
    assert (known.actor.name, known.actor.only, known.expires_at) == (li, None, NOW + LASTS)


@pytest.mark.parametrize("cookie", ["", "nothing", "\udcff"])
def test_a_cookie_that_nobody_was_given_is_refused(here: Identities, cookie: str):
    assert refused(lambda: here.of_session(cookie, NOW))


def test_a_key_is_no_cookie_and_a_cookie_no_key(engine: Engine, li: str, here: Identities):
    (_, key), cookie = new_key(engine), new_cookie(engine)
    assert refused(lambda: here.of_session(key, NOW))
    assert refused(lambda: here.of_key(cookie, NOW))


def test_a_provider_knows_by_issuer_and_subject(engine: Engine, here: Identities):
    actors.add_actor(engine, "wang", BY, NOW, subject=("https://id", "42"))
    assert here.of_subject("https://id", "42", NOW).name == "wang"
    for issuer, subject in (("https://id", "4"), ("https://other", "42"), ("https://id\n42", "")):
        with pytest.raises(Forbidden):
            here.of_subject(issuer, subject, NOW)


def test_the_last_use_of_a_key_is_noted(engine: Engine, li: str, here: Identities):
    _, key = new_key(engine)
    for at in (NOW, NOW + MINUTE, NOW + 3 * MINUTE):
        here.of_key(key, at)
    (_, _, (stored,)) = actors.page_of_actors(engine, None, 10)[0]
    assert stored.used_at == NOW + 3 * MINUTE


# --- what has ended

ENDS = {
    "the key ended": lambda engine, id_: keys.end_key(engine, "li", id_, BY, NOW),
    "the key rotated without overlap": lambda engine, id_: keys.rotate_key(
        engine, "li", id_, BY, NOW, timedelta(0)
    ),
    "the actor ended": lambda engine, id_: actors.end_actor(engine, "li", BY, NOW),
}  # fmt: skip


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_an_ended_key_is_refused_everywhere_as_soon_as_it_is_told(
    engine: Engine, li: str, here: Identities, elsewhere: Identities, end: Callable[[Engine, int], object]
):
    id_, key = new_key(engine)
    for one in (here, elsewhere):
        one.look()
        one.of_key(key, NOW)
    end(engine, id_)
    for one in (here, elsewhere):
        one.look()
        assert refused(lambda one=one: one.of_key(key, NOW))


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_an_ended_key_is_refused_within_a_minute_where_no_word_comes(
    engine: Engine, li: str, elsewhere: Identities, end: Callable[[Engine, int], object]
):
    id_, key = new_key(engine)
    elsewhere.of_key(key, NOW)
    end(engine, id_)
    assert not refused(lambda: elsewhere.of_key(key, NOW + ASK_AGAIN - TICK))
    assert refused(lambda: elsewhere.of_key(key, NOW + ASK_AGAIN))


@pytest.mark.parametrize("is_known", [False, True], ids=["not asked before", "known"])
def test_a_key_expires_at_its_instant(engine: Engine, li: str, here: Identities, is_known: bool):
    _, key = new_key(engine, expires_at=NOW + 30 * TICK)
    if is_known:
        here.of_key(key, NOW)
    assert not refused(lambda: here.of_key(key, NOW + 29 * TICK))
    assert refused(lambda: here.of_key(key, NOW + 30 * TICK))


@pytest.mark.parametrize("is_known", [False, True], ids=["not asked before", "known"])
def test_a_rotated_key_goes_on_for_the_overlap_and_no_longer(engine: Engine, li: str, here: Identities, is_known: bool):
    id_, old = new_key(engine, permissions=["route"], rate_per_s=3.0)
    _, new = keys.rotate_key(engine, li, id_, BY, NOW, HOUR)
    last = NOW + HOUR - TICK
    if is_known:
        here.of_key(old, last)
    assert not refused(lambda: here.of_key(old, last))
    assert refused(lambda: here.of_key(old, NOW + HOUR))
    known = here.of_key(new, NOW + HOUR)
    assert (known.actor.only, known.rate_per_s, known.expires_at) == ({"route"}, 3.0, None)


def test_a_key_that_is_over_does_not_come_back_by_rotation(engine: Engine, li: str, here: Identities):
    id_, key = new_key(engine)
    keys.rotate_key(engine, li, id_, BY, NOW, HOUR)
    keys.rotate_key(engine, li, id_, BY, NOW + MINUTE, 5 * HOUR)
    assert refused(lambda: here.of_key(key, NOW + HOUR))


COOKIES = {
    "signed out": lambda engine, cookie: sign_out(engine, cookie, NOW),
    "another password": lambda engine, cookie: actors.set_password(engine, "li", "another horse 9", BY, NOW),
    "the actor ended": lambda engine, cookie: actors.end_actor(engine, "li", BY, NOW),
}


@pytest.mark.parametrize("end", COOKIES.values(), ids=COOKIES)
def test_a_cookie_is_refused_everywhere_as_soon_as_it_is_told(
    engine: Engine, li: str, here: Identities, elsewhere: Identities, end: Callable[[Engine, str], object]
):
    cookie = new_cookie(engine)
    for one in (here, elsewhere):
        one.look()
        one.of_session(cookie, NOW)
    end(engine, cookie)
    for one in (here, elsewhere):
        one.look()
        assert refused(lambda one=one: one.of_session(cookie, NOW))


def test_signing_out_leaves_the_other_sessions_open(engine: Engine, li: str, here: Identities):
    one, other = new_cookie(engine), new_cookie(engine)
    sign_out(engine, one, NOW)
    assert (refused(lambda: here.of_session(one, NOW)), refused(lambda: here.of_session(other, NOW))) == (True, False)


def test_a_session_that_is_not_used_is_over(engine: Engine, li: str, here: Identities):
    cookie = new_cookie(engine)
    assert refused(lambda: here.of_session(cookie, NOW + IDLE))


def test_a_session_that_is_used_goes_on_for_twelve_hours_and_no_longer(engine: Engine, li: str, here: Identities):
    cookie = new_cookie(engine)
    at = NOW
    while at < NOW + LASTS - IDLE:
        at += IDLE - TICK
        assert not refused(lambda at=at: here.of_session(cookie, at))
    assert not refused(lambda: here.of_session(cookie, NOW + LASTS - TICK))
    assert refused(lambda: here.of_session(cookie, NOW + LASTS))


@pytest.mark.parametrize("is_ended", [False, True])
def test_changed_grants_count_as_soon_as_they_are_told(engine: Engine, li: str, elsewhere: Identities, is_ended: bool):
    _, key = new_key(engine)
    before = elsewhere.of_key(key, NOW).actor
    if is_ended:
        actors.end_grant(engine, li, 1, BY, NOW)
    else:
        actors.grant(engine, li, Grant("dispatcher", D), BY, NOW)
    elsewhere.look()
    after = elsewhere.of_key(key, NOW).actor
    assert (after.permissions(D, NOW) < before.permissions(D, NOW)) == is_ended
    assert (after.permissions(D, NOW) > before.permissions(D, NOW)) != is_ended


def test_nothing_is_forgotten_where_nothing_was_told(engine: Engine, li: str, here: Identities):
    _, key = new_key(engine)
    here.look()
    generation, known = here.generation, here.of_key(key, NOW)
    here.look()
    assert here.generation == generation
    assert here.of_key(key, NOW + MINUTE - TICK) is known


def test_what_was_read_before_a_change_is_not_kept_after_it(
    engine: Engine, li: str, here: Identities, elsewhere: Identities
):
    """The change and the word of it come between the reading and the keeping."""
    id_, key = new_key(engine)
    before = elsewhere.of_key(key, NOW)

    def read_too_early(_: object) -> identity.Known:
        keys.end_key(engine, li, id_, BY, NOW)
        here.look()
        return before

    here.look()
    assert here._of(digest_of(key), NOW, read_too_early, identity._no_key) is before
    assert refused(lambda: here.of_key(key, NOW))


# --- while the database is away


@contextmanager
def away(cluster: Cluster, url: str) -> Iterator[None]:
    """Nobody gets into a database, and whoever was in is out."""
    name = make_url(url).database
    with closing(cluster.connect("postgres")) as outside, outside.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        try:
            cursor.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", (name,))
            yield
        finally:
            cursor.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


@pytest.mark.parametrize("what", ["key", "cookie"])
def test_while_the_database_is_away_the_known_go_on_for_a_while_and_no_longer(
    engine: Engine, empty_url: str, cluster: Cluster, li: str, here: Identities, what: str
):
    ask = here.of_key if what == "key" else here.of_session
    known, unknown = (new_key(engine)[1] if what == "key" else new_cookie(engine) for _ in range(2))
    here.look()
    ask(known, NOW)
    with away(cluster, empty_url):
        for at in (NOW, NOW + ASK_AGAIN, NOW + AWAY - TICK):
            assert ask(known, at).actor.name == li
            with pytest.raises(Unavailable):
                here.look()
        with pytest.raises(Unavailable):
            ask(unknown, NOW)
        with pytest.raises(Unavailable):
            ask(known, NOW + AWAY)
    assert ask(known, NOW + AWAY).actor.name == li
    assert ask(unknown, NOW + AWAY).actor.name == li


def test_a_key_that_expires_while_the_database_is_away_is_over(
    engine: Engine, empty_url: str, cluster: Cluster, li: str, here: Identities
):
    _, key = new_key(engine, expires_at=NOW + 2 * MINUTE)
    here.of_key(key, NOW)
    with away(cluster, empty_url):
        assert not refused(lambda: here.of_key(key, NOW + 2 * MINUTE - TICK))
        assert refused(lambda: here.of_key(key, NOW + 2 * MINUTE))


@pytest.mark.parametrize(
    ("actions", "forgets"),
    [
        ([], False),
        (["sign-in"], False),
        (["sign-in", "sign-in refused", "personal data shown", "edition published"], False),
        (["sign-in", "key ended", "sign-in"], True),
        (["something new"], True),
    ],
)
def test_only_what_may_change_rights_makes_forget(engine: Engine, actions: list[str], forgets: bool):
    known = Identities(engine)
    known.look()
    before = known.generation
    with transaction(engine) as connection:
        for action in actions:
            audit.record(connection, NOW, "li", action, "wang")
    known.look()
    assert (known.generation > before) is forgets
