"""What is packed for COPY comes back as what is spelled for it: every type; empty, missing, odd and far away."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import numpy as np
import pytest
import shapely
from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    DateTime,
    Engine,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from gridsvc.chain import SpelledDict
from gridsvc.store.copy import array, copy_rows, ewkb_hex
from gridsvc.store.copy_binary import copy_packed, pack_rows
from gridsvc.store.engine import transaction

from .test_copy import ODD

PLACES: Any = np.array([shapely.Point(116.4, 39.9), shapely.Point(-180.0, 5e-324), None], dtype=object)
SAID: Any = {"中": [1, 2.5, None, True], "b": {"c": "\u2028"}}
VALUES: dict[str, tuple[Any, list[Any]]] = {
    "a_uuid": (Uuid(), [UUID(int=0), UUID(int=2**128 - 1), None]),
    "instant": (
        DateTime(timezone=True),
        [
            datetime(1999, 12, 31, 23, 59, 59, 999999, UTC),
            datetime(2024, 6, 12, 8, tzinfo=timezone(timedelta(hours=8))),
            datetime(1, 1, 1, tzinfo=UTC),
            datetime(9999, 12, 31, tzinfo=UTC),
            None,
        ],
    ),
    "text": (Text(), [*ODD.values(), "", None]),
    "small": (SmallInteger(), [-32768, 0, 32767, None]),
    "whole": (Integer(), [-(2**31), 0, 2**31 - 1, None]),
    "big": (BigInteger(), [-(2**63), 0, 2**63 - 1, None]),
    "number": (Float(), [0.1, 0.0, -0.0, 1e308, 5e-324, 3, None]),
    "bytes": (LargeBinary(), [b"", b"\0\xff", bytes(range(256)), None]),
    "json": (JSONB(none_as_null=True), [{}, [], (), SAID, SpelledDict(SAID), [{"a": t} for t in ODD.values()], None]),
    "texts": (ARRAY(Text()), [(), ("a",), tuple(ODD.values()), None]),
    "place": (Geometry("POINT", srid=4326, spatial_index=False), ewkb_hex(PLACES)),
}
NUMBERED = ("n", "v")


def made(connection: Connection, type_: Any, name: str) -> Table:
    """A table of this transaction with numbered values of one type."""
    table = Table(name, MetaData(), Column("n", Integer()), Column("v", type_), prefixes=["TEMPORARY"])
    table.create(connection)
    return table


@pytest.mark.parametrize(("type_", "values"), VALUES.values(), ids=VALUES.keys())
def test_packed_values_come_back_as_spelled_ones(engine: Engine, type_: Any, values: list[Any]):
    rows = list(enumerate(values))
    with transaction(engine) as connection:
        packed, spelled = made(connection, type_, "packed"), made(connection, type_, "spelled")
        copy_packed(connection, packed, NUMBERED, pack_rows(packed, NUMBERED, rows))
        texts = [(n, array(v) if v is not None and isinstance(type_, ARRAY) else v) for n, v in rows]
        copy_rows(connection, spelled, NUMBERED, texts)
        told = [connection.execute(text(f"SELECT n, v::text FROM {t} ORDER BY n")).all() for t in ("packed", "spelled")]
        assert told[0] == told[1]
        assert len(told[0]) == len(values)


def test_no_rows_are_none(engine: Engine):
    with transaction(engine) as connection:
        table = made(connection, Text(), "packed")
        copy_packed(connection, table, NUMBERED, pack_rows(table, NUMBERED, []))
        assert connection.execute(text("SELECT count(*) FROM packed")).scalar_one() == 0


def test_every_row_has_all_columns():
    with pytest.raises(ValueError, match="zip"):
        pack_rows(Table("t", MetaData(), Column("n", Integer()), Column("v", Text())), NUMBERED, [(1, "a"), (2,)])
