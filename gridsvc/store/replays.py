"""Past cases with all that their decisions rested on, in the order in which a replay wants them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, func, select
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


@dataclass(frozen=True, slots=True)
class PastDecision:
    """One case: what was reported, and what stands for the automatic decision that was made of it.

    ``component`` is the one that was named, if any; ``components_seq`` how much of the record of components the
    decision knew of; ``fingerprint`` None where it does not stand for the stored decision. Degrees are None without a
    place.
    """

    id: UUID
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
    component: str | None
    attributes: Mapping[str, str] | None


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
            yield [PastDecision(*row) for row in part]


def stored_answers(connection: Connection, cases: Sequence[PastDecision]) -> dict[UUID, Any]:
    """Give the automatic decision of each case as it is stored.

    Where another was made since, by hand say, and stands in the case's history too, it is the history's first; a
    decision that is in no history is given as it stands.
    """
    ids, instants = [c.id for c in cases], [c.reported_at for c in cases]
    near = case.c.reported_at.between(min(instants), max(instants))
    rows = connection.execute(select(case.c.id, case.c.decision).where(case.c.id.in_(ids), near))
    found = {row.id: row.decision for row in rows}
    doubtful = [c.id for c in cases if c.fingerprint is None]
    entries = case_history.c
    query = select(entries.case_id, func.array_agg(aggregate_order_by(entries.payload["answer"], entries.n)))
    query = query.where(entries.case_id.in_(doubtful), entries.kind == "decided").group_by(entries.case_id)
    for id_, answers in connection.execute(query) if doubtful else ():
        if found.get(id_) == answers[-1]:
            found[id_] = answers[0]
    return found


def _query(wanted: PastFilter) -> Any:
    # What the row does not tell stands in the first entry of its history, which bears the instant of the report.
    first = and_(case_history.c.case_id == case.c.id, case_history.c.at == case.c.reported_at, case_history.c.n == 1)
    own = case.c
    return (
        select(
            own.id, own.reported_at, own.number, own.category, own.accuracy_m, own.edition, own.ruleset,
            func.coalesce(own.components_seq, 0), own.fingerprint, func.ST_X(own.geom), func.ST_Y(own.geom),
            case_history.c.payload["component"].astext, case_history.c.payload["attributes"],
        )
        .outerjoin_from(case, case_history, first)
        .where(*_conditions(wanted))
        .order_by(own.edition, own.ruleset, own.components_seq, own.reported_at, own.id)
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
