"""Sets of areas, each different one numbered once."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from gridsvc.spatial.overlay import Ints
from gridsvc.spatial.ragged import Longs, counted


class AreaSets(NamedTuple):
    """Set ``i`` is ``areas[start[i]:start[i + 1]]``, ascending."""

    start: Ints
    areas: Ints

    def members(self, number: Longs | Ints) -> tuple[Longs, Ints]:
        """Every area of each of these sets: the place in ``number``, ascending, and the area."""
        at, item = counted(self.start[number].astype(np.int64), self.start[number + 1].astype(np.int64) - 1)
        return at, self.areas[item]


def factorized(values: Longs) -> tuple[Ints, Longs]:
    """Number the different values in the order in which they come: the number of each, and the values."""
    number, distinct = pd.factorize(values)
    return number.astype(np.int32), np.asarray(distinct, np.int64)


def grouped(run: Longs, area: Longs, n_runs: int) -> tuple[Ints, AreaSets]:
    """Number the different lists of areas in the order in which they come: the number of each run, and the lists.

    Lists grow by one area a round, and two runs stay together as long as they have met the same areas.
    """
    first = np.searchsorted(run, np.arange(n_runs))
    size = np.diff(np.append(first, len(run)))
    state = np.zeros(n_runs, np.int64)
    known = 1
    for turn in range(int(size.max(initial=0))):
        longer = np.flatnonzero(size > turn)
        codes, distinct = factorized((state[longer] << 32) | area[first[longer] + turn])
        state[longer] = known + codes
        known += len(distinct)
    number, distinct = factorized(state)
    stands = np.zeros(len(distinct), np.int64)
    stands[number[::-1]] = np.arange(n_runs)[::-1]
    of, k = counted(np.zeros(len(stands), np.int64), size[stands] - 1)
    start = np.concatenate([[0], np.cumsum(size[stands])]).astype(np.int32)
    return number, AreaSets(start, area[first[stands[of]] + k].astype(np.int32))
