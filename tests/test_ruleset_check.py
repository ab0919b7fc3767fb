"""The check of a ruleset: every fault planted alone is found alone, with its line, and a sound ruleset has none."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import shapely.affinity
from drawing import areas, at, beside, edition, layer, line
from hypothesis import given, settings
from hypothesis import strategies as st

from gridsvc.codes import categories_matching
from gridsvc.errors import GridsvcError
from gridsvc.report import Report
from gridsvc.responsibility import statutory
from gridsvc.responsibility.findings import Finding
from gridsvc.responsibility.read import read_ruleset, read_staff
from gridsvc.router import Router, Snapshot
from gridsvc.ruleset_check import check_ruleset
from gridsvc.spatial.layer import Edition, Layer
from gridsvc.tables import Row, gathered
from gridsvc.values import Component, Point

NOW = datetime(2024, 6, 12, 4, 0, tzinfo=UTC)  # a Wednesday, 12:00 in Shanghai
STREETS = """
    XXXXYYYY
    XXXXYYYY
"""
GRIDS = """
    aabbccdd
    eeffgghh
"""
ZONES = areas("ZZ......\nZZ......", "WWWW....\nWWWW....", "......Q.")
STREET = layer("street", STREETS, units={"X": "SO-X", "Y": "SO-Y"})
GRID = layer("grid", GRIDS, within=STREETS, parent="street")
ZONE = layer("zone", ZONES, coverage="free", props={"Z": {"kind": "station"}, "Q": {"kind": "park"}})
LANE = layer("lane", {"L": line((0, 1), (4, 1)), "M": line((6, 0), (6, 2))}, geometry="line", coverage="free",
             props={"L": {"width_m": 4, "tier": "branch"}, "M": {"width_m": 6, "tier": "alley"}})  # fmt: skip
BARE = layer("bare", areas("BB......"), coverage="free")
CITY = edition(STREET, GRID, ZONE, LANE, BARE)
UNITS = [{"code": code, "name": code} for code in ("SO-X", "SO-Y", "U1", "U2", "U3")]
LOCAL = {"rank": "900", "id": "LOCAL", "via": "locality", "lead": "area:street"}
IN_Z, IN_W, IN_Y = at(0.5, 0.5), at(3.5, 0.5), at(4.5, 0.5)


def layer_of_size(drawn: Layer, times: float) -> Layer:
    """The same layer, larger."""
    shapes = shapely.affinity.scale
    grown = [shapes(g, times, times, origin=(*at(0, 0), 0)) for g in drawn.geometries]
    return replace(drawn, geometries=np.array([*grown, None], dtype=object)[:-1])


def row(rank: int, name: str, lead: str = "unit:U1", via: str = "rule", **columns: str) -> dict[str, str]:
    return {"rank": str(rank), "id": name, "via": via, "lead": lead, **columns}


def proof(place: tuple[float, float]) -> dict[str, str]:
    return {"test_lon": str(place[0]), "test_lat": str(place[1])}


def snapshot_of(tables: Mapping[str, Sequence[Mapping[str, str]]], city: Edition = CITY):
    """A snapshot and its rows: line 2 is the first row of each table."""
    rows = {name: [Row(r, line) for line, r in enumerate(some, start=2)] for name, some in tables.items()}
    rows.setdefault("units", [Row(r, line) for line, r in enumerate(UNITS, start=2)])
    router = Router(Snapshot(city))
    with gathered() as faults:
        staff = read_staff(rows, router.zone, faults)
        ruleset = read_ruleset("r", rows, staff, router.zone, faults)
    return Snapshot(city, ruleset, staff), rows


def findings(
    *rules: Mapping[str, str], city: Edition = CITY, **tables: Sequence[Mapping[str, str]]
) -> tuple[Finding, ...]:
    return check_ruleset(*snapshot_of({"rules": rules, **tables}, city), NOW).findings


def found(*rules: Mapping[str, str], **given) -> list[tuple[str, str, int | None, tuple[str, ...]]]:
    return [(f.id, f.severity, f.line, f.codes) for f in findings(*rules, **given)]


def test_a_sound_ruleset_has_no_findings():
    report = check_ruleset(*snapshot_of({"rules": [row(10, "A", places="zone:Z", **proof(IN_Z)), LOCAL]}), NOW)
    assert report.as_dict() == {"ruleset": "r", "ok": True, "counts": {"error": 0, "warning": 0}, "findings": []}


def test_without_rules_and_without_ground_nothing_is_said():
    assert found() == []
    assert found(LOCAL, city=edition()) == []


DEAD = [
    pytest.param(row(10, "A"), row(20, "B", places="zone:Z"), ("B", "A"), id="all ground"),
    pytest.param(row(10, "A", places="zone:W"), row(20, "B", places="zone:Z"), ("B", "A"), id="a zone within a zone"),
    pytest.param(row(10, "A", places="zone:*"), row(20, "B", places="lane:M&zone:Q;zone?kind=park"), ("B", "A"),
                 id="any zone"),
    pytest.param(row(10, "A", categories="06*"), row(20, "B", categories="06010;06011"), ("B", "A"), id="a prefix"),
    pytest.param(row(10, "A", attributes="vehicle=car|bus"), row(20, "B", attributes="vehicle=car;surface=side"),
                 ("B", "A"), id="circumstances"),
    pytest.param(row(10, "A", window="1-5 08:00-18:00"), row(20, "B", window="2-3 09:00-10:00"),
                 ("B", "A"), id="a window"),
    pytest.param(row(10, "A", window="00:00-12:00;12:00-24:00"), row(20, "B"),
                 ("B", "A"), id="windows that leave nothing"),
    pytest.param(row(10, "A", valid_to="2030-01-01"), row(20, "B", valid_from="2025-01-01", valid_to="2026-01-01"),
                 ("B", "A"), id="a validity"),
    pytest.param(row(10, "A", valid_from="2024-01-01"), row(20, "B", valid_from="2020-01-01", lead="unit:U1"),
                 ("B", "A"), id="in force before the ruleset is"),
    pytest.param(row(10, "A", disputed="true"), row(20, "B", places="zone:Z"), ("B", "A"), id="a dispute"),
    pytest.param(row(10, "A", "component:owner"), row(20, "B", "component:owner", categories="01*"),
                 ("B", "A"), id="one keeper twice"),
    pytest.param(row(10, "A", "rotate:U1|U2@2024-01-01/7"), row(20, "B", places="zone:Z"), ("B", "A"), id="a rotation"),
    pytest.param(row(10, "A", "area:street", places="street:X"), row(20, "B", places="zone:Z"), ("B", "A"),
                 id="the unit of every street there"),
]  # fmt: skip


@pytest.mark.parametrize(("first", "second", "codes"), DEAD)
def test_a_row_that_an_earlier_one_shadows_is_dead(first, second, codes):
    assert found(first, second, LOCAL)[:1] == [("dead_row", "error", 3, codes)]
    assert [f for f in found(first, LOCAL) if f[0] == "dead_row"] == []
    assert [f for f in found(second, LOCAL) if f[0] == "dead_row"] == []


@pytest.mark.parametrize(("first", "second"), [
    (row(10, "A", places="zone:Z"), row(20, "B", places="zone:W")),
    (row(10, "A", places="street:X"), row(20, "B", places="lane:M")),
    (row(10, "A", categories="06010"), row(20, "B", categories="06*")),
    (row(10, "A", attributes="vehicle=car"), row(20, "B", attributes="vehicle=car|bus")),
    (row(10, "A", attributes="vehicle=car"), row(20, "B")),
    (row(10, "A", window="1-5 08:00-18:00"), row(20, "B", window="5-6 09:00-10:00")),
    (row(10, "A", window="08:30-08:30 @2024-06-12/4"), row(20, "B", window="work 09:00-10:00")),
    (row(10, "A", valid_to="2030-01-01"), row(20, "B", valid_from="2025-01-01")),
    (row(10, "A", valid_from="2024-08-01"), row(20, "B")),
    (row(10, "A", "component:owner", "component"), row(20, "B", "component:competent", "component")),
    (row(10, "A", disputed="true"), row(20, "B", "unit:U2", "precedent", places="zone:Z")),
    (row(10, "A", "area:street"), row(20, "B", "unit:U2", "locality", places="lane:L")),
])  # fmt: skip
def test_a_row_that_may_settle_some_case_is_not_dead(first, second):
    # The last one counts: no street answers for what lies just outside the map, where a lane still reaches.
    assert [f for f in found(first, second) if f[0] in ("dead_row", "contradiction")] == []


def test_several_rows_may_leave_nothing_together():
    halves = row(10, "A", places="street:X"), row(20, "B", categories="06*", places="street:Y")
    assert found(*halves, row(30, "C", categories="06010", places="grid:*"), LOCAL)[0][3] == ("C", "A", "B")
    assert found(*halves, row(30, "C", categories="07*", places="grid:*"), LOCAL) == []


def test_a_precedent_is_asked_after_a_dispute_though_a_row_before_it_settles():
    between = row(10, "D", categories="06*", disputed="true"), row(20, "A", "unit:U2")
    assert found(*between, row(30, "P", via="precedent", categories="06*", places="zone:Z"), LOCAL) == []
    (dead,) = found(*between, row(30, "P", via="precedent", categories="07*", places="zone:Z"), LOCAL)
    assert dead == ("dead_row", "error", 4, ("P", "A"))


@pytest.mark.parametrize(("bad", "severity"), [
    (row(10, "A", places="zone?kind=airport"), "error"),
    (row(10, "A", places="zone:Z&lane:M"), "error"),
    (row(10, "A", places="zone:Z&!zone:W"), "error"),
    (row(10, "A", "area:bare"), "error"),
    (row(10, "A", "area:street", places="!street:*"), "error"),
    (row(10, "A", window="1-5 08:00-18:00 @2030-01-01/1"), None),
        (row(10, "A", window="1-5 08:00-18:00 @2999-01-01/1"), "error"),
        (row(10, "A", window="6 08:00-18:00 @2024-01-01/7"), "error"),
    (row(10, "A", places="zone:Z;zone?kind=airport"), "warning"),
    (row(10, "A", valid_to="2024-06-01"), "warning"),
])  # fmt: skip
def test_a_row_that_can_never_hold_is_dead(bad, severity):
    assert found(bad, LOCAL) == ([("dead_row", severity, 2, ("A",))] if severity else [])


POWER = {"unit": "U1", "categories": "06*", "places": "zone:Z"}


def test_a_unit_without_power_settles_nothing_and_shadows_nothing():
    first, second = (
        row(10, "A", categories="06010", places="street:X"),
        row(20, "B", "unit:U2", categories="06010", places="zone:W"),
    )
    assert found(first, second, LOCAL) == [("dead_row", "error", 3, ("B", "A"))]
    assert found(first, second, LOCAL, powers=[POWER]) == []
    assert found(first | {"places": "zone:Q"}, LOCAL, powers=[POWER]) == [("dead_row", "error", 2, ("A",))]
    assert found(first | {"places": "zone:Q", "categories": "06010;07001"}, LOCAL, powers=[POWER]) == []
    inside = second | {"places": "zone:Z"}
    assert found(first, inside, LOCAL, powers=[POWER]) == [("dead_row", "error", 3, ("B", "A"))]
    turns = {"lead": "rotate:U1|U3@2024-01-01/7"}
    assert found(first | turns, second, LOCAL, powers=[POWER]) == []
    assert found(first | turns, inside, LOCAL, powers=[POWER]) == [("dead_row", "error", 3, ("B", "A"))]


def test_a_matter_is_nobodys_where_its_units_have_no_power():
    limited = [
        POWER,
        {"unit": "SO-X", "categories": "06010", "places": "zone:W"},
        POWER | {"unit": "SO-Y", "places": "!grid:g"},
    ]
    told = findings(LOCAL, powers=limited[1:])
    assert {f.codes[0] for f in told} >= {"06010", "06011"}
    (odour,) = [f for f in told if f.codes == ("06010",)]
    (other,) = [f for f in told if f.codes == ("06011",)]
    assert "在 1 个最小网格" in other.zh
    assert "g（" in other.zh
    assert "在 1 个最小网格" in odour.zh


def test_discs_are_places_too():
    lon, lat = at(4.5, 1.5)
    disc, within = f"at:{lon},{lat}/5", f"at:{lon},{lat}/2"
    assert found(row(10, "A", places=disc), row(20, "B", places=within), LOCAL) == [
        ("dead_row", "error", 3, ("B", "A"))
    ]
    assert found(row(10, "A", places=within), row(20, "B", places=disc), LOCAL) == []
    assert found(row(10, "A", places=f"{disc}&street:X"), LOCAL) == [("dead_row", "error", 2, ("A",))]
    there = (
        row(700, "J1", via="precedent", places=disc),
        row(710, "J2", "unit:U2", "precedent", places="at:120.0,29.9/5"),
    )
    assert found(*there, LOCAL) == []
    meeting = there[1] | {"places": f"at:{beside(at(4.5, 1.5), 6.0, 0.0)[0]},{lat}/2"}
    assert found(there[0], meeting, LOCAL) == [("precedents_conflict", "warning", 3, ("J2", "J1"))]


def test_equal_conditions_with_different_leads_contradict_each_other():
    rows = (
        row(10, "A", categories="06*", places="zone:Z"),
        row(20, "B", "unit:U2", categories="06*", places="zone?kind=station"),
    )
    assert found(*rows, LOCAL) == [("contradiction", "error", 3, ("B", "A"))]
    (told,) = findings(*rows, LOCAL)
    assert "A（第 2 行）" in told.zh
    assert "A (line 2)" in told.en


def test_precedents_that_meet_and_differ_are_told():
    first = row(700, "J1", via="precedent", categories="06*", places="zone:Z")
    second = row(710, "J2", "unit:U2", "precedent", categories="06010;07001", places="zone:W")
    assert found(first, second, LOCAL) == [("precedents_conflict", "warning", 3, ("J2", "J1"))]
    apart = [{"places": "zone:Q"}, {"lead": "unit:U1"}, {"categories": "07001"}, {"valid_to": "2024-06-11"}]
    for change in apart:
        assert [f for f in found(first, second | change, LOCAL) if f[0] == "precedents_conflict"] == []
    shifts = {"window": "08:00-20:00"}, {"window": "20:00-08:00"}
    assert found(first | shifts[0], second | shifts[1], LOCAL) == []


def test_rows_out_of_their_order_are_the_fewest():
    rows = [row(r, f"A{r}", via=via, categories="06010", places=place) for r, via, place in (
        (10, "zone", "zone:Z"), (20, "locality", "grid:a"), (30, "strip", "zone:Q"), (40, "component", "grid:g"),
        (50, "rule", "lane:M"), (60, "lane_tier", "grid:h"), (70, "precedent", "grid:c"),
    )]  # fmt: skip
    out = [f for f in found(*rows, LOCAL) if f[0] == "rank_order"]
    assert out == [("rank_order", "warning", 3, ("A20",)), ("rank_order", "warning", 7, ("A60",))]


def test_a_matter_that_nobody_owns_is_told_with_how_much_ground_and_an_example():
    (told,) = findings(row(900, "LOCAL", "area:street", "locality", categories="0*;10001"))
    assert (told.id, told.severity, told.line, told.codes) == ("unowned_matter", "error", None, ("10002",))
    assert "8 个" in told.zh
    (told,) = findings(
        LOCAL | {"categories": "0*;10001"}, row(910, "REST", via="locality", categories="10002", places="!zone:Q")
    )
    assert told.codes == ("10002",)
    assert " 1 of the smallest areas, such as d" in told.en


@pytest.mark.parametrize("rest", [
    row(500, "R", categories="10002", attributes="cable=power"),
    row(500, "R", categories="10002", window="1-5 08:00-18:00"),
    row(500, "R", categories="10002", valid_from="2024-07-01"),
    row(500, "R", "component:owner", categories="10002"),
])  # fmt: skip
def test_a_matter_owned_only_at_times_or_in_circumstances_is_not_owned(rest):
    assert ("unowned_matter", "error", None, ("10002",)) in found(rest, LOCAL | {"categories": "0*;10001"})


@pytest.mark.parametrize("since", ["2024-06-12", "2020-01-01", "2030-01-01"])
def test_a_matter_is_nobodys_while_it_is_the_turn_of_a_unit_without_power(since):
    turns = row(500, "R", f"rotate:U2|U1@{since}/30", categories="10002")
    rest = LOCAL | {"categories": "0*;10001"}
    assert found(turns, rest) == []
    limited = [{"unit": "U1", "categories": "", "places": "!grid:a"}]
    assert found(turns, rest, powers=limited) == [("unowned_matter", "error", None, ("10002",))]


def test_a_matter_that_is_meant_for_the_desk_is_owned():
    assert found(row(500, "R", categories="10002", disputed="true"), LOCAL | {"categories": "0*;10001"}) == []


def test_ground_that_no_layer_shares_out_needs_no_owner():
    assert found(row(10, "A", categories="06*", places="zone:Z"), city=edition(ZONE)) == []


def test_an_area_where_nothing_has_an_owner_is_told_once_and_not_matter_by_matter():
    assert found(LOCAL | {"places": "!grid:g"}) == [("uncovered_area", "error", None, ("g",))]
    some = row(10, "A", categories="06010", places="grid:g")
    left = {f[0] for f in found(some, LOCAL | {"places": "!grid:g"})}
    assert left == {"unowned_matter"}


@pytest.mark.parametrize(("rule", "place", "good"), [
    (row(20, "B", categories="06010"), IN_Y, True),
    (row(20, "B", categories="06010"), IN_Z, False),
    (row(20, "B", categories="06010;07001"), IN_Z, True),
    (row(20, "B", attributes="vehicle=car|bus", window="22:00-06:00"), IN_Y, True),
    (row(20, "B", valid_from="2025-01-01", valid_to="2025-01-02"), IN_Y, True),
    (row(20, "B", categories="06*", disputed="true"), IN_Y, True),
    (row(20, "B", places="lane:M"), IN_Y, False),
    (row(20, "B", categories="06*"), (119.0, 30.0), False),
    (row(20, "B", categories="06*"), (0.0, 0.0), False),
    (row(20, "B", categories="06*"), None, True),
])  # fmt: skip
def test_a_test_point_must_decide_by_its_row(rule, place, good):
    rule = rule | (proof(place) if place else {})
    expected = [] if good else [("test_point", "error", 3, ("B",))]
    assert found(row(10, "A", categories="06010", places="zone:*", lead="unit:U2"), rule, LOCAL) == expected


@pytest.mark.parametrize(("components", "good"), [
    ([], True),
    ([("01001", IN_Y, "U1")], True),
    ([("01001", IN_Y, None)], False),
    ([("01001", IN_Z, "U1")], False),
    ([("01001", IN_Z, "U1"), ("01002", IN_Y, "U2")], True),
])  # fmt: skip
def test_the_test_point_of_a_keepers_row_needs_a_component_of_one_of_its_classes(components, good):
    keeper = row(20, "B", "component:owner", "component", categories="01*", **proof(IN_Y))
    snapshot, rows = snapshot_of({"rules": [keeper, LOCAL]})
    there = [
        Component(f"C{i}", "GB/T 47678.5-2026", kind, "井盖", Point(*place), owner=owner)
        for i, (kind, place, owner) in enumerate(components)
    ]
    told = check_ruleset(replace(snapshot, components=there), rows, NOW).findings
    assert [f.id for f in told] == ([] if good else ["test_point"])


def test_a_rung_that_fines_less_than_the_one_below_is_told():
    fines = {"1": "900", "2": "800"}
    rungs = [{"categories": "09*", "times": n, "text_zh": "罚款", "fine_max": fine} for n, fine in fines.items()]
    assert found(LOCAL, sanctions=rungs) == [("softer_rung", "warning", 3, ("09*", "2"))]


def test_words_that_no_row_reads_are_told():
    words = [("vehicle", ""), ("vehicle", "car"), ("vehicle", "bus"), ("kind", "park"), ("condition", "urgent")]
    declared = [{"key": key, "value": value} for key, value in words]
    rule = row(10, "A", attributes="vehicle=car", places="zone?kind=park")
    limit = {"category": "06*", "condition": "urgent", "stage": "disposal", "amount": "1", "unit": "working_day"}
    assert found(rule, LOCAL, attributes=declared, limits=[limit]) == [
        ("unused_word", "warning", 4, ("vehicle", "bus"))
    ]
    assert [f[3][1] for f in found(LOCAL, attributes=declared)] == ["car", "bus", "park", "urgent"]


WORK_LIMIT = {"category": "06*", "stage": "disposal", "amount": "20", "unit": "working_day"}
LAST = statutory.last_announced()


@pytest.mark.parametrize(
    ("tables", "now", "told"),
    [
        # 20 working days, begun within 60 days from now, end in the year after.
        ({"limits": [WORK_LIMIT]}, datetime(LAST, 9, 1), []),
        ({"limits": [WORK_LIMIT]}, datetime(LAST, 11, 10), [str(LAST + 1)]),
        ({"limits": [WORK_LIMIT]}, datetime(LAST + 1, 12, 1), [str(LAST + 1), str(LAST + 2)]),
        ({"limits": [WORK_LIMIT], "calendar": [{"date": f"{LAST + 1}-01-09", "day": "work"}]}, datetime(LAST, 11, 10),
         []),
        ({"limits": [WORK_LIMIT | {"unit": "natural_day"}]}, datetime(LAST, 11, 10), []),
        ({"rules": [row(5, "W", window="work 08:00-12:00"), LOCAL]}, datetime(LAST, 11, 10), [str(LAST + 1)]),
        ({"rules": [row(5, "W", window="1-5 08:00-12:00"), LOCAL]}, datetime(LAST, 11, 10), []),
        ({}, datetime(LAST, 11, 10), []),
    ],
)  # fmt: skip
def test_a_year_whose_days_are_not_known_is_told_before_clocks_end_in_it(tables, now, told):
    report = check_ruleset(*snapshot_of({"rules": [LOCAL]} | tables), now.replace(tzinfo=UTC))
    assert [(f.id, f.severity, f.codes) for f in report.findings] == [
        ("calendar_year", "warning", (year,)) for year in told
    ]


def test_a_working_period_that_never_is_is_an_error_where_limits_ask_for_it():
    never = [{"code": "working", "window": "08:00-12:00 @2199-12-01/999"}]
    assert found(LOCAL, periods=never) == []
    assert found(LOCAL, periods=never, limits=[WORK_LIMIT]) == [("no_worktime", "error", None, ("working",))]


SIX = """
    abcdef
    abcdef
