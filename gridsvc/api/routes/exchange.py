"""Exchange with a city's platform, which calls by a key of its own: cases it sends, and its receipts for others."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from gridsvc.api.deps import CallerDep, IdempotencyKeyDep, PartsDep
from gridsvc.api.routes.cases import taken_in
from gridsvc.api.schemas.common import PROBLEMS, documented
from gridsvc.api.schemas.exchange import ReceiptIn, TransferIn
from gridsvc.services.exchange import Said, find_by_number, receive_receipt
from gridsvc.services.intake import report_case
from gridsvc.services.once import hash_body

router = APIRouter(tags=["exchange"], responses=PROBLEMS)


@router.post(
    "/v1/exchange/cases", status_code=201, responses={409: documented("this number was used for another case")}
)
def receive(body: TransferIn, parts: PartsDep, caller: CallerDep) -> Any:
    """Take in a case that a platform sends, once for each `number` of its own: sent again it gets the first answer."""
    at = caller.at
    room = parts.current.get(at=at, now=at)
    key, key_hash = f"exchange {body.number}", hash_body(body.model_dump(mode="json"))
    new = taken_in(body, room, body.number)
    return report_case(parts.engine, room, new, caller.actor.name, key, key_hash, at, caller.where(room))


@router.get("/v1/exchange/cases")
def find(
    parts: PartsDep,
    caller: CallerDep,
    number: Annotated[str, Query(min_length=1, max_length=100, description="a platform's number")],
) -> dict[str, Any]:
    """Find the cases that a platform has under a number of its own."""
    room = parts.current.get()
    reach = caller.reach("case:read", room)
    return {"items": find_by_number(parts.engine, room, number, reach, caller.where(room), caller.at)}


@router.post("/v1/exchange/cases/{case}/receipts", responses={409: documented("the case was not handed up")})
def receipt(
    case: str, body: ReceiptIn, parts: PartsDep, caller: CallerDep, idempotency_key: IdempotencyKeyDep
) -> Any:  # fmt: skip
    """Say what became of a case that was handed up; it stands in the case's history from then on."""
    room = parts.current.get()
    said = Said(body.said, body.number, body.reason)
    return receive_receipt(
        parts.engine, room, case, said, caller.reach("case:exchange", room), caller.actor.name, idempotency_key,
        body.model_dump(mode="json"), caller.at,
    )  # fmt: skip
