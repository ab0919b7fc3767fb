"""Points that stand for all ground: one in every piece into which the edges of some layers cut it."""

from collections.abc import Collection, Sequence

import numpy as np
import shapely

from gridsvc.spatial.datum import Floats, Metric
from gridsvc.spatial.faces import closed, noded
from gridsvc.spatial.findings import comparable, middle_deg
from gridsvc.spatial.layer import Edition, Layer, Objects


def one_in_each(
    edition: Edition,
    layers: Collection[str],
    also: Collection[str] = (),
    discs: Sequence[tuple[float, float, float]] = (),
) -> tuple[Floats, Floats]:
    """Give longitudes and latitudes, WGS 84 degrees, that meet every combination of areas of some layers.

    Lines and points count as far as they reach. ``discs`` are further places: longitude, latitude and radius in metres.
    Of the layers in ``also`` there is one point in each area and no more. What lies only on an edge, and a piece
    thinner than a rounding, is not met; neither is what a recorded component or a point near an edge would change.
    """
    if not np.isfinite(edition.bounds_deg).all():
        return np.zeros(0), np.zeros(0)
    metric = Metric.at(*middle_deg(edition))
    shapes = [_present(_reached(edition.layers[code], metric)) for code in layers]
    rounds = shapely.points([d[:2] for d in discs]) if discs else np.zeros(0, dtype=object)
    shapes.append(_grown(rounds, np.array([d[2] for d in discs]), metric))
    outlines = [x for x in shapely.boundary(np.concatenate(shapes)) if not x.is_empty]
    pieces = [closed(noded(outlines))] if outlines else []
    alone = [_present(comparable(edition.layers[code])) for code in (*layers, *also)]
    points = shapely.point_on_surface(np.concatenate([*pieces, *alone, rounds]))
    return np.asarray(shapely.get_x(points), np.float64), np.asarray(shapely.get_y(points), np.float64)


def _present(shapes: Objects) -> Objects:
    return np.asarray(shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))], dtype=object)


def _reached(layer: Layer, metric: Metric) -> Objects:
    """The ground of a layer's areas; a line or a point without width has none, and stays what it is."""
    shapes = comparable(layer)
    if layer.spec.geometry == "polygon":
        return shapes
    grown = layer.reach_m > 0.0
    shapes[grown] = _grown(shapes[grown], layer.reach_m[grown], metric)
    return shapes


def _grown(shapes: Objects, reach_m: Floats, metric: Metric) -> Objects:
    if not len(shapes):
        return np.zeros(0, dtype=object)
    flat = shapely.buffer(metric.straight(shapes), reach_m)
    back = shapely.transform(flat, lambda p: np.column_stack(metric.lonlat(p[:, 0], p[:, 1])))
    return np.asarray(back, dtype=object)
