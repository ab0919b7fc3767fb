"""Who owns the boundary streets of a worded plan, and what the checks of boundaries say of its draft."""

import pytest
import shapely
from drawing import areas, line
from worded_plans import COUNTY_SETTLED, county, lanes, words

from gridsvc.spatial.topology import check_edition
from gridsvc.spatial.worded_draft import compile_plan, draft_edition

SQUARE = areas("\n".join(["SSSSSSSS"] * 8))["S"]
CROSS = lanes({"R": ("人民路", line((-1, 3), (9, 3))), "J": ("建设路", line((4, -1), (4, 9)))})


def halves(north: str, south: str):
    return compile_plan(words({"北": north, "南": south}), SQUARE, [CROSS])


@pytest.mark.parametrize(
    ("north", "south", "owners", "doubts"),
    [
        ("人民路以北", "人民路以南", [None], ["orphan_street"]),
        ("人民路以北（不含）", "人民路以南（不含）", [None], ["orphan_street"]),
        ("人民路以北（含）", "人民路以南", ["北"], []),
        ("人民路以北", "人民路以南（含）", ["南"], []),
        ("人民路以北（含）", "人民路以南（含）", ["北", "南"], ["contested_street"]),
    ],
)
def test_a_street_between_two_grids_has_the_owner_that_includes_it(north, south, owners, doubts):
    plan = halves(north, south)
    assert [d.id for d in plan.doubts] == doubts
    streets = draft_edition(plan, "d").layers["boundary_street"]
    assert sorted((p["owner"] for p in streets.props), key=str) == owners
    assert {p["width_m"] for p in streets.props} == {8.0}


def test_a_claim_on_a_street_that_bounds_the_grid_nowhere_is_told():
    plan = compile_plan(words({"1": "人民路以南（含）、建设路以西（含）、建设路沿线"}), SQUARE, [CROSS])
    assert [d.id for d in plan.doubts] == ["along", "gap"]
    far = lanes({"R": ("人民路", line((-1, 3), (9, 3))), "F": ("远路", line((-1, 1), (9, 1)))})
    plan = compile_plan(words({"1": "人民路以南（含）、远路以南（含）"}), SQUARE, [far])
    assert [(d.id, d.phrases) for d in plan.doubts if d.id == "claim_elsewhere"] == [
        ("claim_elsewhere", ("远路以南(含)",))
    ]


def test_overlap_and_gap_are_measured_and_the_checks_find_them_too():
    plan = compile_plan(words({"1": "人民路以南（含）", "2": "建设路以西（含）"}), SQUARE, [CROSS])
    found = {d.id: d for d in plan.doubts}
    cell_m2 = 11.8 * 13.5
    assert found["overlap"].measure == pytest.approx(20 * cell_m2, rel=0.05)
    assert found["gap"].measure == pytest.approx(12 * cell_m2, rel=0.05)
    assert found["overlap"].phrases == ("人民路以南(含)", "建设路以西(含)")
    checked = {f.id for f in check_edition(draft_edition(plan, "d")).findings if f.severity == "error"}
    assert {"overlap", "gap"} <= checked


def test_the_county_leaves_one_street_to_nobody_even_before_its_names_are_settled():
    for plan in (county(), county(settled=COUNTY_SETTLED)):
        orphans = [d for d in plan.doubts if d.id == "orphan_street" and "卫生路" in d.zh]
        assert {g for d in orphans for g in d.grids} == {"4", "5"}
        assert {p for d in orphans for p in d.phrases} == {"卫生路以北"}


def test_the_settled_county_has_an_owner_for_every_other_street():
    plan = county(settled=COUNTY_SETTLED)
    streets = draft_edition(plan, "county").layers["boundary_street"]
    owner = {(n, p["beside"]): p["owner"] for n, p in zip(streets.names, streets.props, strict=True)}
    assert owner["人民路", "2;4"] == "4"
    assert owner["人民路", "3;5"] == "5"
    assert owner["建设路", "2;3"] == "2"
    assert owner["建设路", "4;5"] == "4"
    assert owner["卫生路", "4"] is None
    assert {name for (name, _), who in owner.items() if who is None} == {"卫生路", "财运来大道"}


def test_the_checks_say_of_the_draft_what_the_review_list_says():
    plan = county(settled=COUNTY_SETTLED)
    edition = draft_edition(plan, "county")
    report = check_edition(edition)
    unowned = {f.codes[0].split("-")[0] for f in report.findings if f.id == "unowned_street"}
    assert "H" in unowned
    assert {f.id for f in report.findings if f.severity == "error"} == {"gap"}
    assert edition.layers["grid"].props[0]["wording"].startswith("财运来大道以南")
    assert shapely.coverage_is_valid(edition.layers["grid"].geometries)


def test_what_is_not_whole_is_kept_apart_in_the_draft():
    edition = draft_edition(county(), "county")
    assert len(edition.layers["grid"]) == 0
    assert set(edition.layers["unsure"].codes) >= {"4", "5"}
    assert draft_edition(county(settled=COUNTY_SETTLED), "county").layers.get("unsure") is None
