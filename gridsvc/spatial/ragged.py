"""Lists of different lengths in flat arrays: spelling ranges out, numbering within groups, different values."""

import numpy as np
from numpy.typing import NDArray

Longs = NDArray[np.int64]


def counted(first: Longs, last: Longs) -> tuple[Longs, Longs]:
    """For each pair of bounds, both in, every number between them: positions of the pairs and the numbers."""
    n = np.maximum(last - first + 1, 0)
    of = np.repeat(np.arange(len(n)), n)
    return of, np.arange(len(of)) + np.repeat(first - (np.cumsum(n) - n), n)


def place_in(group: Longs) -> Longs:
    """Position of each entry within its group; groups ascend."""
    fresh = np.flatnonzero(np.diff(group, prepend=-1))
    return np.arange(len(group)) - np.repeat(fresh, np.diff(np.append(fresh, len(group))))


def ascending(numbers: Longs) -> Longs:
    """The different numbers, none negative, in order; sorting is faster here than the hashing of ``np.unique``."""
    ordered = np.sort(numbers)
    return ordered[np.flatnonzero(np.diff(ordered, prepend=-1))]
