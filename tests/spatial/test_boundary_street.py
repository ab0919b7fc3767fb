"""Boundary streets, on the six-grid plan of a county: the owner's corridor, crossings, and the unclaimed street."""

import numpy as np
import pytest
from drawing import answer, ask, at, beside, edition, layer, locate
from six_grids import DISTRICTS, GRID, PLAN, SIX_GRIDS, STREET, STREETS, corridors


def grid_at(place, layers=PLAN, **asked):
    return answer(locate(layers, place, **asked), "grid")


@pytest.mark.parametrize(
    ("column", "row", "east_m", "north_m", "owner"),
    [
        (2.5, 3, 0, 2, "4"),
        (2.5, 3, 0, -2, "4"),
        (2.5, 3, 0, 0, "4"),
        (5.5, 3, 0, 2, "5"),
        (5.5, 3, 0, -2, "5"),
        (4, 1.5, 2, 0, "2"),
        (4, 1.5, -2, 0, "2"),
        (4, 4.5, 2, 0, "4"),
        (4, 4.5, -2, 0, "4"),
        (4, 3, 0, 0, "4"),
        (4, 3, 2, 2, "4"),
        (4, 3, 3.5, 3.5, "2"),
    ],
    ids=["人民路 N of 4", "人民路 S of 4", "人民路 middle", "人民路 N of 5", "人民路 S of 5", "建设路 E of 2",
         "建设路 W of 2", "建设路 E of 4", "建设路 W of 4", "crossing: named twice", "beside the crossing",
         "where 2 and 5 cross: the least"],
)  # fmt: skip
def test_ground_of_a_boundary_street_belongs_to_its_owner(column, row, east_m, north_m, owner):
    assert grid_at(beside(at(column, row), east_m, north_m)) == (owner, "street")


@pytest.mark.parametrize(
    ("column", "row", "east_m", "north_m", "code"),
    [(2.5, 3, 0, 4.1, "2"), (2.5, 3, 0, -4.1, "4"), (4, 1.5, 4.1, 0, "3"), (2.5, 1.5, 0, 0, "2")],
)
def test_ground_beside_the_corridor_stays_with_its_grid(column, row, east_m, north_m, code):
    assert grid_at(beside(at(column, row), east_m, north_m)) == (code, "inside")


@pytest.mark.parametrize(
    ("north_m", "expected"), [(2, ("4", "inside")), (-2, ("6", "inside")), (0, ("4", "edge"))], ids=["N", "S", "middle"]
)
def test_a_street_that_nobody_claims_stays_with_the_grids(north_m, expected):
    place = beside(at(2.5, 6), 0, north_m) if north_m else at(2.5, 6)
    assert grid_at(place) == expected


@pytest.mark.parametrize("owner", [None, "", "9", float("nan")], ids=["null", "empty", "unknown", "nan"])
def test_an_owner_that_is_no_grid_claims_nothing(owner):
    road = corridors({"人民路西": (STREETS["人民路西"][0], owner)})
    assert grid_at(beside(at(2.5, 3), 0, 2), [STREET, GRID, road]) == ("2", "inside")


def test_a_corridor_reaches_beyond_the_rim_of_the_plan():
    assert grid_at(beside(at(0, 3), -3.9, 0)) == ("1", "street")
    assert grid_at(beside(at(0, 3), -4.1, 0)) == (None, "outside")


def test_a_boundary_street_without_width_has_no_ground():
    assert grid_at(beside(at(2.5, 3), 0, 0.5), [STREET, GRID, corridors(width_m=0.0)]) == ("2", "inside")


def test_the_owners_parent_follows_and_says_street_only_where_it_changed():
    north_side, south_side = beside(at(2.5, 3), 0, 2), beside(at(2.5, 3), 0, -2)
    assert answer(locate(PLAN, north_side), "street") == ("S", "street")
    assert answer(locate(PLAN, south_side), "street") == ("S", "inside")


def test_between_grids_of_one_parent_the_parent_is_plainly_inside():
    assert answer(locate(PLAN, beside(at(4, 1.5), 2, 0)), "street") == ("N", "inside")


def test_the_corridor_rules_over_a_recorded_area():
    assert grid_at(at(2.5, 3), recorded=GRID.position_of["2"]) == ("4", "street")


@pytest.mark.parametrize("near_m", [0.0, 5.0])
def test_a_row_without_position_is_on_no_street(near_m):
    assert grid_at((float("nan"), 30.0), near_m=near_m) == (None, "none")


def test_the_candidates_of_a_point_on_a_boundary_street_are_those_of_the_ground():
    found = locate(PLAN, at(2.5, 3)).layers["grid"]
    assert GRID.codes[found.candidates_of(0)].tolist() == ["2", "4"]


@pytest.mark.parametrize("only", [["grid"], ["street"], ["boundary_street"], ["unit_grid"], ["street", "unit_grid"]])
def test_asking_for_some_layers_gives_the_answers_that_asking_for_all_gives(only):
    units = layer(
        "unit_grid", SIX_GRIDS.translate(str.maketrans("123456", "abcdef")), within=DISTRICTS, parent="street"
    )
    places = [at(c / 2, r / 2) for c in range(-1, 16) for r in range(-1, 16)] + [(float("nan"), 30.0)]
    asked = [ask(edition(*PLAN, units), *np.array(places).T, 3.0, layers=x) for x in (None, only)]
    assert list(asked[1].layers) == only
    for code in only:
        assert asked[1].codes(code).tolist() == asked[0].codes(code).tolist()
        assert asked[1].how[code].tolist() == asked[0].how[code].tolist()


def test_a_unit_grid_keeps_its_ground_when_the_responsibility_moves():
    units = layer("unit_grid", SIX_GRIDS.translate(str.maketrans("123456", "abcdef")), within=SIX_GRIDS, parent="grid")
    found = locate([*PLAN, units], beside(at(2.5, 3), 0, 2))
    assert (answer(found, "unit_grid"), answer(found, "grid")) == (("b", "inside"), ("4", "street"))
