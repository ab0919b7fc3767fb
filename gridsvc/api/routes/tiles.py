"""Vector tiles for maps: the areas of an edition, and the cases within the caller's reach."""

import gzip
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Header, Path, Request, Response
from fastapi.responses import FileResponse
from starlette.datastructures import Headers

from gridsvc.api.deps import CallerDep, PartsDep, set_of
from gridsvc.api.routes.cases import FilterDep
from gridsvc.api.schemas.common import PROBLEMS
from gridsvc.services.tiles import COMPONENTS, About, Packed, about_cases, case_tile, packed
from gridsvc.spatial.drawn import BASE
from gridsvc.spatial.mercator import MOST_Z, Tile

router = APIRouter(tags=["map"], responses=PROBLEMS)
MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
# At this zoom a cell of a tile is 15 cm; renderers enlarge it from there on, and ask for nothing more.
ENOUGH_Z = 16
# Only the caller's own browser keeps a tile, for he may see what others may not. What was published never changes.
FOR_EVER, ASK_AGAIN = "private, max-age=31536000, immutable", "private, no-cache"
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}},
    204: {"description": "nothing is here"},
    304: {"description": "the tile is still the one with this ETag"},
}
FILE_TYPE = "application/vnd.pmtiles"
_BYTES = {FILE_TYPE: {"schema": {"type": "string", "format": "binary"}}}
FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": _BYTES},
    206: {"content": _BYTES, "description": "the range that was asked for"},
    416: {"description": "the file has no such range"},
}
Coordinate = Annotated[int, Path(ge=0, le=2**MOST_Z - 1)]
LayerPath = Annotated[str, Path(max_length=64, description="code of the layer")]
Known = Annotated[str | None, Header(alias="If-None-Match", max_length=1000)]


def _tile(z: Annotated[int, Path(ge=0, le=MOST_Z)], x: Coordinate, y: Coordinate) -> Tile:
    return Tile(z, x, y)


TileDep = Annotated[Tile, Depends(_tile)]


@router.get("/tiles/cases.json")
def about_case_tiles(request: Request, _: FilterDep) -> dict[str, Any]:
    """Tell a map how to ask for the tiles of cases (TileJSON 3.0); filters, those of ``GET /v1/cases``, are kept."""
    return _tilejson(request, "cases", about_cases(), f"?{request.url.query}" if request.url.query else "")


@router.get("/tiles/cases/{z}/{x}/{y}", response_class=Response, responses=ANSWERS)
def tile_of_cases(
    tile: TileDep, parts: PartsDep, caller: CallerDep, wanted: FilterDep, request: Request, _: Known = None
) -> Response:
    """Give a tile of the cases that the caller may read (MVT); each case is in one tile of a zoom, without margins.

    The filters are those of ``GET /v1/cases``. From zoom 12 on cases are points; further out, and where there are too
    many to draw, one point stands for ``n`` of them: of a grid, of a street, of a small square.
    """
    return _answer(packed(case_tile(parts.engine, wanted, tile, caller.at)), request.headers, ASK_AGAIN)


@router.get("/tiles/base.pmtiles", response_class=FileResponse, responses=FILE)
def base_map(parts: PartsDep, caller: CallerDep, edition: str | None = None) -> FileResponse:
    """Give the base map of an edition as one file (PMTiles v3), of which renderers ask for ranges of bytes."""
    found = set_of(parts, caller, edition)
    for_ever = edition is not None and found.published_at is not None
    headers = {"Cache-Control": FOR_EVER if for_ever else ASK_AGAIN, "ETag": f'"{found.content_hash}"'}
    return FileResponse(parts.tiles.base_map(found), headers=headers, media_type=FILE_TYPE)


@router.get("/tiles/{layer}.json")
def about_layer_tiles(
    layer: LayerPath, request: Request, parts: PartsDep, caller: CallerDep, edition: str | None = None
) -> dict[str, Any]:
    """Tell a map how to ask for the tiles of a layer (TileJSON 3.0), of the edition that holds now if none is named."""
    found = set_of(parts, caller, edition)
    return _tilejson(request, layer, parts.tiles.about(found, layer), f"?edition={quote(found.code, safe='')}")


@router.get("/tiles/{layer}/{z}/{x}/{y}", response_class=Response, responses=ANSWERS)
def tile_of_layer(
    layer: LayerPath,
    tile: TileDep,
    parts: PartsDep,
    caller: CallerDep,
    request: Request,
    edition: str | None = None,
    _: Known = None,
) -> Response:
    """Give a tile of a layer (MVT), of the edition that holds now if none is named; a published one never changes.

    Shapes are simplified by zoom, alike on both sides of a boundary, and exact from zoom 16 on. Beside ``{layer}`` it
    has ``{layer}_label``, one point an area. ``edges`` has the boundaries of all layers, each once; ``bands`` boundary
    streets on the side of their owners; ``components`` what stands in the streets now.
    """
    found = set_of(parts, caller, edition)
    for_ever = edition is not None and found.published_at is not None and layer != COMPONENTS
    made = parts.tiles.tile(found, layer, tile)
    return _answer(made, request.headers, FOR_EVER if for_ever else ASK_AGAIN)


def answered(tile: Packed, asked: Headers, keep: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of a tile: 304 to who has it, 204 where it is empty, which renderers take for empty."""
    headers = {"Cache-Control": keep, "ETag": tile.etag, "Vary": "Accept-Encoding"}
    if tile.etag in asked.get("if-none-match", ""):
        return 304, headers, b""
    if not tile.body:
        return 204, headers, b""
    headers["Content-Type"] = MEDIA_TYPE
    if "gzip" not in asked.get("accept-encoding", ""):
        return 200, headers, gzip.decompress(tile.body)
    return 200, headers | {"Content-Encoding": "gzip"}, tile.body


def _answer(tile: Packed, asked: Headers, keep: str) -> Response:
    status, headers, body = answered(tile, asked, keep)
    return Response(body, status, headers)


def _tilejson(request: Request, layer: str, about: About, query: str = "") -> dict[str, Any]:
    address = f"{request.base_url}tiles/{quote(layer, safe='')}/{{z}}/{{x}}/{{y}}{query}"
    if layer == BASE:
        address = f"pmtiles://{request.base_url}tiles/base.pmtiles{query}"
    told = {
        "tilejson": "3.0.0", "name": layer, "scheme": "xyz", "tiles": [address], "minzoom": 0, "maxzoom": ENOUGH_Z,
        "vector_layers": [{"id": name, "fields": fields} for name, fields in about.layers.items()],
    }  # fmt: skip
    return told if about.box is None else told | {"bounds": list(about.box)}
