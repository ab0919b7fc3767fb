"""Switches a district between normal and emergency mode, and lets reports made in it say so."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import Connection, Engine

from gridsvc.errors import BadInput, FieldError
from gridsvc.responsibility.vocabulary import Vocabulary
from gridsvc.store import audit, modes
from gridsvc.store.engine import transaction
from gridsvc.store.modes import ModeRow
from gridsvc.values import reason_of

Mode = Literal["normal", "emergency"]
MODES: tuple[Mode, ...] = get_args(Mode)
# The attribute of reports by which rules and limits can ask for it.
ATTRIBUTE, EMERGENCY = "mode", "emergency"


def switch(
    engine: Engine, district: str, mode: str, reason: str, by: str, now: datetime, start: datetime | None = None,
    end: datetime | None = None,
) -> ModeRow:  # fmt: skip
    """Let a mode hold from an instant on, else from now, until another or until the next switch.

    It goes before every earlier switch while it holds; what was there comes back at its end. Raises ``BadInput`` for an
    unknown mode, an end that is not later than the start, and a reason that says nothing.
    """
    if mode not in MODES:
        raise _bad("mode", mode, "取值：" + "、".join(MODES), "one of " + ", ".join(MODES))
    begin = start or now
    if end is not None and end <= begin:
        raise _bad("to", end.isoformat(), "晚于开始时刻", "later than it begins")
    row = ModeRow(district, mode, begin, end, reason_of(reason), by, now)
    with transaction(engine) as connection:
        modes.add(connection, row)
        told = {"mode": mode, "from": begin.isoformat(), "to": end and end.isoformat(), "reason": row.reason}
        audit.record(connection, now, by, "mode switched", district, told, district)
    return row


def mode_at(engine: Engine, district: str, at: datetime) -> dict[str, Any]:
    """Tell the mode of a district at an instant, and from when until when it was said to hold."""
    with transaction(engine) as connection:
        row = modes.held_at(connection, district, at)
    told = {"mode": "normal", "valid_from": None, "valid_to": None} if row is None else row.as_dict()
    return {"district": district, **{name: told[name] for name in ("mode", "valid_from", "valid_to")}}


def switches(engine: Engine, district: str, most: int = 100) -> list[dict[str, Any]]:
    """List the switches of a district, the last one first, with who made them and why."""
    with transaction(engine) as connection:
        return [row.as_dict() for row in modes.listing(connection, district, most)]


def with_mode(
    connection: Connection, district: str, at: datetime, attributes: Mapping[str, str] | None, vocabulary: Vocabulary
) -> Mapping[str, str] | None:
    """Give the attributes of a report made at an instant: those of an emergency say so.

    A report that states a mode keeps what it states; rules that declare their words but not this one are told nothing.
    """
    if ATTRIBUTE in (attributes or {}) or vocabulary.fault(ATTRIBUTE, EMERGENCY, ATTRIBUTE) is not None:
        return attributes
    row = modes.held_at(connection, district, at)
    return attributes if row is None or row.mode != EMERGENCY else {**(attributes or {}), ATTRIBUTE: EMERGENCY}


def _bad(field: str, value: object, zh: str, en: str) -> BadInput:
    return BadInput("不能这样切换", "the mode cannot be switched so", [FieldError(field, value, zh, en)])
