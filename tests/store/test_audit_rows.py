"""The audit as rows: appended one after the other whoever appends, never rewritten, read by what is asked for."""

import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from gridsvc.store import audit
from gridsvc.store.audit import Audited, AuditFilter
from gridsvc.store.engine import transaction
from gridsvc.store.notices import listening, wait_for_word

from .conftest import NOON

HOUR = timedelta(hours=1)
ODD = {"文字": "\t\n\\'\"🚮", "n": [0.1, -0.0, 1e16, 1e300, None, True], "leer": {}}


ODD_STORED = ODD | {"n": [0.1, 0, 10**16, 10**300, None, True]}


def record(engine: Engine, *what: Any, **more: Any) -> None:
    with transaction(engine) as connection:
        audit.record(connection, *what, **more)


def everything(engine: Engine, page: int = 1000) -> list[Audited]:
    with transaction(engine) as connection:
        return list(audit.chain(connection, page))


def head(engine: Engine) -> tuple[int, bytes | None]:
    with transaction(engine) as connection:
        return audit.head(connection)


def broken(entries: list[Audited]) -> list[int]:
    """Numbers of the entries that do not follow from the one before, by the plainest way to tell."""
    previous = [None, *(e.hash for e in entries)]
    return [
        n for n, e in enumerate(entries, 1) if (e.n, e.previous, e.hash) != (n, previous[n - 1], e.sealed())
    ]  # fmt: skip


def test_an_empty_audit_has_no_head(engine: Engine):
    assert head(engine) == (0, None)
    assert everything(engine) == []


def test_an_entry_comes_back_as_it_was_written(engine: Engine):
    at = datetime(2024, 6, 12, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=8)))
    record(engine, at, "cli:root", "role granted", "li", ODD, "990999")
    (entry,) = everything(engine)
    assert (entry.n, entry.at, entry.actor, entry.action) == (1, at, "cli:root", "role granted")
    assert (entry.subject, entry.payload, entry.district) == ("li", ODD_STORED, "990999")
    assert (entry.previous, entry.hash) == (None, entry.sealed())


def test_each_entry_seals_the_one_before(engine: Engine):
    for n in range(4):
        record(engine, NOON, "li", "a", f"s{n}", {"n": n})
    entries = everything(engine)
    assert broken(entries) == []
    assert head(engine) == (4, entries[-1].hash)


def test_without_an_instant_it_is_the_clock_of_the_database(engine: Engine):
    before = datetime.now(UTC)
    record(engine, None, "li", "a", "s")
    assert before - HOUR < everything(engine)[0].at < before + HOUR


def test_what_is_rolled_back_leaves_no_gap(engine: Engine):
    record(engine, NOON, "li", "a", "first")
    with engine.connect() as connection:
        audit.record(connection, NOON, "li", "a", "never")
        connection.rollback()
    record(engine, NOON, "li", "a", "second")
    assert [(e.n, e.subject) for e in everything(engine)] == [(1, "first"), (2, "second")]


def test_several_entries_of_one_transaction_follow_each_other(engine: Engine):
    with transaction(engine) as connection:
        for n in range(3):
            audit.record(connection, NOON, "li", "a", str(n))
    assert broken(everything(engine)) == []


def test_eight_at_once_make_one_chain_without_a_gap(engine: Engine):
    def append(who: int) -> None:
        for n in range(10):
            record(engine, NOON, f"actor{who}", "a", str(n))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(append, range(8)))
    entries = everything(engine)
    assert len(entries) == 80
    assert broken(entries) == []
    for who in range(8):
        assert [e.subject for e in entries if e.actor == f"actor{who}"] == [str(n) for n in range(10)]


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'x'", "DELETE FROM audit", "TRUNCATE audit"])
def test_the_audit_is_append_only(engine: Engine, statement: str):
    record(engine, NOON, "li", "a", "s")
    with pytest.raises(IntegrityError, match="append-only"), engine.connect() as connection:
        connection.execute(text(statement))


def test_replicas_are_told_at_the_commit(engine: Engine):
    stop, other = socket.socketpair()
    with stop, other, listening(engine) as line:
        record(engine, NOON, "li", "a", "s")
        assert wait_for_word(line, stop, 20.0)


@pytest.fixture
def nine(engine: Engine) -> Engine:
    with transaction(engine) as connection:
        for n in range(1, 10):
            at, actor = NOON + n * HOUR, ("li", "wang", "")[n % 3]
            audit.record(connection, at, actor, ("grant", "key")[n % 2], ("a", "b")[n // 5], {"n": n})
    return engine


@pytest.mark.parametrize(
    ("before", "most", "wanted", "found"),
    [
        (None, 100, {}, [9, 8, 7, 6, 5, 4, 3, 2, 1]),
        (None, 2, {}, [9, 8]),
        (8, 2, {}, [7, 6]),
        (1, 2, {}, []),
        (None, 100, {"actor": "nobody"}, []),
        (None, 100, {"actor": "wang"}, [7, 4, 1]),
        (None, 100, {"actor": ""}, [8, 5, 2]),
        (7, 100, {"actor": "wang"}, [4, 1]),
        (None, 100, {"subject": "a"}, [4, 3, 2, 1]),
        (None, 100, {"action": "key", "subject": "b"}, [9, 7, 5]),
        (None, 100, {"start": NOON + 8 * HOUR}, [9, 8]),
        (None, 100, {"end": NOON + 2 * HOUR}, [1]),
        (None, 100, {"start": NOON + 2 * HOUR, "end": NOON + 2 * HOUR}, []),
        (None, 1, {"start": NOON + 2 * HOUR, "end": NOON + 4 * HOUR}, [3]),
    ],
)
def test_the_newest_that_are_asked_for(nine: Engine, before: int | None, most: int, wanted: dict, found: list[int]):
    with transaction(nine) as connection:
        assert [e.n for e in audit.newest(connection, AuditFilter(before=before, limit=most - 1, **wanted))] == found


@pytest.mark.parametrize("page", [1, 2, 4, 9, 10, 1000])
def test_the_chain_is_the_same_in_pages_of_any_size(nine: Engine, page: int):
    assert [e.n for e in everything(nine, page)] == list(range(1, 10))
