"""Indicators of a period by area, department or post, out of what is known now."""

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import Engine

from gridsvc.casework.counting import By, Only, rates, tallies
from gridsvc.casework.facts_walk import facts_of
from gridsvc.casework.indicators import INDICATORS, Rate
from gridsvc.casework.period import Period
from gridsvc.router import Router
from gridsvc.services.assess import Step, above_of
from gridsvc.store.engine import one_state
from gridsvc.store.facts import known_now, walk_told


def indicators_of(
    engine: Engine, room: Router, period: Period, by: By, now: datetime, only: Only | None = None,
    step: Step = lambda: None,
) -> dict[str, Any]:  # fmt: skip
    """Give each indicator of each subject with numerator and denominator, and how often what happened.

    Where nothing was due an indicator has no entry. Subjects are by code, ``all`` is everything together.
    """
    district = room.snapshot.edition.district
    with one_state(engine) as connection:
        facts = facts_of(walk_told(connection, district, period.start, period.end, known_now(connection, now)), step)
    above = above_of(room)
    shares = rates(facts, period, by, only=only, above=above)
    counts = tallies(facts, period, by, only=only, above=above)
    names = _names(room, by)
    return {
        "period": period.text, "by": ":".join(filter(None, (by.kind, by.name))),
        "start": period.start.astimezone(room.zone).isoformat(), "end": period.end.astimezone(room.zone).isoformat(),
        "indicators": [
            {"id": i.id, "zh": i.zh, "en": i.en, "formula_zh": i.formula_zh, "formula_en": i.formula_en,
             "note_zh": i.note_zh, "note_en": i.note_en, "better": i.better}
            for i in INDICATORS.values()
        ],
        "items": [
            {"code": code, "name": names.get(code, code), "counts": dict(sorted(counts.get(code, {}).items())),
             "rates": {id_: _rate(id_, rate) for id_, rate in shares.get(code, {}).items() if rate.of}}
            for code in sorted(shares.keys() | counts.keys())
        ],
    }  # fmt: skip


def _rate(id_: str, rate: Rate) -> dict[str, Any]:
    percent = None if rate.percent is None else float(rate.percent)
    found: dict[str, Any] = {"good": _number(rate.good), "of": rate.of, "percent": percent}
    if id_ == "first_dispatch" and (interval := rate.interval()) is not None:
        found["interval"] = [float(end) for end in interval]
    return found


def _number(value: Fraction) -> int | float:
    return value.numerator if value.denominator == 1 else float(value)


def _names(room: Router, by: By) -> dict[str, str]:
    if by.kind == "layer" and by.name in room.snapshot.edition.layers:
        layer = room.snapshot.edition.layers[by.name]
        pairs: Sequence[tuple[Any, Any]] = list(zip(layer.codes, layer.names, strict=True))
        return {str(code): str(name or code) for code, name in pairs}
    return {u.code: u.name for u in room.snapshot.staff.units.values()} if by.kind == "unit" else {}
