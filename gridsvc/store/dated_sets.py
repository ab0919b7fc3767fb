"""Dated sets by name or by instant: drafts, and what was published of them. Decides nothing about their contents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, case, func, insert, select, update
from sqlalchemy.dialects.postgresql import Range, aggregate_order_by

from gridsvc.errors import Conflict, FieldError, NotFound
from gridsvc.store.dated_tables import dated_set, tenure

Kind = Literal["edition", "ruleset", "calendar", "scheme"]
State = Literal["draft", "checked", "published", "retired"]
Waiver = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DatedSet:
    """One row of the table: a set's name, state and time, without its contents.

    ``state``: errors stand against a *draft*, none (that is not waived) against a *checked* one; *published* holds or
    is going to, as is known now; *retired* was published and will hold at no instant any more. ``holds``: the half-open
    spans over which it holds, in order; ``holds_from`` and ``holds_to`` are the bounds of all of them, but from
    :func:`held_at` those of the span that was asked for. None is no end.
    """

    id: int
    kind: Kind
    district: str
    code: str
    title: str
    state: State
    time_zone: str
    local_crs: Mapping[str, str]
    content_hash: str
    valid_from: datetime | None
    holds: Sequence[Range[datetime]]
    holds_from: datetime | None
    holds_to: datetime | None
    recorded_at: datetime
    published_at: datetime | None
    counts: Mapping[str, int] | None
    waivers: Sequence[Waiver]


_known_now = func.upper_inf(tenure.c.known)
_of_set = (
    select(
        tenure.c.set_id,
        func.min(func.lower(tenure.c.known)).label("published_at"),
        func.array_agg(aggregate_order_by(tenure.c.valid, tenure.c.valid)).filter(_known_now).label("holds"),
        func.range_merge(func.range_agg(tenure.c.valid).filter(_known_now)).label("span"),
    )
    .group_by(tenure.c.set_id)
    .subquery()
)
_goes_on = func.upper_inf(_of_set.c.span) | (func.upper(_of_set.c.span) > func.now())
_STATE = case(
    (_of_set.c.published_at.is_(None), case((dated_set.c.checked, "checked"), else_="draft")),
    (_goes_on, "published"),
    else_="retired",
)


def _query(span: ColumnElement[Any]) -> Select[Any]:
    return select(
        *(c for c in dated_set.c if c.name not in ("report", "checked")),
        _STATE.label("state"),
        func.coalesce(_of_set.c.holds, "{}").label("holds"),
        func.lower(span).label("holds_from"),
        func.upper(span).label("holds_to"),
        _of_set.c.published_at,
        dated_set.c.report["counts"].label("counts"),
    ).select_from(dated_set.outerjoin(_of_set, _of_set.c.set_id == dated_set.c.id))


_SETS = _query(_of_set.c.span)
_SETS_IN_TIME = _query(tenure.c.valid).join(tenure, tenure.c.set_id == dated_set.c.id)


def find(connection: Connection, kind: Kind, code: str, district: str | None = None) -> DatedSet | None:
    """Give the set of this name; without a district the newest of that name."""
    query = _named(kind, code, district).order_by(dated_set.c.id.desc()).limit(1)
    row = connection.execute(query).mappings().first()
    return DatedSet(**row) if row else None


def came_with(connection: Connection, edition: str, district: str) -> DatedSet | None:
    """Give the ruleset that was loaded together with an edition; one loaded by itself under its code was not."""
    found = find(connection, "ruleset", edition, district)
    if found is None:
        return None
    report = report_of(connection, found.id)
    # Reports that were stored before the key: only what came with an edition was loaded after no other.
    return found if report.get("with_edition", report.get("follows") is None) else None


def _named(kind: Kind, code: str, district: str | None) -> Select[Any]:
    query = _SETS.where(dated_set.c.kind == kind, dated_set.c.code == code)
    return query if district is None else query.where(dated_set.c.district == district)


def report_of(connection: Connection, set_id: int) -> Mapping[str, Any]:
    """Give the check report that was stored with a set."""
    return connection.execute(select(dated_set.c.report).where(dated_set.c.id == set_id)).scalar_one() or {}


def listing(connection: Connection, kind: Kind) -> list[DatedSet]:
    """All sets of a kind, newest first."""
    query = _SETS.where(dated_set.c.kind == kind).order_by(dated_set.c.id.desc())
    return [DatedSet(**row) for row in connection.execute(query).mappings()]


def newest_drafts(connection: Connection, kind: Kind, district: str, most: int) -> list[DatedSet]:
    """Give the sets that were never published, newest first, at most so many."""
    query = _SETS.where(dated_set.c.kind == kind, dated_set.c.district == district, _of_set.c.published_at.is_(None))
    return [DatedSet(**row) for row in connection.execute(query.order_by(dated_set.c.id.desc()).limit(most)).mappings()]


def held_at(
    connection: Connection, kind: Kind, instant: datetime, district: str | None = None, known: datetime | None = None
) -> DatedSet | None:
    """Give the set that holds at an instant, as is known now or was known at ``known``.

    Which district is meant must be said where several have one.
    """
    query = _SETS_IN_TIME.where(tenure.c.kind == kind, tenure.c.valid.contains(instant), known_at(known))
    if district is not None:
        query = query.where(tenure.c.district == district)
    return _only(connection.execute(query.limit(2)).mappings().all(), "")


def next_begin(connection: Connection, kind: Kind, after: datetime, district: str) -> datetime | None:
    """Give when a set of a kind next begins to hold after an instant, as is known now."""
    start = func.lower(tenure.c.valid)
    query = select(func.min(start)).where(tenure.c.kind == kind, tenure.c.district == district, _known_now)
    found: datetime | None = connection.execute(query.where(start > after)).scalar_one()
    return found


def known_at(known: datetime | None) -> ColumnElement[bool]:
    """Choose the tenures that were known at an instant, None for now."""
    return _known_now if known is None else tenure.c.known.contains(known)


def add_draft(connection: Connection, kind: Kind, **values: Any) -> int:
    """Store a new draft and give its id; a draft of that name is replaced, a published set is not."""
    old = find(connection, kind, values["code"], values["district"])
    if old is not None and old.published_at is not None:
        raise Conflict(
            f"{old.code} 已发布，内容不可更改",
            f"{old.code} is published and its contents cannot change",
            [FieldError(kind, old.code, "换一个版次号", "give the new contents another code")],
        )
    if old is not None:
        drop_draft(connection, old)
    added = connection.execute(insert(dated_set).values(kind=kind, **values).returning(dated_set.c.id))
    return int(added.scalar_one())


def write_waivers(connection: Connection, set_id: int, waivers: Sequence[Waiver], checked: bool) -> None:
    """Store what is waived of a draft's report, and whether nothing else stands against it."""
    changed = update(dated_set).where(dated_set.c.id == set_id)
    connection.execute(changed.values(waivers=list(waivers), checked=checked))


