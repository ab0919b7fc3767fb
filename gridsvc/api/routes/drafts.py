"""Drafts of editions to draw in: a copy of another edition, and its areas one by one."""

from typing import Annotated, Any

import shapely
from fastapi import APIRouter, Path
from fastapi.responses import Response

from gridsvc.api.deps import CallerDep, PartsDep, named
from gridsvc.api.routes.editions import TAKEN, CodePath
from gridsvc.api.schemas.common import PROBLEMS
from gridsvc.api.schemas.editions import AreaIn, CopyIn
from gridsvc.services import drafts as service

router = APIRouter(tags=["editions"], responses=PROBLEMS)
LayerPath = Annotated[str, Path(max_length=200, description="code of a layer")]
AreaPath = Annotated[str, Path(max_length=200, description="code of an area")]


@router.post("/v1/editions/{code}/drafts", status_code=201, responses={409: TAKEN})
def copy(code: CodePath, body: CopyIn, parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """Make a draft with the boundaries and components of an edition; the rules that hold go on over it."""
    found = named(parts, caller, "edition", code)
    service.copy_as_draft(
        parts.engine, code, body.edition, body.title, caller.at, caller.actor.name, found.district
    )  # fmt: skip
    return {"code": body.edition, "from": code}


@router.put("/v1/editions/{code}/areas/{layer}/{area}", responses={409: TAKEN})
def put(
    code: CodePath, layer: LayerPath, area: AreaPath, body: AreaIn, parts: PartsDep, caller: CallerDep
) -> dict[str, Any]:  # fmt: skip
    """Draw an area of a draft, new or in the place of the one of its code; the draft's check is due anew."""
    found = named(parts, caller, "edition", code)
    stored = service.put_area(
        parts.engine, code, layer, area, body.properties, body.geometry.model_dump(), body.crs, caller.at,
        caller.actor.name, found.district,
    )  # fmt: skip
    own = {"layer": layer, "code": stored.code, "name": stored.name, "parent": stored.parent, "unit": stored.unit}
    geometry = shapely.geometry.mapping(stored.shape)
    return {"type": "Feature", "id": stored.code, "properties": {**stored.props, **own}, "geometry": geometry}


@router.delete("/v1/editions/{code}/areas/{layer}/{area}", status_code=204, responses={409: TAKEN})
def remove(code: CodePath, layer: LayerPath, area: AreaPath, parts: PartsDep, caller: CallerDep) -> Response:
    """Take an area out of a draft; the draft's check is due anew."""
    found = named(parts, caller, "edition", code)
    service.remove_area(parts.engine, code, layer, area, caller.at, caller.actor.name, found.district)
    return Response(status_code=204)
