"""How sure the finest partition is of its answer: every way to an answer, with and without a stated error."""

import math

import numpy as np
import pytest
from drawing import areas, at, beside, edition, layer, line
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gridsvc.answer import Match
from gridsvc.certainty import match_of
from gridsvc.router import NEAR_M
from gridsvc.spatial.locate import Locator
from gridsvc.spatial.uncertainty import RECORD_HOLDS, certain_m, probabilities, sigma_m
from gridsvc.values import Point

WORST = 0.0016
AB = """
    AAAAAAAABBBBBBBB
    AAAAAAAABBBBBBBB
    AAAAAAAABBBBBBBB
    AAAAAAAABBBBBBBB
    AAAAAAAABBBBBBBB
    AAAAAAAABBBBBBBB
    AAAAAAAABBBBBBBB
    AAAAAAAABBBBBBBB
"""
HALVES = Locator(edition(layer("grid", AB)))
BORDER = at(8, 4)  # 94 m from every other line
CROSSED = Locator(edition(layer("grid", areas("AAAA\nAAAA", "..BB\n..BB"))))


def street(width_m: float) -> Locator:
    """A boundary street along the border, B's."""
    walk = {"S": line((8, 0), (8, 8))}
    props = {"S": {"owner": "B", "width_m": width_m}}
    made = layer("walk", walk, geometry="line", coverage="free", settles="grid", props=props)
    return Locator(edition(layer("grid", AB), made))


def match(
    place: tuple[float, float], accuracy_m: float | None = None, record: str | None = None, locator: Locator = HALVES
) -> Match:
    """As the router asks."""
    recorded = -1 if record is None else locator.edition.layers["grid"].position_of[record]
    found = locator.at(*place, NEAR_M, recorded)
    distance_m = locator.boundary_distance_of(*place)
    return match_of(locator, found, Point(*place), accuracy_m, distance_m, recorded, NEAR_M)


def shares(found: Match) -> dict[str, float]:
    return {code: p for _, code, p in found.candidates}


def normal_cdf(z: float) -> float:
    return 0.5 * (1.0 + math.erf(z / math.sqrt(2.0)))


@pytest.mark.parametrize(
    ("place", "record", "locator", "how", "candidates", "confidence", "ask"),
    [
        (at(4, 4), None, HALVES, "inside", {"A": 1.0}, 1.0, False),
        (at(4, 4), "A", HALVES, "inside", {"A": 1.0}, 1.0, False),
        (at(4, 4), "B", HALVES, "inside", {"B": 0.9, "A": 0.1}, 0.1, True),
        (BORDER, None, HALVES, "edge", {"A": 0.5, "B": 0.5}, 0.5, False),
        (BORDER, "B", HALVES, "edge", {"B": 0.95, "A": 0.05}, 0.95, False),
        (beside(at(0, 4), -0.5, 0), None, HALVES, "near", {"A": 1.0}, 1.0, True),
        (beside(at(0, 4), -0.5, 0), "A", HALVES, "near", {"A": 1.0}, 1.0, False),
        (beside(at(0, 4), -5, 0), None, HALVES, "outside", {"A": 0.0}, 1.0, False),
        (beside(at(0, 4), -5, 0), "A", HALVES, "outside", {"A": 0.9}, 0.1, True),
        (at(3, 1), None, CROSSED, "overlap", {"A": 0.5, "B": 0.5}, 0.5, True),
        (at(3, 1), "A", CROSSED, "overlap", {"A": 0.95, "B": 0.05}, 0.95, False),
        (at(3, 1), "B", CROSSED, "overlap", {"B": 0.95, "A": 0.05}, 0.05, True),
        (beside(BORDER, -2, 0), None, street(8.0), "street", {"B": 1.0}, 1.0, False),
        (beside(BORDER, -2, 0), "A", street(8.0), "street", {"A": 0.9, "B": 0.1}, 0.1, True),
    ],
    ids=[
        "inside", "inside, recorded", "inside, recorded elsewhere", "edge", "edge, recorded", "near", "near, recorded",
        "outside", "outside, recorded inside", "overlap", "overlap, recorded", "overlap, recorded in the other",
        "street", "street, recorded beside it",
    ],
)  # fmt: skip
def test_without_a_stated_error_the_position_is_as_stated(place, record, locator, how, candidates, confidence, ask):
    found = match(place, None, record, locator)
    assert (found.how, found.ask) == (how, ask)
    assert shares(found) == pytest.approx(candidates)
    assert found.confidence == pytest.approx(confidence)


def test_an_error_of_nothing_is_no_stated_error():
    assert match(BORDER, 0.0) == match(BORDER)


def test_farther_from_every_line_than_the_error_reaches_the_answer_is_certain():
    found = match(at(4, 4), 10.0)
    assert (found.candidates, found.confidence, found.ask) == ((("grid", "A", 1.0),), 1.0, False)


