"""OGC API Features: which collections there are, and what filters may ask of each."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from gridsvc.api.deps import CallerDep, PartsDep, room_of, set_of
from gridsvc.api.ogc.asked import GEOJSON, REFUSED, SCHEMA, CollectionPath, only, references
from gridsvc.services.features import (
    Collection,
    Source,
    cases_collection,
    cases_source,
    collection_of,
    collections_of,
    extent,
    source_of,
)
from gridsvc.spatial.axes import CRS84

router = APIRouter(tags=["ogc"], responses=REFUSED)
_REL = "http://www.opengis.net/def/rel/ogc/1.0/"
_SCHEMAS: dict[str, dict[str, str]] = {
    "string": {"type": "string"}, "number": {"type": "number"}, "boolean": {"type": "boolean"},
    "instant": {"type": "string", "format": "date-time"}, "geometry": {"format": "geometry-any"},
}  # fmt: skip
_QUERYABLES: dict[int | str, dict[str, Any]] = {200: {"content": {SCHEMA: {"schema": {"type": "object"}}}}}


@router.get("/ogc/collections", dependencies=[only()])
def collections(request: Request, parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """List the layers of the edition that holds now, the components, and the cases where the caller may read some."""
    room = room_of(parts, caller)
    names = references(room)
    found = collections_of(room.snapshot.edition, caller.may("case:read"))
    here = f"{request.base_url}ogc/collections"
    links = [{"rel": "self", "type": "application/json", "href": here}]
    return {"links": links, "crs": names, "collections": [_told(request, one, names) for one in found]}


@router.get("/ogc/collections/cases", dependencies=[only()])
def cases(request: Request, parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """Tell of the cases that the caller may see."""
    room = room_of(parts, caller)
    return _told(request, cases_collection(room.snapshot.edition), references(room))


@router.get("/ogc/collections/{collection}", dependencies=[only()])
def one_collection(collection: CollectionPath, request: Request, parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """Tell of the areas of a layer, or of the components."""
    room = room_of(parts, caller)
    return _told(request, collection_of(room.snapshot.edition, collection), references(room))


@router.get("/ogc/collections/cases/queryables", response_class=Response, responses=_QUERYABLES, dependencies=[only()])
def queryables_of_cases(request: Request, parts: PartsDep, caller: CallerDep) -> Response:
    """List what filters may ask of cases (JSON Schema)."""
    return _schema(request, "cases", cases_source(caller.reach("case:read", parts.current.get())))


@router.get(
    "/ogc/collections/{collection}/queryables", response_class=Response, responses=_QUERYABLES, dependencies=[only()]
)
def queryables(collection: CollectionPath, request: Request, parts: PartsDep, caller: CallerDep) -> Response:
    """List what filters may ask of a layer or of components (JSON Schema); some layers have properties of their own."""
    edition = room_of(parts, caller).snapshot.edition
    return _schema(request, collection, source_of(parts.engine, edition, set_of(parts, caller, None), collection))


def _schema(request: Request, collection: str, source: Source) -> Response:
    told = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{request.base_url}ogc/collections/{collection}/queryables",
        "type": "object",
        "title": collection,
        "properties": {name: {"title": name} | _SCHEMAS[kind] for name, kind in source.queryables().items()},
        "additionalProperties": False,
    }
    return JSONResponse(told, media_type=SCHEMA)


def _told(request: Request, one: Collection, names: list[str]) -> dict[str, Any]:
    here = f"{request.base_url}ogc/collections/{one.id}"
    return {
        "id": one.id,
        "title": " ".join(dict.fromkeys(one.titles)),
        "itemType": "feature",
        "extent": extent(one.box),
        "crs": names,
        "storageCrs": CRS84,
        "links": [
            {"rel": "self", "type": "application/json", "href": here},
            {"rel": "items", "type": GEOJSON, "href": f"{here}/items"},
            {"rel": f"{_REL}queryables", "type": SCHEMA, "href": f"{here}/queryables"},
            {"rel": f"{_REL}tilesets-vector", "type": "application/json", "href": f"{here}/tiles"},
        ],
    }
