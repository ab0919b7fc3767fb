"""Cells to count in: every case in one cell or set aside for one reason, densities that keep the number of cases."""

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gridsvc.errors import BadInput
from gridsvc.frames import edition_from_frames
from gridsvc.spatial.heat_cells import AreaGround, LatticeGround, count_in, density_in, ground_of, residents_in
from gridsvc.spatial.layer import Edition
from gridsvc.spatial.locate import Locator

NAN = np.nan
EAST = [120.0, 120.01, 120.02, 120.03]


def city(residents: list[object]) -> Edition:
    """One street S of three grids A, B, C side by side, a hundredth of a degree wide each (0.96 by 1.1 km)."""
    boxes = [shapely.box(w, 30.0, e, 30.01) for w, e in pairwise(EAST)]
    grids = gpd.GeoDataFrame(
        {"code": list("ABC"), "parent": ["S"] * 3, "residents": residents}, geometry=boxes, crs="EPSG:4326"
    )
    grids.attrs["parent"] = "street"
    street = gpd.GeoDataFrame({"code": ["S"]}, geometry=[shapely.box(120.0, 30.0, 120.03, 30.01)], crs="EPSG:4326")
    return edition_from_frames({"street": street, "grid": grids})


@pytest.fixture(scope="module")
def locator() -> Locator:
    return Locator(city([1000, 2000, 500]))


CENTRES = np.array([120.005, 120.015, 120.025])


@pytest.mark.parametrize(
    ("lon", "accuracy_m", "piled", "n", "aside"),
    [
        ([], [], [], [0, 0, 0], (0, 0, 0)),
        ([120.005], [NAN], [0], [1, 0, 0], (0, 0, 0)),
        ([120.005, NAN, 121.0], [NAN] * 3, [0] * 3, [1, 0, 0], (2, 0, 0)),
        ([120.015, 120.015], [NAN, NAN], [1, 0], [0, 1, 0], (0, 1, 0)),
        # Grids are about a kilometre wide.
        ([120.025, 120.025], [400.0, 600.0], [0, 0], [0, 0, 1], (0, 0, 1)),
        ([121.0, 120.025], [600.0, 600.0], [1, 1], [0, 0, 0], (1, 1, 0)),
    ],
    ids=["nothing", "one", "outside", "piled up", "vague", "one reason only"],
)
def test_every_case_is_in_one_cell_or_aside_for_one_reason(locator, lon, accuracy_m, piled, n, aside):
    given = np.array(lon, float), np.full(len(lon), 30.005), np.array(accuracy_m, float), np.array(piled, bool)
    found = count_in(ground_of(locator, "grid"), *given)
    assert (found.n.tolist(), (found.outside, found.piled_up, found.vague)) == (n, aside)
    assert found.n.sum() + found.set_aside == len(lon)
    assert found.kept.sum() == found.n.sum()


def test_a_street_takes_what_is_known_to_the_street_only(locator):
    given = CENTRES, np.full(3, 30.005), np.full(3, 700.0), np.zeros(3, bool)
    assert count_in(ground_of(locator, "street"), *given).n.tolist() == [3]


def test_areas_are_measured_on_the_ground(locator):
    ground = ground_of(locator, "grid")
    assert isinstance(ground, AreaGround)
    # WGS 84 at 30° N: a hundredth of a degree is 965 m by 1 109 m.
    np.testing.assert_allclose(ground.km2, 0.965 * 1.1086, rtol=2e-3)


@pytest.mark.parametrize("by", ["hex", "kde"])
def test_a_lattice_covers_the_city_and_nothing_counts_twice(locator, by):
    rng = np.random.default_rng(5)
    lon, lat = rng.uniform(119.99, 120.04, 2000), rng.uniform(29.99, 30.02, 2000)
    ground = ground_of(locator, by)
    assert isinstance(ground, LatticeGround)
    found = count_in(ground, lon, lat, np.full(2000, NAN), np.zeros(2000, bool))
    inside = (lon >= 120.0) & (lon <= 120.03) & (lat >= 30.0) & (lat <= 30.01)
    assert (found.n.sum(), found.outside) == (inside.sum(), (~inside).sum())
    # Each point lies in the outline of its cell.
    cell = ground.of(lon, lat)[inside]
    x, y = ground.centres(cell)
    rings = np.stack([x, y], axis=-1)[:, None] + ground.outline_deg
    assert shapely.dwithin(shapely.polygons(rings), shapely.points(lon[inside], lat[inside]), 1e-9).all()


def test_a_density_keeps_the_number_of_cases_and_says_how_many_make_it(locator):
    ground = ground_of(locator, "kde")
    lon, lat = np.full(40, 120.015), np.full(40, 30.005)
    per_km2, about = density_in(ground, lon, lat)
    assert (per_km2 * ground.km2).sum() == pytest.approx(40, rel=1e-3)
    x, y = ground.centres(np.array([np.argmax(per_km2)]))
    assert (abs(x[0] - 120.015) < 0.002, abs(y[0] - 30.005) < 0.002) == (True, True)
    # A heap of 40 cases is spread over 4 pi bandwidth²: at its top a Gaussian has 1 / (2 pi bandwidth²).
    assert about.max() == pytest.approx(80, rel=0.05)


def test_two_months_fall_into_the_same_cells(locator):
    ground = ground_of(locator, "hex")
    alone = ground.of(CENTRES[:1], np.array([30.005]))
    among = ground.of(CENTRES, np.full(3, 30.005))
    assert alone[0] == among[0]


@pytest.mark.parametrize("by", ["lane", "colour", ""])
def test_a_place_that_is_not_there_is_refused_with_those_there_are(locator, by):
    with pytest.raises(BadInput) as e:
        ground_of(locator, by)
    assert (e.value.errors[0].field, "street, grid, hex, kde" in e.value.errors[0].mend_en) == ("by", True)


def test_an_edition_without_ground_has_no_lattice():
    with pytest.raises(BadInput):
        ground_of(Locator(Edition("empty", {})), "hex")


@pytest.mark.parametrize(
    ("residents", "grids", "street"),
    [
        ([1000, 2000, 500], [1000, 2000, 500], 3500),
        ([1000, 0, 500], [1000, 0, 500], 1500),
        ([1000, None, 500], [1000, NAN, 500], NAN),
        ([1000, -3, 500], [1000, NAN, 500], NAN),
        ([None, None, None], [NAN] * 3, NAN),
        (["many", True, ""], [NAN] * 3, NAN),
    ],
)
def test_residents_are_their_own_or_the_sum_below_and_unknown_where_one_is(residents, grids, street):
    edition = city(residents)
    np.testing.assert_array_equal(residents_in(edition, edition.layers["grid"]), grids)
    np.testing.assert_array_equal(residents_in(edition, edition.layers["street"]), [street])