def test_far_outside_it_is_certain_that_no_area_holds_the_position():
    found = match(beside(at(0, 4), -200, 0), 10.0)
    assert (found.how, shares(found), found.confidence, found.ask) == ("outside", {"A": 0.0}, 1.0, False)


@pytest.mark.parametrize("distance_m", [-6.0, -2.0, 0.5, 3.0, 8.0])
def test_by_a_border_the_confidence_is_that_of_the_normal_distribution(distance_m):
    found = match(beside(BORDER, distance_m, 0), 8.0)
    expected = normal_cdf(abs(distance_m) / sigma_m(8.0))
    assert found.confidence == pytest.approx(expected, abs=WORST)
    assert found.ask is (2 * expected - 1 < 0.5)


@pytest.mark.parametrize("distance_m", [-12.0, -4.0, -0.5, 0.5, 3.0, 10.0])
def test_at_the_end_of_the_map_the_metre_that_still_counts_as_near_belongs_to_the_area(distance_m):
    found = match(beside(at(0, 4), distance_m, 0), 8.0)
    inside = normal_cdf((distance_m + NEAR_M) / sigma_m(8.0))
    assert shares(found)["A"] == pytest.approx(inside, abs=WORST)
    assert found.confidence == pytest.approx(1 - inside if distance_m < -NEAR_M else inside, abs=WORST)
    assert found.ask is (abs(2 * inside - 1) < 0.5)


def test_in_an_overlap_no_candidate_leads_however_small_the_error():
    found = match(at(3, 1), 2.0, None, CROSSED)
    assert (found.how, shares(found), found.ask) == ("overlap", {"A": 0.5, "B": 0.5}, True)


def test_an_error_that_reaches_into_an_overlap_shares_that_part():
    found = match(beside(at(2, 1), -2, 0), 8.0, None, CROSSED)
    shared = 1 - normal_cdf(2 / sigma_m(8.0))
    assert shares(found)["B"] == pytest.approx(shared / 2, abs=0.01)


@pytest.mark.parametrize("east_m", [-9.0, -5.0, -3.0, 1.0])
def test_the_ground_of_a_boundary_street_counts_for_its_owner(east_m):
    found = match(beside(BORDER, east_m, 0), 6.0, None, street(8.0))
    owners = normal_cdf((east_m + 4.0) / sigma_m(6.0))
    assert shares(found)["B"] == pytest.approx(owners, abs=WORST)
    assert found.confidence == pytest.approx(owners if east_m > -4 else 1 - owners, abs=WORST)


def test_a_wide_street_is_weighed_though_the_border_itself_is_out_of_reach():
    place = beside(BORDER, -40.0, 0)
    assert certain_m(6.0) < 40.0
    found = match(place, 6.0, None, street(70.0))
    assert shares(found)["B"] == pytest.approx(1 - normal_cdf(5.0 / sigma_m(6.0)), abs=WORST)


def test_a_record_that_agrees_spares_the_question_and_one_that_contradicts_raises_it():
    beside_the_border = beside(BORDER, -1, 0)
    assert match(beside_the_border, 8.0).ask is True
    agrees, contradicts = (match(beside_the_border, 8.0, record) for record in "AB")
    assert (agrees.ask, contradicts.ask) == (False, True)
    assert agrees.confidence > RECORD_HOLDS
    assert contradicts.confidence < 1 - RECORD_HOLDS


@settings(max_examples=60, deadline=None)
@given(column=st.floats(0.5, 15.5), row=st.floats(0.5, 7.5), reached=st.floats(0.05, 1.0))
def test_where_the_answer_is_called_certain_weighing_would_hardly_differ(column, row, reached):
    place = at(column, row)
    clear_m = HALVES.index.boundary_distance_m(*np.array([place]).T)[0] - NEAR_M
    assume(clear_m > 0.0)  # nothing is certain within a metre of a line
    accuracy_m = reached * 0.999 * clear_m / certain_m(1.0)
    found = match(place, accuracy_m)
    weighed = dict(probabilities(HALVES.index.covering, [Point(*place)], [accuracy_m])[0])
    assert (found.confidence, found.ask) == (1.0, False)
    assert weighed[int(column >= 8.0)] >= 0.999


def test_an_edition_without_partition_names_nothing():
    zones = Locator(edition(layer("zone", "ZZ", coverage="cover")))
    place = at(0.5, 0.5)
    assert match_of(zones, zones.at(*place), Point(*place), 10.0, math.nan) == Match("outside", None, (), False, 0.0)


def test_a_partition_without_areas_holds_nothing():
    empty = Locator(edition(layer("grid", {})))
    assert match(at(0, 0), 10.0, None, empty) == Match("outside", None, (), False, 1.0)
