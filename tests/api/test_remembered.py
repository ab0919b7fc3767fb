"""A remembered answer is, byte for byte, what is worked out anew, at every bound of time, whatever was asked before."""

import dataclasses
import json
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridsvc.answer import Explain
from gridsvc.api.remembered import Remembered, written
from gridsvc.bootstrap import Folder
from gridsvc.codes import category_of
from gridsvc.report import Report
from gridsvc.responsibility.people import Staff
from gridsvc.responsibility.resolve import Ruleset
from gridsvc.responsibility.table import Lead, Limit, Rule, parse_rule
from gridsvc.responsibility.windows import parse_window
from gridsvc.router import Met, Router, Routing, Snapshot
from gridsvc.spatial.uncertainty import Shares
from gridsvc.values import REMOVED, Component
from tests.conftest import NOON

TICK = timedelta(microseconds=1)
BEGINS, ENDS = NOON + timedelta(days=2, microseconds=500_000), NOON + timedelta(days=9, microseconds=3)
EXPLAIN: tuple[Explain, ...] = ("none", "short", "full")
MANHOLE = "01001"


class Counted(Router):
    """A router that counts its decisions."""

    decided = 0

    def decide(self, met: Met, weighed: Shares | None = None) -> Routing:
        """Decide as ever."""
        self.decided += 1
        return super().decide(met, weighed)


@pytest.fixture(scope="module")
def snapshot(demo: Folder) -> Snapshot:
    """The demo city where one matter goes by turns, and rows and posts begin and end within a second."""
    given = demo.snapshot
    units = tuple(given.staff.units)[:2]
    turns = Lead("rotate", "|".join(units), units, date(2024, 1, 1), 1)
    rule = Rule("TURN", -1000, "rule", turns, ("06012",), window=parse_window("22:00-02:00"), valid_from=BEGINS)
    duty = parse_window("1-5 08:30-17:30")
    posts = [
        dataclasses.replace(p, duty=duty, **({"valid_to": ENDS} if n % 2 else {"valid_from": BEGINS}))
        for n, p in enumerate(given.staff.posts)
    ]
    kept = dataclasses.replace(given.ruleset, rules=(rule, *given.ruleset.rules))
    return dataclasses.replace(given, ruleset=kept, staff=dataclasses.replace(given.staff, posts=tuple(posts)))


@pytest.fixture(scope="module")
def room(snapshot: Snapshot) -> Counted:
    made = Counted(snapshot)
    # What is imported only when first asked would come between two draws of Hypothesis, which looks into all modules.
    made.warm()
    return made


@pytest.fixture(scope="module")
def long_memory() -> Remembered:
    """A memory in which the answers of all tests are kept."""
    return Remembered()


@pytest.fixture(scope="module")
def points(snapshot: Snapshot) -> list[tuple[float, float]]:
    """Inside areas, on components, on a corner, and outside."""
    rules = [r.test_point for r in snapshot.ruleset.rules if r.test_point is not None]
    manholes = [c.point for c in snapshot.components if c.class_code == category_of(MANHOLE).component_class][:3]
    return [(p.lon, p.lat) for p in [*rules[:12], *manholes]] + [(120.2, 30.3), (120.3, 30.4), (120.225, 30.32)]


def bounds(snapshot: Snapshot) -> list[datetime]:
    """Instants at which a row or a post begins or ends, a window opens or shuts, or a day begins."""
    ruleset, staff = snapshot.ruleset, snapshot.staff
    rows = [*ruleset.rules, *staff.posts]
    texts = {r.window.text for r in ruleset.rules} | {p.duty.text for p in staff.posts}
    texts |= {period.window for period in ruleset.calendar.periods.values()}
    hours = {hour for text in texts for hour in re.findall(r"\d\d:\d\d", text)} | {"00:00"}
    week = [
        datetime(2024, 6, day, int(hour[:2]) % 24, int(hour[3:]), tzinfo=UTC) - timedelta(hours=8)
        for day in range(12, 20)
        for hour in sorted(hours)
    ]
    return sorted({t for row in rows for t in (row.valid_from, row.valid_to) if t is not None}) + week


@given(st.data())
def test_what_is_remembered_is_what_is_decided(room, long_memory, points, snapshot, data):
    instants = st.builds(
        lambda at, by: at + by,
        st.sampled_from(bounds(snapshot)),
        st.sampled_from([-TICK, timedelta(0), TICK]) | st.timedeltas(timedelta(days=-2), timedelta(days=2)),
    )
    reports = st.builds(
        Report,
        instants,
        st.sampled_from([None, "06010", "06012", "09009", MANHOLE]),
        accuracy_m=st.sampled_from([None, None, 0.0, 1e-3, 5.0]),
        attributes=st.sampled_from([{}, {}, {"vertical": "above"}]),
    )
    moved_deg = st.sampled_from([0.0, 1e-6, -3e-6, 2e-5])
    asked = st.tuples(st.sampled_from(points), moved_deg, moved_deg, reports, st.sampled_from(EXPLAIN))
    for (lon, lat), east_deg, north_deg, report, explain in data.draw(st.lists(asked, min_size=1, max_size=8)):
        met = room.meet(lon + east_deg, lat + north_deg, "wgs84", report)
        assert long_memory.answer(room, met, explain) == written(room.decide(met), explain)


