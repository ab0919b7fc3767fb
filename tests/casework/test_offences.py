"""Occasions and rungs: what counts as again, and what is due."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridsvc.casework.duplicates import Told
from gridsvc.casework.offences import at_place, due, occasions
from gridsvc.values import metres_per_degree

NOON = datetime(2024, 6, 12, 4, tzinfo=UTC)
DAY = timedelta(days=1)
EAST_M, _ = metres_per_degree(30.0)


def told(days: float = 0.0, east_m: float = 0.0, component: str | None = None) -> Told:
    """A report some days before noon, some metres to the east."""
    return Told(120.0 + east_m / EAST_M, 30.0, NOON - days * DAY, component)


@dataclass(frozen=True)
class Rung:
    times: int
    days: float = 365.0
    radius_m: float = 30.0


LADDER = [Rung(1), Rung(2), Rung(3)]


@pytest.mark.parametrize(
    ("hours", "firsts"),
    [
        ([], []),
        ([0], [0]),
        ([0, 1, 4], [0]),
        ([0, 4.1], [0, 4.1]),
        ([9, 0, 4], [0, 9]),
        # What comes every three hours is not one occasion without end.
        ([0, 3, 6, 9, 12], [0, 6, 12]),
        ([0, 0], [0]),
    ],
)
def test_what_follows_soon_after_the_first_is_of_the_same_occasion(hours: list[float], firsts: list[float]):
    found = occasions([NOON + timedelta(hours=h) for h in hours], 4.0)
    assert found == [NOON + timedelta(hours=h) for h in firsts]


def test_a_place_is_a_component_or_some_metres():
    here = told(component="C1")
    others = [told(1, 29), told(1, 31), told(1, 500, "C1"), told(1, 500, "C2"), told(1, 10, "C2")]
    assert at_place(here, others, 30.0) == [0, 2, 4]
    assert at_place(told(), [told(1, 31)], 30.0) == []  # no component is not the same as none


@pytest.mark.parametrize(
    ("earlier", "count", "times"),
    [
        ([], 1, 1),
        ([told(1)], 2, 2),
        ([told(1), told(2)], 3, 3),
        ([told(1), told(2), told(3)], 4, 3),
        ([told(0.1)], 1, 1),  # two reports of one occasion
        ([told(1), told(1.1)], 2, 2),
        ([told(366)], 1, 1),
        ([told(1, 31)], 1, 1),
        ([told(-1)], 1, 1),  # what came later is no earlier offence
    ],
)
def test_the_highest_rung_whose_times_are_reached_is_due(earlier: list[Told], count: int, times: int):
    n, rung = due(LADDER, told(), earlier, 4.0, by_place=True)
    assert (n, rung and rung.times) == (count, times)


def test_a_rung_counts_within_its_own_time_and_place():
    ladder = [Rung(2, days=30.0), Rung(3, days=365.0, radius_m=100.0)]
    assert due(ladder, told(), [told(40), told(50, 90)], 4.0, by_place=True) == (3, ladder[1])
    assert due(ladder, told(), [told(40), told(400)], 4.0, by_place=True) == (2, None)
    assert due(ladder, told(), [told(20), told(400)], 4.0, by_place=True) == (2, ladder[0])


def test_a_party_is_the_same_wherever_it_is():
    assert due(LADDER, told(), [told(1, 5000), told(2, 9000)], 4.0, by_place=False) == (3, LADDER[2])


def test_without_a_rung_nothing_is_due():
    assert due([], told(), [told(1)], 4.0, by_place=True) == (1, None)
    assert due([Rung(2)], told(), [], 4.0, by_place=True) == (1, None)


days = st.floats(0.0, 400.0)


@given(st.lists(st.tuples(days, st.floats(-100.0, 100.0)), max_size=15), days)
def test_one_more_offence_never_lowers_the_rung(places: list[tuple[float, float]], more: float):
    earlier: list[Any] = [told(d, x) for d, x in places]
    _, before = due(LADDER, told(), earlier, 0.0, by_place=True)
    _, after = due(LADDER, told(), [*earlier, told(more)], 0.0, by_place=True)
    assert before is not None
    assert after is not None
    assert after.times >= before.times
