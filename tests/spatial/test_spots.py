"""Spots: points gathered around the crowded places, none farther from the middle than the radius."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridsvc.spatial.datum import Metric
from gridsvc.spatial.spots import spots

METRIC = Metric.at(120.0, 30.0)
X0, Y0 = (float(v[0]) for v in METRIC.xy(np.array([120.0]), np.array([30.0])))


def degrees(*places: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Points so many metres east and north of one place."""
    x, y = np.array(places, np.float64).reshape(-1, 2).T
    return METRIC.lonlat(x + X0, y + Y0)


def gathered(*places: tuple[float, float], radius_m: float = 30.0) -> list[list[int]]:
    return sorted(sorted(spot.tolist()) for spot in spots(*degrees(*places), radius_m))


@pytest.mark.parametrize(
    ("places", "found"),
    [
        ([], []),
        ([(0, 0)], [[0]]),
        ([(0, 0), (0, 0)], [[0, 1]]),
        ([(0, 0), (29, 0)], [[0, 1]]),
        ([(0, 0), (31, 0)], [[0], [1]]),
        ([(0, 0), (100_000, 0)], [[0], [1]]),
    ],
)
def test_what_is_within_the_radius_is_one_spot(places: list[tuple[float, float]], found: list[list[int]]):
    assert gathered(*places) == found


def test_a_street_with_stalls_all_along_it_is_many_spots():
    stalls = [(20.0 * n, 0.0) for n in range(16)]  # 300 m, each within reach of the next
    assert len(gathered(*stalls)) > 4


def test_the_crowded_place_keeps_its_neighbours():
    crowd = [(40.0 + n, 40.0) for n in range(5)]
    found = spots(*degrees((14.0, 40.0), *crowd), 30.0)
    assert found[0][0] in range(1, 6)
    assert len(found) == 1


metres = st.floats(-300, 300)


@given(st.lists(st.tuples(metres, metres), max_size=40), st.floats(1.0, 200.0))
def test_every_point_is_of_one_spot_within_the_radius_of_its_middle(places, radius_m: float):
    lon, lat = degrees(*places)
    found = spots(lon, lat, radius_m)
    assert sorted(np.concatenate(found).tolist() if found else []) == list(range(len(places)))
    x, y = METRIC.xy(lon, lat)
    for spot in found:
        assert np.hypot(x[spot] - x[spot[0]], y[spot] - y[spot[0]]).max() <= radius_m + 1e-6
