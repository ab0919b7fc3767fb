"""Vector tiles for maps: the areas of an edition, and the cases within the caller's reach."""

import hashlib
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Header, Path, Request, Response

from gridsvc.api.deps import CallerDep, PartsDep, set_of
from gridsvc.api.schemas.common import PROBLEMS
from gridsvc.services.tiles import About, about_cases, about_layer, area_tile, case_tile
from gridsvc.store.tiles import MOST_Z, Tile

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
Coordinate = Annotated[int, Path(ge=0, le=2**MOST_Z - 1)]
LayerPath = Annotated[str, Path(max_length=64, description="code of the layer")]
Known = Annotated[str | None, Header(alias="If-None-Match", max_length=1000)]


def _tile(z: Annotated[int, Path(ge=0, le=MOST_Z)], x: Coordinate, y: Coordinate) -> Tile:
    return Tile(z, x, y)


TileDep = Annotated[Tile, Depends(_tile)]


@router.get("/tiles/cases.json")
def about_case_tiles(request: Request, _: CallerDep) -> dict[str, Any]:
    """Tell a map how to ask for the tiles of cases (TileJSON 3.0)."""
    return _tilejson(request, "cases", about_cases())


@router.get("/tiles/cases/{z}/{x}/{y}", response_class=Response, responses=ANSWERS)
def tile_of_cases(tile: TileDep, parts: PartsDep, caller: CallerDep, known: Known = None) -> Response:
    """Give a tile of the cases that the caller may read (MVT); each case is in one tile of a zoom, without margins."""
    return _answer(case_tile(parts.engine, caller.reach("case:read", parts.current.get()), tile), known, ASK_AGAIN)


@router.get("/tiles/{layer}.json")
def about_layer_tiles(
    layer: LayerPath, request: Request, parts: PartsDep, caller: CallerDep, edition: str | None = None
) -> dict[str, Any]:
    """Tell a map how to ask for the tiles of a layer (TileJSON 3.0), of the edition that holds now if none is named."""
    found = set_of(parts, caller, edition)
    return _tilejson(request, layer, about_layer(parts.engine, found, layer), f"?edition={quote(found.code, safe='')}")


@router.get("/tiles/{layer}/{z}/{x}/{y}", response_class=Response, responses=ANSWERS)
def tile_of_layer(
    layer: LayerPath, tile: TileDep, parts: PartsDep, caller: CallerDep, edition: str | None = None, known: Known = None
) -> Response:
    """Give a tile of a layer (MVT), of the edition that holds now if none is named; a published one never changes."""
    found = set_of(parts, caller, edition)
    for_ever = edition is not None and found.published_at is not None
    return _answer(area_tile(parts.engine, found, layer, tile), known, FOR_EVER if for_ever else ASK_AGAIN)


def _answer(tile: bytes, known: str | None, keep: str) -> Response:
    """Answer with a tile, unless the caller has it; 204 where it is empty, which every renderer takes for empty.

    It is not packed: that halves the bytes of areas for a tenth of the time it takes to make them, so it belongs where
    tiles are kept and packed once.
    """
    tag = f'"{hashlib.blake2b(tile, digest_size=16).hexdigest()}"'
    headers = {"Cache-Control": keep, "ETag": tag}
    if known is not None and tag in known:
        return Response(status_code=304, headers=headers)
    return Response(tile, 200, headers, MEDIA_TYPE) if tile else Response(status_code=204, headers=headers)


def _tilejson(request: Request, layer: str, about: About, query: str = "") -> dict[str, Any]:
    address = f"{request.base_url}tiles/{quote(layer, safe='')}/{{z}}/{{x}}/{{y}}{query}"
    told = {
        "tilejson": "3.0.0", "name": layer, "scheme": "xyz", "tiles": [address], "minzoom": 0, "maxzoom": ENOUGH_Z,
        "vector_layers": [{"id": layer, "fields": about.attributes}],
    }  # fmt: skip
    return told if about.box is None else told | {"bounds": list(about.box)}
