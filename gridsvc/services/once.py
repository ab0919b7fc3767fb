"""Does what a request with a key asks for once: whoever sends it again gets the first answer."""

import hashlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from gridsvc.errors import Conflict, FieldError
from gridsvc.rights import May
from gridsvc.store import answers
from gridsvc.store.engine import to_json


def hash_body(body: Mapping[str, Any]) -> bytes:
    """Hash a request body by its meaning: the order of its keys does not count."""
    return hashlib.sha256(to_json(_sorted(body)).encode()).digest()


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _sorted(value[k]) for k in sorted(value)}
    return [_sorted(v) for v in value] if isinstance(value, list) else value


def first_answer(
    connection: Connection, actor: str, key: str, body_hash: bytes, may: May | None
) -> Mapping[str, Any] | None:
    """Give the case as it was answered to the same key and body before, None where this is the first time.

    Others with this key wait until the transaction ends. The same key with another body raises ``Conflict``.
    """
    known = answers.held(connection, [(actor, key)]).get((actor, key))
    return None if known is None else again(known, key, body_hash, may)


def again(known: answers.Known, key: str, body_hash: bytes, may: May | None) -> Mapping[str, Any]:
    """Give what a key was answered to who sends it again; with another body it raises ``Conflict``."""
    if known[0] != body_hash:
        mend = ("换一个键，或发送与首次相同的内容", "use another key, or send what was sent first")
        raise Conflict(
            "该幂等键已用于另一份内容",
            "this idempotency key was used with another body",
            [FieldError("Idempotency-Key", key, *mend)],
        )
    # Who saw reporters then may see none now; where he does, he sees those that he was shown.
    return known[1] if may and may("reporter:see") else {**known[1], "reporter": None, "subject": None}
