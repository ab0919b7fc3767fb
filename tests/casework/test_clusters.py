"""Clusters along a place, against a walk from point to point that needs no index."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridsvc.casework.clusters import clusters
from gridsvc.values import metres_per_degree

EAST_M, NORTH_M = metres_per_degree(30.0)


def at(*metres: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    x, y = np.array(metres, dtype=float).reshape(-1, 2).T
    return 120.0 + x / EAST_M, 30.0 + y / NORTH_M


@pytest.mark.parametrize(
    ("points", "along", "found"),
    [
        ([], "", []),
        ([(0, 0)], "a", [[0]]),
        ([(0, 0), (25, 0)], "aa", [[0, 1]]),
        ([(0, 0), (25.1, 0)], "aa", [[0], [1]]),
        ([(0, 0), (25, 0)], "ab", [[0], [1]]),
        ([(0, 0), (0, 0)], "aa", [[0, 1]]),
        ([(0, 0), (20, 0), (40, 0), (90, 0)], "aaaa", [[0, 1, 2], [3]]),
        ([(0, 0), (20, 0), (40, 0)], "aba", [[0], [1], [2]]),
    ],
)
def test_points_are_joined_by_steps(points, along, found):
    assert clusters(*at(*points), list(along), 25.0) == found


def test_what_has_no_place_is_in_no_cluster():
    lon, lat = at((0, 0), (1, 0))
    assert clusters(np.append(lon, np.nan), np.append(lat, np.nan), ["a"] * 3, 25.0) == [[0, 1]]


@given(st.lists(st.tuples(st.integers(0, 120), st.integers(0, 120), st.sampled_from("ab")), max_size=25))
def test_it_finds_what_walking_from_point_to_point_finds(points):
    lon, lat = at(*((x, y) for x, y, _ in points))
    along = [place for _, _, place in points]
    left, expected = set(range(len(points))), []
    while left:
        group, new = set(), {min(left)}
        while new:
            group |= new
            new = {
                j for j in left - group for i in group
                if along[i] == along[j] and np.hypot(points[i][0] - points[j][0], points[i][1] - points[j][1]) <= 24.5
            }  # fmt: skip
        left -= group
        expected.append(sorted(group))
    # Whole metres: nothing lies between 24.5 m and the first distance above it.
    assert clusters(lon, lat, along, 24.5) == expected
