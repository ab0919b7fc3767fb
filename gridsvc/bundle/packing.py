"""One body of JSON and arrays, packed so that it stays small and any browser can unpack it: gzip over plain bytes.

The body is: a 32-bit length, so much JSON, then the arrays. Numbers change little from one to the next, so that whole
ones are written as differences, the sign in the last bit, and all first bytes before all second ones.
"""

import gzip
import json
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridsvc.bundle.seal import broken

Array = NDArray[Any]
# Coordinates of at most so many decimals are written as whole numbers; dividing gives back the very same double.
SCALE = 1e7
_MOST_BYTES = 1 << 30


def pack(content: Mapping[str, Any], arrays: Mapping[str, Array]) -> bytes:
    """Pack a content and named arrays of whole numbers (32 bits) or doubles."""
    described: dict[str, list[Any]] = {}
    parts: list[bytes] = []
    at = 0
    for name, array in arrays.items():
        kind, part = _written(array)
        described[name] = [kind, len(array), at]
        parts.append(part)
        at += len(part)
    text = json.dumps({**content, "arrays": described}, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    head = text.encode()
    return gzip.compress(b"".join([len(head).to_bytes(4, "little"), head, *parts]), 9, mtime=0)


def unpack(packed: bytes) -> tuple[dict[str, Any], dict[str, Array]]:
    """Read back what :func:`pack` was given; raises ``BadInput`` for anything else."""
    try:
        reader = zlib.decompressobj(wbits=31)
        body = reader.decompress(packed, _MOST_BYTES)
        length = int.from_bytes(body[:4], "little")
        content: dict[str, Any] = json.loads(body[4 : 4 + length])
        data = body[4 + length :]
        arrays = {name: _read(data, *described) for name, described in content.pop("arrays").items()}
    except (zlib.error, ValueError, KeyError, TypeError, AttributeError) as e:
        raise broken() from e
    return content, arrays


def whole(values: Array) -> Array:
    """Give numbers as 32-bit ones."""
    return np.asarray(values, np.int32)


def scaled(values: Array) -> Array:
    """Give coordinates as whole numbers where that loses nothing, else as they are."""
    tenths = np.rint(values * SCALE)
    exact = np.abs(tenths).max(initial=0.0) < 2**31 and bool((tenths / SCALE == values).all())
    return tenths.astype(np.int32) if exact else np.asarray(values, np.float64)


def unscaled(values: Array) -> Array:
    """Give back the coordinates that :func:`scaled` was given."""
    return values / SCALE if values.dtype == np.int32 else values


def _written(array: Array) -> tuple[str, bytes]:
    if array.dtype == np.int32:
        longs = array.astype(np.int64)
        # A step may take 33 bits; what is above is lost, and comes back when the steps are added in 32.
        steps = (longs - np.concatenate([[0], longs[:-1]])[: len(longs)]).astype(np.int32)
        return "i", _planes((steps << 1) ^ (steps >> 31))
    return "d", _planes(np.asarray(array, "<f8"))


def _planes(array: Array) -> bytes:
    size = array.dtype.itemsize
    return np.ascontiguousarray(np.ascontiguousarray(array).view(np.uint8).reshape(-1, size).T).tobytes()


def _read(data: bytes, kind: str, n: int, at: int) -> Array:
    dtype = np.dtype({"i": "<i4", "d": "<f8"}[kind])
    size = dtype.itemsize
    planes = np.frombuffer(data, np.uint8, n * size, at).reshape(size, n)
    values = np.ascontiguousarray(planes.T).view(dtype).reshape(n)
    if kind == "d":
        return values.astype(np.float64)
    plain = values.view(np.uint32)
    steps = ((plain >> np.uint32(1)).view(np.int32)) ^ -(values & 1)
    return np.asarray(np.cumsum(steps, dtype=np.int64).astype(np.int32))
