"""The router that holds now: exchanged on publication, and old editions by name go on answering."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from small_city import GRIDS, IN_A, IN_B, load_city, write_city
from sqlalchemy import Engine, event, text

from gridsvc.errors import BadInput, NotFound, NothingHolds, Unavailable
from gridsvc.services import current as module
from gridsvc.services import editions
from gridsvc.services.components import end_component, record_component
from gridsvc.services.current import CurrentRouter
from gridsvc.store.components import write_change
from gridsvc.store.engine import make_engine
from gridsvc.values import Component, Point

NOW = datetime(2024, 6, 12, 4, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


@pytest.fixture(autouse=True)
def look_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without this every exchange would have to be waited for a second."""
    monkeypatch.setattr(module, "LOOK_AGAIN_S", 0.0)


@pytest.fixture
def publish(engine: Engine, tmp_path: Path) -> Callable[..., None]:
    """Load and publish the small city under a name, from an instant on."""

    def published(code: str, start: datetime | None = None, end: datetime | None = None, **how: object) -> None:
        load_city(engine, write_city(tmp_path / code, edition=code, **how))
        editions.publish(engine, code, NOW, start, end)

    return published


class Clock:
    """A door's clock that a test can turn."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at


def code_of(current: CurrentRouter, edition: str | None = None) -> str:
    return current.get(edition).snapshot.edition.code


def test_without_an_edition_it_is_unavailable_and_says_how_to_mend_that(engine: Engine):
    with pytest.raises(Unavailable, match="publish") as refused:
        CurrentRouter(engine, Clock()).get()
    assert "publish" in refused.value.zh


def test_an_edition_and_its_ruleset_are_read_as_of_one_moment(engine: Engine, publish: Callable[..., None]):
    publish("S1")
    current = CurrentRouter(engine, Clock())
    assert code_of(current) == "S1"
    published = []

    @event.listens_for(engine, "after_cursor_execute")
    def publish_between(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        # As soon as the edition is read that holds, and before anything is asked of rulesets.
        if "tenure" in statement and "edition" in str(parameters) and not published:
            published.append("S2")
            publish("S2", NOW)

    found = current.get().snapshot
    event.remove(engine, "after_cursor_execute", publish_between)
    assert published
    assert found.edition.code == found.ruleset.code
    assert current.get().snapshot.ruleset.code == "S2"


def test_without_a_database_it_is_unavailable():
    engine = make_engine("postgresql+psycopg2://nobody@/none?host=/nonexistent&port=5442")
    with pytest.raises(Unavailable):
        CurrentRouter(engine, Clock()).get()


def test_a_draft_does_not_hold(engine: Engine, tmp_path: Path):
    load_city(engine, write_city(tmp_path))
    with pytest.raises(Unavailable):
        CurrentRouter(engine, Clock()).get()


def test_an_edition_published_meanwhile_is_found(engine: Engine, publish: Callable[..., None]):
    current = CurrentRouter(engine, Clock())
    with pytest.raises(Unavailable):
        current.get()
    publish("S1")
    assert code_of(current) == "S1"


def test_the_router_is_made_once(engine: Engine, publish: Callable[..., None]):
    publish("S1")
    current = CurrentRouter(engine, Clock())
    assert current.get() is current.get()


def test_a_newly_published_edition_takes_over(engine: Engine, publish: Callable[..., None]):
    publish("S1")
    current = CurrentRouter(engine, Clock())
    assert code_of(current) == "S1"
    publish("S2", NOW)
    assert code_of(current) == "S2"


def test_an_edition_published_for_later_takes_over_at_its_instant(engine: Engine, publish: Callable[..., None]):
    publish("S1")
    publish("S2", LATER)
    clock = Clock()
    current = CurrentRouter(engine, clock)
    clock.at = LATER - timedelta(microseconds=1)
    assert code_of(current) == "S1"
    clock.at = LATER
    assert code_of(current) == "S2"


def test_an_old_edition_answers_by_its_name(engine: Engine, publish: Callable[..., None]):
    publish("S1")
    publish("S2", NOW, grids=[{**GRIDS[0], "properties": {**GRIDS[0]["properties"], "name": "新名"}}, GRIDS[1]])
    current = CurrentRouter(engine, Clock())
    names = [
        current.get(code).route(*IN_A, crs="wgs84", at=NOW).areas["grid"].name for code in (None, "S1", "S2", "S1")
    ]
    assert names == ["新名", "网格A", "新名", "网格A"]


def test_the_edition_asked_for_is_given_though_another_took_over_meanwhile(
    engine: Engine, publish: Callable[..., None]
):
    publish("S1")
    current = CurrentRouter(engine, Clock())
    current.get()
    publish("S2", NOW)
    assert code_of(current, "S1") == "S1"


def test_a_draft_answers_by_its_name_and_is_read_anew_when_replaced(engine: Engine, tmp_path: Path):
    current = CurrentRouter(engine, Clock())
    for name in ("甲", "乙"):
        named = {**GRIDS[0], "properties": {**GRIDS[0]["properties"], "name": name}}
        load_city(engine, write_city(tmp_path, grids=[named, GRIDS[1]]))
        assert current.get("S1").route(*IN_A, crs="wgs84", at=NOW).areas["grid"].name == name


def test_an_unknown_edition_is_not_found_and_the_known_ones_are_named(engine: Engine, publish: Callable[..., None]):
    publish("S1")
    with pytest.raises(NotFound) as refused:
        CurrentRouter(engine, Clock()).get("S9")
    assert "S1" in refused.value.errors[0].mend_en


def test_many_threads_get_one_router(engine: Engine, publish: Callable[..., None]):
    publish("S1")
    current, start = CurrentRouter(engine, Clock()), threading.Barrier(12)

    def ask(_: int) -> int:
        start.wait()
        return id(current.get())

    with ThreadPoolExecutor(12) as pool:
        assert len(set(pool.map(ask, range(12)))) == 1


NOWHERE = "postgresql+psycopg2://nobody@/none?host=/nonexistent&port=5442"


def test_what_holds_goes_on_answering_while_the_database_is_away(engine: Engine, publish: Callable[..., None]):
    publish("S1")
    current = CurrentRouter(engine, Clock())
    held = current.get()
    current._engine = make_engine(NOWHERE)
    assert current.get() is held


def test_what_was_published_meanwhile_is_found_when_the_database_is_back(engine: Engine, publish: Callable[..., None]):
    publish("S1")
    current = CurrentRouter(engine, Clock())
    current.get()
    current._engine = make_engine(NOWHERE)
    current.get()
    publish("S2", NOW)
    current._engine = engine
    assert code_of(current) == "S2"


@pytest.mark.parametrize(
    ("at", "code"),
    [(NOW - timedelta(days=30), "S1"), (NOW - timedelta(microseconds=1), "S1"), (NOW, "S2"), (LATER, "S2")],
    ids=["long ago", "just before", "the first instant", "later"],
)
def test_an_instant_is_answered_by_the_edition_that_held_then(
    engine: Engine, publish: Callable[..., None], at: datetime, code: str
):
    publish("S1")
    publish("S2", NOW)
    assert CurrentRouter(engine, Clock()).get(at=at).snapshot.edition.code == code


def test_before_the_first_edition_nothing_held(engine: Engine, publish: Callable[..., None]):
    publish("S1")
    with pytest.raises(NotFound) as refused:
        CurrentRouter(engine, Clock()).get(at=datetime(2020, 1, 1, tzinfo=UTC))
    assert refused.value.errors[0].field == "at"


def test_of_two_districts_the_one_asked_for_answers(engine: Engine, publish: Callable[..., None]):
    publish("S1")
    publish("T1", NOW, district="990998")
    codes = [code_of(CurrentRouter(engine, Clock(), district)) for district in ("990999", "990998")]
    assert codes == ["S1", "T1"]


@pytest.fixture
def ended(engine: Engine, publish: Callable[..., None]) -> CurrentRouter:
    """It answered by S1, which has ended since; nothing follows."""
    publish("S1", end=LATER)
    current = CurrentRouter(engine, Clock())
    assert code_of(current) == "S1"
    current._now.at = LATER
    return current


def test_when_the_last_edition_has_ended_nothing_answers_until_the_next(
    ended: CurrentRouter, publish: Callable[..., None]
):
    for ask in (ended.get, ended.set_of, ended.look, lambda: ended.get(at=LATER, now=LATER)):
        with pytest.raises(NothingHolds, match="publish") as refused:
            ask()
        assert "publish" in refused.value.zh
        assert ended.at_hand() is None
    publish("S2", LATER)
    assert code_of(ended) == "S2"


def test_an_edition_that_has_ended_answers_by_its_name_and_for_its_time(ended: CurrentRouter):
    with pytest.raises(NothingHolds):
        ended.get()
    assert code_of(ended, "S1") == ended.get(at=NOW).snapshot.edition.code == "S1"
    with pytest.raises(NotFound):
        ended.get(at=LATER + timedelta(days=1))


def test_an_edition_that_has_ended_goes_on_only_while_the_database_is_away(ended: CurrentRouter, engine: Engine):
    ended._engine = make_engine(NOWHERE)
    assert code_of(ended) == "S1"
    ended._engine = engine
    with pytest.raises(NothingHolds):
        ended.get()


def test_that_nothing_holds_is_asked_once_for_all_requests(ended: CurrentRouter, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "LOOK_AGAIN_S", 3600.0)
    with pytest.raises(NothingHolds):
        ended.get()
    ended._engine = make_engine(NOWHERE)
    with pytest.raises(NothingHolds):
        ended.get()
    with pytest.raises(Unavailable) as away:
        ended.look()
    assert not isinstance(away.value, NothingHolds)


def test_when_the_last_edition_has_ended_no_other_district_takes_over(
    ended: CurrentRouter, publish: Callable[..., None]
):
    publish("T1", NOW, district="990998")
    for _ in range(2):
        with pytest.raises(NothingHolds):
            ended.get()


@pytest.mark.parametrize("clock_s", [0.0, 1.0], ids=["the clock stands", "the clock went on"])
def test_the_edition_is_that_of_the_instant_which_the_caller_took(
    engine: Engine, publish: Callable[..., None], clock_s: float
):
    publish("S1")
    publish("S2", LATER)
    current = CurrentRouter(engine, Clock())
    current._now.at = LATER + timedelta(seconds=clock_s)
    assert code_of(current) == "S2"
    taken = [current.get(now=now).snapshot.edition.code for now in (LATER - timedelta(microseconds=1), LATER)]
    assert taken == ["S1", "S2"]


FIRST = "99099901001000001"  # the well of grid A, where IN_A is not
WELL = "01001"
CITY = "990999"


@pytest.fixture
def elsewhere(empty_url: str, publish: Callable[..., None]) -> Iterator[CurrentRouter]:
    """The current router of another process: it has a pool of its own and read everything before a test begins."""
    publish("S1")
    theirs = make_engine(empty_url, 5)
    current = CurrentRouter(theirs, Clock())
    current.get()
    yield current
    theirs.dispose()


def well(code: str, point: tuple[float, float], **other: object) -> Component:
    return Component(code, "s", WELL, "井盖", Point(*point), **other)


def put(engine: Engine, given: Component) -> None:
    record_component(engine, CITY, given, "demo", NOW)


def meant(current: CurrentRouter, point: tuple[float, float], edition: str | None = None) -> str | None:
    found = current.get(edition).route(*point, crs="wgs84", at=NOW, category=WELL, accuracy_m=5.0).component
    return None if found is None else found.code


def test_a_component_recorded_meanwhile_is_found_without_a_new_router(engine: Engine, elsewhere: CurrentRouter):
    before = elsewhere.get()
    assert meant(elsewhere, IN_A) is None
    put(engine, well("W1", IN_A))
    assert meant(elsewhere, IN_A) == "W1"
    assert elsewhere.get() is before


def test_a_component_moved_meanwhile_is_found_at_its_new_place_only(engine: Engine, elsewhere: CurrentRouter):
    there = elsewhere.get().components.get(FIRST)
    old = (there.point.lon, there.point.lat)
    assert meant(elsewhere, old) == FIRST
    put(engine, replace(there, point=Point(*IN_B)))
    assert (meant(elsewhere, old), meant(elsewhere, IN_B)) == (None, FIRST)


def test_a_keeper_changed_meanwhile_is_the_new_one(engine: Engine, elsewhere: CurrentRouter):
    put(engine, replace(elsewhere.get().components.get(FIRST), maintainer="U1", owner="U2", state="damaged"))
    found = elsewhere.get().components.get(FIRST)
    assert (found.maintainer, found.owner, found.state, found.since) == ("U1", "U2", "damaged", NOW)


def test_a_component_removed_meanwhile_is_not_meant_and_its_code_says_since_when(
    engine: Engine, elsewhere: CurrentRouter
):
    there = elsewhere.get().components.get(FIRST)
    place = (there.point.lon, there.point.lat)
    end_component(engine, CITY, FIRST, "demo", LATER, NOW)
    assert meant(elsewhere, place) is None
    with pytest.raises(BadInput) as refused:
        elsewhere.get().route(*place, crs="wgs84", at=NOW, component=FIRST)
    assert [(e.field, e.value) for e in refused.value.errors] == [("component", FIRST)]
    assert NOW.isoformat() in refused.value.zh
    assert NOW.isoformat() in refused.value.en
    earlier = elsewhere.get().route(*place, crs="wgs84", at=NOW - timedelta(seconds=1), component=FIRST)
    assert earlier.component.code == FIRST


def test_changes_follow_into_a_named_draft_and_the_next_edition(
    engine: Engine, elsewhere: CurrentRouter, publish: Callable[..., None], tmp_path: Path
):
    load_city(engine, write_city(tmp_path / "draft", edition="S2"))
    assert meant(elsewhere, IN_A, "S2") is None
    put(engine, well("W1", IN_A))
    assert meant(elsewhere, IN_A, "S2") == "W1"
    editions.publish(engine, "S2", LATER, NOW)
    end_component(engine, CITY, "W1", "demo", LATER)
    assert (code_of(elsewhere), meant(elsewhere, IN_A)) == ("S2", None)


def test_a_change_made_while_the_database_was_away_is_found_when_it_is_back(engine: Engine, elsewhere: CurrentRouter):
    reachable = elsewhere._engine
    elsewhere._engine = make_engine(NOWHERE)
    put(engine, well("W1", IN_A))
    assert meant(elsewhere, IN_A) is None
    elsewhere._engine = reachable
    assert meant(elsewhere, IN_A) == "W1"


def test_a_change_that_was_given_up_is_never_seen(engine: Engine, elsewhere: CurrentRouter):
    with engine.connect() as connection:
        write_change(connection, CITY, well("W1", IN_A, since=NOW), "demo")
        assert meant(elsewhere, IN_A) is None
        connection.rollback()
    put(engine, well("W2", IN_B))
    assert (meant(elsewhere, IN_A), meant(elsewhere, IN_B)) == (None, "W2")


def test_while_a_component_moves_to_and_fro_every_reader_meets_it_at_one_place(
    engine: Engine, elsewhere: CurrentRouter
):
    """Two places 19 m apart, and a reader between them whose reach holds both."""
    west, middle, east = ((IN_A[0] + k * 1e-4, IN_A[1]) for k in (-1, 0, 1))
    put(engine, well("W1", west))
    assert meant(elsewhere, west) == "W1"
    over = threading.Event()

    def read(_: int) -> set[float]:
        seen = set()
        while not over.is_set():
            found = elsewhere.get().route(*middle, crs="wgs84", at=NOW, category=WELL, accuracy_m=20.0)
            seen.add(found.component.point.lon)
        return seen

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read, k) for k in range(2)]
        for k in range(40):
            put(engine, well("W1", west if k % 2 else east))
        over.set()
        assert all(reader.result() and reader.result() <= {west[0], east[0]} for reader in readers)
    assert (meant(elsewhere, west), meant(elsewhere, east)) == ("W1", None)


@pytest.fixture
def look_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_AGAIN_S", 3600.0)


@pytest.mark.usefixtures("look_once")
def test_at_hand_is_what_was_found_while_nothing_is_due(engine: Engine, publish: Callable[..., None]):
    publish("S1")
    publish("S2", NOW)
    current = CurrentRouter(engine, Clock())
    assert current.at_hand() is None
    held = current.get()
    current._engine = make_engine(NOWHERE)
    assert current.at_hand() is held
    assert [current.at_hand(at) for at in (NOW, LATER)] == [held, held]


@pytest.mark.usefixtures("look_once")
def test_an_instant_of_another_edition_is_not_at_hand(engine: Engine, publish: Callable[..., None]):
    publish("S1")
    publish("S2", NOW)
    current = CurrentRouter(engine, Clock())
    current.get()
    assert current.at_hand(NOW - timedelta(microseconds=1)) is None


def test_nothing_is_at_hand_when_a_look_is_due(engine: Engine, publish: Callable[..., None]):
    publish("S1")
    current = CurrentRouter(engine, Clock())
    current.get()
    assert current.at_hand() is None


def test_what_holds_is_at_hand_while_somebody_looks(engine: Engine, publish: Callable[..., None]):
    publish("S1")
    current = CurrentRouter(engine, Clock())
    held = current.get()
    with engine.connect() as connection, ThreadPoolExecutor(1) as pool:
        connection.execute(text("LOCK TABLE dated_set IN ACCESS EXCLUSIVE MODE"))
        looking = pool.submit(current.get)
        waits_for(lambda: current._looking.locked())
        try:
            assert current.at_hand() is held
        finally:
            connection.rollback()
        assert looking.result() is held


def waits_for(condition: Callable[[], bool], most_s: float = 20.0) -> None:
    """Wait until something is so; what never comes fails."""
    until_s = time.monotonic() + most_s
    while not condition():
        assert time.monotonic() < until_s
        time.sleep(0.005)
