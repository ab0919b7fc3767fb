"""What is covered, and by whom it is missed: beside answers worked out place by place."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from drawing import METRIC, areas, at, beside
from hypothesis import given, settings
from hypothesis import strategies as st

from gridsvc import Router
from gridsvc.bootstrap import read_all
from gridsvc.carried import carried
from gridsvc.errors import BadInput
from gridsvc.planning.coverage import (
    components_of,
    covered_by,
    demand_points,
    share_of_length,
    staff_density,
    within,
)

CORNER = (120.0, 30.0)


def square(side_m: float, crs: int = 4326) -> gpd.GeoDataFrame:
    """A square with its south-western corner at CORNER."""
    west, south = METRIC.xy(np.array([CORNER[0]]), np.array([CORNER[1]]))
    box = shapely.box(west[0], south[0], west[0] + side_m, south[0] + side_m)
    return gpd.GeoDataFrame(geometry=[box], crs=METRIC.epsg).to_crs(crs)


def places(*metres: tuple[float, float]) -> gpd.GeoDataFrame:
    """Points some metres east and north of CORNER."""
    found = [beside(CORNER, *m) for m in metres]
    return gpd.GeoDataFrame(geometry=gpd.points_from_xy(*np.array(found).reshape(-1, 2).T), crs=4326)


def residents(side_m: float, n: float) -> gpd.GeoDataFrame:
    return square(side_m).assign(residents=n)


@pytest.mark.parametrize("crs", [4326, METRIC.epsg, 3857])
def test_a_circle_in_the_middle_covers_its_area_and_its_people(crs: int):
    found = within(square(1000, crs), places((500, 500)), 300, residents(1000, 1000.0))
    disc = np.pi * 0.3**2
    assert found.share == pytest.approx(disc, rel=1e-3)
    assert found.people_share == pytest.approx(disc, rel=1e-3)
    assert (len(found.gaps), found.gaps.crs) == (1, 4326)
    assert found.gaps["area_m2"].sum() == pytest.approx(1e6 * (1 - disc), rel=1e-3)


def test_without_places_all_is_one_gap_and_with_enough_there_is_none():
    nothing = within(square(400), places(), 500, residents(400, 8.0))
    assert (nothing.share, nothing.people_share, len(nothing.gaps)) == (0.0, pytest.approx(0.0), 1)
    everything = within(square(400), places((200, 200)), 500, residents(400, 8.0))
    assert (everything.share, everything.people_share, len(everything.gaps)) == (1.0, 1.0, 0)


def test_places_outside_the_area_cover_it_too():
    assert within(square(400), places((-50, 200)), 500).share == 1.0


def test_where_nobody_is_known_no_share_of_people_is_told():
    assert np.isnan(within(square(400), places((0, 0)), 100).people_share)


@pytest.mark.parametrize("metres", [0.0, -1.0, np.inf, np.nan])
def test_a_distance_that_is_none_is_refused(metres: float):
    with pytest.raises(BadInput, match="distance"):
        within(square(400), places((0, 0)), metres)


def test_a_frame_without_a_reference_is_refused():
    with pytest.raises(BadInput, match="no CRS"):
        within(square(400), places((0, 0)).set_crs(None, allow_override=True), 100)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1000), st.floats(0, 1000)), max_size=5), st.floats(60, 600))
def test_every_point_of_a_lattice_is_in_a_gap_just_where_all_places_are_too_far(drawn: list, metres: float):
    there = places(*drawn)
    found = within(square(1000), there, metres)
    lattice = np.array([(x, y) for x in range(25, 1000, 50) for y in range(25, 1000, 50)], dtype=float)
    away = np.full(len(lattice), np.inf)
    for x, y in drawn:
        away = np.minimum(away, np.hypot(lattice[:, 0] - x, lattice[:, 1] - y))
    gaps = shapely.union_all(found.gaps.to_crs(METRIC.epsg).geometry.to_numpy())
    at_m = places(*lattice).to_crs(METRIC.epsg).geometry.to_numpy()
    # Near the circle itself, and in gaps too small to be told, either is right.
    clear = abs(away - metres) > 12.0
    assert (shapely.covers(gaps, at_m) == (away > metres))[clear].all()
    assert found.share == pytest.approx((away <= metres).mean(), abs=0.08)


def test_what_was_reached_may_be_any_polygons():
    half = covered_by(square(1000), square(500), residents(1000, 100.0))
    assert half.share == pytest.approx(0.25, rel=1e-6)
    assert half.gaps["people"].sum() == pytest.approx(75.0, rel=1e-6)


def test_demand_stands_for_all_ground_and_all_people():
    found = demand_points(square(1000), residents(1000, 400.0), 50.0)
    assert (len(found), found.crs) == (400, 4326)
    assert found["people"].sum() == pytest.approx(400.0)
    assert found["area_m2"].sum() == pytest.approx(1e6)


@pytest.fixture(scope="module")
def demo() -> Router:
    return Router(read_all(carried("boundaries")).snapshot)


def test_components_of_a_class_are_points(demo: Router):
    toilets = components_of(demo, "03001")
    expected = [c for c in demo.snapshot.components if c.class_code == "03001" and c.state != "removed"]
    assert toilets["code"].tolist() == [c.code for c in expected]
    assert toilets.geometry.iloc[0].x == expected[0].point.lon
    assert len(components_of(demo, "99999")) == 0


def test_people_are_counted_once_and_in_the_areas_above(demo: Router):
    found = staff_density(demo, "street", ["grid_worker", "persuader"]).set_index("code")
    posts = [p for p in demo.snapshot.staff.posts if p.role in ("grid_worker", "persuader") and p.layer == "grid"]
    for street, row in found.iterrows():
        own = {p.person for p in posts if (p.area or "").startswith(street)}
        assert row["people"] == len(own) > 0
        assert row["short"] == max(0, np.ceil(20 * row["km2"] - len(own)))
        assert row["enough"] == (len(own) / row["km2"] >= 20)


def test_deep_cleaned_roads_are_measured_by_length():
    lanes = gpd.GeoDataFrame({"code": list("ABCD"), "tier": ["arterial", "arterial", "secondary", "alley"],
                              "length_m": [300.0, 100.0, 600.0, 999.0]})  # fmt: skip
    table = share_of_length(lanes, ["A", "B"], ["arterial", "secondary"]).set_index("tier")
    assert table["share"].tolist() == [1.0, 0.0, 0.4]
    assert table["enough"].tolist() == [True, False, True]
    assert np.isnan(share_of_length(lanes, [], ["expressway"])["share"]).all()
    with pytest.raises(BadInput, match="no such roads"):
        share_of_length(lanes, ["D"], ["arterial"])


def test_overlapping_areas_count_once():
    drawn = areas("AAB", "BBB")
    twice = gpd.GeoDataFrame(geometry=list(drawn.values()), crs=4326)
    once = gpd.GeoDataFrame(geometry=[shapely.union_all(list(drawn.values()))], crs=4326)
    there = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*np.array([at(0.5, 0.5)]).T), crs=4326)
    assert within(twice, there, 10.0).area_m2 == pytest.approx(within(once, there, 10.0).area_m2)
