"""Posts that are vacant, held twice, held by those who may not, or soon at an end."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridsvc.responsibility.check_posts import Roster, Seat, check_posts
from gridsvc.responsibility.duty import chief_at
from gridsvc.responsibility.findings import Finding, Lines
from gridsvc.responsibility.people import Person, Post, Staff
from gridsvc.tables import Row
from gridsvc.values import AreaAt

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2024, 6, 12, 4, 0, tzinfo=UTC)
CHAIR = Seat("grid_chief", "grid", "A")


def day(number: int | None) -> datetime | None:
    """So many days from now; None is no limit."""
    return None if number is None else NOW + timedelta(days=number)


def post(code: str, start: int | None = None, end: int | None = None, **given) -> Post:
    named = {"person": "R1", "role": "grid_chief", "layer": "grid", "area": "A"} | given
    return Post(code, valid_from=day(start), valid_to=day(end), **named)


def findings(*posts: Post, chairs=(CHAIR,), people=()) -> list[Finding]:
    rows = {"posts": [Row({"code": p.code}, line) for line, p in enumerate(posts, start=2)]}
    staff = Staff({}, {p.code: p for p in (Person("R1", "张三"), *people)}, posts)
    return check_posts(Roster(staff, chairs, Lines(rows, "posts", "code"), NOW, ZONE))


def found(*posts: Post, **given) -> list[tuple[str, str, int | None, tuple[str, ...]]]:
    return [(f.id, f.severity, f.line, f.codes) for f in findings(*posts, **given)]


VACANT = ("no_chief", "error", None, ("grid:A",))


def test_without_posts_of_a_role_no_chair_of_it_is_asked_for():
    assert found() == []
    assert found(post("W", role="grid_worker")) == []


@pytest.mark.parametrize(("posts", "expected"), [
    ([post("P")], []),
    ([post("P", -10, None)], []),
    ([post("P", area="B")], [VACANT]),
    ([post("P", -10, -1)], [VACANT]),
    ([post("P", -10, 0)], [VACANT]),
    ([post("P", 5, None)], [VACANT]),
    ([post("P", None, 100), post("Q", 100, None)], []),
    ([post("P", None, 100), post("Q", 101, None)], [VACANT]),
    ([post("P", None, 100), post("Q", 101, 200), post("R", 205, None)], [VACANT, VACANT]),
    ([post("P", None, 100), post("D", None, 101, deputy_of="P"), post("Q", 101, None)], []),
    ([post("P", None, 100)], []),
    ([post("P", None, 20), post("Q", 22, None)], [VACANT]),
])  # fmt: skip
def test_a_chair_without_a_holder_from_now_on(posts, expected):
    assert found(*posts) == expected


def test_the_span_of_a_vacancy_is_named_by_the_clock_there():
    (gap,) = findings(post("P", None, 100), post("Q", 101, None))
    assert "2024-09-20 12:00 至 2024-09-21 12:00没有网格长" in gap.zh
    assert "from 2024-09-20 12:00 to 2024-09-21 12:00" in gap.en
    (gap,) = findings(post("P", -10, -1))
    assert "2024-06-12 12:00 起没有网格长" in gap.zh


@pytest.mark.parametrize(("posts", "expected"), [
    ([post("P"), post("Q")], [("two_holders", "error", 3, ("Q", "P"))]),
    ([post("P", -9, 10), post("Q", 9, None)], [("two_holders", "error", 3, ("Q", "P"))]),
    ([post("Q", 9, None), post("P", -9, 10)], [("two_holders", "error", 2, ("Q", "P"))]),
    ([post("P", -9, 10), post("Q", 10, None)], []),
    ([post("P", -9, -1), post("Q", -5, None)], []),
    ([post("P"), post("Q", deputy_of="P")], []),
    ([post("P"), post("Q", area="B")], []),
    ([post("P"), post("W", role="grid_worker"), post("X", role="grid_worker")], []),
    ([post("P"), post("W", role="own_role"), post("X", role="own_role")], []),
    ([post("P"), post("Q", -5, 40), post("R", 39, None)],
     [("two_holders", "error", 3, ("Q", "P")), ("two_holders", "error", 4, ("R", "P"))]),
])  # fmt: skip
def test_two_principals_of_a_sole_role_at_one_place_at_once(posts, expected):
    assert found(*posts) == expected


@pytest.mark.parametrize(("posts", "expected"), [
    ([post("P", None, 30)], ["P"]),
    ([post("P", None, 31)], []),
    ([post("P", None, 30), post("Q", 30, None)], []),
    ([post("P", None, 30), post("D", deputy_of="P")], ["P"]),
    ([post("P"), post("D", None, 10, deputy_of="P")], ["D"]),
    ([post("P"), post("L", None, 10, role="liaison", layer=None, area=None, unit="U1")], ["L"]),
    ([post("P"), post("L", None, 10, role="liaison", layer=None, area=None, unit="U1"),
      post("M", role="liaison", layer=None, area=None, unit="U2")], ["L"]),
    ([post("P"), post("L", None, 10, role="liaison", layer=None, area=None, unit="U1"),
      post("M", role="liaison", layer=None, area=None, unit="U1")], []),
])  # fmt: skip
def test_a_post_that_ends_soon_without_a_successor(posts, expected):
    lines = {p.code: line for line, p in enumerate(posts, start=2)}
    assert found(*posts) == [("post_ends", "warning", lines[code], (code,)) for code in expected]


@pytest.mark.parametrize(("kind", "role", "end", "expected"), [
    ("auxiliary", "enforcement_officer", None, True),
    ("volunteer", "enforcement_officer", None, True),
    ("regular", "enforcement_officer", None, False),
    ("", "enforcement_officer", None, False),
    ("auxiliary", "persuader", None, False),
    ("auxiliary", "own_role", None, False),
    ("auxiliary", "enforcement_officer", -1, False),
])  # fmt: skip
def test_who_is_not_regular_staff_may_not_enforce(kind, role, end, expected):
    people = [Person("R2", "李四", kind=kind), Person("R3", "王五", kind="regular")]
    told = found(post("P"), post("E", None, end, person="R2", role=role), people=people)
    assert told == ([("auxiliary", "error", 3, ("E",))] if expected else [])


def test_more_auxiliaries_than_regular_staff_are_a_warning():
    people = [Person(f"A{i}", "", kind="auxiliary") for i in range(2)] + [Person("B", "", kind="regular")]
    assert found(post("P"), people=people[1:]) == []
    assert found(post("P"), people=people) == [("auxiliary", "warning", None, ())]


spans = st.tuples(st.integers(-20, 60), st.integers(1, 40)).map(lambda s: (s[0], s[0] + s[1]))


@given(st.lists(st.tuples(spans, st.booleans()), min_size=1, max_size=5))
def test_a_chair_is_called_vacant_when_and_only_when_nobody_is_found_before_somebody_comes(drawn):
    posts = [post(f"P{i}", *span, deputy_of="P" if deputy else None) for i, (span, deputy) in enumerate(drawn)]
    told = any(f.id == "no_chief" for f in findings(*posts))
    staff = Staff({}, {"R1": Person("R1", "张三")}, tuple(posts))
    area = AreaAt("grid", "A", "", "inside")
    days = range(max(1, *(end for (_, end), _ in drawn)))
    assert told == any(chief_at(staff, "grid_chief", [area], NOW + timedelta(days=d), ZONE) is None for d in days)


@given(st.lists(spans, min_size=2, max_size=5))
def test_two_holders_are_told_when_and_only_when_two_posts_hold_at_once(drawn):
    posts = [post(f"P{i}", *span) for i, span in enumerate(drawn)]
    at_once = any(sum(p.holds_at(NOW + timedelta(days=d)) for p in posts) > 1 for d in range(100))
    assert any(f.id == "two_holders" for f in findings(*posts)) == at_once
