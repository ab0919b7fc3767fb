"""Reads histories: one walk a case, in which later steps say what earlier ones were worth; the facts are its rows."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from gridsvc.casework.facts import (
    ACCURATE,
    DISPATCHED,
    EXTENDED,
    FILED,
    FIRST,
    IN_TIME,
    NEVER,
    RETURNED,
    REWORKED,
    SATISFIED,
    TIMED,
    Facts,
    History,
    Step,
    micros,
)

# By which actions what a clock asks for is done (of a request: as it is settled); whatever else stops it lifts it.
_ENDS: Mapping[str, tuple[str, ...]] = {
    "accept": ("accept",), "verify": ("verify", "register"), "register": ("register",), "dispatch": ("dispatch",),
    "arrival": ("arrive", "finish"), "enforcement": ("arrive", "finish"), "disposal": ("finish",),
    "check": ("close", "rework"), "whole": ("close",), "hand_over": ("take", "transfer"), "publish": ("close",),
}  # fmt: skip
# Facts that are an action and no more; what there is to say of it stands in this field of the entry.
_PLAIN: Mapping[str, tuple[str, str]] = {
    "accept": ("accepted", ""), "register": ("filed", ""), "finish": ("disposed", ""), "rework": ("reworked", ""),
    "reopen": ("reopened", ""), "close": ("closed", "grade"), "archive": ("archived", ""), "correct": ("corrected", ""),
}  # fmt: skip
_ASKED: Mapping[str, tuple[str, str]] = {
    "return": ("return_asked", ""), "extension": ("extension_asked", ""), "hold": ("hold_asked", ""),
    "transfer": ("transfer_asked", ""), "supervision": ("supervised", "way"), "escalation": ("escalated", "rung"),
    "whistle": ("whistled", "for"),
}  # fmt: skip
_GRANTED: Mapping[str, str] = {
    "return": "return_granted", "extension": "extension_granted", "hold": "held", "transfer": "transferred"
}  # fmt: skip


def _micros_of(text: str | None) -> int | None:
    return None if not text else micros(datetime.fromisoformat(text))


def _code(unit: object) -> str:
    """A unit is told by its code, or by code and name."""
    return str((unit.get("unit") if isinstance(unit, Mapping) else unit) or "")


def facts_of(histories: Iterable[History], step: Callable[[], None] = lambda: None) -> Facts:
    """Make the table of many histories; ``step`` is called after each."""
    gathered = _Gathered()
    for history in histories:
        if history.steps:
            _Walk(gathered, history).go()
        step()
    return gathered.facts()


@dataclass(eq=False)
class _Gathered:
    """Rows of all histories, as they come."""

    columns: tuple[list[Any], ...] = field(default_factory=lambda: tuple([] for _ in _COLUMNS))
    cases: list[tuple[Any, ...]] = field(default_factory=list)
    places: dict[tuple[tuple[str, str], ...], int] = field(default_factory=dict)

    def place(self, areas: Mapping[str, Any]) -> int:
        key = tuple((layer, str(area["code"])) for layer, area in areas.items())
        return self.places.setdefault(key, len(self.places))

    def facts(self) -> Facts:
        made = zip(_COLUMNS.items(), self.columns, strict=True)
        rows = pd.DataFrame({name: pd.Series(values, dtype=kind) for (name, kind), values in made})
        of_case = ("number", "category", "source", "lon", "lat", "attributes")
        return Facts(rows, pd.DataFrame.from_records(self.cases, columns=of_case), tuple(map(dict, self.places)))

    def take(self, rows: Sequence[Sequence[Any]]) -> None:
        # As columns at once: a million small lists would be looked through by the collector again and again.
        for column, values in zip(self.columns, zip(*rows, strict=True), strict=False):
            column.extend(values)


_COLUMNS: Mapping[str, type] = {
    "case": np.int64, "fact": object, "at": np.int64, "done": np.int64, "unit": object, "actor": object,
    "place": np.int64, "flags": np.int64, "value": np.float64, "detail": object,
}  # fmt: skip
_AT, _DONE, _UNIT, _FLAGS, _VALUE = 2, 3, 4, 7, 8


class _Walk:
    """One history, step by step; what a later step says of an earlier fact is put into its row."""

    def __init__(self, gathered: _Gathered, history: History) -> None:
        self._into, self._steps, self._number = gathered, history.steps, history.number
        self._case = len(gathered.cases)
        first: Mapping[str, Any] = next((s.said["answer"] for s in history.steps if s.said.get("answer")), {})
        self._place = gathered.place(first.get("areas") or {})
        self._unit = _code(first.get("accountable"))
        self._rows: list[list[Any]] = []
        self._requests: dict[int, Mapping[str, Any]] = {}
        self._dispatch: list[Any] | None = None
        self._void: str | None = None
        self._moved = False
        self._clocks: Sequence[Mapping[str, Any]] = ()
        self._extended: list[int] = []
        self._respondents: dict[tuple[int, str], list[Any]] = {}
        self._checker = ""
        self._about: dict[str, Any] = {}
        # Unit and place as they stood after each step, and by which kinds of it clocks may have ended.
        self._stood: list[tuple[int, str, str, str, int]] = []

    def go(self) -> None:
        for step in self._steps:
            self._take(step)
        self._judge()
        self._terms()
        about = self._about
        row = (self._number, about.get("category", ""), about.get("source", ""), about.get("lon"), about.get("lat"),
               about.get("attributes") or {})  # fmt: skip
        self._into.cases.append(row)
        self._into.take(self._rows)

    def _add(self, fact: str, at: int, actor: str = "", flags: int = 0, detail: str = "", **other: Any) -> list[Any]:
        row = [self._case, fact, at, other.get("done", NEVER), other.get("unit", self._unit), actor,
               other.get("place", self._place), flags, other.get("value", np.nan), detail]  # fmt: skip
        self._rows.append(row)
        return row

    def _take(self, step: Step) -> None:
        at, said, kind = micros(step.at), step.said, step.kind
        if kind == "correct" and said.get("category", "") not in ("", self._about.get("category")):
            self._moved = True
        if kind in ("reported", "correct"):
            self._about |= {k: said[k] for k in ("category", "source", "lon", "lat", "attributes") if said.get(k)}
        if said.get("answer"):
            self._decide(step)
        if kind != "arrive" and isinstance(said.get("unit"), Mapping):
            self._unit = _code(said["unit"])
        if said.get("clocks"):
            self._clocks = said["clocks"]
        if said.get("request") is not None and isinstance(said["request"], Mapping):
            self._open(step, at, said["request"])
        if kind in _PLAIN:
            fact, of = _PLAIN[kind]
            self._add(fact, at, step.actor, detail=str(said.get(of) or ""))
        if (taken := getattr(self, f"_on_{kind}", None)) is not None:
            taken(step, at)
        self._stood.append((at, kind, step.actor, self._unit, self._place))

    def _decide(self, step: Step) -> None:
        answer = step.said["answer"]
        self._place = self._into.place(answer.get("areas") or {})
        unit = _code(answer.get("accountable"))
        if step.kind == "correct" and self._dispatch is not None and unit != self._unit:
            self._dispatch[_FLAGS] &= ~ACCURATE
        self._unit = unit

    def _on_noted(self, step: Step, at: int) -> None:
        for light in step.said.get("lights") or ():
            self._add("light", at, detail=f"{light['light']} {light['stage']}")

    def _on_reported(self, step: Step, at: int) -> None:
        # Reports of the public came through an actor, too, but are not a collector's.
        self._add("reported", at, step.actor if step.said.get("source") == "patrol" else "")

    def _on_verify(self, step: Step, at: int) -> None:
        if step.said.get("result"):
            self._add("verified", at, step.actor, detail=str(step.said["result"]))

    def _on_check(self, step: Step, at: int) -> None:
        if step.said.get("result"):
            self._checker = step.actor
            self._add("checked", at, step.actor, detail=str(step.said["result"]))

    def _on_void(self, step: Step, at: int) -> None:
        self._void = str(step.said.get("cause") or "other")
        self._add("voided", at, step.actor, detail=self._void)

    def _on_link(self, step: Step, at: int) -> None:
        self._add("linked", at, step.actor, detail=str(step.said.get("as") or ""))
        if step.said.get("as") == "duplicate":
            self._void = "duplicate"
            self._add("voided", at, step.actor, detail="duplicate")

    def _on_reopen(self, step: Step, at: int) -> None:
        self._void = None

    _on_unlink = _on_reopen

    def _on_dispatch(self, step: Step, at: int, handed_over: bool = False) -> None:
        flags = ACCURATE if self._dispatch is not None else ACCURATE | FIRST
        # Units that hand a case over settle that between them; no dispatcher did it.
        self._dispatch = self._add("dispatched", at, "" if handed_over else step.actor, flags)

    def _on_arrive(self, step: Step, at: int) -> None:
        unit, request = _code(step.said.get("unit")), step.said.get("request")
        self._add("arrived", at, step.actor, unit=unit or self._unit)
        row = self._respondents.get((int(request), unit)) if request is not None else None
        if row is not None and row[_DONE] == NEVER:
            row[_DONE] = at

    def _on_rated(self, step: Step, at: int) -> None:
        self._add("rated", at, "", SATISFIED if int(step.said.get("rating") or 0) >= 4 else 0)

    def _open(self, step: Step, at: int, request: Mapping[str, Any]) -> None:
        kind = str(request.get("kind") or "")
        self._requests[step.n] = request
        if kind not in _ASKED:
            return
        fact, of = _ASKED[kind]
        self._add(fact, at, step.actor, detail=str(request.get(of) or ""))
        if kind == "whistle":
            due = _micros_of(request.get("due_at"))
            for unit in map(_code, request.get("asked") or ()):
                row = self._add("responded", due or at, "", 0 if due is None else TIMED, unit=unit)
                self._respondents[step.n, unit] = row

    def _on_settle(self, step: Step, at: int) -> None:
        said, n = step.said, int(step.said.get("request") or 0)
        kind = str(self._requests.get(n, {}).get("kind") or "")
        for unit, score in (said.get("scores") or {}).items():
            self._add("scored", at, step.actor, unit=str(unit), value=float(score))
        if said.get("verdict") != "granted" or kind not in _GRANTED:
            return
        sent = self._dispatch
        if kind == "return" and sent is not None:
            sent[_FLAGS] = sent[_FLAGS] & ~ACCURATE | RETURNED
        # Whoever gave the case back is told that it was granted, not the one that has it now.
        self._add(_GRANTED[kind], at, step.actor, unit=sent[_UNIT] if sent is not None else self._unit)
        if kind == "extension":
            self._extended.append(at)
        if kind in ("return", "transfer") and isinstance(said.get("unit"), Mapping):
            self._on_dispatch(step, at, kind == "transfer")

    def _judge(self) -> None:
        """What the end of the history says of its beginning."""
        facts = {row[1] for row in self._rows}
        wrong_in = self._void in ("out_of_scope", "not_found", "false")
        good = {
            "reported": not wrong_in,
            "accepted": not wrong_in and not self._moved,
            "filed": self._void is None,
        }
        onward = {"accepted": ("filed", FILED), "reported": ("filed", FILED), "filed": ("dispatched", DISPATCHED)}
        for row in self._rows:
            row[_FLAGS] |= ACCURATE if good.get(row[1]) else 0
            fact, flag = onward.get(row[1], ("", 0))
            row[_FLAGS] |= flag if fact in facts else 0
            if row[1] == "responded" and row[_FLAGS] & TIMED and row[_DONE] <= row[_AT]:
                row[_FLAGS] |= IN_TIME

    def _terms(self) -> None:
        """Add each clock that came to an end or still runs, and tell the facts that ended one whether in time."""
        timed: dict[tuple[str, int], int] = {}
        reworked = any(row[1] == "reworked" for row in self._rows)
        for clock in self._clocks:
            stage, due = str(clock["stage"]), _micros_of(clock.get("due_at"))
            stopped = _micros_of(clock.get("stopped_at"))
            if due is None or (stopped is None and clock.get("state") == "paused"):
                continue
            flags = TIMED | (REWORKED if reworked and stage == "whole" else 0)
            started = _micros_of(clock.get("started_at")) or 0
            if any(started <= at <= (stopped or NEVER) for at in self._extended):
                flags |= EXTENDED
            if stopped is None:
                self._add(f"due:{stage}", due, "", flags)
                continue
            timed["verified" if stage == "verify" else stage, stopped] = flags | (IN_TIME if stopped <= due else 0)
            if (ended := self._ended(stage, stopped)) is not None:
                _, _, actor, unit, place = ended
                actor = self._checker or actor if stage == "check" else actor
                in_time = IN_TIME if stopped <= due else 0
                row = self._add(f"due:{stage}", due, actor, flags | in_time, unit=unit, place=place, done=stopped)
                if stage == "dispatch" and self._dispatch is not None:
                    sent = [r for r in self._rows if r[1] == "dispatched" and r[_AT] == stopped]
                    row[_FLAGS] |= sent[-1][_FLAGS] & ACCURATE if sent else 0
        stages = {"accepted": "accept", "filed": "register"}
        for row in self._rows:
            if row[1] in stages:
                row[_FLAGS] |= timed.get((stages[row[1]], row[_AT]), 0) & (TIMED | IN_TIME)

    def _ended(self, stage: str, stopped: int) -> tuple[int, str, str, str, int] | None:
        """What stopped a clock, if that was what the clock asked for: who it was, and whose the case was after it."""
        return next(
            (s for s in reversed(self._stood) if s[0] == stopped and s[1] in _ENDS.get(stage, ("settle",))), None
        )
