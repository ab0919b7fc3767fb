"""Which areas of two editions of a layer belong together: one, several, or none on either side."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridsvc.spatial.crosswalk import NOWHERE, Crosswalk
from gridsvc.spatial.layer import Layer
from gridsvc.spatial.ragged import Longs

# Half of an area is not most of it, also where rounding adds a little.
MOST = 0.5 + 1e-6
# Where no area holds most of another, those that hold a share like this count.
SOME = 0.05


class Group(NamedTuple):
    """Rows before and after that belong together, each ascending."""

    before: tuple[int, ...]
    after: tuple[int, ...]

    @property
    def is_one(self) -> bool:
        """Whether it is one area before and one after."""
        return len(self.before) == len(self.after) == 1


def groups(before: Layer, after: Layer, twin: Longs, walk: Crosswalk | None) -> list[Group]:
    """Put the areas of two editions of a layer into groups; every row is in exactly one.

    In this order: in a layer that may overlap, and of lines and points, those with the same code; areas with the same
    shape; areas of which one holds most of the other. An area of which nobody holds most, but all together do, goes
    with everybody who holds some. What is left and has the same code is one area that went elsewhere.
    """
    free_before, free_after = np.ones(len(before), bool), np.ones(len(after), bool)
    found: list[Group] = []

    def take(pairs: Iterable[tuple[int, int]]) -> None:
        for i, j in pairs:
            if free_before[i] and free_after[j]:
                free_before[i] = free_after[j] = False
                found.append(Group((i,), (j,)))

    if not before.spec.coverage == after.spec.coverage == "partition":
        # Where areas may overlap, ground alone does not tell whose it was.
        take(_same_code(before, after))
    take((i, int(j)) for i, j in enumerate(twin) if j != NOWHERE)
    if walk is not None:
        open_pairs = free_before[walk.before] & free_after[walk.after]
        linked = open_pairs & _kin(walk, open_pairs)
        for group in _connected(walk.before[linked], walk.after[linked]):
            free_before[list(group.before)] = free_after[list(group.after)] = False
            found.append(group)
    take(_same_code(before, after))
    found += [Group((int(i),), ()) for i in np.flatnonzero(free_before)]
    return found + [Group((), (int(j),)) for j in np.flatnonzero(free_after)]


def _same_code(before: Layer, after: Layer) -> list[tuple[int, int]]:
    return [(i, after.position_of[c]) for c, i in before.position_of.items() if c in after.position_of]


def _kin(walk: Crosswalk, open_pairs: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which pairs belong together, among those that are open."""
    shares = ((walk.before, walk.share_before, len(walk.before_m2)), (walk.after, walk.share_after, len(walk.after_m2)))
    kin = np.zeros(len(walk.before), bool)
    for _, share, _ in shares:
        kin |= open_pairs & (share >= MOST)
    linked = kin.copy()
    for row, share, n in shares:
        alone = np.bincount(row, linked, minlength=n) == 0
        held = np.bincount(row, share * open_pairs, minlength=n)
        most = np.zeros(n)
        np.maximum.at(most, row, share * open_pairs)
        wanted = alone & (held >= MOST)
        kin |= open_pairs & wanted[row] & (share >= np.minimum(most[row], SOME))
    return kin


def _connected(i: Longs, j: Longs) -> list[Group]:
    """Groups of rows that pairs join, directly or through others."""
    root: dict[tuple[str, int], tuple[str, int]] = {}

    def find(node: tuple[str, int]) -> tuple[str, int]:
        above = root.setdefault(node, node)
        while above != root[above]:
            root[above] = root[root[above]]
            above = root[above]
        root[node] = above
        return above

    for a, b in zip(i.tolist(), j.tolist(), strict=True):
        root[find(("before", a))] = find(("after", b))
    members: dict[tuple[str, int], tuple[set[int], set[int]]] = {}
    for side, k in list(root):
        members.setdefault(find((side, k)), (set(), set()))[side == "after"].add(k)
    return [Group(tuple(sorted(a)), tuple(sorted(b))) for a, b in members.values()]
