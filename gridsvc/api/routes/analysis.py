"""Analysis: cases counted by what they have in common, and streets along which they lie close together."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Query

from gridsvc.api.deps import CallerDep, LimitDep, PartsDep
from gridsvc.api.routes.cases import FilterDep
from gridsvc.api.schemas.common import PROBLEMS
from gridsvc.services.analysis import analyse, dense_streets
from gridsvc.spatial.stretches import LONGEST_M
from gridsvc.store.analysis import DIMENSIONS, Grouping, Period

router = APIRouter(tags=["analysis"], responses=PROBLEMS)
BY = f"by what, given once or twice: {', '.join(DIMENSIONS)}, or area: and a layer, as in area:street"


@router.get("/v1/analysis")
def analysis(
    parts: PartsDep,
    caller: CallerDep,
    wanted: FilterDep,
    by: Annotated[list[str] | None, Query(description=BY)] = None,
    period: Annotated[Period | None, Query(description="and by the time of the report, in the city's own days")] = None,
    median: Annotated[bool, Query(description="with the median time to close, which takes longer")] = False,
    limit: LimitDep = 1000,
) -> dict[str, Any]:
    """Count the cases that the caller may see by at most two dimensions and a period; filters as of `GET /v1/cases`.

    The fullest rows come, at most `limit`; `rows` and `cases` count all. `disposed` counts the cases that were
    finished, `closed` those that were closed; `…_in_time` and `…_late` those of them whose stage has a limit.
    `frequency`: how often the same object (the component, else the unit grid) had the same category among these cases.
    Harm and effect have no field of their own: for harm see `grade`, the grade of handling given at closing; for
    effect `rework`, `satisfied` and what was late.
    """
    asked = Grouping(tuple(by or ()), period, median)
    return analyse(parts.engine, parts.current.get(), replace(wanted, limit=limit), asked, caller.at)


@router.get("/v1/analysis/streets")
def streets(
    parts: PartsDep,
    wanted: FilterDep,
    metres: Annotated[float, Query(gt=0, le=LONGEST_M, description="length of the piece in metres")] = 300.0,
    least: Annotated[int, Query(ge=2, description="cases along it, at least")] = 20,
    limit: LimitDep = 100,
) -> dict[str, Any]:
    """Name the stretches of lanes with at least so many cases along some piece of so many metres, the densest first.

    A case counts for the nearest lane within 25 m. `most` is what the fullest piece has, `n` the whole stretch of
    pieces that share cases; `course` is GeoJSON in WGS 84.
    """
    return dense_streets(parts.engine, parts.current.get(), replace(wanted, limit=limit), metres, least)
