"""What several threads ask for at the same time is done in one go, and nobody suffers for another."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from gridsvc.errors import Conflict, Unavailable
from gridsvc.services.together import Together

LONG_S = 20.0


class Slow:
    """Work that waits in its first turn until everybody is there, and keeps what each turn was asked."""

    def __init__(self, outcome: Callable[[int], int | Exception]) -> None:
        self.turns: list[list[int]] = []
        self.begun, self.go_on = threading.Event(), threading.Event()
        self._outcome = outcome

    def __call__(self, asked: Sequence[int]) -> list[int | Exception]:
        self.turns.append(list(asked))
        self.begun.set()
        assert self.go_on.wait(LONG_S)
        return [self._outcome(one) for one in asked]


def together(work: Slow, *asked: int) -> list[Future[int]]:
    """Let the first be served, and the others come meanwhile, one after the other."""
    shared = Together(work)
    pool = ThreadPoolExecutor(len(asked))
    given = [pool.submit(shared.do, asked[0])]
    assert work.begun.wait(LONG_S)
    for n, one in enumerate(asked[1:], start=1):
        given.append(pool.submit(shared.do, one))
        while len(shared._waiting) < n:
            threading.Event().wait(0.001)
    work.go_on.set()
    pool.shutdown()
    return given


def test_one_alone_is_served_at_once():
    assert Together(lambda asked: [one + 1 for one in asked]).do(1) == 2


def test_who_comes_meanwhile_is_served_next_with_all_who_wait_each_by_his_own():
    work = Slow(lambda one: 10 * one)
    assert [g.result() for g in together(work, 1, 2, 3, 4)] == [10, 20, 30, 40]
    assert work.turns == [[1], [2, 3, 4]]


def test_who_is_refused_is_told_so_and_nobody_else():
    work = Slow(lambda one: Conflict("不", "no") if one == 3 else one)
    first, second, third, fourth = together(work, 1, 2, 3, 4)
    assert [first.result(), second.result(), fourth.result()] == [1, 2, 4]
    with pytest.raises(Conflict):
        third.result()
    assert work.turns == [[1], [2, 3, 4]]


def failing(error: Exception) -> Callable[[int], int]:
    def outcome(one: int) -> int:
        if one == 3:
            raise error
        return one

    return outcome


def test_where_all_fail_for_one_each_is_tried_alone():
    work = Slow(failing(ZeroDivisionError()))
    first, second, third, fourth = together(work, 1, 2, 3, 4)
    assert [first.result(), second.result(), fourth.result()] == [1, 2, 4]
    with pytest.raises(ZeroDivisionError):
        third.result()
    assert work.turns == [[1], [2, 3, 4], [2], [3], [4]]


def test_where_nobody_can_be_asked_all_are_told_so_at_once():
    work = Slow(failing(Unavailable("不在", "away")))
    first, *others = together(work, 1, 2, 3, 4)
    assert first.result() == 1
    for other in others:
        with pytest.raises(Unavailable):
            other.result()
    assert work.turns == [[1], [2, 3, 4]]


def test_who_comes_after_a_failure_is_served():
    shared = Together(lambda asked: [1 // one for one in asked])
    with pytest.raises(ZeroDivisionError):
        shared.do(0)
    assert shared.do(1) == 1
