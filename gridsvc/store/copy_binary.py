"""Rows in the binary format of COPY: the server reads no text but JSON, and what many rows repeat is packed once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import repeat
from struct import Struct
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import BigInteger, Connection, DateTime, Float, Integer, LargeBinary, SmallInteger, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from gridsvc.store.copy import json_of

_SIGNATURE, _END = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
_LENGTH, _SHORT, _LONG, _FLOAT = (Struct(f">{code}").pack for code in "ihqd")
_NULL = _LENGTH(-1)
_EPOCH, _MICROSECOND = datetime(2000, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
# The server's number of the type text, of which an array says that it is made.
_TEXT_OID = 25


def pack_rows(table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Rows as :func:`copy_packed` sends them; texts are UTF-8, places hexadecimal EWKB, arrays tuples of texts."""
    by_column = zip(columns, zip(*rows, strict=True), strict=False)
    fields = [_packed(table.c[name].type, values) for name, values in by_column]
    lines = map(b"".join, zip(repeat(_SHORT(len(columns))), *fields, strict=False)) if fields else ()
    return b"".join([_SIGNATURE, *lines, _END])


def copy_packed(connection: Connection, table: Table, columns: Sequence[str], packed: bytes) -> None:
    """Append rows that :func:`pack_rows` has packed, inside the connection's transaction."""
    quoted = ", ".join(f'"{table.c[c].name}"' for c in columns)
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor:
        # After each piece the driver asks for the interpreter, and whoever computes beside it lets it wait for 5 ms.
        cursor.copy_expert(
            f'COPY "{table.name}" ({quoted}) FROM STDIN WITH (FORMAT binary)', BytesIO(packed), len(packed)
        )


def _packed(type_: Any, values: Sequence[Any]) -> Sequence[bytes]:
    """The fields of a column, each with its length before it."""
    pack = _PACK[type(type_)]
    if isinstance(type_, _UNLIKE):
        return [_NULL if v is None else _field(pack(v)) for v in values]
    known = {v: _NULL if v is None else _field(pack(v)) for v in set(values)}
    return [known[v] for v in values]


def _field(value: bytes) -> bytes:
    return _LENGTH(len(value)) + value


def _json(value: Any) -> bytes:
    # Before the text comes the number of the format.
    return b"\x01" + (value if isinstance(value, str) else json_of(value)).encode()


def _array(values: tuple[str, ...]) -> bytes:
    """How many dimensions (none if empty), whether it has NULL, the type; length and least index; then the texts."""
    head = _LENGTH(1 if values else 0) + _LENGTH(0) + _LENGTH(_TEXT_OID)
    return head + (_LENGTH(len(values)) + _LENGTH(1) if values else b"") + b"".join(_field(v.encode()) for v in values)


def _instant(value: datetime) -> bytes:
    return _LONG((value - _EPOCH) // _MICROSECOND)


_PACK: Mapping[type, Callable[[Any], bytes]] = {
    Text: str.encode, Uuid: lambda v: v.bytes, DateTime: _instant, LargeBinary: bytes, Float: _FLOAT,
    SmallInteger: _SHORT, Integer: _LENGTH, BigInteger: _LONG, Geometry: bytes.fromhex, ARRAY: _array, JSONB: _json,
}  # fmt: skip
# Hardly any row repeats these, or what is equal need not be the same: 0.0 is -0.0, and JSON has no hash.
_UNLIKE = (JSONB, Uuid, LargeBinary, Geometry, Float)
