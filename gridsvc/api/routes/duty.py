"""Who is on duty at a point or for a unit, who holds which post, and the hand-over of a post."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from gridsvc.api.deps import CallerDep, CursorDep, LimitDep, PartsDep, from_cursor, room_of, to_cursor
from gridsvc.api.schemas.common import PROBLEMS, Instant, documented
from gridsvc.api.schemas.posts import HandOverIn
from gridsvc.errors import BadInput, FieldError
from gridsvc.on_duty import on_duty_at, on_duty_for, posts_in_force
from gridsvc.services.posts import hand_over

router = APIRouter(tags=["duty"], responses=PROBLEMS)
At = Annotated[Instant | None, Query(description="the instant asked about, else now")]


@router.get("/v1/duty")
def duty(
    parts: PartsDep,
    caller: CallerDep,
    x: Annotated[float | None, Query(description="longitude in degrees, or easting in metres")] = None,
    y: Annotated[float | None, Query(description="latitude in degrees, or northing in metres")] = None,
    crs: Annotated[str | None, Query(max_length=64, description="reference of x and y; there is no default")] = None,
    unit: Annotated[str | None, Query(max_length=200, description="code of a unit, in the place of a point")] = None,
    at: At = None,
) -> dict[str, Any]:
    """Tell who is on duty at a point, and who is sent there first, second and third; or for a unit."""
    given = {"x": x, "y": y, "crs": crs}
    if unit is not None and any(value is not None for value in given.values()):
        mend = ("二者只写其一", "give only one of the two")
        raise BadInput("既有坐标又有单位", "both a point and a unit", [FieldError("unit", unit, *mend)])
    room = room_of(parts, caller, at=at, now=caller.at)
    if unit is not None:
        return on_duty_for(room, unit, at or caller.at).as_dict()
    if x is None or y is None or crs is None:
        mend = ("写明 x、y、crs，或只写 unit", "give x, y and crs, or unit alone")
        missing = [FieldError(name, None, *mend) for name, value in given.items() if value is None]
        raise BadInput("缺少坐标或坐标系", "a coordinate or its reference is missing", missing)
    return on_duty_at(room, x, y, crs, at or caller.at).as_dict()


@router.get("/v1/posts")
def posts(
    parts: PartsDep,
    caller: CallerDep,
    at: At = None,
    role: str | None = None,
    area: Annotated[str | None, Query(description="code of an area or a unit")] = None,
    person: Annotated[str | None, Query(description="code of a person")] = None,
    limit: LimitDep = 100,
    cursor: CursorDep = None,
) -> dict[str, Any]:
    """List the posts that hold at an instant, by code, with who holds them."""
    found = posts_in_force(room_of(parts, caller, at=at, now=caller.at), at or caller.at, role, area, person)
    values = from_cursor(cursor, 1)
    rest = found if values is None else [post for post in found if post["post"] > values[0]]
    following = to_cursor(rest[limit - 1]["post"]) if len(rest) > limit else None
    return {"items": rest[:limit], "next": following}


@router.post("/v1/posts/{post}/handover", responses={409: documented("not then, or the rules would be refused")})
def handover(post: str, body: HandOverIn, parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """Let another person follow in a post; the post ends, and a new one of the same seat begins at that instant."""
    room = parts.current.get()
    reach = caller.reach("post:write", room)
    made = hand_over(
        parts.engine, post, body.to, body.at or caller.at, body.reason, by=caller.actor.name, now=caller.at,
        district=reach.district, within=(reach, room.snapshot.edition),
    )  # fmt: skip
    at = made.at.astimezone(room.zone).isoformat()
    return {"ended": made.ended, "begun": made.begun, "at": at, "ruleset": made.ruleset}
