"""Past cases with all that their decisions rested on, in the order in which a replay wants them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, DateTime, Text, and_, cast, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from gridsvc.casework.case import OVER
from gridsvc.store.tables import case, case_history


@dataclass(frozen=True, slots=True)
class PastFilter:
    """Which cases of a district: reported in [start, end), with these numbers, not over yet; all by default."""

    district: str
    start: datetime | None = None
    end: datetime | None = None
    numbers: tuple[str, ...] = ()
    open: bool = False


class PastDecision(NamedTuple):
    """One case: what was reported, and what stands for the automatic decision that was made of it.

    ``decided_at`` is the instant that it was made for: that of the report, or of the last correction. ``component`` is
    the one that was named, if any, ``attributes`` a JSON text; ``components_seq`` is how much of the record of
    components the decision knew of; ``fingerprint`` None where it does not stand for the stored decision. Degrees are
    None without a place.
    """

    id: str
    reported_at: datetime
    number: str
    category: str
    accuracy_m: float | None
    edition: str | None
    ruleset: str | None
    components_seq: int
    fingerprint: bytes | None
    lon: float | None
    lat: float | None
    decided_at: datetime
    component: str | None
    attributes: str | None


def count_past(connection: Connection, wanted: PastFilter) -> int:
    """Count the cases that meet a filter."""
    query = select(func.count()).select_from(case).where(*_conditions(wanted))
    return int(connection.execute(query).scalar_one())


def missing_numbers(connection: Connection, wanted: PastFilter) -> list[str]:
    """Give the numbers of a filter that no case of the district has."""
    query = select(case.c.number).where(case.c.district == wanted.district, case.c.number.in_(wanted.numbers))
    return sorted(set(wanted.numbers) - set(connection.execute(query).scalars())) if wanted.numbers else []


def past_decisions(connection: Connection, wanted: PastFilter, chunk: int) -> Iterator[list[PastDecision]]:
    """Give cases in chunks: month by month, within one by what their decisions rested on. Memory stays bounded."""
    for month in _months(connection, wanted):
        rows = connection.execution_options(stream_results=True, max_row_buffer=chunk).execute(_query(month))
        for part in rows.partitions(chunk):
            yield [PastDecision._make(row) for row in part]


def stored_answers(connection: Connection, cases: Sequence[PastDecision]) -> dict[str, Any]:
    """Give the automatic decision of each case as it is stored.

    Where another was made since by hand, and stands in the case's history too, it is the one of before: the history's
    first, or that of the last correction. A decision that is in no history is given as it stands.
    """
    ids, instants = [c.id for c in cases], [c.reported_at for c in cases]
    near = case.c.reported_at.between(min(instants), max(instants))
    own = cast(case.c.id, Text).label("id")
    rows = connection.execute(select(own, case.c.decision).where(case.c.id.in_(ids), near))
    found: dict[str, Any] = {row.id: row.decision for row in rows}
    doubtful = [c.id for c in cases if c.fingerprint is None]
    entries = case_history.c
    answer, kind = (func.array_agg(aggregate_order_by(x, entries.n)) for x in (entries.payload["answer"], entries.kind))
    query = select(cast(entries.case_id, Text), answer, kind)
    query = query.where(entries.case_id.in_(doubtful), entries.payload.has_key("answer")).group_by(entries.case_id)
    for id_, answers, kinds in connection.execute(query) if doubtful else ():
        if found.get(id_) == answers[-1]:
            corrected = [answer for answer, kind in zip(answers, kinds, strict=True) if kind == "correct"]
            found[id_] = corrected[-1] if corrected else answers[0]
    return found


def decided_at() -> ColumnElement[datetime]:
    """The instant for which the automatic decision of a case was made."""
    return func.coalesce(cast(case.c.corrected["at"].astext, DateTime(timezone=True)), case.c.reported_at)


def said() -> Any:
    """What was said of a case beside its row: when it was corrected, else in the first entry of its history."""
    return func.coalesce(case.c.corrected, case_history.c.payload)


def _query(month: PastFilter) -> Any:
    # What the row does not tell stands in the first entry of its history, which bears the instant of the report. That
    # it lies in the same month is said for the planner, which would look into all months for it.
    own, entry = case.c, case_history.c
    first = and_(entry.case_id == own.id, entry.at == own.reported_at, entry.n == 1,
                 entry.at >= month.start, entry.at < month.end)  # fmt: skip
    return (
        select(
            cast(own.id, Text), own.reported_at, own.number, own.category, own.accuracy_m, own.edition, own.ruleset,
            func.coalesce(own.components_seq, 0), own.fingerprint, func.ST_X(own.geom), func.ST_Y(own.geom),
            decided_at(), said()["component"].astext, said()["attributes"].astext,
        )
        .outerjoin_from(case, case_history, first)
        .where(*_conditions(month))
        .order_by(own.edition.collate("C"), own.ruleset.collate("C"), own.components_seq)
    )  # fmt: skip


def _months(connection: Connection, wanted: PastFilter) -> Iterator[PastFilter]:
    """The same filter for each month (UTC) in which there are cases, as they are partitioned."""
    month = func.date_trunc("month", case.c.reported_at, "UTC")
    for start in connection.execute(select(month).where(*_conditions(wanted)).distinct().order_by(month)).scalars():
        begin = start.astimezone(UTC)
        end = begin.replace(year=begin.year + begin.month // 12, month=begin.month % 12 + 1)
        starts = [t for t in (begin, wanted.start) if t is not None]
        ends = [t for t in (end, wanted.end) if t is not None]
        yield replace(wanted, start=max(starts), end=min(ends))


def _conditions(wanted: PastFilter) -> list[ColumnElement[bool]]:
    found = [case.c.district == wanted.district]
    if wanted.start is not None:
        found.append(case.c.reported_at >= wanted.start)
    if wanted.end is not None:
        found.append(case.c.reported_at < wanted.end)
    if wanted.numbers:
        found.append(case.c.number.in_(wanted.numbers))
    if wanted.open:
        found.append(case.c.status.not_in(sorted(OVER)))
    return found
