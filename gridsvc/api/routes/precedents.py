"""The register of what the desk made a precedent."""

from typing import Any

from fastapi import APIRouter

from gridsvc.api.deps import CallerDep, PartsDep
from gridsvc.api.schemas.common import PROBLEMS
from gridsvc.services.precedents import register

router = APIRouter(tags=["cases"], responses=PROBLEMS)


@router.get("/v1/precedents")
def precedents(parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """List the precedents of the rules that hold, by rank: matter, ground, unit, source, by whom, and while they hold.

    `state` is `in_force`, `ahead` or `expired`.
    """
    room = parts.current.get()
    return {"ruleset": room.snapshot.ruleset.code, "items": register(parts.engine, room.snapshot, caller.at)}
