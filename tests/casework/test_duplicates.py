"""Reports that may be of the same thing: who is compared, in which order, and why."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridsvc.casework.duplicates import Told, compared, distance
from gridsvc.values import metres_per_degree

NOON = datetime(2024, 6, 12, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
EAST_M, NORTH_M = metres_per_degree(30.0)


def told(east_m: float = 0.0, north_m: float = 0.0, hours: float = 0.0, **says: Any) -> Told:
    """A report some metres from the first one, and some hours after it."""
    return Told(120.0 + east_m / EAST_M, 30.0 + north_m / NORTH_M, NOON + hours * HOUR, **says)


HERE = told(component="C1", description="路边有暴露垃圾")


def order(*others: Told, radius_m: float = 50.0, hours: float = 24.0) -> list[int]:
    return [position for position, _ in compared(HERE, others, radius_m, hours)]


@pytest.mark.parametrize(
    ("other", "is_compared"),
    [
        (told(), True),
        (told(49.9), True),
        (told(50.1), False),
        (told(40, 40), False),  # 57 m, inside the box around the report
        (told(hours=-24), True),
        (told(hours=-24.01), False),
        (told(hours=24), True),  # a stored case has others after it
        (told(hours=24.01), False),
        (told(4000, component="C1"), True),
        (told(4000, component="C2"), False),
        (told(4000, hours=-25, component="C1"), False),
        (told(10, component="C2"), True),
    ],
)
def test_what_is_the_same_component_or_within_metres_and_hours(other: Told, is_compared: bool):
    assert order(other) == ([0] if is_compared else [])


def test_nobody_to_compare_with():
    assert order() == []


def test_no_component_is_not_the_same_as_no_component():
    assert compared(told(), [told(60)], 50.0, 24.0) == []


@pytest.mark.parametrize(
    ("others", "first"),
    [
        ([told(1), told(40, component="C1")], 1),  # component before place
        ([told(40), told(10)], 1),  # the nearer
        ([told(10, hours=-20), told(10, hours=-1)], 1),  # the later
        ([told(10, description="违规停车"), told(10, description="路边 有暴露垃圾！")], 1),  # the text
        ([told(10, hours=-1), told(10, hours=-1)], 0),  # as they came
    ],
)
def test_the_order_of_candidates(others: list[Told], first: int):
    assert order(*others)[0] == first


def test_an_erased_text_is_no_unlike_text():
    unlike, erased = compared(HERE, [told(10, description="xyz"), told(10)], 50.0, 24.0)[::-1]
    assert (unlike[0], erased[0]) == (0, 1)
    assert erased[1].text is None
    assert unlike[1].text == 0.0
    assert erased[1].score > unlike[1].score


def test_reasons_in_both_languages():
    ((_, like),) = compared(HERE, [told(12, hours=-3, component="C1", description="路边有暴露垃圾")], 50.0, 24.0)
    assert like.because == (
        ("同一部件 C1", "the same component C1"),
        ("相距 12 米", "12 m away"),
        ("相隔 3.0 小时", "3.0 h apart"),
        ("描述相似度 100%", "the descriptions are 100% alike"),
    )
    ((_, soon),) = compared(HERE, [told(hours=-0.25)], 50.0, 24.0)
    assert soon.because[-1] == ("相隔 15 分钟", "15 min apart")


metres = st.floats(-200, 200)


@given(st.lists(st.tuples(metres, metres, st.floats(-48, 48), st.sampled_from([None, "C1", "C2"])), max_size=20))
def test_every_score_is_a_share_and_the_component_comes_first(places):
    others = [told(x, y, hours, component=component) for x, y, hours, component in places]
    found = compared(HERE, others, 50.0, 24.0)
    assert all(0.0 <= like.score <= 1.0 for _, like in found)
    same = [like.same_component for _, like in found]
    assert same == sorted(same, reverse=True)
    expected = {
        i for i, o in enumerate(others)
        if abs(o.reported_at - NOON) <= 24 * HOUR and (o.component == "C1" or distance(HERE, o) <= 50.0)
    }  # fmt: skip
    assert {position for position, _ in found} == expected
