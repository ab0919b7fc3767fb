"""Dated sets: drafts, what holds at an instant, and publication. Decides nothing about their contents."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from psycopg2.extras import DateTimeTZRange
from sqlalchemy import Connection, func, insert, select, update

from gridsvc.errors import Conflict, FieldError, NotFound
from gridsvc.store.tables import dated_set

Kind = Literal["edition", "ruleset", "calendar", "scheme"]


@dataclass(frozen=True, slots=True)
class DatedSet:
    """One row of the table: a set's name, state and time, without its contents."""

    id: int
    kind: str
    district: str
    code: str
    title: str
    state: str
    time_zone: str
    local_crs: Mapping[str, str]
    content_hash: str
    valid_from: datetime | None
    holds_from: datetime | None
    holds_to: datetime | None
    recorded_at: datetime
    published_at: datetime | None
    counts: Mapping[str, int] | None


_COLUMNS = [
    *(c for c in dated_set.c if c.name not in ("valid", "report")),
    func.lower(dated_set.c.valid).label("holds_from"),
    func.upper(dated_set.c.valid).label("holds_to"),
    dated_set.c.report["counts"].label("counts"),
]


def find(connection: Connection, kind: Kind, code: str, district: str | None = None) -> DatedSet | None:
    """Give the set of this name; without a district the newest of that name."""
    query = select(*_COLUMNS).where(dated_set.c.kind == kind, dated_set.c.code == code)
    if district is not None:
        query = query.where(dated_set.c.district == district)
    row = connection.execute(query.order_by(dated_set.c.id.desc()).limit(1)).mappings().first()
    return DatedSet(**row) if row else None


def report_of(connection: Connection, set_id: int) -> Mapping[str, Any]:
    """Give the check report that was stored with a set, with the waivers once it is published."""
    return connection.execute(select(dated_set.c.report).where(dated_set.c.id == set_id)).scalar_one() or {}


def listing(connection: Connection, kind: Kind) -> list[DatedSet]:
    """All sets of a kind, newest first."""
    query = select(*_COLUMNS).where(dated_set.c.kind == kind).order_by(dated_set.c.id.desc())
    return [DatedSet(**row) for row in connection.execute(query).mappings()]


def held_at(connection: Connection, kind: Kind, instant: datetime, district: str | None = None) -> DatedSet | None:
    """Give the set that holds at an instant; which district is meant must be said where several have one."""
    query = select(*_COLUMNS).where(dated_set.c.kind == kind, dated_set.c.valid.op("@>")(instant))
    if district is not None:
        query = query.where(dated_set.c.district == district)
    return _only([DatedSet(**row) for row in connection.execute(query.limit(2)).mappings()], "")


def add_draft(connection: Connection, kind: Kind, **values: Any) -> int:
    """Store a new draft and give its id; a draft of that name is replaced, a published set is not."""
    old = find(connection, kind, values["code"], values["district"])
    if old is not None and old.state != "draft":
        raise Conflict(
            f"{old.code} 已发布，内容不可更改",
            f"{old.code} is published and its contents cannot change",
            [FieldError("edition", old.code, "换一个版次号", "give the new contents another edition code")],
        )
    if old is not None:
        connection.execute(dated_set.delete().where(dated_set.c.id == old.id))
    added = connection.execute(insert(dated_set).values(kind=kind, **values).returning(dated_set.c.id))
    return int(added.scalar_one())


def publish(connection: Connection, draft: DatedSet, start: datetime, report: Mapping[str, Any] | None = None) -> None:
    """Let a draft hold from an instant on, without end; what held before ends there and is retired."""
    query = select(*_COLUMNS).where(
        dated_set.c.kind == draft.kind,
        dated_set.c.district == draft.district,
        dated_set.c.valid.is_not(None),
        func.upper_inf(dated_set.c.valid),
    )
    row = connection.execute(query.with_for_update()).mappings().first()
    if row is not None:
        before = DatedSet(**row)
        if before.holds_from is not None and start <= before.holds_from:
            mend = (f"晚于 {before.holds_from.isoformat()}", f"later than {before.holds_from.isoformat()}")
            raise Conflict(
                f"起始时刻不晚于现行版次 {before.code}",
                f"the start is not after that of {before.code}, which holds now",
                [FieldError("from", start.isoformat(), *mend)],
            )
        ended = DateTimeTZRange(before.holds_from, start, "[)")
        connection.execute(update(dated_set).where(dated_set.c.id == before.id).values(valid=ended, state="retired"))
    connection.execute(
        update(dated_set)
        .where(dated_set.c.id == draft.id)
        .values(valid=DateTimeTZRange(start, None, "[)"), state="published", published_at=func.now(), report=report)
    )


def need(connection: Connection, kind: Kind, code: str, district: str | None = None) -> DatedSet:
    """Give the set of this name or raise ``NotFound`` that lists the names there are."""
    query = select(*_COLUMNS).where(dated_set.c.kind == kind, dated_set.c.code == code)
    if district is not None:
        query = query.where(dated_set.c.district == district)
    found = _only([DatedSet(**row) for row in connection.execute(query.limit(2)).mappings()], code)
    if found is None:
        known = ", ".join(s.code for s in listing(connection, kind)) or "-"
        raise NotFound(
            f"没有版次 {code}",
            f"there is no {kind} {code}",
            [FieldError(kind, code, f"已有：{known}", f"there are: {known}")],
        )
    return found


def _only(found: list[DatedSet], code: str) -> DatedSet | None:
    if len(found) > 1:
        districts = ", ".join(sorted(s.district for s in found))
        raise Conflict(
            f"多个区县都有版次 {code}".strip(),
            f"several districts have such an edition {code}".strip(),
            [FieldError("GRIDSVC_DISTRICT", None, f"设为其中之一：{districts}", f"set it to one of {districts}")],
        )
    return found[0] if found else None
