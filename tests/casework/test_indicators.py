"""Indicators: the published vector through real histories, exact shares, and no rate of nothing."""

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from told_cases import DAY, HOUR, START, Told, clock, ordinary

from gridsvc.casework.counting import By, Only, rates, tallies
from gridsvc.casework.facts import Facts
from gridsvc.casework.facts_walk import facts_of
from gridsvc.casework.indicators import INDICATORS, Rate, half_up
from gridsvc.casework.period import parse_period
from gridsvc.errors import BadInput

ZONE = ZoneInfo("Asia/Shanghai")
DECEMBER = parse_period("2016-12", ZONE)
AFTER = datetime(2017, 1, 20, tzinfo=UTC)
ALL = By("all")


def facts(*told: Told) -> Facts:
    return facts_of([one.history for one in told])


def tianmen() -> Facts:
    """December 2016 in Tianmen: 1 054 accepted, 996 filed, 972 due, 911 closed, 737 of them in time."""
    closed_in_time, closed_late = START + DAY, START + 4 * DAY
    due, later = START + 2 * DAY, AFTER
    told = []
    for category, filed, of_due, closed, in_time in (("06010", 971, 956, 902, 730), ("01002", 25, 16, 9, 7)):
        for i in range(filed):
            end = None if i >= closed else closed_in_time if i < in_time else closed_late
            limit = due if i < of_due else later
            # The 43 of the public are among those whose limit ends in January, and the last of the events.
            source = "hotline_12345" if category == "06010" and i >= filed - 43 else "patrol"
            told.append(ordinary(f"{category}-{i}", closed=end, due=limit, category=category, source=source))
    told += [Told(f"x-{i}").do("accept").do("void", cause="out_of_scope") for i in range(1054 - 996)]
    return facts(*told)


@pytest.fixture(scope="module")
def month() -> Facts:
    return tianmen()


def of(found: Facts, id_: str, only: Only | None = None) -> Rate:
    return rates(found, DECEMBER, ALL, [id_], only=only)["all"][id_]


def test_the_vector_of_tianmen(month: Facts):
    assert tallies(month, DECEMBER, ALL)["all"]["accepted"] == 1054
    assert tallies(month, DECEMBER, ALL)["all"]["filed"] == 996
    closing, on_time = of(month, "closing"), of(month, "on_time_closing")
    assert (closing.good, closing.of, str(closing.percent)) == (911, 972, "93.72")
    assert (on_time.good, on_time.of, str(on_time.percent)) == (737, 972, "75.82")


@pytest.mark.parametrize(
    ("kind", "filed", "closed", "due", "percent"),
    [("event", 971, 902, 956, "94.35"), ("component", 25, 9, 16, "56.25")],
)
def test_the_vector_of_tianmen_by_events_and_components(month: Facts, kind, filed, closed, due, percent):
    only = Only(kind=kind)
    assert tallies(month, DECEMBER, ALL, only=only)["all"]["filed"] == filed
    rate = of(month, "closing", only)
    assert (rate.good, rate.of, str(rate.percent)) == (closed, due, percent)


def test_the_vector_of_tianmen_by_source(month: Facts):
    by_source = {
        s: tallies(month, DECEMBER, ALL, only=Only(sources=(s,)))["all"]["filed"] for s in ("patrol", "hotline_12345")
    }
    assert by_source == {"patrol": 953, "hotline_12345": 43}
    assert str(half_up(Fraction(953, 996) * 100)) == "95.68"


def test_nothing_due_is_no_rate_and_not_nought_or_a_hundred():
    empty = rates(facts(Told()), DECEMBER, ALL)
    assert "closing" not in empty["all"]
    assert (Rate(Fraction(0), 0).value, Rate(Fraction(0), 0).percent, Rate(Fraction(0), 0).interval()) == (None,) * 3
    assert rates(facts(), DECEMBER, ALL) == {}


def test_a_limit_that_ends_after_the_period_is_not_due_though_the_case_is_closed():
    inside, beyond = DECEMBER.end - HOUR, DECEMBER.end
    found = facts(ordinary("1", closed=START, due=inside), ordinary("2", closed=START, due=beyond))
    rate = of(found, "closing")
    assert (rate.good, rate.of) == (1, 1)


