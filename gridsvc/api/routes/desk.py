"""The desk: settle whose a case is that no rule settles."""

from typing import Any

from fastapi import APIRouter

from gridsvc.api.deps import CallerDep, IdempotencyKeyDep, PartsDep
from gridsvc.api.schemas.common import PROBLEMS, documented
from gridsvc.api.schemas.desk import DecideIn
from gridsvc.services.desk import Settlement, decide_case

router = APIRouter(tags=["cases"], responses=PROBLEMS)
REFUSED = documented("not legal now (`legal` names what is), a stale version, or this key with another body")


@router.post("/v1/cases/{case}/actions/decide", responses={409: REFUSED})
def decide(case: str, body: DecideIn, parts: PartsDep, caller: CallerDep, idempotency_key: IdempotencyKeyDep) -> Any:
    """Settle at the desk whose a case is: one for which no rule names anybody, or by a rule that is disputed.

    Gives the case. Its accountable unit is then so `via` `desk`; that stands in stored cases only, no route says it.
    The same key and body again give the first answer.
    """
    room = parts.current.get()
    said = Settlement(body.version, body.unit, body.reason, tuple(body.assisting))
    return decide_case(
        parts.engine, room, case, said, caller.reach("case:decide", room), caller.actor.name, idempotency_key,
        body.model_dump(mode="json"), caller.at, caller.sees_reporters(room),
    )  # fmt: skip
