"""Cases counted in the database, against counting the same cases one by one."""

import random
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from gridsvc.casework.case import append
from gridsvc.rights import Reach, Term, whole_district
from gridsvc.store.analysis import DIMENSIONS, SUMS, Grouping, count_by
from gridsvc.store.case_lists import CaseFilter
from gridsvc.store.cases import StoredCase, write_cases
from gridsvc.store.cluster import Cluster
from gridsvc.store.engine import make_engine, transaction
from gridsvc.store.histories import write_entries
from gridsvc.store.months import ensure_months

from .conftest import made

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YEAR = datetime(2023, 12, 31, 16, tzinfo=UTC)  # midnight in Shanghai
NOW = NEW_YEAR + timedelta(days=20)
CITY = whole_district("1")


def invented(rng: random.Random, n: int) -> StoredCase:
    """A case at any stage, around the end of a year."""
    status = rng.choice(["reported", "in_progress", "void", "closed"])
    at = NEW_YEAR + timedelta(minutes=rng.randrange(-30_000, 30_000))
    tally: dict[str, Any] = {}
    if status == "closed":
        tally = {"disposed": True, "closed": True, "hours": rng.randrange(1, 500) / 4}
        tally |= {} if n % 7 == 0 else {"disposed_in_time": rng.random() < 0.7, "closed_in_time": rng.random() < 0.5}
        tally |= {"rating": rng.randrange(1, 6)} if rng.random() < 0.4 else {}
        tally |= {"returns": rng.randrange(1, 4), "rework": 1} if rng.random() < 0.3 else {}
        tally |= {"grade": rng.choice(["simple", "hard"])}
    due_at = NOW + timedelta(hours=rng.randrange(-50, 50)) if status == "in_progress" else None
    return made(
        reported_at=at, status=status, tally=tally, category=rng.choice(["01001", "06010", "09003"]),
        component=rng.choice([None, "C1", "C2"]), source=rng.choice(["app", "patrol"]), unit=rng.choice([None, "U1"]),
        areas={} if n % 11 == 0 else {"street": rng.choice("ab"), "unit_grid": rng.choice("xyz")},
        due_at=due_at, amber_at=due_at and due_at - timedelta(hours=10),
    )  # fmt: skip


@pytest.fixture(scope="module")
def cases(cluster: Cluster, migrated_template: str) -> Iterator[tuple[Engine, Sequence[StoredCase]]]:
    rng = random.Random(7)
    found = [invented(rng, n) for n in range(400)]
    engine = make_engine(cluster.make_database("analysis_rows", migrated_template), 1)
    with transaction(engine) as connection:
        ensure_months(connection, [c.reported_at for c in found])
    with transaction(engine) as connection:
        write_cases(connection, found)
        write_entries(connection, [append([], c.id, c.reported_at, "demo", "reported", {}) for c in found])
    yield engine, found
    engine.dispose()


def by_hand(cases: Sequence[StoredCase]) -> dict[str, float | None]:
    tallies = [c.tally for c in cases]
    count = Counter(word for t in tallies for word in t if t[word] is not False)
    late = Counter(word for t in tallies for word in t if t[word] is False)
    hours = [t["hours"] for t in tallies if "hours" in t]
    return {
        "cases": len(cases), "disposed": count["disposed"], "disposed_in_time": count["disposed_in_time"],
        "disposed_late": late["disposed_in_time"], "closed": count["closed"],
        "closed_in_time": count["closed_in_time"], "closed_late": late["closed_in_time"],
        "void": sum(c.status == "void" for c in cases), "returns": sum(t.get("returns", 0) for t in tallies),
        "rework": sum(t.get("rework", 0) for t in tallies), "rated": count["rating"],
        "satisfied": sum(t.get("rating", 0) >= 4 for t in tallies),
        "median_hours": statistics.median(hours) if hours else None,
    }  # fmt: skip


def light(case: StoredCase) -> str | None:
    if case.due_at is None:
        return None
    return "red" if case.due_at <= NOW else "amber" if case.amber_at <= NOW else "green"


def thing(case: StoredCase) -> tuple[str, str]:
    return case.category, case.component or case.areas.get("unit_grid") or case.number


def key_of(name: str, case: StoredCase, often: Counter[tuple[str, str]]) -> str | None:
    local = case.reported_at.astimezone(SHANGHAI)
    n = often[thing(case)]
    keys = {
        "type": "component" if case.category < "06" else "event", "major": case.category[:2],
        "object": case.component, "place": case.areas.get("unit_grid"), "light": light(case),
        "grade": case.tally.get("grade"), "rating": case.tally.get("rating"), "hour": local.hour,
        "weekday": local.isoweekday(), "area:street": case.areas.get("street"),
        "frequency": 1 if n == 1 else 2 if n < 4 else 3 if n < 10 else 4,
    }  # fmt: skip
    value = keys[name] if name in keys else getattr(case, name)
    return None if value is None else str(value)


