"""Rules and limits of a ruleset. They are kept as the text that was written and read by the one reader there is."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from gridsvc.responsibility.calendar import Calendar
from gridsvc.responsibility.people import Staff
from gridsvc.responsibility.read import read_calendar, read_ruleset
from gridsvc.responsibility.resolve import Ruleset
from gridsvc.responsibility.table import Rule
from gridsvc.store.copy import copy_rows
from gridsvc.store.dated_sets import DatedSet
from gridsvc.store.dated_tables import dated_set
from gridsvc.store.ruleset_tables import declaration, limit, person, post, rule, unit
from gridsvc.tables import COLUMNS, DECLARED, OF_RULESET, Row, gathered

_RULE, _LIMIT = COLUMNS["rules"], COLUMNS["limits"]
_TABLES = {"units": unit, "people": person, "posts": post, "rules": rule, "limits": limit}


def write_rules(
    connection: Connection, set_id: int, ruleset: Ruleset, tables: Mapping[str, Sequence[Mapping[str, str]]]
) -> None:
    """Store a ruleset's limits, and the rows of text from which its rules and declarations were read."""
    read = {r.id: r for r in ruleset.rules}
    rules = ((set_id, *_columns(row, read[row["id"]])) for row in tables.get("rules", ()))
    copy_rows(connection, rule, ("set_id", *_RULE), rules)
    declared = ((set_id, name, dict(row)) for name in DECLARED for row in tables.get(name, ()))
    copy_rows(connection, declaration, ("set_id", "name", "row"), declared)
    copy_rows(
        connection, limit, ("set_id", *_LIMIT), ((set_id, *(getattr(x, c) for c in _LIMIT)) for x in ruleset.limits)
    )


def _columns(row: Mapping[str, str], made: Rule) -> list[Any]:
    """One row for the table: the text as it was written, but numbers, flags and instants as they were read."""
    point = made.test_point
    read = {
        "rank": made.rank, "disputed": made.disputed, "valid_from": made.valid_from, "valid_to": made.valid_to,
        "test_lon": point.lon if point else None, "test_lat": point.lat if point else None,
    }  # fmt: skip
    return [read[c] if c in read else row.get(c, "") for c in _RULE]


def read_rules(connection: Connection, found: DatedSet, staff: Staff) -> Ruleset:
    """Read a ruleset as it was stored."""
    tables = {name: _texts(connection, name, found.id) for name in ("rules", "limits", *DECLARED)}
    with gathered() as faults:
        return read_ruleset(found.code, tables, staff, ZoneInfo(found.time_zone), faults)


def read_calendar_of(connection: Connection, set_id: int) -> Calendar:
    """Read the calendar of a ruleset, on which its windows are."""
    zone = connection.execute(select(dated_set.c.time_zone).where(dated_set.c.id == set_id)).scalar_one()
    tables = {name: _texts(connection, name, set_id) for name in ("calendar", "periods")}
    with gathered() as faults:
        return read_calendar(tables, ZoneInfo(zone), faults)


def read_texts(connection: Connection, set_id: int) -> dict[str, list[Row]]:
    """Read all tables of a ruleset as rows of text, those that have any."""
    found = {name: _texts(connection, name, set_id) for name in OF_RULESET}
    return {name: rows for name, rows in found.items() if rows}


def _texts(connection: Connection, name: str, set_id: int) -> list[Row]:
    if name in DECLARED:
        return declared_rows(connection, name, set_id)
    table = _TABLES[name]
    query = select(*(table.c[c] for c in COLUMNS[name])).where(table.c.set_id == set_id)
    found = connection.execute(query.order_by(*table.primary_key.columns)).mappings()
    return [Row({c: _text(v) for c, v in row.items()}, line) for line, row in enumerate(found, start=2)]


def declared_rows(connection: Connection, name: str, set_id: int) -> list[Row]:
    """Read one of the tables that a ruleset declares."""
    query = select(declaration.c.row).where(declaration.c.set_id == set_id, declaration.c.name == name)
    rows = connection.execute(query.order_by(declaration.c.id)).scalars()
    return [Row({c: row.get(c, "") for c in COLUMNS[name]}, line) for line, row in enumerate(rows, start=2)]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, datetime) else str(value)
