"""Density: mass is kept, nothing is negative, and values stay within the stated bound of the exact sum of Gaussians."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridsvc.errors import BadInput
from gridsvc.spatial.datum import metres_per_degree
from gridsvc.spatial.density import bandwidth, kde

NAN = float("nan")
BOX = (120.0, 30.0, 120.1, 30.08)


def scatter(n: int, spread_deg: float = 0.02, seed: int = 7) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(120.1, spread_deg, n), rng.normal(30.2, spread_deg, n)


def sides_m(extent, shape) -> tuple[float, float]:
    west, south, east, north = extent
    east_m, north_m = metres_per_degree((south + north) / 2)
    return (east - west) * east_m / shape[1], (north - south) * north_m / shape[0]


def mass(density, extent) -> float:
    return float(density.sum(dtype=np.float64)) * np.prod(sides_m(extent, density.shape)) / 1e6


def exact(lon, lat, shape, bandwidth_m, extent) -> np.ndarray:
    """The sum of Gaussians at the centres of the cells, points per km²."""
    west, south, east, north = extent
    east_m, north_m = metres_per_degree((south + north) / 2)
    x = west + (np.arange(shape[1]) + 0.5) / shape[1] * (east - west)
    y = north - (np.arange(shape[0]) + 0.5) / shape[0] * (north - south)
    along_x = np.exp(-0.5 * (np.subtract.outer(x, lon) * east_m / bandwidth_m) ** 2)
    along_y = np.exp(-0.5 * (np.subtract.outer(y, lat) * north_m / bandwidth_m) ** 2)
    return along_y @ along_x.T / (2 * np.pi * bandwidth_m**2) * 1e6


@pytest.mark.parametrize(("lon", "lat"), [([], []), ([NAN], [30.0]), ([120.0], [np.inf]), ([500.0], [30.0])])
def test_without_usable_points_the_density_is_zero(lon, lat):
    density, _ = kde(lon, lat, (8, 8), 100)
    assert density.shape == (8, 8)
    assert not density.any()


def test_the_points_own_extent_holds_every_usable_point():
    lon, lat = scatter(5_000)
    lon[0] = NAN
    density, extent = kde(lon, lat, (128, 96), 300)
    assert density.shape == (128, 96)
    assert mass(density, extent) == pytest.approx(4_999, rel=1e-5)


@pytest.mark.parametrize(("lon", "lat"), [(180.0, 0.0), (-180.0, -60.0), (0.0, 84.0), (1.0, -89.9)])
def test_a_point_at_the_end_of_the_map_is_not_lost(lon, lat):
    assert mass(*kde([lon], [lat], (16, 16), 1_000)) == pytest.approx(1, rel=1e-5)


def test_points_outside_a_given_extent_add_nothing():
    lon = [120.05, 119.99, 120.11, 120.05, 120.05, NAN, np.inf, -np.inf, 120.05]
    lat = [30.04, 30.04, 30.04, 29.99, 30.09, 30.04, 30.04, 30.04, NAN]
    density, extent = kde(lon, lat, (64, 64), 300, BOX)
    assert extent == BOX
    assert mass(density, extent) == pytest.approx(1, rel=1e-5)


def test_a_point_on_a_side_belongs_to_the_extent_on_its_east_or_south():
    west, south, east, north = BOX
    middle = (south + north) / 2
    assert mass(*kde([west], [middle], (8, 8), 300, BOX)) == pytest.approx(1, rel=1e-5)
    assert mass(*kde([east], [middle], (8, 8), 300, BOX)) == 0
    assert mass(*kde([120.05], [north], (8, 8), 300, BOX)) == pytest.approx(1, rel=1e-5)
    assert mass(*kde([120.05], [south], (8, 8), 300, BOX)) == 0


def test_density_is_highest_where_the_points_are_and_the_first_row_is_north():
    density, (west, south, east, north) = kde([120.0] * 9 + [120.1], [30.1] * 9 + [30.0], (64, 64), 500)
    row, column = np.unravel_index(density.argmax(), density.shape)
    assert (row + 0.5) / 64 * (south - north) + north == pytest.approx(30.1, abs=0.005)
    assert west + (column + 0.5) / 64 * (east - west) == pytest.approx(120.0, abs=0.005)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.integers(1, 300),
    columns=st.integers(1, 300),
    bandwidth_m=st.floats(0.5, 1e6),
    seed=st.integers(0, 999),
    n=st.integers(1, 300),
)
def test_mass_is_kept_and_nothing_is_negative_at_any_size_and_bandwidth(rows, columns, bandwidth_m, seed, n):
    rng = np.random.default_rng(seed)
    lon, lat = rng.uniform(BOX[0], BOX[2], n), rng.uniform(BOX[1], BOX[3], n)
    lon[0], lat[0] = BOX[0], BOX[3]  # the corner, where most of the Gaussian would fall beyond the rim
    density, extent = kde(lon, lat, (rows, columns), bandwidth_m, BOX)
    assert density.min() >= 0
    assert mass(density, extent) == pytest.approx(n, rel=1e-5)


@settings(max_examples=60, deadline=None)
@given(sigma=st.floats(1, 12), rows=st.integers(150, 260), columns=st.integers(150, 260), seed=st.integers(0, 999))
def test_values_stay_within_the_stated_bound_of_the_exact_sum(sigma, rows, columns, seed):
    shape = (rows, columns)
    side_m = sides_m(BOX, shape)
    bandwidth_m = sigma * max(side_m)
    west, south, east, north = BOX
    inner = 5 * bandwidth_m / np.array(side_m) / (columns, rows)  # share of the box on each side that is rim
    rng = np.random.default_rng(seed)
    share = rng.uniform(inner, np.maximum(1 - inner, inner + 1e-9), (200, 2))
    lon, lat = west + share[:, 0] * (east - west), south + share[:, 1] * (north - south)
    density, _ = kde(lon, lat, shape, bandwidth_m, BOX)
    bound = len(lon) * np.exp(-0.5) / (2 * np.pi * bandwidth_m**3) * np.hypot(*side_m) / 2 * 1e6
    wrong = np.abs(density - exact(lon, lat, shape, bandwidth_m, BOX)).max()
    assert wrong <= bound
    # Points lie on all sides of their cell's centre, so that most of it cancels.
    assert wrong <= 0.5 * bound


@pytest.mark.parametrize("sigma", [1, 3, 20, 60])
def test_points_at_the_centres_of_cells_give_the_exact_sum(sigma):
    shape = (1000, 1000)
    at = (np.array([400, 500, 500, 633]) + 0.5) / 1000
    lon, lat = BOX[0] + at * (BOX[2] - BOX[0]), BOX[1] + at[::-1] * (BOX[3] - BOX[1])
    bandwidth_m = sigma * max(sides_m(BOX, shape))
    density, _ = kde(lon, lat, shape, bandwidth_m, BOX)
    reference = exact(lon, lat, shape, bandwidth_m, BOX)
    # The Gaussian is cut at five bandwidths, where it has four millionths of its height; four points.
    assert np.abs(density - reference).max() <= 16e-6 * reference.max()


def test_a_bandwidth_far_below_a_cell_leaves_the_counts():
    density, extent = kde([120.051, 120.052, 120.01], [30.04, 30.04, 30.01], (10, 10), 1, BOX)
    per_cell = density * np.prod(sides_m(extent, (10, 10))) / 1e6
    assert sorted(per_cell[per_cell > 0].round(6).tolist()) == [1, 2]


def test_a_bandwidth_far_beyond_the_extent_spreads_evenly():
    density, _ = kde([120.01], [30.01], (40, 70), 1e7, BOX)
    assert density.max() == pytest.approx(density.min(), rel=1e-3)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"bandwidth_m": 0}, "bandwidth_m"),
        ({"bandwidth_m": NAN}, "bandwidth_m"),
        ({"shape": (0, 5)}, "shape"),
        ({"extent": (1.0, 0.0, 1.0, 1.0)}, "extent"),
        ({"extent": (0.0, 1.0, 1.0, 0.0)}, "extent"),
        ({"extent": (0.0, NAN, 1.0, 1.0)}, "extent"),
        ({"extent": (0.0, 0.0, 181.0, 1.0)}, "extent"),
    ],
)
def test_nonsense_is_refused_by_name(change, field):
    with pytest.raises(BadInput) as e:
        kde(**({"lon": [0.5], "lat": [0.5], "shape": (4, 4), "bandwidth_m": 100.0} | change))
    assert e.value.errors[0].field == field


@pytest.mark.parametrize(("lon", "lat"), [([], []), ([NAN], [NAN]), ([120.0], [30.0]), ([120.0] * 9, [30.0] * 9)])
def test_points_without_spread_get_the_least_bandwidth(lon, lat):
    assert bandwidth(lon, lat, 50) == 50


def test_the_bandwidth_of_one_normal_heap_is_scotts():
    lon, lat = scatter(20_000)
    east_m, north_m = metres_per_degree(30.2)
    assert bandwidth(lon, lat, 1) == pytest.approx(0.02 * np.sqrt(east_m * north_m) * 20_000 ** (-1 / 6), rel=0.03)


def test_far_points_hardly_move_the_bandwidth():
    lon, lat = scatter(1_000)
    alone = bandwidth(lon, lat, 1)
    assert bandwidth([*lon, -100.0, NAN], [*lat, -60.0, 30.0], 1) == pytest.approx(alone, rel=0.02)


def test_many_points_in_one_place_do_not_make_the_bandwidth_vanish():
    lon, lat = scatter(100)
    assert bandwidth([*lon, *[120.1] * 900], [*lat, *[30.2] * 900], 1) > 100
