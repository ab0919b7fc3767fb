"""Cases: report one, list them, read one with its history and decision."""

from datetime import datetime
from typing import Annotated, Any, get_args
from uuid import UUID

from fastapi import APIRouter, Header, Query

from gridsvc.api.auth import Caller
from gridsvc.api.deps import BoxDep, CallerDep, CursorDep, LimitDep, PartsDep, from_cursor, split, to_cursor
from gridsvc.api.errors import problem
from gridsvc.api.schemas.cases import CaseIn
from gridsvc.api.schemas.common import PROBLEMS, Instant, documented
from gridsvc.casework.case import NewCase, Status
from gridsvc.errors import BadInput, FieldError
from gridsvc.rights import Reach
from gridsvc.router import Router
from gridsvc.services.cases import get_case, get_history, page_of_cases, shown
from gridsvc.services.intake import hash_body, report_case
from gridsvc.spatial.datum import convert, parse_datum
from gridsvc.store.cases import CaseFilter
from gridsvc.values import Point, parse_instant

router = APIRouter(tags=["cases"], responses=PROBLEMS)


@router.post("/v1/cases", status_code=201, responses={409: documented("this key was used with another body")})
def report(
    body: CaseIn,
    parts: PartsDep,
    caller: CallerDep,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> Any:
    """Report a case. The same key and body again give the first answer; nothing is stored twice."""
    if not idempotency_key:
        error = {"field": "Idempotency-Key", "value": None, "mend_zh": "每次上报生成一个唯一键并在重试时重用",
                 "mend_en": "make one unique key for each report and use it again when you retry"}  # fmt: skip
        return problem(400, "缺少 Idempotency-Key", "Idempotency-Key is missing", [error])
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
    sees = _sees(caller, room)
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
    start: Annotated[Instant | None, Query(alias="from", description="inclusive, on the report instant")] = None,
    end: Annotated[Instant | None, Query(alias="to", description="exclusive, on the report instant")] = None,
    limit: LimitDep = 100,
    cursor: CursorDep = None,
) -> dict[str, Any]:
    """List cases, newest report first; several values of one filter are separated by commas."""
    for value in split(status):
        if value not in get_args(Status):
            known = ", ".join(get_args(Status))
            error = FieldError("status", value, f"可用：{known}", f"one of {known}")
            raise BadInput("没有这种状态", "there is no such status", [error])
    areas = (("grid", split(grid)),) if split(grid) else ()
    room = parts.current.get()
    wanted = CaseFilter(
        caller.reach("case:read", room), bbox=box, status=split(status), unit=split(unit),
        category=split(category), areas=areas, start=start, end=end, after=_after(cursor), limit=limit,
    )  # fmt: skip
    found, last = page_of_cases(parts.engine, wanted)
    zone, sees = room.zone, _sees(caller, room)
    following = to_cursor(last.reported_at.isoformat(), last.id) if last else None
    return {"items": [shown(c, zone, sees) for c in found], "next": following}


@router.get("/v1/cases/{case}")
def one_case(case: str, parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """Read a case by id or number."""
    room = parts.current.get()
    reach = caller.reach("case:read", room)
    return shown(get_case(parts.engine, case, reach), room.zone, _sees(caller, room))


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


def _sees(caller: Caller, room: Router) -> Reach | None:
    """Where the caller may see that somebody reported, and who, masked."""
    return caller.reach("reporter:see", room) if caller.may("reporter:see") else None


def _after(cursor: str | None) -> tuple[datetime, UUID] | None:
    values = from_cursor(cursor, 2)
    if values is None:
        return None
    try:
        return parse_instant(values[0], "cursor"), UUID(values[1])
    except (ValueError, OverflowError, BadInput):
        mend = ("原样使用上一页的 next", "use the next of the page before as it is")
        raise BadInput("游标无效", "the cursor is not usable", [FieldError("cursor", cursor, *mend)]) from None
