"""What the comparison of answers under load finds wrong, and what it does not."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from small_city import IN_A, IN_B, ODOUR, write_city

from benchmarks.press import _request
from benchmarks.replicas import Reply, Series, faults, taken_s
from gridsvc.bootstrap import Router, read_all
from gridsvc.spatial.topology import check_edition
from tests.conftest import NOON

POINTS = [{"point": {"x": x, "y": y, "crs": "wgs84"}, "category": ODOUR} for x, y in (IN_A, IN_B)]
AT = NOON.timestamp()


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> Series:
    return Series(read_all(write_city(tmp_path_factory.mktemp("city"))))


def reply(series: Series, k: int, sent_s: float, row: int = 0, **changes: Any) -> Reply:
    """A right answer by the k-th edition, except for the changes."""
    room, point = Router(series.snapshot(k)), POINTS[row]["point"]
    answer = room.route(point["x"], point["y"], crs="wgs84", at=NOON, category=ODOUR).as_dict("none")
    return Reply(0, [row], False, sent_s, sent_s + 0.1, AT, AT + 0.1, 200, answer | changes)


def test_every_edition_can_be_published_and_differs_from_the_one_before_at_every_point(series: Series):
    answers = [[reply(series, k, 0.0, row).answer for row in (0, 1)] for k in range(4)]
    assert all(check_edition(series.snapshot(k).edition).ok for k in range(2))
    for one, other in pairwise(answers):
        for row in (0, 1):
            assert one[row]["areas"]["grid"]["code"] != other[row]["areas"]["grid"]["code"]
            assert one[row]["areas"]["grid"]["name"] != other[row]["areas"]["grid"]["name"]
    assert [series.number(a[0]["edition"]) for a in answers] == [0, 1, 2, 3]


def test_right_answers_in_order_have_no_fault(series: Series):
    assert faults(series, POINTS, [reply(series, 0, 0.0), reply(series, 1, 1.0, 1), reply(series, 1, 2.0)]) == []
    assert faults(series, POINTS, []) == []


def test_an_answer_of_two_editions_is_a_fault(series: Series):
    old, new = reply(series, 0, 0.0).answer, reply(series, 1, 0.0).answer
    for key in ("areas", "edition", "ruleset"):
        assert len(faults(series, POINTS, [reply(series, 0, 0.0, **{key: new[key]})])) == 1
    assert len(faults(series, POINTS, [reply(series, 0, 0.0, accountable={**old["accountable"], "unit": "U9"})])) == 1


@pytest.mark.parametrize("status", [0, 500, 503])
def test_an_error_is_a_fault(series: Series, status: int):
    assert len(faults(series, POINTS, [replace(reply(series, 0, 0.0), status=status, answer="refused")])) == 1


@pytest.mark.parametrize(
    ("sent_s", "replica", "n"),
    [(1.2, 0, 1), (1.05, 0, 0), (1.2, 1, 0)],
    ids=["asked after the newer one was given", "asked meanwhile", "another replica"],
)
def test_an_older_edition_after_a_newer_one_is_a_fault(series: Series, sent_s: float, replica: int, n: int):
    late = replace(reply(series, 0, sent_s), replica=replica)
    assert len(faults(series, POINTS, [late, reply(series, 1, 1.0)])) == n


def test_a_batch_is_compared_row_by_row(series: Series):
    _, body, _ = _request(POINTS, True)
    assert '"category": ["06010", "06010"]' in body
    right = {"edition": series.code(0), "ruleset": series.code(0), "columns": {"grid": ["A", "B"]}}
    units = [reply(series, 0, 0.0, row).answer["accountable"]["unit"] for row in (0, 1)]
    whole = replace(reply(series, 0, 0.0), batch=True, rows=[0, 1])
    for grids, expected in ((["A", "B"], 0), (["A", "A"], 1), (["A"], 1)):
        columns = {"grid": grids, "accountable": units}
        assert len(faults(series, POINTS, [replace(whole, answer=right | {"columns": columns})])) == expected


def test_the_time_taken_is_that_to_the_first_answer_by_the_edition_or_a_later_one(series: Series):
    replies = [reply(series, k, sent_s) for k, sent_s in ((0, 0.0), (1, 2.0), (3, 5.0))]
    taken = taken_s(series, {1: 1.0, 2: 3.0, 4: 6.0}, replies)
    assert {k: float(np.round(v, 6)) for k, v in taken.items()} == {(1, 0): 1.1, (2, 0): 2.1}
