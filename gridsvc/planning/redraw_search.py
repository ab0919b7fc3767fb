"""Divides one area by local search: unit grids on a border go over one by one, and every grid always hangs together."""

import math

import numpy as np

from gridsvc.planning.contiguity import stays_whole
from gridsvc.planning.redraw_start import Task
from gridsvc.spatial.ragged import Longs

MOVED_M = 60.0
# Metres of border that a whole mean load beyond the tolerance costs.
BEYOND_M = 60_000.0
WARM_M, COLD_M = 400.0, 5.0


def search(task: Task, tolerance: float = 0.02, steps: int = 100_000, seed: int = 1, moved_m: float = MOVED_M) -> Longs:
    """Improve the division that an area begins with by simulated annealing.

    A step proposes that one unit grid on a border goes to a neighbour's grid. It is refused where it is locked, the
    middle of its grid or all that holds its grid together; else taken where it lowers the cost, and sometimes where it
    raises it. The cost is that of :func:`gridsvc.planning.redraw_solve.solve`, except that a load beyond the tolerance
    is allowed and costs. The best division met is given, so it is never worse than the one begun with.
    """
    rng = np.random.default_rng(seed)
    state = _State(task, tolerance, moved_m)
    best, best_cost, cost = state.label.copy(), 0.0, 0.0
    for step in range(steps):
        heat_m = WARM_M * (COLD_M / WARM_M) ** (step / steps)
        a, b = task.pairs[rng.integers(len(task.pairs))] if len(task.pairs) else (0, 0)
        u, v = (int(a), int(b)) if rng.random() < 0.5 else (int(b), int(a))
        if state.label[u] == state.label[v] or state.fixed[u]:
            continue
        rise = state.rise(u, int(state.label[v]))
        if rise > 0.0 and rng.random() >= math.exp(-rise / heat_m):
            continue
        if not stays_whole(task.graph, state.members[int(state.label[u])], u):
            continue
        state.move(u, int(state.label[v]))
        cost += rise
        if cost < best_cost - 1e-6:
            best, best_cost = state.label.copy(), cost
    return best


class _State:
    """A division with what its cost is made of."""

    def __init__(self, task: Task, tolerance: float, moved_m: float) -> None:
        self.task, self.moved_m = task, moved_m
        self.label = task.label.copy()
        self.load = task.loads(self.label)
        self.limits = (1.0 - tolerance) * task.mean, (1.0 + tolerance) * task.mean
        self.fixed = task.locked.copy()
        self.fixed[task.centre] = True
        self.members = [set(np.flatnonzero(self.label == g).tolist()) for g in range(len(task.names))]
        self.metres: list[dict[int, float]] = [{} for _ in task.rows]
        for (a, b), metres in zip(task.pairs.tolist(), task.shared_m.tolist(), strict=True):
            self.metres[a][b] = self.metres[b][a] = metres

    def _beyond(self, load: float) -> float:
        least, most = self.limits
        return max(0.0, least - load, load - most) / (self.task.mean or 1.0) * BEYOND_M

    def rise(self, u: int, to: int) -> float:
        """By how much the cost rises if a node goes over."""
        old, own = int(self.label[u]), float(self.task.load[u])
        beyond = self._beyond(self.load[old] - own) - self._beyond(self.load[old])
        beyond += self._beyond(self.load[to] + own) - self._beyond(self.load[to])
        border = 0.0
        for v, metres in self.metres[u].items():
            beside = int(self.label[v])
            border += metres * (float(beside == old) - float(beside == to))
        held = int(self.task.today[u])
        return beyond + border + self.moved_m * (float(held == old) - float(held == to))

    def move(self, u: int, to: int) -> None:
        """Let a node go over."""
        old, own = int(self.label[u]), float(self.task.load[u])
        self.label[u] = to
        self.load[old] -= own
        self.load[to] += own
        self.members[old].discard(u)
        self.members[to].add(u)
