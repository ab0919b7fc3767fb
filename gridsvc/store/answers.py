"""The answers that were given to requests with a key, kept so that the same request gets the same again."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select, text

from gridsvc.store.tables import idempotency


def remembered(connection: Connection, actor: str, key: str) -> tuple[bytes, Mapping[str, Any]] | None:
    """Give body hash and answer of a request with this key, if it was answered before."""
    query = select(idempotency.c.body_hash, idempotency.c.answer)
    row = connection.execute(query.where(idempotency.c.actor == actor, idempotency.c.key == key)).first()
    return (bytes(row.body_hash), row.answer) if row else None


def hold_key(connection: Connection, actor: str, key: str) -> None:
    """Make every other request with this key wait until this transaction ends."""
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"{actor}\n{key}"})


def remember(
    connection: Connection, actor: str, key: str, body_hash: bytes, case_id: UUID, answer: Mapping[str, Any]
) -> None:
    """Keep the answer so that the same request gets it again."""
    values = {"actor": actor, "key": key, "body_hash": body_hash, "case_id": case_id, "answer": answer}
    connection.execute(idempotency.insert().values(**values))
