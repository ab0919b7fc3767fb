"""A decision's fingerprint: one for one and for many, another for another decision, blind to prose."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridsvc.bulk import route_columns
from gridsvc.codes import categories_matching
from gridsvc.errors import GridsvcError
from gridsvc.essence import essence, essence_of_row, fingerprint, fingerprints
from gridsvc.report import Report
from gridsvc.router import Router

NOON = datetime(2024, 6, 12, 4, tzinfo=UTC)
CODES = sorted(c.code for c in categories_matching("0*"))
WEST, EAST, SOUTH, NORTH = 120.19, 120.26, 30.29, 30.35

reports = st.builds(
    Report,
    at=st.integers(0, 370 * 24 * 60).map(lambda m: NOON + timedelta(minutes=m)),
    category=st.sampled_from([None, "99999", *CODES]),
    accuracy_m=st.sampled_from([None, 3.0, 80.0]),
    attributes=st.sampled_from([{}, {"vertical": "above"}, {"vehicle": "car"}]),
)
places = st.tuples(st.floats(WEST, EAST), st.floats(SOUTH, NORTH))


@settings(max_examples=40, deadline=None)
@given(asked=st.lists(st.tuples(places, reports), min_size=1, max_size=12))
def test_of_many_each_has_the_fingerprint_and_the_essence_that_it_has_alone(demo_router: Router, asked: list[Any]):
    lon, lat = np.array([place for place, _ in asked]).T
    those = [report for _, report in asked]
    decided = route_columns(demo_router, lon, lat, crs="wgs84", reports=those, whose=np.arange(len(those)))
    alone = demo_router.route_many(lon, lat, crs="wgs84", reports=those)
    found = fingerprints(demo_router, decided, [r.at for r in those])
    assert found == [None if isinstance(a, GridsvcError) else fingerprint(a) for a in alone]
    for row, answer in enumerate(alone):
        if not isinstance(answer, GridsvcError):
            assert essence_of_row(demo_router, decided, row, those[row].at) == essence(answer.as_dict("none"))


def test_two_answers_have_one_fingerprint_just_where_they_have_one_essence(demo_router: Router):
    random = np.random.default_rng(7)
    lon, lat = random.uniform(WEST, EAST, 600), random.uniform(SOUTH, NORTH, 600)
    those = [Report(NOON, str(code)) for code in random.choice(CODES[:6], 600)]
    alone = demo_router.route_many(np.r_[lon, lon], np.r_[lat, lat], crs="wgs84", reports=those * 2)
    pairs = {(fingerprint(a), repr(essence(a.as_dict("full")))) for a in alone if not isinstance(a, GridsvcError)}
    assert len(pairs) > 100
    assert len({p for p, _ in pairs}) == len({e for _, e in pairs}) == len(pairs)


@pytest.mark.parametrize("broken", [{}, [], None, {"areas": {"grid": 1}}, {"accountable": "U1"}])
def test_what_is_no_answer_has_no_essence(broken: Any):
    with pytest.raises((KeyError, TypeError, AttributeError)):
        essence(broken)
