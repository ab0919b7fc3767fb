"""One box that finds whatever is typed into it."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from gridsvc.api.deps import CallerDep, PartsDep
from gridsvc.api.schemas.common import PROBLEMS
from gridsvc.services.search import MOST
from gridsvc.store.engine import transaction
from gridsvc.values import Lang

router = APIRouter(tags=["map"], responses=PROBLEMS)
WORDS = "a part of a name, a code, a case's number, an address, a lamp post, or first letters of pinyin: xmjd"


@router.get("/v1/search")
def search(
    parts: PartsDep,
    caller: CallerDep,
    q: Annotated[str, Query(max_length=200, description=WORDS)],
    limit: Annotated[int, Query(ge=1, le=MOST, description="of each kind at most")] = 6,
    lang: Annotated[Lang, Query(description="of titles and subtitles")] = "zh",
) -> dict[str, Any]:
    """Find cases within reach, areas, lanes, places, components and people of the city that holds, best first.

    Among cases the newest are looked through by number and address, and all by the whole number. Empty words find
    nothing.
    """
    room = parts.current.get(now=caller.at)
    reads = caller.where(room)("case:read")
    with transaction(parts.engine) as connection:
        return {"groups": parts.search.find(connection, room, q, limit, reads, lang)}
