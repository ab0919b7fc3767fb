"""The router that holds now: exchanged on publication, and old editions by name go on answering."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from small_city import GRIDS, IN_A, load_city, write_city
from sqlalchemy import Engine

from gridsvc.errors import NotFound, Unavailable
from gridsvc.services import current as module
from gridsvc.services import editions
from gridsvc.services.current import CurrentRouter
from gridsvc.store.engine import make_engine

NOW = datetime(2024, 6, 12, 4, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


@pytest.fixture(autouse=True)
def look_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without this every exchange would have to be waited for a second."""
    monkeypatch.setattr(module, "LOOK_AGAIN_S", 0.0)


@pytest.fixture
def publish(engine: Engine, tmp_path: Path) -> Callable[..., None]:
    """Load and publish the small city under a name, from an instant on."""

    def published(code: str, start: datetime | None = None, **how: object) -> None:
        load_city(engine, write_city(tmp_path / code, edition=code, **how))
        editions.publish(engine, code, NOW, start)

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
