"""OGC API Features: the features of a collection, a page at a time, and one by its id."""

from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse, Response

from gridsvc.api.deps import CallerDep, PartsDep, room_of, set_of, to_cursor
from gridsvc.api.ogc.asked import (
    GEOJSON,
    PAGE,
    REFUSED,
    Asked,
    AskedDep,
    CollectionPath,
    CrsQuery,
    only,
    references,
    wanted,
)
from gridsvc.api.routes.areas import edition_of_page
from gridsvc.api.routes.cases import page_after
from gridsvc.errors import BadInput, FieldError
from gridsvc.services import features
from gridsvc.services.features import Page, Source, cases_source, source_of
from gridsvc.spatial.axes import need
from gridsvc.store.features import Key, Wanted

router = APIRouter(tags=["ogc"], responses=REFUSED)
_ANSWERS: dict[int | str, dict[str, Any]] = {200: {"content": {GEOJSON: {"schema": {"type": "object"}}}}}
FeaturePath = Annotated[str, Path(max_length=64, description="id of the feature: its code, or of a case its id")]


@router.get("/ogc/collections/cases/items", response_class=Response, responses=_ANSWERS, dependencies=[only(*PAGE)])
def cases(request: Request, parts: PartsDep, caller: CallerDep, asked: AskedDep) -> Response:
    """Give the cases that the caller may see, newest first; nothing of who reported them."""
    room = parts.current.get()
    names = references(room)
    crs = need(asked.crs, names, "crs")
    source = cases_source(caller.reach("case:read", room))
    found = features.page(parts.engine, source, wanted(asked, names, page_after(asked.cursor)), crs, room.zone)
    last = None if found.last is None else to_cursor(found.last[0].isoformat(), found.last[1])
    return _page(request, found, last, crs, caller.at)


@router.get(
    "/ogc/collections/{collection}/items", response_class=Response, responses=_ANSWERS, dependencies=[only(*PAGE)]
)
def items(
    collection: CollectionPath, request: Request, parts: PartsDep, caller: CallerDep, asked: AskedDep
) -> Response:
    """Give the areas of a layer, or the components, by code. They are as they hold now: ``datetime`` leaves none out.

    All pages that follow each other are of one edition, whatever is published between them.
    """
    edition, after = _after(asked)
    room = room_of(parts, caller, edition)
    names = references(room)
    crs = need(asked.crs, names, "crs")
    held = set_of(parts, caller, edition)
    source = source_of(parts.engine, room.snapshot.edition, held, collection)
    key = _key(source, after)
    found = features.page(parts.engine, source, wanted(asked, names, key), crs, room.zone)
    last = None if found.last is None else to_cursor(held.code, "\n".join(map(str, found.last)))
    return _page(request, found, last, crs, caller.at)


@router.get(
    "/ogc/collections/cases/items/{feature}", response_class=Response, responses=_ANSWERS, dependencies=[only("crs")]
)
def one_case(
    feature: FeaturePath, request: Request, parts: PartsDep, caller: CallerDep, crs: CrsQuery = None
) -> Response:
    """Give a case that the caller may see by its id."""
    room = parts.current.get()
    try:
        id_: str | UUID = UUID(feature)
    except ValueError:
        # No case has it.
        id_ = UUID(int=0)
    source = cases_source(caller.reach("case:read", room))
    name = need(crs, references(room), "crs")
    found = features.feature(parts.engine, source, Wanted(1, id=id_), name, room.zone)
    return _one(request, found, "cases", name)


@router.get(
    "/ogc/collections/{collection}/items/{feature}", response_class=Response, responses=_ANSWERS,
    dependencies=[only("crs")],
)  # fmt: skip
def item(
    collection: CollectionPath,
    feature: FeaturePath,
    request: Request,
    parts: PartsDep,
    caller: CallerDep,
    crs: CrsQuery = None,
) -> Response:
    """Give an area or a component by its code."""
    room = room_of(parts, caller)
    source = source_of(parts.engine, room.snapshot.edition, set_of(parts, caller, None), collection)
    name = need(crs, references(room), "crs")
    found = features.feature(parts.engine, source, Wanted(1, id=feature), name, room.zone)
    return _one(request, found, collection, name)


def _after(asked: Asked) -> tuple[str | None, str | None]:
    return edition_of_page(None, asked.cursor)


def _key(source: Source, after: str | None) -> Key | None:
    """The key after which a page begins; its parts after the first are numbers of rows."""
    if after is None:
        return None
    code, *numbers = after.rsplit("\n", len(source.parts[0].key) - 1)
    if len(numbers) != len(source.parts[0].key) - 1 or not all(n.isdigit() and len(n) < 19 for n in numbers):
        mend = ("原样使用上一页的 next", "use the next of the page before as it is")
        raise BadInput("游标无效", "the cursor is not usable", [FieldError("cursor", after, *mend)])
    return (code, *map(int, numbers))


def _page(request: Request, found: Page, cursor: str | None, crs: str, now: datetime) -> Response:
    links = [{"rel": "self", "type": GEOJSON, "href": str(request.url)}]
    if cursor is not None:
        query = urlencode(dict(request.query_params) | {"cursor": cursor})
        links.append({"rel": "next", "type": GEOJSON, "href": str(request.url.replace(query=query))})
    told: dict[str, Any] = {
        "type": "FeatureCollection",
        "timeStamp": f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "numberReturned": len(found.features),
        "links": links,
        "features": found.features,
    }
    if found.matched is not None:
        told["numberMatched"] = found.matched
    return JSONResponse(told, headers={"Content-Crs": f"<{crs}>"}, media_type=GEOJSON)


def _one(request: Request, found: dict[str, Any], collection: str, crs: str) -> Response:
    links = [
        {"rel": "self", "type": GEOJSON, "href": str(request.url)},
        {"rel": "collection", "type": "application/json", "href": f"{request.base_url}ogc/collections/{collection}"},
    ]
    return JSONResponse(found | {"links": links}, headers={"Content-Crs": f"<{crs}>"}, media_type=GEOJSON)
