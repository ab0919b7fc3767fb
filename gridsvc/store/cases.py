"""Cases: running numbers, single and bulk writing, reading one."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import attrgetter
from typing import Any, cast
from uuid import UUID

import numpy as np
import shapely
from sqlalchemy import ColumnElement, Connection, and_, func, select, text, update

from gridsvc.casework.case import State, Status
from gridsvc.casework.tally import Tally
from gridsvc.rights import Reach
from gridsvc.store.copy import array, copy_rows, ewkb_hex
from gridsvc.store.rights import within_reach
from gridsvc.store.tables import case, case_private

# What a history adds up to, and what the case's row says of it; lists of texts stand last.
STANDING = (
    "version", "status", "unit", "decision", "desk", "clocks", "requests", "links", "amber_at", "due_at", "turn_at",
    "corrected", "reward", "tally", "parties", "waits",
)  # fmt: skip
CASE = (
    "id", "reported_at", "number", "district", "source", "code_scheme", "category", "component", "description",
    "address", "accuracy_m", "raw", "areas", "reported_by", "edition", "ruleset", "components_seq", "fingerprint",
    *STANDING, "geom",
)  # fmt: skip
_values = attrgetter(*CASE[:-1])
# By day, so that no two wait for each other.
_NUMBERS = text(
    "INSERT INTO case_number AS of (district, day, last)"
    " SELECT :district, day, n FROM unnest(CAST(:days AS date[]), CAST(:n AS integer[])) AS wanted (day, n)"
    " ORDER BY day"
    " ON CONFLICT (district, day) DO UPDATE SET last = of.last + excluded.last"
    " RETURNING day, last"
)
# What the decision of a case rests on, beside its place.
_DECIDED_BY = (
    "category", "component", "accuracy_m", "raw", "areas", "edition", "ruleset", "components_seq", "fingerprint",
    "decision",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StoredCase:
    """One case: its row, who reported it and whom it is against, as far as he said so.

    ``areas`` has the area code of each layer, ``parties`` the units concerned, ``desk`` what the desk has with it.
    ``reporter`` and ``subject`` are stored apart. The automatic decision rested on ``edition``, ``ruleset`` and the
    record of components up to ``components_seq``. ``clocks``, ``requests``, ``links``, ``turn_at``, ``corrected``,
    ``reward`` and ``tally`` are as in :class:`~gridsvc.casework.case.State`; ``waits``, ``amber_at`` and ``due_at``
    follow from them.
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
    subject: str | None = None
    edition: str | None = None
    ruleset: str | None = None
    components_seq: int | None = None
    fingerprint: bytes | None = None
    clocks: Sequence[Mapping[str, Any]] = ()
    requests: Sequence[Mapping[str, Any]] = ()
    links: Sequence[Mapping[str, Any]] = ()
    waits: Sequence[str] = ()
    amber_at: datetime | None = None
    due_at: datetime | None = None
    turn_at: datetime | None = None
    corrected: Mapping[str, Any] | None = None
    reward: str | None = None
    tally: Tally = field(default_factory=dict)

    @property
    def state(self) -> State:
        """What its history adds up to, by its row."""
        return State(
            cast(Status, self.status), self.version, self.decision or None, self.desk, tuple(self.clocks),
            tuple(self.requests), tuple(self.links), self.turn_at, self.corrected, self.reward, self.tally,
        )  # fmt: skip


def take_numbers(connection: Connection, district: str, days: Sequence[date]) -> list[str]:
    """Give each report of its local day the next number of that day, ``YYMMDD-NNNN``, without gaps.

    The day's counter stays locked until the transaction ends, so take numbers last.
    """
    wanted = Counter(days)
    given = {"district": district, "days": list(wanted), "n": list(wanted.values())}
    last = {row.day: row.last - wanted[row.day] for row in connection.execute(_NUMBERS, given)}
    numbers = []
    for day in days:
        last[day] += 1
        numbers.append(f"{day:%y%m%d}-{last[day]:04d}")
    return numbers


