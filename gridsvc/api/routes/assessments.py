"""Assessment: indicators, sheets of schemes by period, scores from outside, and a sheet as workbook and page."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from fastapi.responses import HTMLResponse, Response

from gridsvc.api.deps import CallerDep, LimitDep, PartsDep, split
from gridsvc.api.schemas.assessments import PERIOD, FreezeIn, InputsIn, SheetIn
from gridsvc.api.schemas.common import PROBLEMS, documented
from gridsvc.casework.counting import By, Only
from gridsvc.casework.period import parse_period
from gridsvc.codes import matches
from gridsvc.services.assess import make_sheet, room_for
from gridsvc.services.assessment_inputs import list_inputs, record_inputs
from gridsvc.services.indicators import indicators_of
from gridsvc.services.sheets import check_sheet, freeze_sheet, get_sheet, list_sheets, shown_sheet
from gridsvc.web.pages.sheet import PAGE_CSP, sheet_page
from gridsvc.web.workbook import workbook_of

router = APIRouter(tags=["assessment"], responses=PROBLEMS)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SheetId = Annotated[int, Path(ge=1, le=2**63 - 1)]
PeriodQuery = Annotated[str, Query(max_length=24, description=PERIOD)]
BY = "all, layer:CODE, unit (with the units above), or post:collector, receptionist, shift_leader, dispatcher, …"


@router.get("/v1/assessments/indicators")
def indicators(
    parts: PartsDep,
    caller: CallerDep,
    period: PeriodQuery,
    by: Annotated[str, Query(max_length=80, description=BY)] = "all",
    category: Annotated[str | None, Query(max_length=400, description="codes, or beginnings of codes with *")] = None,
    source: Annotated[str | None, Query(max_length=200)] = None,
    kind: Literal["component", "event"] | None = None,
) -> dict[str, Any]:
    """Count every indicator and what happened in a period; where nothing was due there is no rate."""
    when = parse_period(period, parts.current.get(now=caller.at).zone)
    room = room_for(parts.current, when, caller.at)
    only = Only(split(category), split(source), kind or "")
    for pattern in only.categories:
        matches(pattern, "00000")
    return indicators_of(parts.engine, room, when, By.parse(by), caller.at, only)


@router.get("/v1/assessments/inputs")
def inputs(
    parts: PartsDep,
    caller: CallerDep,
    period: Annotated[str | None, Query(max_length=24, description=PERIOD)] = None,
    code: Annotated[str | None, Query(max_length=64)] = None,
) -> dict[str, Any]:
    """List the scores from outside that count: the last word of each giver, with who entered it when."""
    room = parts.current.get(now=caller.at)
    return {"items": list_inputs(parts.engine, caller.district, room.zone, period, code)}


@router.post("/v1/assessments/inputs", status_code=201)
def enter(body: InputsIn, parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """Enter scores from outside, all or none. A later word of the same giver counts in the place of his former one."""
    room = parts.current.get(now=caller.at)
    given = [one.as_input() for one in body.inputs]
    return {"added": record_inputs(parts.engine, room, given, caller.actor.name, caller.at)}


@router.get("/v1/assessments")
def sheets(
    parts: PartsDep,
    caller: CallerDep,
    scheme: Annotated[str | None, Query(max_length=64)] = None,
    period: Annotated[str | None, Query(max_length=24, description=PERIOD)] = None,
    state: Literal["draft", "frozen"] | None = None,
    limit: LimitDep = 100,
) -> dict[str, Any]:
    """List sheets, the latest period first; a frozen one may be followed by one that `revises` it."""
    zone = parts.current.get(now=caller.at).zone
    frozen = None if state is None else state == "frozen"
    return {"items": list_sheets(parts.engine, caller.district, zone, scheme, period, frozen, limit)}


@router.post("/v1/assessments", status_code=201)
def make(body: SheetIn, parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """Make the sheet of a scheme for a period as a draft, in the place of a former draft.

    Its ground is what the histories say that happened, under whoever was responsible on the day.
    """
    period = parse_period(body.period, parts.current.get(now=caller.at).zone)
    room = room_for(parts.current, period, caller.at)
    made = make_sheet(parts.engine, room, body.scheme, period, caller.actor.name, caller.at, body.known)
    return shown_sheet(made, room.zone)


@router.get("/v1/assessments/{sheet}")
def one_sheet(sheet: SheetId, parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """Read a sheet: lines by rank, marks of each part, deductions with their cases, what follows, and its ground."""
    zone = parts.current.get(now=caller.at).zone
    return shown_sheet(get_sheet(parts.engine, caller.district, sheet), zone)


FROZEN = documented("it is frozen already, lacks a score, or was made before its period was over")


@router.post("/v1/assessments/{sheet}/freeze", responses={409: FROZEN})
def freeze(sheet: SheetId, body: FreezeIn, parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """Let a draft never change again; where one is frozen for its period already, a reason says why this follows."""
    zone = parts.current.get(now=caller.at).zone
    done = freeze_sheet(parts.engine, caller.district, sheet, caller.actor.name, caller.at, body.reason)
    return shown_sheet(done, zone)


@router.get("/v1/assessments/{sheet}/check")
def check(sheet: SheetId, parts: PartsDep, caller: CallerDep, known: Literal["then", "now"] = "then") -> dict[str, Any]:
    """Make a sheet again out of what was known then, or is now; say whether it is the same, what differs and why."""
    as_now = known == "now"
    return check_sheet(parts.engine, parts.current, caller.district, sheet, caller.at, as_now)


@router.get(
    "/v1/assessments/{sheet}/workbook",
    response_class=Response,
    responses={200: {"content": {XLSX: {}}, "description": "an Excel workbook"}},
)
def workbook(sheet: SheetId, parts: PartsDep, caller: CallerDep, lang: Literal["zh", "en"] | None = None) -> Response:
    """Give a sheet as an Excel workbook: ranks, parts, deductions with the numbers of their cases, flags."""
    zone = parts.current.get(now=caller.at).zone
    found = get_sheet(parts.engine, caller.district, sheet)
    book = workbook_of(shown_sheet(found, zone), lang or parts.settings.lang)
    headers = {"Content-Disposition": f'attachment; filename="assessment-{sheet}.xlsx"'}
    return Response(book, media_type=XLSX, headers=headers)


@router.get("/sheets/{sheet}", include_in_schema=False)
def page(sheet: SheetId, parts: PartsDep, caller: CallerDep, lang: Literal["zh", "en"] | None = None) -> HTMLResponse:
    """Show a sheet as a page to print."""
    zone = parts.current.get(now=caller.at).zone
    found = get_sheet(parts.engine, caller.district, sheet)
    text = sheet_page(shown_sheet(found, zone), lang or parts.settings.lang)
    return HTMLResponse(text, headers={"Content-Security-Policy": PAGE_CSP})
