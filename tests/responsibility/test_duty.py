"""The chief of a place at an instant: principal, deputy, acting, vacant, off duty, no longer in office."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gridsvc.responsibility.duty import chief_at
from gridsvc.responsibility.people import Person, Post, Staff
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
