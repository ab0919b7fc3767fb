"""Rates say what they rest on, quiet areas are named by chance alone, and places come back by distance."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from scipy.stats import poisson
from small_city import TABLES, write_city

from gridsvc.planning import hours, past_cases, quiet, rated, read_city, recurring


def areas_with(n: list[int]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"code": [str(i) for i in range(len(n))], "n": n}, geometry=[None] * len(n), crs=4326)


def cases_at(rows: list[tuple[float, float, str, str]], crs: int | None = 32651) -> gpd.GeoDataFrame:
    x, y, category, at = zip(*rows, strict=True) if rows else ((), (), (), ())
    frame = {"category": category, "reported_at": pd.to_datetime(list(at), utc=True).tz_convert("Asia/Shanghai")}
    return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(x, y), crs=crs)


def test_an_unknown_denominator_is_unknown_and_not_zero():
    found = rated(areas_with([5, 5, 5]), 30.0, [2.0, 0.0, np.nan])
    assert found["rate"].tolist()[0] == 2.5
    assert found[["rate", "low", "high", "smoothed"]].iloc[1:].isna().all(axis=None)


def test_no_cases_are_a_rate_of_zero_up_to_three_per_period():
    found = rated(areas_with([0, 100]), 30.0, [1.0, 1.0])
    assert found.loc[0, ["rate", "low"]].tolist() == [0.0, 0.0]
    # Whoever has 3.69 on the mean still sees none in one period of forty.
    assert found.loc[0, "high"] == pytest.approx(-np.log(0.025))
    assert found["few"].tolist() == [False, False]


@pytest.mark.parametrize("n", [1, 9, 10, 250])
def test_the_interval_is_the_exact_one_of_a_count(n: int):
    found = rated(areas_with([n]), 60.0, 4.0)
    low, high = (found.loc[0, name] * 4.0 * 60.0 / 30.0 for name in ("low", "high"))
    assert poisson.sf(n - 1, low) == pytest.approx(0.025)
    assert poisson.cdf(n, high) == pytest.approx(0.025)
    assert found.loc[0, "few"] == (n < 10)


def test_areas_with_little_to_go_by_are_drawn_towards_the_mean():
    found = rated(areas_with([3, 300, 500, 200]), 30.0, [0.1, 100.0, 100.0, 100.0])
    mean = 1003 / 300.1
    assert abs(found.loc[0, "smoothed"] - mean) < 0.5 * abs(found.loc[0, "rate"] - mean)
    assert found.loc[2, "smoothed"] == pytest.approx(found.loc[2, "rate"], rel=0.1)


def test_quiet_is_what_chance_does_not_explain():
    found = quiet(areas_with([*[95, 105] * 10, 2, 0]), [*[1.0] * 21, 0.001])
    assert found.index[found["quiet"]].tolist() == [20]
    assert found.loc[21, "unseen"] > 1 > found.loc[20, "unseen"]
    assert found["expected"].sum() == pytest.approx(2002)


def test_where_cases_come_in_clusters_a_low_count_is_less_of_a_surprise():
    even, clustered = [100] * 10 + [70], [20, 180] * 5 + [70]
    assert quiet(areas_with(even), 1.0)["quiet"].tolist()[-1]
    found = quiet(areas_with(clustered), 1.0)
    assert not found["quiet"].any()
    assert found.attrs["dispersion"] > 30


def test_nothing_known_names_nobody():
    assert not quiet(areas_with([5, 0]), np.nan)["quiet"].any()


def test_hours_are_the_citys_own_and_every_hour_has_a_column():
    cases = cases_at([(0, 0, "a", "2024-06-10T16:30:00Z"), (0, 0, "b", "2024-06-10T15:59:59Z")])
    table = hours(cases)
    assert table.shape == (7, 24)
    assert table.loc["二 Tue", 0] == 1
    assert table.loc["一 Mon", 23] == 1
    assert table.to_numpy().sum() == 2
    assert hours(cases, "category").loc[("a", "二 Tue"), 0] == 1


def test_a_place_is_where_the_same_matter_comes_back():
    there = [(i * 5.0, 0.0, "a", f"2024-0{i + 1}-10T04:00:00Z") for i in range(5)]
    others = [(i * 5.0, 3.0, f"other {i}", "2024-01-10T04:00:00Z") for i in range(5)]
    found = recurring(cases_at([*there, *others, (900.0, 0.0, "a", "2024-01-01T04:00:00Z")]))
    assert found[["category", "cases", "months"]].to_numpy().tolist() == [["a", 5, 5]]
    assert (found.geometry[0].x, found["reach_m"][0]) == (pytest.approx(10.0), pytest.approx(10.0))


@pytest.mark.parametrize("rows", [[], [(0.0, 0.0, "a", "2024-01-01T04:00:00Z")]])
def test_too_few_are_no_place(rows: list[tuple[float, float, str, str]]):
    assert len(recurring(cases_at(rows))) == 0


@pytest.mark.parametrize("crs", [None, 4326])
def test_degrees_are_not_metres(crs: int | None):
    with pytest.raises(ValueError, match="metres"):
        recurring(cases_at([(120.0, 30.0, "a", "2024-01-01T04:00:00Z")], crs))


def test_past_cases_are_told_in_the_citys_own_time_whatever_offset_their_table_has(tmp_path: Path):
    row = {"category": "06010", "source": "app", "x": "120.005", "y": "30.005"}
    table = [row | {"reported_at": at} for at in ("2024-06-09T16:30:00Z", "2024-06-10T00:30:00+08:00")]
    folder = write_city(tmp_path, tables=TABLES | {"cases": table})
    found = past_cases(read_city(folder)[1])
    assert [str(at) for at in found["reported_at"]] == ["2024-06-10 00:30:00+08:00"] * 2
    assert hours(found).loc["一 Mon", 0] == 2


def test_a_folder_without_cases_has_none(tmp_path: Path):
    found = past_cases(read_city(write_city(tmp_path))[1])
    assert (len(found), found.crs) == (0, "EPSG:4326")
