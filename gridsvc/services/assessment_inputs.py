"""Scores that come from outside: kept with who gave each and who entered it when, refused where they cannot be."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from gridsvc.casework.period import parse_period
from gridsvc.casework.schemes import Part, Scheme
from gridsvc.errors import BadInput, FieldError
from gridsvc.router import Router
from gridsvc.services.assess import schemes_of, subjects_for
from gridsvc.store import assessments as store
from gridsvc.store.assessments import Input
from gridsvc.store.engine import transaction

MOST = Decimal(1_000_000)


def record_inputs(engine: Engine, room: Router, inputs: Sequence[Input], actor: str, now: datetime) -> int:
    """Keep scores, all or none; the last word of a giver on a subject counts, and every word before it stays.

    Raises ``BadInput`` that names each that no scheme asks for, whose subject nobody scores, or that is out of range.
    """
    district = room.snapshot.edition.district
    with transaction(engine) as connection:
        _, schemes = schemes_of(connection, district, room.snapshot.ruleset.code)
    asked = _asked(room, schemes)
    faults = [fault for n, one in enumerate(inputs) for fault in _faults(asked, room.zone, n, one)]
    if faults:
        raise BadInput("评分不能录入", "scores cannot be entered", faults[:100])
    made = [replace(one, giver=one.giver or actor, actor=actor, at=now) for one in inputs]
    with transaction(engine) as connection:
        store.write_inputs(connection, district, made)
    return len(made)


class _Asked:
    """For what a code is asked: its subjects, and the least and the greatest value."""

    def __init__(self) -> None:
        self.subjects: set[str] | None = set()
        self.low, self.high = -MOST, MOST


def _asked(room: Router, schemes: Mapping[str, Scheme]) -> dict[str, _Asked]:
    found: dict[str, _Asked] = {}
    for scheme in schemes.values():
        scored = None if scheme.by.kind == "post" else set(subjects_for(room, scheme))
        parts = [part for part in scheme.parts if part.kind == "input"]
        ranges = [(part.name, *_range(part)) for part in parts]
        ranges += [(d.counts[6:], Decimal(0), MOST) for d in scheme.deductions if d.counts.startswith("input:")]
        for code, low, high in ranges:
            one = found.setdefault(code, _Asked())
            one.low, one.high = max(one.low, low), min(one.high, high)
            one.subjects = None if scored is None or one.subjects is None else one.subjects | scored
    return found


def _range(part: Part) -> tuple[Decimal, Decimal]:
    """A score is out of a hundred; points are no more than the weight, either way."""
    if part.direction != "add":
        return Decimal(0), Decimal(100)
    most = Decimal(part.weight.numerator) / part.weight.denominator
    return -most, most


def _faults(asked: Mapping[str, _Asked], zone: ZoneInfo, n: int, one: Input) -> Iterator[FieldError]:
    def fault(field: str, zh: str, en: str) -> FieldError:
        value = getattr(one, field)
        return FieldError(f"inputs.{n}.{field}", str(value) if isinstance(value, Decimal) else value, zh, en)

    try:
        parse_period(one.period, zone)
    except BadInput as e:
        yield fault("period", e.errors[0].mend_zh, e.errors[0].mend_en)
    if (about := asked.get(one.code)) is None:
        shown = ", ".join(sorted(asked))
        yield fault("code", f"可用：{shown}", f"one of {shown}" if shown else "no scheme asks for any score")
        return
    if about.subjects is not None and one.subject not in about.subjects:
        yield fault("subject", "改为被考核的区域或单位的编码", "name an area or a unit that is scored by it")
    if not about.low <= one.value <= about.high:
        yield fault("value", f"{about.low}～{about.high} 之间", f"between {about.low} and {about.high}")


def list_inputs(
    engine: Engine, district: str, zone: ZoneInfo, period: str | None = None, code: str | None = None
) -> list[dict[str, Any]]:
    """List the scores that count, with who gave and who entered each."""
    with transaction(engine) as connection:
        found = store.read_inputs(connection, district, period, code)
    return [
        asdict(one) | {"value": float(one.value), "at": one.at and one.at.astimezone(zone).isoformat()} for one in found
    ]
