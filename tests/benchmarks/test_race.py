"""Ratios are taken inside a round, and no wrong answer gets away."""

from itertools import cycle

import numpy as np
import pytest

from benchmarks.race import Method, race, timed, untold

TRUTH = np.array([3, 1, 4, -1], np.int32)


def method(name, seconds, answer=None, items=4):
    """A contestant that takes these seconds, round after round, beginning with the one for warmth."""
    turns = cycle(seconds)
    return Method(name, lambda: (next(turns), answer), items)


def test_a_ratio_is_the_median_over_rounds_not_the_ratio_of_medians():
    # The machine slows both down in one round and one of them in another.
    ours, peer = method("ours", [9, 1, 10, 4, 2, 1]), method("peer", [9, 2, 30, 4, 8, 1])
    table = race("", "points/s", "peer", [ours, peer], 5)
    assert table.ratios("ours").tolist() == [2, 3, 1, 4, 1]
    assert table.ratio("ours") == 2
    assert table.ratio("peer", "ours") == 1 / 2
    assert [row.rate for row in table.rows] == [4 / 2, 4 / 4]


def test_a_rate_is_items_a_second():
    table = race("", "points/s", "a", [method("a", [0.5], items=10)], 3)
    assert table.rows[0].rates == (20.0, 20.0, 20.0)


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [(TRUTH, 0), (TRUTH[:2], 0), (TRUTH + 1, 4), (np.array([3, 1, 4, 2]), 1), (np.array([1]), 1), (None, None)],
    ids=["right", "right sample", "all wrong", "one wrong", "wrong sample", "not compared"],
)
def test_answers_are_compared_with_the_truth(answer, wrong):
    table = race("", "points/s", "a", [method("a", [1.0], answer)], 2, TRUTH)
    assert table.rows[0].wrong == wrong
    assert table.wrong == (wrong or 0)


def test_an_answer_that_is_wrong_in_one_round_only_counts():
    answers = iter([TRUTH, TRUTH, TRUTH + 1, TRUTH])
    table = race("", "points/s", "a", [Method("a", lambda: (1.0, next(answers)), 4)], 3, TRUTH)
    assert table.wrong == 4


def test_every_method_runs_in_every_round_and_another_one_begins_each():
    order = []
    methods = [
        Method(name, untold(lambda name=name: order.append(name)), 1, calls) for name, calls in (("a", 2), ("b", 1))
    ]
    race("", "calls/s", "a", methods, 2)
    assert "".join(order) == "ab" + "aab" + "baa"


def test_only_the_work_is_timed_and_the_check_makes_the_answer():
    took_s, answer = timed(lambda: 21, lambda made: np.array([made * 2]))()
    assert took_s >= 0
    assert answer.tolist() == [42]
    assert untold(lambda: 21)()[1] is None