"""
ALL_X = SIX.translate({ord(c): "X" for c in "abcdef"})


@pytest.mark.parametrize(
    ("picture", "many"), [("abcd..", False), ("abcdef", True), ("abc...", True), ("abcde.", False)]
)
def test_grids_per_street_are_a_figure(picture, many):
    street = "".join("X" if c != "." else "." for c in picture)
    drawn = edition(
        layer("street", street, units={"X": "SO-X"}, names={"X": "新桥"}),
        layer("grid", picture, within=street, parent="street", chief_role="grid_chief"),
    )
    told = findings(LOCAL, city=drawn)
    assert [(f.id, f.severity, f.codes) for f in told] == ([("grids_per_street", "warning", ("X",))] if many else [])
    assert all("新桥" in f.zh for f in told)


def test_staff_per_square_kilometre_is_a_figure_where_posts_lie_below_a_street():
    drawn = edition(
        layer("street", ALL_X, units={"X": "SO-X"}),
        layer("part", SIX.replace("d", "c").replace("e", "f"), within=ALL_X, parent="street"),
        layer("grid", SIX.replace("d", "c").replace("f", "e"), within=ALL_X, parent="street", chief_role="grid_chief"),
    )
    km2 = 6 * 2 * 11.8e-3 * 13.5e-3  # twelve cells
    people = [{"code": f"R{i}", "name": "张三"} for i in range(2)]
    chiefs = [
        {"code": f"P{c}", "person": "R0", "role": "grid_chief", "layer": "grid", "area": c, "unit": "", "deputy_of": ""}
        for c in "abce"
    ]
    assert found(LOCAL, city=drawn, people=people, posts=chiefs) == []
    assert 1 / km2 > 20.0
    wide = edition(*(layer_of_size(x, 60) for x in drawn))
    (told,) = findings(LOCAL, city=wide, people=people, posts=chiefs)
    assert (told.id, told.severity, told.table, told.codes) == ("staff_density", "warning", "posts", ("X",))
    assert f"{1 / km2 / 3600:.1f} staff" in told.en
    elsewhere = [c | {"layer": "", "area": "", "unit": "U1", "role": "duty_officer"} for c in chiefs]
    assert found(LOCAL, city=wide, people=people, posts=elsewhere) == []


def test_a_chair_is_a_grid_and_not_a_lane_and_its_vacancy_is_an_error():
    chiefs = [{"code": "P1", "person": "R0", "role": "street_chief", "layer": "street", "area": "X"}]
    drawn = edition(
        layer("street", STREETS, units={"X": "SO-X", "Y": "SO-Y"}, chief_role="street_chief"), GRID, ZONE,
        layer("lane", {"L": line((0, 1), (4, 1))}, geometry="line", coverage="free", chief_role="street_chief"),
    )  # fmt: skip
    told = found(LOCAL, city=drawn, people=[{"code": "R0", "name": "张三"}], posts=chiefs)
    assert [f for f in told if f[0] != "staff_density"] == [("no_chief", "error", None, ("street:Y",))]


@pytest.mark.slow
def test_the_demo_city_has_no_error(demo):
    report = check_ruleset(demo.snapshot, demo.tables, NOW)
    # Fallen cables that belong to nobody known are for the desk; not every state of the city's rules says so.
    assert [f.zh for f in report.findings if f.severity == "error" and f.codes != ("10002",)] == []
    assert {f.id for f in report.findings if f.severity == "warning"} <= {"staff_density"}


@pytest.mark.slow
@pytest.mark.parametrize(("table", "at", "cells", "told"), [
    ("rules", -1, {"categories": "01*"}, "unowned_matter"),
    ("rules", -1, {"rank": "1"}, "dead_row"),
    ("rules", 5, {"lead": "unit:DEPT-POL", "test_lon": "120.2", "test_lat": "30.0"}, "test_point"),
    ("posts", 0, {"valid_from": "2030-01-01"}, "no_chief"),
])  # fmt: skip
def test_a_fault_planted_in_the_demo_city_is_found(demo, table, at, cells, told):
    tables = {name: [Row(dict(r), line) for line, r in enumerate(rows, start=2)] for name, rows in demo.tables.items()}
    tables[table][at].update(cells)
    if "valid_from" in cells:
        seat = tables[table][at]
        for post in tables[table]:
            if (post["role"], post["layer"], post["area"]) == (seat["role"], seat["layer"], seat["area"]):
                post.update(cells)
    snapshot, rows = snapshot_of(tables, demo.snapshot.edition)
    report = check_ruleset(replace(snapshot, components=demo.snapshot.components), rows, NOW)
    assert {f.id for f in report.findings if f.severity == "error" and f.codes != ("10002",)} >= {told}


IN_EVERY_PLACE = [at(c, r) for c in (-0.4, 0.6, 2.6, 4.6, 6.1, 6.6) for r in (-0.4, 0.6, 1.1, 1.6)]
COLUMNS = {
    "lead": ("unit:U1", "unit:U2", "area:street", "area:bare", "component:owner", "rotate:U1|U2@2024-06-01/1"),
    "places": ("", "zone:*", "zone:Z", "zone:W", "!zone:W", "zone?kind=park", "lane:L&zone:Z", "street:X;lane:M",
               f"at:{IN_Z[0]},{IN_Z[1]}/9"),
    "categories": ("", "06*", "06010;07001", "07*"), "disputed": ("false", "false", "true"),
    "via": ("rule", "rule", "precedent", "locality"), "attributes": ("", "", "vehicle=car", "vehicle=car|bus"),
    "window": ("", "", "1-5 08:30-17:30", "3 09:00-18:00", "08:30-08:30 @2024-06-12/2"),
    "valid_to": ("", "", "2024-06-14"), "valid_from": ("", "", "2024-06-13"),
}  # fmt: skip
REPORTS = [
    Report(NOW + timedelta(hours=h), c, attributes=a)
    for h in (0, 7, 33)
    for c in (None, "06010", "07001", "07002")
    for a in ({}, {"vehicle": "car"})
]

limits = st.lists(st.fixed_dictionaries({
    "unit": st.sampled_from(["U1", "U2", "SO-X"]), "categories": st.sampled_from(["", "06*"]),
    "places": st.sampled_from(["zone:W", "street:Y", "!zone:Z"]),
}), max_size=2)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.fixed_dictionaries({k: st.sampled_from(v) for k, v in COLUMNS.items()}), min_size=1, max_size=6), limits
)
def test_a_row_that_is_called_dead_never_settles_anything(drawn, powers):
    rules = [{"rank": str(i), "id": f"R{i}", **columns} for i, columns in enumerate(drawn)]
    snapshot, rows = snapshot_of({"rules": rules, "powers": powers})
    dead = {
        f.codes[0] for f in check_ruleset(snapshot, rows, NOW).findings if f.id in ("dead_row", "contradiction")
        and "一部分" not in f.zh
    }  # fmt: skip
    router = Router(snapshot)
    for report in REPORTS:
        x, y = zip(*IN_EVERY_PLACE, strict=True)
        for decision in router.decide_many(x, y, crs="wgs84", reports=[report] * len(x)):
            assert not isinstance(decision, GridsvcError)
            assert decision.rule is None or decision.rule.id not in dead


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.fixed_dictionaries({k: st.sampled_from(v) for k, v in COLUMNS.items()}), min_size=1, max_size=4), limits
)
def test_what_has_no_owner_somewhere_is_told(drawn, powers):
    """Every matter that a case inside finds nobody for is among those that are told, or its area is."""
    rules = [{"rank": str(i), "id": f"R{i}", **columns} for i, columns in enumerate(drawn)]
    snapshot, rows = snapshot_of({"rules": rules, "powers": powers})
    told = check_ruleset(snapshot, rows, NOW).findings
    matters = {f.codes[0] for f in told if f.id == "unowned_matter"}
    bare = {f.codes[0] for f in told if f.id == "uncovered_area"}
    router, finest = Router(snapshot), snapshot.edition.layers["grid"].codes
    x, y = zip(*IN_EVERY_PLACE, strict=True)
    position = router.locate(x, y, crs="wgs84").position["grid"]
    for report in (r for r in REPORTS if r.category):
        for area, decision in zip(
            position, router.decide_many(x, y, crs="wgs84", reports=[report] * len(x)), strict=True
        ):
            if area >= 0 and decision.unit is None and decision.desk != "rules_conflict":
                assert report.category in matters or finest[area] in bare
    assert {c.code for c in categories_matching("0*")} >= matters - {"10001", "10002"}
