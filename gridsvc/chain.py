"""Chains of hashes: each entry seals the one before it, so that a changed or missing entry shows."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any


def seal(fields: Sequence[Any], previous: bytes | None) -> bytes:
    """SHA-256 over the previous hash and every field of an entry, instants in UTC to the microsecond."""
    text = json.dumps(_canonical(fields), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256((previous or b"") + text.encode()).digest()


def _canonical(value: Any) -> Any:
    """Spell a number in one way, however it was stored: databases turn -0.0 into 0.0 and 1e16 into an integer."""
    if isinstance(value, Mapping):
        return {k: _canonical(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(v) for v in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    # By its digits, as a database reads it: 1e23 is ten to the 23rd there, while the float is some millions less.
    return int(Decimal(repr(value))) if isinstance(value, float) and value.is_integer() else value
