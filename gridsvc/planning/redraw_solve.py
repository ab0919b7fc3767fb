"""Divides one area with a solver: balance is demanded, changing hands and long borders cost, grids hang together."""

import networkx as nx
import numpy as np
from ortools.sat.python import cp_model

from gridsvc.planning.redraw_start import Task
from gridsvc.spatial.ragged import Longs

# Loads are whole numbers for the solver; the mean load of a grid becomes this.
UNITS = 100_000
# A unit grid that changes hands costs as much as this many metres of border inside the area.
MOVED_M = 60.0


def solve(
    task: Task, tolerance: float = 0.02, effort: float = 1.0, seed: int = 1, moved_m: float = MOVED_M,
    start: Longs | None = None,
) -> Longs | None:  # fmt: skip
    """Divide an area by constraint programming.

    Every grid keeps the unit grid in its middle and the locked ones, and has between 1 - ``tolerance`` and 1 +
    ``tolerance`` of the mean load. The sum of metres of border between grids and of ``moved_m`` for each unit grid that
    leaves its grid of today is least. A unit grid other than the middle is in a grid only with a neighbour that comes
    before it, seen from that middle: by steps, then by metres (after Zoltners and Sinha, Sales territory alignment,
    Management Science 29, 1983). So every grid hangs together, and winding ones are left out.

    Parameters
    ----------
    effort : float
        Deterministic seconds of the solver; with one thread and a seed the answer does not depend on the machine.
    start : array, shape (n,), optional
        A division to begin with; today's if none is given.

    Returns
    -------
    array, shape (n,), or None
        Number of the grid of each node. None where no division within the tolerance was found with this effort.
    """
    model, x = _model(task, tolerance, moved_m)
    _hint(model, x, task.label if start is None else start)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    solver.parameters.max_deterministic_time = effort
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    return np.array([int(np.argmax([solver.value(v) for v in row])) for row in x], np.int64)


def _model(task: Task, tolerance: float, moved_m: float) -> "tuple[cp_model.CpModel, list[list[cp_model.IntVar]]]":
    """Make the model without contiguity; ``x[u][g]``: node u is in grid g."""
    model, n, grids = cp_model.CpModel(), len(task.rows), range(len(task.names))
    x = [[model.new_bool_var(f"x{u}_{g}") for g in grids] for u in range(n)]
    for row in x:
        model.add_exactly_one(row)
    for g, u in enumerate(task.centre.tolist()):
        model.add(x[u][g] == 1)
    for u in np.flatnonzero(task.locked & (task.today >= 0)).tolist():
        model.add(x[u][int(task.today[u])] == 1)
    load = np.rint(task.load / (task.mean or 1.0) * UNITS).astype(np.int64).tolist()
    for g in grids:
        total = cp_model.LinearExpr.weighted_sum([row[g] for row in x], load)
        model.add_linear_constraint(total, int(UNITS * (1.0 - tolerance)), int(UNITS * (1.0 + tolerance)))
    cost: list[tuple[cp_model.IntVar, int]] = []
    for (a, b), metres in zip(task.pairs.tolist(), task.shared_m.tolist(), strict=True):
        cut = model.new_bool_var(f"cut{a}_{b}")
        for g in grids:
            model.add_bool_or([x[a][g].negated(), x[b][g], cut])
            model.add_bool_or([x[b][g].negated(), x[a][g], cut])
        cost.append((cut, max(1, round(metres))))
    terms = [v for v, _ in cost]
    weights = [w for _, w in cost]
    for u, g in enumerate(task.today.tolist()):
        if g >= 0:
            terms.append(x[u][g])
            weights.append(-round(moved_m))
    _hang_together(model, task, x)
    model.minimize(cp_model.LinearExpr.weighted_sum(terms, weights))
    return model, x


def _hang_together(model: "cp_model.CpModel", task: Task, x: "list[list[cp_model.IntVar]]") -> None:
    for g, centre in enumerate(task.centre.tolist()):
        steps = nx.single_source_shortest_path_length(task.graph, centre)
        away = np.hypot(*(task.centre_m - task.centre_m[centre]).T)
        for u in range(len(x)):
            before = [v for v in sorted(task.graph[u]) if (steps[v], away[v], v) < (steps[u], away[u], u)]
            if u != centre:
                model.add_bool_or([x[u][g].negated(), *(x[v][g] for v in before)])


def _hint(model: "cp_model.CpModel", x: "list[list[cp_model.IntVar]]", label: Longs) -> None:
    for u, row in enumerate(x):
        for g, variable in enumerate(row):
            model.add_hint(variable, int(label[u] == g))
