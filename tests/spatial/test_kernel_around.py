"""What is near, what is nearest and how far, against an independent geometry engine on a metric projection."""

import numpy as np
import pytest
import shapely
from drawing import METRIC
from hypothesis import given, settings
from hypothesis import strategies as st
from shapes import HOME, SIZE_DEG, VALID, trial_points

from gridsvc.spatial.coverage_index import CoverageIndex, Ground
from gridsvc.spatial.overlay import FIRST, NEAR

# Near by, the plane at the point and the projection differ by less than this; farther off, by less than this share
# of the square of the distance, since a degree of longitude is not equally long everywhere.
BAND_M, CURVED_PER_M = 1e-3, 2e-8
seeds = st.integers(0, 2**32 - 1)
# Giants reach tens of kilometres, where a plane is no ellipsoid.
NEAR_BY = [ground for ground in VALID if ground.__name__ != "crumbs_and_giants"]


def on_plane(shapes: np.ndarray) -> np.ndarray:
    """Metres on the projection; an edge is straight in degrees, so it is projected in many short pieces."""
    return METRIC.geometries(shapely.segmentize(shapes, 0.02 * SIZE_DEG))


def distances_m(shapes: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Metres from each point to each area, 0 inside it, shape (points, areas)."""
    there = on_plane(shapely.points(points))
    return shapely.distance(there[:, None], on_plane(shapes)[None, :])


@pytest.mark.parametrize("ground", NEAR_BY, ids=lambda f: f.__name__)
@pytest.mark.parametrize("near_m", [1.0, 20.0, 100.0])
@settings(max_examples=6, deadline=None)
@given(seed=seeds)
def test_every_area_within_so_many_metres_is_told_and_the_nearest_is_first(compiled, ground, near_m, seed):
    rng = np.random.default_rng(seed)
    shapes = ground(rng)
    index = CoverageIndex.over([Ground(shapes)], compiled)
    points = trial_points(shapes, rng, 10)
    distance_m = distances_m(shapes, points)
    start, packed = index.describe(*points.T, near_m)
    for row, away_m in enumerate(distance_m):
        entries = packed[start[row] : start[row + 1]]
        sure = set(np.flatnonzero(away_m < near_m - BAND_M).tolist())
        perhaps = set(np.flatnonzero(away_m < near_m + BAND_M).tolist())
        assert sure <= set((entries >> 3).tolist()) <= perhaps
        first = entries[entries & FIRST > 0] >> 3
        held = bool((entries & 3 != NEAR).any())
        assert len(first) == (len(entries) > 0 and not held)
        assert (away_m[first] <= away_m.min() + BAND_M).all()


@pytest.mark.parametrize("near_m", [0.0, 1.0, 50.0])
@settings(max_examples=15, deadline=None)
@given(seed=seeds)
def test_every_line_and_point_that_reaches_so_far_is_told_and_the_deepest_is_first(compiled, near_m, seed):
    rng = np.random.default_rng(seed)
    lines = shapely.linestrings(HOME + SIZE_DEG * rng.random((12, 3, 2)))
    shapes = np.concatenate([lines, shapely.points(HOME + SIZE_DEG * rng.random((6, 2)))])
    reach_m = rng.uniform(0, 60, len(shapes))
    index = CoverageIndex.over([Ground(shapes, reach_m)], compiled)
    points = HOME + SIZE_DEG * rng.uniform(-0.2, 1.2, (150, 2))
    start, packed = index.describe(*points.T, near_m)
    for row, beyond_m in enumerate(distances_m(shapes, points) - reach_m):
        entries = packed[start[row] : start[row + 1]]
        sure = set(np.flatnonzero(beyond_m < near_m - BAND_M).tolist())
        assert sure <= set((entries >> 3).tolist()) <= set(np.flatnonzero(beyond_m < near_m + BAND_M).tolist())
        inside = set((entries[entries & 3 != NEAR] >> 3).tolist())
        assert set(np.flatnonzero(beyond_m < -BAND_M).tolist()) <= inside
        assert inside <= set(np.flatnonzero(beyond_m < BAND_M).tolist())
        first = entries[entries & FIRST > 0] >> 3
        assert len(first) == (len(entries) > 0)
        assert (beyond_m[first] <= beyond_m.min() + BAND_M).all()


@pytest.mark.parametrize("ground", NEAR_BY, ids=lambda f: f.__name__)
@settings(max_examples=6, deadline=None)
@given(seed=seeds)
def test_the_nearest_boundary_is_as_far_as_it_is(compiled, ground, seed):
    rng = np.random.default_rng(seed)
    shapes = ground(rng)
    index = CoverageIndex.over([Ground(shapes)], compiled)
    points = np.vstack([trial_points(shapes, rng, 10), HOME + SIZE_DEG * rng.uniform(-3, 4, (10, 2))])
    there, boundary = on_plane(shapely.points(points)), on_plane(shapely.boundary(shapes))
    distance_m = shapely.distance(there[:, None], boundary[None, :])
    found_m = index.boundary_distance_m(*points.T)
    least_m = distance_m.min(axis=1)
    band_m = BAND_M + CURVED_PER_M * least_m**2
    assert (np.abs(found_m - least_m) <= band_m).all()
    outside = np.setdiff1d(np.arange(len(points)), index.covering(*points.T)[0])
    for row in outside[::4].tolist():
        nearest, nearest_m = index.nearest(*points[row].tolist())
        assert nearest_m == found_m[row]
        assert len(nearest) > 0
        assert (distance_m[row, nearest] <= least_m[row] + 2 * band_m[row]).all()
