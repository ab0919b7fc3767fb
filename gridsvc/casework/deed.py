"""An entry of a case's history in the making, and what it does to the status, the requests and the clocks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gridsvc.casework.case import OVER, Entry, State, Status
from gridsvc.casework.clocks import Clocks, as_dicts, extend, from_dicts, pause, resume, start, stop
from gridsvc.casework.desk import Party, Ruling, answer_after
from gridsvc.casework.lifecycle import Action, lapses
from gridsvc.casework.requests import KINDS
from gridsvc.casework.worktime import Worktime
from gridsvc.errors import BadInput, FieldError
from gridsvc.values import STAGES

# Units by code, for the field that names one; raises ``BadInput`` where there is none.
PartyOf = Callable[[str, str], Party]
Limits = Mapping[str, tuple[float, Any]]


@dataclass(slots=True)
class Deed:
    """An entry in the making, what it rests on, and what it does to the clocks beside what its row says."""

    row: Action
    said: Mapping[str, Any]
    entries: Sequence[Entry]
    state: State
    party: PartyOf
    worktime: Worktime
    actor: str
    at: datetime
    to: Status | None
    reason: str | None
    kind: str
    payload: dict[str, Any] = field(default_factory=dict)
    starts: list[str] = field(default_factory=list)
    stops: list[str] = field(default_factory=list)
    # The request that is opened, those that are settled or over, an extension, and whether all clocks rest or run on.
    opened: dict[str, Any] | None = None
    ended: list[int] = field(default_factory=list)
    more: tuple[float, Any] | None = None
    rests: bool | None = None

    @property
    def unit(self) -> str | None:
        """The unit that is accountable after it."""
        accountable = (self.payload.get("answer") or self.state.decision or {}).get("accountable")
        return accountable and accountable["unit"]

    def rule(self, code: str, assisting: Sequence[str] = (), precedent: str | None = None) -> Party:
        """Let a unit be accountable from now on by what the actor said, and others assist."""
        named = [self.party(code, "unit")]
        named += [self.party(other, "assisting") for other in dict.fromkeys(assisting) if other != code]
        at = self.at.astimezone(self.worktime.zone)
        ruling = Ruling(named[0], named[1:], self.actor, at, self.reason or "", precedent)
        self.payload["answer"] = answer_after(self.state.decision or {}, ruling)
        return named[0]

    def hand_to(self, code: str) -> None:
        """Dispatch to a unit, which becomes the accountable one if it is another."""
        one = self.party(code, "unit")
        if code != self.state.unit:
            if self.reason is None:
                raise missing("reason")
            self.rule(code)
        self.payload["unit"] = one.as_dict()

    def back_to_desk(self) -> None:
        """Let the command centre dispatch it: again, if a unit had it already."""
        self.to = "registered"
        self.starts.append("dispatch")
        self.stops += ["arrival", "enforcement", "disposal", "hand_over", "check", "publish"]


def finished(own: Deed) -> dict[str, Any]:
    """Add the status, the requests that are over and the clocks, as they follow from all of the rest."""
    state, payload = own.state, own.payload
    if own.to == "registered" and own.unit is None:
        own.to = "undecided"
    if own.to is not None:
        payload["to"] = own.to
    over = [r["n"] for r in state.requests if r["n"] not in own.ended and lapses(r["kind"], own.to)]
    over += payload.pop("lapsed", [])
    if over:
        payload["lapsed"] = over
    clocks = _clocks(own, [*own.ended, *over])
    if own.opened is not None:
        payload["request"] = own.opened
    if (told := as_dicts(clocks)) != list(state.clocks):
        payload["clocks"] = told
    return payload


def _clocks(own: Deed, ended: Sequence[int]) -> Clocks:
    state, at, worktime = own.state, own.at, own.worktime
    limits = limits_of(own.payload.get("answer") or state.decision)
    clocks = stop(from_dicts(state.clocks), own.stops, at)
    for n in ended:
        clocks = stop(clocks, STAGES, at, request=n)
    if own.to in OVER and own.rests is None:
        return stop(clocks, STAGES, at)
    for stage in own.starts:
        if stage in limits and not (own.to == "undecided" and stage == "dispatch"):
            clocks = start(clocks, stage, *limits[stage], at, worktime)
    opened = [own.opened] if own.opened else []
    for about in opened:
        if about["kind"] in limits:
            n = len(own.entries) + 1
            clocks = start(clocks, about["kind"], *limits[about["kind"]], at, worktime, request=n)
            about["due_at"] = clocks[-1].due_at.isoformat()
    if own.more is not None:
        clocks = extend(clocks, "disposal", *own.more, worktime)
    if own.rests is not None:
        return pause(clocks, STAGES, at, worktime) if own.rests else resume(clocks, STAGES, at, worktime)
    open_ = [r for r in state.requests if r["n"] not in ended] + opened
    held = {stage for r in open_ for stage in KINDS[r["kind"]].pauses}
    held |= {"disposal"} if (own.to or state.status) == "on_hold" else set()
    clocks = resume(clocks, [stage for stage in STAGES if stage not in held], at, worktime)
    return pause(clocks, held, at, worktime)


def first_clocks(decision: Mapping[str, Any], at: datetime, worktime: Worktime) -> list[dict[str, Any]]:
    """Give the clocks that start as a case is reported, as its history has them."""
    limits, clocks = limits_of(decision), from_dicts(())
    for stage in ("accept", "whole"):
        if stage in limits:
            clocks = start(clocks, stage, *limits[stage], at, worktime)
    return as_dicts(clocks)


def limits_of(decision: Mapping[str, Any] | None) -> Limits:
    """Give amount and unit of time of each stage for which a decision has a limit."""
    return {x["stage"]: (x["amount"], x["unit"]) for x in (decision or {}).get("limits", ())}


def missing(name: str) -> BadInput:
    """Make the refusal of an action that lacks a field."""
    error = FieldError(name, None, "必填", "this field is required")
    return BadInput("缺少必填内容", "something that is required is missing", [error])
