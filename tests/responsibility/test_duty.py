"""The chief of a place at an instant: principal, deputy, acting, vacant, off duty, no longer in office."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridsvc.responsibility.calendar import Calendar
from gridsvc.responsibility.duty import chain_at, chief_at, duties_at, duty_at, duty_of_unit, nearest_duty
from gridsvc.responsibility.people import Person, Post, Staff, Unit
from gridsvc.responsibility.windows import parse_window
from gridsvc.values import AreaAt

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2024, 6, 12, 4, 0, tzinfo=UTC)  # a Wednesday, 12:00 in Shanghai
DAY, NIGHT = parse_window("08:30-17:30"), parse_window("17:30-08:30")
HERE = AreaAt("grid", "G1", "新桥网格", "inside")


def post(code: str, role: str = "grid_chief", layer: str = "grid", area: str = "G1", **more: object) -> Post:
    return Post(code, f"person of {code}", role, layer, area, **more)


def staff(*posts: Post) -> Staff:
    return Staff({}, {p.person: Person(p.person, p.person) for p in posts}, posts)


def chief(*posts: Post, areas=(HERE,), role: str = "grid_chief", at: datetime = NOON):
    return chief_at(staff(*posts), role, areas, at, SHANGHAI)


def shown(*posts: Post, **asked: object) -> tuple[str, bool, bool] | None:
    found = chief(*posts, **asked)
    return found and (found.post.code, found.on_duty, found.acting)


@pytest.mark.parametrize(
    "posts",
    [(), (post("P1", area="G2"),), (post("P1", layer="street"),), (post("P1", role="grid_worker"),)],
    ids=["no post", "another area", "another layer", "another role"],
)
def test_without_a_post_for_the_place_there_is_no_chief(posts):
    assert chief(*posts) is None


def test_without_an_area_there_is_no_chief():
    assert chief(post("P1"), areas=()) is None


@pytest.mark.parametrize(
    ("posts", "expected"),
    [
        ((post("P1"),), ("P1", True, False)),
        ((post("P1", duty=NIGHT),), ("P1", False, False)),
        ((post("P1"), post("D1", deputy_of="P1")), ("P1", True, False)),
        ((post("P1", duty=NIGHT), post("D1", deputy_of="P1", duty=DAY)), ("D1", True, True)),
        ((post("P1", duty=NIGHT), post("D1", deputy_of="P1", duty=NIGHT)), ("P1", False, False)),
        ((post("D1", deputy_of="P1", duty=NIGHT),), ("D1", False, True)),
        ((post("A1", acting=True),), ("A1", True, True)),
        ((post("P2"), post("P1")), ("P1", True, False)),
        ((post("P1", duty=NIGHT), post("D2", deputy_of="P1"), post("D1", deputy_of="P1")), ("D1", True, True)),
    ],
    ids=["principal", "principal off duty", "principal before deputy", "deputy on duty", "both off duty",
         "vacant: deputy off duty", "acting", "two principals: least code", "two deputies: least code"],
)  # fmt: skip
def test_who_is_chief_follows_the_stated_order(posts, expected):
    assert shown(*posts) == expected


@pytest.mark.parametrize(
    ("validity", "holds"),
    [
        ({}, True),
        ({"valid_from": NOON}, True),
        ({"valid_from": NOON + timedelta(microseconds=1)}, False),
        ({"valid_to": NOON}, False),
        ({"valid_to": NOON + timedelta(microseconds=1)}, True),
        ({"valid_from": NOON - timedelta(days=1), "valid_to": NOON + timedelta(days=1)}, True),
    ],
)
def test_a_post_holds_from_its_first_instant_until_just_before_its_last(validity, holds):
    assert (chief(post("P1", **validity)) is not None) is holds


def test_a_successor_takes_over_without_a_moment_between():
    before, after = post("P1", valid_to=NOON), post("P2", valid_from=NOON)
    just_before = NOON - timedelta(microseconds=1)
    assert (shown(before, after, at=just_before)[0], shown(before, after)[0]) == ("P1", "P2")


def test_a_vacated_principal_leaves_the_deputy_acting():
    assert shown(post("P1", valid_to=NOON), post("D1", deputy_of="P1")) == ("D1", True, True)


def test_the_first_area_that_has_a_chief_decides():
    lane, street = AreaAt("lane", "L1", "", "inside"), AreaAt("street", "S1", "", "inside")
    posts = post("P-L", "street_chief", "lane", "L1"), post("P-S", "street_chief", "street", "S1")
    found = chief(*posts, role="street_chief", areas=(lane, street))
    assert (found.post.code, found.via) == ("P-L", "lane")
    without = chief(posts[1], role="street_chief", areas=(lane, street))
    assert (without.post.code, without.via) == ("P-S", "street")


def test_an_off_duty_chief_of_the_lane_is_not_replaced_by_the_streets():
    lane, street = AreaAt("lane", "L1", "", "inside"), AreaAt("street", "S1", "", "inside")
    posts = post("P-L", "street_chief", "lane", "L1", duty=NIGHT), post("P-S", "street_chief", "street", "S1")
    assert shown(*posts, role="street_chief", areas=(lane, street)) == ("P-L", False, False)


def test_a_post_of_a_person_who_is_not_on_record_is_vacant():
    known = Staff({}, {}, (post("P1"),))
    assert chief_at(known, "grid_chief", [HERE], NOON, SHANGHAI) is None


def test_duty_is_by_the_clock_of_the_zone():
    found = chief_at(staff(post("P1", duty=DAY)), "grid_chief", [HERE], NOON, ZoneInfo("America/Los_Angeles"))
    assert not found.on_duty


GRID, STREET = ("grid", "G1"), ("street", "S1")


def told(duty) -> list[tuple[str, bool, bool]]:
    return [] if duty is None else [(h.post.code, h.on_duty, h.acting) for h in duty.holders]


def duty(*posts: Post, at: datetime = NOON):
    return duty_at(staff(*posts), "grid_chief", GRID, at, SHANGHAI)


def test_a_place_where_nobody_holds_a_post_has_no_duty():
    assert duty() is None
    assert duty(post("P1", valid_to=NOON), post("P2", valid_from=NOON + timedelta(days=1))) is None


@pytest.mark.parametrize(
    ("posts", "expected"),
    [
        ((post("P1"), post("D1", deputy_of="P1")), [("P1", True, False), ("D1", True, False)]),
        ((post("P1", duty=NIGHT), post("D1", deputy_of="P1")), [("D1", True, True), ("P1", False, False)]),
        ((post("P1", duty=NIGHT), post("D1", deputy_of="P1", duty=NIGHT)),
         [("P1", False, False), ("D1", False, False)]),
        ((post("D2", deputy_of="P1"), post("D1", deputy_of="P1", duty=NIGHT)),
         [("D2", True, True), ("D1", False, False)]),
        # The post that the deputy names has passed on: he is the deputy of its seat.
        ((post("P1", valid_to=NOON), post("P1-2", valid_from=NOON), post("D1", deputy_of="P1")),
         [("P1-2", True, False), ("D1", True, False)]),
        ((post("P1", acting=True),), [("P1", True, True)]),
    ],
    ids=["principal and deputy", "deputy on duty", "both off duty", "vacant, two deputies", "handed over", "acting"],
)  # fmt: skip
def test_all_holders_of_a_place_are_told_and_one_deputy_at_most_is_acting(posts, expected):
    assert told(duty(*posts)) == expected


@pytest.mark.parametrize(
    ("posts", "until"),
    [
        ((post("P1"),), None),
        ((post("P1", duty=DAY),), NOON + timedelta(hours=5, minutes=30)),
        ((post("P1", duty=NIGHT),), NOON + timedelta(hours=5, minutes=30)),
        ((post("P1", valid_to=NOON + timedelta(days=400)),), NOON + timedelta(days=400)),
        ((post("P1", duty=DAY), post("D1", deputy_of="P1", valid_from=NOON + timedelta(hours=1))),
         NOON + timedelta(hours=1)),
        ((post("P1", duty=parse_window("4 12:30-13:00")),), NOON + timedelta(days=1, minutes=30)),
        ((post("P1", duty=parse_window("08:30-08:30 @2024-07-12/31")),), NOON + timedelta(days=29, hours=20.5)),
        ((post("P1", duty=parse_window("08:30-08:30 @2024-08-01/31")),), None),
    ],
)  # fmt: skip
def test_a_duty_tells_when_it_changes_next(posts, until):
    assert duty(*posts).until == until


WINDOWS = st.sampled_from(["", "08:30-17:30", "17:30-08:30", "work 08:30-08:30 @2024-03-01/3", "6-7 09:00-12:00",
                           "02:15-02:45", "off 01:45-03:00"])  # fmt: skip
BOUNDS = st.none() | st.integers(0, 96).map(lambda h: datetime(2024, 3, 8, tzinfo=UTC) + timedelta(hours=h))
LABOUR = Calendar({date(2024, 3, 9): "work", date(2024, 3, 11): "off"})
POSTS = st.lists(
    st.builds(
        lambda duty, bounds, deputy: {
            "duty": parse_window(duty, calendar=LABOUR), "deputy_of": "P0" if deputy else None,
            "valid_from": bounds[0], "valid_to": bounds[1],
        },
        WINDOWS, st.tuples(BOUNDS, BOUNDS).filter(lambda b: None in b or b[0] < b[1]), st.booleans(),
    ),
    max_size=4,
).map(lambda rows: [post(f"P{n}", **row) for n, row in enumerate(rows)])  # fmt: skip
# The clocks of New York go forward on 10 March 2024.
INSTANTS = st.datetimes(datetime(2024, 3, 8), datetime(2024, 3, 13), timezones=st.just(UTC))


@given(POSTS, INSTANTS, st.sampled_from(["Asia/Shanghai", "America/New_York"]).map(ZoneInfo), st.floats(0, 1))
def test_the_first_holder_is_the_chief_and_nothing_changes_before_the_stated_instant(posts, at, zone, share):
    held = staff(*posts)

    def known(instant: datetime):
        return told(duty_at(held, "grid_chief", GRID, instant, zone))

    chief = chief_at(held, "grid_chief", [HERE], at, zone)
    assert known(at)[:1] == ([] if chief is None else [(chief.post.code, chief.on_duty, chief.acting)])
    found = duty_at(held, "grid_chief", GRID, at, zone)
    if found is not None and found.until is not None:
        assert known(at + (found.until - at) * min(share, 0.999)) == known(at) != known(found.until)


def worker(code: str, role: str, area: str = "G1", layer: str = "grid", kind: str = "", **more: object):
    return post(code, role, layer, area, **more), Person(f"person of {code}", code, kind=kind)


def crew(*workers) -> Staff:
    return Staff({}, {person.code: person for _, person in workers}, tuple(p for p, _ in workers))


def test_the_chain_is_worker_persuader_officer_each_the_nearest_on_duty():
    held = crew(
        worker("W1", "grid_worker", duty=NIGHT), worker("W2", "grid_worker"), worker("S1", "persuader", "S1", "street"),
        worker("S2", "persuader", duty=NIGHT), worker("O1", "enforcement_officer", "S1", "street", duty=NIGHT),
        worker("C1", "grid_chief"),
    )  # fmt: skip
    chain = chain_at(held, [GRID, STREET], NOON, SHANGHAI)
    assert {role: told(found) for role, found in chain.items()} == {
        "grid_worker": [("W2", True, False), ("W1", False, False)],
        # The grid's own persuader is off duty, the street's is there.
        "persuader": [("S1", True, False)],
        # Nobody is on duty: who will be is told.
        "enforcement_officer": [("O1", False, False)],
    }
    assert chain_at(crew(), [GRID, STREET], NOON, SHANGHAI) == dict.fromkeys(chain)


@pytest.mark.parametrize(
    ("kind", "enforces"), [("", True), ("regular", True), ("auxiliary", False), ("volunteer", False)]
)
def test_only_regular_staff_enforces_and_who_is_passed_over_is_told(kind, enforces):
    held = crew(
        worker("O1", "enforcement_officer", kind=kind), worker("O2", "enforcement_officer", "S1", "street"),
        worker("W1", "grid_worker", kind=kind),
    )  # fmt: skip
    own = duty_at(held, "enforcement_officer", GRID, NOON, SHANGHAI)
    assert ([h.post.code for h in own.holders], [h.post.code for h in own.barred]) == (
        (["O1"], []) if enforces else ([], ["O1"])
    )
    assert own.is_served is enforces
    sent = nearest_duty(held, "enforcement_officer", [GRID, STREET], NOON, SHANGHAI)
    assert [h.post.code for h in sent.holders] == ["O1" if enforces else "O2"]
    assert told(duty_at(held, "grid_worker", GRID, NOON, SHANGHAI)) == [("W1", True, False)]


def test_where_only_an_auxiliary_is_there_he_is_told_and_nobody_is_sent():
    held = crew(worker("O1", "enforcement_officer", kind="auxiliary"))
    found = chain_at(held, [GRID], NOON, SHANGHAI)["enforcement_officer"]
    assert (found.holders, [h.post.code for h in found.barred], found.is_served) == ((), ["O1"], False)


def test_all_duties_of_some_places_come_by_place_and_in_the_order_of_the_field():
    held = crew(
        worker("X1", "beekeeper"), worker("W1", "grid_worker"), worker("C1", "grid_chief"),
        worker("C2", "street_chief", "S1", "street"), worker("C3", "grid_chief", "G2"),
    )  # fmt: skip
    found = duties_at(held, [GRID, STREET], NOON, SHANGHAI)
    assert [(d.role, d.place) for d in found] == [
        ("grid_chief", GRID), ("grid_worker", GRID), ("beekeeper", GRID), ("street_chief", STREET)
    ]  # fmt: skip


UNITS = {u.code: u for u in (Unit("A", "a"), Unit("B", "b", parent="A"), Unit("C", "c", parent="B"))}


@pytest.mark.parametrize(
    ("unit", "duties", "expected"),
    [
        ("C", {}, None),
        ("Z", {"A": DAY}, None),
        ("C", {"A": DAY, "B": DAY}, "B"),
        ("C", {"A": DAY, "B": NIGHT}, "A"),
        ("C", {"A": NIGHT, "B": NIGHT}, "B"),
        ("A", {"B": DAY}, None),
    ],
    ids=["nobody", "no such unit", "the nearest above", "on duty before near", "nobody on duty", "never from below"],
)
def test_a_unit_without_its_own_leader_has_that_of_the_unit_above(unit, duties, expected):
    leaders = [Post(code, "boss", "duty_leader", unit=code, duty=duty) for code, duty in duties.items()]
    held = Staff(UNITS, {"boss": Person("boss", "boss")}, tuple(leaders))
    found = duty_of_unit(held, "duty_leader", unit, NOON, SHANGHAI)
    assert (found and found.holders[0].post.code) == expected


def test_units_that_are_above_each_other_end_the_search():
    ring = {"A": Unit("A", "a", parent="B"), "B": Unit("B", "b", parent="A")}
    assert duty_of_unit(Staff(ring), "duty_leader", "A", NOON, SHANGHAI) is None
