"""Plans: divisions of a city's unit grids into grids, made by one of several ways, named, and compared in one table."""

import re
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd
import shapely
from scipy.optimize import linear_sum_assignment

from gridsvc.errors import BadInput, FieldError
from gridsvc.planning.contiguity import in_pieces
from gridsvc.planning.redraw import Ground, imbalance, loads_of
from gridsvc.planning.redraw_baselines import k_means, region_k_means, skater, strips
from gridsvc.planning.redraw_search import search
from gridsvc.planning.redraw_solve import solve
from gridsvc.planning.redraw_start import Task, task_of
from gridsvc.spatial.kinship import MOST
from gridsvc.spatial.layer import Objects
from gridsvc.spatial.ragged import Longs

Way = Callable[[Task, int], Longs | None]


def _searched_then_solved(task: Task, seed: int) -> Longs | None:
    return solve(task, seed=seed, start=search(task, seed=seed))


WAYS: Mapping[str, Way] = MappingProxyType({
    "strips": strips,
    "k-means": k_means,
    "spopt skater": skater,
    "spopt region k-means": region_k_means,
    "local search": lambda task, seed: search(task, seed=seed),
    "cp-sat": lambda task, seed: solve(task, seed=seed),
    "local search, then cp-sat": _searched_then_solved,
})  # fmt: skip


@dataclass(frozen=True, eq=False)
class Plan:
    """A division: the code of the grid of each unit grid, shape (n,), in the order of the ground.

    ``asked``: number of grids of each area. ``failed``: areas for which the way found nothing and which stay as they
    are. ``seconds``: how long it took.
    """

    name: str
    labels: Objects
    asked: Mapping[str, int]
    seconds: float = 0.0
    failed: tuple[str, ...] = ()


def today(ground: Ground) -> Plan:
    """Give the division as it is."""
    return Plan("today", ground.today, {code: len(ground.grids_of(code)) for code, _ in ground.parts()})


def redraw(
    ground: Ground,
    way: str = "local search",
    numbers: Mapping[str, int] | None = None,
    seed: int = 1,
    used: Collection[str] = (),
    progress: Callable[[str], None] = lambda _: None,
) -> Plan:
    """Divide every area anew; the same arguments give the same plan.

    Parameters
    ----------
    ground : Ground
        As :func:`gridsvc.planning.redraw.ground` gives it.
    way : str
        One of ``WAYS``. Those of the first four know neither balance nor today's grids; they are there to compare.
    numbers : mapping, optional
        Number of grids of each area, as many as today where none is given;
        :func:`gridsvc.planning.redraw.numbers_of_grids` proposes them.
    seed : int
        Of all that is drawn by lot.
    used : collection of str
        Codes that were ever given to a grid; none is given to a new one.
    progress : callable
        Told the code of each area before it is divided.

    Returns
    -------
    Plan
        A grid has the code of that grid of today with which it shares most ground, each code once, if it holds more
        than half of that one's ground or lies in it by more than half; else a code never used.
    """
    if way not in WAYS:
        mend = ("可用：" + "、".join(WAYS), "one of " + ", ".join(WAYS))
        raise BadInput("没有这种划法", "there is no such way", [FieldError("way", way, *mend)])
    asked = {code: (numbers or {}).get(code, len(ground.grids_of(code))) for code, _ in ground.parts()}
    labels, failed, began = ground.today.copy(), [], time.perf_counter()
    taken = {*used, *ground.today}
    for code, rows in ground.parts():
        progress(code)
        found = WAYS[way](task_of(ground, code, asked[code]), seed)
        if found is None:
            failed.append(code)
            continue
        labels[rows] = _named(ground, rows, found, code, taken)
        taken |= set(labels[rows])
    return Plan(way, labels, MappingProxyType(asked), time.perf_counter() - began, tuple(failed))


def _named(ground: Ground, rows: Longs, label: Longs, inside: str, taken: Collection[str]) -> Objects:
    """Give each new grid the code of today's that it follows, or one never used."""
    area_m2 = shapely.area(ground.shapes_m[rows])
    new, i = np.unique(label, return_inverse=True)
    old, j = np.unique(ground.today[rows].astype(str), return_inverse=True)
    common = np.zeros((len(new), len(old)))
    np.add.at(common, (i, j), area_m2)
    most = np.maximum(common / common.sum(axis=0), common / common.sum(axis=1, keepdims=True)) >= MOST
    matched = zip(*linear_sum_assignment(-common), strict=True)
    codes = {int(a): str(old[b]) for a, b in matched if most[a, b]}
    given = set(taken)
    for row in range(len(new)):
        if row not in codes:
            codes[row] = next_code(inside, given)
            given.add(codes[row])
    return np.array([codes[int(row)] for row in i], dtype=object)


