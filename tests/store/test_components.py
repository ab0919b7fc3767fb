"""The record of components: in the order of the commits, append-only, and what it says of any instant."""

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from small_city import load_city, write_city
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError, OperationalError

from gridsvc.errors import Unavailable
from gridsvc.services import editions
from gridsvc.store import dated_sets
from gridsvc.store.components import (
    ComponentFilter,
    changes_after,
    page_of_components,
    read_component,
    read_components,
    write_change,
)
from gridsvc.store.dated_sets import DatedSet
from gridsvc.store.engine import transaction
from gridsvc.values import REMOVED, Component, Point

CITY, OTHER = "990999", "990998"
MAY = datetime(2024, 5, 1, tzinfo=UTC)
DAY = timedelta(days=1)
FIRST, SECOND = "99099901001000001", "99099901001000002"  # the two wells of the small city
WELL = Component("W1", "s", "01001", "井盖", Point(120.001, 30.001), owner="U1", since=MAY)


@pytest.fixture
def edition(engine: Engine, tmp_path: Path) -> DatedSet:
    """The small city, published."""
    load_city(engine, write_city(tmp_path))
    editions.publish(engine, "S1", MAY)
    return find(engine, "S1")


def find(engine: Engine, code: str) -> DatedSet:
    with transaction(engine) as connection:
        return dated_sets.need(connection, "edition", code)


def record(engine: Engine, *components: Component, district: str = CITY) -> None:
    with transaction(engine) as connection:
        for one in components:
            write_change(connection, district, one, "demo")


def new_of(engine: Engine, seq: int = 0, district: str = CITY) -> list[str]:
    with transaction(engine) as connection:
        return [c.code for c in changes_after(connection, district, seq)[0]]


def on_record(engine: Engine, edition: DatedSet, *when: datetime | None) -> dict[str, Component]:
    with transaction(engine) as connection:
        return {c.code: c for c in read_components(connection, edition, *when)[0]}


def test_without_changes_there_is_nothing_new(engine: Engine):
    with transaction(engine) as connection:
        assert changes_after(connection, CITY, 0) == ([], 0)
        assert read_component(connection, CITY, None, "W1") is None


def test_a_change_comes_back_equal_to_the_last_bit(engine: Engine):
    odd = replace(WELL, point=Point(120.00100000000001, 30.000000000000004), name="a,\"b'\\\n井", maintainer="U2",
                  competent="U3", unit_grid="A", accuracy_class="C", state="damaged")  # fmt: skip
    record(engine, odd)
    with transaction(engine) as connection:
        changes, seq = changes_after(connection, CITY, 0)
        assert changes == [odd]
        assert changes_after(connection, CITY, seq) == ([], seq)


def test_a_district_learns_of_its_own_changes_only(engine: Engine):
    record(engine, WELL)
    record(engine, replace(WELL, code="W2"), district=OTHER)
    assert (new_of(engine), new_of(engine, district=OTHER)) == (["W1"], ["W2"])


@pytest.mark.parametrize(
    "statement",
    ["UPDATE component_change SET state = 'intact'", "DELETE FROM component_change", "TRUNCATE component_change"],
)
def test_what_was_recorded_cannot_be_changed_or_taken_back(engine: Engine, statement: str):
    record(engine, WELL)
    with pytest.raises(IntegrityError, match="component_change is append-only"), engine.begin() as connection:
        connection.execute(text(statement))
    assert new_of(engine) == ["W1"]


# Somebody at a database prompt, who knows nothing of our functions.
BY_HAND = text(
    "INSERT INTO component_change (district, since, actor, code, code_scheme, class_code, state, accuracy_class, geom) "
    "VALUES ('990999', now(), 'hand', :code, 's', '01001', 'intact', 'B', 'SRID=4326;POINT(120 30)') RETURNING seq"
)


def by_hand(connection: Connection, code: str) -> int:
    return int(connection.execute(BY_HAND, {"code": code}).scalar_one())


def test_who_writes_second_waits_until_the_first_has_committed(engine: Engine):
    with engine.connect() as first, engine.connect() as second:
        early = by_hand(first, "W1")
        second.execute(text("SET lock_timeout = '200ms'"))
        with pytest.raises(OperationalError, match="lock timeout"):
            by_hand(second, "W2")
        second.rollback()
        assert new_of(engine) == []
        first.commit()
        late = by_hand(second, "W2")
        assert (new_of(engine), late > early) == (["W1"], True)
        second.commit()
        assert new_of(engine, early) == ["W2"]


def test_who_follows_misses_nothing_whatever_the_order_of_commits(engine: Engine):
    """Writers commit and give up at random; a follower asks for what is new all the while."""
    over, seen = threading.Event(), []

    def write(thread: int) -> list[str]:
        dice, kept = random.Random(thread), []
        for k in range(25):
            with engine.connect() as connection:
                codes = [f"{thread}-{k}-{i}" for i in range(dice.randint(1, 3))]
                for code in codes:
                    by_hand(connection, code)
                    time.sleep(dice.random() * 0.004)
                if dice.random() < 0.8:
                    connection.commit()
                    kept += codes
        return kept

    def follow() -> None:
        seq, last = 0, False
        while not last:
            last = over.is_set()
            with transaction(engine) as connection:
                changes, seq = changes_after(connection, CITY, seq)
            seen.extend(c.code for c in changes)

    with ThreadPoolExecutor(4) as pool:
        follower = pool.submit(follow)
        kept = [code for codes in pool.map(write, range(3)) for code in codes]
        over.set()
        follower.result()
    assert len(kept) > 50
    assert seen == new_of(engine)
    assert sorted(seen) == sorted(kept)