def asked(engine: Engine, grouping: Grouping, wanted: CaseFilter) -> list[Any]:
    with transaction(engine) as connection:
        return count_by(connection, wanted, grouping, SHANGHAI.key, NOW)


def compare(engine: Engine, cases: Sequence[StoredCase], by: tuple[str, ...], wanted: CaseFilter) -> None:
    often = Counter(map(thing, cases))
    groups: dict[tuple[str | None, ...], list[StoredCase]] = defaultdict(list)
    for case in cases:
        groups[tuple(key_of(name, case, often) for name in by)].append(case)
    rows = asked(engine, Grouping(by, None, True), wanted)
    told = {tuple(r[f"k{i}"] for i in range(len(by))): {m: r[m] for m in (*SUMS, "median_hours")} for r in rows}
    assert told == {key: by_hand(group) for key, group in groups.items()}
    assert {(r["rows"], r["total"]) for r in rows} == {(len(groups), len(cases))}
    assert [r["cases"] for r in rows] == sorted((len(g) for g in groups.values()), reverse=True)


@pytest.mark.parametrize("by", [(), *((name,) for name in (*DIMENSIONS, "area:street")), ("hour", "type"),
                                ("frequency", "category"), ("area:street", "light")])  # fmt: skip
def test_each_dimension_counts_as_by_hand(cases: tuple[Engine, Sequence[StoredCase]], by: tuple[str, ...]):
    compare(*cases, by, CaseFilter(CITY, limit=1000))


@pytest.mark.parametrize(
    "reach",
    [
        Reach("1", frozenset({Term(("street", "a"))})),
        Reach("1", frozenset({Term(("street", "a")), Term(("street", "b"))})),
    ],
)
def test_only_what_the_caller_may_see_is_counted(cases: tuple[Engine, Sequence[StoredCase]], reach: Reach):
    engine, found = cases
    seen = [c for c in found if reach.covers(c.areas)]
    assert 0 < len(seen) < len(found)
    compare(engine, seen, ("frequency", "object"), CaseFilter(reach, limit=1000))


def test_filters_hold_for_the_frequency_too(cases: tuple[Engine, Sequence[StoredCase]]):
    engine, found = cases
    kept = [c for c in found if c.status in ("closed", "void") and c.reported_at >= NEW_YEAR]
    compare(engine, kept, ("frequency",), CaseFilter(CITY, status=("closed", "void"), start=NEW_YEAR, limit=1000))


@pytest.mark.parametrize(
    ("period", "begin"),
    [
        ("day", lambda d: d),
        ("week", lambda d: d - timedelta(days=d.weekday())),
        ("month", lambda d: d.replace(day=1)),
        ("quarter", lambda d: d.replace(month=(d.month - 1) // 3 * 3 + 1, day=1)),
        ("year", lambda d: d.replace(month=1, day=1)),
    ],
)
def test_periods_begin_at_midnight_of_the_district(cases: tuple[Engine, Sequence[StoredCase]], period: Any, begin: Any):
    engine, found = cases
    expected = Counter(begin(c.reported_at.astimezone(SHANGHAI).date()) for c in found)
    rows = asked(engine, Grouping((), period), CaseFilter(CITY, limit=1000))
    starts = [r["period"].astimezone(SHANGHAI) for r in rows]
    assert {(s.hour, s.minute) for s in starts} == {(0, 0)}
    assert {s.date(): r["cases"] for s, r in zip(starts, rows, strict=True)} == expected
    assert {r["median_hours"] for r in rows} == {None}


def test_the_limit_keeps_the_fullest_rows_and_still_counts_all(cases: tuple[Engine, Sequence[StoredCase]]):
    engine, found = cases
    rows = asked(engine, Grouping(("status",)), CaseFilter(CITY, limit=2))
    assert [r["cases"] for r in rows] == [n for _, n in Counter(c.status for c in found).most_common(2)]
    assert {(r["rows"], r["total"]) for r in rows} == {(4, len(found))}


def test_without_cases_there_are_no_rows_by_anything_and_one_empty_row_in_all(engine: Engine):
    assert asked(engine, Grouping(("status",), "day"), CaseFilter(CITY)) == []
    assert [r["cases"] for r in asked(engine, Grouping(), CaseFilter(CITY))] == [0]
