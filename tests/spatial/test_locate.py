"""Where a point is in one layer: inside, on an edge, in an overlap, near, outside, or no position at all."""

import numpy as np
import pytest
import shapely
from drawing import answer, areas, ask, at, beside, edition, layer, line, locate, polygon

from gridsvc.errors import BadDatum, BadInput
from gridsvc.spatial.locate import Locator

NAN, INF = float("nan"), float("inf")
QUARTERS = layer("grid", """
    AB
    CD
""")  # fmt: skip


def grid(one, place, **asked) -> tuple[str | None, str]:
    return answer(locate([one], place, **asked), "grid")


def candidates(one, place, **asked) -> str:
    found = locate([one], place, **asked)
    return "".join(one.codes[found.layers["grid"].candidates_of(0)])


@pytest.mark.parametrize(
    "place",
    [(NAN, 30.0), (120.0, NAN), (INF, 30.0), (120.0, -INF), (180.1, 30.0), (120.0, 90.1), (30.0, 120.0), (1e300, 0.0)],
)
@pytest.mark.parametrize("near_m", [0.0, 5.0])
def test_what_is_no_position_is_answered_with_none(place, near_m):
    assert grid(QUARTERS, place, near_m=near_m) == (None, "none")


@pytest.mark.parametrize("near_m", [0.0, 5.0])
def test_no_points_have_no_answers(near_m):
    found = ask(edition(QUARTERS), [], [], near_m)
    assert (len(found.position["grid"]), len(found.how["grid"]), len(found.codes("grid"))) == (0, 0, 0)


@pytest.mark.parametrize("near_m", [0.0, 5.0])
def test_a_layer_without_areas_has_every_point_outside(near_m):
    found = locate([QUARTERS, layer("zone", {})], at(0.5, 0.5), near_m)
    assert answer(found, "zone") == (None, "outside")


def test_an_edition_without_any_area_has_every_point_outside():
    assert grid(layer("grid", {}), at(0.5, 0.5)) == (None, "outside")


def test_an_edition_without_layers_answers_with_nothing():
    assert (Locator(edition()).finest, dict(ask(edition(), [120.0], [30.0]).layers)) == (None, {})


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ((0.5, 0.5), ("A", "inside")),
        ((1, 0.5), ("A", "edge")),
        ((1.5, 1), ("B", "edge")),
        ((1, 1), ("A", "edge")),
        ((1, 0), ("A", "edge")),
        ((0, 0.5), ("A", "inside")),
        ((2, 2), ("D", "inside")),
        ((5, 5), (None, "outside")),
    ],
    ids=["inside", "edge of two", "edge below", "corner of four", "edge at rim", "rim", "rim's corner", "outside"],
)
def test_an_edge_goes_to_the_least_code_and_the_rim_is_inside(place, expected):
    assert grid(QUARTERS, at(*place)) == expected


def test_every_area_at_a_corner_is_a_candidate():
    assert candidates(QUARTERS, at(1, 1)) == "ABCD"


@pytest.mark.parametrize(
    ("recorded", "code"),
    [("A", "A"), ("B", "B"), ("C", "A"), (None, "A")],
    ids=["the least", "the other neighbour", "no neighbour", "none recorded"],
)
def test_on_an_edge_the_components_recorded_area_rules_if_it_is_a_neighbour(recorded, code):
    position = -1 if recorded is None else QUARTERS.position_of[recorded]
    assert grid(QUARTERS, at(1, 0.5), recorded=position) == (code, "edge")


def test_a_recorded_area_does_not_move_a_point_that_is_inside_another():
    assert grid(QUARTERS, at(0.5, 0.5), recorded=QUARTERS.position_of["B"]) == ("A", "inside")


OVERLAPPING = layer("grid", areas("BB.", ".AA"))


def test_in_an_overlap_of_a_draft_the_least_code_answers_and_both_are_candidates():
    assert grid(OVERLAPPING, at(1.5, 0.5)) == ("A", "overlap")
    assert candidates(OVERLAPPING, at(1.5, 0.5)) == "AB"


