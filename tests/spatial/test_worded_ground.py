"""From words to ground: what each side of a lane is, where a lane ends, and what is never guessed."""

import pytest
import shapely
from drawing import CELL_DEG, areas, layer, line, polygon
from worded_plans import COUNTY_GRIDS, COUNTY_SETTLED, county, lanes, words

from gridsvc.errors import BadInput
from gridsvc.spatial.worded_draft import Plan, compile_plan

SQUARE = areas("\n".join(["SSSSSSSS"] * 8))["S"]
ACROSS = {"R": ("人民路", line((-1, 3), (9, 3))), "J": ("建设路", line((4, -1), (4, 9)))}


def compiled(text: str, drawn: dict = ACROSS, *more, **how) -> Plan:
    return compile_plan(words({"1": text}), SQUARE, [lanes(drawn), *more], **how)


def ground(plan: Plan) -> shapely.Geometry:
    return shapely.Polygon() if plan.compiled.shapes[0] is None else plan.compiled.shapes[0]


def same(one: shapely.Geometry, other: shapely.Geometry) -> bool:
    """To a thousandth of a cell: lanes are laid to the nearest tenth of a millimetre."""
    return shapely.symmetric_difference(one, other).area < 1e-3 * CELL_DEG**2


def kinds(plan: Plan) -> list[str]:
    return [d.id for d in plan.doubts]


def box(west: float, north: float, east: float, south: float) -> shapely.Polygon:
    return polygon((west, north), (east, north), (east, south), (west, south))


@pytest.mark.parametrize(
    ("text", "doubts", "expected"),
    [
        ("", ["no_ground"], None),
        ("没有路以南", ["unknown_name", "no_ground"], None),
        ("人民路", ["no_side", "no_ground"], None),
        ("建设路以南", ["ambiguous_side", "no_ground"], None),
        ("人民路以南(", ["unread", "no_ground"], None),
        ("人民路以南、人民路以北", ["no_ground"], None),
        ("人民路以南（含）", ["gap"], (0, 3, 8, 8)),
        ("人民路以南（含）、建设路以西（含）", ["gap"], (0, 3, 4, 8)),
        ("东至建设路（含）、南至人民路（含）", ["gap"], (0, 0, 4, 3)),
        ("south of R (included), east of J (included)", ["gap"], (4, 3, 8, 8)),
    ],
)
def test_ground_is_where_every_clause_holds(text: str, doubts: list[str], expected: tuple[float, ...] | None):
    plan = compiled(text)
    assert kinds(plan) == doubts
    assert same(ground(plan), shapely.Polygon() if expected is None else box(*expected))


def test_no_wordings_leave_all_ground_to_nobody():
    plan = compile_plan([], SQUARE, [])
    assert [(d.id, d.ground.equals(SQUARE)) for d in plan.doubts] == [("gap", True)]


def test_one_clause_in_doubt_leaves_the_others_standing_and_the_grid_in_doubt():
    plan = compiled("人民路以南、没有路以东")
    assert same(ground(plan), box(0, 3, 8, 8))
    assert plan.compiled.whole == (False,)
    assert plan.doubts[0].phrases == ("没有路以东",)


def test_sides_are_those_of_the_whole_course_however_it_bends():
    """The lane runs east with a deep bay; the ground in the bay lies south of its eastern bank and north of the lane.

    ::

        ...+--+...
        ---+..+---
    """
    bend = {"B": ("弯路", line((-1, 5), (2, 5), (2, 2), (6, 2), (6, 5), (9, 5)))}
    bay = box(2, 2, 6, 5)
    south, north = ground(compiled("弯路以南", bend)), ground(compiled("弯路以北", bend))
    assert same(south, shapely.union(box(0, 5, 8, 8), bay))
    assert same(north, shapely.difference(box(0, 0, 8, 5), bay))


def test_a_slanting_lane_has_four_sides_and_a_hairpin_none():
    slant = {"X": ("斜路", line((-1, -1), (9, 9))), "U": ("环路", line((2, 9), (2, 2), (3, 2), (3, 9)))}
    lower = polygon((0, 0), (8, 8), (0, 8))
    for side in ("以南", "以西", "西南侧"):
        assert same(ground(compiled(f"斜路{side}", slant)), lower)
    assert kinds(compiled("环路以西", slant))[0] == "ambiguous_side"
    assert kinds(compiled("斜路东南侧", slant))[0] == "ambiguous_side"


