"""Points that stand for all ground: every combination of areas that a random point meets is met by one of them."""

import numpy as np
import pytest
import shapely
from drawing import METRIC, areas, at, edition, layer, line
from hypothesis import given, settings
from hypothesis import strategies as st

from gridsvc.spatial.combinations import one_in_each
from gridsvc.spatial.locate import Locator

STREETS = """
    XXXYYY
    XXXYYY
"""
STREET = layer("street", STREETS)
GRID = layer("grid", "abcdef\nabcdef", within=STREETS, parent="street")
LANE = layer("lane", {"L": line((0, 1), (4, 1)), "M": line((2, 0), (2, 2)), "N": line((5, 0), (5, 2))}, geometry="line",
             coverage="free", props={"L": {"width_m": 4}, "M": {"width_m": 6}})  # fmt: skip
PLACE = layer("place", {"P": shapely.Point(at(1.5, 0.5)), "Q": shapely.Point(at(3.5, 0.5))}, geometry="point",
              coverage="free", props={"P": {"radius_m": 3}})  # fmt: skip


def combinations(drawn, lon, lat, read, near_m=0.0) -> set[tuple[tuple[int, ...], ...]]:
    """By layer the areas that hold a point, of a partition the one that it belongs to."""
    found = Locator(drawn).locate(lon, lat, "wgs84", near_m)
    return {
        tuple(
            (int(found.position[code][row]),)
            if drawn.layers[code].spec.coverage == "partition"
            else tuple(found.layers[code].covering(row).tolist())
            for code in read
        )
        for row in range(len(lon))
    }


@pytest.mark.parametrize("drawn", [edition(), edition(layer("street", {}))])
def test_without_ground_there_are_none(drawn):
    assert one_in_each(drawn, list(drawn.layers))[0].shape == (0,)


def test_without_layers_there_is_one_in_each_area_of_the_others():
    drawn = edition(STREET, GRID)
    lon, lat = one_in_each(drawn, [], ["grid"])
    assert Locator(drawn).locate(lon, lat, "wgs84").codes("grid").tolist() == list("abcdef")


def test_what_has_no_width_is_met_where_it_is():
    drawn = edition(STREET, LANE, PLACE)
    met = combinations(drawn, *one_in_each(drawn, ["lane", "place"]), ["lane", "place"])
    assert any(lane == (2,) for lane, _ in met)
    assert any(place == (1,) for _, place in met)


def test_ground_that_is_only_near_a_partition_is_met():
    drawn = edition(STREET, LANE)
    wide = combinations(drawn, *one_in_each(drawn, ["street", "lane"], near_m=1.0), ["street", "lane"], 1.0)
    assert ((-1,), (0,)) in wide


def test_discs_cut_the_ground_too():
    lon, lat = one_in_each(edition(STREET), ["street"], discs=[(*at(3, 1), 5.0), (*at(9, 9), 1.0)])
    x, y = METRIC.xy(lon, lat)
    for centre, radius_m, streets in ((at(3, 1), 5.0, 2), (at(9, 9), 1.0, 0)):
        cx, cy = METRIC.xy(np.array([centre[0]]), np.array([centre[1]]))
        inside = np.hypot(x - cx, y - cy) < radius_m
        met = combinations(edition(STREET), lon[inside], lat[inside], ["street"])
        assert len({street[0] for (street,) in met if street[0] >= 0}) == streets


cells = st.tuples(st.integers(0, 4), st.integers(0, 1), st.integers(1, 2))
places = st.lists(st.tuples(st.floats(-0.5, 6.5), st.floats(-0.5, 2.5)), min_size=40, max_size=40)


@settings(max_examples=40, deadline=None)
@given(st.lists(cells, min_size=1, max_size=4), places)
def test_every_combination_that_a_point_meets_is_met(drawn_zones, where):
    zones = {f"Z{i}": shapely.box(*at(c, r + h), *at(c + 1.5, r)) for i, (c, r, h) in enumerate(drawn_zones)}
    drawn = edition(STREET, GRID, LANE, layer("zone", zones, coverage="free"))
    read = ["street", "lane", "zone"]
    met = combinations(drawn, *one_in_each(drawn, read, ["grid"]), read)
    lon, lat = np.array([at(*w) for w in where]).T
    edges = shapely.union_all([shapely.boundary(g) for g in (*areas(STREETS).values(), *zones.values())])
    lanes = METRIC.geometries(LANE.geometries)
    here = shapely.points(np.column_stack(METRIC.xy(lon, lat)))
    rims_m = np.abs([shapely.distance(lane, here) - reach for lane, reach in zip(lanes, LANE.reach_m, strict=True)])
    # A circle of many corners is no circle: within a finger's breadth of its rim the two may differ.
    clear = (shapely.distance(edges, shapely.points(lon, lat)) > 1e-7) & (rims_m > 0.05).all(axis=0)
    clear &= ~(np.abs(lon - at(5, 0)[0]) < 1e-7)
    outside = ((-1,), (), ())
    assert combinations(drawn, lon[clear], lat[clear], read) <= met | {outside}
