"""The audit: who administered what and who looked at what, append-only, each entry sealed by the one before it."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from gridsvc.chain import seal
from gridsvc.store.actor_tables import audit, audit_head
from gridsvc.store.notices import AUDIT

_ENTRY = ("n", "at", "actor", "action", "subject", "district", "payload", "previous", "hash")
_ENTRIES = select(*(audit.c[name] for name in _ENTRY))


@dataclass(frozen=True, slots=True)
class Audited:
    """One entry of the audit; ``n`` counts from 1 over the whole installation."""

    n: int
    at: datetime
    actor: str
    action: str
    subject: str
    district: str | None
    payload: Mapping[str, Any]
    previous: bytes | None
    hash: bytes

    def sealed(self) -> bytes:
        """The hash that belongs to what the entry says."""
        fields = [self.n, self.at, self.actor, self.action, self.subject, self.district, self.payload]
        return seal(fields, self.previous)


def record(
    connection: Connection,
    at: datetime | None,
    actor: str,
    action: str,
    subject: str,
    payload: Mapping[str, Any] | None = None,
    district: str | None = None,
) -> None:
    """Append an entry, in the transaction of what it tells of; others who append wait until that ends.

    Without ``at`` it bears the instant of the database's own clock, as what is loaded there does. Every replica is
    told, because whatever changes an actor's rights stands here too.
    """
    head = connection.execute(select(audit_head).with_for_update()).one()
    at = at or connection.execute(select(func.clock_timestamp())).scalar_one()
    previous = None if head.hash is None else bytes(head.hash)
    entry = Audited(head.n + 1, at, actor, action, subject, district, payload or {}, previous, b"")
    values = {name: getattr(entry, name) for name in _ENTRY} | {"hash": entry.sealed()}
    connection.execute(insert(audit).values(**values))
    connection.execute(update(audit_head).values(n=entry.n, hash=values["hash"]))
    connection.execute(select(func.pg_notify(AUDIT, "")))


def hold(connection: Connection) -> None:
    """Let nobody else append until the transaction ends."""
    connection.execute(select(audit_head.c.n).with_for_update())


def head(connection: Connection) -> tuple[int, bytes | None]:
    """Give the number and the hash of the last entry that was appended; 0 and None where none was."""
    row = connection.execute(select(audit_head.c.n, audit_head.c.hash)).first()
    return (0, None) if row is None else (row.n, None if row.hash is None else bytes(row.hash))


def actions_between(connection: Connection, after: int, upto: int) -> set[str]:
    """Give the actions of the entries after one number up to another."""
    query = select(audit.c.action).distinct().where(audit.c.n > after, audit.c.n <= upto)
    return set(connection.execute(query).scalars())


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries are asked for, as far as that is said; ``before`` is a number, ``end`` is not included.

    ``districts`` leaves out those of others and those of the whole installation.
    """

    actor: str | None = None
    subject: str | None = None
    action: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    districts: Collection[str] | None = None
    before: int | None = None
    limit: int = 100


def newest(connection: Connection, wanted: AuditFilter) -> list[Audited]:
    """Give one page of entries, the newest first, one more than the limit if there is a next page."""
    entry = audit.c
    conditions: tuple[tuple[object, Callable[[Any], ColumnElement[bool]]], ...] = (
        (wanted.actor, entry.actor.__eq__),
        (wanted.subject, entry.subject.__eq__),
        (wanted.action, entry.action.__eq__),
        (wanted.start, entry.at.__ge__),
        (wanted.end, entry.at.__lt__),
        (wanted.districts, entry.district.in_),
        (wanted.before, entry.n.__lt__),
    )
    said = [condition(value) for value, condition in conditions if value is not None]
    rows = connection.execute(_ENTRIES.where(*said).order_by(audit.c.n.desc()).limit(wanted.limit + 1)).mappings()
    return [_entry(row) for row in rows]


def chain(connection: Connection, page: int = 1000) -> Iterator[Audited]:
    """Give every entry in order, through a cursor of the server, so many at a time."""
    ordered = _ENTRIES.order_by(audit.c.n).execution_options(yield_per=page)
    yield from map(_entry, connection.execute(ordered).mappings())


def _entry(row: Mapping[Any, Any]) -> Audited:
    sealed = {name: None if row[name] is None else bytes(row[name]) for name in ("previous", "hash")}
    return Audited(**dict(row) | sealed)