def test_a_recorded_area_does_not_settle_an_overlap():
    assert grid(OVERLAPPING, at(1.5, 0.5), recorded=OVERLAPPING.position_of["B"]) == ("A", "overlap")


@pytest.mark.parametrize("column", [1, 2])
def test_on_the_line_of_one_area_inside_another_it_is_an_overlap(column):
    assert grid(OVERLAPPING, at(column, 0.5)) == ("A", "overlap")


HOLLOW = layer("grid", """
    AAAA.
    A.BA.
    AAAA.
    ...AB
""")  # fmt: skip


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ((1.5, 1.5), (None, "outside")),
        ((1, 1.5), ("A", "inside")),
        ((2.5, 1.5), ("B", "inside")),
        ((3, 1.5), ("A", "edge")),
        ((2, 1.5), ("B", "inside")),
        ((4.5, 3.5), ("B", "inside")),
    ],
    ids=["gap in a hole", "rim of the gap", "enclave", "edge of the enclave", "enclave at the gap", "exclave"],
)
def test_holes_gaps_enclaves_and_exclaves_are_ordinary_ground(place, expected):
    assert grid(HOLLOW, at(*place)) == expected


NEIGHBOURS = layer("grid", "A.B")


def test_a_point_in_a_gap_is_near_the_nearest_area():
    assert grid(NEIGHBOURS, at(1.25, 0.5), near_m=5.0) == ("A", "near")
    assert grid(NEIGHBOURS, at(1.75, 0.5), near_m=5.0) == ("B", "near")
    assert grid(NEIGHBOURS, at(1.75, 0.5), near_m=50.0) == ("B", "near")


def test_near_reaches_no_farther_than_asked():
    assert grid(NEIGHBOURS, beside(at(3, 0.5), 5.01, 0.0), near_m=5.0) == (None, "outside")


def test_an_area_exactly_as_far_as_asked_is_near(compiled):
    place = beside(at(3, 0.5), 5.0, 0.0)
    exactly_m = Locator(edition(NEIGHBOURS), compiled).index.nearest(*place)[1]
    assert grid(NEIGHBOURS, place, near_m=exactly_m) == ("B", "near")
    assert grid(NEIGHBOURS, place, near_m=np.nextafter(exactly_m, 0.0)) == (None, "outside")


def test_of_equally_near_areas_the_least_code_is_taken():
    place = beside(at(1, 1), 0.5, 0.0)
    shapes = {c: shapely.Point(at(1, 1)).buffer(1e-5, quad_segs=1) for c in "BA"}
    assert grid(layer("grid", shapes), place, near_m=0.0) == ("A", "overlap")
    assert grid(layer("grid", shapes), beside(at(1, 1), 3.0, 0.0), near_m=5.0) == ("A", "near")


def test_a_point_inside_stays_inside_however_near_others_are_and_they_are_candidates():
    place = beside(at(1, 0.5), -0.4, 0.0)
    assert grid(QUARTERS, place, near_m=1.0) == ("A", "inside")
    assert candidates(QUARTERS, place, near_m=1.0) == "AB"
    assert candidates(QUARTERS, place, near_m=0.0) == "A"


def test_candidates_that_hold_the_point_are_told_from_those_that_are_only_near():
    found = locate([QUARTERS], beside(at(1, 0.5), -0.4, 0.0), 1.0).layers["grid"]
    assert found.covering(0).tolist() == [QUARTERS.position_of["A"]]


@pytest.mark.parametrize("near_m", [-1.0, -1e-9, NAN])
def test_a_nearness_that_is_no_distance_is_refused_by_name(near_m):
    with pytest.raises(BadInput) as e:
        locate([QUARTERS], at(0, 0), near_m)
    assert e.value.errors[0].field == "near_m"


@pytest.mark.parametrize("crs", ["", None, "wgs", 4326])
def test_coordinates_without_a_known_reference_are_refused(crs):
    with pytest.raises(BadDatum):
        Locator(edition(QUARTERS)).locate([120.0], [30.0], crs)


