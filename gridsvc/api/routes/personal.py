"""Personal data in full: one at a time and few in an hour, to who may see it and says why. Every look is audited."""

from typing import Any

from fastapi import APIRouter

from gridsvc.api.deps import CallerDep, PartsDep
from gridsvc.api.schemas.common import PROBLEMS
from gridsvc.api.schemas.personal import UnmaskCase, UnmaskPost
from gridsvc.services.personal import unmask_case, unmask_post

router = APIRouter(tags=["personal data"], responses=PROBLEMS)


@router.post("/v1/cases/{case}/unmask")
def of_case(case: str, body: UnmaskCase, parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """Show in full what a case shows masked: who reported it, whom it is against, a chief, or a text."""
    parts.doorkeeper.pace_looks(caller)
    reach = caller.reach("personal:unmask", parts.current.get())
    return unmask_case(parts.engine, reach, case, body.what, body.reason, caller.actor.name, caller.at)


@router.post("/v1/posts/{post}/unmask")
def of_post(post: str, body: UnmaskPost, parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """Show name and number of who holds a post now."""
    parts.doorkeeper.pace_looks(caller)
    room = parts.current.get()
    reach = caller.reach("personal:unmask", room)
    return unmask_post(parts.engine, room.snapshot, reach, post, body.reason, caller.actor.name, caller.at)
