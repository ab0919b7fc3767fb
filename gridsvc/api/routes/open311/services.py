"""Open311 GeoReport v2: what there is, and what can be reported."""

from fastapi import APIRouter, Request, Response

from gridsvc.api.deps import PartsDep
from gridsvc.api.open311.door import JURISDICTION, FormatPath, Keyed, LangDep, answers
from gridsvc.api.open311.form import XML, written
from gridsvc.api.schemas.open311 import DEFINITION, SERVICES
from gridsvc.services import open311

router = APIRouter(tags=["open311"], route_class=Keyed)
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
# When what is served here last changed its meaning.
CHANGED = "2026-11-22T00:00:00Z"


@router.get("/open311/v2/discovery.{format}", responses=answers({"type": "object"}), response_class=Response)
def discovery(format: FormatPath, request: Request) -> Response:
    """Tell where the service is and what it speaks (Open311 service discovery)."""
    told = {
        "changeset": CHANGED,
        "contact": "城市管理部门 / the city's administrator of this service",
        "key_service": "由管理员签发密钥 / keys are given by an administrator",
        "endpoints": [
            {
                "specification": SPECIFICATION, "url": f"{request.base_url}open311/v2", "changeset": CHANGED,
                "type": "production", "formats": ["application/json", XML],
            }
        ],
    }  # fmt: skip
    return written(format, "discovery", told)


@router.get(
    "/open311/v2/services.{format}", responses=answers(SERVICES), response_class=Response, dependencies=[JURISDICTION]
)
def services(format: FormatPath, parts: PartsDep, lang: LangDep) -> Response:
    """List what can be reported: the matters of the code scheme, in the groups of its majors."""
    return written(format, "services", open311.services(parts.current.get().snapshot.ruleset, lang))


@router.get(
    "/open311/v2/services/{code}.{format}", responses=answers(DEFINITION), response_class=Response,
    dependencies=[JURISDICTION],
)  # fmt: skip
def definition(code: str, format: FormatPath, parts: PartsDep, lang: LangDep) -> Response:
    """Tell which circumstances a report of this matter may state, because a rule or a limit asks for them."""
    return written(format, "service_definition", open311.definition(parts.current.get().snapshot.ruleset, code, lang))
