"""Normal and emergency mode of the district."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from gridsvc.api.deps import CallerDep, PartsDep
from gridsvc.api.schemas.common import PROBLEMS, Instant
from gridsvc.api.schemas.modes import ModeIn
from gridsvc.rights import forbidden
from gridsvc.services.modes import mode_at, switch, switches

router = APIRouter(tags=["cases"], responses=PROBLEMS)


@router.get("/v1/mode")
def mode(
    parts: PartsDep,
    caller: CallerDep,
    at: Annotated[Instant | None, Query(description="the instant asked about, else now")] = None,
) -> dict[str, Any]:
    """Tell the mode at an instant: `normal` or `emergency`, and from when until when it was said to hold.

    Who may switch it also gets `switches`: all that were made, the last one first, by whom and why.
    """
    district = parts.current.get().snapshot.edition.district
    told = mode_at(parts.engine, district, at or caller.at)
    return told | ({"switches": switches(parts.engine, district)} if caller.may("mode:write") else {})


@router.post("/v1/mode")
def switch_mode(body: ModeIn, parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """Switch the mode of the whole district, now or for a time to come; reports made in an emergency say so."""
    reach = caller.reach("mode:write", parts.current.get())
    if not reach.is_whole:
        raise forbidden("mode:write", reach.district)
    made = switch(
        parts.engine, reach.district, body.mode, body.reason, caller.actor.name, caller.at, body.start, body.end
    )
    return made.as_dict()
