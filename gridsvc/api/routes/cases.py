"""Cases: report one, list them, read one with its history and decision."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, get_args
from uuid import UUID

from fastapi import APIRouter, Query

from gridsvc.api.deps import (
    BoxDep,
    CallerDep,
    CursorDep,
    IdempotencyKeyDep,
    LimitDep,
    PartsDep,
    from_cursor,
    split,
    to_cursor,
)
from gridsvc.api.schemas.cases import CaseIn
from gridsvc.api.schemas.common import PROBLEMS, Instant, documented
from gridsvc.casework.case import DISPUTED, NewCase, Status
from gridsvc.errors import BadInput, FieldError
from gridsvc.responsibility.resolve import Desk
from gridsvc.services.cases import get_case, get_history, page_of_cases, shown
from gridsvc.services.intake import report_case
from gridsvc.services.once import hash_body
from gridsvc.spatial.datum import convert, parse_datum
from gridsvc.store.cases import CaseFilter
from gridsvc.values import Point, parse_instant

router = APIRouter(tags=["cases"], responses=PROBLEMS)
REASONS: tuple[str, ...] = get_args(Desk)
DESK_FILTER = (
    f"cases for which nobody answers yet, by reason: {', '.join(REASONS)}, or any of them; "
    f"{DISPUTED}: the locality answers until the desk has settled it"
)


@router.post("/v1/cases", status_code=201, responses={409: documented("this key was used with another body")})
def report(body: CaseIn, parts: PartsDep, caller: CallerDep, idempotency_key: IdempotencyKeyDep) -> Any:
    """Report a case. The same key and body again give the first answer; nothing is stored twice."""
    # One instant for all of it, or a case could be decided by an edition that ended just before it was reported.
    at = caller.at
    room = parts.current.get(at=at, now=at)
    local = room.snapshot.edition.local_crs
    lon, lat = convert(body.point.x, body.point.y, parse_datum(body.point.crs, local, "point.crs"), "wgs84", local)
    new = NewCase(
        point=Point(lon, lat),
        raw=body.point.model_dump(),
        category=body.category,
        source=body.source,
        description=body.description,
        address=body.address,
        accuracy_m=body.accuracy_m,
        component=body.component,
        attributes=body.all_attributes(),
        reporter=body.reported_by(),
    )
    key_hash = hash_body(body.model_dump(mode="json"))
    sees = caller.sees_reporters(room)
    return report_case(parts.engine, room, new, caller.actor.name, idempotency_key, key_hash, at, sees)


@router.get("/v1/cases")
def cases(
    parts: PartsDep,
    caller: CallerDep,
    box: BoxDep,
    status: str | None = None,
    unit: str | None = None,
    grid: str | None = None,
    category: str | None = None,
    desk: Annotated[str | None, Query(description=DESK_FILTER)] = None,
    start: Annotated[Instant | None, Query(alias="from", description="inclusive, on the report instant")] = None,
    end: Annotated[Instant | None, Query(alias="to", description="exclusive, on the report instant")] = None,
    limit: LimitDep = 100,
    cursor: CursorDep = None,
) -> dict[str, Any]:
    """List cases, newest report first; several values of one filter are separated by commas."""
    _refuse_unknown("status", split(status), get_args(Status))
    _refuse_unknown("desk", split(desk), (*REASONS, DISPUTED, "any"))
    reasons = tuple(r for value in split(desk) for r in (REASONS if value == "any" else (value,)))
    areas = (("grid", split(grid)),) if split(grid) else ()
    room = parts.current.get()
    wanted = CaseFilter(
        caller.reach("case:read", room), bbox=box, status=split(status), unit=split(unit),
        category=split(category), desk=reasons, areas=areas, start=start, end=end, after=_after(cursor), limit=limit,
    )  # fmt: skip
    found, last = page_of_cases(parts.engine, wanted)
    zone, sees = room.zone, caller.sees_reporters(room)
    following = to_cursor(last.reported_at.isoformat(), last.id) if last else None
    return {"items": [shown(c, zone, sees) for c in found], "next": following}


@router.get("/v1/cases/{case}")
def one_case(case: str, parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """Read a case by id or number."""
    room = parts.current.get()
    reach = caller.reach("case:read", room)
    return shown(get_case(parts.engine, case, reach), room.zone, caller.sees_reporters(room))


@router.get("/v1/cases/{case}/history")
def history(case: str, parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """Read everything that happened to a case, and whether its chain of hashes is intact."""
    room = parts.current.get()
    return get_history(parts.engine, case, room.zone, caller.reach("case:read", room))


@router.get("/v1/cases/{case}/decision")
def decision(case: str, parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """Read the decision that stands, as it was made then."""
    room = parts.current.get()
    return dict(get_case(parts.engine, case, caller.reach("case:read", room)).decision)


def _refuse_unknown(field: str, given: Sequence[str], known: Sequence[str]) -> None:
    for value in given:
        if value not in known:
            shown = ", ".join(known)
            error = FieldError(field, value, f"可用：{shown}", f"one of {shown}")
            raise BadInput("没有这个取值", "there is no such value", [error])


def _after(cursor: str | None) -> tuple[datetime, UUID] | None:
    values = from_cursor(cursor, 2)
    if values is None:
        return None
    try:
        return parse_instant(values[0], "cursor"), UUID(values[1])
    except (ValueError, OverflowError, BadInput):
        mend = ("原样使用上一页的 next", "use the next of the page before as it is")
        raise BadInput("游标无效", "the cursor is not usable", [FieldError("cursor", cursor, *mend)]) from None
