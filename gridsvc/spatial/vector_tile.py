"""Writes layers of vector tiles (MVT 2.1) whole arrays at a time, since one feature after the other takes far longer.

All that a feature is made of, numbers of bytes among it, is varints: so a layer's features are one array of integers.
"""

import struct
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridsvc.spatial.layer import Objects
from gridsvc.spatial.mercator import CELLS
from gridsvc.spatial.ragged import Longs, counted
from gridsvc.spatial.tile_shapes import Pieces
from gridsvc.values import Geometry

# Fields of the format as they are written: its number, times eight, and how what follows is laid out.
_LAYER, _VERSION, _NAME, _FEATURE, _KEY, _VALUE, _EXTENT = 0x1A, 0x78, 0x0A, 0x12, 0x1A, 0x22, 0x28
_TAGS, _KIND, _GEOMETRY = 0x12, 0x18, 0x22
_TEXT, _DOUBLE, _COUNT, _SIGNED, _TRUTH = 0x0A, 0x19, 0x28, 0x30, 0x38
_KINDS: dict[Geometry, int] = {"point": 1, "line": 2, "polygon": 3}
# What a cursor does: goes to one vertex, draws to so many, closes a ring.
_MOVE, _LINE, _CLOSE = 1, 2, 7
# From these numbers on a varint takes a byte more.
_WIDER = np.array([1 << 7, 1 << 14, 1 << 21, 1 << 28])
Bytes = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Attributes:
    """What many features tell, each key and each value once; ``tags`` are the positions of both, by ``start``."""

    keys: Objects
    values: Objects
    tags: Longs
    start: Longs

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]]) -> "Attributes":
        """Take texts, numbers and truths; a tile has no room for others, and none for what is missing."""
        keys: dict[bytes, int] = {}
        values: dict[bytes, int] = {}
        # Packed: as objects the numbers of a province would take more room than its shapes.
        tags, start = array("q"), array("q", [0])
        for row in rows:
            for key, value in row.items():
                told = _value(value)
                if told is not None:
                    tags.append(keys.setdefault(_sized(_KEY, key.encode()), len(keys)))
                    tags.append(values.setdefault(_sized(_VALUE, told), len(values)))
            start.append(len(tags) // 2)
        numbered = np.array(tags, np.int64).reshape(-1, 2)
        return cls(_objects(keys), _objects(values), numbered, np.array(start, np.int64))

    def chosen(self, rows: Longs) -> tuple[Longs, Longs, bytes]:
        """Of some rows, in a numbering of their own: all tags, how many numbers each has, keys and values."""
        of, at = counted(self.start[rows], self.start[rows + 1] - 1)
        used, said, tags = [], [], self.tags[at]
        for column, known in enumerate((self.keys, self.values)):
            here, number = np.unique(tags[:, column], return_inverse=True)
            used.append(number)
            said.append(b"".join(known[here]))
        return np.column_stack(used).ravel(), 2 * np.bincount(of, minlength=len(rows)), b"".join(said)


def encoded(name: str, shapes: Pieces, attributes: Attributes, rows: Longs) -> bytes:
    """Write shapes in the cells of a tile as one layer of it, b"" where there are none.

    Each has the attributes of one of ``rows``, by which they are ordered, so that tiles side by side are drawn alike.
    """
    left = np.flatnonzero(np.diff(shapes.start))
    left = left[np.argsort(rows[left])]
    if not len(left):
        return b""
    shapes = shapes.take(left)
    tags, tagged, told = attributes.chosen(rows[left])
    features = _features(_KINDS[shapes.kind], tags, tagged, *_commands(shapes))
    head = bytes([_VERSION, 2]) + _sized(_NAME, name.encode())
    return _sized(_LAYER, head + features + told + bytes([_EXTENT]) + _varint(CELLS))


def _features(kind: int, tags: Longs, tagged: Longs, drawn: Longs, n: Longs) -> bytes:
    """Every feature: its tags, of which kind it is and how it is drawn, of each how many bytes that takes before it."""
    widths = []
    for numbers, each in ((tags, tagged), (drawn, n)):
        upto = np.append(0, np.cumsum(_width(numbers)))[np.append(0, np.cumsum(each))]
        widths.append(np.diff(upto))
    # Some programs take a field without content for a fault.
    some = (tagged > 0).astype(np.int64)
    size = widths[0] + some * (1 + _width(widths[0])) + widths[1] + _width(widths[1]) + 3
    upto = np.cumsum(6 + 2 * some + tagged + n)
    start = np.append(0, upto)[:-1]
    out = np.empty(upto[-1], np.int64)
    # Written over by what comes after it, where there are no tags.
    for at, what in ((0, _FEATURE), (1, size), (2, _TAGS), (3, widths[0])):
        out[start + at] = what
    after = start + 2 + 2 * some + tagged
    for at, what in ((0, _KIND), (1, kind), (2, _GEOMETRY), (3, widths[1])):
        out[after + at] = what
    out[counted(start + 4, after - 1)[1]] = tags
    out[counted(after + 4, after + 3 + n)[1]] = drawn
    return _varints(out)


def _commands(shapes: Pieces) -> tuple[Longs, Longs]:
    """What draws each shape, in numbers as the format has them, and how many numbers that is of each."""
    lined, closed = int(shapes.kind != "point"), int(shapes.kind == "polygon")
    # All points of a shape are gone to at once; whatever else has pieces is drawn piece by piece.
    start = shapes.start if lined else np.arange(len(shapes.start))
    first = shapes.first if lined else shapes.start
    n = np.diff(first)
    step = np.diff(shapes.xy, axis=0, prepend=0)
    # The cursor goes on from one piece to the next, and begins anew with each shape.
    fresh = first[start[:-1]]
    step[fresh] = shapes.xy[fresh]
    size = 2 * n + 1 + lined + closed
    upto = np.append(0, np.cumsum(size))
    out = np.empty(upto[-1], np.int64)
    begin = upto[:-1]
    out[begin] = _MOVE | (8 if lined else n << 3)
    if lined:
        out[begin + 3] = _LINE | (n - 1) << 3
    if closed:
        out[upto[1:] - 1] = _CLOSE | 8
    # Behind the first vertex of a line stands how many follow.
    at = 2 * np.arange(len(shapes.xy)) + np.repeat(begin + 1 + lined - 2 * first[:-1], n)
    at[first[:-1]] -= lined
    out[at], out[at + 1] = (step << 1 ^ step >> 63).T
    return out, np.diff(upto[start])


def _value(value: object) -> bytes | None:
    if isinstance(value, str):
        return _sized(_TEXT, value.encode())
    if isinstance(value, bool):
        return bytes([_TRUTH, value])
    if isinstance(value, int):
        if 0 <= value < 1 << 63:
            return bytes([_COUNT]) + _varint(value)
        if -(1 << 63) <= value < 0:
            return bytes([_SIGNED]) + _varint(-2 * value - 1)
        # More than the format holds: all digits are worth more than a number that is nearly right.
        return _sized(_TEXT, str(value).encode())
    return bytes([_DOUBLE]) + struct.pack("<d", value) if isinstance(value, float) else None


def _sized(what: int, content: bytes) -> bytes:
    return bytes([what]) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _width(numbers: Longs) -> Longs:
    """How many bytes each takes as a varint; all are below 2^35."""
    return np.searchsorted(_WIDER, numbers, side="right") + 1


def _varints(numbers: Longs) -> bytes:
    width = _width(numbers)
    end = np.cumsum(width)
    out: Bytes = np.empty(end[-1], np.uint8)
    at = end - width
    for k in range(int(width.max())):
        some = width > k
        more = np.where(width[some] > k + 1, 0x80, 0)
        out[at[some] + k] = numbers[some] >> 7 * k & 0x7F | more
    return out.tobytes()


def _objects(numbered: Mapping[bytes, int]) -> Objects:
    found: Sequence[bytes] = list(numbered)
    out = np.empty(len(found), dtype=object)
    out[:] = found
    return out
