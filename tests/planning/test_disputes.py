"""Returned cases on the borders beside which they lie, and how often the first dispatch was right."""

from datetime import timedelta

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from drawing import areas, at
from told_cases import DAY, START, Told, answer, ordinary

from gridsvc import Router
from gridsvc.casework.counting import By, rates
from gridsvc.casework.facts_walk import facts_of
from gridsvc.casework.period import parse_period
from gridsvc.planning.disputes import beside, borders, classes_of, dispatches, disputed, first_dispatch


def router(picture: str) -> Router:
    drawn = areas(picture)
    return Router.from_frames(
        {"grid": gpd.GeoDataFrame({"code": list(drawn)}, geometry=list(drawn.values()), crs=4326)}
    )


def sent(*places: tuple[float, float], returned: tuple[bool, ...]) -> gpd.GeoDataFrame:
    lon, lat = np.array([at(*p) for p in places]).reshape(-1, 2).T
    return gpd.GeoDataFrame({"returned": returned}, geometry=gpd.points_from_xy(lon, lat), crs=4326)


def returned(number: str, at_place: tuple[float, float], *, granted: bool) -> Told:
    told = ordinary(number).at_place(*at(*at_place))
    n = len(told.entries) + 1
    told.do("return", START + DAY, "chu", request={"kind": "return"}, reason="不属我方")
    verdict = {"verdict": "granted", "unit": {"unit": "U2"}} if granted else {"verdict": "refused"}
    return told.do("settle", START + 2 * DAY, "pai", request=n, **verdict)


def test_a_border_is_given_once_with_both_areas_and_the_rim_is_none():
    found = borders(router("AB\nCC"), "grid")
    assert list(found["a"] + found["b"]) == ["AB", "AC", "BC"]
    assert found.crs == "EPSG:4326"
    assert found["length_m"].to_numpy() == pytest.approx([13.5, 11.8, 11.8], abs=0.1)


def test_a_border_in_pieces_is_one():
    found = borders(router("AB\nCB\nAB"), "grid")
    assert list(found["a"] + found["b"]) == ["AB", "AC", "BC"]
    assert found["length_m"][0] == pytest.approx(27.1, abs=0.1)


@pytest.mark.parametrize("picture", ["A", "A.B"])
def test_areas_that_touch_none_have_no_border(picture: str):
    city = router(picture)
    assert len(borders(city, "grid")) == 0
    case = sent((0.5, 0.5), returned=(True,))
    near = beside(city, case, "grid")
    assert (near["border"][0], np.isnan(near["border_m"][0])) == (-1, True)
    found = disputed(city, case, "grid", 30)
    assert (len(found), found.attrs) == (0, {"returned": 1, "beside": 0, "inside": 1})


def test_the_nearest_border_is_that_of_a_search_through_all():
    city, rng = router("AABB\nCCBD\nCEED"), np.random.default_rng(7)
    lon, lat = np.array([at(*p) for p in rng.uniform(-1, 5, (60, 2))]).T
    cases = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs=4326)
    epsg = city.locator.metric.epsg
    lines, near = borders(city, "grid"), beside(city, cases, "grid")
    apart = np.array([lines.to_crs(epsg).distance(p).to_numpy() for p in cases.to_crs(epsg).geometry])
    assert near["border_m"].to_numpy() == pytest.approx(apart.min(axis=1))
    # Where borders meet several are nearest, and the first is said.
    assert list(near["border"]) == [int(np.flatnonzero(row <= row.min() + 1e-9)[0]) for row in apart]


def test_a_case_without_a_place_is_beside_nothing():
    cases = gpd.GeoDataFrame(geometry=gpd.points_from_xy([np.nan, at(1, 0.5)[0]], [np.nan, at(1, 0.5)[1]]), crs=4326)
    near = beside(router("AB"), cases, "grid")
    assert list(near["border"]) == [-1, 0]
    assert np.isnan(near["border_m"][0])
    assert near["border_m"][1] == pytest.approx(0, abs=1e-6)


