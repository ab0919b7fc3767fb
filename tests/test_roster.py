"""The roster of some days: bars and gaps by the clock on the wall."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridsvc.bootstrap import Router
from gridsvc.errors import BadInput
from gridsvc.responsibility.people import Person, Post, Staff
from gridsvc.responsibility.windows import parse_window
from gridsvc.roster import Seat, roster, seats_of
from gridsvc.router import Snapshot
from gridsvc.spatial.layer import Edition

ZONE = ZoneInfo("Asia/Shanghai")
# A Wednesday.
MIDNIGHT = datetime(2024, 6, 12, tzinfo=ZONE)
DAY = timedelta(days=1)
SEAT = Seat("duty_officer", (None, "U1"))


def room(*posts: Post) -> Router:
    people = {code: Person(code, f"{code} 某", "13800000001") for code in ("R1", "R2")}
    return Router(Snapshot(Edition("E", {}), staff=Staff(people=people, posts=posts)))


def post(code: str, duty: str, person: str = "R1", **more: Any) -> Post:
    return Post(code, person, SEAT.role, unit="U1", duty=parse_window(duty), **more)


def told(span: Any) -> tuple[str, str]:
    return span["from"][5:16], span["to"][5:16]


def seat_of(*posts: Post, start: datetime = MIDNIGHT, end: datetime = MIDNIGHT + DAY) -> tuple[Any, Any]:
    found = roster(room(*posts), [SEAT], start, end)[0]
    return [(b["post"], *told(b)) for b in found["bars"]], [told(g) for g in found["gaps"]]


def test_of_nobody_the_whole_time_is_a_gap():
    assert seat_of() == ([], [("06-12T00:00", "06-13T00:00")])


def test_who_is_always_there_leaves_no_gap():
    assert seat_of(post("P1", "")) == ([("P1", "06-12T00:00", "06-13T00:00")], [])


@pytest.mark.parametrize(
    ("duty", "bars", "gaps"),
    [
        ("08:00-12:00", [("06-12T08:00", "06-12T12:00")],
         [("06-12T00:00", "06-12T08:00"), ("06-12T12:00", "06-13T00:00")]),
        ("22:00-06:00", [("06-12T00:00", "06-12T06:00"), ("06-12T22:00", "06-13T00:00")],
         [("06-12T06:00", "06-12T22:00")]),
        ("6-7 08:00-12:00", [], [("06-12T00:00", "06-13T00:00")]),
        ("00:00-24:00", [("06-12T00:00", "06-13T00:00")], []),
        ("08:00-12:00;12:00-18:00", [("06-12T08:00", "06-12T18:00")],
         [("06-12T00:00", "06-12T08:00"), ("06-12T18:00", "06-13T00:00")]),
    ],
)  # fmt: skip
def test_bars_and_gaps_of_a_day(duty: str, bars: list[Any], gaps: list[Any]):
    assert seat_of(post("P1", duty)) == ([("P1", *bar) for bar in bars], gaps)


def test_a_night_that_goes_on_is_one_bar():
    bars, gaps = seat_of(post("P1", "22:00-06:00"), start=MIDNIGHT + DAY / 2, end=MIDNIGHT + 1.5 * DAY)
    assert bars == [("P1", "06-12T22:00", "06-13T06:00")]
    assert gaps == [("06-12T12:00", "06-12T22:00"), ("06-13T06:00", "06-13T12:00")]


def test_a_deputy_closes_a_gap_and_a_post_counts_while_it_is_valid():
    noon = MIDNIGHT + DAY / 2
    bars, gaps = seat_of(
        post("P1", "", valid_to=noon), post("P2", "14:00-20:00", "R2", deputy_of="P1"), post("P3", "", "R9"),
        post("P4", "", "R2", valid_from=MIDNIGHT + DAY),
    )  # fmt: skip
    assert bars == [("P1", "06-12T00:00", "06-12T12:00"), ("P2", "06-12T14:00", "06-12T20:00")]
    assert gaps == [("06-12T12:00", "06-12T14:00"), ("06-12T20:00", "06-13T00:00")]


def test_nobodys_number_is_told():
    shown = roster(room(post("P1", "")), [SEAT], MIDNIGHT, MIDNIGHT + DAY)[0]
    assert "13800000001" not in str(shown)
    assert (shown["title_zh"], shown["unit"], shown["area"], shown["name_zh"]) == ("值班员", "U1", None, "U1")


@pytest.mark.parametrize("days", [0, -1, 31.01, 400])
def test_a_time_that_nobody_can_mean_is_refused(days: float):
    with pytest.raises(BadInput) as refused:
        roster(room(), [SEAT], MIDNIGHT, MIDNIGHT + timedelta(days=days))
    assert refused.value.errors[0].field == "to"


def test_seats_are_listed_by_place_and_chosen_by_role_or_place(demo_router: Router):
    staff = demo_router.snapshot.staff
    every = seats_of(staff)
    assert {(p.role, p.place) for p in staff.posts} == set(every)
    assert [s.place for s in every] == sorted((s.place for s in every), key=lambda p: (p[0] or "", p[1] or ""))
    assert {s.role for s in seats_of(staff, "grid_chief")} == {"grid_chief"}
    assert {s.place[1] for s in seats_of(staff, place="990101001G01")} == {"990101001G01"}
    assert seats_of(staff, "no such role") == seats_of(staff, place="nowhere") == []


DUTIES = [
    "",
    "08:00-12:00",
    "22:00-06:00",
    "1-5 08:30-17:30;6-7 09:00-12:00",
    "6-7 00:00-24:00",
    "08:00-08:00 @2024-06-11/3",
]


@given(
    st.lists(st.sampled_from(DUTIES), max_size=3), st.integers(0, 14 * 24 * 60), st.integers(1, 14 * 24 * 60),
    st.integers(0, 10**6),
)  # fmt: skip
def test_at_any_minute_somebody_is_in_a_bar_or_it_is_a_gap(duties: list[str], first: int, length: int, at: int):
    posts = [post(f"P{n}", duty) for n, duty in enumerate(duties)]
    start = MIDNIGHT.astimezone(UTC) + timedelta(minutes=first)
    end = start + timedelta(minutes=length)
    shown = roster(room(*posts), [SEAT], start, end)[0]
    instant = start + timedelta(minutes=at % length)

    def holds(span: Any) -> bool:
        return datetime.fromisoformat(span["from"]) <= instant < datetime.fromisoformat(span["to"])

    there = {bar["post"] for bar in shown["bars"] if holds(bar)}
    assert there == {p.code for p in posts if p.duty.holds_at(instant, ZONE)}
    assert any(map(holds, shown["gaps"])) is not bool(there)
