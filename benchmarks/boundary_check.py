"""Claim: every check of a city of 20 000 unit grids ends while one waits, and misses no overlap and no gap."""

from collections.abc import Callable

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import STRtree

from benchmarks.city import City
from benchmarks.race import Answer, Method, on_one_core, race, timed
from benchmarks.record import Goal, Result
from benchmarks.sizes import Size
from gridsvc.frames import edition_from_frames
from gridsvc.spatial.datum import Metric
from gridsvc.spatial.findings import CheckReport
from gridsvc.spatial.layer import Edition
from gridsvc.spatial.topology import check_edition

OURS, OVERLAY = "gridsvc, every check of four layers", "overlay of the unit grids alone"
# Of every so many unit grids one is lost and another grows over its neighbours by so much.
FAULT_EVERY, GROWN_DEG = 200, 2e-5
CHECK_S = (60.0, 15.0)
# What the checks take for rounding.
ROUNDING_M2 = 1.0
Objects = NDArray[np.object_]


def run(size: Size) -> Result:
    """Check a city with planted faults beside the plain overlay that finds its overlaps and gaps; answers compared."""
    city = City.of(size.grids[0])
    edition = _faulty(city)
    layer = edition.layers["unit_grid"]
    west, south, east, north = layer.bounds_deg
    metric = Metric.at((west + east) / 2, (south + north) / 2)
    whole = shapely.union_all(edition.layers["community"].geometries)
    overlay = _overlay(layer.geometries, whole, metric)
    truth = overlay()
    with on_one_core():
        methods = [
            Method(OURS, timed(lambda: check_edition(edition), lambda made: _told(made, edition, truth)), len(layer)),
            Method(OVERLAY, timed(overlay), len(layer)),
        ]
        table = race(f"{len(city)} unit grids, one core", "unit grids/s", OVERLAY, methods, size.rounds, truth)
    goal = Goal(f"{len(city)} unit grids: every check", len(layer) / table.rows[0].rate, *CHECK_S, "less", "s")
    return Result(__doc__ or "", len(truth), table.wrong, (table,), (), (goal,))


def _faulty(city: City) -> Edition:
    frames = dict(city.frames)
    units = frames["unit_grid"]
    shapes = np.asarray(units.geometry.values)
    grown = np.arange(FAULT_EVERY // 2, len(units), FAULT_EVERY)
    shapes[grown] = shapely.buffer(shapes[grown], GROWN_DEG, join_style="mitre")
    kept = np.setdiff1d(np.arange(len(units)), np.arange(0, len(units), FAULT_EVERY))
    faulty = units.assign(geometry=shapes).iloc[kept]
    faulty.attrs = units.attrs
    return edition_from_frames(frames | {"unit_grid": faulty})


def _overlay(shapes: Objects, whole: shapely.Geometry, metric: Metric) -> Callable[[], Answer]:
    """Intersect all neighbours, unite all areas: the rows of each overlapping pair as one number, then gaps as -1."""

    def run() -> Answer:
        a, b = STRtree(shapes).query(shapes, predicate="intersects")
        a, b = a[a < b], b[a < b]
        shared_m2 = shapely.area(metric.straight(shapely.intersection(shapes[a], shapes[b])))
        pairs = np.sort((a * len(shapes) + b)[shared_m2 > ROUNDING_M2])
        rest = shapely.get_parts(shapely.difference(whole, shapely.union_all(shapes)))
        gaps = int((shapely.area(metric.straight(rest)) > ROUNDING_M2).sum())
        return np.concatenate([pairs, np.full(gaps, -1)])

    return run


def _told(report: CheckReport, edition: Edition, truth: Answer) -> Answer:
    """The same of a report; one number too many or too few makes every answer wrong."""
    layer = edition.layers["unit_grid"]
    row, own = layer.position_of, [f for f in report.findings if f.layer == "unit_grid"]
    pairs = {row[f.codes[0]] * len(layer) + row[f.codes[1]]
             for f in own if f.id == "overlap" or (f.id == "sliver" and len(f.codes) == 2)}  # fmt: skip
    gaps = sum(f.id == "gap" or (f.id == "sliver" and len(f.codes) == 1) for f in own)
    told = np.array(sorted(pairs) + [-1] * gaps)
    return told if len(told) == len(truth) else np.full(len(truth), -2)