def test_what_was_closed_only_after_the_period_was_open_in_it():
    found = facts(ordinary(closed=AFTER, due=START + DAY))
    assert {i: of(found, i).good for i in ("closing", "on_time_closing", "overdue_closing")} == {
        "closing": 0, "on_time_closing": 0, "overdue_closing": 0,
    }  # fmt: skip
    year = parse_period("2017", ZONE)
    assert rates(found, year, ALL, ["closing"]) == {}


def test_late_and_on_time_and_open_add_up_to_what_was_due(month: Facts):
    good = {i: of(month, i).good for i in ("closing", "on_time_closing", "overdue_closing")}
    assert good["on_time_closing"] + good["overdue_closing"] == good["closing"]


def test_a_unit_counts_for_those_above_it_and_an_area_for_itself():
    found = facts(
        ordinary("1", closed=START, due=START + DAY, unit="SQUAD-1", street="A", grid="A1"),
        ordinary("2", due=START + DAY, unit="SQUAD-2", street="A", grid="A2"),
    )
    tree = {"SQUAD-1": ["SQUAD-1", "BUREAU"], "SQUAD-2": ["SQUAD-2", "BUREAU"]}

    def shares(by: str):
        counted = rates(found, DECEMBER, By.parse(by), ["closing"], above=lambda unit: tree[unit])
        return {subject: (int(r["closing"].good), r["closing"].of) for subject, r in counted.items()}

    assert shares("unit") == {"SQUAD-1": (1, 1), "SQUAD-2": (0, 1), "BUREAU": (1, 2)}
    assert shares("layer:street") == {"A": (1, 2)}
    assert shares("layer:grid") == {"A1": (1, 1), "A2": (0, 1)}
    assert shares("layer:none") == {}


def test_a_post_is_counted_for_its_own_work_alone():
    clocks = [clock("register", START, START + HOUR, START)]
    told = Told().do("accept", actor="shou").do("register", actor="ban", clocks=clocks).do("dispatch", actor="pai")
    assert set(rates(facts(told), DECEMBER, By.parse("post:shift_leader"))) == {"ban"}
    assert set(tallies(facts(told), DECEMBER, By.parse("post:dispatcher"))) == {"pai"}
    assert set(tallies(facts(told), DECEMBER, By.parse("post:collector"))) == {"cai"}


@pytest.mark.parametrize("text", ["", "layer", "layer:", "unit:U1", "post:mayor", "street"])
def test_what_nothing_is_counted_by_is_refused(text):
    with pytest.raises(BadInput):
        By.parse(text)


def test_first_dispatch_accuracy_comes_with_its_interval():
    # The textbook case of Wilson's interval: 9 of 10.
    low, high = Rate(Fraction(9), 10).interval()
    assert (str(low), str(high)) == ("59.58", "98.21")
    assert Rate(Fraction(10), 10).interval()[1] == 100
    assert Rate(Fraction(0), 10).interval()[0] == 0


@pytest.mark.parametrize(
    ("value", "shown"), [((1, 8), "0.13"), ((-1, 8), "-0.13"), ((3, 8), "0.38"), ((2, 3), "0.67"), ((1, 200), "0.01")]
)
def test_halves_are_rounded_up_as_on_paper(value, shown):
    assert str(half_up(Fraction(*value))) == shown


@given(good=st.integers(0, 10**6), of=st.integers(1, 10**6))
def test_a_rounded_share_is_nearer_than_half_a_hundredth(good, of):
    rate = Rate(Fraction(min(good, of)), of)
    assert abs(Fraction(rate.percent) - rate.value * 100) <= Fraction(1, 200)
    low, high = rate.interval()
    assert Decimal(0) <= low <= high <= Decimal(100)


def test_each_indicator_has_both_languages_and_a_source():
    for indicator in INDICATORS.values():
        assert all((indicator.zh, indicator.en, indicator.formula_zh, indicator.formula_en, indicator.source))
        assert indicator.better in ("high", "low")
