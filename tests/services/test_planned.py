"""What holds next is built before it is asked for, is exchanged by the clock, and only so much is kept."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from small_city import COMPONENTS, GRIDS, IN_A, TABLES, changed, load_city, write_city
from sqlalchemy import Engine

from gridsvc.services import current as module
from gridsvc.services import editions
from gridsvc.services.components import record_component
from gridsvc.services.current import CurrentRouter
from gridsvc.store.engine import make_engine
from gridsvc.values import Component, Point

NOW = datetime(2024, 6, 12, 4, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
NOWHERE = "postgresql+psycopg2://nobody@/none?host=/nonexistent&port=5442"
WELL = "01001"


@pytest.fixture(autouse=True)
def look_only_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks because time went by."""
    monkeypatch.setattr(module, "LOOK_AGAIN_S", 3600.0)


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


def put_well(engine: Engine, code: str, point: tuple[float, float]) -> None:
    record_component(engine, "990999", Component(code, "s", WELL, "井盖", Point(*point)), "demo", NOW)


def meant(current: CurrentRouter, point: tuple[float, float]) -> str | None:
    found = current.get().route(*point, crs="wgs84", at=NOW, category=WELL, accuracy_m=5.0).component
    return None if found is None else found.code


def built(current: CurrentRouter) -> list[str]:
    return sorted(room.snapshot.edition.code for room in current._kept.values())


@pytest.mark.parametrize(
    ("at", "code"),
    [(LATER - timedelta(microseconds=1), "S1"), (LATER, "S2"), (LATER + timedelta(days=2), "S3")],
    ids=["just before", "the first instant", "the one after"],
)
def test_a_planned_edition_takes_over_at_its_instant_without_the_database(
    engine: Engine, publish: Callable[..., None], at: datetime, code: str
):
    publish("S1")
    publish("S2", LATER)
    publish("S3", LATER + timedelta(days=1))
    clock = Clock()
    current = CurrentRouter(engine, clock)
    current.look()
    current.prepare()
    current._engine = make_engine(NOWHERE)
    assert current.at_hand(at).snapshot.edition.code == code
    clock.at = at
    assert current.at_hand() is current.get()
    assert code_of(current) == code


def test_a_planned_edition_that_could_not_be_built_does_not_stop_the_answers(
    engine: Engine, publish: Callable[..., None]
):
    publish("S1")
    publish("S2", LATER)
    clock = Clock()
    current = CurrentRouter(engine, clock)
    held = current.get()
    current._engine = make_engine(NOWHERE)
    clock.at = LATER
    assert current.at_hand() is None
    assert current.get() is held
    current._engine = engine
    assert code_of(current) == "S2"


def test_a_component_recorded_before_a_planned_edition_begins_is_there_when_it_does(
    engine: Engine, publish: Callable[..., None]
):
    publish("S1")
    current = CurrentRouter(engine, Clock())
    publish("S2", LATER)
    current.look()
    current.prepare()
    put_well(engine, "W1", IN_A)
    current.look()
    current._engine = make_engine(NOWHERE)
    current._now.at = LATER
    assert (code_of(current), meant(current, IN_A)) == ("S2", "W1")


def test_the_newest_draft_is_built_before_it_is_published_and_only_exchanged_then(
    engine: Engine, publish: Callable[..., None], tmp_path: Path
):
    publish("S1")
    current = CurrentRouter(engine, Clock())
    for code in ("S0", "S2"):
        load_city(engine, write_city(tmp_path / code, edition=code))
    current.look()
    current.prepare()
    assert built(current) == ["S1", "S2"]
    before = current.get("S2")
    editions.publish(engine, "S2", NOW, NOW)
    current.look()
    assert current.get() is before


def test_of_a_draft_that_is_replaced_the_new_one_is_built(engine: Engine, publish: Callable[..., None], tmp_path: Path):
    publish("S1")
    current = CurrentRouter(engine, Clock())
    for name in ("甲", "乙"):
        named = {**GRIDS[0], "properties": {**GRIDS[0]["properties"], "name": name}}
        load_city(engine, write_city(tmp_path, edition="S2", grids=[named, GRIDS[1]]))
        current.look()
        current.prepare()
    editions.publish(engine, "S2", NOW, NOW)
    current.look()
    assert current.get().route(*IN_A, crs="wgs84", at=NOW).areas["grid"].name == "乙"


def test_a_draft_replaced_while_it_is_read_is_read_as_one_or_the_other(
    engine: Engine, publish: Callable[..., None], tmp_path: Path
):
    publish("S1")
    folders = []
    for name in ("甲", "乙"):
        named = [{**g, "properties": {**g["properties"], "name": name}} for g in GRIDS]
        folders.append(write_city(tmp_path / name, edition="S2", grids=named))
    load_city(engine, folders[0])
    current, over = CurrentRouter(engine, Clock()), threading.Event()

    def read() -> set[tuple[str, ...]]:
        seen = set()
        while not over.is_set():
            layer = current.get("S2").snapshot.edition.layers["grid"]
            seen.add(tuple(layer.names))
        return seen

    with ThreadPoolExecutor(2) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        for k in range(30):
            load_city(engine, folders[(k + 1) % 2])
        over.set()
        seen = set.union(*(reader.result() for reader in readers))
    assert seen <= {("甲", "甲"), ("乙", "乙")}
    assert seen


def test_only_so_many_routers_are_kept_and_the_one_that_holds_is_among_them(
    engine: Engine, publish: Callable[..., None]
):
    codes = [f"S{k}" for k in range(1, module.KEPT_ROUTERS + 3)]
    for k, code in enumerate(codes):
        publish(code, NOW - timedelta(days=100 - k))
    current = CurrentRouter(engine, Clock())
    held = current.get()
    for code in (*codes, codes[0]):
        assert code_of(current, code) == code
    assert current.get() is held
    assert len(built(current)) == module.KEPT_ROUTERS
    assert codes[0] in built(current)


@pytest.mark.parametrize(
    ("wells", "few", "shared"),
    [(COMPONENTS, 1000, True), (COMPONENTS, 0, False), (COMPONENTS[:1], 1000, False),
     (changed(COMPONENTS, 0, maintainer="U1"), 1000, False), (changed(COMPONENTS, 1, x="120.0160001"), 1000, False),
     ([], 1000, False)],
    ids=["the same", "much is past", "one fewer", "another keeper", "moved by a centimetre", "none"],
)  # fmt: skip
def test_components_loaded_alike_are_kept_once_and_followed_all_the_same(
    engine: Engine,
    publish: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    wells: list[dict[str, str]],
    few: int,
    shared: bool,
):
    monkeypatch.setattr(module, "FEW_CHANGES", few)
    publish("S1")
    current = CurrentRouter(engine, Clock())
    first = current.get().snapshot.components
    put_well(engine, "W1", IN_A)
    current.look()
    tables = {name: rows for name, rows in {**TABLES, "components": wells}.items() if rows}
    publish("S2", NOW, tables=tables)
    current.look()
    assert code_of(current) == "S2"
    assert (current.get().snapshot.components is first) == shared
    assert meant(current, IN_A) == "W1"
    on_record = {c.code for c in map(current.get().components.get, ("W1", *(w["code"] for w in COMPONENTS))) if c}
    assert on_record == {"W1", *(w["code"] for w in wells)}
