"""Boundaries in words for planners: frames in, frames out, and the demo city's grids to words and back."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from worded_plans import COUNTY, COUNTY_LANES, COUNTY_SETTLED, COUNTY_TEXTS

from gridsvc.errors import BadInput
from gridsvc.planning import areas, compile_wording, describe_grids, difference, read_city

LANES = gpd.GeoDataFrame(
    {"code": list(COUNTY_LANES), "name": [name for name, _ in COUNTY_LANES.values()], "width_m": 8.0},
    geometry=[shape for _, shape in COUNTY_LANES.values()], crs="EPSG:4326",
)  # fmt: skip
GROUND = gpd.GeoDataFrame(geometry=[COUNTY], crs="EPSG:4326")
TEXTS = pd.DataFrame({"code": list(COUNTY_TEXTS), "text": list(COUNTY_TEXTS.values())})


@pytest.fixture(scope="module")
def demo():
    router, _ = read_city()
    layers = router.snapshot.edition.layers
    named = [layers[x] for x in ("lane", "boundary_street", "street", "community")]
    return areas(router, "district"), layers["grid"], areas(router, "grid"), named


def test_an_empty_plan_is_an_empty_table_and_the_gap_it_leaves():
    plan = compile_wording(TEXTS.iloc[:0], GROUND, LANES)
    assert (len(plan.grids), len(plan.streets), list(plan.review["id"])) == (0, 0, ["gap"])


def test_frames_without_a_reference_are_refused():
    with pytest.raises(BadInput):
        compile_wording(TEXTS, gpd.GeoDataFrame(geometry=[COUNTY]), LANES)


def test_the_county_comes_as_tables_in_any_reference():
    plan = compile_wording(TEXTS, GROUND, LANES.to_crs(4549), settled=COUNTY_SETTLED)
    assert plan.grids["whole"].all()
    assert plan.grids["area_m2"].round(-1).tolist() == pytest.approx([1120, 950, 950, 1430, 1430, 1910], abs=40)
    assert set(plan.streets.loc[plan.streets["owner"].isna(), "name"]) == {"卫生路", "财运来大道"}
    orphans = plan.review[plan.review["id"] == "orphan_street"]
    assert orphans["zh"].str.contains("卫生路").any()
    assert orphans["lon"].notna().all()
    assert set(plan.edition.layers) == {"plan_area", "grid", "lane", "boundary_street"}


def test_the_demo_citys_grids_come_back_from_words_wherever_all_their_border_has_a_name(demo):
    ground, layer, grids, named = demo
    told = describe_grids(layer, ground, *named)
    back = compile_wording(told, ground, *named)
    share = difference(grids, back.grids)
    named_all_round = (told["unsaid_m"] < 1.0).to_numpy()
    assert named_all_round.sum() == 10
    assert (share[named_all_round] < 1e-9).all()
    # Where a border follows no lane, words cannot hold it, and the table says how many metres of it they leave out.
    assert (told.loc[share.to_numpy() > 1e-9, "unsaid_m"] > 100.0).all()
    assert back.grids.loc[named_all_round, "whole"].all()


@pytest.mark.parametrize("column", ["text", "text_en"])
def test_what_was_compiled_is_said_in_the_same_words_again(demo, column: str):
    ground, layer, _, named = demo
    told = describe_grids(layer, ground, *named)
    sure = told[told["unsaid_m"] < 1.0]
    back = compile_wording(sure.assign(text=sure[column]), ground, *named)
    again = describe_grids(back.grids[["code", "name", "geometry"]], ground, *named)
    assert again["text"].tolist() == sure["text"].tolist()
    assert (again["unsaid_m"] < 1.0).all()


def test_a_street_is_included_by_the_grid_that_owns_it(demo):
    ground, layer, _, named = demo
    told = describe_grids(layer, ground, *named).set_index("code")["text"]
    assert "瑞景路以北（含）" in told["990101005G03"]
    assert "体育场路以南（含）" in told["990101005G02"]
    assert "体育场路以北（含）" not in told["990101005G01"]


def test_difference_of_a_missing_grid_is_all_of_it():
    one = gpd.GeoDataFrame({"code": ["A", "B"]}, geometry=[shapely.box(0, 0, 2, 1), shapely.box(2, 0, 4, 1)], crs=4326)
    other = gpd.GeoDataFrame({"code": ["A"]}, geometry=[shapely.box(0, 0, 1, 1)], crs=4326)
    assert np.allclose(difference(one, other), [0.5, 1.0])
