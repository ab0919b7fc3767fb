"""What a case has come to, for whoever counts cases: disposed of and closed, in time or late, how often sent back."""

from collections.abc import Mapping, Sequence
from typing import Any

from gridsvc.casework.clocks import from_dicts

Tally = Mapping[str, Any]
# What a case came to counts no more once it is to be done again, or sent to another unit; that it was sent back does.
_UNDONE = ("disposed", "disposed_in_time", "closed", "closed_in_time", "hours", "grade", "rating")


def counted(
    tally: Tally, kind: str, said: Mapping[str, Any], clocks: Sequence[Mapping[str, Any]], age_s: float
) -> Tally:
    """Add one entry to what a case has come to: its kind, what it says, the clocks after it, and the age of the case.

    ``disposed`` and ``closed`` are true once it is; ``…_in_time`` says that no clock of that stage (``disposal``, and
    ``whole`` for closing) ran out, and is left out where the stage has no limit. ``hours`` from report to close;
    ``grade`` and ``rating`` as given; ``returns`` that were asked for, and ``rework``. What is not so is left out.
    """
    if kind == "finish":
        return {**tally, "disposed": True, **_in_time("disposal", clocks)}
    if kind == "close":
        closed = {"closed": True, **_in_time("whole", clocks), "hours": round(age_s / 3600, 2)}
        return {**tally, **closed, **({"grade": said["grade"]} if said.get("grade") else {})}
    if kind == "rework" or said.get("to") in ("registered", "undecided"):
        tally = {k: v for k, v in tally.items() if k not in _UNDONE}
    if kind in ("return", "rework"):
        word = {"return": "returns", "rework": "rework"}[kind]
        return {**tally, word: tally.get(word, 0) + 1}
    return {**tally, "rating": said["rating"]} if kind == "rated" and "rating" in said else tally


def _in_time(stage: str, clocks: Sequence[Mapping[str, Any]]) -> dict[str, bool]:
    kept = [clock.on_time for clock in from_dicts(c for c in clocks if c["stage"] == stage)]
    ended = [on_time for on_time in kept if on_time is not None]
    return {{"disposal": "disposed_in_time", "whole": "closed_in_time"}[stage]: all(ended)} if ended else {}
