"""Where a redraw of one area begins: today's grids, one fewer or one more if the number of grids changes."""

from dataclasses import dataclass

import networkx as nx
import numpy as np

from gridsvc.errors import BadInput, FieldError
from gridsvc.planning.redraw import Ground, centres, imbalance
from gridsvc.spatial.datum import Floats
from gridsvc.spatial.layer import Objects
from gridsvc.spatial.ragged import Longs


@dataclass(frozen=True, eq=False)
class Task:
    """One area to divide: n nodes numbered from 0, whose rows in the ground are ``rows``.

    ``label`` (n,): number of the grid that each node begins in; ``names``: its code, with ``None`` for a new one.
    ``centre``: a node of each grid that stays in it. ``today`` (n,): number of the grid that holds each, -1 for one
    that is dissolved. ``pairs``, ``shared_m`` and ``graph`` are the ground's in these numbers.
    """

    rows: Longs
    names: tuple[str | None, ...]
    label: Longs
    today: Longs
    centre: Longs
    centre_m: Floats
    load: Floats
    locked: np.ndarray
    pairs: Longs
    shared_m: Floats
    graph: "nx.Graph[int]"

    @property
    def mean(self) -> float:
        """Load of a grid if all were equal."""
        return float(self.load.sum()) / len(self.names)

    def loads(self, label: Longs) -> Floats:
        """Load of each grid."""
        return np.bincount(label, self.load, minlength=len(self.names)).astype(np.float64)

    def imbalance(self, label: Longs) -> float:
        """Heaviest grid over the mean."""
        return imbalance({str(g): load for g, load in enumerate(self.loads(label).tolist())})


def task_of(ground: Ground, inside: str, number: int) -> Task:
    """Prepare one area to be divided into ``number`` grids.

    Where today has more, the lightest grid that has no locked unit grid is dissolved among its neighbours; where it has
    fewer, the heaviest is cut in two. Raises ``BadInput`` where the area does not hang together, or has fewer unit
    grids than it shall have grids, or all grids that could be dissolved are locked.
    """
    rows = np.flatnonzero(ground.inside == inside)
    row_of = {int(r): i for i, r in enumerate(rows)}
    own = np.isin(ground.pairs[:, 0], rows)
    pairs = np.array([(row_of[int(a)], row_of[int(b)]) for a, b in ground.pairs[own]], np.int64).reshape(-1, 2)
    graph = nx.relabel_nodes(ground.graph.subgraph(rows.tolist()), row_of, copy=True)
    if not 1 <= number <= len(rows) or not nx.is_connected(graph):
        mend = ("先检查边界，或改网格数", "check the boundaries first, or ask for another number of grids")
        raise BadInput(f"{inside} 无法划为 {number} 个网格", f"{inside} cannot be divided into {number} grids",
                       [FieldError("number", number, *mend)])  # fmt: skip
    names, labels = _renumbered(ground, rows, graph, number, inside)
    held = ground.today[rows]
    centre = _centres(ground, rows, names, labels)
    known = {name: i for i, name in enumerate(names)}
    return Task(
        rows, tuple(None if n is not None and n.startswith(NEW) else n for n in names),
        np.array([known[x] for x in labels], np.int64), np.array([known.get(x, -1) for x in held], np.int64), centre,
        ground.centre_m[rows], ground.load[rows], ground.locked[rows], pairs, ground.shared_m[own], graph,
    )  # fmt: skip


# No code begins so.
NEW = "\0new"


def _renumbered(
    ground: Ground, rows: Longs, graph: "nx.Graph[int]", number: int, inside: str
) -> tuple[list[str], Objects]:
    labels = ground.today[rows].copy()
    while len(names := sorted(set(labels))) != number:
        load = {n: float(ground.load[rows][labels == n].sum()) for n in names}
        if len(names) > number:
            free = [n for n in names if not (ground.locked[rows] & (labels == n)).any()]
            if not free:
                mend = ("解锁一个网格，或保持网格数", "unlock a grid, or keep the number of grids")
                raise BadInput(f"{inside} 的网格都被锁定", f"all grids of {inside} are locked",
                               [FieldError("locked", names, *mend)])  # fmt: skip
            _dissolve(labels, min(free, key=lambda n: (load[n], n)), graph)
        else:
            _cut(labels, max(names, key=lambda n: (load[n], n)), f"{NEW}{len(names)}", ground, rows, graph)
    return names, labels


def _dissolve(labels: Objects, gone: str, graph: "nx.Graph[int]") -> None:
    """Give each node of a label to the label that reaches it first, ring by ring; between two, to the lesser code."""
    left = set(np.flatnonzero(labels == gone).tolist())
    while left:
        taken = {u: min(near) for u in left if (near := [labels[v] for v in graph[u] if v not in left])}
        for u, label in taken.items():
            labels[u] = label
        left -= set(taken)


def _cut(labels: Objects, heavy: str, new: str, ground: Ground, rows: Longs, graph: "nx.Graph[int]") -> None:
    """Let a new grid grow, from the node farthest from the middle, over half of the load of a heavy one."""
    own = set(np.flatnonzero(labels == heavy).tolist()) - set(np.flatnonzero(ground.locked[rows]).tolist())
    middle = ground.centre_m[rows[labels == heavy]].mean(axis=0)
    away = {u: float(np.hypot(*(ground.centre_m[rows[u]] - middle))) for u in own}
    start = max(own, key=lambda u: (away[u], u))
    wanted = float(ground.load[rows][labels == heavy].sum()) / 2
    got = 0.0
    for u in nx.bfs_tree(graph.subgraph(own), start):
        if got >= wanted:
            break
        labels[u], got = new, got + float(ground.load[rows[u]])


def _centres(ground: Ground, rows: Longs, names: list[str], labels: Objects) -> Longs:
    row_of = {int(r): i for i, r in enumerate(rows)}
    new = centres(labels, ground.centre_m[rows])
    return np.array([row_of[ground.centre_of[n]] if n in ground.centre_of else new[n] for n in names], np.int64)
