"""Where to add the next few: sites that cover most people not covered yet, by greedy choice and exactly."""

from dataclasses import dataclass
from math import exp

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from ortools.sat.python import cp_model

from gridsvc.errors import BadInput, FieldError
from gridsvc.planning.coverage import in_metres, metric_of
from gridsvc.spatial.datum import Floats

Flags = NDArray[np.bool_]
# Of k sites chosen one by one, each the best then, the people covered are at least this share of the most possible:
# 1 - 1/e (Nemhauser, Wolsey and Fisher, Mathematical Programming 14, 1978).
GREEDY_SHARE = 1.0 - exp(-1.0)


@dataclass(frozen=True, eq=False)
class Sites:
    """Sites chosen: rows of the candidates in the order of choice, people newly covered by each, and a bound.

    ``most``: no choice of as many sites covers more people than this. ``exact``: nobody can do better.
    """

    chosen: tuple[int, ...]
    gains: tuple[float, ...]
    most: float
    exact: bool

    @property
    def covered(self) -> float:
        """People newly covered."""
        return float(sum(self.gains))


def reaches(sites: gpd.GeoDataFrame, demand: gpd.GeoDataFrame, metres: float) -> Flags:
    """Tell which demand each site covers by straight line; shape (sites, demand). At exactly ``metres`` it does."""
    metric = metric_of(demand)
    tree = shapely.STRtree(in_metres("demand", demand, metric))
    found = np.zeros((len(sites), len(demand)), bool)
    site, point = tree.query(in_metres("sites", sites, metric), predicate="dwithin", distance=metres)
    found[site, point] = True
    return found


def greedy(covers: Flags, people: Floats, k: int) -> Sites:
    """Choose up to k sites one by one, each that which covers most people not yet covered; ties: the first.

    ``most`` is what is covered times 1 / (1 - 1/e) at the most, and less where the best gains that are left say so: no
    choice covers more than what is covered now and the k greatest further gains together.
    """
    _refuse(covers, people, k)
    left, chosen, gains = people.astype(np.float64).copy(), list[int](), list[float]()
    most = float(np.sort(covers @ left)[::-1][:k].sum())
    while len(chosen) < min(k, len(covers)):
        gain = covers @ left
        best = int(np.argmax(gain))
        if gain[best] <= 0.0:
            break
        chosen.append(best)
        gains.append(float(gain[best]))
        left[covers[best]] = 0.0
        most = min(most, sum(gains) + float(np.sort(covers @ left)[::-1][:k].sum()))
    if len(chosen) == k:
        most = min(most, sum(gains) / GREEDY_SHARE)
    most = min(most, float(people[covers.any(axis=0)].sum()))
    return Sites(tuple(chosen), tuple(gains), most, most <= sum(gains) * (1.0 + 1e-9))


def exact(covers: Flags, people: Floats, k: int, effort: float = 20.0, seed: int = 1) -> Sites:
    """Choose k sites that together cover most people: the maximal covering location problem (Church and ReVelle, 1974).

    Solved by OR-tools with one thread, a seed and ``effort`` deterministic seconds, beginning with the greedy choice;
    where that is not enough, ``most`` is the bound it proved. People are rounded to tenths. Sites are in the order of
    what each adds.
    """
    begun = greedy(covers, people, k)
    worth = np.rint(people * 10.0).astype(np.int64)
    # Demand that the same sites cover is one.
    patterns, which = np.unique(covers.T, axis=0, return_inverse=True)
    total = np.bincount(which.ravel(), worth, minlength=len(patterns)).astype(np.int64)
    model = cp_model.CpModel()
    built = [model.new_bool_var(f"site{i}") for i in range(len(covers))]
    model.add(cp_model.LinearExpr.sum(built) <= k)
    terms, weights = [], []
    for pattern, value in zip(patterns, total.tolist(), strict=True):
        if value and pattern.any():
            met = model.new_bool_var("")
            model.add_bool_or([met.negated(), *(built[i] for i in np.flatnonzero(pattern).tolist())])
            terms.append(met)
            weights.append(value)
    model.maximize(cp_model.LinearExpr.weighted_sum(terms, weights))
    for i, variable in enumerate(built):
        model.add_hint(variable, int(i in begun.chosen))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    solver.parameters.linearization_level = 2
    solver.parameters.max_deterministic_time = effort
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return begun
    chosen = np.array([i for i, v in enumerate(built) if solver.value(v)], np.int64)
    ordered = greedy(covers[chosen], people, max(1, len(chosen)))
    sites = tuple(int(chosen[i]) for i in ordered.chosen)
    if ordered.covered < begun.covered:
        sites, ordered = begun.chosen, begun
    bound = min(begun.most, solver.best_objective_bound / 10.0 + 0.05 * len(people))
    return Sites(sites, ordered.gains, max(bound, ordered.covered), status == cp_model.OPTIMAL)


def _refuse(covers: Flags, people: Floats, k: int) -> None:
    if k < 1 or covers.ndim != 2 or covers.shape[1] != len(people) or (people < 0.0).any():
        mend = ("个数至少为 1，矩阵为候选×需求，人数不小于 0", "k of 1 or more, sites by demand, people of 0 or more")
        raise BadInput("选址参数无效", "this cannot be sited", [FieldError("k", k, *mend)])
