"""The compiled way to read, look up and write columns of a batch."""

import numpy as np

from gridsvc.spatial.kernel_columns import LENGTH_BITS, PIECE, read_columns, write_json
from gridsvc.spatial.kernel_known import (
    ASK,
    ASKED_BITS,
    DISCS_BITS,
    KEEPER_BITS,
    PLACE_BITS,
    components_of,
    in_boxes,
    known_rows,
    near_rows,
    put_key,
)

__all__ = [
    "ASK",
    "ASKED_BITS",
    "DISCS_BITS",
    "KEEPER_BITS",
    "LENGTH_BITS",
    "PIECE",
    "PLACE_BITS",
    "components_of",
    "in_boxes",
    "known_rows",
    "near_rows",
    "put_key",
    "read_columns",
    "warm",
    "write_json",
]


def warm() -> None:
    """Let all of it be compiled and kept now: a batch of no rows, in the types that it has."""
    ints, longs, floats = np.zeros(1, np.int32), np.zeros(1, np.int64), np.zeros(1)
    keys, none = np.full(2, -1, np.int64), floats[:0]
    out = np.zeros(64, np.uint8)
    body = np.frombuffer(b"{}" + bytes(4), np.uint8)
    read_columns(body, keys, ints, 0, 0, floats, floats, ints, out, np.zeros(4, np.int64))
    near_rows(none, none, 0.0, 0.0, 0.0, 0.0, 0.0, np.zeros(0, np.bool_))
    components_of(none, none, ints[:0], ints, longs, floats, 0.0, np.zeros((5, 0)), ints[:0])
    in_boxes(none, none, np.zeros((0, 4)), ints[:0])
    known_rows(ints[:0], ints, ints, ints, ints, ints, ints, keys, ints, longs, ints)
    put_key(keys, np.zeros(2, np.int32), 0, 0)
    table = np.zeros((0, 1), np.int32)
    write_json(out, body, longs, longs[:0], longs, longs, ints, table, table.astype(np.uint8), table)
