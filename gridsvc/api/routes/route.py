"""``POST /v1/route``: where, whose and why, nothing stored."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query

from gridsvc.answer import Explain
from gridsvc.api.deps import CallerDep, PartsDep, room_of
from gridsvc.api.schemas.common import PROBLEMS
from gridsvc.api.schemas.route import RouteFields, RouteIn, instant_or
from gridsvc.errors import FieldError, NotFound
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
    room = room_of(parts, caller, body.edition, body.at, now)
    return room.decide(met(room, body, now)).as_dict(explain)


def met(room: Router, body: RouteFields, now: datetime) -> Met:
    """Find all that the answer to a request rests on, by the router of the edition that it means."""
    if body.ruleset is not None:
        _refuse_other_ruleset(room, body.ruleset)
    at = instant_or(body.at, now)
    report = Report(at, body.category, body.component, body.accuracy_m, body.all_attributes())
    return room.meet(body.point.x, body.point.y, body.point.crs, report)


def _refuse_other_ruleset(room: Router, ruleset: str) -> None:
    known = room.snapshot.ruleset.code
    if ruleset != known:
        error = FieldError("ruleset", ruleset, f"该版次的规则版次是 {known}", f"this edition's ruleset is {known}")
        raise NotFound("没有这个规则版次", "there is no such ruleset", [error])
