"""Administers who may do what: actors, dated grants and keys. Every change is audited in its own transaction."""

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine

from gridsvc.errors import BadInput, Conflict, FieldError, NotFound
from gridsvc.rights import Actor, Grant
from gridsvc.services.sessions import check_password, hash_password
from gridsvc.store import actors as store
from gridsvc.store import areas, audit, dated_sets, people, sessions
from gridsvc.store.actors import Kind, StoredActor, StoredGrant, StoredKey
from gridsvc.store.engine import transaction

NAME = re.compile(r"[^\W_][\w.@-]{1,63}")
# Names in histories that stand for no row of the table.
RESERVED = frozenset({"admin", "demo", "import", "system"})


def add_actor(
    engine: Engine, name: str, by: str, now: datetime, *, kind: Kind = "person", title: str = "",
    password: str | None = None, subject: tuple[str, str] | None = None, given: Grant | None = None,
) -> StoredActor:  # fmt: skip
    """Add an actor, with a first grant or without any right.

    ``subject`` is the issuer and the subject of an OpenID provider. The name is for life and never given again. Raises
    ``Conflict`` where it, or the subject, is taken, and ``NotFound`` as :func:`grant` does; nothing is stored then.
    """
    # In full-width letters, say, one name could be taken for another.
    plain = unicodedata.normalize("NFKC", name) == name
    if not plain or not NAME.fullmatch(name) or name.casefold() in RESERVED:
        mend = (
            "2–64 个字母、数字、汉字或 . @ - _，且不用保留名",
            "2 to 64 letters, digits or . @ - _, and no reserved name",
        )
        raise BadInput("账号名无效", "the name cannot be used", [FieldError("name", name, *mend)])
    hashed = None if password is None else hash_password(password, name)
    issuer, sub = subject or (None, None)
    with transaction(engine) as connection:
        if store.find_actor(connection, name) is not None:
            mend = ("换一个账号名", "choose another name")
            raise Conflict("账号名已被使用", "this name is taken", [FieldError("name", name, *mend)])
        _refuse_taken(connection, subject)
        store.add_actor(
            connection, name=name, title=title, kind=kind, password=hashed, issuer=issuer, subject=sub, created_at=now
        )
        what = {"kind": kind, "title": title, "issuer": issuer, "subject": sub}
        audit.record(connection, now, by, "actor added", name, what)
        added = need_actor(connection, name)
        if given is not None:
            _granted(connection, added, given, by, now)
        return added


def set_password(engine: Engine, name: str, password: str, by: str, now: datetime) -> None:
    """Give an actor a new password and end all his sessions."""
    hashed = hash_password(password, name)
    with transaction(engine) as connection:
        found = need_lasting(connection, name)
        store.change_actor(connection, found.id, password=hashed)
        ended = sessions.end_sessions(connection, found.id)
        audit.record(connection, now, by, "password set", name, {"sessions": ended})


def set_subject(engine: Engine, name: str, subject: tuple[str, str] | None, by: str, now: datetime) -> None:
    """Record who an actor is to an OpenID provider, None: nobody any more; all his sessions end.

    Raises ``Conflict`` where another actor is that.
    """
    issuer, sub = subject or (None, None)
    with transaction(engine) as connection:
        found = need_actor(connection, name, alone=True)
        if (found.issuer, found.subject) != (issuer, sub):
            _refuse_taken(connection, subject)
            store.change_actor(connection, found.id, issuer=issuer, subject=sub)
            ended = sessions.end_sessions(connection, found.id)
            what = {"issuer": issuer, "subject": sub, "sessions": ended}
            audit.record(connection, now, by, "subject set", name, what)


def change_password(engine: Engine, name: str, old: str, new: str, address: str, now: datetime) -> None:
    """Give an actor another password who knows the one before; guessing it gets slower like signing in."""
    check_password(engine, name, old, address, now)
    set_password(engine, name, new, name, now)


def end_actor(engine: Engine, name: str, by: str, now: datetime) -> None:
    """End an actor with his grants, keys and sessions; what he did stays under his name."""
    with transaction(engine) as connection:
        found = need_actor(connection, name, alone=True)
        if found.ended_at is None:
            store.change_actor(connection, found.id, ended_at=now)
            ended = {
                "grants": store.end_grants(connection, found.id, now),
                "keys": store.end_keys(connection, found.id, now),
                "sessions": sessions.end_sessions(connection, found.id),
            }
            audit.record(connection, now, by, "actor ended", name, ended)


def grant(engine: Engine, name: str, given: Grant, by: str, now: datetime) -> StoredGrant:
    """Give an actor a role, from now on or from later. Raises ``NotFound`` for an area or a unit nobody knows."""
    with transaction(engine) as connection:
        return _granted(connection, need_lasting(connection, name), given, by, now)


def _granted(connection: Connection, holder: StoredActor, given: Grant, by: str, now: datetime) -> StoredGrant:
    start = given.valid_from or now
    if start < now:
        mend = ("授权只能从现在或以后开始", "a grant begins now or later")
        error = FieldError("valid_from", start.isoformat(), *mend)
        raise BadInput("授权不能追溯", "a grant cannot begin in the past", [error])
    given = replace(given, valid_from=start)
    if (refusal := unknown_place(connection, given, start)) is not None:
        raise refusal
    id_ = store.add_grant(connection, holder.id, given, start)
    audit.record(connection, now, by, "role granted", holder.name, {"grant": id_} | _spelled(given), given.district)
    return StoredGrant(id_, holder.id, given)


