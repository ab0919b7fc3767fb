"""What a history comes to: disposed of, closed, in time or late, and how often it was sent back."""

from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any

import pytest

from gridsvc.casework.clocks import Clock, as_dicts
from gridsvc.casework.tally import Tally, counted

NOON = datetime(2024, 6, 12, 4, tzinfo=UTC)


def clock(stage: str, stopped_h: float | None, n: int = 1) -> Clock:
    """A clock of four hours from noon."""
    stopped = None if stopped_h is None else NOON + timedelta(hours=stopped_h)
    due = NOON + timedelta(hours=4)
    state = "running" if stopped is None else "stopped"
    return Clock(stage, n, 4, "urgent_hour", NOON, NOON, due, 0.0, state, stopped)


def tally(*entries: tuple[Any, ...]) -> Tally:
    """What entries add up to, each its kind, what it says and the clocks after it; the last one after five hours."""

    def add(so_far: Tally, entry: tuple[Any, ...]) -> Tally:
        kind, said, *clocks = entry
        return counted(so_far, kind, said, as_dicts(clocks), 5 * 3600.0)

    return reduce(add, entries, {})


CLOSED = {"disposed": True, "closed": True, "hours": 5.0}
FINISH, CLOSE = ("finish", {"result": "done"}), ("close", {"grade": "simple"})


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ((), {}),
        ((("reported", {}), ("accept", {}), ("void", {"reason": "x"})), {}),
        ((FINISH,), {"disposed": True}),  # no limit: neither in time nor late
        (((*FINISH, clock("disposal", 4)),), {"disposed": True, "disposed_in_time": True}),  # exactly at the end
        (((*FINISH, clock("disposal", 4.01)),), {"disposed": True, "disposed_in_time": False}),
        (((*FINISH, clock("check", 9), clock("disposal", None)),), {"disposed": True}),
        ((FINISH, (*CLOSE, clock("whole", 3), clock("disposal", 9))),
         CLOSED | {"closed_in_time": True, "grade": "simple"}),
        ((FINISH, ("close", {}, clock("whole", 5))), CLOSED | {"closed_in_time": False}),
        (((*FINISH, clock("disposal", 3)), ("rework", {"reason": "x"})), {"rework": 1}),
        # One attempt that was late is late, however quick the next one was.
        (((*FINISH, clock("disposal", 9)), ("rework", {}),
          (*FINISH, clock("disposal", 9), clock("disposal", 1, n=2))),
         {"disposed": True, "disposed_in_time": False, "rework": 1}),
        ((("return", {}), ("settle", {}), ("return", {}), FINISH, CLOSE, ("rated", {"rating": 4})),
         CLOSED | {"grade": "simple", "returns": 2, "rating": 4}),
        ((("return", {}), FINISH, CLOSE, ("rated", {"rating": 1}), ("reopen", {"to": "registered"})), {"returns": 1}),
        # What another unit is to do now, nobody has done.
        ((FINISH, ("correct", {"to": "registered"})), {}),
        ((FINISH, ("settle", {"to": "undecided"})), {}),
        ((FINISH, ("settle", {"verdict": "answered"})), {"disposed": True}),
    ],
)  # fmt: skip
def test_what_histories_come_to(entries: tuple[Any, ...], expected: Tally):
    assert tally(*entries) == expected
