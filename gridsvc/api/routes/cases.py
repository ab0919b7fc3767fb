"""Cases: report one, list them, read one with its history and decision."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, cast, get_args
from uuid import UUID

from fastapi import APIRouter, Depends, Query

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
from gridsvc.casework.case import DISPUTED, NewCase, Source, Status
from gridsvc.casework.requests import KINDS
from gridsvc.casework.reward import Reward
from gridsvc.errors import BadInput, FieldError
from gridsvc.responsibility.resolve import Desk
from gridsvc.router import Router
from gridsvc.services.cases import get_case, get_history, page_of_cases, shown
from gridsvc.services.intake import report_case
from gridsvc.services.once import hash_body
from gridsvc.services.permitted import forms
from gridsvc.spatial.datum import convert, parse_datum
from gridsvc.store.case_lists import NONE, OPEN, CaseFilter, Light, Order
from gridsvc.values import Point, parse_instant

router = APIRouter(tags=["cases"], responses=PROBLEMS)
REASONS: tuple[str, ...] = get_args(Desk)
REQUEST_FILTER = f"cases with an open request, by kind: {', '.join(KINDS)}, or any"
LIGHT_FILTER = "by the worst light of a clock that runs: green, amber, red; stopped: all rest; none: there is none"
WORDS_FILTER = "in the number, the address, the component's code or, without digits, the description"
# Each is a condition of its own: thousands of them in one address kept the database busy for many seconds.
MOST_AREAS = 100
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
    new = taken_in(body, room)
    # Without it a report has the hash that it had before there was such a field: phones may still be trying.
    late = {"captured"} if body.captured is None else None
    key_hash = hash_body(body.model_dump(mode="json", exclude=late))
    return report_case(parts.engine, room, new, caller.actor.name, idempotency_key, key_hash, at, caller.where(room))


def _filter(
    parts: PartsDep,
    caller: CallerDep,
    box: BoxDep,
    status: Annotated[str | None, Query(description="open: all that are not closed, void or archived")] = None,
    unit: Annotated[str | None, Query(description="accountable units; none: nobody is")] = None,
    street: Annotated[str | None, Query(description="streets; none: outside all of them")] = None,
    grid: Annotated[str | None, Query(description="grids; none: outside all of them")] = None,
    category: str | None = None,
    desk: Annotated[str | None, Query(description=DESK_FILTER)] = None,
    reward: Annotated[str | None, Query(description="wanted, due or paid")] = None,
    source: str | None = None,
    request: Annotated[str | None, Query(description=REQUEST_FILTER)] = None,
    light: Annotated[str | None, Query(description=LIGHT_FILTER)] = None,
    clock: Annotated[str | None, Query(description="the same as light, as the console's addresses have it")] = None,
    q: Annotated[str | None, Query(max_length=100, description=WORDS_FILTER)] = None,
    start: Annotated[Instant | None, Query(alias="from", description="inclusive, on the report instant")] = None,
    end: Annotated[Instant | None, Query(alias="to", description="exclusive, on the report instant")] = None,
) -> CaseFilter:
    """Read what cases are asked for; several values of one filter are separated by commas."""
    refuse_unknown("status", split(status), (*get_args(Status), "open"))
    refuse_unknown("desk", split(desk), (*REASONS, DISPUTED, "any"))
    refuse_unknown("reward", split(reward), (*get_args(Reward), NONE))
    reasons = tuple(r for value in split(desk) for r in (REASONS if value == "any" else (value,)))
    refuse_unknown("source", split(source), get_args(Source))
    refuse_unknown("request", split(request), (*KINDS, "any"))
    for field, given in (("street", street), ("grid", grid)):
        if len(split(given)) > MOST_AREAS:
            mend = (f"一次至多 {MOST_AREAS} 个", f"name {MOST_AREAS} at most")
            raise BadInput("取值过多", "there are too many values", [FieldError(field, None, *mend)])
    lights = split(light) or split(clock)
    refuse_unknown("light", lights, get_args(Light))
    waits = tuple(KINDS) if "any" in split(request) else split(request)
    areas = tuple((layer, codes) for layer, codes in (("street", split(street)), ("grid", split(grid))) if codes)
    statuses = tuple(dict.fromkeys(s for one in split(status) for s in (OPEN if one == "open" else (one,))))
    return CaseFilter(
        caller.reach("case:read", parts.current.get()), bbox=box, status=statuses, unit=split(unit),
        category=split(category), desk=reasons, reward=split(reward), source=split(source), waits=waits,
        light=cast(tuple[Light, ...], lights), now=caller.at, areas=areas, start=start, end=end,
        words=(q or "").strip(),
    )  # fmt: skip


FilterDep = Annotated[CaseFilter, Depends(_filter)]


@router.get("/v1/cases")
def cases(
    parts: PartsDep,
    caller: CallerDep,
    wanted: FilterDep,
    order: Annotated[Order, Query(description="due: what is due first, and nothing else")] = "newest",
    sort: Annotated[Order | None, Query(description="the same as order, as the console's addresses have it")] = None,
    limit: LimitDep = 100,
    cursor: CursorDep = None,
) -> dict[str, Any]:
    """List cases, newest or oldest report first or what is due first; values of one filter are separated by commas."""
    room = parts.current.get()
    order = sort or order
    asked = replace(wanted, after=page_after(cursor), limit=limit, order=order)
    found, last = page_of_cases(parts.engine, asked)
    may = caller.where(room)
    at = last and (last.due_at if order == "due" else last.reported_at)
    following = to_cursor(at.isoformat(), last.id) if last and at else None
    return {"items": [shown(c, room.zone, may, caller.at) for c in found], "next": following}


@router.get("/v1/cases/summary")
def summary(parts: PartsDep, caller: CallerDep, wanted: FilterDep) -> dict[str, Any]:
    """Count the open cases that the caller may see: the five numbers, and how many each value of a filter would leave.

    Filters are those of `GET /v1/cases`; a facet is counted as if it were none itself. `first_dispatch`: of the cases
    reported within the last week those that were dispatched, and those that went to the right unit at once.
    """
    return parts.summaries.of(wanted, parts.current.get().zone, caller.at)


@router.get("/v1/cases/{case}")
def one_case(case: str, parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """Read a case by id or number."""
    room = parts.current.get()
    reach = caller.reach("case:read", room)
    return shown(get_case(parts.engine, case, reach), room.zone, caller.where(room), caller.at)


@router.get("/v1/cases/{case}/history")
def history(case: str, parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """Read everything that happened to a case, and whether its chain of hashes is intact."""
    room = parts.current.get()
    return get_history(parts.engine, case, room.zone, caller.reach("case:read", room))


@router.get("/v1/cases/{case}/actions")
def actions(case: str, parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """Tell what the caller may do with a case as it stands, with a form for each: nobody else has to know actions.

    A field is asked only where each field named in `when` has one of the values there, and none named in `unless` has.
    A `reason` has 4 Chinese characters or 10 letters at least. What a form gives is sent with `version` to
    `POST /v1/cases/{case}/actions/{action}`.
    """
    room = parts.current.get()
    found = get_case(parts.engine, case, caller.reach("case:read", room))
    items = forms(found, room, caller.where(room))
    return {"id": str(found.id), "number": found.number, "version": found.version, "items": items}


@router.get("/v1/cases/{case}/decision")
def decision(case: str, parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """Read the decision that stands, as it was made then."""
    room = parts.current.get()
    return dict(get_case(parts.engine, case, caller.reach("case:read", room)).decision)


def taken_in(body: CaseIn, room: Router, foreign: str | None = None) -> NewCase:
    """Give a report as the inner house has it; ``foreign`` is its number with the platform that sends it."""
    local = room.snapshot.edition.local_crs
    lon, lat = convert(body.point.x, body.point.y, parse_datum(body.point.crs, local, "point.crs"), "wgs84", local)
    return NewCase(
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
        attachments=body.attachments,
        subject=(body.subject or "").strip() or None,
        reward=body.reward,
        foreign=foreign,
        captured=None if body.captured is None else body.captured.model_dump(mode="json", exclude_none=True),
    )


def refuse_unknown(field: str, given: Sequence[str], known: Sequence[str]) -> None:
    """Refuse a filter by a value that there is not."""
    for value in given:
        if value not in known:
            shown = ", ".join(known)
            error = FieldError(field, value, f"可用：{shown}", f"one of {shown}")
            raise BadInput("没有这个取值", "there is no such value", [error])


def page_after(cursor: str | None) -> tuple[datetime, UUID] | None:
    """Read the cursor of a page of cases; one that we did not make is refused."""
    values = from_cursor(cursor, 2)
    if values is None:
        return None
    try:
        return parse_instant(values[0], "cursor"), UUID(values[1])
    except (ValueError, OverflowError, BadInput):
        mend = ("原样使用上一页的 next", "use the next of the page before as it is")
        raise BadInput("游标无效", "the cursor is not usable", [FieldError("cursor", cursor, *mend)]) from None
