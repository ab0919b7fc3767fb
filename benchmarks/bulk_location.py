"""Claim: a million points find their unit grids, exactly, at many times the rate of every other way on one core."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks import controls
from benchmarks.city import City
from benchmarks.points import everyday, hard
from benchmarks.product import FINEST, cell_table_entries, compiled, located, without_compiler
from benchmarks.race import Answer, Method, Table, on_one_core, race, timed, untold
from benchmarks.record import Goal, Result, together
from benchmarks.sizes import Size
from gridsvc import Router
from gridsvc.spatial.coverage_index import CoverageIndex
from gridsvc.store.throwaway import throwaway_cluster

Floats = NDArray[np.float64]
OURS, NUMPY, SJOIN = "gridsvc", "gridsvc without compiler", "geopandas.sjoin"
GATHER = "floor: np.take on the cell table"


def run(size: Size) -> Result:
    """Race in the smaller city, in the larger one, and then one city against the other."""
    with on_one_core():
        cities = [City.of(n) for n in size.grids]
        routers = [Router.from_frames({FINEST: city.unit_grids}) for city in cities]
        parts = [_in_one(city, router, size) for city, router in zip(cities, routers, strict=True)]
        parts.append(_growth(cities, routers, size))
    return together(__doc__ or "", parts)


def exactness(city: City, answers: Sequence[Callable[[Floats], Answer]], n: int) -> tuple[int, int]:
    """Compare each way to answer on ``n`` hard points of each kind with shapely; gives points and wrong answers."""
    wrong = 0
    sets = hard(city, n)
    for xy in sets.values():
        truth = controls.strtree(city.unit_grids, xy, ready=True)()
        wrong += sum(int((answer(xy) != truth).sum()) for answer in answers)
    return n * len(sets) * len(answers), wrong


def _in_one(city: City, router: Router, size: Size) -> Result:
    areas, xy, few = city.unit_grids, everyday(city, size.points), size.sample
    truth = controls.strtree(areas, xy, ready=True)()
    take, note = _gather(city, xy, router.locator.index)
    with throwaway_cluster() as cluster, without_compiler(areas) as numpy_only:
        postgis = controls.PostGIS(cluster, areas, "bulk")
        methods = [
            Method("floor: copy of the points", untold(lambda: xy.copy(order="K")), len(xy), 3),
            Method(GATHER, untold(lambda: take()), len(xy), 3),
            Method(OURS, timed(lambda: located(router, xy)), len(xy), 3),
            Method(NUMPY, numpy_only(xy), len(xy), 3),
            Method(SJOIN, timed(controls.sjoin(areas, xy, ready=False)), len(xy)),
            Method("geopandas.sjoin, points ready", timed(controls.sjoin(areas, xy, ready=True)), len(xy)),
            Method("STRtree.query", timed(controls.strtree(areas, xy, ready=False)), len(xy)),
            Method("STRtree.query, points ready", timed(controls.strtree(areas, xy, ready=True)), len(xy)),
            Method("SedonaDB join", timed(controls.sedona(areas, xy)), len(xy)),
            Method("DuckDB spatial join", timed(controls.duckdb(areas, xy)), len(xy)),
            Method("rtree + prepared, loop", timed(controls.rtree_prepared(areas, xy[: few // 10])), few // 10),
            Method("PostGIS join", timed(postgis.join(xy[:few])), few),
        ]
        title = f"{len(areas)} unit grids, {len(xy)} points, one core"
        table = race(title, "points/s", SJOIN, methods, size.rounds, truth)
        postgis.close()
        both = [lambda points: located(router, points), lambda points: numpy_only(points)()[1]]
        compared, faults = exactness(city, both, size.hard)
    notes = [note] if compiled() else [note, "The product did not import numba: both of its rows are the same code."]
    answered = sum(m.items for m in methods if not m.name.startswith("floor"))
    return Result("", compared + answered, faults + table.wrong, (table,), goals=_goals(table), notes=tuple(notes))


def _gather(city: City, xy: Floats, index: CoverageIndex) -> tuple[Callable[[], NDArray[np.int32]], str]:
    """The least that any table of cells must do: read one entry a point, its number known."""
    low, high = city.coordinates.min(axis=0), city.coordinates.max(axis=0)
    entries, note = cell_table_entries(index), f"{len(city)} unit grids: the floor's table is as big as the index's."
    side = np.array([max(int(np.sqrt(entries)), 1)] * 2)
    cell = np.clip((xy - low) / (high - low) * side, 0, side - 1).astype(np.int64)
    number, table = cell[:, 1] * side[0] + cell[:, 0], np.arange(side.prod(), dtype=np.int32)
    return (lambda: np.take(table, number)), note


def _growth(cities: Sequence[City], routers: Sequence[Router], size: Size) -> Result:
    """All cities in one race, since rates of two races do not compare."""
    methods = []
    for city, router in zip(cities, routers, strict=True):
        xy = everyday(city, size.points)
        work = untold(lambda router=router, xy=xy: located(router, xy))
        methods.append(Method(f"{OURS}, {len(city)} unit grids", work, size.points, 3))
    small, large = methods[0].name, methods[-1].name
    table = race("One city against the other, one core", "points/s", small, methods, size.rounds)
    return Result("", 0, 0, (table,), goals=(Goal(f"rate of {large}, over {small}", table.ratio(large), 0.7, 0.9),))


def _goals(table: Table) -> tuple[Goal, ...]:
    peers = [row.method for row in table.rows if not row.method.startswith(("floor", OURS))]
    best = max(peers, key=table.ratio)
    return (
        Goal(f"{table.title}: over {SJOIN}", table.ratio(OURS), 50, 100),
        Goal(f"{table.title}: over the best other way ({best})", table.ratio(OURS, best), 50, 100),
        Goal(f"{table.title}: share of np.take on the cell table", table.ratio(OURS, GATHER), None, 0.3),
        Goal(f"{table.title}: without compiler, over {SJOIN}", table.ratio(NUMPY), 22, 40),
    )
