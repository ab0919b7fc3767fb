"""Cases and their history as rows: written, read, filtered, paged, and never rewritten."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from gridsvc.casework.case import append, first_broken
from gridsvc.errors import Conflict
from gridsvc.rights import whole_district
from gridsvc.store.answers import remember, remembered
from gridsvc.store.case_lists import CaseFilter, case_points, list_cases
from gridsvc.store.cases import StoredCase, read_case, write_cases
from gridsvc.store.engine import transaction
from gridsvc.store.histories import read_history, write_entries
from gridsvc.store.months import ensure_months

from .conftest import NOON, made

HOUR = timedelta(hours=1)
ALL = whole_district("1")
Add = Callable[..., None]


def read(engine: Engine, id_or_number: str) -> StoredCase | None:
    with transaction(engine) as connection:
        return read_case(connection, id_or_number, ALL)


def page(engine: Engine, **wanted: Any) -> list[StoredCase]:
    with transaction(engine) as connection:
        return list_cases(connection, CaseFilter(ALL, **wanted))


FULL = {
    "description": "制表\t换行\n引号\"'\\N🚮",
    "address": "<b>路</b>", "accuracy_m": 12.5, "component": "C1", "unit": "U1",
    "raw": {"x": 120.00000000000001, "y": 30, "crs": "gcj02"}, "areas": {"grid": "A"}, "decision": {"键": [1, None]},
    "lon": 120.1 + 2**-46, "lat": 30.000000000000004,
}  # fmt: skip


@pytest.mark.parametrize("fields", [{}, FULL], ids=["little", "everything"])
def test_a_case_comes_back_as_it_was_written(engine: Engine, add_cases: Add, fields: dict[str, Any]):
    given = made(**fields)
    add_cases(given)
    assert read(engine, str(given.id)) == given


def test_a_case_is_found_by_its_number(engine: Engine, add_cases: Add):
    given = made()
    add_cases(given, made())
    assert read(engine, given.number) == given


NOBODY = "5f1b6c1e-0a57-4a6c-9d5e-3b7c2f8e4a10"


@pytest.mark.parametrize("name", ["", "240612-9999", "x", NOBODY, "'; DROP TABLE case_; --"])
def test_what_no_case_is_called_is_not_found(engine: Engine, add_cases: Add, name: str):
    add_cases(made())
    assert read(engine, name) is None


def test_a_history_comes_back_entry_by_entry_and_intact(engine: Engine):
    case = made()
    entries = [append([], case.id, NOON, "demo", "reported", {"文字": "\t\n\\N\"'", "x": 0.1})]
    entries.append(append(entries, case.id, NOON + HOUR, "甲", "decided", {"answer": {"n": None}}))
    with transaction(engine) as connection:
        ensure_months(connection, [NOON])
        write_cases(connection, [case])
        write_entries(connection, entries)
        found = read_history(connection, case.id)
    assert found == entries
    assert first_broken(found) is None


@pytest.mark.parametrize("table", ["case_history", "case_history_202406"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET actor = 'x'", "DELETE FROM {}", "TRUNCATE {}"])
def test_history_is_append_only(engine: Engine, add_cases: Add, statement: str, table: str):
    add_cases(made())
    with pytest.raises(IntegrityError, match="append-only"), engine.connect() as connection:
        connection.execute(text(statement.format(table)))


def test_a_second_entry_must_name_the_one_before(engine: Engine, add_cases: Add):
    add_cases(made())
    insert = (
        "INSERT INTO case_history (at, case_id, n, kind, actor, payload, hash) VALUES (:at, :id, 2, 'x', 'x', '{}', '')"
    )
    with pytest.raises(IntegrityError, match="first_has_no_previous"), engine.connect() as connection:
        connection.execute(text(insert), {"at": NOON, "id": uuid4()})


@pytest.fixture
def nine(add_cases: Add) -> Sequence[StoredCase]:
    """Nine cases, an hour apart, from west to east."""
    cases = [
        made(
            reported_at=NOON + HOUR * i, lon=120.0 + i / 100, status=("reported", "closed", "void")[i % 3],
            unit=("U1", "U2", None)[i // 3], category=("06010", "06020")[i % 2], areas={"grid": f"G{i}", "street": "S"},
        )
        for i in range(9)
    ]  # fmt: skip
    add_cases(*cases)
    return cases


@pytest.mark.parametrize(
    ("wanted", "rows"),
    [
        ({}, range(9)),
        ({"status": ("nothing",)}, []),
        ({"status": ("closed",)}, [1, 4, 7]),
        ({"status": ("closed", "void")}, [1, 2, 4, 5, 7, 8]),
        ({"unit": ("U2",)}, [3, 4, 5]),
        ({"unit": ("U1", "U2"), "category": ("06020",)}, [1, 3, 5]),
        ({"areas": (("grid", ("G1", "G7")),)}, [1, 7]),
        ({"areas": (("grid", ("G1",)), ("street", ("S",)))}, [1]),
        ({"areas": (("grid", ("S",)),)}, []),
        ({"start": NOON + HOUR * 7}, [7, 8]),
        ({"end": NOON + HOUR}, [0]),
        ({"start": NOON + HOUR, "end": NOON + HOUR}, []),
        ({"bbox": (120.015, 29.0, 120.035, 31.0)}, [2, 3]),
        ({"bbox": (120.02, 30.0, 120.02, 30.0)}, [2]),
        ({"bbox": (120.0200001, 29.0, 120.035, 31.0)}, [3]),
        ({"bbox": (0.0, 0.0, 1.0, 1.0)}, []),
    ],
    ids=str,
)
def test_a_filter_gives_what_it_says(engine: Engine, nine: Sequence[StoredCase], wanted: dict, rows: Sequence[int]):
    assert page(engine, **wanted) == [nine[i] for i in reversed(rows)]


def pages(engine: Engine, limit: int) -> list[UUID]:
    """Ids of every page until the last, as the service follows them."""
    seen: list[UUID] = []
    after: tuple[datetime, UUID] | None = None
    while True:
        found = page(engine, after=after, limit=limit)
        seen += [c.id for c in found[:limit]]
        if len(found) <= limit:
            return seen
        after = (found[limit - 1].reported_at, found[limit - 1].id)


@pytest.mark.parametrize("limit", [1, 2, 4, 12, 13, 100])
def test_pages_are_complete_without_doubles_also_where_reports_are_of_one_instant(
    engine: Engine, add_cases: Add, limit: int
):
    cases = [made(reported_at=NOON + HOUR * (i % 3)) for i in range(12)]
    add_cases(*cases)
    assert pages(engine, limit) == [c.id for c in sorted(cases, key=lambda c: (c.reported_at, c.id), reverse=True)]


def test_pages_do_not_repeat_what_is_added_meanwhile(engine: Engine, nine: Sequence[StoredCase], add_cases: Add):
    first = page(engine, limit=4)[:4]
    add_cases(made(reported_at=NOON + HOUR * 20), made(reported_at=NOON + HOUR * 6))
    second = page(engine, limit=4, after=(first[-1].reported_at, first[-1].id))[:4]
    assert not {c.id for c in first} & {c.id for c in second}


def test_points_of_cases_come_with_the_first_and_last_report(engine: Engine, nine: Sequence[StoredCase]):
    with transaction(engine) as connection:
        found = case_points(connection, CaseFilter(ALL, start=NOON + HOUR * 6))
    assert sorted(found.lon) == [c.lon for c in nine[6:]]
    assert set(found.lat) == {30.0}
    assert (found.first, found.last) == (nine[6].reported_at, nine[8].reported_at)
    assert sorted(zip(found.lon, *found.labels, strict=True)) == [(c.lon, c.category, c.address) for c in nine[6:]]


def test_no_cases_have_no_points(engine: Engine):
    with transaction(engine) as connection:
        found = case_points(connection, CaseFilter(ALL))
    assert [len(column) for column in (found.lon, found.lat, *found.labels)] == [0, 0, 0, 0]
    assert (found.first, found.last) == (None, None)


def test_the_answer_to_a_key_is_kept_for_its_actor(engine: Engine):
    with transaction(engine) as connection:
        remember(connection, "demo", "key", b"\x00hash", uuid4(), {"键": "值"})
    with transaction(engine) as connection:
        assert remembered(connection, "demo", "key") == (b"\x00hash", {"键": "值"})
        assert remembered(connection, "demo", "other") is None
        assert remembered(connection, "other", "key") is None


def test_a_key_has_one_answer(engine: Engine):
    def keep() -> None:
        with transaction(engine) as connection:
            remember(connection, "demo", "key", b"", uuid4(), {})

    keep()
    with pytest.raises(Conflict, match="pk_idempotency"):
        keep()
