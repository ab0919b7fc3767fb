"""Histories of cases: entries are appended, one writer at a time, and read by case."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, select, text

from gridsvc.casework.case import QUIET, Entry
from gridsvc.store.copy import copy_rows
from gridsvc.store.notices import CASES
from gridsvc.store.tables import case_history

ENTRY = ("case_id", "n", "at", "actor", "kind", "payload", "previous", "hash")
_ENTRIES = select(*(case_history.c[name] for name in ENTRY))
# Entries are written by one transaction at a time; any fixed number.
_ENTRY_LOCK = 7_305_845
# Waits for one's turn to write entries, and tells whoever listens once they are there.
TURN = f"SELECT pg_advisory_xact_lock({_ENTRY_LOCK}), pg_notify('{CASES}', '')"


def write_entries(connection: Connection, entries: Iterable[Entry]) -> None:
    """Append entries of histories, and tell whoever listens; their months must exist.

    One transaction at a time does so, until it ends, so that entries become visible in the order of ``seq``: who has
    read up to one of them has missed none before it. Do nothing after it that could wait for somebody.
    """
    connection.execute(text(TURN))
    copy_rows(connection, case_history, ENTRY, map(row_of, entries))


def row_of(e: Entry) -> tuple[Any, ...]:
    """What is stored of an entry, its payload as it was sealed."""
    return e.case_id, e.n, e.at, e.actor, e.kind, e.payload if e.spelled is None else e.spelled, e.previous, e.hash


def read_history(connection: Connection, case_id: UUID) -> list[Entry]:
    """Give a case's history, first entry first."""
    query = _ENTRIES.where(case_history.c.case_id == case_id).order_by(case_history.c.n)
    return [_entry(row) for row in connection.execute(query).mappings()]


def last_changes(connection: Connection, case_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """Give when something last happened to each of some cases, other than what nobody needs to have read."""
    row = case_history.c
    query = select(row.case_id, func.max(row.at).label("at")).where(
        row.case_id.in_(case_ids), row.kind.not_in(sorted(QUIET))
    )
    return {found.case_id: found.at for found in connection.execute(query.group_by(row.case_id))}


def count_entries(connection: Connection) -> int:
    """Count the entries of all histories."""
    return int(connection.execute(select(func.count()).select_from(case_history)).scalar_one())


def walk_histories(connection: Connection, page: int = 1000) -> Iterator[Entry]:
    """Give the entries of all histories by case and number, through a cursor of the server, so many at a time."""
    ordered = _ENTRIES.order_by(case_history.c.case_id, case_history.c.n).execution_options(yield_per=page)
    yield from map(_entry, connection.execute(ordered).mappings())


def _entry(row: Mapping[Any, Any]) -> Entry:
    previous = None if row["previous"] is None else bytes(row["previous"])
    return Entry(**dict(row) | {"previous": previous, "hash": bytes(row["hash"])})
