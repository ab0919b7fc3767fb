"""``POST /v1/route``: where, whose and why, nothing stored."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query

from gridsvc.answer import Explain
from gridsvc.api.deps import CallerDep, PartsDep, room_of
from gridsvc.api.schemas.common import PROBLEMS
from gridsvc.api.schemas.route import RouteFields, RouteIn, instant_or
from gridsvc.report import Report
from gridsvc.router import Met, Router

router = APIRouter(tags=["route"], responses=PROBLEMS)


@router.post("/v1/route")
def route(
    body: RouteIn, parts: PartsDep, caller: CallerDep, explain: Annotated[Explain, Query()] = "short"
) -> dict[str, Any]:
    """Give the areas, the accountable unit, the chiefs and the reasons for one point."""
    # One instant admits the caller, chooses the edition and dates the question.
    now = caller.at
    room = room_of(parts, caller, body.edition, body.at, now, body.ruleset)
    return room.decide(met(room, body, now)).as_dict(explain)


def met(room: Router, body: RouteFields, now: datetime) -> Met:
    """Find all that the answer to a request rests on, by the router that it means."""
    at = instant_or(body.at, now)
    report = Report(at, body.category, body.component, body.accuracy_m, body.all_attributes())
    return room.meet(body.point.x, body.point.y, body.point.crs, report)