def test_a_change_that_is_rolled_back_leaves_nothing(engine: Engine):
    with engine.connect() as connection:
        write_change(connection, CITY, WELL, "demo")
        connection.rollback()
    assert new_of(engine) == []


def test_a_writer_killed_before_its_commit_leaves_nothing_and_holds_up_nobody(engine: Engine):
    def killed() -> None:
        with transaction(engine) as connection:
            write_change(connection, CITY, WELL, "demo")
            pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            with transaction(engine) as other:
                assert other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid}).scalar_one()

    with pytest.raises(Unavailable):
        killed()
    record(engine, replace(WELL, code="W2"))
    assert new_of(engine) == ["W2"]


def test_the_record_is_the_last_word_on_a_code_and_the_edition_holds_for_the_others(engine: Engine, edition: DatedSet):
    own = on_record(engine, edition)
    moved = replace(own[FIRST], point=Point(120.002, 30.002), since=MAY)
    record(engine, replace(moved, point=Point(120.009, 30.009)), moved, WELL)
    assert on_record(engine, edition) == {FIRST: moved, SECOND: own[SECOND], "W1": WELL}


def test_the_record_outlives_its_edition(engine: Engine, edition: DatedSet, tmp_path: Path):
    gone = replace(on_record(engine, edition)[FIRST], state=REMOVED, since=MAY)
    record(engine, gone)
    load_city(engine, write_city(tmp_path / "2", edition="S2", valid_from="2024-06-01"))
    assert on_record(engine, find(engine, "S2"))[FIRST] == gone


def test_another_districts_record_is_not_this_ones(engine: Engine, edition: DatedSet):
    own = on_record(engine, edition)
    record(engine, WELL, replace(own[FIRST], state=REMOVED, since=MAY), district=OTHER)
    assert on_record(engine, edition) == own


def known_since(engine: Engine) -> list[datetime]:
    with engine.connect() as connection:
        return list(connection.execute(text("SELECT recorded_at FROM component_change ORDER BY seq")).scalars())


def test_an_instant_is_read_as_it_was_then_and_as_it_was_known_then(engine: Engine, edition: DatedSet):
    """Recorded: placed on day 10; later, that it was removed on day 20; last, that its owner had been U9 from day 5."""
    placed = replace(WELL, since=MAY + 10 * DAY)
    removed = replace(placed, state=REMOVED, since=MAY + 20 * DAY)
    corrected = replace(removed, owner="U9", state="intact", since=MAY + 5 * DAY)
    record(engine, placed)
    record(engine, removed)
    first, second = known_since(engine)

    def at(day: float, *known: datetime) -> Component | None:
        return on_record(engine, edition, MAY + day * DAY, *known).get("W1")

    assert [at(d) for d in (9.99, 10, 19.99, 20, 99)] == [None, placed, placed, removed, removed]
    record(engine, corrected)
    assert [at(d) for d in (4.99, 5, 10, 20)] == [None, corrected, corrected, corrected]
    assert [at(d, second) for d in (5, 10, 20)] == [None, placed, removed]
    assert [at(d, first) for d in (10, 20)] == [placed, placed]
    assert at(20, first - timedelta(microseconds=1)) is None


def test_before_its_first_change_a_component_is_as_the_edition_has_it(engine: Engine, edition: DatedSet):
    own = on_record(engine, edition)[FIRST]
    record(engine, replace(own, state=REMOVED, since=MAY + DAY))
    assert on_record(engine, edition, MAY)[FIRST] == own
    assert on_record(engine, edition, MAY + DAY)[FIRST].state == REMOVED


@pytest.fixture
def pages(engine: Engine, edition: DatedSet) -> Callable[..., list[str]]:
    """Codes of all pages of the small city's components, two at a time."""

    def read(**wanted: object) -> list[str]:
        codes: list[str] = []
        while True:
            after = codes[-1] if codes else None
            with transaction(engine) as connection:
                page = page_of_components(connection, edition, ComponentFilter(after=after, limit=2, **wanted))
            codes += [c.code for c in page[:2]]
            if len(page) <= 2:
                return codes

    return read


def test_pages_show_what_is_on_record_now_each_code_once(engine: Engine, pages: Callable[..., list[str]]):
    assert pages() == [FIRST, SECOND]
    wells = [replace(WELL, code=f"W{k}") for k in range(5)]
    record(engine, *wells, replace(WELL, code=FIRST, class_code="02005", point=Point(120.019, 30.009)), wells[3])
    assert pages() == sorted([FIRST, SECOND, *(w.code for w in wells)])
    assert pages(class_code="01001") == sorted([SECOND, *(w.code for w in wells)])
    assert pages(bbox=(120.0039, 30.0039, 120.0041, 30.0041)) == []  # where the first well was
    assert pages(bbox=(120.0189, 30.0089, 120.0191, 30.0091)) == [FIRST]
