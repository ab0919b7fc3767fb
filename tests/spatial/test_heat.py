"""Heat: sums to cells and areas, class breaks, density; the rows that are set aside are always countable."""

import numpy as np
import pytest

from gridsvc.errors import BadInput
from gridsvc.spatial.heat import NO_CASE, UNKNOWN, bin_points, breaks, classify, counts, kde, usable

NAN = float("nan")
HERE = (120.1, 30.2)


def scatter(n: int, spread_deg: float = 0.02) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    return HERE[0] + rng.normal(0, spread_deg, n), HERE[1] + rng.normal(0, spread_deg, n)


@pytest.mark.parametrize(
    ("lon", "lat", "expected"),
    [([], [], []), ([NAN], [30], [False]), ([120], [np.inf], [False]), ([181], [30], [False]), ([120], [30], [True])],
)
def test_rows_without_a_usable_coordinate_are_marked(lon, lat, expected):
    assert usable(lon, lat).tolist() == expected


def test_unequal_columns_are_refused_by_name():
    with pytest.raises(BadInput) as e:
        usable([1.0, 2.0], [1.0])
    assert e.value.errors[0].field == "lat"


def test_no_points_make_no_cells():
    assert [len(a) for a in bin_points([], [], 50)] == [0, 0, 0]


def test_cells_keep_every_usable_point():
    lon, lat = scatter(10_000)
    lon[:7] = NAN
    _, _, count = bin_points(lon, lat, 100)
    assert count.sum() == 9_993
    assert len(count) < 9_993


def test_a_cell_is_square_in_metres():
    lon, lat = scatter(20_000, 0.005)
    x, y, _ = bin_points(lon, lat, 200)
    dx, dy = np.diff(np.unique(x)).min(), np.diff(np.unique(y)).min()
    assert dx * 96_290 == pytest.approx(200, rel=5e-3)
    assert dy * 110_860 == pytest.approx(200, rel=5e-3)


def test_a_point_is_at_most_half_a_diagonal_from_its_cell():
    lon, lat = scatter(1)
    x, y, _ = bin_points(lon, lat, 100)
    assert np.hypot((x - lon) * 96_290, (y - lat) * 110_860)[0] <= 71


def test_two_months_of_one_city_fall_into_the_same_cells():
    lon, lat = scatter(3_000)
    first, second = bin_points(lon[:1500], lat[:1500], 500), bin_points(lon, lat, 500)
    assert set(zip(first[0], first[1], strict=True)) <= set(zip(second[0], second[1], strict=True))


def test_weights_are_summed_and_a_missing_weight_adds_nothing():
    _, _, count = bin_points([120.0, 120.0, 120.0], [30.0, 30.0, 30.0], 50, weights=[2.0, NAN, 0.5])
    assert count.tolist() == [2.5]


@pytest.mark.parametrize("cell_m", [0, -1, NAN, float("inf")])
def test_a_cell_without_size_is_refused(cell_m):
    with pytest.raises(BadInput):
        bin_points([120.0], [30.0], cell_m)


def test_counts_and_the_set_aside_add_up():
    per_area, aside = counts(np.array([0, 2, 2, -1, -1, -1]), 4)
    assert per_area.tolist() == [1, 0, 2, 0]
    assert aside == 3


def test_counts_of_nothing():
    per_area, aside = counts([], 2)
    assert (per_area.tolist(), aside) == ([0, 0], 0)


@pytest.mark.parametrize("position", [4, -2])
def test_a_position_beyond_the_layer_is_refused(position):
    with pytest.raises(BadInput) as e:
        counts([0, position], 4)
    assert e.value.errors[0].value == position


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], []),
        ([0, 0, NAN, -3, np.inf], []),
        ([5], [0]),
        ([5, 5, 5, 0], [0]),
        ([1, 2, 2, 3, 0], [0, 2, 3]),
    ],
)
def test_few_distinct_values_get_one_class_each(values, expected):
    assert breaks(values).tolist() == expected


def test_no_class_is_empty_however_lopsided_the_values():
    values = np.concatenate([np.ones(1000), [2, 3, 50, 400, 401, 1e6, 0.001]])
    lower = breaks(values)
    assert set(classify(values, lower)) == set(range(len(lower)))


def test_many_values_are_shared_evenly_among_readable_breaks():
    values = np.random.default_rng(3).lognormal(3, 1, 20_000)
    lower = breaks(values)
    shares = np.bincount(classify(values, lower)) / len(values)
    assert len(lower) == 6
    assert shares == pytest.approx(np.full(6, 1 / 6), abs=0.02)
    assert all(f"{b:.2g}" == f"{b:.10g}" or float(f"{b:.2g}") == pytest.approx(b) for b in lower)


def test_a_value_on_a_break_belongs_to_the_class_above():
    assert classify([4.9, 5.0, 0.0, -1.0, NAN, 99], [0, 5, 10]).tolist() == [0, 1, NO_CASE, NO_CASE, UNKNOWN, 2]


def test_without_breaks_nothing_has_a_class():
    assert classify([0.0, NAN], []).tolist() == [NO_CASE, UNKNOWN]


def cell_km2(extent, shape):
    west, south, east, north = extent
    return (east - west) * 96.29 / shape[1] * (north - south) * 110.86 / shape[0]


def test_density_sums_to_the_number_of_points():
    lon, lat = scatter(5_000)
    lon[0] = NAN
    density, extent = kde(lon, lat, (128, 96), 300)
    assert density.shape == (128, 96)
    assert density.sum() * cell_km2(extent, (128, 96)) == pytest.approx(4_999, rel=2e-3)


def test_density_is_highest_where_the_points_are_and_the_first_row_is_north():
    density, (west, south, east, north) = kde([120.0] * 9 + [120.1], [30.1] * 9 + [30.0], (64, 64), 500)
    row, column = np.unravel_index(density.argmax(), density.shape)
    assert (row + 0.5) / 64 * (south - north) + north == pytest.approx(30.1, abs=0.005)
    assert west + (column + 0.5) / 64 * (east - west) == pytest.approx(120.0, abs=0.005)


def test_density_of_one_point_is_a_gaussian():
    density, _ = kde([120.0], [30.0], (301, 301), 200)
    assert density.max() == pytest.approx(1 / (2 * np.pi * 0.2**2), rel=2e-3)


def test_density_without_points_is_zero():
    assert not kde([], [], (8, 8), 100)[0].any()


def test_points_outside_a_given_extent_add_nothing():
    density, extent = kde([120.0, 121.0], [30.0, 30.0], (64, 64), 100, extent=(119.9, 29.9, 120.1, 30.1))
    assert extent == (119.9, 29.9, 120.1, 30.1)
    assert density.sum() * cell_km2(extent, (64, 64)) == pytest.approx(1, rel=5e-3)