def write_cases(connection: Connection, cases: Sequence[StoredCase]) -> None:
    """Append cases; their months must exist."""
    if cases:
        copy_rows(connection, case, CASE, rows_of(cases))


def rows_of(cases: Sequence[StoredCase]) -> Iterator[tuple[Any, ...]]:
    """What is stored of cases, as COPY takes it where it reads texts."""
    for *plain, parties, waits, place in values_of(cases):
        yield *plain, array(parties), array(waits), place


def values_of(cases: Sequence[StoredCase]) -> Iterator[tuple[Any, ...]]:
    """What is stored of cases: values in the order of ``CASE``, the place as hexadecimal EWKB."""
    places = ewkb_hex(np.asarray(shapely.points([(c.lon, c.lat) for c in cases]), dtype=object))
    for one, place in zip(cases, places, strict=True):
        yield *_values(one), place


def write_standing(connection: Connection, changed: StoredCase) -> None:
    """Store what the history of a known case adds up to by now, and whose it is."""
    values = {name: getattr(changed, name) for name in STANDING}
    lists = {name: list(value) for name, value in values.items() if isinstance(value, tuple)}
    connection.execute(update(case).where(_own(changed)).values(values | lists))


def write_correction(connection: Connection, changed: StoredCase) -> None:
    """Store where a known case is by now and what it is about, and what its decision rests on."""
    place = func.ST_SetSRID(func.ST_MakePoint(changed.lon, changed.lat), 4326)
    values = {name: getattr(changed, name) for name in _DECIDED_BY}
    connection.execute(update(case).where(_own(changed)).values(geom=place, **values))


def _own(one: StoredCase) -> ColumnElement[bool]:
    return and_(case.c.id == one.id, case.c.reported_at == one.reported_at)


def read_case(connection: Connection, id_or_number: str, reach: Reach, alone: bool = False) -> StoredCase | None:
    """Give the case with this id or number, if there is one within the reach.

    With ``alone`` nobody else changes it until the transaction ends; who had to wait sees it as it is then.
    """
    try:
        wanted: ColumnElement[bool] = case.c.id == UUID(id_or_number)
    except ValueError:
        wanted = case.c.number == id_or_number
    query = select_cases().where(wanted, within_reach(reach, case.c)).limit(1)
    row = connection.execute(query.with_for_update(of=case) if alone else query).mappings().first()
    return stored_case(row) if row else None


@dataclass(frozen=True, slots=True)
class Standing:
    """What the row of a case says that its history adds up to."""

    case_id: UUID
    number: str
    state: State


def walk_standings(connection: Connection, page: int = 1000) -> Iterator[Standing]:
    """Give what every case stands at by id, through a cursor of the server, so many at a time."""
    for row in connection.execute(select_cases().order_by(case.c.id).execution_options(yield_per=page)).mappings():
        stored = stored_case(row)
        yield Standing(stored.id, stored.number, stored.state)


def stored_case(row: Mapping[Any, Any]) -> StoredCase:
    """Make a case of a row that :func:`select_cases` gave."""
    fingerprint = None if row["fingerprint"] is None else bytes(row["fingerprint"])
    lists = {name: tuple(row[name]) for name in ("parties", "clocks", "requests", "links", "waits")}
    return StoredCase(**dict(row) | lists | {"fingerprint": fingerprint})


def select_cases() -> Any:
    """Ask for whole cases, each with who reported it."""
    place = func.ST_X(case.c.geom).label("lon"), func.ST_Y(case.c.geom).label("lat")
    apart = case.outerjoin(case_private, case_private.c.case_id == case.c.id)
    told = case_private.c.reporter, case_private.c.subject
    return select(*(case.c[n] for n in CASE[:-1]), *place, *told).select_from(apart)
