"""The desk: settle whose a case is that no rule settles, and the register of what was made a precedent."""

from typing import Any

from fastapi import APIRouter

from gridsvc.api.deps import CallerDep, IdempotencyKeyDep, PartsDep
from gridsvc.api.schemas.common import PROBLEMS, documented
from gridsvc.api.schemas.desk import DecideIn
from gridsvc.rights import forbidden
from gridsvc.services.desk import Settlement, decide_case
from gridsvc.services.precedents import register

router = APIRouter(tags=["cases"], responses=PROBLEMS)
REFUSED = documented("not legal now (`legal` names what is), a stale version, or this key with another body")


@router.post("/v1/cases/{case}/actions/decide", responses={409: REFUSED})
def decide(case: str, body: DecideIn, parts: PartsDep, caller: CallerDep, idempotency_key: IdempotencyKeyDep) -> Any:
    """Settle at the desk whose a case is: one for which no rule names anybody, or by a rule that is disputed.

    Gives the case. Its accountable unit is then so `via` `desk`, which stands in stored cases only: no route says it.
    With a `precedent` it is `via` `precedent`, and so are the cases like it from now on; that needs the permission
    `precedent:write` over the whole district. The same key and body again give the first answer.
    """
    room = parts.current.get()
    if body.precedent is not None and not caller.reach("precedent:write", room).is_whole:
        raise forbidden("precedent:write", caller.district)
    precedent = None if body.precedent is None else body.precedent.wanted()
    said = Settlement(body.version, body.unit, body.reason, tuple(body.assisting), precedent)
    return decide_case(
        parts.engine, room, case, said, caller.reach("case:decide", room), caller.actor.name, idempotency_key,
        body.model_dump(mode="json"), caller.at, caller.sees_reporters(room),
    )  # fmt: skip


@router.get("/v1/precedents")
def precedents(parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """List the precedents of the rules that hold, by rank: matter, ground, unit, source, by whom, and while they hold.

    `state` is `in_force`, `ahead` or `expired`.
    """
    room = parts.current.get()
    return {"ruleset": room.snapshot.ruleset.code, "items": register(parts.engine, room.snapshot, caller.at)}
