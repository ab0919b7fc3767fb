"""The clocks of a case: each is started, paused, extended and stopped, and keeps what was promised then."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any, Literal

from gridsvc.casework.worktime import WORKED, Worktime
from gridsvc.errors import BadInput, FieldError
from gridsvc.values import STAGES, LimitUnit

Light = Literal["green", "amber", "red"]
Running = Literal["running", "paused", "stopped"]
# The share of its own time that is left when the light turns amber.
AMBER_LEFT = 0.2
_INSTANTS = ("started_at", "amber_at", "due_at", "stopped_at", "paused_at", "resumed_at")


@dataclass(frozen=True, slots=True)
class Clock:
    """One attempt at one stage, the ``n``-th of its case, with an amount of time that runs in its own unit.

    ``left_s``: what was left on the unit's own clock when it was paused, or when it was started or resumed last; below
    0 where it was paused late. While it is paused ``amber_at`` and ``due_at`` are as if it had not been. ``request``:
    the number of the request whose clock it is. ``provisional``: it ends in a year whose holidays were not known when
    that was worked out.
    """

    stage: str
    n: int
    amount: float
    unit: LimitUnit
    started_at: datetime
    amber_at: datetime
    due_at: datetime
    left_s: float
    state: Running = "running"
    stopped_at: datetime | None = None
    paused_at: datetime | None = None
    resumed_at: datetime | None = None
    request: int | None = None
    provisional: bool = False

    def __post_init__(self) -> None:
        if self.stage not in STAGES:
            error = FieldError("stage", self.stage, "取值：" + "、".join(STAGES), "one of " + ", ".join(STAGES))
            raise BadInput("没有这个阶段", "there is no such stage", [error])

    @property
    def on_time(self) -> bool | None:
        """Whether it was stopped in time, also exactly at its end; None while it is not stopped."""
        if self.stopped_at is None:
            return None
        return (self.paused_at or self.stopped_at) <= self.due_at


Clocks = tuple[Clock, ...]
_FIELDS = tuple(f.name for f in fields(Clock))


def start(
    clocks: Sequence[Clock],
    stage: str,
    amount: float,
    unit: LimitUnit,
    at: datetime,
    worktime: Worktime,
    request: int | None = None,
) -> Clocks:
    """Start the next attempt at a stage; one that still runs, of the same stage and request, ends at that instant.

    Raises ``BadInput`` for an unknown stage, an amount that no limit has, and where there is no working time.
    """
    at = at.astimezone(UTC)
    before = stop(clocks, (stage,), at, request)
    n = 1 + sum(c.stage == stage for c in before)
    made = Clock(stage, n, amount, unit, at, at, at, worktime.seconds(amount, unit), request=request)
    return (*before, _run(made, at, worktime))


def stop(clocks: Sequence[Clock], stages: Collection[str], at: datetime, request: int | None = None) -> Clocks:
    """Stop what is not stopped of some stages: where ``request`` is given only that request's own clocks."""
    return tuple(
        replace(c, state="stopped", stopped_at=at.astimezone(UTC))
        if c.state != "stopped" and c.stage in stages and request in (None, c.request)
        else c
        for c in clocks
    )


def pause(clocks: Sequence[Clock], stages: Collection[str], at: datetime, worktime: Worktime) -> Clocks:
    """Pause what runs of some stages; each keeps what is left on the clock of its own unit."""
    return tuple(
        replace(c, state="paused", paused_at=at.astimezone(UTC), left_s=_left_s(c, at, worktime))
        if c.state == "running" and c.stage in stages
        else c
        for c in clocks
    )


def resume(clocks: Sequence[Clock], stages: Collection[str], at: datetime, worktime: Worktime) -> Clocks:
    """Let what is paused of some stages run on; what had no time left stays late since it was due."""
    return tuple(
        _run(replace(c, state="running", paused_at=None, resumed_at=at.astimezone(UTC)), at, worktime)
        if c.state == "paused" and c.stage in stages
        else c
        for c in clocks
    )


