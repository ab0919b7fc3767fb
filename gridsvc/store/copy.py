"""Bulk rows into a table by COPY, the fastest way PostgreSQL takes them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, Table

from gridsvc.chain import SpelledDict, SpelledList
from gridsvc.store.engine import to_json

_CHUNK_CHARS = 1 << 20
# Hardly any text has it, and JSON none, so that nothing in them has to be doubled.
_QUOTE = "\x01"


def copy_rows(connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Append rows inside the connection's transaction; dicts and lists become JSON, None becomes NULL.

    Rows are sent as they come, about a megabyte at a time. Names come from the schema, never from input.
    """
    quoted = ", ".join(f'"{table.c[c].name}"' for c in columns)
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor:
        cursor.copy_expert(
            f"COPY \"{table.name}\" ({quoted}) FROM STDIN WITH (FORMAT csv, QUOTE '{_QUOTE}')", _Stream(_chunks(rows))
        )


def insert(connection: Connection, *inserts: str | tuple[Table, Sequence[str], Iterable[Sequence[Any]]]) -> None:
    """Append few rows to several tables at one go, with statements of one's own among them, as they are given.

    A COPY for each would go to the server and back twice, while whoever waits for the same lock goes on waiting.
    """
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor:
        cursor.execute(b";".join(filter(None, (_statement(cursor, i) for i in inserts))))


def _statement(cursor: Any, told: str | tuple[Table, Sequence[str], Iterable[Sequence[Any]]]) -> bytes:
    if isinstance(told, str):
        return told.encode()
    table, columns, rows = told
    quoted = ", ".join(f'"{table.c[c].name}"' for c in columns)
    values = f"({', '.join(['%s'] * len(columns))})"
    lines = b", ".join(cursor.mogrify(values, [None if v is None else _text(v) for v in row]) for row in rows)
    return lines and f'INSERT INTO "{table.name}" ({quoted}) VALUES '.encode() + lines


class _Stream:
    """What the driver reads from: CSV made as it is asked for."""

    def __init__(self, pieces: Iterator[str]) -> None:
        self._pieces = pieces

    def read(self, _size: int = -1) -> str:
        """Give the next piece, an empty one at the end; the driver takes pieces of any length."""
        return next(self._pieces, "")


def _chunks(rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    lines: list[str] = []
    length = 0
    for row in rows:
        lines.append(_line(row))
        length += len(lines[-1])
        if length >= _CHUNK_CHARS:
            yield "".join(lines)
            lines, length = [], 0
    if lines:
        yield "".join(lines)


def _line(row: Sequence[Any]) -> str:
    return ",".join([_field(value) for value in row]) + "\n"


def _field(value: Any) -> str:
    """Quote every value; only a bare empty field is NULL, so an empty text stays an empty text."""
    if value is None:
        return ""
    text = value if type(value) is str else _text(value)
    return f"{_QUOTE}{text.replace(_QUOTE, _QUOTE + _QUOTE) if _QUOTE in text else text}{_QUOTE}"


def _text(value: Any) -> str:
    """A value as PostgreSQL reads it."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict | list | tuple):
        return json_of(value)
    return "\\x" + value.hex() if isinstance(value, bytes) else str(value)


def json_of(value: Any) -> str:
    """A mapping or a sequence as it is stored."""
    if isinstance(value, SpelledDict | SpelledList):
        return value.text
    # Most of what a case may have is not there yet.
    return to_json(value) if value else "{}" if isinstance(value, dict) else "[]"


def array(values: Iterable[str]) -> str:
    """Texts as PostgreSQL reads an array of them."""
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{value}"' for value in quoted) + "}"


def ewkb_hex(geometries: NDArray[Any]) -> list[str | None]:
    """Geometries in EPSG:4326 as hexadecimal EWKB, exact to the last bit; missing ones stay None."""
    return list(shapely.to_wkb(shapely.set_srid(geometries, 4326), hex=True, include_srid=True))
