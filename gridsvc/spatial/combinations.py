"""Points that stand for all ground: one in every piece into which the edges of some layers cut it."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import shapely

from gridsvc.spatial.datum import Floats, Metric
from gridsvc.spatial.faces import closed, noded
from gridsvc.spatial.findings import comparable, middle_deg
from gridsvc.spatial.layer import Edition, Layer, Objects
from gridsvc.values import metres_per_degree


def one_in_each(
    edition: Edition,
    layers: Collection[str],
    also: Collection[str] = (),
    near_m: float = 0.0,
    discs: Sequence[tuple[float, float, float]] = (),
) -> tuple[Floats, Floats]:
    """Give longitudes and latitudes, WGS 84 degrees, that meet every combination of areas of some layers.

    Lines and points count as far as they reach, and partitions also so far as a point counts as near them. ``discs``
    are further places: longitude, latitude and radius in metres. Of the layers in ``also`` there is one point in each
    area and no more. What lies only on an edge, and a piece thinner than a rounding, is not met; neither is what a
    recorded component would change.
    """
    if not np.isfinite(edition.bounds_deg).all():
        return np.zeros(0), np.zeros(0)
    metric = Metric.at(*middle_deg(edition))
    read = [edition.layers[code] for code in layers]
    centres = np.asarray(shapely.points([d[:2] for d in discs]), dtype=object) if discs else np.zeros(0, dtype=object)
    grounds = [_present(_reached(layer, metric)) for layer in read]
    grounds.append(np.array([None, *(_disc(*d) for d in discs)], dtype=object)[1:])
    for layer, ground in zip(read, grounds, strict=False):
        if layer.spec.coverage == "partition" and near_m > 0.0:
            grounds.append(_grown(np.array([shapely.union_all(ground)], dtype=object), np.array([near_m]), metric))
    whole = np.concatenate(grounds)
    dimensions = shapely.get_dimensions(whole)
    # What has no ground is met at a point of its own, and a line parts the ground so that no other point lies on it.
    alone = [whole[dimensions < 2], centres, *(_present(comparable(edition.layers[code])) for code in also)]
    outlines = np.concatenate([shapely.boundary(whole[dimensions == 2]), whole[dimensions == 1]])
    pieces = closed(noded(outlines)) if len(outlines) else whole[:0]
    points = shapely.point_on_surface(np.concatenate([pieces, *alone]))
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


def _disc(lon_deg: float, lat_deg: float, radius_m: float) -> Any:
    """A disc as rules measure it: with the metres of a degree at its centre."""
    east_m, north_m = metres_per_degree(lat_deg)
    return shapely.transform(
        shapely.buffer(shapely.Point(0.0, 0.0), radius_m), lambda p: p / (east_m, north_m) + (lon_deg, lat_deg)
    )


def _grown(shapes: Objects, reach_m: Floats, metric: Metric) -> Objects:
    if not len(shapes):
        return np.zeros(0, dtype=object)
    flat = shapely.buffer(metric.straight(shapes), reach_m)
    back = shapely.transform(flat, lambda p: np.column_stack(metric.lonlat(p[:, 0], p[:, 1])))
    return np.asarray(back, dtype=object)
