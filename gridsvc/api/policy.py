"""The one table of what each address needs. An address without a line is closed to everybody."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from gridsvc.casework.lifecycle import NEEDS
from gridsvc.rights import ROLES, Permission
from gridsvc.web.pages import field
from gridsvc.web.pages.console import ADDRESSES


class Line(NamedTuple):
    """What an address needs, and over what the grants that give it count.

    ``nobody``: no question who asks. ``anybody``: an actor, whatever his grants. ``district``: a grant over one area or
    unit counts for the whole district, because neighbours are needed to read any map. ``reach``: only what lies within
    the granted areas and units, or was reported by the actor himself, is shown or may be touched. ``whole``: only a
    grant over the whole district counts.
    """

    needs: Permission | Literal["nobody", "anybody"]
    over: Literal["", "district", "reach", "whole"] = ""


_OPEN, _MAP, _ACTORS = Line("nobody"), Line("map:read", "district"), Line("actor:write", "district")
_CASES, _COMPONENTS = Line("case:read", "reach"), Line("component:write", "reach")
_SOME_CASES = Line("case:read", "district")
_SCORES, _SCORING = Line("case:read", "whole"), Line("assess:write", "whole")
_RULES = Line("rule:write", "district")
_DRAFT, _DRAWS = Line("draft:read", "district"), Line("edition:write", "whole")
_PUBLISHES = Line("edition:publish", "whole")
_SUBSCRIPTIONS = Line("subscription:write", "district")
_UNMASK = Line("personal:unmask", "reach")
POLICY: Mapping[tuple[str, str], Line] = {
    **dict.fromkeys((("GET", address) for address in ADDRESSES), _OPEN),
    ("GET", field.ADDRESS): _OPEN,
    ("GET", field.WORKER): _OPEN,
    ("GET", "/docs"): _OPEN,
    ("GET", "/openapi.json"): _OPEN,
    ("GET", "/static/{name:path}"): _OPEN,
    ("GET", "/health/live"): _OPEN,
    ("GET", "/health/ready"): _OPEN,
    ("GET", "/metrics"): Line("metrics:read", "whole"),
    ("GET", "/login"): _OPEN,
    ("GET", "/login/oidc"): _OPEN,
    ("GET", "/login/oidc/callback"): _OPEN,
    ("POST", "/v1/login"): _OPEN,
    ("GET", "/v1/tracking/{code}"): _OPEN,
    ("POST", "/v1/tracking/{code}/rating"): _OPEN,
    ("POST", "/v1/logout"): Line("anybody"),
    ("GET", "/v1/me"): Line("anybody"),
    ("GET", "/v1/words"): Line("anybody"),
    ("POST", "/v1/me/password"): Line("anybody"),
    ("POST", "/v1/route"): Line("route", "district"),
    ("POST", "/v1/route/batch"): Line("route", "district"),
    ("GET", "/v1/layers"): _MAP,
    ("GET", "/v1/areas"): _MAP,
    ("GET", "/v1/lanes"): _MAP,
    ("GET", "/v1/places"): _MAP,
    ("GET", "/v1/search"): _MAP,
    ("GET", "/v1/units"): _MAP,
    ("GET", "/v1/duty"): _MAP,
    ("GET", "/v1/posts"): _MAP,
    ("GET", "/v1/roster"): _MAP,
    ("GET", "/v1/shift"): _MAP,
    ("POST", "/v1/shift/notes"): Line("case:supervise", "whole"),
    ("POST", "/v1/shift/notes/{n}/sign"): Line("case:supervise", "whole"),
    ("GET", "/v1/categories"): _MAP,
    ("GET", "/v1/attributes"): _MAP,
    ("GET", "/v1/editions"): _MAP,
    ("POST", "/v1/editions"): _DRAWS,
    ("GET", "/v1/editions/{code}"): _MAP,
    ("GET", "/v1/editions/{code}/successors"): _MAP,
    ("GET", "/v1/editions/{code}/check"): _DRAFT,
    ("GET", "/v1/editions/{code}/changes/{to}"): _MAP,
    ("POST", "/v1/editions/{code}/drafts"): _DRAWS,
    ("PUT", "/v1/editions/{code}/areas/{layer}/{area}"): _DRAWS,
    ("DELETE", "/v1/editions/{code}/areas/{layer}/{area}"): _DRAWS,
    ("POST", "/v1/editions/{code}/replays"): _DRAWS,
    ("GET", "/v1/editions/{code}/replays"): _DRAWS,
    ("GET", "/v1/editions/{code}/replays/{id}"): _DRAWS,
    ("POST", "/v1/editions/{code}/publish"): _PUBLISHES,
    ("POST", "/v1/editions/{code}/cancel"): _PUBLISHES,
    ("GET", "/v1/rulesets"): _MAP,
    ("GET", "/v1/rulesets/{code}"): _MAP,
    ("GET", "/v1/rulesets/{code}/tables/{table}"): _MAP,
    ("POST", "/v1/rulesets"): _RULES,
    ("POST", "/v1/rulesets/workbook"): _RULES,
    ("POST", "/v1/rulesets/{code}/publish"): _RULES,
    ("GET", "/v1/precedents"): _MAP,
    ("GET", "/v1/mode"): _MAP,
    ("POST", "/v1/mode"): Line("mode:write", "district"),
    ("GET", "/v1/bundle"): _MAP,
    ("GET", "/v1/bundle/key"): _MAP,
    ("GET", "/v1/components"): _MAP,
    ("PUT", "/v1/components/{code}"): _COMPONENTS,
    ("DELETE", "/v1/components/{code}"): _COMPONENTS,
    ("POST", "/v1/cases"): Line("case:report", "district"),
    ("POST", "/v1/cases/similar"): Line("case:report", "district"),
    ("GET", "/v1/cases"): _CASES,
    ("GET", "/v1/cases/summary"): _CASES,
    ("GET", "/v1/cases/{case}"): _CASES,
    ("GET", "/v1/cases/{case}/history"): _CASES,
    ("GET", "/v1/cases/{case}/decision"): _CASES,
    ("GET", "/v1/cases/{case}/actions"): _CASES,
    **{("POST", f"/v1/cases/{{case}}/actions/{name}"): Line(needs, "reach") for name, needs in NEEDS.items()},
    ("GET", "/v1/cases/{case}/similar"): _CASES,
    ("GET", "/v1/cases/{case}/offences"): _CASES,
    ("GET", "/v1/offenders"): _CASES,
    ("GET", "/v1/cases/{case}/attachments"): _CASES,
    ("GET", "/v1/answers"): _CASES,
    ("POST", "/v1/attachments"): Line("attachment:write", "district"),
    ("GET", "/v1/attachments/{id}"): _CASES,
    ("GET", "/v1/analysis"): _CASES,
    ("GET", "/v1/analysis/streets"): _CASES,
    ("GET", "/v1/heat"): _CASES,
    ("GET", "/v1/heat.png"): _CASES,
    ("GET", "/v1/heat/hours"): _CASES,
    ("GET", "/v1/heat/series"): _CASES,
    ("POST", "/v1/cases/{case}/unmask"): _UNMASK,
    ("GET", "/v1/requests"): _CASES,
    ("GET", "/v1/events"): _CASES,
    ("POST", "/v1/posts/{post}/unmask"): _UNMASK,
    ("POST", "/v1/posts/{post}/handover"): Line("post:write", "reach"),
    ("GET", "/v1/assessments"): _SCORES,
    ("GET", "/v1/assessments/indicators"): _SCORES,
    ("GET", "/v1/assessments/inputs"): _SCORES,
    ("GET", "/v1/assessments/{sheet}"): _SCORES,
    ("GET", "/v1/assessments/{sheet}/check"): _SCORES,
    ("GET", "/v1/assessments/{sheet}/workbook"): _SCORES,
    ("GET", "/sheets/{sheet}"): _SCORES,
    ("POST", "/v1/assessments"): _SCORING,
    ("POST", "/v1/assessments/inputs"): _SCORING,
    ("POST", "/v1/assessments/{sheet}/freeze"): _SCORING,
    ("GET", "/maps/heat"): _CASES,
    ("GET", "/maps/heat/time"): _CASES,
    ("GET", "/maps/choropleth"): _CASES,
    ("GET", "/maps/clusters"): _CASES,
    ("GET", "/tiles/cases.json"): _SOME_CASES,
    ("GET", "/tiles/cases/{z}/{x}/{y}"): _CASES,
    ("GET", "/tiles/base.pmtiles"): _MAP,
    ("GET", "/tiles/{layer}.json"): _MAP,
    ("GET", "/tiles/{layer}/{z}/{x}/{y}"): _MAP,
    ("GET", "/v1/actors"): _ACTORS,
    ("POST", "/v1/actors"): _ACTORS,
    ("DELETE", "/v1/actors/{name}"): _ACTORS,
    ("PUT", "/v1/actors/{name}/password"): _ACTORS,
    ("PUT", "/v1/actors/{name}/subject"): _ACTORS,
    ("POST", "/v1/actors/{name}/grants"): _ACTORS,
    ("DELETE", "/v1/actors/{name}/grants/{grant}"): _ACTORS,
    ("POST", "/v1/actors/{name}/keys"): _ACTORS,
    ("POST", "/v1/actors/{name}/keys/{key}/rotate"): _ACTORS,
    ("DELETE", "/v1/actors/{name}/keys/{key}"): _ACTORS,
    ("POST", "/v1/exchange/cases"): Line("case:exchange", "district"),
    ("GET", "/v1/exchange/cases"): _CASES,
    ("POST", "/v1/exchange/cases/{case}/receipts"): Line("case:exchange", "reach"),
    ("GET", "/v1/subscriptions"): _SUBSCRIPTIONS,
    ("POST", "/v1/subscriptions"): _SUBSCRIPTIONS,
    ("DELETE", "/v1/subscriptions/{id}"): _SUBSCRIPTIONS,
    ("POST", "/v1/subscriptions/{id}/pause"): _SUBSCRIPTIONS,
    ("POST", "/v1/subscriptions/{id}/resume"): _SUBSCRIPTIONS,
    ("GET", "/v1/subscriptions/{id}/dead"): _SUBSCRIPTIONS,
    ("POST", "/v1/subscriptions/{id}/dead/resend"): _SUBSCRIPTIONS,
    ("GET", "/open311/v2/discovery.{format}"): _OPEN,
    ("GET", "/open311/v2/services.{format}"): _MAP,
    ("GET", "/open311/v2/services/{code}.{format}"): _MAP,
    ("GET", "/open311/v2/requests.{format}"): _CASES,
    ("POST", "/open311/v2/requests.{format}"): Line("case:report", "district"),
    ("GET", "/open311/v2/requests/{id}.{format}"): _CASES,
    ("GET", "/open311/v2/tokens/{id}.{format}"): _CASES,
    ("GET", "/ogc"): _OPEN,
    ("GET", "/ogc/conformance"): _OPEN,
    ("GET", "/ogc/api"): _OPEN,
    ("GET", "/ogc/collections"): _MAP,
    ("GET", "/ogc/collections/cases"): _SOME_CASES,
    ("GET", "/ogc/collections/cases/queryables"): _SOME_CASES,
    ("GET", "/ogc/collections/cases/items"): _CASES,
    ("GET", "/ogc/collections/cases/items/{feature}"): _CASES,
    ("GET", "/ogc/collections/cases/tiles"): _SOME_CASES,
    ("GET", "/ogc/collections/cases/tiles/{matrix_set}"): _SOME_CASES,
    ("GET", "/ogc/collections/{collection}"): _MAP,
    ("GET", "/ogc/collections/{collection}/queryables"): _MAP,
    ("GET", "/ogc/collections/{collection}/items"): _MAP,
    ("GET", "/ogc/collections/{collection}/items/{feature}"): _MAP,
    ("GET", "/ogc/collections/{collection}/tiles"): _MAP,
    ("GET", "/ogc/collections/{collection}/tiles/{matrix_set}"): _MAP,
    ("GET", "/v1/audit"): Line("audit:read", "district"),
}


def document(described: dict[str, Any], cookie: str, csrf: str) -> None:
    """Add to a description of the API what each operation needs; ``cookie`` and ``csrf`` are what browsers send."""
    described["components"]["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "a key of an actor"},
        "session": {"type": "apiKey", "in": "cookie", "name": cookie, "description": "given by POST /v1/login"},
        "csrf": {"type": "apiKey", "in": "header", "name": csrf, "description": "given by GET /v1/me"},
    }
    for path, item in described["paths"].items():
        for method, operation in item.items():
            line = POLICY[method.upper(), path]
            if line.needs == "nobody":
                continue
            session: dict[str, list[str]] = {"session": []} if method == "get" else {"session": [], "csrf": []}
            operation["security"] = [{"key": []}, session]
            if line.needs != "anybody":
                operation["x-permission"] = line.needs
                roles = ", ".join(role for role, has in ROLES.items() if line.needs in has)
                operation["description"] += f"\n\nNeeds the permission `{line.needs}`: {roles}."


def needed(method: str, path: str) -> Line | None:
    """Give the line of an address by its template, None where there is none."""
    return POLICY.get((method, path))
