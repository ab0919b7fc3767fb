"""Cases near a place, or against one party, of some matters, in some time: what may be the same or came before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, exists, func, or_, select

from gridsvc.rights import Reach
from gridsvc.store.rights import within_reach
from gridsvc.store.tables import case, case_history, case_private
from gridsvc.values import Point, metres_per_degree

# No case has this id.
_NOBODY = UUID(int=0)
# Of what is archived only that which was closed: what was void before is nothing that was done.
_FILED: ColumnElement[bool] = and_(
    case.c.status.not_in(("reported", "accepted", "verifying", "void")),
    or_(
        case.c.status != "archived",
        exists().where(case_history.c.case_id == case.c.id, case_history.c.kind == "close"),
    ),
)


@dataclass(frozen=True, slots=True)
class NearCase:
    """The row of a case, as far as it is compared with others; the party it is against only where that is asked for."""

    id: UUID
    number: str
    status: str
    category: str
    component: str | None
    description: str | None
    reported_at: datetime
    lon: float
    lat: float
    subject: str | None = None
    subject_key: bytes | None = None


def near_cases(
    connection: Connection,
    reach: Reach,
    around: Sequence[Point],
    radius_m: float,
    patterns: Sequence[str],
    span: tuple[datetime, datetime],
    but: UUID | None,
    most: int,
    filed: bool = False,
) -> list[NearCase]:
    """Give the cases within a reach that lie within ``radius_m`` of a point, newest first; not those that are void.

    Some others in the box around all the points are among them. ``patterns`` are those of matters; the bounds of
    ``span`` belong to it; ``but`` is left out. With ``filed`` only what was filed.
    """
    west, south, east, north = _box(around, radius_m)
    given = {"west": west, "south": south, "east": east, "north": north, "since": span[0], "until": span[1]}
    query = _near(reach, tuple(patterns), filed)
    return _rows(connection, query, given | {"but": but or _NOBODY, "most": most})


@lru_cache(maxsize=256)
def _near(reach: Reach, patterns: tuple[str, ...], filed: bool) -> Select[Any]:
    """The statement, made once: every report asks it, and making it takes four times as long as asking."""
    box: list[Any] = [bindparam(name) for name in ("west", "south", "east", "north")]
    return _newest(
        _select([reach], patterns).where(
            case.c.geom.op("&&")(func.ST_MakeEnvelope(*box, 4326)),
            case.c.reported_at.between(bindparam("since"), bindparam("until")),
            case.c.id != bindparam("but"),
            _FILED if filed else case.c.status != "void",
        )
    )


def cases_against(
    connection: Connection,
    reaches: Sequence[Reach],
    id_: UUID,
    patterns: Sequence[str],
    span: tuple[datetime, datetime],
    most: int,
) -> list[NearCase]:
    """Give the filed cases against the party that a case is against, but that one, newest first."""
    own = case_private.alias("own")
    key = select(own.c.subject_key).where(own.c.case_id == id_).scalar_subquery()
    query = _select(reaches, patterns).join(case_private, case_private.c.case_id == case.c.id)
    query = query.where(case_private.c.subject_key == key, case.c.id != id_, case.c.reported_at.between(*span), _FILED)
    return _rows(connection, _newest(query), {"most": most})


def filed_cases(
    connection: Connection,
    reaches: Sequence[Reach],
    patterns: Sequence[str],
    start: datetime,
    end: datetime,
    most: int,
    against: bool,
) -> list[NearCase]:
    """Give the filed cases from ``start`` on and before ``end``; with ``against`` those against a known party alone."""
    query = _select(reaches, patterns).where(case.c.reported_at >= start, case.c.reported_at < end, _FILED)
    if against:
        query = query.add_columns(case_private.c.subject, case_private.c.subject_key)
        query = query.join(case_private, case_private.c.case_id == case.c.id)
        query = query.where(case_private.c.subject_key.is_not(None))
    return _rows(connection, _newest(query), {"most": most})


def _select(reaches: Sequence[Reach], patterns: Sequence[str]) -> Select[Any]:
    place = func.ST_X(case.c.geom).label("lon"), func.ST_Y(case.c.geom).label("lat")
    own = ("id", "number", "status", "category", "component", "description", "reported_at")
    query = select(*(case.c[name] for name in own), *place).select_from(case)
    return query.where(*(within_reach(reach, case.c) for reach in reaches), _of_matters(patterns))


def _of_matters(patterns: Sequence[str]) -> ColumnElement[bool]:
    """Rows whose matter meets one of the patterns: a code, or the beginning of codes and ``*``.

    Of a box of some metres the place says much more than the matter, and the planner must not walk the matter's index
    instead: what a function gives uses none.
    """
    column = func.coalesce(case.c.category, "")
    return or_(*(column.startswith(p[:-1]) if p.endswith("*") else column == p for p in patterns))


def _newest(query: Select[Any]) -> Select[Any]:
    return query.order_by(case.c.reported_at.desc(), case.c.id).limit(bindparam("most"))


def _rows(connection: Connection, query: Select[Any], given: Mapping[str, Any]) -> list[NearCase]:
    return [NearCase(**row) for row in connection.execute(query, given).mappings()]


def _box(around: Sequence[Point], radius_m: float) -> tuple[float, float, float, float]:
    lon, lat = [p.lon for p in around], [p.lat for p in around]
    # A degree of longitude is shortest where the box is farthest from the equator.
    east_m, north_m = metres_per_degree(max(map(abs, lat)))
    x, y = radius_m / max(east_m, 1.0), radius_m / north_m
    return max(min(lon) - x, -180.0), max(min(lat) - y, -90.0), min(max(lon) + x, 180.0), min(max(lat) + y, 90.0)
