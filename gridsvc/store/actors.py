"""Actors, their grants and their keys: rows in and out, no decision."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import Range

from gridsvc.rights import Grant
from gridsvc.store.actor_tables import actor, api_key, role_grant

Kind = Literal["person", "program"]
_ACTOR = ("id", "name", "title", "kind", "password", "issuer", "subject", "created_at", "ended_at")
_KEY = (
    "id", "actor_id", "name", "lookup", "digest", "permissions", "rate_per_s", "created_at", "expires_at", "used_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StoredActor:
    """One row of the table of actors; ``password`` is a hash with its own salt."""

    id: int
    name: str
    title: str
    kind: Kind
    password: str | None
    issuer: str | None
    subject: str | None
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoredGrant:
    """A grant of an actor with its number."""

    id: int
    actor_id: int
    grant: Grant


@dataclass(frozen=True, slots=True)
class StoredKey:
    """One row of the table of keys; ``digest`` is of the whole key, ``lookup`` the part by which it is found."""

    id: int
    actor_id: int
    name: str
    lookup: str
    digest: bytes
    permissions: Sequence[str] | None
    rate_per_s: float | None
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


def find_actor(connection: Connection, name: str, alone: bool = False) -> StoredActor | None:
    """Give the actor of this name; with ``alone`` nobody else changes it until the transaction ends."""
    return _one(connection, actor.c.name == name, alone)


def actor_of_subject(connection: Connection, issuer: str, subject: str) -> StoredActor | None:
    """Give the actor whom an OpenID provider knows by this subject."""
    return _one(connection, (actor.c.issuer == issuer) & (actor.c.subject == subject), False)


def actor_by_id(connection: Connection, id_: int) -> StoredActor | None:
    """Give the actor of this number."""
    return _one(connection, actor.c.id == id_, False)


def _one(connection: Connection, which: ColumnElement[bool], alone: bool) -> StoredActor | None:
    query = select(*(actor.c[name] for name in _ACTOR)).where(which)
    row = connection.execute(query.with_for_update() if alone else query).mappings().first()
    return StoredActor(**row) if row else None


def list_actors(connection: Connection, after: str | None, most: int) -> list[StoredActor]:
    """Give actors by name, those that have ended too, at most so many."""
    query = select(*(actor.c[name] for name in _ACTOR)).order_by(actor.c.name).limit(most)
    if after is not None:
        query = query.where(actor.c.name > after)
    return [StoredActor(**row) for row in connection.execute(query).mappings()]


def add_actor(connection: Connection, **values: Any) -> int:
    """Store a new actor and give its number."""
    return int(connection.execute(insert(actor).values(**values).returning(actor.c.id)).scalar_one())


def change_actor(connection: Connection, id_: int, **values: Any) -> None:
    """Change a password, a subject, or the end."""
    connection.execute(update(actor).where(actor.c.id == id_).values(**values))


def grants_of(connection: Connection, actors: Iterable[int]) -> list[StoredGrant]:
    """Give all grants of some actors, past and future ones too, but for those that were ended before they began."""
    query = select(role_grant).where(role_grant.c.actor_id.in_(list(actors)), ~func.isempty(role_grant.c.valid))
    return [
        StoredGrant(
            row.id,
            row.actor_id,
            Grant(row.role, row.district, row.layer, row.area, row.unit, row.valid.lower, row.valid.upper),
        )
        for row in connection.execute(query.order_by(role_grant.c.id))
    ]


def add_grant(connection: Connection, actor_id: int, given: Grant, start: datetime) -> int:
    """Store a grant that holds from ``start`` on and give its number."""
    values = {name: getattr(given, name) for name in ("role", "district", "layer", "area", "unit")}
    values |= {"actor_id": actor_id, "valid": Range(start, given.valid_to)}
    return int(connection.execute(insert(role_grant).values(**values).returning(role_grant.c.id)).scalar_one())


def end_grants(connection: Connection, actor_id: int, at: datetime, id_: int | None = None) -> int:
    """End one grant of an actor, or all of them, at an instant; gives how many still went on then."""
    goes_on = or_(func.upper_inf(role_grant.c.valid), func.upper(role_grant.c.valid) > at)
    ended = update(role_grant).where(role_grant.c.actor_id == actor_id, ~func.isempty(role_grant.c.valid), goes_on)
    if id_ is not None:
        ended = ended.where(role_grant.c.id == id_)
    return connection.execute(ended.values(valid=role_grant.c.valid * Range(None, at))).rowcount


def find_key(connection: Connection, lookup: str) -> StoredKey | None:
    """Give the key that is found by this part of it."""
    row = connection.execute(_keys().where(api_key.c.lookup == lookup)).mappings().first()
    return _key(row) if row else None


def keys_of(connection: Connection, actors: Iterable[int]) -> list[StoredKey]:
    """Give all keys of some actors, expired ones too, by age."""
    rows = connection.execute(_keys().where(api_key.c.actor_id.in_(list(actors))).order_by(api_key.c.id)).mappings()
    return [_key(row) for row in rows]


def add_key(connection: Connection, **values: Any) -> int:
    """Store a key's digest and give its number."""
    return int(connection.execute(insert(api_key).values(**values).returning(api_key.c.id)).scalar_one())


def end_keys(connection: Connection, actor_id: int, at: datetime, id_: int | None = None) -> int:
    """Let one key of an actor, or all of them, expire at an instant; gives how many went on beyond it."""
    goes_on = or_(api_key.c.expires_at.is_(None), api_key.c.expires_at > at)
    ended = update(api_key).where(api_key.c.actor_id == actor_id, goes_on)
    if id_ is not None:
        ended = ended.where(api_key.c.id == id_)
    return connection.execute(ended.values(expires_at=at)).rowcount


def note_use(connection: Connection, used: dict[int, datetime]) -> None:
    """Note when keys were last used."""
    for id_, at in sorted(used.items()):
        later = or_(api_key.c.used_at.is_(None), api_key.c.used_at < at)
        connection.execute(update(api_key).where(api_key.c.id == id_, later).values(used_at=at))


def _keys() -> Any:
    return select(*(api_key.c[name] for name in _KEY))


def _key(row: Any) -> StoredKey:
    return StoredKey(**dict(row) | {"digest": bytes(row["digest"])})
