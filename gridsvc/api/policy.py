"""The one table of what each address needs. An address without a line is closed to everybody."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from gridsvc.casework.lifecycle import ACTIONS
from gridsvc.rights import ROLES, Permission


class Line(NamedTuple):
    """What an address needs, and over what the grants that give it count.

    ``nobody``: no question who asks. ``anybody``: an actor, whatever his grants. ``district``: a grant over one area or
    unit counts for the whole district, because neighbours are needed to read any map. ``reach``: only what lies within
    the granted areas and units, or was reported by the actor himself, is shown or may be touched.
    """

    needs: Permission | Literal["nobody", "anybody"]
    over: Literal["", "district", "reach"] = ""


_OPEN, _MAP, _ACTORS = Line("nobody"), Line("map:read", "district"), Line("actor:write", "district")
_CASES, _COMPONENTS = Line("case:read", "reach"), Line("component:write", "reach")
_RULES = Line("rule:write", "district")
_UNMASK = Line("personal:unmask", "reach")
POLICY: Mapping[tuple[str, str], Line] = {
    ("GET", "/"): _OPEN,
    ("GET", "/docs"): _OPEN,
    ("GET", "/openapi.json"): _OPEN,
    ("GET", "/static/{name:path}"): _OPEN,
    ("GET", "/health/live"): _OPEN,
    ("GET", "/health/ready"): _OPEN,
    ("GET", "/login"): _OPEN,
    ("GET", "/login/oidc"): _OPEN,
    ("GET", "/login/oidc/callback"): _OPEN,
    ("POST", "/v1/login"): _OPEN,
    ("POST", "/v1/logout"): Line("anybody"),
    ("GET", "/v1/me"): Line("anybody"),
    ("POST", "/v1/me/password"): Line("anybody"),
    ("POST", "/v1/route"): Line("route", "district"),
    ("POST", "/v1/route/batch"): Line("route", "district"),
    ("GET", "/v1/layers"): _MAP,
    ("GET", "/v1/areas"): _MAP,
    ("GET", "/v1/lanes"): _MAP,
    ("GET", "/v1/units"): _MAP,
    ("GET", "/v1/duty"): _MAP,
    ("GET", "/v1/posts"): _MAP,
    ("GET", "/v1/categories"): _MAP,
    ("GET", "/v1/attributes"): _MAP,
    ("GET", "/v1/editions"): _MAP,
    ("GET", "/v1/editions/{code}/successors"): _MAP,
    ("GET", "/v1/rulesets"): _MAP,
    ("GET", "/v1/rulesets/{code}"): _MAP,
    ("GET", "/v1/rulesets/{code}/tables/{table}"): _MAP,
    ("POST", "/v1/rulesets"): _RULES,
    ("POST", "/v1/rulesets/{code}/publish"): _RULES,
    ("GET", "/v1/precedents"): _MAP,
    ("GET", "/v1/components"): _MAP,
    ("PUT", "/v1/components/{code}"): _COMPONENTS,
    ("DELETE", "/v1/components/{code}"): _COMPONENTS,
    ("POST", "/v1/cases"): Line("case:report", "district"),
    ("GET", "/v1/cases"): _CASES,
    ("GET", "/v1/cases/{case}"): _CASES,
    ("GET", "/v1/cases/{case}/history"): _CASES,
    ("GET", "/v1/cases/{case}/decision"): _CASES,
    **{("POST", f"/v1/cases/{{case}}/actions/{a.name}"): Line(a.permission, "reach") for a in ACTIONS.values()},
    ("POST", "/v1/cases/{case}/unmask"): _UNMASK,
    ("POST", "/v1/posts/{post}/unmask"): _UNMASK,
    ("POST", "/v1/posts/{post}/handover"): Line("post:write", "reach"),
    ("GET", "/maps/heat"): _CASES,
    ("GET", "/tiles/cases.json"): Line("case:read", "district"),
    ("GET", "/tiles/cases/{z}/{x}/{y}"): _CASES,
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
