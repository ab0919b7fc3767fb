"""Street objects are recorded, moved, changed and removed one by one, without an edition."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from small_city import load_city, write_city
from sqlalchemy import Engine

from gridsvc.bootstrap import Router
from gridsvc.errors import BadInput, NotFound
from gridsvc.services import components as module
from gridsvc.services import editions
from gridsvc.services.components import catch_up, end_component, record_component
from gridsvc.spatial.component_index import ComponentIndex
from gridsvc.store import dated_sets
from gridsvc.store.components import read_component, read_components
from gridsvc.store.engine import transaction
from gridsvc.values import REMOVED, Component, Point
from tests.conftest import count_rows

CITY = "990999"
NOW = datetime(2024, 6, 12, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
FIRST = "99099901001000001"  # a well of the small city, of the maintainer U2
LAMP = Component("L1", "s", "02005", "灯杆", Point(120.001, 30.001), owner="U1")


@pytest.fixture
def city(engine: Engine, tmp_path: Path) -> Engine:
    """A database in which the small city is published."""
    load_city(engine, write_city(tmp_path))
    editions.publish(engine, "S1", NOW)
    return engine


def put(engine: Engine, given: Component, now: datetime = NOW) -> Component:
    return record_component(engine, CITY, given, "demo", now)


def end(engine: Engine, code: str, now: datetime = NOW, since: datetime | None = None) -> Component:
    return end_component(engine, CITY, code, "demo", now, since)


def known(engine: Engine, code: str) -> Component | None:
    with transaction(engine) as connection:
        return read_component(connection, CITY, dated_sets.held_at(connection, "edition", NOW), code)


def test_a_new_component_is_on_record_from_now_on(engine: Engine):
    assert put(engine, LAMP) == replace(LAMP, since=NOW) == known(engine, "L1")


def test_a_component_of_the_edition_is_changed(city: Engine):
    given = replace(known(city, FIRST), maintainer="U1", point=Point(120.002, 30.002))
    assert put(city, given) == replace(given, since=NOW) == known(city, FIRST)


@pytest.mark.parametrize("since", [None, NOW], ids=["from now on", "from the same instant on"])
def test_what_is_on_record_already_is_not_recorded_again(city: Engine, since: datetime | None):
    recorded = put(city, LAMP)
    assert put(city, replace(LAMP, since=since), NOW + HOUR) == recorded
    own = known(city, FIRST)
    assert put(city, own) == own
    assert count_rows(city, "component_change") == 1


def test_the_same_record_from_another_instant_on_is_a_correction(engine: Engine):
    put(engine, LAMP)
    assert put(engine, replace(LAMP, since=NOW - HOUR)).since == NOW - HOUR
    assert count_rows(engine, "component_change") == 2


def test_a_component_of_the_edition_is_removed_and_its_record_stays(city: Engine):
    own = known(city, FIRST)
    assert end(city, FIRST) == replace(own, state=REMOVED, since=NOW) == known(city, FIRST)


def test_a_removed_component_stays_removed_since_the_first_time(engine: Engine):
    put(engine, LAMP, NOW - HOUR)
    ended = end(engine, "L1", since=NOW - HOUR / 2)
    assert end(engine, "L1", NOW + HOUR) == ended
    assert (ended.since, count_rows(engine, "component_change")) == (NOW - HOUR / 2, 2)


def test_a_component_that_was_removed_by_mistake_is_put_back(engine: Engine):
    put(engine, LAMP)
    end(engine, "L1", NOW + HOUR)
    assert put(engine, LAMP, NOW + 2 * HOUR) == replace(LAMP, since=NOW + 2 * HOUR) == known(engine, "L1")


def test_a_code_that_nobody_recorded_cannot_be_removed(city: Engine):
    with pytest.raises(NotFound) as refused:
        end(city, "W9")
    assert (refused.value.errors[0].field, refused.value.errors[0].value) == ("code", "W9")


@pytest.mark.parametrize(
    "since",
    [NOW + timedelta(microseconds=1), datetime(2024, 6, 1), datetime(1800, 1, 1, tzinfo=UTC)],
    ids=["still to come", "no offset", "out of range"],
)
def test_only_what_has_happened_is_recorded(engine: Engine, since: datetime):
    put(engine, LAMP)
    for refused in (lambda: put(engine, replace(LAMP, since=since)), lambda: end(engine, "L1", since=since)):
        with pytest.raises(BadInput):
            refused()
    assert count_rows(engine, "component_change") == 1


def test_changes_at_once_follow_one_another_and_none_is_lost(engine: Engine):
    """Everybody moves the lamp on by what is on record, and one removes it: the record has no gap and no fork."""
    put(engine, LAMP)
    start = threading.Barrier(5)

    def change(thread: int) -> None:
        start.wait()
        for k in range(5):
            put(engine, replace(LAMP, name=f"{thread}-{k}"))
        if thread == 0:
            end(engine, "L1")

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(change, range(5)))
    with engine.connect() as connection:
        ended = connection.exec_driver_sql("SELECT seq, name FROM component_change WHERE state = 'removed'").one()
        before = connection.exec_driver_sql(f"SELECT name FROM component_change WHERE seq < {ended.seq} ORDER BY seq")
        assert ended.name == list(before.scalars())[-1]
    assert count_rows(engine, "component_change") == 27


def test_a_router_of_an_instant_has_the_components_of_then(
    city: Engine, empty_url: str, tmp_path: Path, change_twice: Callable[[Engine], None]
):
    change_twice(city)
    found = [Router.from_database(empty_url, at=NOW + hours * HOUR).components for hours in (0, 1, 2)]
    assert [c.get(FIRST).maintainer for c in found] == ["U2", "U1", "U1"]
    assert [c.get(FIRST).state for c in found] == ["intact", "intact", REMOVED]


def test_many_changes_are_taken_over_in_parts_and_in_between_all_is_as_it_was_on_record_then(
    city: Engine, empty_url: str, monkeypatch: pytest.MonkeyPatch
):
    """Lamps come, move and go, the same ones again and again; after each part everything is compared."""
    room = Router.from_database(empty_url, at=NOW)
    for k in range(60):
        code, place = f"L{k % 7}", Point(120.0 + k * 1e-5, 30.001)
        if k % 5 == 4 and known(city, code) is not None:
            end(city, code, NOW + k * HOUR)
        else:
            put(city, replace(LAMP, code=code, point=place), NOW + k * HOUR)
    taken, put_as_it_is = [], ComponentIndex.put
    monkeypatch.setattr(module, "PART", 3)

    def put_and_compare(index: ComponentIndex, given: list[Component], seq: int) -> None:
        put_as_it_is(index, given, seq)
        with transaction(city) as connection:
            edition = dated_sets.held_at(connection, "edition", NOW)
            assert sorted(index.all(), key=lambda c: c.code) == read_components(connection, edition, upto=seq)[0]
            there = [c for c in index.all() if c.class_code == LAMP.class_code and c.state != REMOVED]
        assert all(index.nearest(c.point, c.class_code, 0.0)[0] in there for c in there)
        assert index.seq == seq
        taken.append(len(given))

    monkeypatch.setattr(ComponentIndex, "put", put_and_compare)
    with transaction(city) as connection:
        catch_up(connection, room)
        assert sum(taken) == count_rows(city, "component_change")
        assert 1 < max(taken) < 6 < len(taken)
        catch_up(connection, room)
    assert sum(taken) == count_rows(city, "component_change")


@pytest.fixture
def change_twice() -> Callable[[Engine], None]:
    """An hour from now the first well gets another maintainer, an hour later it is removed."""

    def change(engine: Engine) -> None:
        put(engine, replace(known(engine, FIRST), maintainer="U1"), NOW + HOUR)
        end(engine, FIRST, NOW + 2 * HOUR)

    return change
