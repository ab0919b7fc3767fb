"""Cases that are not over, with all that a new decision of them would rest on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, func, select, tuple_

from gridsvc.casework.case import OVER
from gridsvc.store.replays import decided_at, said
from gridsvc.store.tables import case, case_history

_OWN = ("id", "reported_at", "number", "category", "accuracy_m", "decision")


@dataclass(frozen=True, slots=True)
class OpenCase:
    """One open case: what was reported or corrected, and the decision that stands.

    ``component`` is the one that was named, if any. ``lon`` and ``lat`` are degrees in WGS 84. ``decided_at`` is the
    instant that it was decided for.
    """

    id: UUID
    reported_at: datetime
    number: str
    category: str
    accuracy_m: float | None
    decision: Mapping[str, Any]
    lon: float
    lat: float
    decided_at: datetime
    component: str | None
    attributes: Mapping[str, str] | None


def count_open(connection: Connection, district: str) -> int:
    """Count the open cases of a district."""
    return int(connection.execute(select(func.count()).select_from(case).where(_is_open(district))).scalar_one())


def open_cases(connection: Connection, district: str, after: OpenCase | None, limit: int) -> list[OpenCase]:
    """Give the next open cases of a district by report instant, at most so many; the first ones after None."""
    # What the row does not tell stands in the first entry of its history, which bears the instant of the report.
    first = and_(case_history.c.case_id == case.c.id, case_history.c.at == case.c.reported_at, case_history.c.n == 1)
    query = select(
        *(case.c[name] for name in _OWN),
        func.ST_X(case.c.geom).label("lon"),
        func.ST_Y(case.c.geom).label("lat"),
        decided_at().label("decided_at"),
        said()["component"].astext.label("component"),
        said()["attributes"].label("attributes"),
    ).join_from(case, case_history, first)
    query = query.where(_is_open(district))
    if after is not None:
        query = query.where(tuple_(case.c.reported_at, case.c.id) > tuple_(after.reported_at, after.id))
    rows = connection.execute(query.order_by(case.c.reported_at, case.c.id).limit(limit)).mappings()
    return [OpenCase(**row) for row in rows]


def _is_open(district: str) -> ColumnElement[bool]:
    return and_(case.c.district == district, case.c.status.not_in(sorted(OVER)))
