"""Heat: where, at which hour and on which days the cases are, as numbers with fixed classes."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse, Response

from gridsvc.api.deps import CallerDep, PartsDep, room_of, split
from gridsvc.api.routes.cases import FilterDep
from gridsvc.api.schemas.common import PROBLEMS, Instant
from gridsvc.errors import BadInput, FieldError
from gridsvc.services.heat import Asked, heat
from gridsvc.services.heat_times import Step, by_hour, by_step
from gridsvc.spatial.heat_scheme import Rate
from gridsvc.store.case_lists import CaseFilter
from gridsvc.web.pages.heat_png import heat_picture

router = APIRouter(tags=["analysis"], responses=PROBLEMS)
# What is looked at where no period is named.
DAYS = {"day": 30, "week": 182, "month": 365}
BY = "a polygon layer (unit_grid, grid, street, …), hex or kde"
RATE = "cases in 30 days per km², per 1 000 components, per 1 000 residents, or plain"
HOURS = "hours of the city's own time, 0 to 23, separated by commas"
WEEKDAYS = "1 (Monday) to 7, separated by commas"


def _asked(
    by: Annotated[str, Query(description=BY)] = "grid",
    rate: Annotated[Rate, Query(description=RATE)] = "km2",
    scheme: Annotated[str | None, Query(max_length=64, description="name of a scheme of classes")] = None,
    hour: Annotated[str | None, Query(description=HOURS)] = None,
    weekday: Annotated[str | None, Query(description=WEEKDAYS)] = None,
    vs_from: Annotated[Instant | None, Query(description="begin of a period to compare with")] = None,
    vs_to: Annotated[Instant | None, Query(description="its end, exclusive")] = None,
) -> Asked:
    before = None
    if vs_from is not None or vs_to is not None:
        if vs_from is None or vs_to is None or vs_to <= vs_from:
            mend = ("vs_from 与 vs_to 都要给出，且 vs_to 较晚", "give vs_from and vs_to, which is later")
            raise BadInput("对比时段无效", "the period to compare with is not usable",
                           [FieldError("vs_to", None if vs_to is None else vs_to.isoformat(), *mend)])  # fmt: skip
        before = vs_from, vs_to
    return Asked(by, rate, scheme, _numbers("hour", hour, 0, 23), _numbers("weekday", weekday, 1, 7), before)


AskedDep = Annotated[Asked, Depends(_asked)]
EditionQuery = Annotated[str | None, Query(description="count by the areas of this edition; by default of today's")]


@router.get("/v1/heat")
def cells(
    parts: PartsDep, caller: CallerDep, wanted: FilterDep, asked: AskedDep, edition: EditionQuery = None
) -> JSONResponse:
    """Count cases by place, as rates in the classes of a named scheme; filters as of `GET /v1/cases`.

    Only what the caller may see is counted: `whole` says whether that is the district. Without `from` and `to` it is
    the last 30 days. Cells without a case are left out; `value` is null where the denominator is unknown, which is not
    zero; `few`: fewer than 10 cases. `set_aside` counts the cases that are in no cell: outside, piled up where a
    geocoder put what it could not place, or known less exactly than the cells are wide. With `vs_from` and `vs_to`
    each cell has the `ratio` of the two periods with its 95 % interval; it is null where only this period has cases.
    """
    room = room_of(parts, caller, edition)
    return JSONResponse(heat(parts.engine, room, in_period(wanted, caller.at, DAYS["day"]), asked))


@router.get(
    "/v1/heat.png",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}, "description": "the picture, 1600 by 1000 pixels"}},
)
def picture(
    parts: PartsDep,
    caller: CallerDep,
    wanted: FilterDep,
    asked: AskedDep,
    edition: EditionQuery = None,
    lang: Literal["zh", "en"] | None = None,
) -> Response:
    """Draw heat for a report, with title, unit, period, classes and what is set aside; asked for as `GET /v1/heat`.

    Chinese needs a Chinese font on the server (503 where there is none); with `lang=en` no font is needed.
    """
    parts.doorkeeper.pace_drawings(caller)
    room = room_of(parts, caller, edition)
    told = heat(parts.engine, room, in_period(wanted, caller.at, DAYS["day"]), asked)
    made = heat_picture(told, room.snapshot.edition, lang or parts.settings.lang, caller.at.astimezone(room.zone))
    return Response(made, media_type="image/png")


@router.get("/v1/heat/hours")
def hours(parts: PartsDep, caller: CallerDep, wanted: FilterDep) -> dict[str, Any]:
    """Count cases by weekday, Monday first, and hour of the city's own time; filters as of `GET /v1/cases`."""
    return by_hour(parts.engine, parts.current.get(), in_period(wanted, caller.at, DAYS["day"]), caller.at)


@router.get("/v1/heat/series")
def series(parts: PartsDep, caller: CallerDep, wanted: FilterDep, step: Step = "day") -> dict[str, Any]:
    """Count cases by days, weeks or months of the city's own calendar; filters as of `GET /v1/cases`."""
    return by_step(parts.engine, parts.current.get(), in_period(wanted, caller.at, DAYS[step]), step, caller.at)


def in_period(wanted: CaseFilter, now: datetime, days: int) -> CaseFilter:
    """Let a filter end now, and begin so many days before, where it does not say when."""
    end = wanted.end or now
    return replace(wanted, start=wanted.start or end - timedelta(days=days), end=end)


def _numbers(field: str, text: str | None, first: int, last: int) -> tuple[int, ...]:
    known = {str(n): n for n in range(first, last + 1)}
    for value in split(text):
        if value not in known:
            mend = (f"{first} 至 {last} 的整数，逗号隔开", f"whole numbers from {first} to {last}, by commas")
            raise BadInput("没有这个取值", "there is no such value", [FieldError(field, value, *mend)])
    return tuple(known[value] for value in split(text))
