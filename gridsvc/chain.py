"""Chains of hashes: each entry seals the one before it, so that a changed or missing entry shows."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from json.encoder import encode_basestring as _TEXT
from math import isfinite
from operator import attrgetter
from types import NoneType
from typing import Any

_ENCODE = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode
# What is spelled as it is.
_PLAIN = frozenset({str, int, bool, NoneType})


def seal(fields: Sequence[Any], previous: bytes | None) -> bytes:
    """SHA-256 over the previous hash and every field of an entry, instants in UTC to the microsecond."""
    return seal_spelled(spell(fields), previous)


def seal_spelled(fields: str, previous: bytes | None) -> bytes:
    """Seal fields that :func:`spell` has spelled, or parts of which it has."""
    return hashlib.sha256((previous or b"") + fields.encode()).digest()


def spell(value: Any) -> str:
    """Write JSON in the one way that is sealed: the same for the same meaning, however it was stored.

    Parts that were spelled before are taken as they were.
    """
    way = _WAYS.get(type(value))
    return _ENCODE(_canonical(value)) if way is None else way(value)


def _put_together(value: dict[str, Any] | list[Any]) -> str:
    """Spell what has parts that are spelled by itself from them, and what holds but plain values; else at one go."""
    if isinstance(value, dict):
        kinds = set(map(type, value.values()))
        if not _PARTS.isdisjoint(kinds) or (kinds <= _SINGLE and set(map(type, value)) <= {str}):
            return "{" + ",".join([f"{_TEXT(k)}:{spell(v)}" for k, v in sorted(value.items())]) + "}"
    elif not _PARTS.isdisjoint(map(type, value)):
        return "[" + ",".join(map(spell, value)) + "]"
    return _ENCODE(_canonical(value))


class SpelledDict(dict[str, Any]):
    """A mapping that is spelled once, wherever it is sealed or stored; it must not change any more."""

    @cached_property
    def text(self) -> str:
        """It as :func:`spell` spells it."""
        return _put_together(self)


class SpelledList(list[Any]):
    """The same for a list."""

    @cached_property
    def text(self) -> str:
        """It as :func:`spell` spells it."""
        return _put_together(self)


_PARTS = frozenset({SpelledDict, SpelledList})
_SINGLE = frozenset({str, int, float, bool, NoneType, datetime})


def _number(value: float) -> str:
    return repr(_canonical(value)) if isfinite(value) else _ENCODE(value)


_WAYS: Mapping[type, Callable[[Any], str]] = {
    str: _TEXT, int: repr, bool: {False: "false", True: "true"}.__getitem__, NoneType: lambda _: "null",
    float: _number, datetime: lambda value: f'"{_canonical(value)}"', dict: _put_together, list: _put_together,
    SpelledDict: attrgetter("text"), SpelledList: attrgetter("text"),
}  # fmt: skip


def _canonical(value: Any) -> Any:
    """Spell a number in one way, however it was stored: databases turn -0.0 into 0.0 and 1e16 into an integer."""
    kind = type(value)
    if kind is dict:
        return {k: v if type(v) in _PLAIN else _canonical(v) for k, v in value.items()}
    if kind is list or kind is tuple:
        return [v if type(v) in _PLAIN else _canonical(v) for v in value]
    if isinstance(value, float):
        # By its digits, as a database reads it: 1e23 is ten to the 23rd there, while the float is some millions less.
        return int(Decimal(repr(value))) if value.is_integer() else value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, Mapping):
        return {k: _canonical(v) for k, v in value.items()}
    return [_canonical(v) for v in value] if isinstance(value, list | tuple) else value
