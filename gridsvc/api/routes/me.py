"""The caller himself: signing in and out, who he is and what he may do, his password; and the page to sign in at."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from gridsvc.api.auth import COOKIE, csrf_of, refuse_foreign
from gridsvc.api.deps import CallerDep, PartsDep
from gridsvc.api.schemas.actors import PasswordChange, SignIn
from gridsvc.api.schemas.common import PROBLEMS
from gridsvc.rights import ROLE_NAMES, Grant
from gridsvc.services.actors import change_password
from gridsvc.services.sessions import LASTS, sign_in, sign_out
from gridsvc.web.pages.sign_in import PAGE_CSP, sign_in_page

router = APIRouter(tags=["actors"], responses=PROBLEMS)


@router.get("/login", include_in_schema=False)
def login_page(parts: PartsDep, lang: Annotated[Literal["zh", "en"] | None, Query()] = None) -> HTMLResponse:
    """Show the page to sign in at."""
    return HTMLResponse(
        sign_in_page(lang or parts.settings.lang, parts.provider is not None),
        headers={"Content-Security-Policy": PAGE_CSP},
    )


@router.post("/v1/login")
def login(body: SignIn, parts: PartsDep, request: Request) -> JSONResponse:
    """Open a session by name and password: a cookie, and the word ``csrf`` that every change must be sent with."""
    # Or a page elsewhere could sign somebody's browser in as somebody else.
    refuse_foreign(request)
    address = request.client.host if request.client else ""
    cookie, actor = sign_in(parts.engine, body.name, body.password, address, parts.now())
    answer = JSONResponse({"name": actor.name, "title": actor.title, "csrf": csrf_of(cookie)})
    keep_cookie(answer, cookie, LASTS)
    return answer


@router.post("/v1/logout", status_code=204)
def logout(parts: PartsDep, caller: CallerDep) -> Response:
    """End the session of this cookie, for good."""
    if caller.cookie is not None:
        sign_out(parts.engine, caller.cookie, caller.at)
    answer = Response(status_code=204)
    keep_cookie(answer, "", timedelta())
    return answer


@router.get("/v1/me")
def me(caller: CallerDep) -> dict[str, Any]:
    """Tell who the caller is and what he may do in this district now."""
    actor, at = caller.actor, caller.at
    roles = [{"role": role, "zh": ROLE_NAMES[role]} for role in actor.roles(caller.district, at)]
    return {
        "name": actor.name,
        "district": caller.district,
        "roles": roles,
        "permissions": sorted(actor.permissions(caller.district, at)),
        "grants": [shown_grant(grant) for grant in actor.grants if grant.holds(at)],
        "csrf": None if caller.cookie is None else csrf_of(caller.cookie),
    }


@router.post("/v1/me/password", status_code=204)
def my_password(body: PasswordChange, parts: PartsDep, caller: CallerDep, request: Request) -> Response:
    """Change one's own password; all sessions end, this one too."""
    address = request.client.host if request.client else ""
    change_password(parts.engine, caller.actor.name, body.old, body.new, address, caller.at)
    return Response(status_code=204)


def keep_cookie(answer: Response, cookie: str, lasts: timedelta) -> None:
    """Let the browser keep a session's cookie, or forget it: no script reads it, no other site sends it along.

    Links from elsewhere may open a page (``lax``), but every change needs the session's word beside the cookie.
    """
    whole_s = int(lasts.total_seconds())
    answer.set_cookie(COOKIE, cookie, max_age=whole_s, path="/", secure=True, httponly=True, samesite="lax")


def shown_grant(grant: Grant) -> dict[str, Any]:
    """A grant as the API shows it."""
    return {
        "role": grant.role,
        "district": grant.district,
        "layer": grant.layer,
        "area": grant.area,
        "unit": grant.unit,
        "valid_from": grant.valid_from.isoformat() if grant.valid_from else None,
        "valid_to": grant.valid_to.isoformat() if grant.valid_to else None,
    }
