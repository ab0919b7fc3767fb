"""A geocoder's default point is told from a real hot spot by what the cases there have in common."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridsvc.bootstrap import Folder, past_cases
from gridsvc.errors import BadInput
from gridsvc.spatial.pileup import _expected_kinds, labels_in, piled_up, pileup_warning, pileups

CENTRE = (120.2249, 30.3196)


@pytest.fixture(scope="module")
def cases(demo: Folder) -> pd.DataFrame:
    new = [past.new for past in past_cases(demo)]
    return pd.DataFrame({"lon": [n.point.lon for n in new], "lat": [n.point.lat for n in new],
                         "category": [n.category for n in new],
                         "address": [f"新华路 {i} 号" for i in range(len(new))]})  # fmt: skip


def stacked(cases: pd.DataFrame, rows: list[int], **labels: str | None) -> pd.DataFrame:
    """The same cases with some of them on one coordinate, and labels of these replaced."""
    changed = cases.copy()
    changed.loc[rows, ["lon", "lat"]] = CENTRE
    for name, value in labels.items():
        changed.loc[rows, name] = value
    return changed


def some(cases: pd.DataFrame, n: int, seed: int = 1) -> list[int]:
    return cases.sample(n, random_state=seed).index.tolist()


def rows_piled(cases: pd.DataFrame, *names: str) -> list[int]:
    return np.flatnonzero(piled_up(cases["lon"], cases["lat"], *(cases[n] for n in names))).tolist()


@pytest.mark.parametrize("names", [["category"], ["address"], ["category", "address"]])
@pytest.mark.parametrize("n", [10, 25, 300])
def test_unrelated_cases_on_one_coordinate_are_marked_and_no_other(cases, names, n):
    rows = some(cases, n)
    assert rows_piled(stacked(cases, rows), *names) == sorted(rows)


def test_the_place_the_rows_and_the_usual_number_are_told(cases):
    changed = stacked(cases, some(cases, 40))
    [pile] = pileups(changed["lon"], changed["lat"], changed["category"])
    assert (pile.lon, pile.lat) == CENTRE
    assert len(pile.rows) == 40
    assert 1.0 <= pile.believable < 2.0


@pytest.mark.parametrize("names", [["category"], ["address"], ["category", "address"]])
def test_the_demo_city_has_no_pileup(cases, names):
    assert rows_piled(cases, *names) == []


def test_one_pothole_reported_eight_times_is_no_pileup(cases):
    rows = some(cases, 8)
    assert rows_piled(stacked(cases, rows, category="06013"), "category") == []
    assert rows_piled(stacked(cases, rows), "category", "address") == []


@pytest.mark.parametrize("n", [12, 40, 300])
def test_one_kind_of_case_on_one_coordinate_is_a_hot_spot(cases, n):
    assert rows_piled(stacked(cases, some(cases, n), category="06013"), "category", "address") == []


def test_a_bus_station_with_its_few_kinds_is_a_hot_spot(cases):
    changed = stacked(cases, rows := some(cases, 60))
    changed.loc[rows, "category"] = np.resize(["09009", "09010", "09001", "06010", "07001", "06012"], 60)
    assert rows_piled(changed, "category", "address") == []


def test_many_kinds_at_one_address_are_a_hot_spot(cases):
    assert rows_piled(stacked(cases, some(cases, 60), address="汽车北站"), "category", "address") == []


def test_reports_that_lie_a_metre_apart_are_no_pileup(cases):
    changed = stacked(cases, rows := some(cases, 60))
    changed.loc[rows, "lon"] += np.arange(60) * 1e-5
    assert rows_piled(changed, "category") == []


def test_coordinates_equal_to_six_decimals_are_one(cases):
    changed = stacked(cases, rows := some(cases, 60))
    changed.loc[rows, "lon"] += np.linspace(-4e-7, 4e-7, 60)
    assert rows_piled(changed, "category") == sorted(rows)


def test_a_geocoder_that_knows_only_blocks_makes_no_pileup(cases):
    blocks = cases.assign(lon=cases["lon"].round(3), lat=cases["lat"].round(3))
    assert blocks.value_counts(["lon", "lat"]).max() >= 10
    assert rows_piled(blocks, "category") == []
    rows = some(cases, 400)
    assert set(rows) <= set(rows_piled(stacked(blocks, rows), "category"))


def test_two_default_points_do_not_hide_each_other(cases):
    changed = stacked(cases, first := some(cases, 40))
    second = some(cases.drop(first), 30, seed=2)
    changed.loc[second, ["lon", "lat"]] = CENTRE[0] + 0.001, CENTRE[1]
    assert rows_piled(changed, "category") == sorted(first + second)
    assert [len(p.rows) for p in pileups(changed["lon"], changed["lat"], changed["category"])] == [40, 30]


def test_unstated_labels_tell_nothing(cases):
    changed = stacked(cases, rows := some(cases, 40))
    for nothing in ("", " ", None, np.nan):
        silent = np.full(len(changed), nothing, dtype=object)
        assert not piled_up(changed["lon"], changed["lat"], silent).any()
        assert piled_up(changed["lon"], changed["lat"], changed["category"], silent)[rows].all()


def test_where_all_cases_are_of_one_kind_nothing_can_be_told(cases):
    changed = stacked(cases, some(cases, 40)).assign(category="06013")
    assert rows_piled(changed, "category") == []


def test_rows_without_a_position_are_never_marked():
    lon, lat = np.full(40, np.nan), np.full(40, 30.0)
    assert not piled_up(lon, lat, np.arange(40)).any()
    assert not piled_up(np.full(40, 400.0), lat, np.arange(40)).any()


def test_no_cases_make_no_pileup():
    assert piled_up([], [], []).tolist() == []
    assert pileup_warning([], [], []) is None


@pytest.mark.parametrize("labels", [[], [["a"]], [["a", "b"], ["a"]]])
def test_labels_that_are_missing_or_of_another_length_are_refused(labels):
    with pytest.raises(BadInput) as e:
        piled_up([120.0, 120.0], [30.0, 30.0], *labels)
    assert e.value.errors[0].field == "labels"


def test_the_warning_counts_and_names_the_fullest_place_in_both_languages(cases):
    changed = stacked(cases, some(cases, 40))
    zh, en = pileup_warning(changed["lon"], changed["lat"], changed["category"])
    assert zh.startswith("警告：40 个互不相干的案件堆在 1 个坐标上，最多的是 120.224900,30.319600（40 个）")
    assert en.startswith("warning: 40 unrelated cases lie on 1 coordinates, the fullest is 120.224900,30.319600 (40)")


def test_the_columns_that_tell_cases_apart_are_taken_from_a_table(cases):
    assert [list(c) for c in labels_in(cases)] == [list(cases["category"]), list(cases["address"])]
    assert labels_in(cases[["lon", "lat"]]) == []


@given(st.lists(st.integers(1, 30), min_size=1, max_size=8), st.data())
def test_the_expected_kinds_are_those_of_drawing_by_hand(counts, data):
    n = data.draw(st.integers(0, sum(counts)))
    expected = _expected_kinds(np.array(counts), n)
    assert min(n, 1) - 1e-6 <= expected <= min(n, len(counts)) + 1e-6
    pool = np.repeat(np.arange(len(counts)), counts)
    random = np.random.default_rng(0)
    drawn = [len(np.unique(random.permutation(pool)[:n])) for _ in range(400)]
    assert expected == pytest.approx(np.mean(drawn), abs=0.35)


@given(st.permutations(range(60)))
def test_the_order_of_the_rows_does_not_matter(order):
    lon = np.where(np.arange(60) < 20, 120.0, 120.0 + np.arange(60) * 1e-3)
    kinds = np.arange(60) % 17
    assert (
        piled_up(lon[order], np.full(60, 30.0), kinds[order])[np.argsort(order)].tolist() == [True] * 20 + [False] * 40
    )


def los_angeles(shared: Path, year: str) -> pd.DataFrame:
    return pd.read_csv(shared / "los-angeles" / f"cases-{year}.csv.gz", dtype={"requesttype": str})


@pytest.mark.parametrize("year", ["2017", "2020"])
def test_real_camps_walls_and_tower_blocks_are_no_pileups(shared, year):
    cases = los_angeles(shared, year)
    fullest = cases.value_counts(["longitude", "latitude"]).max()
    assert fullest == {"2017": 12, "2020": 38}[year]
    assert not piled_up(cases["longitude"], cases["latitude"], cases["requesttype"]).any()


@pytest.mark.parametrize("n", [30, 100])
@pytest.mark.parametrize("year", ["2017", "2020"])
def test_real_cases_put_to_the_city_hall_are_marked(shared, year, n):
    cases = los_angeles(shared, year)
    rows = cases.dropna(subset=["latitude"]).sample(n, random_state=5).index
    cases.loc[rows, ["longitude", "latitude"]] = -118.242766, 34.053691
    marked = np.flatnonzero(piled_up(cases["longitude"], cases["latitude"], cases["requesttype"]))
    assert marked.tolist() == sorted(rows)