@pytest.mark.parametrize("explain", EXPLAIN)
@pytest.mark.parametrize("category", [None, "06010", "06012", MANHOLE])
def test_a_neighbour_at_another_instant_of_the_same_moment_is_not_decided_again(room, points, explain, category):
    memory, report = Remembered(), Report(NOON, category)
    lon, lat = points[-1]
    first = memory.answer(room, room.meet(lon, lat, "wgs84", report), explain)
    decided = room.decided
    later = room.meet(lon + 1e-7, lat, "wgs84", dataclasses.replace(report, at=NOON + timedelta(minutes=7)))
    answer = memory.answer(room, later, explain)
    assert room.decided == decided
    assert answer == written(room.decide(later), explain) != first


@pytest.mark.parametrize(
    ("lon", "accuracy_m", "attributes"),
    [(120.3, None, {}), (120.225, 500.0, {}), (120.225, None, {"vertical": "above"})],
    ids=["outside", "an error that reaches a line", "attributes"],
)
def test_a_point_of_its_own_is_decided_each_time(room, lon, accuracy_m, attributes):
    memory, decided = Remembered(), room.decided
    met = room.meet(lon, 30.4 if lon == 120.3 else 30.32, "wgs84", Report(NOON, "06010", None, accuracy_m, attributes))
    assert memory.answer(room, met, "short") == memory.answer(room, met, "short")
    assert room.decided == decided + 2


def manhole(room: Router) -> Component:
    wanted = category_of(MANHOLE).component_class
    return next(c for c in room.snapshot.components if c.class_code == wanted)


@pytest.mark.parametrize("explain", EXPLAIN)
def test_a_changed_component_is_noticed(snapshot: Snapshot, explain: Explain):
    room, memory = Router(snapshot), Remembered()
    before, report = manhole(room), Report(NOON, MANHOLE)
    other = next(u for u in room.snapshot.staff.units if u != before.maintainer)
    answers = []
    for change in ({}, {"name": 'a "new" one'}, {"maintainer": other}, {"state": REMOVED}, {}):
        room.components.put([dataclasses.replace(before, **change)])
        met = room.meet(before.point.lon + 1e-6, before.point.lat, "wgs84", report)
        answers.append(memory.answer(room, met, explain))
        assert answers[-1] == written(room.decide(met), explain)
    assert answers[0] == answers[-1] != answers[3]


def test_another_edition_has_answers_of_its_own(snapshot: Snapshot, room: Counted):
    memory = Remembered()
    empty = Router(dataclasses.replace(snapshot, ruleset=Ruleset("none"), staff=Staff()))
    for router in (room, empty, room):
        met = router.meet(120.225, 30.32, "wgs84", Report(NOON, "06010"))
        assert memory.answer(router, met, "full") == written(router.decide(met), "full")


def test_a_neighbour_in_and_out_of_a_disc_is_decided_anew(snapshot: Snapshot):
    lon, lat = 120.225, 30.32
    around = parse_rule(
        {"id": "J-1", "rank": "-1", "via": "precedent", "lead": "unit:CENTRE", "places": f"at:{lon},{lat}/5"},
        None,
        None,
    )
    rules = (around, *snapshot.ruleset.rules)
    ruleset = dataclasses.replace(snapshot.ruleset, rules=rules)
    room, memory = Counted(dataclasses.replace(snapshot, ruleset=ruleset)), Remembered()
    told = set()
    for east_deg in (0.0, 4e-5, 6e-5, 0.0, 6e-5):
        asked = room, lon + east_deg, lat, "06010", NOON, "full"
        met = room.meet(lon + east_deg, lat, "wgs84", Report(NOON, "06010"))
        answer = memory.of_place(*asked) or memory.answer(room, met, "full")
        assert answer == memory.of_place(*asked) == written(room.decide(met), "full")
        told.add(json.loads(answer)["accountable"]["unit"] == "CENTRE")
    assert told == {True, False}


@pytest.mark.parametrize(("most_bytes", "again"), [(0, 2), (10**6, 1)])
def test_all_is_forgotten_when_it_has_become_too_much(room, points, most_bytes, again):
    memory = Remembered(most_bytes)
    first, second = (room.meet(lon, lat, "wgs84", Report(NOON)) for lon, lat in (points[0], points[-1]))
    decided = room.decided
    told = [memory.answer(room, met, "short") for met in (first, second, second, first)]
    assert told == [memory.answer(room, met, "short") for met in (first, second, second, first)]
    assert json.loads(told[0])["point"] == {"lon": points[0][0], "lat": points[0][1]}
    assert (room.decided - decided > 2) == (again == 2)


@pytest.mark.parametrize("explain", EXPLAIN)
def test_limits_of_a_disc_are_told_on_its_side_of_the_circle(snapshot, explain):
    """Nothing but the disc of a limit tells two points of one place apart."""
    inside = next(r.test_point for r in snapshot.ruleset.rules if r.test_point is not None)
    lon, lat = inside.lon, inside.lat
    limits = tuple(
        Limit("06*", "", "arrival", amount, "urgent_hour", places=places)
        for amount, places in ((1.0, ""), (0.5, f"at:{lon},{lat}/2"))
    )
    rules = [r for r in snapshot.ruleset.rules if not r.places]
    router = Router(dataclasses.replace(snapshot, ruleset=Ruleset("r", tuple(rules), limits)))
    memory = Remembered()
    for _ in range(2):
        for x, amount in ((lon, 0.5), (lon + 5e-5, 1.0)):
            met = router.meet(x, lat, "wgs84", Report(NOON, "06010"))
            whole = memory.answer(router, met, explain)
            assert whole == written(router.decide(met), explain)
            assert memory.of_place(router, x, lat, "06010", NOON, explain) == whole
            assert [told["amount"] for told in json.loads(whole)["limits"]] == [amount]
