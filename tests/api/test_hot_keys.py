"""The hot way knows keys by heart: it asks nobody about one it knows, and hears when one is worth nothing any more."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from sqlalchemy import event, make_url

from gridsvc.api.hot import HotRoute
from gridsvc.rights import Grant
from gridsvc.services import actors
from gridsvc.store.cluster import Cluster
from gridsvc.store.engine import make_engine

from .conftest import BODY
from .house import ADMIN, DISTRICT, House, soon

FOLLOWING = ("(hear)", "(build)")  # ends of the names of the threads that look whatever is asked


def ask(house: House, headers: dict[str, str], app: Any = None) -> Any:
    return house.browser(app).post("/v1/route", json={"point": BODY["point"]}, headers=headers)


@contextmanager
def questions(app: HotRoute) -> Iterator[list[str]]:
    """What requests ask of the database meanwhile."""
    asked: list[str] = []

    def noted(_: Any, __: Any, statement: str, *___: Any) -> None:
        if not threading.current_thread().name.endswith(FOLLOWING):
            asked.append(statement)

    engine = app.parts.engine
    event.listen(engine, "before_cursor_execute", noted)
    yield asked
    event.remove(engine, "before_cursor_execute", noted)


@pytest.fixture
def key(house: House) -> dict[str, str]:
    """A key of somebody who may ask for routes, not used yet."""
    house.add("chen", "viewer")
    return house.key("chen")


def test_a_known_key_is_no_question(house: House, key: dict[str, str]):
    # A process that began later: no word of how the key was made is still on its way to it.
    app = house.another_process()
    with questions(app) as asked:
        assert ask(house, key, app).status_code == 200
        assert any("api_key" in statement for statement in asked)
        asked.clear()
        assert [ask(house, key, app).status_code for _ in range(20)] == [200] * 20
        assert asked == []
        # Once a minute it is asked again.
        house.clock.go_on(minutes=1)
        assert [ask(house, key, app).status_code for _ in range(20)] == [200] * 20
        assert sum("FROM api_key" in statement for statement in asked) == 1


def test_the_settings_own_key_is_no_question_at_all(house: House):
    with questions(house.app) as asked:
        assert [ask(house, ADMIN).status_code for _ in range(5)] == [200] * 5
        assert asked == []


@contextmanager
def database_away(cluster: Cluster, house: House) -> Iterator[None]:
    """Nobody can ask the database of this house, as if it had gone."""
    name = make_url(house.url).database
    with closing(cluster.connect("postgres")) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        cursor.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        yield
        cursor.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


def test_a_known_key_goes_on_for_ten_minutes_while_the_database_is_away(
    house: House, key: dict[str, str], cluster: Cluster
):
    unknown = house.key("chen")
    app = house.another_process()
    assert ask(house, key, app).status_code == 200
    with database_away(cluster, house):
        assert ask(house, key, app).status_code == 200
        assert ask(house, unknown, app).status_code == 503
        house.clock.go_on(minutes=9, seconds=59)
        assert ask(house, key, app).status_code == 200
        house.clock.go_on(seconds=1)
        assert ask(house, key, app).status_code == 503
    assert soon(lambda: ask(house, key, app).status_code == 200)


def ended_key(house: House, key: dict[str, str]) -> None:
    lookup = key["Authorization"].split("_")[1]
    (found,) = [k for k in house.browser(**ADMIN).get("/v1/actors").json()["items"][0]["keys"] if lookup in k["begins"]]
    assert house.browser(**ADMIN).delete(f"/v1/actors/chen/keys/{found['id']}").status_code == 204


def ended_grant(house: House, _: dict[str, str]) -> None:
    (grant,) = house.browser(**ADMIN).get("/v1/actors").json()["items"][0]["grants"]
    assert house.browser(**ADMIN).delete(f"/v1/actors/chen/grants/{grant['id']}").status_code == 204


def ended_actor(house: House, _: dict[str, str]) -> None:
    assert house.browser(**ADMIN).delete("/v1/actors/chen").status_code == 204


def ended_from_outside(house: House, _: dict[str, str]) -> None:
    """By the command line, say, which is no part of any service."""
    engine = make_engine(house.url, 1)
    actors.end_actor(engine, "chen", "admin", house.clock.now)
    engine.dispose()


ENDS = {"key": (ended_key, 401), "grant": (ended_grant, 403), "actor": (ended_actor, 401),
        "actor, from outside": (ended_from_outside, 401)}  # fmt: skip


@pytest.mark.parametrize(("end", "status"), ENDS.values(), ids=ENDS)
def test_an_end_is_heard_in_every_process(
    house: House, key: dict[str, str], end: Callable[[House, dict[str, str]], None], status: int
):
    other = house.another_process()
    assert [ask(house, key, app).status_code for app in (house.app, other) for _ in range(2)] == [200] * 4
    end(house, key)
    assert soon(lambda: [ask(house, key, app).status_code for app in (house.app, other)] == [status] * 2)


def test_rights_that_end_by_themselves_end_on_time(house: House):
    house.add("chen", Grant("viewer", DISTRICT, valid_to=house.clock.now.replace(second=20)))
    key = house.key("chen", expires_at=house.clock.now.replace(second=40))
    answers = []
    for _ in range(5):
        answers.append(ask(house, key).status_code)
        house.clock.go_on(seconds=10)
    assert answers == [200, 200, 403, 403, 401]


def test_a_key_is_known_by_heart_in_one_spelling(house: House, key: dict[str, str]):
    plain, now = key["Authorization"], house.clock.now
    odd = [plain.replace(" ", " " * n) for n in range(2, 6)] + ["bearer" + plain.removeprefix("Bearer")]
    # A process that began later: no word of how the key was made is still on its way to it.
    app = house.another_process()
    for spelled in [plain, *odd]:
        assert ask(house, {"Authorization": spelled}, app).status_code == 200
    doorkeeper = app.parts.doorkeeper
    assert [spelled for spelled in [plain, *odd] if doorkeeper.may_at_once("route", spelled.encode(), now)] == [plain]
