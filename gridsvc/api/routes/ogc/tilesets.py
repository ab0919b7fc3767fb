"""The vector tiles of ``/tiles`` in the words of OGC API Tiles: which sets there are, and where their tiles are."""

from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Path, Request

from gridsvc.api.deps import CallerDep, PartsDep, set_of
from gridsvc.api.ogc.asked import REFUSED, CollectionPath, only
from gridsvc.api.routes.tiles import MEDIA_TYPE
from gridsvc.services.features import CASES
from gridsvc.services.tiles import About, about_cases
from gridsvc.spatial.axes import CRS84

router = APIRouter(tags=["ogc"], responses=REFUSED)
SET = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
_COMMON = {"dataType": "vector", "tileMatrixSetURI": SET, "crs": "http://www.opengis.net/def/crs/EPSG/0/3857"}
MatrixPath = Annotated[Literal["WebMercatorQuad"], Path(description="the one tile matrix set there is")]


@router.get("/ogc/collections/cases/tiles", dependencies=[only()])
def tilesets_of_cases(request: Request, caller: CallerDep) -> dict[str, Any]:
    """List the sets of tiles of cases."""
    return _listed(request, CASES)


@router.get("/ogc/collections/{collection}/tiles", dependencies=[only()])
def tilesets(collection: CollectionPath, request: Request, parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """List the sets of tiles of a layer, or of components."""
    parts.tiles.about(set_of(parts, caller, None), collection)
    return _listed(request, collection)


@router.get("/ogc/collections/cases/tiles/{matrix_set}", dependencies=[only()])
def tileset_of_cases(matrix_set: MatrixPath, request: Request, caller: CallerDep) -> dict[str, Any]:
    """Tell where the tiles of cases are, and what is in them."""
    return _told(request, CASES, about_cases())


@router.get("/ogc/collections/{collection}/tiles/{matrix_set}", dependencies=[only()])
def tileset(
    collection: CollectionPath, matrix_set: MatrixPath, request: Request, parts: PartsDep, caller: CallerDep
) -> dict[str, Any]:
    """Tell where the tiles of a layer or of components are, and what is in them."""
    held = set_of(parts, caller, None)
    return _told(request, collection, parts.tiles.about(held, collection), f"?edition={quote(held.code, safe='')}")


def _listed(request: Request, collection: str) -> dict[str, Any]:
    here = f"{request.base_url}ogc/collections/{collection}/tiles"
    link = {"rel": "self", "type": "application/json", "href": f"{here}/WebMercatorQuad"}
    links = [{"rel": "self", "type": "application/json", "href": here}]
    return {"links": links, "tilesets": [{"title": collection, **_COMMON, "links": [link]}]}


def _told(request: Request, collection: str, about: About, query: str = "") -> dict[str, Any]:
    base = request.base_url
    tiles = f"{base}tiles/{quote(collection, safe='')}"
    told: dict[str, Any] = {
        "title": collection,
        **_COMMON,
        "layers": [
            {
                "id": name, "dataType": "vector",
                "propertiesSchema": {"type": "object", "properties": {f: {"type": of} for f, of in fields.items()}},
            }
            for name, fields in about.layers.items()
        ],
        "links": [
            {"rel": "self", "type": "application/json",
             "href": f"{base}ogc/collections/{collection}/tiles/WebMercatorQuad"},
            {"rel": "item", "type": MEDIA_TYPE, "templated": True,
             "href": f"{tiles}/{{tileMatrix}}/{{tileCol}}/{{tileRow}}{query}"},
            {"rel": "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme", "type": "application/json", "href": SET},
            {"rel": "describedby", "type": "application/json", "title": "TileJSON", "href": f"{tiles}.json{query}"},
        ],
    }  # fmt: skip
    if about.box is not None:
        west, south, east, north = about.box
        told["boundingBox"] = {"lowerLeft": [west, south], "upperRight": [east, north], "crs": CRS84}
    return told
