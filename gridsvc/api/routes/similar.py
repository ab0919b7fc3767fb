"""Cases that come again: other reports of the same thing, and earlier offences at the place."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query

from gridsvc.api.deps import CallerDep, PartsDep
from gridsvc.api.schemas.cases import CaseIn
from gridsvc.api.schemas.common import PROBLEMS, Instant
from gridsvc.casework.duplicates import Told
from gridsvc.errors import BadInput, FieldError
from gridsvc.report import Report
from gridsvc.services.offences import MOST_DAYS, By, offences_of, worst
from gridsvc.services.similar import similar, similar_to
from gridsvc.spatial.datum import parse_datum
from gridsvc.store.engine import transaction

router = APIRouter(tags=["cases"], responses=PROBLEMS)


@router.post("/v1/cases/similar")
def similar_reports(body: CaseIn, parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """Find the cases within reach that a report may repeat, before it is made; nothing is stored."""
    at = caller.at
    room = parts.current.get(at=at, now=at)
    datum = parse_datum(body.point.crs, room.snapshot.edition.local_crs, "point.crs")
    asked = Report(at, body.category, body.component, body.accuracy_m, body.all_attributes())
    met = room.meet(body.point.x, body.point.y, datum, asked).prepared
    component = None if met.component is None else met.component.code
    told = Told(met.point.lon, met.point.lat, at, component, body.description)
    if not caller.may("case:read"):
        return {"items": []}
    with transaction(parts.engine) as connection:
        return {"items": similar(connection, room, told, body.category, caller.reach("case:read", room))}


@router.get("/v1/cases/{case}/offences")
def offences(case: str, parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """Count what was done before at a case's place and by the party it is against, and name the rung that is due.

    A proposal from filed cases within the caller's reach, not a decision; ``subject`` only where the caller may see
    the people of the case.
    """
    room = parts.current.get()
    reach = caller.reach("case:read", room)
    return offences_of(parts.engine, room, case, reach, caller.sees_reporters(room))


@router.get("/v1/offenders")
def offenders(
    parts: PartsDep,
    caller: CallerDep,
    start: Annotated[
        Instant | None, Query(alias="from", description="inclusive; 90 days before the end if left out")
    ] = None,
    end: Annotated[Instant | None, Query(alias="to", description="exclusive; now if left out")] = None,
    by: Annotated[By, Query(description="subject needs the permission reporter:see")] = "place",
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> dict[str, Any]:
    """List the places, or the parties, where most was done again and again, the worst first."""
    room = parts.current.get()
    reaches = [caller.reach("case:read", room)]
    if by == "subject":
        reaches.append(caller.reach("reporter:see", room))
    last = end or caller.at
    first = start or last - timedelta(days=90)
    if not timedelta() < last - first <= timedelta(days=MOST_DAYS):
        mend = (f"from 早于 to，至多 {MOST_DAYS} 天", f"let from be before to, by {MOST_DAYS} days at most")
        raise BadInput("时段无效", "the time is not usable", [FieldError("from", first.isoformat(), *mend)])
    with transaction(parts.engine) as connection:
        items = worst(connection, room, reaches, first, last, by, limit)
    local = {name: at.astimezone(room.zone).isoformat() for name, at in (("from", first), ("to", last))}
    return local | {"by": by, "items": items}


@router.get("/v1/cases/{case}/similar")
def similar_cases(case: str, parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """Find the cases that may be of the same thing as this one, with how alike they are and why."""
    room = parts.current.get()
    return similar_to(parts.engine, room, case, caller.reach("case:read", room))
