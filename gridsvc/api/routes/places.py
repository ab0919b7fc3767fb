"""Places by words: lanes and their crossings, components by number, addresses, named places and areas."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from gridsvc.api.deps import CallerDep, PartsDep
from gridsvc.api.schemas.common import PROBLEMS
from gridsvc.errors import BadCoordinate, BadInput, FieldError
from gridsvc.services.places import MOST, find_places
from gridsvc.spatial.place_query import LONGEST
from gridsvc.store.engine import transaction
from gridsvc.values import Point

router = APIRouter(tags=["map"], responses=PROBLEMS)


@router.get("/v1/places")
def places(
    parts: PartsDep,
    caller: CallerDep,
    q: Annotated[str, Query(max_length=4 * LONGEST, description="人民路12号, 人民路与建设路交叉口, 路灯 0123, a name")],
    near: Annotated[str | None, Query(max_length=100, description="lon,lat in WGS 84: of equals the nearest")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST, description="candidates at most")] = 10,
) -> dict[str, Any]:
    """Find places by words in the edition that holds, the likeliest first; ``certain`` only where one is exactly it."""
    room = parts.current.get(now=caller.at)
    with transaction(parts.engine) as connection:
        return find_places(connection, room, q, limit, None if near is None else read_near(near))


def read_near(text: str, field: str = "near") -> Point:
    """Read ``lon,lat`` in degrees of WGS 84."""
    try:
        lon, lat = (float(part) for part in text.split(","))
        return Point(lon, lat)
    except (ValueError, BadCoordinate):
        mend = ("写成 经度,纬度", "write lon,lat")
        raise BadInput("位置无法识别", "the position cannot be read", [FieldError(field, text, *mend)]) from None
