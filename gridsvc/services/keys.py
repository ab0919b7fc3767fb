"""Keys of actors: made, rotated and ended; the key itself is shown once and is nowhere here."""

import math
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine

from gridsvc.errors import BadInput, FieldError, NotFound
from gridsvc.rights import ALL
from gridsvc.services.actors import known_of, need_actor, need_lasting
from gridsvc.services.identity import digest_of
from gridsvc.store import actors as store
from gridsvc.store import audit
from gridsvc.store.actors import StoredActor, StoredKey
from gridsvc.store.engine import transaction

OVERLAP = timedelta(days=1)


def add_key(
    engine: Engine, name: str, title: str, by: str, now: datetime, *, permissions: Collection[str] | None = None,
    rate_per_s: float | None = None, expires_at: datetime | None = None,
) -> tuple[StoredKey, str]:  # fmt: skip
    """Make a key for an actor; the key itself is given here and never again.

    ``permissions`` narrow what it can be used for; None leaves it all that its actor may do.
    """
    if permissions is not None and (unknown := sorted(set(permissions) - ALL)):
        known = ", ".join(sorted(ALL))
        error = FieldError("permissions", unknown, f"可用：{known}", f"of {known}")
        raise BadInput("没有这些权限", "there are no such permissions", [error])
    if rate_per_s is not None and not 0.0 < rate_per_s < math.inf:
        mend = ("每秒次数应大于零", "give a number of calls a second above zero")
        raise BadInput("调用频率无效", "the rate cannot be used", [FieldError("rate_per_s", rate_per_s, *mend)])
    if expires_at is not None and expires_at <= now:
        mend = ("到期时刻应在以后", "let it expire later than now")
        raise BadInput(
            "密钥已过期", "the key is over already", [FieldError("expires_at", expires_at.isoformat(), *mend)]
        )
    with transaction(engine) as connection:
        found = need_lasting(connection, name)
        made = _made(connection, found, title, now, permissions, rate_per_s, expires_at)
        what = {"key": made[0].id, "title": title, "lookup": made[0].lookup}
        audit.record(connection, now, by, "key made", name, what)
        return made


def rotate_key(
    engine: Engine, name: str, id_: int, by: str, now: datetime, overlap: timedelta = OVERLAP
) -> tuple[StoredKey, str]:
    """Make a key like this one in its place; the old one goes on for ``overlap``, so that nobody is cut off."""
    with transaction(engine) as connection:
        found = need_actor(connection, name, alone=True)
        old = _need_key(connection, found, id_, now)
        made = _made(connection, found, old.name, now, old.permissions, old.rate_per_s, old.expires_at)
        store.end_keys(connection, found.id, now + overlap, id_)
        what = {"key": made[0].id, "old": id_, "lookup": made[0].lookup}
        audit.record(connection, now, by, "key rotated", name, what)
        return made


def end_key(engine: Engine, name: str, id_: int, by: str, now: datetime) -> None:
    """End a key now."""
    with transaction(engine) as connection:
        found = need_actor(connection, name, alone=True)
        _need_key(connection, found, id_, None)
        if store.end_keys(connection, found.id, now, id_):
            audit.record(connection, now, by, "key ended", name, {"key": id_})


def _made(
    connection: Connection, holder: StoredActor, title: str, now: datetime, permissions: Collection[str] | None,
    rate_per_s: float | None, expires_at: datetime | None,
) -> tuple[StoredKey, str]:  # fmt: skip
    lookup = secrets.token_hex(6)
    key = f"gk_{lookup}_{secrets.token_urlsafe(32)}"
    only = None if permissions is None else sorted(permissions)
    values: dict[str, Any] = {
        "actor_id": holder.id, "name": title, "lookup": lookup, "digest": digest_of(key), "permissions": only,
        "rate_per_s": rate_per_s, "created_at": now, "expires_at": expires_at,
    }  # fmt: skip
    return StoredKey(id=store.add_key(connection, **values), used_at=None, **values), key


def _need_key(connection: Connection, holder: StoredActor, id_: int, now: datetime | None) -> StoredKey:
    """Give a key of an actor; one that is over at ``now`` counts as none."""
    theirs = {k.id: k for k in store.keys_of(connection, [holder.id])}
    found = theirs.get(id_)
    if found is None or (now is not None and found.expires_at is not None and found.expires_at <= now):
        raise NotFound("没有这个密钥", "there is no such key", [known_of("key", id_, theirs)])
    return found
