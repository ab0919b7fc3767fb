"""The answers that were given to requests with a key, kept so that the same request gets the same again."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Connection, LargeBinary, Text, select, text

from gridsvc.store.tables import idempotency

# The hash of a body, and what it was answered.
Known = tuple[bytes, Mapping[str, Any]]
# Always in the same order, so that no two wait for each other; the second statement sees what the first waited for.
_HELD = text(
    "SELECT pg_advisory_xact_lock(h) FROM (SELECT DISTINCT hashtextextended(actor || chr(10) || key, 0) AS h"
    " FROM unnest(:actors, :keys) AS asked (actor, key) ORDER BY h OFFSET 0) AS held;"
    "SELECT i.actor, i.key, i.body_hash, i.answer FROM unnest(:actors, :keys) AS asked (actor, key)"
    " JOIN idempotency AS i USING (actor, key)"
).columns(actor=Text, key=Text, body_hash=LargeBinary, answer=JSON)


def remembered(connection: Connection, actor: str, key: str) -> Known | None:
    """Give body hash and answer of a request with this key, if it was answered before."""
    query = select(idempotency.c.body_hash, idempotency.c.answer)
    row = connection.execute(query.where(idempotency.c.actor == actor, idempotency.c.key == key)).first()
    return (bytes(row.body_hash), row.answer) if row else None


def held(connection: Connection, asked: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Known]:
    """Make every other request with one of these keys of actors wait until this transaction ends.

    Gives body hash and answer of those that were answered before.
    """
    actors, keys = (list(names) for names in zip(*asked, strict=True))
    rows = connection.execute(_HELD, {"actors": actors, "keys": keys})
    return {(r.actor, r.key): (bytes(r.body_hash), r.answer) for r in rows}


def remember(
    connection: Connection, actor: str, key: str, body_hash: bytes, case_id: UUID, answer: Mapping[str, Any]
) -> None:
    """Keep the answer so that the same request gets it again."""
    values = {"actor": actor, "key": key, "body_hash": body_hash, "case_id": case_id, "answer": answer}
    connection.execute(idempotency.insert().values(**values))
