"""Units, people and posts of a ruleset, between rows and values."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Table, and_, select

from gridsvc.responsibility.people import Person, Post, Staff, Unit
from gridsvc.responsibility.windows import parse_window
from gridsvc.store.copy import copy_rows
from gridsvc.store.rules import read_calendar_of
from gridsvc.store.ruleset_tables import person, post, unit

_UNIT = ("code", "name", "name_en", "parent", "kind")
_PERSON = ("code", "name", "phone", "kind")
_POST = ("code", "person", "role", "layer", "area", "unit", "deputy_of", "acting", "duty", "valid_from", "valid_to")


def write_staff(connection: Connection, set_id: int, staff: Staff) -> None:
    """Store all units, people and posts below a draft."""
    _write(connection, unit, _UNIT, set_id, [asdict(u) for u in staff.units.values()])
    _write(connection, person, _PERSON, set_id, [asdict(p) for p in staff.people.values()])
    posts = [{name: getattr(p, name) for name in _POST} | {"duty": p.duty.text} for p in staff.posts]
    _write(connection, post, _POST, set_id, posts)


def _write(
    connection: Connection, table: Table, columns: tuple[str, ...], set_id: int, rows: list[dict[str, Any]]
) -> None:
    copy_rows(connection, table, ("set_id", *columns), ((set_id, *(r[c] for c in columns)) for r in rows))


def read_staff(connection: Connection, set_id: int) -> Staff:
    """Read the staff of a ruleset as it was stored."""

    def rows(table: Table, columns: tuple[str, ...]) -> list[dict[str, Any]]:
        query = select(*(table.c[c] for c in columns)).where(table.c.set_id == set_id)
        return [dict(r) for r in connection.execute(query).mappings()]

    units = [Unit(**r) for r in rows(unit, _UNIT)]
    people = [Person(**r) for r in rows(person, _PERSON)]
    calendar = read_calendar_of(connection, set_id)
    posts = [Post(**(r | {"duty": parse_window(r["duty"], "duty", calendar)})) for r in rows(post, _POST)]
    return Staff({u.code: u for u in units}, {p.code: p for p in people}, tuple(posts))


def holder_of(connection: Connection, set_id: int, code: str) -> Person | None:
    """Give the person who holds a post of a ruleset."""
    held = and_(post.c.set_id == person.c.set_id, post.c.person == person.c.code)
    query = select(*(person.c[c] for c in _PERSON)).join_from(person, post, held)
    row = connection.execute(query.where(post.c.set_id == set_id, post.c.code == code)).mappings().first()
    return Person(**row) if row else None


def has_unit(connection: Connection, set_id: int, code: str) -> bool:
    """Whether a ruleset has a unit of this code."""
    return connection.execute(select(unit.c.id).where(unit.c.set_id == set_id, unit.c.code == code)).first() is not None
