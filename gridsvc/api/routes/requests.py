"""What was asked about cases, and the agenda of joint meetings."""

from dataclasses import replace
from typing import Annotated, Any, Literal, cast, get_args

from fastapi import APIRouter, Query
from fastapi.responses import Response

from gridsvc.api.deps import CallerDep, CursorDep, LimitDep, PartsDep, from_cursor, split, to_cursor
from gridsvc.api.routes.cases import refuse_unknown
from gridsvc.api.schemas.common import PROBLEMS
from gridsvc.casework.requests import KINDS, RUNGS
from gridsvc.errors import BadInput, FieldError
from gridsvc.services.agenda import MOST_ROWS, page_of_requests, shown_request, workbook
from gridsvc.store.requests import Answered, RequestFilter

router = APIRouter(tags=["cases"], responses=PROBLEMS)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BOOK = {
    "description": "a page of them, or a workbook",
    "content": {XLSX: {"schema": {"type": "string", "format": "binary"}}},
}


@router.get("/v1/requests", responses={200: BOOK})
def requests(
    parts: PartsDep,
    caller: CallerDep,
    kind: Annotated[str | None, Query(description=", ".join(KINDS))] = None,
    rung: Annotated[str | None, Query(description="of the ladder: " + ", ".join(RUNGS))] = None,
    state: Annotated[str | None, Query(description="open, settled, or lapsed with its case")] = None,
    format: Annotated[Literal["json", "xlsx"], Query(description="xlsx: all of them as one workbook")] = "json",
    limit: LimitDep = 100,
    cursor: CursorDep = None,
) -> Any:
    """List what was asked about the cases that the caller may see, newest first, and how it was answered.

    Values of one filter are separated by commas. `rung=joint_meeting&state=open` is what a joint meeting has before
    it; `state=settled` is what was decided, each with its case.
    """
    refuse_unknown("kind", split(kind), tuple(KINDS))
    refuse_unknown("rung", split(rung), RUNGS)
    refuse_unknown("state", split(state), get_args(Answered))
    room = parts.current.get()
    states = cast(tuple[Answered, ...], split(state))
    wanted = RequestFilter(caller.reach("case:read", room), split(kind), split(rung), states, _after(cursor), limit)
    if format == "xlsx":
        book = workbook(parts.engine, replace(wanted, after=None, limit=MOST_ROWS), room.zone)
        return Response(book, media_type=XLSX, headers={"Content-Disposition": 'attachment; filename="requests.xlsx"'})
    found, last = page_of_requests(parts.engine, wanted)
    return {
        "items": [shown_request(one, room.zone) for one in found],
        "next": None if last is None else to_cursor(last),
    }


def _after(cursor: str | None) -> int | None:
    values = from_cursor(cursor, 1)
    try:
        return None if values is None else min(int(values[0]), 2**63 - 1)
    except ValueError:
        mend = ("原样使用上一页的 next", "use the next of the page before as it is")
        raise BadInput("游标无效", "the cursor is not usable", [FieldError("cursor", cursor, *mend)]) from None
