"""Instants of one moment are seen alike by every rule and post, whatever was asked before and wherever clocks go."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gridsvc.responsibility.calendar import Calendar, Period
from gridsvc.responsibility.moments import Moments
from gridsvc.responsibility.people import Post
from gridsvc.responsibility.table import Lead, Rule
from gridsvc.responsibility.windows import parse_window

TICK = timedelta(microseconds=1)
BERLIN, SHANGHAI, MONROVIA = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Shanghai"), ZoneInfo("Africa/Monrovia")
BACK = datetime(2024, 10, 27, 1, 0, tzinfo=UTC)  # Berlin's clocks go back from 3 to 2
STARTS = BACK + timedelta(minutes=20, microseconds=500_000)
ENDS = BACK + timedelta(days=3, microseconds=1)
CALENDAR = Calendar({date(2024, 10, 26): "work", date(2024, 10, 28): "off"}, {"noon": Period("noon", "12:00-14:00")})
TURN = Lead("rotate", "A|B", ("A", "B"), date(2024, 1, 1), 1)
RULES = (
    Rule("R1", 1, "rule", TURN, window=parse_window("02:30-02:50;6-7 22:00-24:00")),
    Rule("R2", 2, "rule", Lead("unit", "A"), valid_from=STARTS),
    Rule("R3", 3, "rule", Lead("unit", "A"), window=parse_window("off 09:00-10:00;!noon", calendar=CALENDAR)),
)
POSTS = (
    Post("P1", "X", "grid_chief", duty=parse_window("1-5 08:30-17:30"), valid_to=ENDS),
    Post("P2", "Y", "grid_chief", duty=parse_window("17:30-08:30")),
    Post("P3", "Z", "grid_chief", duty=parse_window("work 08:30-08:30 @2024-10-24/3", calendar=CALENDAR)),
)
EDGES = [
    *(BACK + timedelta(minutes=m) for m in (-60, -30, -10, 0, 30, 50, 60)),
    *(BACK + timedelta(days=d, hours=h, minutes=m) for d in range(8) for h, m in ((6, 30), (7, 30), (16, 30), (23, 0))),
    *(datetime(2024, 10, d, h, tzinfo=UTC) for d in range(26, 31) for h in (16, 20, 22, 23)),
    datetime(1900, 12, 31, 15, 54, 17, tzinfo=UTC),  # Shanghai leaves its own sun
    datetime(1972, 1, 7, 0, 44, 30, tzinfo=UTC),  # Monrovia gives up its 44.5 minutes
    STARTS, ENDS,
]  # fmt: skip
INSTANTS = st.builds(
    lambda at, by, zone: (at + by).astimezone(zone),
    st.sampled_from(EDGES),
    st.sampled_from([-TICK, timedelta(0), TICK]) | st.timedeltas(timedelta(minutes=-2), timedelta(minutes=2)),
    st.sampled_from([UTC, BERLIN, SHANGHAI]),
)


def seen(at: datetime, zone: ZoneInfo) -> tuple[object, ...]:
    """What each rule and post says itself."""
    rules = [(r.window.holds_at(at, zone), (r.valid_from or at) <= at) for r in RULES]
    posts = [(p.duty.holds_at(at, zone), p.holds_at(at)) for p in POSTS]
    return at.astimezone(zone).date(), *rules, *posts


@example(BERLIN, [datetime(2024, 10, 27, 2, 35, tzinfo=BERLIN), datetime(2024, 10, 27, 2, 35, tzinfo=BERLIN, fold=1)])
@given(st.sampled_from([BERLIN, SHANGHAI, MONROVIA]), st.lists(INSTANTS, min_size=2, max_size=8))
def test_equal_moments_are_seen_alike(zone: ZoneInfo, instants: list[datetime]):
    moments, met = Moments(zone, RULES, POSTS), {}
    for at in instants:
        moment = moments.of(at)
        assert met.setdefault(moment, seen(at, zone)) == seen(at, zone)
        moments.of(at + timedelta(days=40))
        assert moments.of(at) == moment


@given(st.lists(INSTANTS, min_size=2, max_size=8))
def test_moments_without_turns_are_no_more_than_what_is_seen(instants: list[datetime]):
    """Who is in turn changes every day; without it instants that are seen alike have one moment, on any day."""
    windows = [r.window for r in RULES] + [p.duty for p in POSTS]
    moments = Moments(BERLIN, [Rule(f"R{i}", i, "rule", Lead("unit", "A"), window=w) for i, w in enumerate(windows)])
    held = [tuple(w.holds_at(at, BERLIN) for w in windows) for at in instants]
    met = [moments.of(at) for at in instants]
    assert [held.index(h) for h in held] == [met.index(m) for m in met]


@pytest.mark.parametrize("edge", [STARTS, ENDS, BACK + timedelta(days=1, hours=6, minutes=30)])
def test_a_moment_ends_exactly_at_the_edge(edge: datetime):
    moments = Moments(BERLIN, RULES, POSTS)
    before, at, after = (moments.of(edge + by) for by in (-TICK, timedelta(0), TICK))
    assert before != at == after


@pytest.mark.parametrize("at", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_without_rows_every_instant_is_the_same(at: datetime):
    moments = Moments(SHANGHAI, ())
    assert moments.of(at) == moments.of(BACK)


def test_who_is_in_turn_is_told_by_the_day_alone():
    evaluator = Rule("R", 1, "rule", Lead("unit", "A"), evaluator=TURN)
    midnight = datetime(2024, 6, 12, 16, 0, tzinfo=UTC)
    for rule, turns in ((RULES[1], False), (evaluator, True)):
        moments = Moments(SHANGHAI, [rule])
        assert (moments.of(midnight - TICK) != moments.of(midnight)) == turns
        assert moments.of(midnight) == moments.of(midnight + timedelta(hours=23, minutes=59))
