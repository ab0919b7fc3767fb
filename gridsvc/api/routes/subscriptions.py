"""Where messages about cases are sent: for administrators, each over what his own grants cover."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from gridsvc.api.auth import Caller
from gridsvc.api.deps import CallerDep, CursorDep, LimitDep, Parts, PartsDep, from_cursor, to_cursor
from gridsvc.api.schemas.common import PROBLEMS
from gridsvc.api.schemas.subscriptions import AgainIn, SubscriptionIn
from gridsvc.errors import BadInput, FieldError, Forbidden
from gridsvc.rights import Grant
from gridsvc.services import subscriptions as service

router = APIRouter(tags=["subscriptions"], responses=PROBLEMS)
Number = Annotated[int, Path(ge=1, le=2**62, description="number of the subscription")]


@router.get("/v1/subscriptions")
def subscriptions(parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """List the subscriptions over which the caller administers: how far each is behind, and what failed of it."""
    found = service.list_subscriptions(parts.engine, caller.district)
    return {"items": [shown for one, shown in found if _may(caller, one.grant)]}


@router.post("/v1/subscriptions", status_code=201)
def add(body: SubscriptionIn, parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """Send messages from now on; `secret` in the answer, by which they are signed, is shown here and never again."""
    over = Grant("viewer", parts.current.get().snapshot.edition.district, body.layer, body.area, body.unit)
    if not (_may(caller, over) and caller.actor.may_over("case:read", over, caller.at)):
        raise _beyond()
    wanted = service.Wanted(body.name, body.url, body.kinds, over)
    made, secret = service.add_subscription(parts.engine, parts.sender, wanted, caller.actor.name, caller.at)
    return made | {"secret": secret}


@router.post("/v1/subscriptions/{id}/pause", status_code=204)
def pause(id: Number, parts: PartsDep, caller: CallerDep) -> Response:
    """Send nothing more until it is resumed; what happens meanwhile is sent then."""
    _need(parts, caller, id)
    service.pause(parts.engine, id, caller.district, caller.actor.name, caller.at)
    return Response(status_code=204)


@router.post("/v1/subscriptions/{id}/resume", status_code=204)
def resume(id: Number, parts: PartsDep, caller: CallerDep) -> Response:
    """Go on where it was paused, and try again at once."""
    _need(parts, caller, id)
    service.resume(parts.engine, id, caller.district, caller.actor.name, caller.at)
    return Response(status_code=204)


@router.delete("/v1/subscriptions/{id}", status_code=204)
def end(id: Number, parts: PartsDep, caller: CallerDep) -> Response:
    """Remove a subscription, also what it has not delivered."""
    _need(parts, caller, id)
    service.end_subscription(parts.engine, id, caller.district, caller.actor.name, caller.at)
    return Response(status_code=204)


@router.get("/v1/subscriptions/{id}/dead")
def dead(id: Number, parts: PartsDep, caller: CallerDep, limit: LimitDep = 100, cursor: CursorDep = None) -> Any:
    """List the events that were given up, by their ids, with the error of the last attempt; `count` is of all."""
    _need(parts, caller, id)
    count, found = service.dead_letters(parts.engine, id, caller.district, _after(cursor), limit + 1)
    zone = parts.current.get().zone
    items = [
        {
            "id": one.seq,
            "number": one.number,
            "kind": one.kind,
            "at": one.at.astimezone(zone).isoformat(),
            "tries": one.tries,
            "error": one.error,
            "dead_at": one.dead_at.astimezone(zone).isoformat(),
        }
        for one in found[:limit]
    ]
    return {"count": count, "items": items, "next": to_cursor(found[limit - 1].seq) if len(found) > limit else None}


@router.post("/v1/subscriptions/{id}/dead/resend")
def resend(id: Number, body: AgainIn, parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """Try events again that were given up; gives how many."""
    _need(parts, caller, id)
    again = service.send_again(parts.engine, id, caller.district, body.events, caller.actor.name, caller.at)
    return {"again": again}


def _need(parts: Parts, caller: Caller, id_: int) -> None:
    found = service.need_subscription(parts.engine, id_, caller.district)
    if not _may(caller, found.grant):
        raise _beyond()


def _may(caller: Caller, over: Grant) -> bool:
    return caller.actor.may_over("subscription:write", over, caller.at)


def _beyond() -> Forbidden:
    mend = ("请权限更大的管理员办理", "let an administrator over all of it do this")
    return Forbidden("超出您的管理范围", "this goes beyond what you administer", [FieldError("area", None, *mend)])


def _after(cursor: str | None) -> int:
    values = from_cursor(cursor, 1)
    if values is None:
        return 0
    if not (values[0].isascii() and values[0].isdigit() and len(values[0]) < 19):
        mend = ("原样使用上一页的 next", "use the next of the page before as it is")
        raise BadInput("游标无效", "the cursor is not usable", [FieldError("cursor", cursor, *mend)])
    return int(values[0])
