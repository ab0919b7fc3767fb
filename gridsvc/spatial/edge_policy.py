"""The stated order that settles a point which several areas could have: ties on shared edges, boundary streets.

1. In the corridor of a boundary street the ground belongs to the street's owner. Where corridors cross, to the
   owner whom most of them name, then to the least code.
2. Exactly on a shared edge: to the area recorded for the matched component if it is one of the neighbours.
3. Else to the least code.
"""

import numpy as np
from numpy.typing import NDArray

from gridsvc.spatial.coverage_index import Positions

NOWHERE = -1


def first_of_each(point: Positions, area: Positions, n: int) -> NDArray[np.int32]:
    """Take the least area of each point.

    Parameters
    ----------
    point, area : array, shape (k,)
        Pairs ordered by point, then by area; areas are positions in code order.
    n : int
        Number of points.

    Returns
    -------
    array of int32, shape (n,)
        The least area of each point, -1 for a point without a pair.
    """
    settled = np.full(n, NOWHERE, dtype=np.int32)
    # Of several values for one place the last written stays, so the pairs are written from the back.
    settled[point[::-1]] = area[::-1]
    return settled


def prefer(
    settled: NDArray[np.int32], point: Positions, area: Positions, wanted: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Replace the settled area by the wanted one wherever that is among the point's own pairs.

    ``wanted`` has one area a point, -1 for no wish; a wish that is no neighbour of the point is ignored.
    """
    chosen = settled.copy()
    granted = point[wanted[point] == area]
    chosen[granted] = wanted[granted]
    return chosen


def corridor_owner(point: Positions, owner: NDArray[np.int32], n: int) -> NDArray[np.int32]:
    """Settle points in corridors of boundary streets.

    Parameters
    ----------
    point : array, shape (k,)
        Position of the point of each (point, corridor) pair.
    owner : array, shape (k,)
        Position of the owning area of each corridor, -1 where nobody claims the street.
    n : int
        Number of points.

    Returns
    -------
    array of int32, shape (n,)
        The owner, -1 where the point is in no claimed corridor.
    """
    claimed = owner != NOWHERE
    pairs, votes = np.unique(np.column_stack([point[claimed], owner[claimed]]), axis=0, return_counts=True)
    order = np.lexsort((pairs[:, 1], -votes, pairs[:, 0]))
    return first_of_each(pairs[order, 0], pairs[order, 1], n)
