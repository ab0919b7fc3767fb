"""Tables between areas as a notebook gets them."""

import geopandas as gpd
import numpy as np
import pytest
from drawing import METRIC, areas, at, line

from gridsvc import Router
from gridsvc.errors import BadInput, NotFound
from gridsvc.planning import correspondence, crosswalk


def router(**pictures: str) -> Router:
    """A city of drawn partitions; a layer called ``free`` may overlap."""
    frames = {}
    for name, picture in pictures.items():
        drawn = areas(picture)
        frames[name] = gpd.GeoDataFrame({"code": list(drawn)}, geometry=list(drawn.values()), crs=4326)
        frames[name].attrs["coverage"] = "free" if name == "free" else "partition"
    return Router.from_frames(frames)


def points(*places: tuple[float, float], crs: int = 4326) -> gpd.GeoDataFrame:
    lon, lat = np.array([at(*p) for p in places]).T
    return gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs=4326).to_crs(crs)


def test_networks_over_one_ground_correspond_with_shares():
    table = correspondence(router(unit_grid="AABBCC", police="XXXYYY"), "unit_grid", "police")
    assert list(table.columns) == ["a", "b", "m2", "share_a", "share_b", "several"]
    assert list(table["a"] + table["b"]) == ["AX", "BX", "BY", "CY"]
    assert table["share_a"].to_numpy() == pytest.approx([1, 0.5, 0.5, 1], abs=1e-5)
    assert table["share_b"].to_numpy() == pytest.approx([2 / 3, 1 / 3, 1 / 3, 2 / 3], abs=1e-5)
    assert list(table["several"]) == [False, True, True, False]
    one = gpd.GeoSeries(list(areas("AA").values()), crs=4326).to_crs(METRIC.epsg).area[0]
    assert table["m2"].sum() == pytest.approx(3 * one, rel=1e-4)


def test_layers_apart_correspond_nowhere_and_an_unknown_one_is_refused():
    city = router(unit_grid="A..", police="..X")
    nothing = correspondence(city, "unit_grid", "police")
    assert (len(nothing), nothing.columns[0]) == (0, "a")
    with pytest.raises(NotFound, match="no such layer"):
        correspondence(city, "unit_grid", "sanitation")


@pytest.mark.parametrize("crs", [4326, METRIC.epsg])
def test_figures_go_over_by_ground_and_by_cases(crs: int):
    # A is cut into X and Y; its cases all lie in X, but for one outside the city.
    cases = points((0.2, 0.5), (0.4, 0.5), (2.5, 0.5), (9.0, 9.0), crs=crs)
    table, loss = crosswalk(router(grid="AAB"), router(grid="XYB"), "grid", cases)
    named = table.fillna({"before": "-", "after": "-"})
    rows = {r.before + r.after: (round(r.share_before, 4), r.cases) for r in named.itertuples()}
    assert rows == {"AX": (0.5, 2), "AY": (0.5, 0), "BB": (1.0, 1), "--": (0.0, 1)}
    assert loss == pytest.approx(1 / 3, abs=1e-4)
    without, unknown = crosswalk(router(grid="AAB"), router(grid="XYB"), "grid")
    assert list(without["before"]) == ["A", "A", "B"]
    assert "cases" not in without
    assert unknown is None


def test_where_areas_overlap_no_loss_is_told():
    city = router(free="AAB")
    table, loss = crosswalk(city, city, "free", points((0.5, 0.5)))
    assert list(table["cases"]) == [1, 0]
    assert loss is None


def test_lines_are_refused():
    lanes = gpd.GeoDataFrame({"code": ["L"]}, geometry=[line((0, 0), (1, 0))], crs=4326)
    city = Router.from_frames({"lane": lanes})
    with pytest.raises(BadInput, match="only areas"):
        crosswalk(city, city, "lane")