def next_code(inside: str, used: Iterable[str]) -> str:
    """Give the code after the last that was ever given in an area, in the manner of those: letters, then digits."""
    forms = [m for c in used if (m := re.fullmatch(re.escape(inside) + r"(\D*)(\d+)", c))]
    if not forms:
        return f"{inside}G01"
    last = max(forms, key=lambda m: int(m[2]))
    return f"{inside}{last[1]}{int(last[2]) + 1:0{len(last[2])}d}"


def compare(ground: Ground, plans: Iterable[Plan], staff: Mapping[str, float] | None = None) -> pd.DataFrame:
    """Put plans side by side, one row each.

    Parameters
    ----------
    staff : mapping, optional
        People by code of grid, whose work is theirs.

    Returns
    -------
    DataFrame
        Indexed by plan: ``grids``; ``overall``: heaviest grid over the mean of all; ``within``: the greatest of the
        same inside each area; ``pieces``: grids that do not hang together; ``outside``: grids that lie in more than one
        area; ``cut``: communities that lie in more than one grid; ``compact``: mean Polsby-Popper score, 4 pi area /
        perimeter squared (Polsby and Popper, Yale Law & Policy Review 9, 1991), 1 for a circle; ``worst_compact``: the
        least; ``changed``: unit grids in another grid than today; ``chiefs``: share of today's grids whose code goes on
        with most of their ground; ``per_person`` (with staff): greatest load of a person over the mean, of grids that
        have people; ``failed``: areas for which nothing was found; ``seconds``.
    """
    return pd.DataFrame([_row(ground, plan, staff) for plan in plans]).set_index("plan")


def _row(ground: Ground, plan: Plan, staff: Mapping[str, float] | None) -> dict[str, object]:
    loads = loads_of(ground, plan.labels)
    within = [imbalance(_loads_in(ground, plan, rows)) for _, rows in ground.parts()]
    round_ = compactness(ground, plan)
    area_m2 = shapely.area(ground.shapes_m)
    held = {c: area_m2[ground.today == c] for c in sorted(set(ground.today))}
    kept = {c: area_m2[(ground.today == c) & (plan.labels == c)].sum() / m2.sum() for c, m2 in held.items()}
    row: dict[str, object] = {
        "plan": plan.name, "grids": len(loads), "overall": imbalance(loads), "within": max(within, default=1.0),
        "pieces": sum(n > 1 for n in in_pieces(ground.graph, plan.labels).values()),
        "outside": _spread(plan.labels, ground.inside), "cut": _spread(ground.community, plan.labels),
        "compact": float(np.mean(list(round_.values()))), "worst_compact": min(round_.values()),
        "changed": int((plan.labels != ground.today).sum()),
        "chiefs": float(np.mean([share >= MOST for share in kept.values()])),
    }  # fmt: skip
    if staff:
        row["per_person"] = imbalance({c: load / staff[c] for c, load in loads.items() if staff.get(c)})
    return row | {"failed": len(plan.failed), "seconds": plan.seconds}


def _loads_in(ground: Ground, plan: Plan, rows: Longs) -> dict[str, float]:
    own = plan.labels[rows]
    return {str(code): float(ground.load[rows[own == code]].sum()) for code in sorted(set(own))}


def _spread(things: Objects, over: Objects) -> int:
    """Count the things that lie over more than one of others."""
    pairs = pd.DataFrame({"thing": things, "over": over}).drop_duplicates()
    return int((pairs["thing"].value_counts() > 1).sum())


def compactness(ground: Ground, plan: Plan) -> dict[str, float]:
    """Polsby-Popper score of each grid, in the city's projected reference; a grid in pieces counts all its outlines."""
    found = {}
    for code in sorted(set(plan.labels)):
        whole = shapely.coverage_union_all(ground.shapes_m[plan.labels == code])
        found[str(code)] = float(4.0 * np.pi * shapely.area(whole) / shapely.length(whole) ** 2)
    return found


def handed_over(ground: Ground, plan: Plan) -> pd.DataFrame:
    """List the unit grids that change hands: ``unit_grid``, ``before``, ``after``, ``load``, ordered by code."""
    moved = plan.labels != ground.today
    columns = {"unit_grid": ground.codes[moved], "before": ground.today[moved], "after": plan.labels[moved],
               "load": ground.load[moved]}  # fmt: skip
    return pd.DataFrame(columns)
