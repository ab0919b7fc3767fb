"""Claim: one point in one Python call gets its areas of all layers many times sooner than from a tree or a database."""

from collections.abc import Callable
from functools import partial

import numpy as np
import shapely
import tzfpy
from numpy.typing import NDArray

from benchmarks import controls
from benchmarks.city import City
from benchmarks.points import everyday
from benchmarks.product import compiled, finest_of, located_one
from benchmarks.race import Answer, Method, Table, on_one_core, race, timed, untold
from benchmarks.record import Goal, Result
from benchmarks.sizes import Size
from gridsvc import Router
from gridsvc.store.throwaway import throwaway_cluster

OURS, TREE, POSTGIS, TZFPY = (
    "gridsvc, all layers",
    "STRtree.query(Point), one layer",
    "PostGIS, prepared",
    "tzfpy.get_tz",
)
EMPTY = "floor: empty Python call"


def run(size: Size) -> Result:
    """Race single calls in a loop over the same points in the smaller city."""
    with on_one_core(), throwaway_cluster() as cluster:
        city = City.of(size.grids[0])
        router = Router.from_frames(city.frames)
        postgis = controls.PostGIS(cluster, city.unit_grids, "one")
        table = _race(city, router, postgis, size)
        postgis.close()
    goals = (
        Goal("over STRtree.query", table.ratio(OURS, TREE), 15, 25),
        Goal("over prepared PostGIS", table.ratio(OURS, POSTGIS), 100, 200),
        Goal("time of one call over that of tzfpy, which reads other data", table.ratio(TZFPY, OURS), None, 2, "less"),
    )
    notes = () if compiled() else ("The product did not import numba.",)
    return Result(__doc__ or "", size.single, table.wrong, (table,), goals=goals, notes=notes)


def _race(city: City, router: Router, postgis: controls.PostGIS, size: Size) -> Table:
    xy = everyday(city, size.points)[: size.single]
    tree = shapely.STRtree(city.unit_grids.geometry.values)

    def by_tree(lon: float, lat: float) -> int:
        return int(min(tree.query(shapely.Point(lon, lat), predicate="intersects"), default=-1))

    methods = [
        Method(EMPTY, untold(_loop(_empty, xy)), len(xy), 3),
        Method(TZFPY, untold(_loop(tzfpy.get_tz, xy)), len(xy), 3),
        Method(OURS, timed(_loop(located_one(router), xy), partial(_finest, router)), len(xy), 3),
        Method(TREE, timed(_loop(by_tree, xy), _positions), len(xy)),
        Method("rtree + prepared, one layer", timed(controls.rtree_prepared(city.unit_grids, xy)), len(xy)),
        Method(POSTGIS, timed(postgis.prepared(xy)), len(xy)),
    ]
    truth = controls.strtree(city.unit_grids, xy, ready=True)()
    return race(f"{len(city)} unit grids, one point a call, one core", "calls/s", TREE, methods, size.rounds, truth)


def _loop(call: Callable[[float, float], object], xy: NDArray[np.float64]) -> Callable[[], list[object]]:
    pairs = xy.tolist()
    return lambda: [call(lon, lat) for lon, lat in pairs]


def _finest(router: Router, found: list[object]) -> Answer:
    return _positions([finest_of(router, answer) for answer in found])


def _positions(found: list[object]) -> Answer:
    return np.array(found, np.int32)


def _empty(_lon: float, _lat: float) -> None:
    return None
