"""Periods that are assessed: read from text, half-open in the city's time, each with the one before it."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from gridsvc.casework.period import parse_period, period_before
from gridsvc.errors import BadInput

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("text", "first", "last", "before", "zh"),
    [
        ("2024-06-12", "2024-06-12", "2024-06-13", "2024-06-11", "2024年6月12日"),
        ("2024-W01", "2024-01-01", "2024-01-08", "2023-W52", "2024年第1周"),
        ("2024-06", "2024-06-01", "2024-07-01", "2024-05", "2024年6月"),
        ("2024-01", "2024-01-01", "2024-02-01", "2023-12", "2024年1月"),
        ("2024-12", "2024-12-01", "2025-01-01", "2024-11", "2024年12月"),
        ("2024-Q1", "2024-01-01", "2024-04-01", "2023-Q4", "2024年第1季度"),
        ("2024-H2", "2024-07-01", "2025-01-01", "2024-H1", "2024年下半年"),
        ("2024", "2024-01-01", "2025-01-01", "2023", "2024年"),
    ],
)
def test_each_form_is_read_and_has_one_before_it(text, first, last, before, zh):
    period = parse_period(text, ZONE)
    assert (str(period.first), str(period.last), period.title("zh")) == (first, last, zh)
    assert period_before(period, ZONE) == parse_period(before, ZONE)
    assert parse_period(before, ZONE).end == period.start


def test_a_period_begins_at_midnight_in_the_city():
    period = parse_period("2024-06", ZONE)
    assert (period.start, period.end) == (
        datetime(2024, 5, 31, 16, tzinfo=UTC), datetime(2024, 6, 30, 16, tzinfo=UTC),
    )  # fmt: skip
    assert period.title("en") == "June 2024"


def test_two_days_make_a_period_without_one_before():
    period = parse_period("2024-06-01/2024-06-16", ZONE)
    assert (period.every, period_before(period, ZONE)) == (None, None)
    assert (period.title("zh"), period.title("en")) == ("2024-06-01 至 2024-06-15", "2024-06-01 to 2024-06-15")
    assert period.within(parse_period("2024-06", ZONE))
    assert not parse_period("2024-06", ZONE).within(period)


@pytest.mark.parametrize(
    "text",
    ["", "2024-13", "2024-Q5", "2024-W54", "2023-W53", "2024-02-30", "2024-06-12/2024-06-12", "2024-6", "9999", "0000"],
)
def test_what_is_no_period_is_refused(text):
    with pytest.raises(BadInput) as refused:
        parse_period(text, ZONE)
    assert refused.value.errors[0].field in ("period",)
