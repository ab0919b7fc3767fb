"""What the map is made of: layers, areas, editions, categories, attributes and units."""

from typing import Annotated, Any

import numpy as np
import shapely
from fastapi import APIRouter, Query

from gridsvc.api.auth import Caller
from gridsvc.api.deps import (
    Box,
    BoxDep,
    CallerDep,
    CursorDep,
    LimitDep,
    Parts,
    PartsDep,
    from_cursor,
    room_of,
    to_cursor,
)
from gridsvc.api.schemas.common import PROBLEMS
from gridsvc.codes import load_categories
from gridsvc.errors import BadInput, FieldError, NotFound
from gridsvc.services.catalogue import editions_of
from gridsvc.spatial.layer import Layer

router = APIRouter(tags=["map"], responses=PROBLEMS)
Geojson = dict[str, Any]


@router.get("/v1/layers")
def layers(parts: PartsDep, caller: CallerDep, edition: str | None = None) -> dict[str, Any]:
    """List the layers of an edition, the one that holds now if none is named."""
    found = room_of(parts, caller, edition).snapshot.edition
    return {"edition": found.code, "items": [_layer(layer) for layer in found]}


@router.get("/v1/areas")
def areas(
    parts: PartsDep,
    caller: CallerDep,
    layer: Annotated[str, Query(description="code of the layer")],
    box: BoxDep,
    edition: str | None = None,
    limit: LimitDep = 100,
    cursor: CursorDep = None,
) -> Geojson:
    """Give a layer's areas by code as GeoJSON in WGS 84, with ``next`` for the page after."""
    return _areas_page(parts, caller, edition, layer, box, limit, cursor)


@router.get("/v1/lanes")
def lanes(
    parts: PartsDep,
    caller: CallerDep,
    box: BoxDep,
    edition: str | None = None,
    limit: LimitDep = 100,
    cursor: CursorDep = None,
) -> Geojson:
    """Give the lanes by code as GeoJSON in WGS 84."""
    return _areas_page(parts, caller, edition, "lane", box, limit, cursor)


@router.get("/v1/editions")
def editions(parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """List editions, newest first; drafts, and who waived what, only to who may know of them."""
    return {"items": permitted(caller, editions_of(parts.engine, "edition"))}


@router.get("/v1/categories")
def categories(kind: Annotated[str | None, Query(pattern="^(component|matter)$")] = None) -> dict[str, Any]:
    """List the component classes and matters of the current code scheme."""
    wanted = [c for c in load_categories() if kind in (None, c.kind)]
    return {
        "items": [
            {"code_scheme": c.code_scheme, "kind": c.kind, "code": c.code, "zh": c.zh, "en": c.en} for c in wanted
        ]
    }


@router.get("/v1/attributes")
def attributes(parts: PartsDep, caller: CallerDep, edition: str | None = None) -> dict[str, Any]:
    """List the circumstances that reports may state and rules ask for, with their values and titles.

    Where ``closed`` is true no other key and no other value is accepted. ``edition`` as in ``/v1/layers``.
    """
    ruleset = room_of(parts, caller, edition).snapshot.ruleset
    words = ruleset.vocabulary
    return {
        "ruleset": ruleset.code or None,
        "closed": words.closed,
        "items": [
            {"key": key, **_titles(word.titles), "values": [{"value": v, **_titles(t)} for v, t in word.values.items()]}
            for key, word in sorted(words.words.items())
        ],
    }


def _titles(titles: tuple[str, str]) -> dict[str, str]:
    return {"title_zh": titles[0], "title_en": titles[1]}


@router.get("/v1/units")
def units(parts: PartsDep) -> dict[str, Any]:
    """List the units that can answer for a case."""
    staff = parts.current.get().snapshot.staff
    return {
        "items": [
            {"code": u.code, "name": u.name, "name_en": u.name_en, "parent": u.parent, "kind": u.kind}
            for u in staff.units.values()
        ]
    }


def _layer(layer: Layer) -> dict[str, Any]:
    spec = layer.spec
    return {
        "layer": spec.code, "title_zh": spec.title_zh, "title_en": spec.title_en, "geometry": spec.geometry,
        "coverage": spec.coverage, "parent": spec.parent, "areas": len(layer),
    }  # fmt: skip


def permitted(caller: Caller, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out what a caller may not know of: drafts, and who waived what of the others."""
    shown = []
    for item in items:
        district = item["district"]
        if caller.actor.may("draft:read", district, caller.at):
            shown.append(item)
        elif item["published_at"] is not None and caller.actor.may("map:read", district, caller.at):
            shown.append(item | {"waivers": []})
    return shown


def _areas_page(
    parts: Parts, caller: Caller, named: str | None, code: str, box: Box | None, limit: int, cursor: str | None
) -> Geojson:
    named, after = edition_of_page(named, cursor)
    edition = room_of(parts, caller, named).snapshot.edition
    layer = edition.layers.get(code)
    if layer is None:
        known = ", ".join(edition.layers)
        error = FieldError("layer", code, f"可用：{known}", f"one of {known}")
        raise NotFound("没有这个图层", "there is no such layer", [error])
    rows = np.arange(len(layer))
    if box is not None:
        rows = rows[shapely.intersects(shapely.box(*box), layer.geometries)]
    if after is not None:
        rows = rows[[layer.codes[i] > after for i in rows]]
    features = [_area(layer, int(i)) for i in rows[:limit]]
    following = to_cursor(edition.code, layer.codes[rows[limit - 1]]) if len(rows) > limit else None
    return collection(edition.code, features, following)


def _area(layer: Layer, i: int) -> Geojson:
    own = {"layer": layer.spec.code, "code": layer.codes[i], "name": layer.names[i]}
    own |= {"parent": layer.parents[i], "unit": layer.units[i]}
    shape = layer.geometries[i]
    return {
        "type": "Feature",
        "id": layer.codes[i],
        "properties": dict(layer.props[i]) | own,
        "geometry": None if shape is None else shapely.geometry.mapping(shape),
    }


def edition_of_page(named: str | None, cursor: str | None) -> tuple[str | None, str | None]:
    """Give the edition that a page is of, None for the one that holds now, and the code after which it begins.

    All pages of one question are of the edition of its first, whatever is published between them.
    """
    values = from_cursor(cursor, 2)
    if values is None:
        return named, None
    edition, after = values
    if named not in (None, edition):
        mend = (f"该游标属于版次 {edition}", f"the cursor is of edition {edition}")
        raise BadInput("游标属于另一版次", "the cursor is of another edition", [FieldError("edition", named, *mend)])
    return edition, after


def collection(edition: str, features: list[Geojson], following: str | None) -> Geojson:
    """Make one page of GeoJSON that names its edition."""
    return {"type": "FeatureCollection", "edition": edition, "features": features, "next": following}
