"""Rules and limits of a ruleset. They are kept as the text that was written and read by the one reader there is."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Table, select

from gridsvc.responsibility.people import Staff
from gridsvc.responsibility.read import read_ruleset
from gridsvc.responsibility.resolve import Ruleset
from gridsvc.responsibility.table import Rule
from gridsvc.store.copy import copy_rows
from gridsvc.store.dated_sets import DatedSet
from gridsvc.store.tables import limit, rule

Row = Mapping[str, str]
_RULE = (
    "rank", "id", "via", "categories", "places", "attributes", "window", "lead", "assisting", "evaluator", "source",
    "disputed", "valid_from", "valid_to", "test_lon", "test_lat",
)  # fmt: skip
_LIMIT = ("category", "condition", "stage", "amount", "unit", "source")


def write_rules(connection: Connection, set_id: int, ruleset: Ruleset, rules: Sequence[Row]) -> None:
    """Store a ruleset's limits and the rows of text from which its rules were read."""
    read = {r.id: r for r in ruleset.rules}
    copy_rows(connection, rule, ("set_id", *_RULE), ((set_id, *_columns(row, read[row["id"]])) for row in rules))
    copy_rows(
        connection, limit, ("set_id", *_LIMIT), ((set_id, *(getattr(x, c) for c in _LIMIT)) for x in ruleset.limits)
    )


def _columns(row: Row, made: Rule) -> list[Any]:
    """One row for the table: the text as it was written, but numbers, flags and instants as they were read."""
    point = made.test_point
    read = {
        "rank": made.rank, "disputed": made.disputed, "valid_from": made.valid_from, "valid_to": made.valid_to,
        "test_lon": point.lon if point else None, "test_lat": point.lat if point else None,
    }  # fmt: skip
    return [read[c] if c in read else row.get(c, "") for c in _RULE]


def read_rules(connection: Connection, found: DatedSet, staff: Staff) -> Ruleset:
    """Read a ruleset as it was stored."""
    tables = {"rules": _texts(connection, rule, _RULE, found.id), "limits": _texts(connection, limit, _LIMIT, found.id)}
    return read_ruleset(found.code, tables, staff, ZoneInfo(found.time_zone))


def _texts(connection: Connection, table: Table, columns: tuple[str, ...], set_id: int) -> list[dict[str, str]]:
    query = select(*(table.c[c] for c in columns)).where(table.c.set_id == set_id).order_by(*table.primary_key.columns)
    return [{c: _text(v) for c, v in row.items()} for row in connection.execute(query).mappings()]


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, datetime) else str(value)
