"""Cases near a place: which of them lie in the box, the time, the matter and the reach that are asked for."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from gridsvc.rights import Reach, Term, whole_district
from gridsvc.store.engine import transaction
from gridsvc.store.near_cases import near_cases
from gridsvc.values import Point, metres_per_degree

from .conftest import NOON, made

HOUR = timedelta(hours=1)
ALL = whole_district("1")
HERE = Point(120.0, 30.0)
EAST_M, NORTH_M = metres_per_degree(30.0)
Add = Callable[..., None]


def near(engine: Engine, reach: Reach = ALL, **asked: Any) -> list[str]:
    wanted = {
        "around": [HERE], "radius_m": 50.0, "patterns": ["06010"], "span": (NOON - HOUR, NOON), "but": None, "most": 10
    } | asked  # fmt: skip
    with transaction(engine) as connection:
        return [c.number for c in near_cases(connection, reach, **wanted)]


def test_where_nothing_is_there_is_nothing(engine: Engine):
    assert near(engine) == []


@pytest.mark.parametrize(
    ("changes", "is_near"),
    [
        ({}, True),
        ({"lon": 120.0 + 49.9 / EAST_M}, True),
        ({"lon": 120.0 + 51.0 / EAST_M}, False),
        ({"lat": 30.0 - 51.0 / NORTH_M}, False),
        ({"lon": -60.0, "lat": -30.0}, False),
        ({"reported_at": NOON - HOUR}, True),
        ({"reported_at": NOON - HOUR - timedelta(seconds=1)}, False),
        ({"category": "06011"}, False),
        ({"status": "void"}, False),
        ({"status": "closed"}, True),
        ({"district": "2"}, False),
    ],
)
def test_place_time_matter_status_and_district(engine: Engine, add_cases: Add, changes: dict[str, Any], is_near: bool):
    case = made(**changes)
    add_cases(case)
    assert near(engine) == ([case.number] if is_near else [])


def test_patterns_are_codes_or_their_beginnings(engine: Engine, add_cases: Add):
    cases = [made(category=category) for category in ("06010", "06011", "09005", "16010")]
    add_cases(*cases)
    one, two, three, _ = (c.number for c in cases)
    assert sorted(near(engine, patterns=["06*"])) == [one, two]
    assert sorted(near(engine, patterns=["06011", "09*"])) == [two, three]


def test_around_several_points_and_not_the_case_itself(engine: Engine, add_cases: Add):
    own, other = made(), made(lon=120.01)
    add_cases(own, other)
    assert near(engine, around=[HERE, Point(120.01, 30.0)], but=own.id) == [other.number]


def test_the_newest_first_and_no_more_than_asked_for(engine: Engine, add_cases: Add):
    old, new, newest = (made(reported_at=NOON - minutes * HOUR / 60) for minutes in (30, 20, 10))
    add_cases(old, newest, new)
    assert near(engine, most=2) == [newest.number, new.number]


def test_only_what_lies_within_the_reach(engine: Engine, add_cases: Add):
    mine, others = made(areas={"street": "S1"}), made(areas={"street": "S2"})
    add_cases(mine, others)
    assert near(engine, Reach("1", frozenset({Term(("street", "S1"))}))) == [mine.number]
    assert near(engine, Reach("1", frozenset())) == []


@pytest.mark.parametrize("here", [Point(179.9999, 30.0), Point(120.0, 89.9999), Point(-180.0, -90.0)])
def test_at_the_edge_of_the_world_nothing_breaks(engine: Engine, here: Point):
    assert near(engine, around=[here], radius_m=5000.0) == []