def end_grant(engine: Engine, name: str, id_: int, by: str, now: datetime) -> None:
    """End one grant of an actor now."""
    with transaction(engine) as connection:
        found = need_actor(connection, name, alone=True)
        theirs = {g.id: g.grant for g in store.grants_of(connection, [found.id])}
        if id_ not in theirs:
            raise NotFound("没有这项授权", "there is no such grant", [known_of("grant", id_, theirs)])
        if store.end_grants(connection, found.id, now, id_):
            audit.record(connection, now, by, "grant ended", name, {"grant": id_}, theirs[id_].district)


def grants_of(engine: Engine, name: str) -> list[StoredGrant]:
    """Give all grants of an actor; raises ``NotFound``."""
    with transaction(engine) as connection:
        return store.grants_of(connection, [need_actor(connection, name).id])


def page_of_actors(
    engine: Engine, after: str | None, limit: int
) -> list[tuple[StoredActor, list[StoredGrant], list[StoredKey]]]:
    """Give actors by name with their grants and keys, one more than ``limit`` if there is a next page."""
    with transaction(engine) as connection:
        found = store.list_actors(connection, after, limit + 1)
        ids = [a.id for a in found]
        grants, keys = store.grants_of(connection, ids), store.keys_of(connection, ids)
    return [(a, [g for g in grants if g.actor_id == a.id], [k for k in keys if k.actor_id == a.id]) for a in found]


def need_actor(connection: Connection, name: str, alone: bool = False) -> StoredActor:
    """Give the actor of this name or raise ``NotFound``."""
    found = store.find_actor(connection, name, alone)
    if found is None:
        mend = ("核对账号名", "check the name")
        raise NotFound("没有这个账号", "there is no such actor", [FieldError("name", name, *mend)])
    return found


def actor_named(connection: Connection, name: str, at: datetime) -> Actor:
    """Give the actor of this name with all his grants; one who has ended has none. Raises ``NotFound``."""
    found = need_actor(connection, name)
    ended = found.ended_at is not None and found.ended_at <= at
    return Actor(name, () if ended else tuple(g.grant for g in store.grants_of(connection, [found.id])))


def need_lasting(connection: Connection, name: str) -> StoredActor:
    """Give the actor of this name, whom nobody else changes meanwhile; raises ``Conflict`` for one who has ended."""
    found = need_actor(connection, name, alone=True)
    if found.ended_at is not None:
        mend = ("换一个账号", "choose another actor")
        raise Conflict("账号已停用", "this actor has ended", [FieldError("name", name, *mend)])
    return found


def known_of(field: str, id_: int, theirs: Collection[int]) -> FieldError:
    """Make the mend that names what an actor has of a thing."""
    known = ", ".join(map(str, theirs)) or "-"
    return FieldError(field, id_, f"该账号有：{known}", f"this actor has: {known}")


def _refuse_taken(connection: Connection, subject: tuple[str, str] | None) -> None:
    if subject is not None and store.actor_of_subject(connection, *subject) is not None:
        mend = ("先从另一账号解除", "take it from the other actor first")
        raise Conflict("该统一身份已登记", "this identity is somebody's", [FieldError("subject", subject[1], *mend)])


def lost_grants(engine: Engine, grants: Iterable[StoredGrant], now: datetime) -> frozenset[int]:
    """Give the numbers of the grants over an area or a unit that the edition which holds does not have (any more).

    Grants that begin later are asked of the edition of then; those that are over are not asked about.
    """
    with transaction(engine) as connection:
        return frozenset(
            stored.id
            for stored in grants
            if (stored.grant.valid_to is None or stored.grant.valid_to > now)
            and unknown_place(connection, stored.grant, max(stored.grant.valid_from or now, now)) is not None
        )


def unknown_place(connection: Connection, given: Grant, at: datetime) -> NotFound | None:
    """Make the refusal of a grant over an area or a unit that the edition of an instant does not have."""
    if given.area is None and given.unit is None:
        return None
    edition = dated_sets.held_at(connection, "edition", at, given.district)
    if edition is None:
        mend = ("先发布该区县的版次", "publish an edition of that district first")
        error = FieldError("district", given.district, *mend)
        return NotFound("该区县没有版次", "that district has no edition", [error])
    if (
        given.layer is not None
        and given.area is not None
        and not areas.exists(connection, edition.id, given.layer, given.area)
    ):
        mend = (f"给出版次 {edition.code} 的区域编码", f"give the code of an area of edition {edition.code}")
        return NotFound("没有这个区域", "there is no such area", [FieldError(given.layer, given.area, *mend)])
    ruleset = dated_sets.held_at(connection, "ruleset", at, edition.district)
    if given.unit is not None and not (ruleset and people.has_unit(connection, ruleset.id, given.unit)):
        named = "-" if ruleset is None else ruleset.code
        mend = (f"给出规则版次 {named} 的单位编码", f"give the code of a unit of ruleset {named}")
        return NotFound("没有这个单位", "there is no such unit", [FieldError("unit", given.unit, *mend)])
    return None


def _spelled(given: Grant) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(given).items()
        if value is not None and name != "district"
    }
