"""Windows and validities compared, against every quarter of an hour; instants that stand for all others."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridsvc.responsibility.calendar import Calendar, Period
from gridsvc.responsibility.instants import instants, open_throughout, open_together, valid_throughout, valid_together
from gridsvc.responsibility.table import Rule, parse_rule
from gridsvc.responsibility.windows import parse_window

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2024, 6, 12, 4, 0, tzinfo=UTC)
CALENDAR = Calendar(
    {date(2024, 6, 10): "off", date(2024, 6, 16): "work"}, {"office": Period("office", "work 09:00-17:00")}
)
TEXTS = (
    "", "08:30-17:30", "1-5 08:30-17:30", "6-7 22:00-06:00", "work 09:00-12:00", "off 00:00-24:00", "office", "!office",
    "08:30-08:30 @2024-06-12/2", "08:30-08:30 @2024-06-13/4", "1 10:00-11:00", "00:00-12:00;12:00-24:00",
    "work 00:00-24:00;off 00:00-24:00", "3 00:00-24:00 @2024-06-13/7", "00:00-24:00 @9999-12-31/1", "22:00-06:00",
)  # fmt: skip
texts = st.sampled_from(TEXTS)
# Every quarter of an hour of eight weeks around what the calendar names, which is as long as all of it takes to repeat.
QUARTERS = [datetime(2024, 6, 3, tzinfo=SHANGHAI) + timedelta(minutes=15 * i) for i in range(56 * 96)]
OPEN = {text: [parse_window(text, calendar=CALENDAR).holds_at(at, SHANGHAI) for at in QUARTERS] for text in TEXTS}


@given(texts, texts)
def test_windows_are_compared_as_the_clock_would(one, other):
    windows = parse_window(one, calendar=CALENDAR), parse_window(other, calendar=CALENDAR)
    assert open_throughout(*windows) == all(a or not b for a, b in zip(OPEN[one], OPEN[other], strict=True))
    assert open_together(*windows) == any(a and b for a, b in zip(OPEN[one], OPEN[other], strict=True))


def test_of_rotas_that_hardly_ever_fall_together_nothing_is_said():
    one, other = parse_window("08:30-08:30 @2024-01-01/997"), parse_window("09:00-10:00 @2024-01-01/991")
    assert not open_throughout(one, other)
    assert open_together(one, other)
    assert open_throughout(one, one)


def rule(window: str = "", start: datetime | None = None, end: datetime | None = None) -> Rule:
    row = {"id": "R", "rank": "1", "via": "rule", "lead": "unit:U", "window": window}
    return parse_rule(row, start, end, CALENDAR)


@pytest.mark.parametrize(("row", "other", "throughout", "together"), [
    ((None, None), (None, None), True, True),
    ((1, None), (None, None), False, True),
    ((-1, None), (None, None), True, True),
    ((None, 9), (None, None), False, True),
    ((1, 9), (1, 9), True, True),
    ((1, 9), (2, 8), True, True),
    ((2, 8), (1, 9), False, True),
    ((1, 2), (2, 3), False, False),
    ((-3, -2), (None, None), False, False),
    ((-3, 0), (None, None), False, False),
])  # fmt: skip
def test_validities_are_compared_from_an_instant_on(row, other, throughout, together):
    one, two = (rule("", *(None if d is None else NOW + timedelta(days=d) for d in span)) for span in (row, other))
    assert valid_throughout(one, two, NOW) == throughout
    assert valid_together(one, two, NOW) == together == valid_together(two, one, NOW)


def test_without_windows_there_is_an_instant_for_each_validity():
    later, last = NOW + timedelta(days=3), NOW + timedelta(days=9)
    assert instants([], NOW, SHANGHAI) == [NOW]
    assert instants([rule("", NOW - timedelta(days=3), later), rule("", later, last)], NOW, SHANGHAI) == [
        NOW,
        later,
        last,
    ]


@settings(max_examples=40)
@given(st.lists(st.tuples(texts, st.integers(-5, 20), st.integers(1, 30)), max_size=3))
def test_every_state_of_the_rows_has_an_instant(drawn):
    rows = [rule(text, NOW + timedelta(days=d), NOW + timedelta(days=d + n)) for text, d, n in drawn]

    def told(at: datetime) -> tuple[bool, ...]:
        return tuple(r.valid_from <= at < r.valid_to and r.window.holds_at(at, SHANGHAI) for r in rows)

    met = {told(at) for at in instants(rows, NOW, SHANGHAI)}
    assert met == {told(at) for at in [NOW, *QUARTERS] if at >= NOW}
