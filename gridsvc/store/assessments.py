"""Sheets of assessment and the scores that come from outside: kept, frozen, listed, read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, text, update

from gridsvc.store.assessment_tables import assessment, assessment_input
from gridsvc.store.facts import Known

_HEAD = tuple(c for c in assessment.c if c.name != "content")


@dataclass(frozen=True, slots=True)
class StoredSheet:
    """One sheet: what it was made of, its content and hash, and who froze it when. A draft is not frozen."""

    id: int
    district: str
    scheme: str
    period: str
    starts_at: datetime
    ends_at: datetime
    known: Known
    last_input: int
    edition: str
    ruleset: str
    content: Mapping[str, Any]
    hash: bytes
    made_by: str
    made_at: datetime
    frozen_by: str | None = None
    frozen_at: datetime | None = None
    reason: str | None = None
    revises: int | None = None


@dataclass(frozen=True, slots=True)
class Input:
    """A score, points or a number that came from outside, with who gave it and who entered it when."""

    period: str
    code: str
    subject: str
    giver: str
    value: Decimal
    note: str = ""
    actor: str = ""
    at: datetime | None = None
    seq: int = 0


def write_draft(connection: Connection, sheet: StoredSheet) -> int:
    """Keep a draft in the place of the one there was for its scheme and period, and give its id."""
    own = (assessment.c[name] == getattr(sheet, name) for name in ("district", "scheme", "period"))
    connection.execute(delete(assessment).where(*own, assessment.c.frozen_at.is_(None)))
    names = (
        "district", "scheme", "period", "starts_at", "ends_at", "last_input", "edition", "ruleset", "content", "hash",
        "made_by", "made_at",
    )  # fmt: skip
    values = {name: getattr(sheet, name) for name in names}
    known = {"known_at": sheet.known.at, "first_seq": sheet.known.first_seq, "last_seq": sheet.known.last_seq}
    return int(connection.execute(insert(assessment).values(**values, **known).returning(assessment.c.id)).scalar_one())


def freeze(
    connection: Connection, sheet_id: int, actor: str, at: datetime, reason: str | None, revises: int | None
) -> None:
    """Let a draft never change again."""
    values = {"frozen_by": actor, "frozen_at": at, "reason": reason, "revises": revises}
    connection.execute(update(assessment).where(assessment.c.id == sheet_id).values(**values))


def read_sheet(connection: Connection, district: str, sheet_id: int, alone: bool = False) -> StoredSheet | None:
    """Give one sheet; with ``alone`` nobody else changes it until the transaction ends."""
    query = select(assessment).where(assessment.c.district == district, assessment.c.id == sheet_id)
    row = connection.execute(query.with_for_update() if alone else query).mappings().first()
    return None if row is None else _sheet(row)


def list_sheets(
    connection: Connection, district: str, scheme: str | None, period: str | None, frozen: bool | None, limit: int
) -> list[Mapping[str, Any]]:
    """Give the heads of sheets, the latest period first, the newest of each first."""
    wanted: list[ColumnElement[bool]] = [assessment.c.district == district]
    wanted += [] if scheme is None else [assessment.c.scheme == scheme]
    wanted += [] if period is None else [assessment.c.period == period]
    wanted += [] if frozen is None else [assessment.c.frozen_at.is_not(None) == frozen]
    query = select(*_HEAD).where(*wanted).order_by(assessment.c.ends_at.desc(), assessment.c.id.desc()).limit(limit)
    return [dict(row) for row in connection.execute(query).mappings()]


def frozen_between(
    connection: Connection, district: str, scheme: str, start: datetime, end: datetime, known: datetime
) -> list[StoredSheet]:
    """Give the sheets of a scheme whose periods lie in a time, of each period the one that stood at ``known``."""
    query = select(assessment).where(
        assessment.c.district == district, assessment.c.scheme == scheme, assessment.c.frozen_at < known,
        assessment.c.starts_at >= start, assessment.c.ends_at <= end,
    )  # fmt: skip
    found: dict[str, StoredSheet] = {}
    for row in connection.execute(query.order_by(assessment.c.ends_at, assessment.c.id)).mappings():
        found[row["period"]] = _sheet(row)
    return list(found.values())


def _sheet(row: Mapping[Any, Any]) -> StoredSheet:
    values = dict(row)
    known = Known(values.pop("known_at"), values.pop("first_seq"), values.pop("last_seq"))
    return StoredSheet(**values | {"known": known, "hash": bytes(values["hash"])})


def write_inputs(connection: Connection, district: str, inputs: Sequence[Input]) -> None:
    """Append scores; one transaction at a time, so that they become visible in the order of ``seq``."""
    connection.execute(text("LOCK TABLE assessment_input IN SHARE ROW EXCLUSIVE MODE"))
    names = ("period", "code", "subject", "giver", "value", "note", "actor", "at")
    rows = [{"district": district} | {name: getattr(one, name) for name in names} for one in inputs]
    if rows:
        connection.execute(insert(assessment_input), rows)


def last_input(connection: Connection) -> int:
    """Give the number of the last score."""
    return int(connection.execute(select(func.max(assessment_input.c.seq))).scalar_one() or 0)


def read_inputs(
    connection: Connection, district: str, period: str | None = None, code: str | None = None, upto: int | None = None
) -> list[Input]:
    """Give the last word of each giver on each subject, by code, subject and giver; ``upto`` a number at most."""
    column = assessment_input.c
    wanted: list[ColumnElement[bool]] = [column.district == district]
    wanted += [] if period is None else [column.period == period]
    wanted += [] if code is None else [column.code == code]
    wanted += [] if upto is None else [column.seq <= upto]
    key = (column.period, column.code, column.subject, column.giver)
    last = select(func.max(column.seq)).where(*wanted).group_by(*key)
    query = select(*(c for c in column if c.name != "district")).where(column.seq.in_(last)).order_by(*key)
    return [Input(**row) for row in connection.execute(query).mappings()]
