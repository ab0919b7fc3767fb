"""What a reporter may be answered: the templates of the rules, filled in for a case."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from gridsvc.api.deps import CallerDep, PartsDep
from gridsvc.api.schemas.common import PROBLEMS
from gridsvc.services.public_answers import proposals

router = APIRouter(tags=["cases"], responses=PROBLEMS)
Event = Literal["accept", "register", "void", "close"]


@router.get("/v1/answers")
def answers(
    case: Annotated[str, Query(max_length=64, description="number or id")], event: Event, parts: PartsDep,
    caller: CallerDep,
) -> dict[str, Any]:  # fmt: skip
    """Propose answers to who reported a case, for an action: the best first, then those for a cause or a grade.

    The action takes the one that fits best unless its `answer` says something else.
    """
    room = parts.current.get()
    reach = caller.reach("case:read", room)
    return {"items": proposals(parts.engine, room, case, event, reach, caller.at)}
