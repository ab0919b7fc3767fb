"""What an edition would change of open cases is told by case, and nothing that was decided changes."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from small_city import (
    COMPONENTS,
    GRIDS,
    IN_A,
    IN_B,
    PEOPLE,
    RULES,
    STREET,
    TABLES,
    area,
    box,
    changed,
    load_city,
    write_city,
    write_features,
)
from sqlalchemy import Engine, text

from gridsvc.bootstrap import Router
from gridsvc.services import affected as module
from gridsvc.services import editions
from gridsvc.services.affected import affected, count_open_cases
from gridsvc.services.intake import PastCase, import_cases
from gridsvc.values import Point

from .conftest import NOW, new_case

NIGHT = datetime(2024, 6, 12, 16, tzinfo=UTC)
# Grid A ends in the middle of what was its ground: its east half, with IN_A on it, is B's.
BORDER = 120.004
WEST_OF_IT = [[120.0, 30.0], [BORDER, 30.0], [BORDER, 30.01], [120.0, 30.01], [120.0, 30.0]]
EAST_OF_IT = [[BORDER, 30.0], [120.02, 30.0], [120.02, 30.01], [BORDER, 30.01], [BORDER, 30.0]]
MOVED = [area("A", WEST_OF_IT, parent="S", unit="U1"), area("B", EAST_OF_IT, parent="S", unit="U2")]


@pytest.fixture
def cases(engine: Engine, router: Router) -> None:
    """An odour in A by day, one in A by night, one in B."""
    places = [(IN_A, NOW), (IN_A, NIGHT), (IN_B, NOW)]
    past = [PastCase(new_case(point=Point(*p), raw={"x": p[0], "y": p[1], "crs": "wgs84"}), at) for p, at in places]
    import_cases(engine, router, past, "n")


@pytest.fixture
def under(tmp_path: Path) -> Callable[..., Router]:
    """Make the router of the small city with changes, as another edition."""
    return lambda **how: Router.from_folder(write_city(tmp_path / "other", edition="S2", **how))


def told(engine: Engine, room: Router) -> dict[str, Any]:
    return affected(engine, room).as_dict()


def stored(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        rows = [connection.execute(text(f"SELECT t::text FROM {t} t ORDER BY 1")) for t in ("case_", "case_history")]
        return [r for found in rows for r in found.scalars()]


def with_table(**tables: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    return {"tables": {**TABLES, **tables}}


def test_without_cases_nothing_would_change(engine: Engine, under: Callable[..., Router]):
    assert told(engine, under(grids=MOVED)) == {"edition": "S2", "open": 0, "changed": 0, "changes": []}


@pytest.mark.usefixtures("cases")
def test_under_the_same_boundaries_and_rules_nothing_would_change_by_day_or_night(
    engine: Engine, under: Callable[..., Router]
):
    assert told(engine, under()) == {"edition": "S2", "open": 3, "changed": 0, "changes": []}


@pytest.mark.usefixtures("cases")
def test_of_a_border_that_moved_each_case_on_the_ground_between_is_told(engine: Engine, under: Callable[..., Router]):
    found = told(engine, under(grids=MOVED))
    assert (found["open"], found["changed"]) == (3, 2)
    by_day, by_night = found["changes"]
    assert by_day == {
        "number": "240612-0001",
        "before": {"areas": {"street": "S", "grid": "A"}, "accountable": "U2",
                   "grid_chief": {"post": "P1", "name": "张三"}, "street_chief": None},
        "after": {"areas": {"street": "S", "grid": "B"}, "accountable": "U2", "grid_chief": None, "street_chief": None},
    }  # fmt: skip
    assert by_night["number"] == "240613-0001"
    assert by_night["before"]["grid_chief"] == {"post": "P2", "name": "李四"}


PART = {
    "another unit": (with_table(rules=changed(RULES, 0, lead="unit:U1")), "accountable", ["U1", "U1"]),
    "another person": (
        with_table(people=changed(PEOPLE, 0, name="王五")), "grid_chief", [{"post": "P1", "name": "王五"}]
    ),
    "no rules": ({"tables": {}}, "accountable", [None, None, None]),
}  # fmt: skip


@pytest.mark.usefixtures("cases")
@pytest.mark.parametrize(("how", "key", "after"), list(PART.values()), ids=list(PART))
def test_what_would_be_otherwise_is_told(
    engine: Engine, under: Callable[..., Router], how: dict[str, Any], key: str, after: list[Any]
):
    changes = told(engine, under(**how))["changes"]
    assert [c["after"][key] for c in changes] == after
    assert all(c["before"][key] != c["after"][key] for c in changes)


@pytest.mark.usefixtures("cases")
@pytest.mark.parametrize(("grids", "n"), [(GRIDS, 0), (MOVED, 2)], ids=["nothing else", "and a border that moved"])
def test_a_layer_that_is_new_makes_no_change_of_its_own(
    engine: Engine, tmp_path: Path, grids: list[dict[str, Any]], n: int
):
    folder = write_city(tmp_path, edition="S2", grids=grids)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["layers"].append({**manifest["layers"][0], "layer": "ward", "file": "ward.geojson"})
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    write_features(folder / "ward.geojson", [area("W", STREET[0]["geometry"]["coordinates"][0], unit="U1")])
    room = Router.from_folder(folder)
    assert room.route(*IN_A, crs="wgs84", at=NOW).areas["ward"].code == "W"
    changes = told(engine, room)["changes"]
    assert len(changes) == n
    assert all(set(side["areas"]) == {"street", "grid"} for c in changes for side in (c["before"], c["after"]))


def test_a_case_of_a_component_that_is_not_in_the_edition_is_told_without_a_decision(
    engine: Engine, router: Router, under: Callable[..., Router]
):
    named = new_case(category="01001", component=COMPONENTS[1]["code"])
    import_cases(engine, router, [PastCase(named, NOW)], "n")
    assert [c["after"] for c in told(engine, under(**with_table(components=COMPONENTS[:1])))["changes"]] == [None]


@pytest.mark.usefixtures("cases")
def test_a_case_that_could_not_be_decided_at_all_is_told_as_one_that_changes(engine: Engine, tmp_path: Path):
    far = [area(code, [[x + 5, y] for x, y in box(k)], parent="S", unit="U1") for k, code in enumerate("AB")]
    folder = write_city(tmp_path, edition="S2", grids=far, tables={})
    both = [[125.0, 30.0], [125.01, 30.0], [125.02, 30.0], [125.02, 30.01], [125.01, 30.01], [125.0, 30.01]]
    write_features(folder / "street.geojson", [area("S", [*both, both[0]], unit="U1")])
    found = told(engine, Router.from_folder(folder))
    assert sorted(c["before"]["areas"]["grid"] for c in found["changes"]) == ["A", "A", "B"]
    assert {c["after"] for c in found["changes"]} == {None}


def test_the_component_and_the_circumstances_that_were_reported_count(
    engine: Engine, router: Router, under: Callable[..., Router]
):
    named = new_case(category="01001", component=COMPONENTS[1]["code"])
    in_a_car = new_case(category="06010", attributes={"vehicle": "car"})
    import_cases(engine, router, [PastCase(named, NOW), PastCase(in_a_car, NOW)], "n")
    of_cars = {**RULES[0], "rank": "5", "id": "CARS", "attributes": "vehicle=car", "lead": "unit:U1"}
    of_keepers = {**RULES[2], "rank": "6", "id": "KEEPER", "via": "component", "lead": "component:maintainer"}
    wells = changed(COMPONENTS, 1, maintainer="U2")
    changes = told(engine, under(**with_table(rules=[of_cars, of_keepers, *RULES], components=wells)))["changes"]
    assert {(c["before"]["accountable"], c["after"]["accountable"]) for c in changes} == {("U1", "U2"), ("U2", "U1")}


@pytest.mark.usefixtures("cases")
@pytest.mark.parametrize(("status", "n"), [("dispatched", 3), ("done", 3), ("closed", 2), ("void", 2), ("archived", 2)])
def test_only_open_cases_count(engine: Engine, under: Callable[..., Router], status: str, n: int):
    with engine.begin() as connection:
        connection.execute(text("UPDATE case_ SET status = :s WHERE number = '240612-0001'"), {"s": status})
    assert (told(engine, under(grids=MOVED))["open"], count_open_cases(engine, "990999")) == (n, n)


@pytest.mark.usefixtures("cases")
def test_cases_of_another_district_do_not_count(engine: Engine, under: Callable[..., Router]):
    assert told(engine, under(grids=MOVED, district="990998"))["open"] == 0
    assert count_open_cases(engine, "990998") == 0


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_every_case_is_met_once_also_where_many_have_one_instant(
    engine: Engine, router: Router, under: Callable[..., Router], monkeypatch: pytest.MonkeyPatch, n: int
):
    monkeypatch.setattr(module, "CHUNK", 2)
    import_cases(engine, router, [PastCase(new_case(), NOW + timedelta(hours=k // 3)) for k in range(n)], "n")
    steps: list[int] = []
    found = affected(engine, under(grids=MOVED), steps.append)
    numbers = [c.number for c in found.changes]
    assert (found.open, len(set(numbers)), len(numbers), sum(steps)) == (n, n, n, n)


@pytest.mark.usefixtures("cases")
def test_neither_the_question_nor_the_publication_changes_what_was_decided(engine: Engine, tmp_path: Path):
    before = stored(engine)
    load_city(engine, write_city(tmp_path / "S1"))
    editions.publish(engine, "S1", NOW)
    contents = load_city(engine, write_city(tmp_path / "S2", edition="S2", grids=MOVED))
    assert affected(engine, Router(contents.snapshot)).changes
    editions.publish(engine, "S2", NOW, NOW)
    assert before
    assert stored(engine) == before
