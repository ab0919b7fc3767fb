"""Unit grids as a notebook makes them: frames in, a frame out that goes straight into a router."""

import geopandas as gpd
import numpy as np
import pytest
from drawing import METRIC, areas, at, line, polygon

from gridsvc import Router
from gridsvc.errors import BadInput
from gridsvc.planning import unit_grids
from gridsvc.spatial.topology import check_edition

CODES = ["110101001001", "110101001002"]
SIZE_M2 = float(gpd.GeoSeries(areas("AAAA\nAAAA")["A"], crs=4326).to_crs(METRIC.epsg).area[0])


def communities(crs: int = 4326) -> gpd.GeoDataFrame:
    drawn = areas("AAAABBBB\n" * 4)
    return gpd.GeoDataFrame({"code": CODES}, geometry=[drawn["A"], drawn["B"]], crs=4326).to_crs(crs)


def test_a_frame_of_grids_is_ready_for_a_router():
    grids = unit_grids(communities(), target_m2=SIZE_M2)
    assert list(grids["code"]) == [c + n for c in CODES for n in ("001", "002")]
    assert list(grids["parent"]) == [c for c in CODES for _ in range(2)]
    assert np.allclose(grids["area_m2"], SIZE_M2, rtol=0.01)
    assert grids.crs == 4326
    router = Router.from_frames({"community": communities(), "unit_grid": grids})
    assert check_edition(router.snapshot.edition).findings == ()


@pytest.mark.parametrize("crs", [4326, 3857, METRIC.epsg])
def test_communities_and_lines_may_come_in_any_reference(crs):
    roads = gpd.GeoDataFrame(geometry=[line((2, -1), (2, 5))], crs=4326).to_crs(crs)
    grids = unit_grids(communities(crs), roads, target_m2=SIZE_M2)
    west = grids[grids["parent"] == CODES[0]].union_all().intersection(line((2, -1), (2, 5)))
    shared = grids.geometry[0].intersection(grids.geometry[1])
    assert shared.hausdorff_distance(west) < 1e-8


def test_a_column_of_weights_says_which_line_a_grid_may_cross():
    roads = gpd.GeoDataFrame({"weight": [1, 9]}, geometry=[line((1, -1), (1, 5)), line((2, -1), (2, 5))], crs=4326)
    ends = {}
    for name, weights in (("east", [1, 9]), ("west", [9, 1])):
        grids = unit_grids(communities()[:1], roads.assign(weight=weights), target_m2=1.5 * SIZE_M2)
        ends[name] = sorted(round((x - at(0, 0)[0]) / (at(1, 0)[0] - at(0, 0)[0])) for x in grids.bounds["maxx"])
    assert ends == {"east": [2, 4], "west": [1, 4]}


def test_buildings_are_not_cut():
    house = polygon((0.5, 1.5), (3.5, 1.5), (3.5, 2.5), (0.5, 2.5))
    grids = unit_grids(communities()[:1], target_m2=SIZE_M2, buildings=gpd.GeoDataFrame(geometry=[house], crs=4326))
    assert not grids.boundary.intersects(house.buffer(-1e-5)).any()


def test_communities_that_name_a_layer_above_are_welcome():
    frame = communities()
    frame.attrs["parent"] = "street"
    assert len(unit_grids(frame, target_m2=SIZE_M2)) == 4


def test_no_community_makes_an_empty_frame():
    assert len(unit_grids(communities()[:0])) == 0


@pytest.mark.parametrize("which", ["communities", "lines", "buildings"])
def test_a_frame_without_a_reference_is_refused(which):
    given = {"communities": communities(), "lines": gpd.GeoDataFrame(geometry=[line((0, 0), (1, 1))], crs=4326)}
    given["buildings"] = gpd.GeoDataFrame(geometry=[polygon((0, 0), (1, 0), (1, 1))], crs=4326)
    given[which] = given[which].set_crs(None, allow_override=True)
    with pytest.raises(BadInput, match="no CRS"):
        unit_grids(**given)