def test_a_local_reference_of_the_edition_may_be_used():
    drawn = edition(QUARTERS)
    local = type(drawn)("drawn", drawn.layers, local_crs={"yutan": "EPSG:4549"})
    x, y = Locator(drawn).metric.xy(np.array([at(0.5, 0.5)[0]]), np.array([at(0.5, 0.5)[1]]))
    assert Locator(local).locate(x, y, "local:yutan").codes("grid").tolist() == ["A"]


def test_one_point_and_many_points_have_the_same_answers():
    places = [at(c, r) for c in np.arange(-0.5, 3, 0.5) for r in np.arange(-0.5, 3, 0.5)] + [(NAN, 30.0)]
    many = ask(edition(QUARTERS), *np.array(places).T, 3.0)
    for row, place in enumerate(places):
        assert answer(locate([QUARTERS], place, 3.0), "grid") == answer(many, "grid", row)


BROKEN = layer("grid", {"A": polygon((0, 0), (2, 2), (2, 0), (0, 2)), "B": areas("..BB")["B"], "C": None})


@pytest.mark.parametrize("near_m", [0.0, 5.0])
@pytest.mark.parametrize(("place", "code"), [((0.25, 1), "A"), ((1.75, 1), "A"), ((3.5, 0.5), "B"), ((9, 9), None)])
def test_a_draft_with_a_self_crossing_ring_and_a_missing_shape_still_answers(place, code, near_m):
    assert grid(BROKEN, at(*place), near_m=near_m)[0] == code


ROAD = layer("lane", {"L1": line((0, 1), (4, 1)), "L2": line((2, 0), (2, 2))}, geometry="line", coverage="free",
             props={"L1": {"width_m": 10}, "L2": {"width_m": 4}})  # fmt: skip


@pytest.mark.parametrize(
    ("place", "near_m", "expected"),
    [
        ((NAN, NAN), 0.0, (None, "none")),
        (beside(at(1, 1), 0.0, 5.1), 0.0, (None, "outside")),
        (beside(at(1, 1), 0.0, 4.9), 0.0, ("L1", "inside")),
        (beside(at(1, 1), 0.0, 5.9), 1.0, ("L1", "near")),
        (beside(at(2, 1), 1.0, 3.0), 0.0, ("L1", "inside")),
        (beside(at(2, 1), 0.2, 4.5), 0.0, ("L2", "inside")),
        (beside(at(2, 1), 1.0, 6.0), 0.0, ("L2", "inside")),
    ],
    ids=[
        "no position",
        "beside",
        "inside",
        "near",
        "crossing: deepest",
        "crossing: deeper in the other",
        "the narrow one alone",
    ],
)
def test_a_lane_is_as_wide_as_its_record_says(place, near_m, expected):
    assert answer(locate([ROAD], place, near_m), "lane") == expected


def test_every_lane_at_a_crossing_is_a_candidate():
    assert ROAD.codes[locate([ROAD], at(2, 1)).layers["lane"].covering(0)].tolist() == ["L1", "L2"]


def test_a_named_place_reaches_its_radius():
    school = layer("place", {"P": shapely.Point(at(3, 3))}, geometry="point", coverage="free",
                   props={"P": {"radius_m": 20}})  # fmt: skip
    assert answer(locate([school], beside(at(3, 3), 19.9, 0.0)), "place") == ("P", "inside")
    assert answer(locate([school], beside(at(3, 3), 20.1, 0.0)), "place") == (None, "outside")


def test_a_line_without_width_has_no_ground_but_is_near():
    bare = layer("lane", {"L": line((0, 1), (4, 1))}, geometry="line", coverage="free")
    assert answer(locate([bare], beside(at(1, 1), 0.0, 0.5)), "lane") == (None, "outside")
    assert answer(locate([bare], beside(at(1, 1), 0.0, 0.5), 1.0), "lane") == ("L", "near")