def test_a_lane_that_ends_before_the_ground_does_divides_nothing_until_it_is_led_on():
    short = ACROSS | {"D": ("断头路", line((-1, 6), (3.5, 6)))}
    plan = compiled("断头路以南、建设路以西", short)
    assert kinds(plan)[:2] == ["ends_short", "no_ground"]
    assert plan.doubts[0].phrases == ("断头路以南",)
    led = compiled("断头路以南、建设路以西", short, reach_m=20.0)
    assert led.doubts[0].id == "led_on"
    assert led.doubts[0].measure == pytest.approx(5.9, abs=0.2)
    assert same(ground(led), box(0, 6, 4, 8))
    assert kinds(compiled("断头路以南、建设路以西", short, reach_m=3.0))[0] == "ends_short"


def test_a_lane_that_ends_at_another_boundary_of_the_grid_needs_not_be_led_on():
    short = ACROSS | {"T": ("丁字街", line((-1, 6), (4, 6)))}
    assert same(ground(compiled("丁字街以南、建设路以西", short)), box(0, 6, 4, 8))


def test_one_name_for_two_streets_is_asked_about_and_pieces_of_one_street_are_one():
    two = {"A": ("同名路", line((-1, 2), (9, 2))), "B": ("同名路", line((-1, 7), (9, 7)))}
    plan = compiled("同名路以南", two)
    assert kinds(plan) == ["ambiguous_name", "no_ground"]
    assert same(ground(compiled("同名路以南", two, settled={("1", "同名路", ""): "B"})), box(0, 7, 8, 8))
    pieces = {"A": ("同名路", line((-1, 2), (3, 2))), "B": ("同名路", line((3, 2), (9, 2)))}
    assert same(ground(compiled("同名路以南", pieces)), box(0, 2, 8, 8))


def test_areas_and_rings_have_an_inside_and_an_outside_and_names_may_hold_an_and():
    park = layer(
        "park", {"P": box(1, 1, 3, 3), "Q": box(5, 1, 7, 3)}, coverage="free", names={"P": "和平公园", "Q": "东园"}
    )
    ring = {"O": ("环路", line((2, 4), (6, 4), (6, 7), (2, 7), (2, 4)))}
    assert same(ground(compiled("和平公园以内", ACROSS, park)), box(1, 1, 3, 3))
    both = ground(compiled("和平公园和东园以内", ACROSS, park))
    assert same(both, shapely.union(box(1, 1, 3, 3), box(5, 1, 7, 3)))
    assert same(ground(compiled("环路以内", ring)), box(2, 4, 6, 7))
    around = ground(compiled("人民路以北、和平公园以外", ACROSS, park))
    assert same(around, shapely.difference(box(0, 0, 8, 3), box(1, 1, 3, 3)))
    assert kinds(compiled("人民路以内"))[0] == "ambiguous_side"
    assert kinds(compiled("和平公园以南", ACROSS, park))[0] == "ambiguous_side"


def test_a_stretch_of_a_hairpin_has_sides():
    pin = ACROSS | {"U": ("回路", line((1, 9), (1, -1), (6, -1), (6, 9))), "V": ("北街", line((5, 1), (9, 1))),
                    "Z": ("南街", line((5, 7), (9, 7)))}  # fmt: skip
    assert kinds(compiled("回路以东", pin))[0] == "ambiguous_side"
    told = compiled("回路（北街至南街段）以东、北街以南", pin)
    assert "ambiguous_side" not in kinds(told)
    assert same(ground(told), box(6, 1, 8, 8))


def test_nonsense_is_refused_by_name():
    for given, how in (
        ({"outer": shapely.LineString([(0, 0), (1, 1)])}, {}),
        ({"outer": polygon((0, 0), (4, 4), (4, 0), (0, 4))}, {}),
        ({"outer": SQUARE}, {"reach_m": float("nan")}),
    ):
        with pytest.raises(BadInput):
            compile_plan(words({"1": "人民路以南"}), given["outer"], [lanes(ACROSS)], **how)
    twice = words({"1": "人民路以南"}) * 2
    with pytest.raises(BadInput):
        compile_plan(twice, SQUARE, [lanes(ACROSS)])


def test_the_county_plan_names_streets_that_cannot_be_told_apart():
    plan = county()
    assert plan.compiled.whole == (False,) * 6
    unsure = {(d.id, g, d.phrases[0]) for d in plan.doubts for g in d.grids if d.id.endswith("_name")}
    assert ("ambiguous_name", "2", "财运来大道以东") in unsure
    assert ("unknown_name", "6", "财运来以西") in unsure
    assert {g for _, g, _ in unsure} == set("123456")


def test_with_its_names_settled_the_county_plan_is_the_drawn_one():
    plan = county(settled=COUNTY_SETTLED)
    assert plan.compiled.whole == (True,) * 6
    for one, shape in zip(plan.compiled.wordings, plan.compiled.shapes, strict=True):
        assert same(shape, areas(COUNTY_GRIDS)[one.code]), one.code