def write_report(
    connection: Connection, set_id: int, report: Mapping[str, Any], waivers: Sequence[Waiver], checked: bool = True
) -> None:
    """Store the report of a draft and what is waived of it, and whether nothing else stands against it."""
    changed = update(dated_set).where(dated_set.c.id == set_id)
    connection.execute(changed.values(report=report, waivers=list(waivers), checked=checked))


def write_hash(connection: Connection, set_id: int, content_hash: str, report: Mapping[str, Any]) -> None:
    """Store that a draft has other contents, which nobody has checked yet."""
    changed = update(dated_set).where(dated_set.c.id == set_id)
    connection.execute(changed.values(content_hash=content_hash, report=report, checked=False))


def drop_draft(connection: Connection, draft: DatedSet) -> None:
    """Throw a draft away, with all that hangs on it."""
    connection.execute(dated_set.delete().where(dated_set.c.id == draft.id))


def need(connection: Connection, kind: Kind, code: str, district: str | None = None, alone: bool = False) -> DatedSet:
    """Give the set of this name or raise ``NotFound`` that lists the names there are.

    With ``alone`` nobody else changes or replaces it until the transaction ends.
    """
    query = _named(kind, code, district).limit(2)
    if alone:
        query = query.with_for_update(of=dated_set)
    found = _only(connection.execute(query).mappings().all(), code)
    if found is None:
        known = ", ".join(s.code for s in listing(connection, kind) if district in (None, s.district)) or "-"
        raise NotFound(
            f"没有版次 {code}",
            f"there is no {kind} {code}",
            [FieldError(kind, code, f"已有：{known}", f"there are: {known}")],
        )
    return found


def _only(rows: Sequence[RowMapping], code: str) -> DatedSet | None:
    if len(rows) > 1:
        districts = ", ".join(sorted(r["district"] for r in rows))
        raise Conflict(
            f"多个区县都有版次 {code}".strip(),
            f"several districts have such an edition {code}".strip(),
            [FieldError("GRIDSVC_DISTRICT", None, f"设为其中之一：{districts}", f"set it to one of {districts}")],
        )
    return DatedSet(**rows[0]) if rows else None
