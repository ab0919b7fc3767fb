"""Who is on duty at a point or for a unit, on a small drawn city, without any database."""

from datetime import UTC, datetime, timedelta

import pytest
from drawing import at, edition, layer

from gridsvc.errors import BadCoordinate, NotFound
from gridsvc.on_duty import on_duty_at, on_duty_for, posts_in_force
from gridsvc.responsibility.people import Person, Post, Staff, Unit
from gridsvc.responsibility.resolve import Ruleset
from gridsvc.responsibility.windows import parse_window
from gridsvc.router import Router, Snapshot

NOON = datetime(2024, 6, 12, 4, 0, tzinfo=UTC)  # a Wednesday, 12:00 in Shanghai
STREETS = """
    XXYY
    XXYY
"""
GRIDS = """
    abcd
    efgh
"""
EDITION = edition(
    layer("street", STREETS, units={"X": "SO-X", "Y": "SO-Y"}, names={"X": "新桥街道"}),
    layer("grid", GRIDS, within=STREETS, parent="street"),
)
DAY, NIGHT = parse_window("08:30-17:30"), parse_window("17:30-08:30")
PHONE = "13800000001"
STAFF = Staff(
    {u.code: u for u in (Unit("CITY", "区城管局"), Unit("SO-X", "新桥街道办", parent="CITY"), Unit("SO-Y", "y"))},
    {
        "p1": Person("p1", "张三", PHONE), "p2": Person("p2", "李四"), "aux": Person("aux", "王五", kind="auxiliary"),
        "p3": Person("p3", "赵六"),
    },
    (
        Post("N-a", "p1", "grid_chief", "grid", "a", duty=DAY),
        Post("N-a-D", "p2", "grid_chief", "grid", "a", deputy_of="N-a", duty=NIGHT),
        Post("W-a", "p2", "grid_worker", "grid", "a", duty=NIGHT),
        Post("W-X", "p3", "grid_worker", "street", "X"),
        Post("O-a", "aux", "enforcement_officer", "grid", "a"),
        Post("O-X", "p3", "enforcement_officer", "street", "X", valid_to=NOON + timedelta(hours=1)),
        Post("L-X", "p1", "duty_leader", unit="SO-X", duty=NIGHT),
        Post("L-C", "p2", "duty_leader", unit="CITY"),
        Post("OLD", "p1", "grid_chief", "grid", "a", valid_to=NOON),
    ),
)  # fmt: skip
ROOM = Router(Snapshot(EDITION, Ruleset("r1"), STAFF))
IN_A, IN_D = at(0.5, 0.5), at(3.5, 0.5)


def codes(duty: dict) -> tuple[str, str | None, list[str]]:
    return duty["role"], duty["area"] or duty["unit"], [h["post"] for h in duty["holders"]]


def test_at_a_point_everybody_is_told_the_nearest_area_first():
    told = on_duty_at(ROOM, *IN_A, "wgs84", NOON).as_dict()
    assert list(told["areas"]) == ["grid", "street"]
    assert told["areas"]["street"] == {"code": "X", "name": "新桥街道"}
    assert [codes(d) for d in told["posts"]] == [
        ("grid_chief", "a", ["N-a", "N-a-D"]), ("grid_worker", "a", ["W-a"]), ("enforcement_officer", "a", []),
        ("grid_worker", "X", ["W-X"]), ("enforcement_officer", "X", ["O-X"]),
    ]  # fmt: skip
    assert [codes(d) for d in told["chain"]] == [
        ("grid_worker", "X", ["W-X"]), ("persuader", None, []), ("enforcement_officer", "X", ["O-X"]),
    ]  # fmt: skip
    # The street's own leader is off duty, the city's is not.
    leader = next(d for d in told["contacts"] if d["role"] == "duty_leader")
    assert codes(leader) == ("duty_leader", "CITY", ["L-C"])
    assert (told["unit"], told["ruleset"]) == ({"unit": "SO-X", "name": "新桥街道办"}, "r1")


def test_a_holder_is_told_with_a_masked_number_and_until_when_that_holds():
    chief = on_duty_at(ROOM, *IN_A, "wgs84", NOON).as_dict()["posts"][0]
    assert chief["holders"][0] == {
        "post": "N-a", "name": "张三", "phone": "138****0001", "deputy": False, "on_duty": True, "acting": False
    }  # fmt: skip
    assert chief["until"] == "2024-06-12T17:30:00+08:00"
    later = on_duty_at(ROOM, *IN_A, "wgs84", NOON + timedelta(hours=6)).as_dict()["posts"][0]
    assert [(h["post"], h["on_duty"], h["acting"]) for h in later["holders"]] == [
        ("N-a-D", True, True), ("N-a", False, False)
    ]  # fmt: skip


def test_who_may_not_enforce_is_told_beside_who_may():
    barred = on_duty_at(ROOM, *IN_A, "wgs84", NOON).as_dict()["posts"][2]["barred"][0]
    assert (barred["post"], barred["zh"]) == ("O-a", "辅助人员不得执法")


def test_where_nobody_has_a_post_the_answer_says_so():
    told = on_duty_at(ROOM, *IN_D, "wgs84", NOON).as_dict()
    assert (told["posts"], [codes(d) for d in told["chain"]]) == (
        [], [("grid_worker", None, []), ("persuader", None, []), ("enforcement_officer", None, [])]
    )  # fmt: skip
    assert [d["holders"] for d in told["contacts"]] == [[], [], []]
    outside = on_duty_at(ROOM, *at(40, 40), "wgs84", NOON).as_dict()
    assert (outside["areas"], outside["unit"], outside["posts"]) == ({}, None, [])


def test_for_a_unit_its_own_posts_and_the_nearest_contacts_are_told():
    told = on_duty_for(ROOM, "SO-X", NOON).as_dict()
    assert [codes(d) for d in told["posts"]] == [("duty_leader", "SO-X", ["L-X"])]
    assert [codes(d) for d in told["contacts"]] == [
        ("liaison", None, []), ("duty_leader", "CITY", ["L-C"]), ("duty_officer", None, [])
    ]  # fmt: skip
    assert (told["point"], told["chain"]) == (None, [])


def test_an_unknown_unit_and_a_point_far_away_are_refused():
    with pytest.raises(NotFound):
        on_duty_for(ROOM, "SO-Z", NOON)
    with pytest.raises(BadCoordinate):
        on_duty_at(ROOM, 12.0, 48.0, "wgs84", NOON)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ["L-C", "L-X", "N-a", "N-a-D", "O-X", "O-a", "W-X", "W-a"]),
        ({"at": NOON - timedelta(days=1), "role": "grid_chief"}, ["N-a", "N-a-D", "OLD"]),
        ({"at": NOON + timedelta(hours=1), "area": "X"}, ["W-X"]),
        ({"area": "SO-X"}, ["L-X"]),
        ({"person": "p1"}, ["L-X", "N-a"]),
        ({"role": "beekeeper"}, []),
    ],
)
def test_posts_that_hold_are_listed_by_role_place_and_person(asked, expected):
    listed = posts_in_force(ROOM, **({"at": NOON} | asked))
    assert [post["post"] for post in listed] == expected
    assert all(post["phone"] in (None, "138****0001") for post in listed)
