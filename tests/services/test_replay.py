"""A replay makes every stored decision again, tells what other sets would change, and stores nothing."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from small_city import COMPONENTS, IN_A, IN_B, PEOPLE, POSTS, RULES, TABLES, UNITS, area, changed, load_city, write_city
from sqlalchemy import Engine, text

from gridsvc.casework.case import append
from gridsvc.errors import NotFound
from gridsvc.services import editions
from gridsvc.services import replay as module
from gridsvc.services.components import end_component, record_component
from gridsvc.services.current import CurrentRouter
from gridsvc.services.intake import PastCase, import_cases
from gridsvc.services.replay import Replayed, count_cases, ground_of, replay
from gridsvc.store import components, dated_sets
from gridsvc.store.engine import transaction
from gridsvc.store.histories import read_history, write_entries
from gridsvc.store.replays import PastFilter
from gridsvc.values import Point

from .conftest import NOW, Answer, new_case

CITY = "990999"
NIGHT = NOW + timedelta(hours=12)
WELL = COMPONENTS[0]["code"]
# Grid A ends in the middle of what was its ground: its east half, with IN_A on it, is B's.
BORDER = 120.004
WEST_OF_IT = [[120.0, 30.0], [BORDER, 30.0], [BORDER, 30.01], [120.0, 30.01], [120.0, 30.0]]
EAST_OF_IT = [[BORDER, 30.0], [120.02, 30.0], [120.02, 30.01], [BORDER, 30.01], [BORDER, 30.0]]
MOVED = [area("A", WEST_OF_IT, parent="S", unit="U1"), area("B", EAST_OF_IT, parent="S", unit="U2")]
KEEPER = {**RULES[0], "rank": "6", "id": "KEEPER", "via": "component", "categories": "01*", "places": "",
          "lead": "component:maintainer", "test_lon": "", "test_lat": ""}  # fmt: skip
WITH_KEEPER = {**TABLES, "rules": [KEEPER, *RULES]}


@pytest.fixture
def city(engine: Engine, tmp_path: Path) -> Engine:
    """A database in which the small city is published, and its keepers answer for their wells."""
    load_city(engine, write_city(tmp_path / "S1", tables=WITH_KEEPER))
    editions.publish(engine, "S1", NOW)
    return engine


@pytest.fixture
def draft(engine: Engine, tmp_path: Path) -> Callable[..., None]:
    """Load another edition of the small city as a draft."""

    def loaded(code: str = "S2", **how: Any) -> None:
        load_city(engine, write_city(tmp_path / code, edition=code, **({"tables": WITH_KEEPER} | how)))

    return loaded


def past(place: tuple[float, float] = IN_A, at: datetime = NOW, **changes: Any) -> PastCase:
    raw = {"x": place[0], "y": place[1], "crs": "wgs84"}
    return PastCase(new_case(point=Point(*place), raw=raw, **changes), at)


def taken(engine: Engine, *cases: PastCase, name: str = "n") -> None:
    import_cases(engine, CurrentRouter(engine, lambda: NOW).get(), cases, name)


def again(engine: Engine, edition: str | None = None, ruleset: str | None = None, **wanted: Any) -> Replayed:
    return replay(engine, PastFilter(CITY, **wanted), edition, ruleset)


def figures(found: Replayed) -> tuple[int, int, int]:
    return found.same, found.changed, found.failed


def execute(engine: Engine, statement: str, **values: Any) -> None:
    with transaction(engine) as connection:
        connection.execute(text(statement), values)


def stored(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        rows = [connection.execute(text(f"SELECT t::text FROM {t} t ORDER BY 1")) for t in ("case_", "case_history")]
        return [r for found in rows for r in found.scalars()]


def test_without_cases_nothing_is_decided(engine: Engine, city: Engine):
    assert again(engine).as_dict() == {
        "same": 0, "changed": 0, "failed": 0, "edition": None, "ruleset": None, "changes": [],
    }  # fmt: skip
    assert count_cases(engine, PastFilter(CITY)) == 0


def test_every_kind_of_case_is_decided_as_it_was(engine: Engine, city: Engine):
    taken(
        engine, past(), past(IN_B), past(at=NIGHT), past(at=NOW - timedelta(days=70)),
        past((120.5, 30.5)), past(category="07001", attributes={"vehicle": "car"}),
        past((120.004, 30.004), category="01001"), past(IN_B, category="01001", component=WELL), past(accuracy_m=80.0),
    )  # fmt: skip
    assert figures(again(engine)) == (9, 0, 0)


def test_a_report_that_came_in_live_is_decided_as_it_was(engine: Engine, report: Callable[..., Answer], tmp_path: Path):
    load_city(engine, write_city(tmp_path))
    editions.publish(engine, "S1", NOW)
    report("k")
    with engine.connect() as connection:
        row = connection.execute(text("SELECT edition, ruleset, components_seq, fingerprint FROM case_")).one()
    assert (row.edition, row.ruleset, row.components_seq, len(row.fingerprint)) == ("S1", "S1", 0, 16)
    assert figures(again(engine)) == (1, 0, 0)


def test_what_became_of_components_since_changes_no_decision_of_before(engine: Engine, city: Engine):
    """The well answers to U2, then to U1, then is removed; each case is decided by what was known when it came in."""
    at_well = past((120.004, 30.004), category="01001")
    taken(engine, at_well, name="first")
    with transaction(engine) as connection:
        known = components.read_component(connection, CITY, dated_sets.held_at(connection, "edition", NOW), WELL)
    assert known is not None
    record_component(engine, CITY, replace(known, maintainer="U1"), "demo", NOW)
    # Reported a month before, and decided after: what counts is what was known.
    taken(engine, at_well, replace(at_well, reported_at=NOW - timedelta(days=30)), name="second")
    end_component(engine, CITY, WELL, "demo", NOW)
    taken(engine, at_well, name="third")
    with engine.connect() as connection:
        units = connection.execute(text("SELECT unit FROM case_ ORDER BY components_seq, reported_at")).scalars().all()
    assert units == ["U2", "U1", "U1", "U1"]
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM case_ WHERE component IS NULL")).scalar_one() == 1
    assert figures(again(engine)) == (4, 0, 0)
    # Under a named edition the components of today count, and the well is gone.
    assert sorted(c.before["component"] or "" for c in again(engine, "S1").changes if c.before) == [WELL] * 3


def test_a_second_edition_changes_no_decision_of_before(engine: Engine, city: Engine, draft: Callable[..., None]):
    taken(engine, past(), past(IN_B), name="first")
    draft(grids=MOVED, valid_from=(NOW + timedelta(days=1)).isoformat())
    later = NOW + timedelta(days=2)
    editions.publish(engine, "S2", NOW)
    import_cases(engine, CurrentRouter(engine, lambda: later).get(), [past(at=later), past(at=NOW)], "second")
    with engine.connect() as connection:
        met = connection.execute(text("SELECT edition, areas->>'grid' FROM case_ ORDER BY 1, 2")).all()
    assert [tuple(r) for r in met] == [("S1", "A"), ("S1", "B"), ("S2", "B"), ("S2", "B")]
    assert figures(again(engine)) == (4, 0, 0)
    # Under either of them those of the ground between differ.
    assert figures(again(engine, "S1")) == (2, 2, 0)
    assert figures(again(engine, "S2")) == (3, 1, 0)


def test_of_a_border_that_moves_each_case_on_the_ground_between_is_told(
    engine: Engine, city: Engine, draft: Callable[..., None]
):
    taken(engine, past(), past(IN_B))
    draft(grids=MOVED)
    found = again(engine, "S2").as_dict()
    assert (found["same"], found["changed"], found["edition"], found["ruleset"]) == (1, 1, "S2", "S2")
    common = {"desk": None, "evaluator": "U1", "street_chief": None, "component": None, "accountable": ["U2", "rule"]}
    before = {"areas": {"street": ["S", "inside"], "grid": ["A", "inside"]}, "assisting": ["U1"], "grid_chief": "P1"}
    after = {"areas": {"street": ["S", "inside"], "grid": ["B", "inside"]}, "assisting": [], "grid_chief": None,
             "accountable": ["U2", "locality"], "evaluator": None}  # fmt: skip
    assert found["changes"] == [{"number": "240612-0001", "before": common | before, "after": common | after}]


PART: dict[str, tuple[Mapping[str, Sequence[Mapping[str, str]]], int, str, Any]] = {
    "the same rules": (WITH_KEEPER, 0, "", None),
    "another unit": ({**WITH_KEEPER, "rules": changed(RULES, 0, lead="unit:U1")}, 2, "accountable", ["U1", "rule"]),
    "another post": ({**WITH_KEEPER, "posts": changed(POSTS, 0, code="P9")[:1]}, 2, "grid_chief", "P9"),
    "no posts": ({k: v for k, v in WITH_KEEPER.items() if k not in ("people", "posts")}, 2, "grid_chief", None),
    "another telephone": ({**WITH_KEEPER, "people": changed(PEOPLE, 0, phone="0571-00000009")}, 0, "", None),
}


@pytest.mark.parametrize(("tables", "n", "key", "after"), list(PART.values()), ids=list(PART))
def test_a_ruleset_takes_the_place_of_rules_and_staff(
    engine: Engine, city: Engine, draft: Callable[..., None], tables: Any, n: int, key: str, after: Any
):
    taken(engine, past(), past())
    draft(tables=tables, grids=MOVED)
    found = again(engine, ruleset="S2")
    assert (found.edition, found.ruleset, found.changed) == (None, "S2", n)
    assert [c.after and c.after[key] for c in found.changes] == [after] * n
    assert figures(again(engine, "S1", "S2")) == figures(found)


def test_a_decision_that_was_meddled_with_is_told(engine: Engine, city: Engine):
    taken(engine, past(), past(), past())
    meddle = "UPDATE case_ SET decision = jsonb_set(decision, '{accountable,unit}', '\"U1\"') WHERE number = :n"
    execute(engine, meddle, n="240612-0002")
    (change,) = again(engine).changes
    assert (change.number, change.before["accountable"], change.after["accountable"]) == (
        "240612-0002", ["U1", "rule"], ["U2", "rule"],
    )  # fmt: skip


@pytest.mark.parametrize("broken", ["{}", "[]", "null", '{"accountable": 1}', '{"areas": {"grid": 1}}'])
def test_a_decision_of_which_nothing_is_left_is_told(engine: Engine, city: Engine, broken: str):
    taken(engine, past(), past())
    execute(engine, "UPDATE case_ SET decision = CAST(:d AS jsonb) WHERE number LIKE '%1'", d=broken)
    found = again(engine)
    assert figures(found) == (1, 1, 0)
    assert found.as_dict()["changes"][0]["before"] is None


@pytest.mark.parametrize(
    "what",
    [
        "geom = ST_SetSRID(ST_MakePoint(120.015, 30.005), 4326)",
        "category = '07001'",
        "edition = 'S2'",
        "fingerprint = '\\x00'::bytea || substr(fingerprint, 2)",
        "fingerprint = NULL",
    ],
)
def test_a_row_that_was_meddled_with_is_compared_by_what_was_decided(
    engine: Engine, city: Engine, draft: Callable[..., None], what: str
):
    draft(grids=MOVED)
    taken(engine, past())
    execute(engine, f"UPDATE case_ SET {what}")
    assert figures(again(engine)) == ((1, 0, 0) if "fingerprint" in what else (0, 1, 0))


def test_a_case_that_was_settled_by_hand_is_compared_by_its_automatic_decision(engine: Engine, city: Engine):
    taken(engine, past(), past())
    with transaction(engine) as connection:
        id_, answer = connection.execute(text("SELECT id, decision FROM case_ WHERE number LIKE '%1'")).one()
        history = read_history(connection, id_)
        settled = answer | {"accountable": {"unit": "U1", "name": "甲处", "via": "precedent"}}
        entry = append(history, id_, NOW + timedelta(minutes=5), "desk", "decided", {"answer": settled, "trail": []})
        write_entries(connection, [entry])
        connection.execute(
            text("UPDATE case_ SET decision = CAST(:d AS jsonb), version = 3 WHERE id = :i"),
            {"d": json.dumps(settled), "i": id_},
        )
    assert figures(again(engine)) == (2, 0, 0)
    # Without the entry nobody knows who settled it.
    execute(engine, "UPDATE case_ SET decision = jsonb_set(decision, '{accountable,unit}', '\"U9\"') WHERE version = 3")
    assert [c.before["accountable"][0] for c in again(engine).changes if c.before] == ["U9"]


FAILED: dict[str, tuple[str, str]] = {
    "a category that nobody knows": ("category = '99999'", "matter"),
    "an edition that is not there": ("edition = 'S7'", "S7"),
    "a ruleset that is not there": ("ruleset = 'S8'", "S8"),
    "no edition": ("edition = NULL", "no edition"),
    "a place far away": ("geom = ST_SetSRID(ST_MakePoint(2.35, 48.85), 4326)", "far"),
    "no place": ("geom = ST_GeomFromText('POINT EMPTY', 4326)", "finite"),
    "an accuracy that is none": ("accuracy_m = -1", "accuracy"),
}


@pytest.mark.parametrize(("what", "word"), list(FAILED.values()), ids=list(FAILED))
def test_a_case_that_cannot_be_decided_is_told_with_the_reason_and_stops_nothing(
    engine: Engine, city: Engine, what: str, word: str
):
    taken(engine, past(), past(), past())
    execute(engine, f"UPDATE case_ SET {what} WHERE number LIKE '%2'")
    found = again(engine)
    assert figures(found) == (2, 0, 1)
    (told,) = found.as_dict()["changes"]
    assert (told["number"], told["after"], told["before"]["accountable"]) == ("240612-0002", None, ["U2", "rule"])
    assert word in told["en"]
    assert told["zh"]


def test_a_component_that_is_not_in_the_named_edition_fails_its_case_only(
    engine: Engine, city: Engine, draft: Callable[..., None]
):
    taken(engine, past(category="01001", component=WELL), past())
    draft(tables={**WITH_KEEPER, "components": COMPONENTS[1:]})
    assert figures(again(engine, "S2")) == (1, 0, 1)


def test_a_case_whose_history_is_lost_is_not_lost(engine: Engine, city: Engine):
    taken(engine, past(), past())
    execute(engine, "ALTER TABLE case_history DISABLE TRIGGER USER")
    execute(engine, "DELETE FROM case_history WHERE case_id = (SELECT id FROM case_ WHERE number LIKE '%1')")
    assert figures(again(engine)) == (2, 0, 0)


CHOSEN: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["240612-0001", "240612-0002", "240613-0001"]),
    ({"numbers": ("240613-0001",)}, ["240613-0001"]),
    ({"start": NIGHT}, ["240613-0001"]),
    ({"end": NIGHT}, ["240612-0001", "240612-0002"]),
    ({"start": NOW, "end": NOW}, []),
    ({"open": True}, ["240612-0002", "240613-0001"]),
]


@pytest.mark.parametrize(("wanted", "numbers"), CHOSEN, ids=lambda x: "-".join(x) or "all")
def test_only_the_cases_that_were_asked_for_are_decided(
    engine: Engine, city: Engine, draft: Callable[..., None], wanted: dict[str, Any], numbers: list[str]
):
    taken(engine, past(), past(), past(at=NIGHT))
    execute(engine, "UPDATE case_ SET status = 'closed' WHERE number = '240612-0001'")
    draft(grids=MOVED)
    found = again(engine, "S2", **wanted)
    assert ([c.number for c in found.changes], found.same) == (numbers, 0)
    assert count_cases(engine, PastFilter(CITY, **wanted)) == len(numbers)


def test_a_number_of_no_case_is_refused_by_its_name(engine: Engine, city: Engine):
    taken(engine, past())
    with pytest.raises(NotFound) as refused:
        count_cases(engine, PastFilter(CITY, numbers=("240612-0001", "X")))
    assert [e.value for e in refused.value.errors] == ["X"]


@pytest.mark.parametrize("named", [("S9", None), (None, "S9"), ("S1", "S9")])
def test_a_set_that_is_not_there_is_refused(engine: Engine, city: Engine, named: tuple[str | None, str | None]):
    with pytest.raises(NotFound):
        again(engine, *named)


def test_cases_of_another_district_do_not_count(engine: Engine, city: Engine):
    taken(engine, past())
    assert figures(replay(engine, PastFilter("990998"))) == (0, 0, 0)


@pytest.mark.parametrize("chunk", [1, 2, 3, 100])
def test_every_case_is_met_once_in_whatever_pieces(
    engine: Engine, city: Engine, draft: Callable[..., None], monkeypatch: pytest.MonkeyPatch, chunk: int
):
    monkeypatch.setattr(module, "CHUNK", chunk)
    instants = [NOW, NOW - timedelta(days=40), NIGHT, datetime(2024, 6, 30, 23, 59, 59, tzinfo=UTC)]
    taken(engine, *(past(place, at=at) for at in instants for place in (IN_A, IN_B)), past(category="01001"))
    draft(grids=MOVED)
    steps: list[int] = []
    found = replay(engine, PastFilter(CITY), "S2", progress=steps.append)
    numbers = [c.number for c in found.changes]
    assert (found.same, len(numbers), len(set(numbers)), sum(steps)) == (4, 5, 5, 9)
    assert numbers == sorted(numbers)
    assert figures(again(engine)) == (9, 0, 0)


def test_nothing_is_stored_and_who_breaks_it_off_leaves_nothing_behind(
    engine: Engine, city: Engine, draft: Callable[..., None], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "CHUNK", 2)
    taken(engine, *[past()] * 5)
    draft(grids=MOVED)
    before = stored(engine)

    def break_off(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replay(engine, PastFilter(CITY), "S2", progress=break_off)
    assert again(engine, "S2").changed == 5
    assert before
    assert stored(engine) == before


def test_cases_that_were_decided_before_fingerprints_are_compared_by_what_was_decided(engine: Engine, city: Engine):
    taken(engine, past(), past(IN_B, at=NIGHT))
    execute(engine, "UPDATE case_ SET fingerprint = NULL, components_seq = NULL")
    assert figures(again(engine)) == (2, 0, 0)


def test_the_edition_and_the_units_by_which_a_replay_is_told(engine: Engine, draft: Callable[..., None]):
    def told(*named: str | None) -> tuple[str, dict[str, str]]:
        found = ground_of(engine, *named, CITY, NOW)
        return found.edition.code, dict(found.units)

    assert ground_of(engine, None, None, None, NOW) is None
    draft("S1")
    draft("S2", tables={**WITH_KEEPER, "units": changed(UNITS, 0, name="丙处")})
    assert told("S1", None) == ("S1", {"U1": "甲处", "U2": "乙处"})
    assert told(None, None) == ("S2", {"U1": "丙处", "U2": "乙处"})
    assert told("S1", "S2") == ("S1", {"U1": "丙处", "U2": "乙处"})
    editions.publish(engine, "S1", NOW)
    assert told(None, None)[0] == "S1"
    with pytest.raises(NotFound):
        told("S9", None)
