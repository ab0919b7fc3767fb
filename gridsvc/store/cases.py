"""Cases and their history: months as partitions, running numbers, single and bulk writing, reading by filter."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, and_, false, func, or_, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from gridsvc.casework.case import Entry, State
from gridsvc.rights import Reach
from gridsvc.store.copy import array, copy_rows, ewkb_hex
from gridsvc.store.rights import in_area, within_reach
from gridsvc.store.tables import case, case_history, case_number, case_private

_CASE = (
    "id", "reported_at", "number", "district", "version", "status", "source", "code_scheme", "category", "component",
    "description", "address", "accuracy_m", "raw", "areas", "unit", "parties", "reported_by", "decision",
    "edition", "ruleset", "components_seq", "fingerprint", "desk",
)  # fmt: skip
_ENTRY = ("case_id", "n", "at", "actor", "kind", "payload", "previous", "hash")
_ENTRIES = select(*(case_history.c[name] for name in _ENTRY))
# Two processes must not make the same month at once; any fixed number.
_MONTH_LOCK = 7_305_843


@dataclass(frozen=True, slots=True)
class StoredCase:
    """One case: its row and who reported it, if he said so.

    ``areas`` has the area code of each layer, ``parties`` the units concerned. ``desk`` is what the desk has with it.
    ``reporter`` is stored apart. The automatic decision rested on ``edition``, ``ruleset`` and the record of components
    up to ``components_seq``.
    """

    id: UUID
    reported_at: datetime
    number: str
    district: str
    version: int
    status: str
    source: str
    code_scheme: str
    category: str
    component: str | None
    description: str | None
    address: str | None
    accuracy_m: float | None
    raw: Mapping[str, Any]
    areas: Mapping[str, str]
    unit: str | None
    parties: Sequence[str]
    reported_by: str
    decision: Mapping[str, Any]
    lon: float
    lat: float
    desk: str | None = None
    reporter: Mapping[str, Any] | None = None
    edition: str | None = None
    ruleset: str | None = None
    components_seq: int | None = None
    fingerprint: bytes | None = None


def ensure_months(connection: Connection, instants: Iterable[datetime]) -> None:
    """Make the monthly partitions (UTC months) that these instants fall into.

    Making one locks both tables for everybody, so do it in a transaction of its own, never beside other writes.
    """
    months = sorted({(t.year, t.month) for t in (i.astimezone(UTC) for i in instants)})
    names = [f"{table}_{y:04d}{m:02d}" for y, m in months for table in ("case_", "case_history")]
    known = connection.execute(text("SELECT relname FROM pg_class WHERE relname = ANY(:names)"), {"names": names})
    missing = set(names) - set(known.scalars())
    if not missing:
        return
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MONTH_LOCK})
    for year, month in months:
        start = date(year, month, 1)
        end = date(year + month // 12, month % 12 + 1, 1)
        for table in ("case_", "case_history"):
            # Only digits and our own names go into this text.
            connection.execute(
                text(
                    f"CREATE TABLE IF NOT EXISTS {table}_{year:04d}{month:02d} PARTITION OF {table} "
                    f"FOR VALUES FROM ('{start} 00:00+00') TO ('{end} 00:00+00')"
                )
            )
        connection.execute(
            text(
                f"CREATE OR REPLACE TRIGGER append_only_truncate BEFORE TRUNCATE ON case_history_{year:04d}{month:02d} "
                "FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
            )
        )


def take_numbers(connection: Connection, district: str, days: Sequence[date]) -> list[str]:
    """Give each report of its local day the next number of that day, ``YYMMDD-NNNN``, without gaps.

    The day's counter stays locked until the transaction ends, so take numbers last.
    """
    last: dict[date, int] = {}
    for day, n in sorted(Counter(days).items()):
        statement = insert(case_number).values(district=district, day=day, last=n)
        statement = statement.on_conflict_do_update(
            index_elements=["district", "day"], set_={"last": case_number.c.last + n}
        )
        last[day] = connection.execute(statement.returning(case_number.c.last)).scalar_one() - n
    numbers = []
    for day in days:
        last[day] += 1
        numbers.append(f"{day:%y%m%d}-{last[day]:04d}")
    return numbers


def write_cases(connection: Connection, cases: Sequence[StoredCase]) -> None:
    """Append cases; their months must exist."""
    if cases:
        places = ewkb_hex(np.asarray(shapely.points([(c.lon, c.lat) for c in cases]), dtype=object))
        own = (replace(c, parties=array(c.parties)) for c in cases)
        rows = ((*(getattr(c, n) for n in _CASE), g) for c, g in zip(own, places, strict=True))
        copy_rows(connection, case, (*_CASE, "geom"), rows)


def write_entries(connection: Connection, entries: Iterable[Entry]) -> None:
    """Append entries of histories; their months must exist."""
    copy_rows(connection, case_history, _ENTRY, ([getattr(e, n) for n in _ENTRY] for e in entries))


def write_standing(connection: Connection, changed: StoredCase) -> None:
    """Store what the history of a known case adds up to by now, and whose it is."""
    own = and_(case.c.id == changed.id, case.c.reported_at == changed.reported_at)
    values = {name: getattr(changed, name) for name in ("version", "status", "unit", "decision", "desk")}
    connection.execute(update(case).where(own).values(parties=list(changed.parties), **values))


def read_case(connection: Connection, id_or_number: str, reach: Reach, alone: bool = False) -> StoredCase | None:
    """Give the case with this id or number, if there is one within the reach.

    With ``alone`` nobody else changes it until the transaction ends; who had to wait sees it as it is then.
    """
    try:
        wanted: ColumnElement[bool] = case.c.id == UUID(id_or_number)
    except ValueError:
        wanted = case.c.number == id_or_number
    query = _select().where(wanted, within_reach(reach, case.c)).limit(1)
    row = connection.execute(query.with_for_update(of=case) if alone else query).mappings().first()
    return _stored(row) if row else None


def read_history(connection: Connection, case_id: UUID) -> list[Entry]:
    """Give a case's history, first entry first."""
    query = _ENTRIES.where(case_history.c.case_id == case_id).order_by(case_history.c.n)
    return [_entry(row) for row in connection.execute(query).mappings()]


