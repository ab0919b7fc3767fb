"""OGC API: where it begins, what it keeps to, and its description."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from gridsvc.api.ogc.asked import REFUSED, only

router = APIRouter(tags=["ogc"], responses=REFUSED)
OPENAPI = "application/vnd.oai.openapi+json;version=3.1"
_FEATURES, _CQL2 = "http://www.opengis.net/spec/ogcapi-features-", "http://www.opengis.net/spec/cql2/1.0/conf/"
CONFORMS = [
    f"{_FEATURES}1/1.0/conf/core",
    f"{_FEATURES}1/1.0/conf/geojson",
    f"{_FEATURES}2/1.0/conf/crs",
    f"{_FEATURES}3/1.0/conf/queryables",
    f"{_FEATURES}3/1.0/conf/filter",
    f"{_FEATURES}3/1.0/conf/features-filter",
    *(
        f"{_CQL2}{name}"
        for name in (
            "cql2-text", "cql2-json", "basic-cql2", "advanced-comparison-operators", "case-insensitive-comparison",
            "property-property", "basic-spatial-functions", "basic-spatial-functions-plus",
        )
    ),
]  # fmt: skip


@router.get("/ogc", dependencies=[only()])
def landing(request: Request) -> dict[str, Any]:
    """Tell where everything of OGC API Features is."""
    base = f"{request.base_url}ogc"
    return {
        "title": "gridsvc",
        "description": "网格、街巷、部件和案件 / grids, lanes, components and cases",
        "links": [
            {"rel": "self", "type": "application/json", "href": base},
            {"rel": "service-desc", "type": OPENAPI, "href": f"{base}/api"},
            {"rel": "service-doc", "type": "text/html", "href": f"{request.base_url}docs"},
            {"rel": "conformance", "type": "application/json", "href": f"{base}/conformance"},
            {"rel": "data", "type": "application/json", "href": f"{base}/collections"},
        ],
    }


@router.get("/ogc/conformance", dependencies=[only()])
def conformance() -> dict[str, list[str]]:
    """List the conformance classes that are kept, and no other."""
    return {"conformsTo": CONFORMS}


@router.get(
    "/ogc/api", response_class=Response, dependencies=[only()],
    responses={200: {"content": {OPENAPI: {"schema": {"type": "object"}}}}},
)  # fmt: skip
def description(request: Request) -> Response:
    """Give the description of the whole service (OpenAPI 3.1), the same as ``/openapi.json``."""
    return JSONResponse(request.app.openapi(), media_type=OPENAPI)
