"""Lists of cases: what they are asked for, pages in the order of the report or of what is due, and points for maps."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple, get_args
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, and_, false, func, not_, or_, select, tuple_

from gridsvc.casework.case import DISPUTED, OVER, Status
from gridsvc.rights import Reach
from gridsvc.store.cases import StoredCase, select_cases, stored_case
from gridsvc.store.rights import in_area, within_reach
from gridsvc.store.tables import case

Order = Literal["newest", "oldest", "due"]
# What a clock that does not run shows: all of them rest, or there is none.
Light = Literal["green", "amber", "red", "stopped", "none"]
OPEN: tuple[str, ...] = tuple(status for status in get_args(Status) if status not in OVER)
# Of a filter: the cases for which it was not determined.
NONE = "none"


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What a list of cases is asked for. Times are report instants, ``start`` inclusive, ``end`` exclusive.

    ``reach`` has no default, so that nobody can forget to say who asks; a job of the house has the whole district.
    ``waits`` are kinds of open requests, ``light`` what the worst of its running clocks shows ``now``. ``words`` occur
    in the number, the address, the component's code or the description. A unit and an area may be ``NONE``. In the
    order ``due`` are those alone that are.
    """

    reach: Reach
    bbox: tuple[float, float, float, float] | None = None
    status: tuple[str, ...] = ()
    unit: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    desk: tuple[str, ...] = ()
    reward: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    waits: tuple[str, ...] = ()
    light: tuple[Light, ...] = ()
    now: datetime | None = None
    areas: tuple[tuple[str, tuple[str, ...]], ...] = ()
    start: datetime | None = None
    end: datetime | None = None
    after: tuple[datetime, UUID] | None = None
    limit: int = 100
    order: Order = "newest"
    words: str = ""


def list_cases(connection: Connection, wanted: CaseFilter) -> list[StoredCase]:
    """Give one page in the order that was asked for, one row more than the limit if there is a next page."""
    at = _sorted_by(wanted)
    order = (at.desc(), case.c.id.desc()) if wanted.order == "newest" else (at, case.c.id)
    query = select_cases().where(*conditions(wanted)).order_by(*order).limit(wanted.limit + 1)
    return [stored_case(row) for row in connection.execute(query).mappings()]


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


# Among so many of the newest somebody who types looks for a case; older ones he knows by number, or filters.
LOOKED_THROUGH = 20_000


class FoundCase(NamedTuple):
    """What is told of a case that was looked for; degrees."""

    id: UUID
    number: str
    status: str
    category: str
    address: str | None
    lon: float
    lat: float


def cases_like(connection: Connection, reach: Reach, words: str, most: int) -> list[FoundCase]:
    """Give the cases within a reach whose number or address holds the words, newest first, among the newest ones.

    One that has the words as its number comes first, however old it is.
    """
    own = [case.c[n] for n in ("id", "number", "status", "category", "address")]
    place = func.ST_X(case.c.geom).label("lon"), func.ST_Y(case.c.geom).label("lat")
    exact = select(*own, *place).where(within_reach(reach, case.c), case.c.number == words).limit(1)
    newest = select(*own, *place, case.c.reported_at).where(within_reach(reach, case.c))
    new = newest.order_by(case.c.reported_at.desc(), case.c.id.desc()).limit(LOOKED_THROUGH).subquery()
    held = or_(*(new.c[name].icontains(words, autoescape=True) for name in ("number", "address")))
    like = select(*(new.c[name] for name in FoundCase._fields)).where(held).order_by(new.c.reported_at.desc())
    rows = [*connection.execute(exact), *connection.execute(like.limit(most))]
    return list({row.id: FoundCase(*row) for row in rows}.values())[:most]


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
    for name in ("status", "unit", "category", "desk", "reward", "source"):
        if values := getattr(wanted, name):
            known = case.c[name].in_([v for v in values if v != NONE])
            found.append(or_(known, case.c[name].is_(None)) if NONE in values else known)
    for layer, codes in wanted.areas:
        nowhere = case.c.areas[layer].astext.is_(None)
        found.append(or_(*(nowhere if code == NONE else in_area(case.c, layer, code) for code in codes)))
    if wanted.words:
        found.append(_mention(wanted.words))
    if wanted.waits:
        # Said as the index has it, for the planner.
        found += [case.c.waits != [], case.c.waits.overlap(wanted.waits)]
    if wanted.light:
        found.append(or_(*(shows(light, wanted.now) for light in wanted.light)))
    if wanted.start is not None:
        found.append(case.c.reported_at >= wanted.start)
    if wanted.end is not None:
        found.append(case.c.reported_at < wanted.end)
    if wanted.order == "due":
        found.append(case.c.due_at.is_not(None))
    if wanted.after is not None:
        own, last = tuple_(_sorted_by(wanted), case.c.id), tuple_(*wanted.after)
        found.append(own < last if wanted.order == "newest" else own > last)
    return found


def undecided() -> ColumnElement[bool]:
    """Nobody answers for it yet."""
    waits = and_(case.c.desk.is_not(None), case.c.desk != DISPUTED, case.c.status.not_in(sorted(OVER)))
    return or_(case.c.status == "undecided", waits)


def shows(light: Light, now: datetime | None) -> ColumnElement[bool]:
    """The worst clock that runs shows this light; or none runs, because all of them rest or because there is none."""
    if light == "red":
        return case.c.due_at <= now
    if light in ("amber", "green"):
        turned = case.c.amber_at <= now
        return and_(turned, case.c.due_at > now) if light == "amber" else case.c.amber_at > now
    rests = case.c.clocks.contains([{"state": "paused"}])
    return and_(case.c.due_at.is_(None), rests if light == "stopped" else not_(rests))


def _sorted_by(wanted: CaseFilter) -> ColumnElement[datetime]:
    return case.c.due_at if wanted.order == "due" else case.c.reported_at


def _mention(words: str) -> ColumnElement[bool]:
    said = [case.c[name].icontains(words, autoescape=True) for name in ("number", "address", "component")]
    # Numbers of telephones are masked where a description is shown; nobody is to find them out digit by digit.
    if not any(c.isdigit() for c in words):
        said.append(case.c.description.icontains(words, autoescape=True))
    return or_(*said)
