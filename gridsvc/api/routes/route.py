"""``POST /v1/route`` and its batch: where, whose and why, nothing stored."""

from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query

from gridsvc.answer import Explain, Routing
from gridsvc.api.deps import ActorDep, PartsDep
from gridsvc.api.errors import kind_of
from gridsvc.api.schemas.common import MAX_BATCH, PROBLEMS, documented
from gridsvc.api.schemas.route import BatchIn, BatchOut, RouteIn, instant_or
from gridsvc.errors import BatchTooLarge, FieldError, GridsvcError, NotFound
from gridsvc.router import Report, Router

router = APIRouter(tags=["route"], responses=PROBLEMS)


@router.post("/v1/route")
def route(
    body: RouteIn, parts: PartsDep, _: ActorDep, explain: Annotated[Explain, Query()] = "short"
) -> dict[str, Any]:
    """Give the areas, the accountable unit, the chiefs and the reasons for one point."""
    room = parts.current.get(body.edition, body.at)
    _refuse_other_ruleset(room, body.ruleset)
    answer = room.route(
        body.point.x,
        body.point.y,
        crs=body.point.crs,
        at=instant_or(body.at, parts.now()),
        category=body.category,
        component=body.component,
        accuracy_m=body.accuracy_m,
        attributes=body.all_attributes(),
    )
    return answer.as_dict(explain)


@router.post("/v1/route/batch", responses={413: documented("more than 100 000 points")})
def route_batch(body: BatchIn, parts: PartsDep, _: ActorDep) -> BatchOut:
    """Route up to 100 000 points given as columns; a bad row fills ``error`` and does not stop the others."""
    n = len(body.x)
    if n > MAX_BATCH:
        mend = (f"每批至多 {MAX_BATCH} 点，请分批", f"send at most {MAX_BATCH} points a call")
        raise BatchTooLarge("批量过大", "the batch is too large", [FieldError("x", n, *mend)])
    room = parts.current.get(body.edition, body.at)
    at = instant_or(body.at, parts.now())
    categories = body.category if isinstance(body.category, list) else [body.category] * n
    x, y = (np.array([np.nan if v is None else v for v in c], dtype=np.float64) for c in (body.x, body.y))
    answers = room.route_many(x, y, crs=body.crs, reports=[Report(at, c) for c in categories])
    return _columns(room, answers)


def _columns(room: Router, answers: list[Routing | GridsvcError]) -> BatchOut:
    columns: dict[str, list[Any]] = {}
    good = [None if isinstance(a, GridsvcError) else a for a in answers]
    for layer in room.snapshot.edition.layers:
        areas = [a.areas.get(layer) if a else None for a in good]
        columns[layer] = [area.code if area else None for area in areas]
        columns[f"{layer}_how"] = [
            area.how if area else "outside" if a else "none" for area, a in zip(areas, good, strict=True)
        ]
    columns["accountable"] = [a.decision.unit.code if a and a.decision.unit else None for a in good]
    columns["via"] = [a.decision.rule.via if a and a.decision.rule else None for a in good]
    columns["error"] = [kind_of(a) if isinstance(a, GridsvcError) else None for a in answers]
    snapshot = room.snapshot
    return BatchOut(
        n=len(answers), columns=columns, edition=snapshot.edition.code, ruleset=snapshot.ruleset.code or None
    )


def _refuse_other_ruleset(room: Router, ruleset: str | None) -> None:
    known = room.snapshot.ruleset.code
    if ruleset is not None and ruleset != known:
        error = FieldError("ruleset", ruleset, f"该版次的规则版次是 {known}", f"this edition's ruleset is {known}")
        raise NotFound("没有这个规则版次", "there is no such ruleset", [error])
