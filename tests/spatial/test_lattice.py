"""Lattices: every point in exactly one cell, the same cell whatever the other points, and sums that lose nothing."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridsvc.errors import BadInput
from gridsvc.spatial.datum import metres_per_degree
from gridsvc.spatial.lattice import Hexagons, Squares, bin_points, lattice_of

NAN = float("nan")
LATTICES = [Squares(100, 30.2), Hexagons(100, 30.2)]
EACH = pytest.mark.parametrize("lattice", LATTICES, ids=["squares", "hexagons"])
SIZES_M = st.floats(1, 20_000)
DEGREES = {"lon": st.floats(-180, 180), "lat": st.floats(-80, 80)}
# A double of degrees is at best this fine on the ground.
ROUNDING_M = 1e-6


def scatter(n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    return rng.normal(120.1, 0.02, n), rng.normal(30.2, 0.02, n)


def metres(lattice, lon, lat, lon_0, lat_0) -> np.ndarray:
    east_m, north_m = metres_per_degree(lattice.lat_deg)
    return np.hypot((lon - lon_0) * east_m, (lat - lat_0) * north_m)


@EACH
@pytest.mark.parametrize(("lon", "lat"), [([], []), ([NAN], [30.0]), ([120.0], [NAN]), ([999.0], [30.0])])
def test_without_usable_points_there_are_no_cells(lattice, lon, lat):
    assert [len(a) for a in bin_points(lattice, lon, lat)] == [0, 0, 0]


@EACH
def test_cells_keep_every_usable_point(lattice):
    lon, lat = scatter(100_000)
    lon[:7] = NAN
    _, _, total = bin_points(lattice, lon, lat)
    assert total.sum() == 99_993
    assert len(total) < 50_000


@EACH
def test_one_far_point_changes_no_other_cell(lattice):
    lon, lat = scatter(2_000)
    near = bin_points(lattice, lon, lat)
    far = bin_points(lattice, [*lon, -179.9], [*lat, -60.0])
    assert [a[1:].tolist() for a in far] == [a.tolist() for a in near]
    assert [a[0] for a in far][2] == 1


@EACH
def test_two_months_of_one_city_fall_into_the_same_cells(lattice):
    lon, lat = scatter(3_000)
    column, row, total = bin_points(lattice, lon, lat)
    both = dict.fromkeys(zip(column.tolist(), row.tolist(), strict=True), 0.0)
    for month in (slice(0, 1_000), slice(1_000, None)):
        for c, r, n in zip(*bin_points(lattice, lon[month], lat[month]), strict=True):
            both[int(c), int(r)] += n
    assert list(both.values()) == total.tolist()


@EACH
def test_cells_come_from_south_to_north_and_in_a_row_from_west_to_east(lattice):
    column, row, _ = bin_points(lattice, *scatter(1_000))
    assert np.lexsort((column, row)).tolist() == list(range(len(row)))


@EACH
def test_weights_are_summed_and_a_missing_weight_adds_nothing(lattice):
    lon, lat = [120.0, 120.0, 120.0, NAN, 121.0], [30.0, 30.0, 30.0, 30.0, 30.0]
    assert sorted(bin_points(lattice, lon, lat, weights=[2.0, NAN, 0.5, 9.0, 0.0])[2].tolist()) == [0.0, 2.5]


@EACH
def test_the_centre_of_a_cell_lies_in_it(lattice):
    column, row = np.array([0, 5, -7, 100_000, -1]), np.array([0, 3, -2, 30_000, 1])
    assert [a.tolist() for a in lattice.of(*lattice.centres(column, row))] == [column.tolist(), row.tolist()]


@given(size=SIZES_M, at=st.floats(-85, 85), **DEGREES)
def test_a_point_in_a_square_is_within_half_a_side(size, at, lon, lat):
    squares = Squares(size, at)
    x, y = squares.centres(*squares.of(np.array([lon]), np.array([lat])))
    east_m, north_m = metres_per_degree(at)
    assert abs(x[0] - lon) * east_m <= size / 2 + ROUNDING_M
    assert abs(y[0] - lat) * north_m <= size / 2 + ROUNDING_M


@given(size=SIZES_M, at=st.floats(-85, 85), **DEGREES)
def test_a_point_goes_to_the_nearest_hexagon_and_lies_within_its_circumradius(size, at, lon, lat):
    hexagons = Hexagons(size, at)
    column, row = hexagons.of(np.array([lon]), np.array([lat]))
    dq, dr = (a.ravel() for a in np.meshgrid(np.arange(-3, 4), np.arange(-3, 4)))
    around_m = metres(hexagons, lon, lat, *hexagons.centres(column + dq, row + dr))
    here_m = metres(hexagons, lon, lat, *hexagons.centres(column, row))[0]
    assert here_m <= around_m.min() + ROUNDING_M
    assert here_m <= size / np.sqrt(3) + ROUNDING_M


@settings(max_examples=50)
@given(size=st.floats(50, 500), seed=st.integers(0, 999))
def test_the_drawn_hexagon_holds_its_points(size, seed):
    rng = np.random.default_rng(seed)
    hexagons, lon, lat = Hexagons(size, 30), rng.uniform(120, 120.1, 300), rng.uniform(30, 30.1, 300)
    rings = shapely.polygons(hexagons.rings(*hexagons.of(lon, lat)))
    assert shapely.distance(rings, shapely.points(lon, lat)).max() <= 1e-11


def test_hexagons_are_regular_and_of_the_size_asked_for():
    hexagons = Hexagons(200, 30)
    ring = hexagons.rings(np.array([57_000]), np.array([19_000]))[0]
    x, y = hexagons.centres(np.array([57_000]), np.array([19_000]))
    assert metres(hexagons, *ring.T, x, y) == pytest.approx(np.full(6, 200 / np.sqrt(3)))
    assert metres(hexagons, *ring.T, *np.roll(ring, 1, axis=0).T) == pytest.approx(np.full(6, 200 / np.sqrt(3)))
    around = hexagons.centres(57_000 + np.array([1, 0, -1, -1, 0, 1]), 19_000 + np.array([0, 1, 1, 0, -1, -1]))
    assert metres(hexagons, *around, x, y) == pytest.approx(np.full(6, 200))
    assert hexagons.area_m2 == pytest.approx(34_641, abs=1)


def test_neighbouring_hexagons_share_two_corners_to_the_last_bit():
    hexagons = Hexagons(150, 30)
    for step in ((1, 0), (0, 1), (-1, 1)):
        rings = hexagons.rings(60_000 + np.array([0, step[0]]), 20_000 + np.array([0, step[1]]))
        first, second = ({tuple(corner) for corner in ring.tolist()} for ring in rings)
        assert len(first & second) == 2


def test_a_point_equally_near_to_several_centres_goes_north_then_east():
    hexagons = Hexagons(100, 0)
    half_lon = hexagons.centres(np.array([1]), np.array([0]))[0] / 2
    assert [int(a[0]) for a in hexagons.of(half_lon, np.array([0.0]))] == [1, 0]
    assert [int(a[0]) for a in hexagons.of(-half_lon, np.array([0.0]))] == [0, 0]


@pytest.mark.parametrize("size", [0, -1, NAN, float("inf")])
@pytest.mark.parametrize("kind", [Squares, Hexagons])
def test_a_cell_without_size_is_refused(kind, size):
    with pytest.raises(BadInput):
        kind(size, 30)


@pytest.mark.parametrize("lat_deg", [90, -86, NAN, float("inf")])
@pytest.mark.parametrize("kind", [Squares, Hexagons])
def test_a_latitude_where_no_cell_keeps_its_size_is_refused(kind, lat_deg):
    with pytest.raises(BadInput) as e:
        kind(100, lat_deg)
    assert e.value.errors[0].field == "lat_deg"


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((120.0, 30.0, 120.0, 30.0), (200, 30)),
        ((120.19, 30.29, 120.24, 30.33), (200, 30)),
        ((119.68, 30.16, 120.16, 30.55), (1_000, 30)),
        ((-180.0, -89.0, 180.0, -87.0), (100_000, -85)),
    ],
    ids=["a point", "a district", "a county", "about the pole"],
)
def test_the_scale_follows_the_ground_that_is_shown(box, expected):
    assert lattice_of(*box) == expected
