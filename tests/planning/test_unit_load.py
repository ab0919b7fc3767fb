"""The work in each unit grid: counted where the service would put it, mixed by weight, and adding up."""

import geopandas as gpd
import numpy as np
import pytest
from drawing import areas, at
from hypothesis import given
from hypothesis import strategies as st

from gridsvc import Router
from gridsvc.errors import BadInput, NotFound
from gridsvc.planning.unit_load import mixed, unit_loads


def city() -> Router:
    """Two communities with 90 and 10 residents; the first has housing and a park."""
    above, below = areas("XXY"), areas("ABC")
    community = gpd.GeoDataFrame({"code": list(above), "residents": [90, 10]}, geometry=list(above.values()), crs=4326)
    columns = {"code": list(below), "land_use": ["residential", "park", "industrial"], "parent": list("XXY")}
    unit = gpd.GeoDataFrame(columns, geometry=list(below.values()), crs=4326)
    unit.attrs["parent"] = "community"
    return Router.from_frames({"community": community, "unit_grid": unit})


def cases(*columns: float) -> gpd.GeoDataFrame:
    lon, lat = np.array([at(c, 0.5) for c in columns]).reshape(-1, 2).T
    return gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs=4326)


def test_cases_are_counted_in_their_unit_grid_whatever_the_reference():
    for crs in (4326, 3857):
        found = unit_loads(city(), cases(0.5, 0.7, 2.5, 9.0).to_crs(crs))
        assert found["cases"].tolist() == [2, 0, 1]


def test_residents_live_where_land_use_lets_them_and_add_up():
    found = unit_loads(city())
    assert found["residents"].tolist() == pytest.approx([90 / 1.02, 90 * 0.02 / 1.02, 10.0])


def test_without_cases_the_rest_counts():
    found = unit_loads(city(), cases(), {"cases": 1.0, "area_m2": 1.0})
    assert found["load"].tolist() == pytest.approx([1 / 3] * 3, rel=1e-4)
    assert not unit_loads(city(), cases(), {"cases": 1.0})["load"].any()


@given(st.lists(st.floats(0.01, 10.0), min_size=2, max_size=2))
def test_shares_add_up_to_one_and_weights_matter_only_against_each_other(weights: list[float]):
    frame = gpd.GeoDataFrame({"a": [1.0, 3.0, 0.0], "b": [5.0, 0.0, 5.0]})
    load = mixed(frame, dict(zip("ab", weights, strict=True)))
    assert load.sum() == pytest.approx(1.0)
    assert load.tolist() == pytest.approx(mixed(frame, dict(zip("ab", np.array(weights) * 7, strict=True))).tolist())


@pytest.mark.parametrize("weights", [{}, {"cases": 0.0}, {"cases": -1.0, "area_m2": 2.0}, {"crimes": 1.0}])
def test_weights_that_mean_nothing_are_refused(weights: dict[str, float]):
    with pytest.raises(BadInput, match="weights"):
        unit_loads(city(), weights=weights)


def test_an_unknown_layer_is_refused():
    with pytest.raises(NotFound):
        unit_loads(city(), layer="cell")
