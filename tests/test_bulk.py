"""Many decisions at once are those that the front room makes one by one: areas, decisions with their trails, errors."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from drawing import areas, at, beside, edition, layer, line
from hypothesis import given, settings
from hypothesis import strategies as st

from gridsvc import kinds
from gridsvc.bulk import Decided, route_columns, route_each
from gridsvc.errors import BadDatum, GridsvcError
from gridsvc.report import Report
from gridsvc.responsibility.people import Staff, Unit
from gridsvc.responsibility.resolve import Ruleset
from gridsvc.responsibility.table import Rule, parse_power, parse_rule
from gridsvc.responsibility.vocabulary import Vocabulary
from gridsvc.router import Router, Snapshot
from gridsvc.spatial.datum import convert
from gridsvc.spatial.layer import Edition
from gridsvc.values import Component, Point

WORDS = Vocabulary.of_rows([{"key": "vehicle", "value": v} for v in ("motor", "bus", "x")]
                           + [{"key": "surface", "value": "y"}])  # fmt: skip
NOON = datetime(2024, 6, 12, 4, 0, tzinfo=UTC)  # a Wednesday, 12:00 in Shanghai
STREETS = """
    XXYY
    XXYY
"""
UNIT_GRIDS = """
    abcd
    efgh
"""
# Three zones that lie upon each other; one has no unit, and two differ only in how a property is spelled.
ZONES = areas("UU\nUU", ".VV", ".WW\n.WW")
CITY = edition(
    layer("street", STREETS, units={"X": "SO-X", "Y": "SO-Y"}),
    layer("unit_grid", UNIT_GRIDS, within=STREETS, parent="street"),
    layer("zone", ZONES, coverage="cover", units={"V": "U-V", "W": "U-W"},
          props={"U": {"k": 1}, "V": {"k": "1"}, "W": {"k": True}}),
    layer("lane", {"L": line((0, 1), (4, 1)), "M": line((2, 0), (2, 2))}, geometry="line", coverage="free",
          props={"L": {"width_m": 4, "tier": "branch"}, "M": {"width_m": 6, "tier": "alley"}}),
)  # fmt: skip
UNITS = Staff({code: Unit(code, code) for code in ("SO-X", "SO-Y", "U-V", "U-W", "U1", "U2", "U3")})
WELL = Component("W1", "GB/T 47678.5-2026", "01001", "井盖", Point(*at(0.5, 0.5)), maintainer="U1", unit_grid="a")
EDGE = Component("W2", "GB/T 47678.5-2026", "01001", "井盖", Point(*at(2, 0.5)), owner="U2", unit_grid="c")
STRAY = Component("W3", "GB/T 47678.5-2026", "01001", "井盖", Point(*at(3.5, 1.5)), maintainer="nobody")
LEADS = ("unit:U1", "unit:nobody", "area:street", "area:zone", "component:maintainer", "component:owner",
         "rotate:U1|U2|U3@2024-06-01/1")  # fmt: skip
# Discs about a corner, a middle and each other; the last holds the whole city.
SPOTS = (((2, 1), 13.0), ((0.5, 0.5), 6.5), ((2.5, 1), 9.0), ((2, 1), 4000.0))
DISCS = tuple("at:{},{}/{}".format(*at(*place), radius_m) for place, radius_m in SPOTS)
PLACES = ("zone:V", "zone:*", "!zone:*", "zone?k=1", "zone?k=true", "zone?k=1&zone?k=true", "lane?tier=alley",
          "zone:W&!lane:*", "street:X;lane:L", "unit_grid:a",
          *DISCS, f"!{DISCS[0]}", f"zone:V&!{DISCS[1]};{DISCS[2]}&lane:*")  # fmt: skip
COLUMNS = {
    "lead": LEADS, "places": ("", *PLACES), "assisting": ("", *LEADS), "evaluator": ("", *LEADS),
    "categories": ("", "01*", "06*;09001"), "disputed": ("false", "true"), "via": ("rule", "locality"),
    "attributes": ("", "vehicle=motor|bus"), "window": ("", "1-5 08:30-17:30", "22:00-06:00"),
}  # fmt: skip
EVERYWHERE = [at(column / 2, row / 2) for column in range(-1, 10) for row in range(-1, 6)]
UNUSABLE = [(np.nan, 30.0), (np.nan, np.nan), (500.0, 30.0), (30.0, 120.0), (121.0, 30.0), (0.0, 0.0)]
ASKED = [
    Report(NOON), Report(NOON - timedelta(minutes=1)), Report(NOON + timedelta(days=1)),
    Report(NOON + timedelta(hours=11)),
    Report(NOON - timedelta(days=2), "06010"), Report(NOON, "01001"), Report(NOON, "01001", accuracy_m=40.0),
    Report(NOON, "99999"), Report(NOON, component="W2"), Report(NOON, component="W9"),
    Report(NOON, attributes={"vehicle": "motor"}), Report(NOON, "09001", attributes={"vehicle": "x", "surface": "y"}),
    Report(NOON, "09001", attributes={"vehicle": "bus", "surface": "z"}),
]  # fmt: skip
# About the circles of the discs, as near as a metric projection finds them.
RIMS = [beside(at(*place), radius_m * share * np.sin(b), radius_m * share * np.cos(b))
        for place, radius_m in SPOTS[:3] for b in np.linspace(0, 6, 7)
        for share in (1.0, 1 - 1e-9, 1 + 1e-9)]  # fmt: skip
ROWS = [(x, y, i) for i in range(len(ASKED)) for x, y in (*EVERYWHERE, *UNUSABLE, *RIMS)]
POWERS = ("zone:V", f"{DISCS[0]}&!zone:W", "street:X;lane?tier=alley")
powers = st.lists(st.tuples(st.sampled_from(["U1", "U2", "SO-X"]), st.sampled_from(["", "06*"]),
                            st.sampled_from(POWERS)), max_size=3)  # fmt: skip
row = st.fixed_dictionaries({name: st.sampled_from(texts) for name, texts in COLUMNS.items()})
tables = st.lists(st.tuples(row, st.sampled_from([None, NOON])), max_size=6)


def ruleset(
    rows: Sequence[tuple[dict[str, str], datetime | None]], allowed: Sequence[tuple[str, str, str]] = ()
) -> Ruleset:
    made: list[Rule] = []
    for i, (row, start) in enumerate(rows):
        made.append(parse_rule({"id": f"R{i}", "rank": str(i), "via": "rule"} | row, start, None))
    given = [parse_power({"unit": u, "categories": c, "places": p}) for u, c, p in allowed]
    return Ruleset("r", tuple(made), powers=tuple(given), vocabulary=WORDS)


def assert_as_one_by_one(
    router: Router, x: Sequence[float], y: Sequence[float], asked: Sequence[Report], whose: Sequence[int]
) -> Decided:
    """Each row has the areas, the decision, trail and all, or the error that it has when it is routed alone.

    So has each whole answer, down to the last sentence.
    """
    decided = route_columns(router, x, y, crs="wgs84", reports=asked, whose=whose)
    alone = router.route_many(np.array(x), np.array(y), crs="wgs84", reports=[asked[i] for i in whose])
    each = route_each(router, x, y, crs="wgs84", reports=[asked[i] for i in whose])
    columns = {name: column.objects() for name, column in decided.columns().items()}
    for row, answer in enumerate(alone):
        if isinstance(answer, GridsvcError):
            told = decided.errors[decided.error[row]]
            assert (type(told), told.zh, told.en) == (type(answer), answer.zh, answer.en)
            assert (type(each[row]), each[row].zh) == (type(answer), answer.zh)
            assert decided.decision[row] == -1
            expected = dict.fromkeys(columns) | {f"{code}_how": "none" for code in router.snapshot.edition.layers}
        else:
            assert decided.error[row] == -1
            assert decided.decisions[decided.decision[row]] == answer.decision
            assert decided.decisions[decided.decision[row]].trail == answer.decision.trail
            assert each[row].as_dict("full") == answer.as_dict("full")
            expected = {"accountable": answer.decision.unit and answer.decision.unit.code,
                        "via": answer.decision.rule and answer.decision.rule.via}  # fmt: skip
            for code in router.snapshot.edition.layers:
                area = answer.areas.get(code)
                expected |= {code: area and area.code, f"{code}_how": area.how if area else "outside"}
        assert {name: column[row] for name, column in columns.items()} == expected
    return decided


# One ruleset for each thing that a rule can ask for or name; the second row answers where the first does not.
ONE_BY_ONE = [
    *([({"lead": "unit:U1", "places": text}, None), ({"lead": "unit:U2"}, None)] for text in PLACES),
    *([({"lead": text, "evaluator": "unit:U2"}, None), ({"lead": "unit:U3"}, None)] for text in LEADS),
    *([({"lead": "unit:U1", "assisting": text, "evaluator": text}, None)] for text in LEADS),
    [({"lead": "unit:U1"}, NOON), ({"lead": "unit:U2"}, None)],
    [({"lead": "unit:U1", "categories": "09001"}, NOON), ({"lead": "unit:U2"}, None)],
    [({"lead": "unit:U1", "window": "1-5 08:30-17:30"}, None), ({"lead": "unit:U2"}, None)],
    [({"lead": "unit:U1", "attributes": "vehicle=motor|bus"}, None), ({"lead": "unit:U2"}, None)],
    [({"lead": "unit:U1", "disputed": "true", "places": "zone:V"}, None), ({"lead": "unit:U2"}, None)],
]


def city_of(
    rows: Sequence[tuple[dict[str, str], datetime | None]], allowed: Sequence[tuple[str, str, str]] = ()
) -> Router:
    return Router(Snapshot(CITY, ruleset(rows, allowed), UNITS, (WELL, EDGE, STRAY)))


@pytest.mark.parametrize("rows", ONE_BY_ONE, ids=lambda rows: " ".join(filter(None, rows[0][0].values())))
def test_whatever_a_rule_asks_for_rows_decided_together_are_decided_as_alone(rows):
    x, y, whose = zip(*ROWS, strict=True)
    assert_as_one_by_one(city_of(rows), x, y, ASKED, whose)


@pytest.mark.parametrize("places", POWERS)
def test_powers_are_told_of_rows_together_as_alone(places):
    rows = [({"lead": "unit:U1"}, None), ({"lead": "area:street"}, None), ({"lead": "unit:U3"}, None)]
    x, y, whose = zip(*ROWS, strict=True)
    decided = assert_as_one_by_one(city_of(rows, [("U1", "", places), ("SO-X", "06*", "lane:*")]), x, y, ASKED, whose)
    assert {d.unit.code for d in decided.decisions} >= {"U1", "U3"}


@settings(max_examples=25, deadline=None)
@given(tables, powers, st.data())
def test_any_table_decides_rows_together_as_alone(rows, allowed, data):
    router = city_of(rows, allowed)
    for _ in range(2):  # what is kept of the first call serves the second
        x, y, whose = zip(*data.draw(st.lists(st.sampled_from(ROWS), min_size=1, max_size=60)), strict=True)
        assert_as_one_by_one(router, x, y, ASKED, whose)


BARE = Router(Snapshot(CITY))
FULL = Router(
    Snapshot(
        CITY,
        ruleset([({"lead": "area:zone", "via": "zone"}, None), ({"lead": "area:street", "via": "locality"}, None)]),
        UNITS,
    )
)


def test_no_rows_are_no_mistake():
    decided = route_columns(FULL, [], [], crs="wgs84", reports=[])
    assert (list(decided.decisions), list(decided.errors)) == ([], [])
    assert {len(column.objects()) for column in decided.columns().values()} == {0}


def test_no_rows_have_no_answers():
    assert route_each(FULL, [], [], crs="wgs84", reports=[]) == []
    assert isinstance(route_each(FULL, [np.nan], [np.nan], crs="wgs84", reports=[Report(NOON)])[0], GridsvcError)


def test_rows_without_a_place_have_equal_errors_once():
    decided = route_columns(FULL, [np.nan] * 5, [np.nan] * 5, crs="wgs84", reports=[Report(NOON)])
    assert (len(decided.errors), decided.error.tolist(), decided.decision.tolist()) == (1, [0] * 5, [-1] * 5)


def test_rows_of_one_kind_share_a_decision_and_places_do_not_matter():
    places = [at(0.25, 1.25), at(3.75, 0.5), at(0.5, 1.5), at(3.5, 0.25)]
    decided = route_columns(FULL, *zip(*places, strict=True), crs="wgs84", reports=[Report(NOON)])
    assert [decided.decisions[i].unit.code for i in decided.decision] == ["SO-X", "SO-Y", "SO-X", "SO-Y"]
    assert len(decided.decisions) == 2


def test_without_rules_nobody_is_accountable():
    assert_as_one_by_one(BARE, [at(0.5, 0.5)[0], at(9, 9)[0]], [at(0.5, 0.5)[1], at(9, 9)[1]], [Report(NOON)], [0, 0])


@pytest.mark.parametrize(
    "city", [edition(), edition(layer("zone", ZONES, coverage="cover"))], ids=["no layers", "no partition"]
)
def test_a_city_without_a_partition_is_decided_all_the_same(city: Edition):
    router = Router(Snapshot(city, ruleset([({"lead": "unit:U1", "via": "rule"}, None)]), UNITS))
    assert_as_one_by_one(router, [at(0.5, 0.5)[0], np.nan], [at(0.5, 0.5)[1], 30.0], [Report(NOON)], [0, 0])


@pytest.mark.parametrize("east_m", [0.0, 80_000.0, 90_000.0, 99_000.0, 101_000.0])
def test_the_limit_of_what_is_far_is_that_of_a_single_point(east_m: float):
    x, y = beside(at(4, 1), east_m, 0)
    assert_as_one_by_one(FULL, [x], [y], [Report(NOON)], [0])


def test_points_of_a_phone_map_are_shifted_back():
    x, y = convert(*at(0.5, 1.5), "wgs84", "gcj02")
    decided = route_columns(FULL, [x], [y], crs="gcj02", reports=[Report(NOON)])
    assert decided.columns()["unit_grid"].objects().tolist() == ["e"]


@pytest.mark.parametrize("crs", ["", "wgs"])
def test_an_undeclared_reference_is_refused(crs: str):
    with pytest.raises(BadDatum):
        route_columns(FULL, [120.0], [30.0], crs=crs, reports=[Report(NOON)])


def test_what_is_kept_has_a_bound_and_answers_stay_right(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(kinds, "MOST_KEPT", 2)
    router = Router(FULL.snapshot)
    for day in range(4):
        places = [at(0.5, 0.5), at(1.5, 0.5), at(3.5, 0.5), at(2, 1)]
        asked = [Report(NOON + timedelta(days=day), category) for category in (None, "06010")]
        assert_as_one_by_one(router, [p[0] for p in places], [p[1] for p in places], asked, [0, 1, 0, 1])


def test_the_demo_city_decides_its_points_together_as_alone(demo_router: Router):
    """Its own past cases, whose matters, components, accuracies, attributes and instants are of every kind."""
    rng = np.random.default_rng(11)
    west, south, east, north = demo_router.snapshot.edition.bounds_deg
    x, y = rng.uniform(west - 0.002, east + 0.002, 400), rng.uniform(south - 0.002, north + 0.002, 400)
    beside_components = demo_router.snapshot.components[::200]
    x[: len(beside_components)] = [c.point.lon for c in beside_components]
    y[: len(beside_components)] = [c.point.lat for c in beside_components]
    asked = [
        Report(NOON + timedelta(hours=h), category, None, accuracy_m, attributes)
        for h in (0, 11, 24 * 9)
        for category in ("01001", "02005", "06010", "06013", "09005", "09009", "08001", None)
        for accuracy_m, attributes in ((None, {}), (12.0, {"vertical": "above", "vehicle": "motor"}))
    ]
    decided = assert_as_one_by_one(demo_router, x, y, asked, rng.integers(0, len(asked), 400))
    vias = set(decided.columns()["via"].objects())
    assert {"zone", "lane_tier", "component", "rule", "locality"} <= vias
