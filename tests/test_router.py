"""The front room on a small drawn city: where, whose and why in one answer, without any database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import shapely
from drawing import at, beside, edition, layer, line
from hypothesis import given
from hypothesis import strategies as st

from gridsvc.errors import BadCoordinate, BadDatum, BadInput, GridsvcError, UnknownCategory
from gridsvc.report import Report
from gridsvc.responsibility.people import Person, Post, Staff, Unit
from gridsvc.responsibility.resolve import Ruleset
from gridsvc.responsibility.table import Limit, Rule, parse_rule
from gridsvc.responsibility.vocabulary import Vocabulary
from gridsvc.responsibility.windows import parse_window
from gridsvc.router import Router, Snapshot
from gridsvc.spatial.datum import convert
from gridsvc.values import Component, Point

NOON = datetime(2024, 6, 12, 4, 0, tzinfo=UTC)  # a Wednesday, 12:00 in Shanghai
STREETS = """
    XXYY
    XXYY
"""
UNITS = """
    abcd
    efgh
"""
EDITION = edition(
    layer("street", STREETS, units={"X": "SO-X", "Y": "SO-Y"}, chief_role="street_chief", priority=50),
    layer("unit_grid", UNITS, within=STREETS, parent="street", names={"a": "甲格"}, title_zh="单元网格",
          title_en="unit grid", chief_role="grid_chief"),
    layer("walk", {"L": line((0, 2), (4, 2))}, geometry="line", coverage="free", props={"L": {"width_m": 4}},
          chief_role="street_chief", priority=10),
    layer("place", {"P": shapely.Point(at(3.5, 0.5))}, geometry="point", coverage="free",
          props={"P": {"radius_m": 2}}),
)  # fmt: skip
STAFF = Staff(
    {code: Unit(code, f"unit {code}") for code in ("SO-X", "SO-Y", "U1", "U2")},
    {p: Person(p, f"name {p}", "000") for p in ("p1", "p2", "p3", "p4")},
    (
        Post("N-a", "p1", "grid_chief", "unit_grid", "a"),
        Post("S-X", "p2", "street_chief", "street", "X"),
        Post("S-L", "p3", "street_chief", "walk", "L", duty=parse_window("17:30-08:30")),
        Post("D-L", "p4", "street_chief", "walk", "L", deputy_of="S-L"),
    ),
)


def rule(rank: int, lead: str, via: str = "rule", **columns: str) -> Rule:
    return parse_rule({"id": f"R{rank}", "rank": str(rank), "via": via, "lead": lead} | columns, None, None)


RULES = (
    rule(10, "unit:U2", "zone", places="place:P"),
    rule(20, "component:maintainer", "component", categories="01*"),
    rule(30, "unit:U1", categories="06*", assisting="area:street", evaluator="unit:U2", source="办法第三条"),
    rule(90, "area:street", "locality", categories="09*"),
)
WELL = Component("W1", "GB/T 47678.5-2026", "01001", "雨水井盖", Point(*at(0.5, 0.5)), maintainer="U1", unit_grid="a")
EDGE_WELL = Component("W2", "GB/T 47678.5-2026", "01001", "井盖", Point(*at(2, 0.5)), maintainer="U1", unit_grid="c")
LIMITS = (Limit("06*", "", "disposal", 2.0, "working_day"),)
ROUTER = Router(Snapshot(EDITION, Ruleset("r1", RULES, LIMITS), STAFF, (WELL, EDGE_WELL)))


def route(place: tuple[float, float], **asked: object):
    return ROUTER.route(*place, crs="wgs84", **({"at": NOON} | asked))


def shown(place: tuple[float, float], **asked: object) -> dict:
    return route(place, **asked).as_dict()


def test_without_rules_areas_are_answered_and_nobody_is_accountable():
    bare = Router(Snapshot(EDITION)).route(*at(0.5, 0.5), crs="wgs84", at=NOON, category="06010").as_dict()
    assert {k: v["code"] for k, v in bare["areas"].items()} == {"street": "X", "unit_grid": "a"}
    assert (bare["accountable"], bare["desk"], bare["ruleset"]) == (None, None, None)


def test_an_answer_has_every_key_of_the_contract_in_its_order():
    assert list(shown(at(0.5, 0.5))) == [
        "point", "areas", "match", "accountable", "desk", "assisting", "evaluator", "grid_chief", "street_chief",
        "component", "limits", "confidence", "because", "edition", "ruleset",
    ]  # fmt: skip


def test_a_full_answer_names_unit_assistants_evaluator_limits_and_chiefs():
    found = shown(at(0.5, 0.5), category="06010")
    assert found["accountable"] == {"unit": "U1", "name": "unit U1", "via": "rule"}
    assert [u["unit"] for u in found["assisting"]] == ["SO-X"]
    assert found["evaluator"]["unit"] == "U2"
    assert found["limits"] == [{"stage": "disposal", "amount": 2.0, "unit": "working_day", "due_at": None}]
    assert found["grid_chief"] == {"post": "N-a", "name": "name p1", "phone": "****", "on_duty": True, "acting": False}
    assert (found["street_chief"]["post"], found["street_chief"]["via"]) == ("S-X", "street")
    assert (found["edition"], found["ruleset"], found["confidence"]) == ("drawn", "r1", 1.0)


def test_a_way_has_its_own_street_chief_before_the_streets_by_priority():
    found = shown(beside(at(0.5, 2), 0, 1), category="06010")["street_chief"]
    assert (found["post"], found["via"], found["acting"]) == ("D-L", "walk", True)


def test_chiefs_never_replace_the_accountable_unit():
    found = route(at(0.5, 0.5), category="10001")
    assert (found.decision.unit, found.decision.desk, found.chiefs["grid_chief"].post.code) == (None, "no_rule", "N-a")


@pytest.mark.parametrize(
    ("place", "category", "desk"),
    [(at(0.5, 0.5), "10001", "no_rule"), (at(0.5, 0.5), "09001", None), (at(9, 9), "09001", "outside"),
     (at(3, 1.5), "01001", "no_owner")],
)  # fmt: skip
def test_what_no_rule_settles_is_for_the_desk_with_its_reason(place, category, desk):
    assert route(place, category=category).decision.desk == desk


def test_a_component_of_the_matters_class_is_found_and_its_keeper_answers():
    found = shown(beside(at(0.5, 0.5), 3, 0), category="01001", accuracy_m=5.0)
    assert found["component"] == {"code": "W1", "class": "01001", "distance_m": 3.0}
    assert found["accountable"] == {"unit": "U1", "name": "unit U1", "via": "component"}


def test_a_component_out_of_reach_is_not_meant():
    assert shown(beside(at(0.5, 0.5), 6.1, 0), category="01001")["component"] is None


def test_a_component_named_by_its_code_is_taken_at_any_distance():
    assert shown(at(3.5, 1.5), component="W1", category="01001")["accountable"]["unit"] == "U1"


@pytest.mark.parametrize(
    ("since", "refused"),
    [(None, False), (NOON + timedelta(seconds=1), False), (NOON, True), (NOON - timedelta(days=9), True)],
    ids=["nobody knows when", "just after the report", "at its instant", "long before"],
)
def test_a_removed_component_is_refused_by_its_code_once_it_is_gone(since, refused):
    gone = replace(WELL, state="removed", since=since)
    router = Router(Snapshot(EDITION, Ruleset("r1", RULES), STAFF, [gone]))
    asked = {"crs": "wgs84", "at": NOON, "category": "01001"}
    assert router.route(*at(0.5, 0.5), **asked).component is None
    if not refused:
        assert router.route(*at(0.5, 0.5), component="W1", **asked).component == gone
        return
    with pytest.raises(BadInput, match=since.date().isoformat()) as e:
        router.route(*at(0.5, 0.5), component="W1", **asked)
    assert since.isoformat() in e.value.zh
    assert [(f.field, f.value) for f in e.value.errors] == [("component", "W1")]


def test_on_an_edge_the_components_recorded_unit_grid_decides():
    assert route(at(2, 0.5)).areas["unit_grid"].code == "b"
    found = route(at(2, 0.5), component="W2")
    assert (found.areas["unit_grid"].code, found.areas["street"].code) == ("c", "Y")


def test_an_unknown_component_is_refused_by_that_field():
    with pytest.raises(BadInput) as e:
        route(at(0.5, 0.5), component="W9")
    assert e.value.errors[0].field == "component"


def test_a_named_place_reaches_its_radius_in_a_rule():
    assert route(beside(at(3.5, 0.5), 1.9, 0), category="06010").decision.unit.code == "U2"
    assert route(beside(at(3.5, 0.5), 2.1, 0), category="06010").decision.unit.code == "U1"


@pytest.mark.parametrize(
    ("place", "how", "codes", "ask", "confidence"),
    [
        (at(0.5, 0.5), "inside", {"a": 1.0}, False, 1.0),
        (at(1, 0.5), "edge", {"a": 0.5, "b": 0.5}, False, 0.5),
        (at(1, 1), "edge", {"a": 0.25, "b": 0.25, "e": 0.25, "f": 0.25}, False, 0.25),
        (beside(at(0, 0.5), -1.5, 0), "outside", {"a": 0.0}, False, 1.0),
    ],
    ids=["inside", "edge", "corner", "outside: the nearest"],
)
def test_without_a_stated_error_candidates_share_equally(place, how, codes, ask, confidence):
    match = route(place).match
    assert (match.how, {c: p for _, c, p in match.candidates}) == (how, codes)
    assert (match.ask, match.confidence) == (ask, confidence)


def test_near_the_city_the_nearest_is_the_candidate_and_a_person_is_asked():
    match = route(beside(at(0, 0.5), -0.5, 0)).match
    assert (match.how, [c for _, c, _ in match.candidates], match.ask) == ("near", ["a"], True)


def test_the_match_gives_the_metres_to_the_nearest_boundary():
    assert shown(beside(at(1, 0.5), -2, 0))["match"] == {
        "how": "inside", "distance_m": 2.0, "ask": False,
        "candidates": [{"layer": "unit_grid", "code": "a", "probability": 1.0}],
    }  # fmt: skip


def test_with_a_stated_error_near_an_edge_the_candidates_have_probabilities_and_a_person_is_asked():
    match = route(beside(at(1, 0.5), -0.5, 0), accuracy_m=3.0).match
    shares = {c: p for _, c, p in match.candidates}
    assert 0.5 < shares["a"] < 0.7
    assert sum(shares.values()) == pytest.approx(1.0, abs=1e-3)
    assert (match.ask, match.confidence) == (True, shares["a"])


def test_with_a_small_error_far_from_every_edge_one_candidate_is_certain():
    match = route(at(0.5, 0.5), accuracy_m=1.0).match
    assert (match.candidates, match.ask, match.confidence) == ((("unit_grid", "a", 1.0),), False, 1.0)


def test_the_explanation_names_each_area_the_row_and_the_chiefs_in_both_languages():
    steps = shown(at(0.5, 0.5), category="06010")["because"]
    assert [s["step"] for s in steps] == ["area", "area", "rule", "chief", "chief"]
    assert [s["id"] for s in steps] == ["street:X", "unit_grid:a", "R30", "N-a", "S-X"]
    assert "甲格（a）" in steps[1]["zh"]
    assert "办法第三条" in steps[2]["zh"]
    assert all(s["zh"] and s["en"] for s in steps)


def test_the_full_explanation_also_names_every_row_passed_over():
    found = route(at(0.5, 0.5), category="06010")
    passed = [s.id for s in found.because("full") if s.step == "passed"]
    assert passed == ["R10", "R20"]
    assert found.because("none") == []


def test_a_case_for_the_desk_explains_itself():
    steps = shown(at(0.5, 0.5), category="10001")["because"]
    assert ("desk", "no_rule") in [(s["step"], s["id"]) for s in steps]


@pytest.mark.parametrize("place", [(float("nan"), 30.0), (float("inf"), 30.0), (181.0, 30.0), (120.0, 91.0)])
def test_what_is_no_position_is_refused(place):
    with pytest.raises(BadCoordinate):
        route(place)


@pytest.mark.parametrize("place", [(30.0, 80.0), (0.0, 0.0), (-118.2, 34.0), (120.0, 32.0)])
def test_a_point_far_from_the_city_is_refused(place):
    with pytest.raises(BadCoordinate, match="far from the city"):
        route(place)


def test_exchanged_axes_are_recognised_where_both_are_possible():
    west, south = -70.0, -60.0
    moved = edition(layer("grid", {"A": shapely.box(west, south, west + 0.01, south + 0.01)}))
    with pytest.raises(BadCoordinate, match="swapped"):
        Router(Snapshot(moved)).route(south + 0.005, west + 0.005, crs="wgs84", at=NOON)


def test_a_hundred_kilometres_around_the_city_are_outside_and_beyond_is_an_error():
    assert route(beside(at(0, 0), -99_000, 0)).match.how == "outside"
    with pytest.raises(BadCoordinate):
        route(beside(at(0, 0), -101_000, 0))


@pytest.mark.parametrize(
    ("asked", "kind", "field"),
    [
        ({"category": "06999"}, UnknownCategory, "category"),
        ({"category": ""}, UnknownCategory, "category"),
        ({"accuracy_m": -1.0}, BadInput, "accuracy_m"),
        ({"accuracy_m": float("nan")}, BadInput, "accuracy_m"),
        ({"accuracy_m": 1e6}, BadInput, "accuracy_m"),
        ({"at": datetime(2024, 6, 12)}, BadInput, "at"),
    ],
)
def test_a_report_that_cannot_be_used_is_refused_by_its_field(asked, kind, field):
    with pytest.raises(kind) as e:
        route(at(0.5, 0.5), **asked)
    assert e.value.errors[0].field == field


def test_a_report_with_a_word_that_is_not_declared_is_refused_alone_and_among_many():
    words = Vocabulary.of_rows([{"key": "vehicle", "value": "bus"}])
    strict = Router(replace(ROUTER.snapshot, ruleset=replace(ROUTER.snapshot.ruleset, vocabulary=words)))
    lon, lat = at(0.5, 0.5)
    assert strict.route(lon, lat, crs="wgs84", at=NOON, category="06010", attributes={"vehicle": "bus"}).decision.unit
    with pytest.raises(BadInput) as e:
        strict.route(lon, lat, crs="wgs84", at=NOON, attributes={"vehicle": "plane"})
    assert [(f.field, f.value) for f in e.value.errors] == [("attributes.vehicle", "plane")]
    reports = [Report(NOON, attributes={"vehicle": "bus"}), Report(NOON, attributes={"vehicle": "plane"})]
    among = strict.route_many([lon, lon], [lat, lat], crs="wgs84", reports=reports)
    assert [isinstance(a, BadInput) for a in among] == [False, True]


@pytest.mark.parametrize("crs", ["", None, "wgs"])
def test_a_point_without_a_known_reference_is_refused(crs):
    with pytest.raises(BadDatum):
        ROUTER.route(120.0, 30.0, crs=crs, at=NOON)


@pytest.mark.parametrize("crs", ["gcj02", "bd09", "EPSG:4549"])
def test_a_point_may_come_in_any_declared_reference(crs):
    x, y = convert(*at(0.5, 0.5), "wgs84", crs)
    found = ROUTER.route(x, y, crs=crs, at=NOON)
    assert found.areas["unit_grid"].code == "a"
    assert (found.point.lon, found.point.lat) == pytest.approx(at(0.5, 0.5), abs=1e-10)


def test_many_reports_are_answered_as_one_by_one_with_errors_in_their_places():
    places = [at(0.5, 0.5), (float("nan"), 30.0), at(2, 0.5), at(9, 9)]
    reports = [Report(NOON, "06010"), Report(NOON), Report(NOON, component="W2"), Report(NOON, "06999")]
    answers = ROUTER.route_many(*np.array(places).T, crs="wgs84", reports=reports)
    assert [isinstance(a, GridsvcError) for a in answers] == [False, True, False, True]
    alone = route(at(0.5, 0.5), category="06010")
    assert answers[0].as_dict("full") == alone.as_dict("full")


def test_no_reports_have_no_answers():
    assert ROUTER.route_many([], [], crs="wgs84", reports=[]) == []


def test_an_edition_without_partition_still_answers():
    zones = Router(Snapshot(edition(layer("zone", "ZZ", coverage="cover"))))
    found = zones.route(*at(0.5, 0.5), crs="wgs84", at=NOON)
    assert (found.areas["zone"].code, found.match.how) == ("Z", "outside")


@pytest.mark.parametrize("number", [float, np.float64, np.float32, str])
def test_a_coordinate_of_any_kind_becomes_a_plain_number(number):
    found = ROUTER.route(number(120.0), number(30.0), crs="wgs84", at=NOON).point
    assert (found, type(found.lon), type(found.lat)) == (Point(120.0, 30.0), float, float)


PLACES = st.tuples(st.floats(-0.2, 4.2), st.floats(-0.2, 2.2)) | st.tuples(
    st.sampled_from([0, 0.5, 1, 2, 2.5, 4]), st.sampled_from([0, 0.5, 1, 2])
)


@given(
    place=PLACES.map(lambda p: at(*p)),
    category=st.sampled_from([None, "06010", "01001", "09001", "10001"]),
    component=st.sampled_from([None, "W1", "W2"]),
    accuracy_m=st.sampled_from([None, 0.0, 0.5, 3.0, 50.0]),
    later=st.timedeltas(timedelta(0), timedelta(days=8)),
)
def test_one_point_is_answered_as_among_many(place, category, component, accuracy_m, later):
    report = Report(NOON + later, category, component, accuracy_m)
    alone = route(place, at=report.at, category=category, component=component, accuracy_m=accuracy_m)
    among = ROUTER.route_many(*np.array([place, at(0.5, 0.5)]).T, crs="wgs84", reports=[report, Report(NOON)])[0]
    assert alone.as_dict("full") == among.as_dict("full")
    assert alone == among


def test_under_other_rules_reasons_speak_in_their_words(demo_router: Router):
    """Even where the same ground was explained in the old ones before."""
    parked = {"vehicle": "motor", "surface": "carriageway"}
    asked = {"crs": "wgs84", "at": NOON, "category": "09009", "attributes": parked}
    told = [s.zh for s in demo_router.route(120.2348905, 30.3161095, **asked).because()]
    assert any("机动车" in zh for zh in told)
    own = demo_router.snapshot.ruleset
    words = {**own.vocabulary.words}
    words["vehicle"] = words["vehicle"]._replace(values={**words["vehicle"].values, "motor": ("四轮车", "four wheels")})
    changed = replace(own, vocabulary=replace(own.vocabulary, words=words))
    under = demo_router.under(changed, demo_router.snapshot.staff).route(120.2348905, 30.3161095, **asked)
    fresh = Router(replace(demo_router.snapshot, ruleset=changed)).route(120.2348905, 30.3161095, **asked)
    assert [s.zh for s in under.because()] == [s.zh for s in fresh.because()]
    assert any("四轮车" in s.zh for s in under.because())


def test_what_was_told_before_changes_nothing_of_what_is_told(demo_router: Router):
    snapshot = demo_router.snapshot
    west, south, east, north = snapshot.edition.bounds_deg
    rng = np.random.default_rng(5)
    codes = sorted({c for rule in snapshot.ruleset.rules for c in rule.categories if c.isdigit()})
    parked = [{"vehicle": v, "surface": "carriageway"} for v in snapshot.ruleset.vocabulary.words["vehicle"].values]
    asked_at_one = [(120.2348905, 30.3161095, NOON, "09009", stated) for stated in parked]
    anywhere = [
        (float(rng.uniform(west, east)), float(rng.uniform(south, north)),
         NOON + timedelta(hours=int(rng.integers(0, 5000))), codes[i % len(codes)], {})
        for i in range(300)
    ]  # fmt: skip
    for x, y, instant, category, attributes in [*asked_at_one, *anywhere]:
        asked = {"crs": "wgs84", "at": instant, "category": category, "accuracy_m": 8.0, "attributes": attributes}
        anew = demo_router.under(snapshot.ruleset, snapshot.staff)
        assert demo_router.route(x, y, **asked).as_dict("full") == anew.route(x, y, **asked).as_dict("full")
