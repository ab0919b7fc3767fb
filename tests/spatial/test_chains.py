"""The finest partition decides and its parents follow it: no layer's answer contradicts another's."""

import pytest
from drawing import answer, areas, at, beside, edition, layer, locate

from gridsvc.spatial.locate import Locator

# Names run against the order of the unit grids, so that each layer's own least code would be the wrong answer.
UNITS = """
    abcd
    efgh
"""
COMMUNITIES = """
    PPNN
    PPMM
"""
STREETS = """
    YYXX
    YYXX
"""
GRIDS = """
    VUTT
    VUTT
"""
CHAIN = [
    layer("street", STREETS),
    layer("community", COMMUNITIES, within=STREETS, parent="street"),
    layer("unit_grid", UNITS, within=COMMUNITIES, parent="community"),
]
TWO_CHAINS = [*CHAIN, layer("grid", GRIDS, within=STREETS, parent="street")]
UNIT = CHAIN[2].position_of


def answers(layers, place, **asked) -> dict[str, tuple[str | None, str]]:
    found = locate(layers, place, **asked)
    return {one.spec.code: answer(found, one.spec.code) for one in layers}


@pytest.mark.parametrize(
    ("place", "unit", "community", "street"),
    [
        ((0.5, 0.5), ("a", "inside"), ("P", "inside"), ("Y", "inside")),
        ((1, 0.5), ("a", "edge"), ("P", "inside"), ("Y", "inside")),
        ((2.5, 1), ("c", "edge"), ("N", "edge"), ("X", "inside")),
        ((2, 0.5), ("b", "edge"), ("P", "edge"), ("Y", "edge")),
        ((2, 1), ("b", "edge"), ("P", "edge"), ("Y", "edge")),
        ((9, 9), (None, "outside"), (None, "outside"), (None, "outside")),
        ((float("nan"), 0.5), (None, "none"), (None, "none"), (None, "none")),
    ],
    ids=["inside all", "edge in one community", "edge in one street", "edge of streets", "corner", "outside", "none"],
)
def test_parents_follow_the_finest_area(place, unit, community, street):
    expected = {"unit_grid": unit, "community": community, "street": street}
    assert answers(CHAIN, at(*place)) == expected


def test_a_recorded_unit_grid_takes_its_parents_along():
    found = answers(TWO_CHAINS, at(2, 0.5), recorded=UNIT["c"])
    assert {k: v[0] for k, v in found.items()} == {"unit_grid": "c", "community": "N", "street": "X", "grid": "T"}


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ((0.5, 0.5), ("V", "inside")),
        ((1, 0.5), ("V", "edge")),
        ((2, 0.5), ("U", "edge")),
        ((0.5, 1), ("V", "inside")),
        ((1, 1), ("V", "edge")),
    ],
    ids=["inside", "edge in one street", "edge of streets", "edge inside a grid", "corner"],
)
def test_on_an_edge_the_other_partition_gives_the_area_that_holds_the_settled_unit_grid(place, expected):
    assert answers(TWO_CHAINS, at(*place))["grid"] == expected


def test_a_recorded_unit_grid_chooses_the_grid_that_holds_it():
    assert answers(TWO_CHAINS, at(1, 1), recorded=UNIT["f"])["grid"] == ("U", "edge")


def test_a_grid_of_a_draft_that_lies_across_two_streets_does_not_move_the_street():
    across = layer("grid", """
        VVVV
        VVVV
    """, within=STREETS, parent="street")  # fmt: skip
    assert across.parents.tolist() == ["Y"]
    found = answers([*CHAIN, across], at(3.5, 0.5))
    assert (found["grid"], found["street"]) == (("V", "inside"), ("X", "inside"))


def test_the_longest_chain_is_the_finest():
    assert Locator(edition(*TWO_CHAINS)).finest == "unit_grid"


def test_of_equally_long_chains_the_one_with_most_areas_is_the_finest():
    two = [layer("street", STREETS), layer("grid", GRIDS, within=STREETS, parent="street"),
           layer("unit_grid", UNITS, within=STREETS, parent="street")]  # fmt: skip
    assert Locator(edition(*two)).finest == "unit_grid"


def test_layers_that_are_no_partition_decide_nothing():
    zone = layer("zone", areas("AABB"), coverage="cover")
    assert Locator(edition(zone)).finest is None
    assert answers([*CHAIN, zone], at(2, 0.5))["zone"] == ("A", "edge")


def test_ground_that_the_finest_layer_leaves_open_is_answered_by_the_parents_own_shape():
    hollow = [layer("street", "XX"), layer("unit_grid", "a.", within="XX", parent="street")]
    assert answers(hollow, at(1.5, 0.5)) == {"street": ("X", "inside"), "unit_grid": (None, "outside")}


def test_an_overlap_in_a_draft_leads_the_parents_to_the_settled_area():
    streets = layer("street", areas("YY.", ".XX"))
    units = layer("unit_grid", areas("aa.", ".bb"), parent="street")
    told = type(units).build(units.spec, ["a", "b"], units.geometries, parents=["Y", "X"])
    assert answers([streets, told], at(1.5, 0.5)) == {"street": ("Y", "overlap"), "unit_grid": ("a", "overlap")}


@pytest.mark.parametrize("parents", [[None, None], ["nowhere", None]])
def test_an_area_without_a_known_parent_leaves_the_parent_layer_to_its_own_shape(parents):
    orphan = type(CHAIN[2]).build(layer("unit_grid", "ab", parent="street").spec, ["a", "b"],
                                  layer("unit_grid", "ab").geometries, parents=parents)  # fmt: skip
    found = answers([layer("street", "YX"), orphan], at(1.5, 0.5))
    assert found == {"street": ("X", "inside"), "unit_grid": ("b", "inside")}


def test_near_the_rim_every_layer_of_the_chain_is_near():
    found = answers(TWO_CHAINS, beside(at(4, 0.5), 2.0, 0.0), near_m=3.0)
    assert set(found.values()) == {("d", "near"), ("N", "near"), ("X", "near"), ("T", "near")}
