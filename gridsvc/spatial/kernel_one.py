"""The compiled kernel for one point at a time: handing a dozen arrays over costs more than the answer.

So they are handed over as one number: the address of a list of their addresses.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import carray, types  # type: ignore[attr-defined]
from numba.extending import intrinsic
from numpy.typing import NDArray

from gridsvc.spatial import kernel
from gridsvc.spatial.kernel import set_of
from gridsvc.spatial.kernel_around import describe_one, edge_distance_m
from gridsvc.spatial.kernel_steps import compiled
from gridsvc.spatial.overlay import Frame, Ints, Tables
from gridsvc.spatial.ragged import Longs

__all__ = ["bind", "describe_at", "edge_distance_at", "kernel", "met_at", "set_at"]


class Bound(NamedTuple):
    """Tables bound to one address. Keeps the arrays alive, so the address must not outlive it."""

    address: int
    owners: tuple[Any, ...]


def bind(t: Tables, with_key: Longs, with_set: Ints) -> Bound:
    """Write down where all arrays lie."""
    frame = np.array(t.frame, np.float64)
    arrays: list[NDArray[Any]] = [frame, *t[1:], with_key, with_set]  # type: ignore[list-item]
    head = np.array([number for a in arrays for number in (a.ctypes.data, len(a))], np.int64)
    return Bound(int(head.ctypes.data), (head, arrays))


@intrinsic
def _pointer(_context: Any, _address: Any) -> Any:
    """Read a whole number as the address that it is."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

    return types.voidptr(types.int64), build


@compiled
def _tables(address: int) -> tuple[Tables, np.ndarray, np.ndarray]:
    head = carray(_pointer(address), (24,), np.int64)
    f = carray(_pointer(head[0]), (8,), np.float64)
    frame = Frame(f[0], f[1], f[2], f[3], f[4], f[5], int(f[6]), int(f[7]))
    tables = Tables(
        frame,
        carray(_pointer(head[2]), (head[3],), np.int32),
        carray(_pointer(head[4]), (head[5],), np.int32),
        carray(_pointer(head[6]), (head[7], 4), np.float64),
        carray(_pointer(head[8]), (head[9], 4), np.float64),
        carray(_pointer(head[10]), (head[11],), np.float64),
        carray(_pointer(head[12]), (head[13],), np.int32),
        carray(_pointer(head[14]), (head[15],), np.int32),
        carray(_pointer(head[16]), (head[17],), np.int32),
    )
    with_key = carray(_pointer(head[18]), (head[19],), np.int64)
    return tables, with_key, carray(_pointer(head[20]), (head[21],), np.int32)


@compiled
def set_at(address: int, px: float, py: float, near_m: float) -> int:
    """One point's set; see :func:`gridsvc.spatial.kernel_numpy.sets_of`."""
    tables, with_key, with_set = _tables(address)
    return set_of(tables, with_key, with_set, px, py, near_m)


@compiled
def met_at(address: int, px: float, py: float, near_m: float, first_area: int, last_area: int) -> tuple[int, float]:
    """One point's set and metres to the nearest edge of the areas in [first, last)."""
    tables, with_key, with_set = _tables(address)
    metres = edge_distance_m(tables, px, py, first_area, last_area)
    return set_of(tables, with_key, with_set, px, py, near_m), metres


@compiled
def describe_at(
    address: int, px: float, py: float, near_m: float, out: np.ndarray, rels: np.ndarray, beyond: np.ndarray
) -> int:
    """Fill the lists for one point and give their length, -1 if they are too short."""
    return describe_one(_tables(address)[0], px, py, near_m, out, rels, beyond)


@compiled
def edge_distance_at(address: int, px: float, py: float, first_area: int, last_area: int) -> float:
    """Metres from one point to the nearest edge of the areas in [first, last)."""
    return edge_distance_m(_tables(address)[0], px, py, first_area, last_area)
