"""Which areas of one layer hold or neighbour a point. Reports every one of them and chooses none."""

from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import STRtree

from gridsvc.spatial.datum import Floats, Metric

Positions = NDArray[np.intp]
Pairs = tuple[Positions, Positions]


def points_or_missing(x: Floats, y: Floats) -> NDArray[np.object_]:
    """Make points; a row with a NaN or infinite coordinate becomes a missing geometry, which nothing matches."""
    usable = np.isfinite(x) & np.isfinite(y)
    points = np.full(len(x), None, dtype=object)
    points[usable] = shapely.points(x[usable], y[usable])
    return points


class CoverageIndex:
    """Immutable index over the polygons of one layer.

    Membership is ``covers``: a point on a boundary belongs to every area that has the boundary. It is decided
    in degrees by exact orientation tests, without any tolerance; metres are used only for nearness.
    """

    def __init__(self, geometries: NDArray[np.object_], metric: Metric) -> None:
        self._geometries = geometries
        self._metric = metric
        self._tree = STRtree(geometries)

    @cached_property
    def _metric_geometries(self) -> NDArray[np.object_]:
        return self._metric.geometries(self._geometries)

    @cached_property
    def _metric_tree(self) -> STRtree:
        return STRtree(self._metric_geometries)

    @cached_property
    def _metric_boundary_tree(self) -> STRtree:
        return STRtree(shapely.boundary(self._metric_geometries))

    def covering(self, lon: Floats, lat: Floats) -> Pairs:
        """Pair each point with every area that covers it.

        Parameters
        ----------
        lon, lat : array, shape (n,)
            Degrees in WGS 84. NaN rows are allowed and have no pair.

        Returns
        -------
        pair of arrays, shape (k,)
            Positions of points and of areas, ordered by point, then by area (that is, by code).
        """
        points = points_or_missing(lon, lat)
        point, area = self._tree.query(points, predicate="intersects")
        order = np.lexsort((area, point))
        return point[order], area[order]

    def on_boundary(self, lon: Floats, lat: Floats, area: Positions) -> NDArray[np.bool_]:
        """Tell for each (point, area) row whether the point lies exactly on that area's boundary."""
        lines = shapely.boundary(self._geometries[area])
        return np.asarray(shapely.intersects(lines, points_or_missing(lon, lat)))

    def near(self, lon: Floats, lat: Floats, within_m: float) -> tuple[Positions, Positions, Floats]:
        """Pair each point with every area that covers it or lies within ``within_m`` metres of it.

        Returns positions of points and of areas and the distance in metres (0 inside), ordered by point, area.
        """
        points = self._metric_points(lon, lat)
        point, area = self._metric_tree.query(points, predicate="dwithin", distance=within_m)
        order = np.lexsort((area, point))
        point, area = point[order], area[order]
        return point, area, np.asarray(shapely.distance(points[point], self._metric_geometries[area]))

    def nearest(self, lon: Floats, lat: Floats) -> tuple[Positions, Positions, Floats]:
        """Pair each usable point with the areas nearest to it (several if equally near), with metres."""
        points = self._metric_points(lon, lat)
        usable = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
        if not len(usable) or not len(self._geometries):
            nothing = np.zeros(0, dtype=np.intp)
            return nothing, nothing, np.zeros(0)
        (point, area), distance_m = self._metric_tree.query_nearest(points[usable], return_distance=True)
        order = np.lexsort((area, point))
        return usable[point[order]], area[order], distance_m[order]

    def boundary_distance_m(self, lon: Floats, lat: Floats) -> Floats:
        """Metres from each point to the nearest boundary line of any area; NaN where the point is NaN."""
        points = self._metric_points(lon, lat)
        out = np.full(len(points), np.nan)
        usable = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
        if len(usable) and len(self._geometries):
            (point, _), distance_m = self._metric_boundary_tree.query_nearest(
                points[usable], return_distance=True, all_matches=False
            )
            out[usable[point]] = distance_m
        return out

    def _metric_points(self, lon: Floats, lat: Floats) -> NDArray[np.object_]:
        return points_or_missing(*self._metric.xy(lon, lat))


class ReachIndex:
    """Immutable index over lines or points that each reach a given number of metres around themselves."""

    def __init__(self, geometries: NDArray[np.object_], reach_m: Floats, metric: Metric) -> None:
        self._geometries = metric.geometries(geometries)
        self._reach_m = reach_m
        self._metric = metric
        self._tree = STRtree(self._geometries)
        self._widest_m = float(reach_m.max()) if len(reach_m) else 0.0

    def near(self, lon: Floats, lat: Floats, within_m: float) -> tuple[Positions, Positions, Floats]:
        """Pair each point with every feature whose reach it is in, or within ``within_m`` metres of.

        Returns positions of points and of features and the metres beyond the reach (0 or less inside it),
        ordered by point, then by feature.
        """
        points = points_or_missing(*self._metric.xy(lon, lat))
        point, feature = self._tree.query(points, predicate="dwithin", distance=self._widest_m + within_m)
        beyond_m = shapely.distance(points[point], self._geometries[feature]) - self._reach_m[feature]
        kept = beyond_m <= within_m
        point, feature, beyond_m = point[kept], feature[kept], beyond_m[kept]
        order = np.lexsort((feature, point))
        return point[order], feature[order], beyond_m[order]
