"""Who is accountable, and why: the walk down the table, disputes, the desk, rotation, and what was passed over."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from gridsvc.codes import category_of
from gridsvc.responsibility.people import Staff, Unit
from gridsvc.responsibility.places import Disc, Place
from gridsvc.responsibility.resolve import Decision, Ruleset, Situation, decide
from gridsvc.responsibility.table import Lead, Limit, Power, Rule, parse_power, parse_rule
from gridsvc.values import AreaAt, Component, Point

GEOD = Geod(ellps="WGS84")
SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2024, 6, 12, 4, 0, tzinfo=UTC)  # a Wednesday, 12:00 in Shanghai
STAFF = Staff({code: Unit(code, f"unit {code}") for code in ("U1", "U2", "U3", "SO")})
STREET = AreaAt("street", "S1", "新桥街道", "inside", "SO")
HERE, FAR = Point(120.0, 30.0), Point(120.01, 30.0)  # a kilometre apart
WELL = Component("W1", "GB/T 47678.5-2026", "01001", "well", Point(120, 30), maintainer="U1", owner="U2")


def rule(rank: int, lead: str = "unit:U1", via: str = "rule", validity=(None, None), **columns: str) -> Rule:
    row = {"id": f"R{rank}", "rank": str(rank), "via": via, "lead": lead} | columns
    return parse_rule(row, *validity)


def situation(**changes: object) -> Situation:
    given = {"instant": NOON, "zone": SHANGHAI, "point": HERE, "category": category_of("06010"),
             "areas": {"street": STREET}, "around": {"street": [STREET]}}  # fmt: skip
    return Situation(**(given | changes))


def settle(*rules: Rule, **changes: object) -> Decision:
    return decide(Ruleset("r", rules), STAFF, situation(**changes))


def outcome(*rules: Rule, **changes: object) -> tuple[str | None, str | None, str | None]:
    """Unit, row and desk reason."""
    found = settle(*rules, **changes)
    return found.unit and found.unit.code, found.rule and found.rule.id, found.desk


def passed(*rules: Rule, **changes: object) -> list[tuple[str, str]]:
    return [(r.id, why) for r, why in settle(*rules, **changes).trail]


def test_without_any_rules_nobody_is_accountable_and_no_desk_is_asked():
    assert outcome() == (None, None, None)


def test_without_any_rules_a_point_outside_is_not_for_the_desk_either():
    assert outcome(inside=False) == (None, None, None)


def test_the_first_row_by_rank_that_holds_settles_the_case():
    rules = rule(30, "unit:U3"), rule(20, "unit:U2"), rule(10, "unit:U1", categories="09*")
    assert outcome(*rules) == ("U2", "R20", None)


def test_rows_after_the_settling_one_are_not_looked_at():
    assert passed(rule(10), rule(20, "unit:U2")) == []


def test_every_row_passed_over_is_kept_with_its_reason():
    early = datetime(2025, 1, 1, tzinfo=UTC)
    rules = [
        rule(1, validity=(early, None)),
        rule(2, categories="09*"),
        rule(3, attributes="vertical=above"),
        rule(4, places="zone:*"),
        rule(5, window="17:30-08:30"),
        rule(6, lead="component:maintainer"),
        rule(7, disputed="true"),
        rule(8, "unit:U2"),
        rule(9, "unit:U3", via="locality"),
    ]
    assert passed(*rules) == [
        ("R1", "validity"), ("R2", "category"), ("R3", "attributes"), ("R4", "place"), ("R5", "window"),
        ("R6", "no_unit"), ("R7", "disputed"), ("R8", "settled"),
    ]  # fmt: skip
    assert outcome(*rules) == ("U3", "R9", None)


@pytest.mark.parametrize("via", ["precedent", "locality"])
def test_after_a_dispute_precedent_and_locality_may_settle(via):
    assert outcome(rule(1, disputed="true"), rule(2, "unit:U2"), rule(3, "unit:U3", via=via)) == ("U3", "R3", None)


def test_a_dispute_that_nothing_settles_is_a_conflict_for_the_desk():
    assert outcome(rule(1, disputed="true"), rule(2, "unit:U2")) == (None, None, "rules_conflict")


def test_a_disputed_row_that_does_not_hold_disputes_nothing():
    assert outcome(rule(1, disputed="true", categories="09*"), rule(2, "unit:U2")) == ("U2", "R2", None)


def test_a_disputed_row_that_names_no_unit_disputes_nothing():
    assert outcome(rule(1, "component:owner", disputed="true"), rule(2, "unit:U2")) == ("U2", "R2", None)


@pytest.mark.parametrize(
    ("rules", "changes", "reason"),
    [
        ([rule(1, categories="09*")], {}, "no_rule"),
        ([rule(1, "component:maintainer")], {}, "no_owner"),
        ([rule(1, "area:zone")], {}, "no_owner"),
        ([rule(1, "unit:U9")], {}, "no_owner"),
        ([rule(1, categories="09*")], {"inside": False}, "outside"),
        ([rule(1, "component:maintainer")], {"inside": False}, "outside"),
        ([rule(1, disputed="true")], {"inside": False}, "rules_conflict"),
    ],
    ids=["nothing holds", "no component", "no area", "no such unit", "outside", "outside without owner",
         "disputed outside"],
)  # fmt: skip
def test_what_nobody_settles_is_for_the_desk_with_its_reason(rules, changes, reason):
    assert outcome(*rules, **changes) == (None, None, reason)


def test_a_row_may_settle_a_case_outside_every_area():
    assert outcome(rule(1), inside=False) == ("U1", "R1", None)


@pytest.mark.parametrize(
    ("lead", "component", "unit"),
    [
        ("component:maintainer", WELL, "U1"),
        ("component:owner", WELL, "U2"),
        ("component:competent", WELL, None),
        ("area:street", None, "SO"),
        ("area:zone", None, None),
        ("unit:U3", None, "U3"),
    ],
)
def test_a_lead_becomes_the_unit_it_names(lead, component, unit):
    assert outcome(rule(1, lead), component=component)[0] == unit


def test_the_unit_of_an_area_is_that_of_the_settled_one_before_others_around():
    settled, other = AreaAt("zone", "Z1", "", "inside", "U1"), AreaAt("zone", "Z2", "", "inside", "U2")
    assert outcome(rule(1, "area:zone"), areas={"zone": settled}, around={"zone": [other, settled]})[0] == "U1"


def test_a_settled_area_without_unit_gives_way_to_another_at_the_point():
    settled, other = AreaAt("lane", "L1", "", "inside"), AreaAt("lane", "L2", "", "inside", "U2")
    assert outcome(rule(1, "area:lane"), areas={"lane": settled}, around={"lane": [settled, other]})[0] == "U2"


@pytest.mark.parametrize(
    ("pattern", "category", "holds"),
    [
        ("06*", "06010", True),
        ("06010", "06010", True),
        ("0601*", "06010", True),
        ("09*;06010", "06010", True),
        ("06011", "06010", False),
        ("09*", "06010", False),
        ("06*", None, False),
        ("", None, True),
    ],
)
def test_a_row_is_for_the_categories_it_names(pattern, category, holds):
    given = category_of(category) if category else None
    assert (outcome(rule(1, categories=pattern), category=given)[0] == "U1") is holds


AROUND = {
    "zone": [AreaAt("zone", "Z1", "", "overlap"), AreaAt("zone", "Z2", "", "overlap")],
    "lane": [AreaAt("lane", "L1", "", "inside", props={"tier": "alley", "lamps": 7, "width_m": 12.0, "lit": True})],
    "street": [STREET],
}


@pytest.mark.parametrize(
    ("places", "holds"),
    [
        ("", True),
        ("zone:Z1", True),
        ("zone:Z2", True),
        ("zone:Z3", False),
        ("zone:*", True),
        ("strip:*", False),
        ("!strip:*", True),
        ("!zone:Z3", True),
        ("!zone:Z1", False),
        ("!zone:*", False),
        ("zone:Z1&lane:L1", True),
        ("zone:Z1&lane:L2", False),
        ("zone:Z1&!lane:L2", True),
        ("zone:Z3;lane:L1", True),
        ("zone:Z3;zone:Z1&lane:L2;street:S1", True),
        ("zone:Z3;zone:Z1&lane:L2", False),
        ("lane?tier=alley", True),
        ("lane?tier=arterial", False),
        ("!lane?tier=arterial", True),
        ("lane?lamps=7", True),
        ("lane?width_m=12", True),
        ("lane?lit=true", True),
        ("lane?lit=false", False),
        ("lane?unknown=None", False),
        ("lane?unknown=x", False),
    ],
)
def test_a_row_is_for_the_places_it_names(places, holds):
    assert (outcome(rule(1, places=places), around=AROUND)[0] == "U1") is holds


@pytest.mark.parametrize(
    ("attributes", "given", "holds"),
    [
        ("vertical=above", {}, False),
        ("vertical=above", {"vertical": "above"}, True),
        ("vertical=above", {"vertical": "below"}, False),
        ("vertical=above|below", {"vertical": "below"}, True),
        ("vertical=above;vehicle=truck", {"vertical": "above"}, False),
        ("vertical=above;vehicle=truck", {"vertical": "above", "vehicle": "truck", "surface": "road"}, True),
    ],
)
def test_a_row_is_for_the_circumstances_it_names(attributes, given, holds):
    assert (outcome(rule(1, attributes=attributes), attributes=given)[0] == "U1") is holds


@pytest.mark.parametrize(
    ("validity", "holds"),
    [
        ((None, None), True),
        ((NOON, None), True),
        ((NOON + timedelta(microseconds=1), None), False),
        ((None, NOON), False),
        ((None, NOON + timedelta(microseconds=1)), True),
    ],
)
def test_a_row_is_in_force_from_its_first_instant_until_just_before_its_last(validity, holds):
    assert (outcome(rule(1, validity=validity))[0] == "U1") is holds


@pytest.mark.parametrize(
    ("window", "holds"), [("08:30-17:30", True), ("17:30-08:30", False), ("6-7 08:30-17:30", False)]
)
def test_a_row_is_for_the_hours_it_names_by_the_clock_of_the_district(window, holds):
    assert (outcome(rule(1, window=window))[0] == "U1") is holds


@pytest.mark.parametrize(
    ("local", "unit"),
    [
        ("2024-01-01T00:00", "U1"),
        ("2024-01-07T23:59", "U1"),
        ("2024-01-08T00:00", "U2"),
        ("2024-01-14T23:59", "U2"),
        ("2024-01-15T00:00", "U3"),
        ("2024-01-22T00:00", "U1"),
        ("2023-12-31T23:59", "U3"),
        ("2023-12-24T00:00", "U2"),
    ],
)
def test_units_take_turns_by_the_week_of_the_districts_own_calendar(local, unit):
    turns = rule(1, "rotate:U1|U2|U3@2024-01-01/7", via="strip")
    at = datetime.fromisoformat(local).replace(tzinfo=SHANGHAI)
    assert outcome(turns, instant=at.astimezone(UTC))[0] == unit


def test_the_turn_changes_at_the_districts_midnight_not_at_that_of_the_instant():
    turns = rule(1, "rotate:U1|U2@2024-01-01/7", via="strip")
    at = datetime(2024, 1, 7, 20, 0, tzinfo=UTC)  # already the eighth in Shanghai, still the seventh in Los Angeles
    assert outcome(turns, instant=at)[0] == "U2"
    assert outcome(turns, instant=at, zone=ZoneInfo("America/Los_Angeles"))[0] == "U1"


CITY, FIELDS = AreaAt("planning_area", "P1", "", "inside"), AreaAt("zone", "Z1", "", "inside")
IN_PLAN = {"planning_area": [CITY]}
POWERS = (
    parse_power({"unit": "U1", "categories": "06*", "places": "planning_area:*", "source": "规划法"}),
    parse_power({"unit": "U1", "categories": "06010;09*", "places": "at:120,30/100"}),
    parse_power({"unit": "U2", "categories": "", "places": "zone:Z1"}),
)


@pytest.mark.parametrize(
    ("lead", "category", "around", "point", "unit"),
    [
        ("unit:U1", "06011", IN_PLAN, FAR, "U1"),
        ("unit:U1", "06011", {}, FAR, None),
        ("unit:U1", "06011", {}, HERE, None),
        ("unit:U1", "06010", {}, HERE, "U1"),
        ("unit:U1", "06010", IN_PLAN, FAR, "U1"),
        ("unit:U1", "06010", {}, FAR, None),
        ("unit:U1", "09001", IN_PLAN, FAR, None),
        ("unit:U1", "07001", {}, FAR, "U1"),
        ("unit:U1", None, {}, FAR, "U1"),
        ("unit:U2", None, {}, FAR, None),
        ("unit:U2", "07001", IN_PLAN, HERE, None),
        ("unit:U2", "07001", {"zone": [FIELDS]}, FAR, "U2"),
        ("unit:U3", "06010", {}, FAR, "U3"),
        ("component:owner", "06010", {}, FAR, None),
        ("component:owner", "06010", {"zone": [FIELDS]}, FAR, "U2"),
        ("rotate:U1|U3@2024-06-12/1", "06010", {}, FAR, None),
        ("rotate:U3|U1@2024-06-12/1", "06010", {}, FAR, "U3"),
    ],
)
def test_a_unit_is_accountable_only_where_it_has_the_power(lead, category, around, point, unit):
    asked = situation(category=category and category_of(category), around=around, point=point, component=WELL)
    rules = rule(1, lead), rule(2, "unit:SO", via="locality")
    found = decide(Ruleset("r", rules, powers=POWERS), STAFF, asked)
    assert found.unit.code == (unit or "SO")
    assert [(r.id, why) for r, why in found.trail] == ([] if unit else [("R1", "no_power")])


def test_where_every_unit_lacks_the_power_the_desk_is_asked_for_an_owner():
    found = decide(Ruleset("r", (rule(1),), powers=POWERS), STAFF, situation(around={}, point=FAR))
    assert (found.unit, found.desk) == (None, "no_owner")


def test_a_disputed_row_whose_unit_lacks_the_power_disputes_nothing():
    rules = rule(1, disputed="true"), rule(2, "unit:U3")
    assert decide(Ruleset("r", rules, powers=POWERS), STAFF, situation(around={}, point=FAR)).unit.code == "U3"


def test_whoever_assists_or_evaluates_needs_no_power():
    rules = rule(1, "unit:U3", assisting="unit:U1", evaluator="unit:U2")
    found = decide(Ruleset("r", (rules,), powers=POWERS), STAFF, situation(around={}, point=FAR))
    assert [unit and unit.code for unit in (found.unit, *found.assisting, found.evaluator)] == ["U3", "U1", "U2"]


def test_assisting_units_are_named_once_in_order_without_the_accountable_one_and_unknown_ones():
    found = settle(rule(1, "unit:U1", assisting="unit:U2;unit:U1;unit:U9;area:street;unit:U2", evaluator="unit:U3"))
    assert [u.code for u in found.assisting] == ["U2", "SO"]
    assert found.evaluator.code == "U3"


def test_an_evaluator_who_is_not_on_record_is_left_out():
    assert settle(rule(1, evaluator="component:owner")).evaluator is None


LIMITS = (
    Limit("06*", "", "disposal", 2.0, "working_day"),
    Limit("06010", "", "disposal", 4.0, "urgent_hour"),
    Limit("06*", "", "dispatch", 1.0, "working_hour"),
    Limit("06*", "missing", "disposal", 5.0, "urgent_hour"),
    Limit("06010", "vehicle=bus|car", "disposal", 6.0, "urgent_hour"),
    Limit("06010", "missing", "dispatch", 7.0, "urgent_hour"),
    Limit("06*", "vehicle=bus;condition=missing", "disposal", 8.0, "urgent_hour"),
    Limit("06010", "at night", "disposal", 9.0, "working_day"),
    Limit("09*", "", "check", 1.0, "working_hour"),
    Limit("09*", "vehicle=bus", "whole", 3.0, "working_hour"),
)


@pytest.mark.parametrize(
    ("attributes", "amounts"),
    [
        ({}, {"disposal": 4.0, "dispatch": 1.0}),
        ({"surface": "road"}, {"disposal": 4.0, "dispatch": 1.0}),
        ({"vehicle": "tram"}, {"disposal": 4.0, "dispatch": 1.0}),
        ({"vehicle": "car"}, {"disposal": 6.0, "dispatch": 1.0}),
        # A word alone is the filing condition, and a condition of a prefix goes before the exact code's ordinary one.
        ({"condition": "missing"}, {"disposal": 5.0, "dispatch": 7.0}),
        ({"condition": "at night"}, {"disposal": 9.0, "dispatch": 1.0}),
        ({"missing": "missing"}, {"disposal": 4.0, "dispatch": 1.0}),
        # The exact code before the prefix; two keys before one.
        ({"condition": "missing", "vehicle": "car"}, {"disposal": 6.0, "dispatch": 7.0}),
        ({"condition": "missing", "vehicle": "bus"}, {"disposal": 8.0, "dispatch": 7.0}),
    ],
    ids=str,
)
def test_the_limit_of_a_stage_is_that_of_the_most_exact_condition_that_is_met(attributes, amounts):
    for limits in (LIMITS, LIMITS[::-1]):
        found = Ruleset("r", (), limits).limits_for(category_of("06010"), attributes)
        assert {x.stage: x.amount for x in found} == amounts


PLACED = (
    Limit("06*", "", "arrival", 60.0, "urgent_hour"),
    Limit("06010", "mode=emergency", "arrival", 50.0, "urgent_hour"),
    Limit("06*", "", "arrival", 30.0, "urgent_hour", places="zone:MAIN"),
    Limit("06*", "mode=emergency", "arrival", 15.0, "urgent_hour", places="zone:MAIN"),
    Limit("06*", "", "arrival", 10.0, "urgent_hour", places="at:110.0,20.0/50"),
    Limit("06*", "", "check", 1.0, "working_day", places="!zone:MAIN"),
)
MAIN = {"zone": (AreaAt("zone", "MAIN", "", "inside"),)}
HERE, FAR = Point(110.01, 20.0), Point(110.0, 20.0001)


@pytest.mark.parametrize(
    ("around", "point", "attributes", "amounts"),
    [
        (MAIN, HERE, {}, {"arrival": 30.0}),
        ({}, HERE, {}, {"arrival": 60.0, "check": 1.0}),
        (MAIN, HERE, {"mode": "emergency"}, {"arrival": 15.0}),
        ({}, HERE, {"mode": "emergency"}, {"arrival": 50.0, "check": 1.0}),
        ({}, FAR, {}, {"arrival": 10.0, "check": 1.0}),
        ({"zone": (AreaAt("zone", "OTHER", "", "inside"),)}, HERE, {}, {"arrival": 60.0, "check": 1.0}),
        # Where no place is known, only what holds everywhere does.
        ({}, None, {}, {"arrival": 60.0}),
        (MAIN, None, {"mode": "emergency"}, {"arrival": 50.0}),
    ],
)
def test_a_limit_for_the_place_goes_before_one_for_all_places(around, point, attributes, amounts):
    for limits in (PLACED, PLACED[::-1]):
        ruleset = Ruleset("r", (), limits)
        found = ruleset.limits_for(category_of("06010"), attributes, around, point)
        assert {x.stage: x.amount for x in found} == amounts
        assert [d.radius_m for d in ruleset.discs.all] == [50.0]


def test_a_limit_that_was_chosen_before_is_not_given_to_other_circumstances():
    ruleset, category = Ruleset("r", (), PLACED + LIMITS), category_of("06010")
    stated = ({}, {"mode": "emergency"}, {"mode": "x"}, {"condition": "missing"}, {"vehicle": "car"})
    asked = [(around, point, said) for around in (MAIN, {}) for point in (HERE, FAR, None) for said in stated]
    alone = [Ruleset("r", (), PLACED + LIMITS).limits_for(category, said, *where) for *where, said in asked]
    for _ in range(2):
        assert [ruleset.limits_for(category, said, *where) for *where, said in asked] == alone
    assert len(set(alone)) > 6


def test_of_two_conditions_that_are_met_alike_the_order_of_the_rows_does_not_choose():
    rows = tuple(
        Limit("06*", f"{key}=x", "disposal", amount, "urgent_hour") for key, amount in (("b", 1.0), ("a", 2.0))
    )
    for limits in (rows, rows[::-1]):
        assert Ruleset("r", (), limits).limits_for(category_of("06010"), {"a": "x", "b": "x"})[0].amount == 2.0


def test_a_report_without_a_category_has_no_limits():
    assert Ruleset("r", (), LIMITS).limits_for(None, {"condition": "missing"}) == ()


def test_a_category_without_limits_has_none():
    assert Ruleset("r").limits_for(category_of("06010")) == ()


LANES = [AreaAt("lane", "L1", "", "inside", "U1", {"tier": "alley"}), AreaAt("lane", "L2", "", "inside", "U2",
         {"tier": "avenue"}), AreaAt("lane", "L3", "", "inside", None, {"tier": "avenue"})]  # fmt: skip


@pytest.mark.parametrize(
    ("places", "unit"),
    [
        ("", "U1"),
        ("street:S1", "U1"),
        ("lane:*", "U1"),
        ("lane?tier=alley", "U1"),
        ("lane?tier=avenue", "U2"),
        ("lane:L3;lane?tier=avenue", "U2"),
        ("lane:L3", None),
        ("lane:L2&lane:L3", "U2"),
        ("!lane:L9", "U1"),
        ("zone:*;street:S1&lane:L2", "U2"),
    ],
)
def test_where_lanes_cross_a_row_means_the_keeper_of_the_lane_it_asks_for(places, unit):
    around = {"lane": LANES, "street": [STREET]}
    found = settle(rule(1, "area:lane", places=places), areas={"lane": LANES[0]}, around=around)
    assert (found.unit and found.unit.code) == unit


@pytest.mark.parametrize("keeper", ["maintainer", "owner", "competent"])
def test_a_keeper_that_is_not_on_record_is_passed_over_as_such(keeper):
    stray = Component("W9", "GB/T 47678.5-2026", "01001", "well", Point(120, 30), **{keeper: "U9"})
    rules = rule(1, f"component:{keeper}"), rule(2, "unit:U1")
    assert passed(*rules, component=stray) == [("R1", "no_unit")]
    assert outcome(rules[0], component=stray)[2] == "no_owner"


ANY_RULES = st.lists(
    st.tuples(
        st.sampled_from(["unit:U1", "unit:U2", "unit:U9", "component:owner", "area:street"]),
        st.sampled_from(["rule", "precedent", "locality"]),
        st.sampled_from(["", "06*", "06010", "09*", "06011;09*"]),
        st.sampled_from(["", "street:S1", "zone:*", "!zone:*"]),
        st.sampled_from(["", "true"]),
        st.sampled_from([(None, None), (NOON, None), (None, NOON)]),
    ),
    max_size=8,
)


@given(ANY_RULES, st.lists(st.sampled_from(["06010", "06011", "09001", None]), min_size=1, max_size=6))
def test_one_ruleset_decides_every_case_as_a_new_one_would(rows, categories):
    rules = tuple(
        rule(rank, lead, via, validity, categories=pattern, places=places, disputed=disputed)
        for rank, (lead, via, pattern, places, disputed, validity) in enumerate(rows, start=10)
    )
    used = Ruleset("r", rules)
    for code in categories:
        asked = situation(category=category_of(code) if code else None)
        found = decide(used, STAFF, asked)
        assert found == decide(Ruleset("r", rules), STAFF, asked)
        # The trail has exactly the rows before the one that settled, and says of each why it did not.
        assert [r for r, _ in found.trail] == list(rules[: rules.index(found.rule)] if found.rule else rules)
        for passed_over, why in found.trail:
            alone = decide(Ruleset("r", (passed_over,)), STAFF, asked)
            assert why == "settled" or alone.trail == ((passed_over, why),)


LEADS = ["unit:U1", "unit:U2", "unit:U9", "component:owner", "component:maintainer", "area:street", "area:zone",
         "rotate:U1|U3|U9@2024-06-10/1"]  # fmt: skip
ROW = st.fixed_dictionaries(
    {
        "rank": st.integers(-3, 3).map(str),
        "lead": st.sampled_from(LEADS),
        "via": st.sampled_from(["zone", "rule", "precedent", "locality"]),
        "categories": st.sampled_from(["", "", "06*", "06010", "09*;06011"]),
        "places": st.sampled_from(["", "", "street:S1", "zone:*", "!zone:Z1", "street:S1&zone:Z1;at:120,30/50",
                                   "!at:120,30/50"]),
        "attributes": st.sampled_from(["", "", "vehicle=bus", "vehicle=bus|car;vertical=above"]),
        "window": st.sampled_from(["", "", "08:30-17:30", "22:00-06:00", "6-7 00:00-24:00"]),
        "disputed": st.sampled_from(["", "", "", "true"]),
        "assisting": st.sampled_from(["", "unit:U3;area:street;unit:U9"]),
    }
)  # fmt: skip
VALIDITY = st.sampled_from(
    [(None, None)] * 3 + [(NOON, None), (None, NOON), (NOON - timedelta(1), NOON + timedelta(1))]
)
POWER = st.builds(
    lambda unit, categories, places: parse_power({"unit": unit, "categories": categories, "places": places}),
    st.sampled_from(["U1", "U2", "SO"]),
    st.sampled_from(["", "06*", "09001"]),
    st.sampled_from(["zone:*", "at:120,30/50", "street:S1&!zone:*"]),
)
Z1 = AreaAt("zone", "Z1", "", "inside", "U3")
SITUATION = st.builds(
    lambda at, point, code, areas, component, attributes, inside: situation(
        instant=at, point=point, category=code and category_of(code), areas={a.layer: a for a in areas},
        around={a.layer: [a] for a in areas}, component=component, attributes=attributes, inside=inside,
    ),
    st.sampled_from([NOON, NOON + timedelta(hours=11), NOON + timedelta(days=3), NOON - timedelta(microseconds=1)]),
    st.sampled_from([HERE, FAR]),
    st.sampled_from([None, "06010", "06011", "09001", "01001"]),
    st.sampled_from([(), (STREET,), (Z1,), (STREET, Z1)]),
    st.sampled_from([None, WELL]),
    st.sampled_from([{}, {"vehicle": "bus"}, {"vehicle": "car", "vertical": "above"}]),
    st.booleans(),
)  # fmt: skip


def plainly(rules: Sequence[Rule], powers: Sequence[Power], asked: Situation) -> tuple[str | None, int]:
    """Whose it is, and how many rows stand before: every condition read anew from the row, without any index."""

    def term_holds(term: Place | Disc) -> bool:
        if isinstance(term, Disc):
            near = GEOD.inv(term.point.lon, term.point.lat, asked.point.lon, asked.point.lat)[2] <= term.radius_m
            return near != term.negated
        there = [a.code for a in asked.around.get(term.layer, ())]
        return (bool(there) if term.code == "*" else term.code in there) != term.negated

    def is_there(row: Rule | Power) -> bool:
        return not row.places or any(all(term_holds(t) for t in terms) for terms in row.places)

    def is_for(row: Rule | Power) -> bool:
        code = asked.category.code if asked.category else None
        return not row.categories or any(
            code is not None and (code.startswith(p[:-1]) if p.endswith("*") else code == p) for p in row.categories
        )

    def named(lead: Lead) -> str | None:
        if lead.kind == "component":
            return getattr(asked.component, lead.name, None)
        if lead.kind == "area":
            return next((a.unit for a in asked.around.get(lead.name, ())), None)
        if lead.kind == "rotate":
            return lead.turns[(asked.instant.astimezone(asked.zone).date() - lead.since).days % len(lead.turns)]
        return lead.name

    disputed = False
    for passed_over, row in enumerate(rules):
        at, clock = asked.instant, asked.instant.astimezone(asked.zone)
        late = clock.hour >= 22 or clock.hour < 6
        work = (8, 30) <= (clock.hour, clock.minute) < (17, 30)
        hours = {"": True, "08:30-17:30": work, "22:00-06:00": late, "6-7 00:00-24:00": clock.isoweekday() > 5}
        unit = named(row.lead)
        limits = [p for p in powers if p.unit == unit and is_for(p)]
        if (
            (not disputed or row.via in ("precedent", "locality"))
            and (row.valid_from is None or row.valid_from <= at)
            and (row.valid_to is None or at < row.valid_to)
            and is_for(row)
            and is_there(row)
            and all(asked.attributes.get(key) in values for key, values in (row.attributes or {}).items())
            and hours[row.window.text]
            and unit in STAFF.units
            and (not limits or any(is_there(p) for p in limits))
        ):
            if not row.disputed:
                return unit, passed_over
            disputed = True
    return None, len(rules)


@given(st.lists(st.tuples(ROW, VALIDITY), max_size=8), st.lists(POWER, max_size=3), SITUATION)
def test_deciding_is_total_and_repeatable_and_takes_the_first_row_that_holds(rows, powers, asked):
    made = [parse_rule({"id": f"R{i}"} | row, *validity) for i, (row, validity) in enumerate(rows)]
    in_order = sorted(made, key=lambda r: (r.rank, int(r.id[1:])))
    ruleset = Ruleset("r", tuple(made), powers=tuple(powers))
    found = decide(ruleset, STAFF, asked)
    unit, before = plainly(in_order, powers, asked)
    assert (found.unit.code if found.unit else None) == unit
    assert found.rule == (in_order[before] if unit else None)
    # With rules there is one accountable unit, or a reason for the desk; never both, never neither.
    assert [found.unit is None, found.desk is None].count(True) == (1 if made else 2)
    # The trail is the rows before, in their order.
    assert [r.id for r, _ in found.trail] == [r.id for r in in_order[:before]]
    # The order of the file is nothing, and neither is what was asked before.
    assert decide(Ruleset("r", tuple(made[::-1]), powers=tuple(powers[::-1])), STAFF, asked) == found
    assert decide(ruleset, STAFF, asked) == found
    if found.unit:
        assert found.unit not in found.assisting
