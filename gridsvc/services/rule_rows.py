"""The tables of a ruleset as rows of text: those of a base with others in their place, amended, and read."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from gridsvc.casework.scheme_rows import read_schemes
from gridsvc.responsibility.people import Staff
from gridsvc.responsibility.read import read_ruleset, read_staff
from gridsvc.responsibility.resolve import Ruleset
from gridsvc.services.editions import hash_of_rules
from gridsvc.spatial.heat_scheme import read_heat
from gridsvc.store.dated_sets import DatedSet
from gridsvc.store.engine import to_json
from gridsvc.store.rules import read_texts
from gridsvc.tables import COLUMNS, OF_RULESET, Row, gathered, key_of

Tables = Mapping[str, Sequence[Row]]


def merged_with(connection: Connection, base: DatedSet | None, tables: Tables) -> dict[str, list[Row]]:
    """All tables, with every column: those that are given, the others as the base has them."""
    of_base = {} if base is None else read_texts(connection, base.id)
    rows = {name: tables.get(name, of_base.get(name)) for name in OF_RULESET}
    return {name: [_whole(name, row, row.line) for row in given] for name, given in rows.items() if given is not None}


def _whole(name: str, row: Mapping[str, str], line: int) -> Row:
    return Row({column: row.get(column, "") for column in COLUMNS[name]}, line)


def amended_by(tables: Tables, changes: Tables) -> dict[str, list[Row]]:
    """Replace rows by their keys, where the first of them stood, and add what is new at the end."""
    made: dict[str, list[Row]] = {name: list(rows) for name, rows in tables.items()}
    for name, given in changes.items():
        new: dict[tuple[str, ...], list[Row]] = {}
        for row in given:
            new.setdefault(key_of(name, row), []).append(row)
        kept: dict[tuple[str, ...], list[Row]] = {}
        for row in made.get(name, ()):
            kept.setdefault(key_of(name, row), []).append(row)
        # A key that is in both keeps its place.
        rows = [row for rows in (kept | new).values() for row in rows]
        made[name] = [_whole(name, row, line) for line, row in enumerate(rows, start=2)]
    return made


def read_tables(code: str, tables: Tables, time_zone: str) -> tuple[Ruleset, Staff]:
    """Make a ruleset and its staff of their tables; raises ``BadTable`` with all rows that cannot be used."""
    with gathered() as faults:
        zone = ZoneInfo(time_zone)
        staff = read_staff(tables, zone, faults)
        read_schemes(tables, faults)
        read_heat(tables, faults)
        return read_ruleset(code, tables, staff, zone, faults), staff


def hash_of(title: str, time_zone: str, tables: Tables) -> str:
    """Give the SHA-256 of a ruleset and its tables."""
    return hash_of_rules(to_json([title, time_zone]), tables)
