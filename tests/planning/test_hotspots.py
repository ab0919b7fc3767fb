"""Hot spots are esda's own, corrected for how many were looked for; what cannot be judged is said, not dropped."""

import esda
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from libpysal.graph import Graph

from gridsvc.bootstrap import Folder, Router
from gridsvc.planning import areas, counted, emerging, hot_spots, past_cases
from gridsvc.planning.hotspots import PATTERNS, parts_of, touching

SIDE = 12


def squares(values: object, side: int = SIDE) -> gpd.GeoDataFrame:
    """A chessboard of squares, from south-west, row by row."""
    boxes = [shapely.box(x, y, x + 1, y + 1) for y in range(side) for x in range(side)]
    return gpd.GeoDataFrame({"code": [str(i) for i in range(len(boxes))], "rate": values}, geometry=boxes, crs=3857)


def hump(side: int = SIDE, at: tuple[int, int] = (3, 3), height: float = 30.0) -> np.ndarray:
    noise = np.random.default_rng(5).normal(10.0, 1.0, (side, side))
    noise[at[0] - 1 : at[0] + 2, at[1] - 1 : at[1] + 2] += height
    return noise.ravel()


def test_nothing_that_differs_means_no_hot_spots():
    found = hot_spots(squares(np.full(SIDE**2, 4.0)), "rate")
    assert set(found["spot"]) == {""}
    assert found["gi_z"].isna().all()


def test_no_areas_at_all_are_no_hot_spots():
    assert len(hot_spots(squares([], 0), "rate")) == 0


def test_what_is_high_among_high_is_hot_and_nothing_else_is():
    found = hot_spots(squares(hump()), "rate", seed=1)
    centre = 3 * SIDE + 3
    hot = set(found.index[found["spot"] == "hot"])
    assert centre in hot
    # The outermost that still touch the hump.
    assert {(i // SIDE, i % SIDE) for i in hot} <= {(y, x) for y in range(1, 6) for x in range(1, 6)}
    assert found.loc[centre, "cluster"] == "high-high"


def test_one_high_area_among_low_ones_is_an_outlier_of_moran():
    values = hump(height=0.0)
    values[5 * SIDE + 5] = 60.0
    found = hot_spots(squares(values), "rate", seed=1, level=0.2)
    assert found.loc[5 * SIDE + 5, "cluster"] in ("high-low", "")
    assert found.loc[5 * SIDE + 5, "moran_i"] < 0


@pytest.mark.filterwarnings("ignore:The alternative hypothesis for conditional:DeprecationWarning")
def test_the_numbers_are_those_of_esda():
    board = squares(hump())
    found = hot_spots(board, "rate", permutations=499, seed=7)
    rate, own = board["rate"].to_numpy(), {"permutations": 499, "seed": 7, "n_jobs": 1}
    gi = esda.G_Local(rate, touching(board), transform="B", star=True, **own)
    moran = esda.Moran_Local(rate, touching(board), **own)
    np.testing.assert_allclose(found["gi_z"], gi.Zs)
    np.testing.assert_allclose(found["gi_p"], np.minimum(2 * gi.p_sim, 1))
    np.testing.assert_allclose(found["moran_i"], moran.Is)
    assert found.attrs["level_gi"] == pytest.approx(esda.fdr(np.minimum(2 * gi.p_sim, 1), 0.05))


def test_pure_noise_has_next_to_no_hot_spots():
    boards = (squares(np.random.default_rng(i).normal(size=SIDE**2)) for i in range(10))
    named = [int((hot_spots(board, "rate", permutations=999)["spot"] != "").sum()) for board in boards]
    # One error in twenty areas would be seven on each board.
    assert sum(named) < 10


def test_islands_and_unknown_numbers_take_no_part_and_stay_in_the_table():
    board = squares(hump())
    far = gpd.GeoDataFrame({"code": ["far"], "rate": [99.0]}, geometry=[shapely.box(90, 90, 91, 91)], crs=3857)
    board = pd.concat([board, far], ignore_index=True)
    board.loc[0, "rate"] = np.nan
    found = hot_spots(board, "rate", seed=1)
    assert len(found) == len(board)
    assert list(found.index[~found["took_part"]]) == [0, SIDE**2]
    assert found.loc[[0, SIDE**2], "gi_z"].isna().all()
    assert set(found.loc[[0, SIDE**2], "spot"]) == {""}


def test_the_same_seed_gives_the_same_answer():
    board = squares(hump())
    first, second = (hot_spots(board, "rate", permutations=199, seed=3) for _ in range(2))
    pd.testing.assert_frame_equal(
        pd.DataFrame(first.drop(columns="geometry")), pd.DataFrame(second.drop(columns="geometry"))
    )


@pytest.mark.parametrize(
    ("heights", "pattern"),
    [
        ((30, 30, 30, 30, 30), "persistent"),
        ((0, 0, 0, 0, 30), "new"),
        ((30, 30, 0, 0, 0), "historical"),
        ((0, 30, 0, 30, 30), "sporadic"),
    ],
)
def test_each_area_has_the_pattern_of_its_periods(heights: tuple[float, ...], pattern: str):
    board = squares(hump()).drop(columns="rate")
    periods = pd.DataFrame({i: hump(height=h) for i, h in enumerate(heights)}, index=board.index)
    found = emerging(board, periods, seed=2)
    assert found.loc[3 * SIDE + 3, "pattern"] == pattern
    assert found.loc[SIDE**2 - 1, "pattern"] == ""


def test_a_trend_needs_four_periods():
    board = squares(hump())
    with pytest.raises(ValueError, match="four periods"):
        emerging(board, pd.DataFrame(dict.fromkeys(range(3), board["rate"])))


def test_every_case_of_the_demo_is_counted_set_aside_or_outside(demo: Folder, demo_router: Router):
    cases = past_cases(demo)
    found = counted(demo_router, cases, areas(demo_router, "grid"), "grid")
    assert found["n"].sum() + found.attrs["set_aside"] + found.attrs["outside"] == len(cases)
    assert found["n"].sum() > 4000


@pytest.mark.parametrize("layer", ["unit_grid", "community", "street", "district"])
def test_what_touches_is_queen_contiguity_where_areas_share_their_vertices(demo_router: Router, layer: str):
    own = areas(demo_router, layer).to_crs(demo_router.locator.metric.epsg)
    pd.testing.assert_series_equal(
        touching(own).adjacency, Graph.build_contiguity(own, rook=False).adjacency, check_dtype=False
    )


def test_areas_that_overlap_or_lie_a_hair_apart_touch_too():
    boxes = [shapely.box(0, 0, 10, 10), shapely.box(8, 0, 20, 10), shapely.box(20.0005, 0, 30, 10),
             shapely.box(30.1, 0, 40, 10)]  # fmt: skip
    graph = touching(gpd.GeoDataFrame(geometry=boxes, crs=3857))
    assert {i: sorted(graph[i].index) for i in range(3)} == {0: [1], 1: [0, 2], 2: [1]}
    assert list(graph.isolates) == [3]


def test_parts_of_the_time_are_equal_and_hold_everything():
    at = pd.Series(pd.date_range("2024-01-01", periods=61, freq="D", tz="Asia/Shanghai"))
    assert parts_of(at, 6).value_counts(sort=False).tolist() == [10, 10, 10, 10, 10, 11]
    assert parts_of(at[:1], 6).tolist() == [0]
    assert set(PATTERNS) == {"new", "intensifying", "persistent", "diminishing", "sporadic", "historical"}
