"""Bulk rows into a table by COPY, the fastest way PostgreSQL takes them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, Table

from gridsvc.store.engine import to_json

_CHUNK_CHARS = 1 << 20


def copy_rows(connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Append rows inside the connection's transaction; dicts and lists become JSON, None becomes NULL.

    Rows are sent as they come, about a megabyte at a time. Names come from the schema, never from input.
    """
    quoted = ", ".join(f'"{table.c[c].name}"' for c in columns)
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor:
        cursor.copy_expert(f'COPY "{table.name}" ({quoted}) FROM STDIN WITH (FORMAT csv)', _Stream(rows))


class _Stream:
    """What the driver reads from: CSV made as it is asked for."""

    def __init__(self, rows: Iterable[Sequence[Any]]) -> None:
        self._chunks = _chunks(rows)

    def read(self, _size: int = -1) -> str:
        """Give the next piece, an empty one at the end; the driver takes pieces of any length."""
        return next(self._chunks, "")


def _chunks(rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    lines: list[str] = []
    length = 0
    for row in rows:
        lines.append(",".join(map(_field, row)) + "\n")
        length += len(lines[-1])
        if length >= _CHUNK_CHARS:
            yield "".join(lines)
            lines, length = [], 0
    if lines:
        yield "".join(lines)


def _field(value: Any) -> str:
    """Quote every value; only a bare empty field is NULL, so an empty text stays an empty text."""
    if value is None:
        return ""
    if isinstance(value, dict | list | tuple):
        value = to_json(value)
    text = "\\x" + value.hex() if isinstance(value, bytes) else str(value)
    return '"' + text.replace('"', '""') + '"'


def array(values: Iterable[str]) -> str:
    """Texts as PostgreSQL reads an array of them."""
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{value}"' for value in quoted) + "}"


def ewkb_hex(geometries: NDArray[Any]) -> list[str | None]:
    """Geometries in EPSG:4326 as hexadecimal EWKB, exact to the last bit; missing ones stay None."""
    return list(shapely.to_wkb(shapely.set_srid(geometries, 4326), hex=True, include_srid=True))