def count_entries(connection: Connection) -> int:
    """Count the entries of all histories."""
    return int(connection.execute(select(func.count()).select_from(case_history)).scalar_one())


def walk_histories(connection: Connection, page: int = 1000) -> Iterator[Entry]:
    """Give the entries of all histories by case and number, through a cursor of the server, so many at a time."""
    ordered = _ENTRIES.order_by(case_history.c.case_id, case_history.c.n).execution_options(yield_per=page)
    yield from map(_entry, connection.execute(ordered).mappings())


def _entry(row: Mapping[Any, Any]) -> Entry:
    previous = None if row["previous"] is None else bytes(row["previous"])
    return Entry(**dict(row) | {"previous": previous, "hash": bytes(row["hash"])})


@dataclass(frozen=True, slots=True)
class Standing:
    """What the row of a case says that its history adds up to."""

    case_id: UUID
    number: str
    state: State


def walk_standings(connection: Connection, page: int = 1000) -> Iterator[Standing]:
    """Give what every case stands at by id, through a cursor of the server, so many at a time."""
    names = ("id", "number", "status", "version", "decision", "desk")
    query = select(*(case.c[n] for n in names)).order_by(case.c.id)
    for row in connection.execute(query.execution_options(yield_per=page)):
        yield Standing(row.id, row.number, State(row.status, row.version, row.decision or None, row.desk))


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What a list of cases is asked for. Times are report instants, ``start`` inclusive, ``end`` exclusive.

    ``reach`` has no default, so that nobody can forget to say who asks; a job of the house has the whole district.
    """

    reach: Reach
    bbox: tuple[float, float, float, float] | None = None
    status: tuple[str, ...] = ()
    unit: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    desk: tuple[str, ...] = ()
    areas: tuple[tuple[str, tuple[str, ...]], ...] = ()
    start: datetime | None = None
    end: datetime | None = None
    after: tuple[datetime, UUID] | None = None
    limit: int = 100


def list_cases(connection: Connection, wanted: CaseFilter) -> list[StoredCase]:
    """Give one page, newest report first, one row more than the limit if there is a next page."""
    query = _select().where(*conditions(wanted))
    query = query.order_by(case.c.reported_at.desc(), case.c.id.desc()).limit(wanted.limit + 1)
    return [_stored(row) for row in connection.execute(query).mappings()]


@dataclass(frozen=True, eq=False)
class CasePoints:
    """Where cases are, degrees of shape (n,); ``labels`` tell them apart: category and address (None if unstated)."""

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    labels: tuple[NDArray[np.object_], ...]
    first: datetime | None
    last: datetime | None


def case_points(connection: Connection, wanted: CaseFilter) -> CasePoints:
    """Give the points of every case that meets the filter, and their first and last report."""
    listed = func.array_agg
    query = select(
        listed(func.ST_X(case.c.geom)), listed(func.ST_Y(case.c.geom)), listed(case.c.category), listed(case.c.address),
        func.min(case.c.reported_at), func.max(case.c.reported_at),
    ).where(*conditions(wanted))  # fmt: skip
    lon, lat, category, address, first, last = connection.execute(query).one()
    labels = tuple(np.array(values or [], dtype=object) for values in (category, address))
    return CasePoints(np.array(lon or [], np.float64), np.array(lat or [], np.float64), labels, first, last)


def _stored(row: Mapping[Any, Any]) -> StoredCase:
    fingerprint = None if row["fingerprint"] is None else bytes(row["fingerprint"])
    return StoredCase(**dict(row) | {"parties": tuple(row["parties"]), "fingerprint": fingerprint})


def _select() -> Any:
    place = func.ST_X(case.c.geom).label("lon"), func.ST_Y(case.c.geom).label("lat")
    apart = case.outerjoin(case_private, case_private.c.case_id == case.c.id)
    return select(*(case.c[n] for n in _CASE), *place, case_private.c.reporter).select_from(apart)


def within(geom: Any, box: tuple[float, float, float, float]) -> ColumnElement[bool]:
    """Points inside a box or on its border. The index alone rounds to 32 bits, so the coordinates are compared too.

    Bare comparisons of coordinates would pass for very rare with the planner, which knows no statistics of them and
    would sort a city's cases rather than read the newest; what a function gives passes for half.
    """
    west, south, east, north = box
    exact = and_(func.ST_X(geom).between(west, east), func.ST_Y(geom).between(south, north))
    return and_(geom.op("&&")(func.ST_MakeEnvelope(*box, 4326)), func.coalesce(exact, false()))


def conditions(wanted: CaseFilter) -> list[ColumnElement[bool]]:
    """What the rows that meet a filter have in common."""
    found = [within_reach(wanted.reach, case.c)]
    if wanted.bbox is not None:
        found.append(within(case.c.geom, wanted.bbox))
    for column, values in (
        (case.c.status, wanted.status),
        (case.c.unit, wanted.unit),
        (case.c.category, wanted.category),
        (case.c.desk, wanted.desk),
    ):
        if values:
            found.append(column.in_(values))
    for layer, codes in wanted.areas:
        found.append(or_(*(in_area(case.c, layer, code) for code in codes)))
    if wanted.start is not None:
        found.append(case.c.reported_at >= wanted.start)
    if wanted.end is not None:
        found.append(case.c.reported_at < wanted.end)
    if wanted.after is not None:
        found.append(tuple_(case.c.reported_at, case.c.id) < tuple_(*wanted.after))
    return found