def extend(clocks: Sequence[Clock], stage: str, amount: float, unit: LimitUnit, worktime: Worktime) -> Clocks:
    """Give the clock of a stage that runs or is paused more time, for which a light may go back.

    Working hours and working days are one clock and may be added to each other. Raises ``BadInput`` where no clock of
    the stage runs, and for a unit whose clock is another.
    """
    open_ = [c for c in clocks if c.stage == stage and c.state != "stopped"]
    if not open_:
        mend = ("先确认该阶段有正在计时的时限", "extend a stage whose clock runs")
        raise BadInput("没有可延长的时限", "no clock of this stage runs", [FieldError("stage", stage, *mend)])
    own = open_[-1]
    if unit != own.unit and not {unit, own.unit} <= WORKED:
        error = FieldError("unit", unit, f"该时限按 {own.unit} 计", f"this clock runs in {own.unit}")
        raise BadInput("延长的时间单位不符", "the extension has another unit than the clock", [error])
    more_s = worktime.seconds(amount, unit)
    made = replace(
        own,
        amount=own.amount + more_s / worktime.seconds(1, own.unit),
        left_s=own.left_s + more_s,
        # What stays late for all that is late since so much later.
        due_at=worktime.add_s(own.due_at, more_s, own.unit),
    )
    made = _run(made, made.paused_at or made.resumed_at or made.started_at, worktime)
    return tuple(made if c is own else c for c in clocks)


def light(clock: Clock, at: datetime) -> Light:
    """Give the light at an instant; one that is stopped or paused keeps the light of then, so late stays red."""
    held = clock.paused_at or clock.stopped_at
    if held is not None and held <= at:
        return "red" if held > clock.due_at else "amber" if held >= clock.amber_at else "green"
    return "red" if at >= clock.due_at else "amber" if at >= clock.amber_at else "green"


def turned(clocks: Iterable[Clock], first: datetime, last: datetime) -> list[tuple[Clock, Light]]:
    """List the lights of running clocks that turn between two instants, both of them included, in their order."""
    found: list[tuple[datetime, Clock, Light]] = []
    for clock in clocks:
        if clock.state == "running":
            found += [(clock.amber_at, clock, "amber"), (clock.due_at, clock, "red")]
    return [(clock, told) for at, clock, told in sorted(found, key=lambda x: x[0]) if first <= at <= last]


def as_dicts(clocks: Iterable[Clock]) -> list[dict[str, Any]]:
    """Write clocks as JSON has them, instants as ISO 8601 in UTC."""
    found = []
    for clock in clocks:
        told = {name: getattr(clock, name) for name in _FIELDS}
        found.append(told | {name: told[name].isoformat() for name in _INSTANTS if told[name] is not None})
    return found


def from_dicts(rows: Iterable[Mapping[str, Any]]) -> Clocks:
    """Read clocks as :func:`as_dicts` wrote them; what is added by others, such as the light of now, is left out."""
    return tuple(_read(row) for row in rows)


def _read(row: Mapping[str, Any]) -> Clock:
    told: dict[str, Any] = {name: row[name] for name in _FIELDS if name in row}
    for name in _INSTANTS:
        if told.get(name) is not None:
            told[name] = datetime.fromisoformat(told[name])
    return Clock(**told)


def _left_s(clock: Clock, at: datetime, worktime: Worktime) -> float:
    """What is left on the unit's own clock at an instant; below 0 where it is late."""
    return clock.left_s - worktime.between(clock.resumed_at or clock.started_at, at, clock.unit)


def _run(clock: Clock, since: datetime, worktime: Worktime) -> Clock:
    """Work out anew when a clock turns that has run since an instant with what was left then."""
    amber_s = clock.left_s - AMBER_LEFT * worktime.seconds(clock.amount, clock.unit)
    due_at = worktime.add_s(since, clock.left_s, clock.unit) if clock.left_s > 0 else clock.due_at
    amber_at = worktime.add_s(since, amber_s, clock.unit) if amber_s > 0 else min(clock.amber_at, due_at)
    provisional = clock.unit in WORKED and not worktime.is_known(due_at)
    return replace(clock, amber_at=amber_at, due_at=due_at, provisional=provisional)