def test_returns_are_ranked_by_border_a_year_and_what_is_far_from_all_is_said():
    places = [(6.1, 0.5), (5.9, 0.5), (6.0, 0.2), (12.1, 0.5), (9.0, 0.5), (0.2, 0.5)]
    cases = sent(*places, returned=(True, True, False, True, True, False))
    found = disputed(router("AAAAAABBBBBBCCCCCC"), cases, "grid", days=365.25 / 4, within_m=5)
    assert list(found["a"] + found["b"]) == ["AB", "BC"]
    assert list(found["dispatched"]) == [3, 1]
    assert list(found["per_year"]) == [8.0, 4.0]
    assert list(found["percent"]) == [66.67, 100.0]
    assert found["low"][0] < 66.67 < found["high"][0]
    assert found["per_km_year"][0] == pytest.approx(8.0 / (found["length_m"][0] / 1000))
    assert found.attrs == {"returned": 4, "beside": 3, "inside": 1}


def test_a_border_without_dispatches_has_no_share():
    found = disputed(router("AB"), sent(returned=()), "grid", days=30)
    assert (found["returned"][0], found["per_year"][0]) == (0, 0.0)
    assert found[["percent", "low", "high"]].isna().all(axis=None)


def test_dispatches_are_those_of_the_histories():
    told = [returned("1", (0.5, 0.5), granted=True), returned("2", (1.5, 0.5), granted=False), ordinary("3")]
    found = dispatches(facts_of(t.history for t in told))
    # Returned with consent it goes out once more, and that is no first dispatch.
    assert list(found["number"]) == ["1", "1", "2", "3"]
    assert list(found["first"]) == [True, False, True, True]
    assert list(found["returned"]) == [True, False, False, False]
    assert list(found["accurate"]) == [False, True, True, True]
    assert list(found["unit"]) == ["U1", "U2", "U1", "U1"]
    assert found["at"][0] == pd.Timestamp(START)
    assert found.geometry[0].coords[0] == at(0.5, 0.5)


def test_a_dispatch_without_a_place_has_none():
    found = dispatches(facts_of([ordinary("1").at_place(None, None).history]))
    assert list(found.geometry) == [None]
    assert beside(router("AB"), found, "grid")["border"][0] == -1


def test_no_histories_have_no_dispatches():
    found = dispatches(facts_of([]))
    assert (len(found), found.crs) == (0, "EPSG:4326")
    assert len(first_dispatch(found)) == 0


def test_first_dispatch_accuracy_is_the_indicator_of_the_assessment():
    told = [returned(str(n), (0.5, 0.5), granted=n < 3) for n in range(20)]
    told.append(ordinary("moved").do("correct", START + timedelta(hours=3), "pai", answer=answer("U9", street="S1")))
    facts = facts_of(t.history for t in told)
    found = first_dispatch(dispatches(facts)).loc["all"]
    period = parse_period("2016-12", router("A").zone)
    counted = rates(facts, period, By("all"), ["first_dispatch"])["all"]["first_dispatch"]
    assert (found["accurate"], found["of"]) == (counted.good, counted.of) == (17, 21)
    assert found["percent"] == float(counted.percent or 0)
    assert (found["low"], found["high"]) == tuple(map(float, counted.interval() or ()))


def test_accuracy_is_told_by_column_and_by_distance():
    cases = pd.DataFrame({
        "first": [True, True, True, False], "accurate": [True, False, True, False], "source": list("aabb"),
        "border_m": [0.0, 30.0, 500.0, 3.0],
    })  # fmt: skip
    by_source = first_dispatch(cases, "source")
    assert by_source["of"].to_dict() == {"a": 2, "b": 1}
    assert by_source["percent"].to_dict() == {"a": 50.0, "b": 100.0}
    by_distance = first_dispatch(cases, classes_of(cases["border_m"]))
    assert by_distance["of"].to_dict() == {"≤ 10 m": 1, "≤ 30 m": 1, "> 100 m": 1}
    assert classes_of(pd.Series([np.nan])).isna().all()
