"""Signing in through the city's OpenID provider: out to it, and back with a code (code flow with PKCE)."""

import hmac
from typing import Annotated

from fastapi import APIRouter, Cookie, Query, Request
from fastapi.responses import RedirectResponse

from gridsvc.api.deps import Parts, PartsDep
from gridsvc.api.provider import Provider, no_provider, refused
from gridsvc.api.routes.me import keep_cookie
from gridsvc.api.visit import COOKIE, LASTS, Visit
from gridsvc.services.identity import no_subject
from gridsvc.services.sessions import LASTS as SESSION_LASTS
from gridsvc.services.sessions import sign_in_subject

router = APIRouter(include_in_schema=False)
BACK = "/login/oidc/callback"
# Nobody on the way keeps an answer that is made for one browser.
NO_STORE = {"Cache-Control": "no-store"}


@router.get("/login/oidc")
def leave(request: Request, parts: PartsDep, path: Annotated[str, Query(alias="next")] = "/") -> RedirectResponse:
    """Send the browser to the provider; ``next`` is the path of ours that it comes back to."""
    provider, now = _provider(parts), parts.now()
    visit = Visit.begin(path, now)
    url = visit.request(provider.published(now).authorization_endpoint, provider.about.client_id, _back(request, parts))
    answer = RedirectResponse(url, 303, NO_STORE)
    answer.set_cookie(COOKIE, visit.cookie(), int(LASTS.total_seconds()), secure=True, httponly=True, samesite="lax")
    return answer


@router.get(BACK)
def return_(
    request: Request,
    parts: PartsDep,
    state: str = "",
    code: str = "",
    iss: str | None = None,
    error: str | None = None,
    kept: Annotated[str | None, Cookie(alias=COOKIE)] = None,
) -> RedirectResponse:
    """Sign in whom the provider names, if the browser is the one that left and somebody here has this identity."""
    provider, now = _provider(parts), parts.now()
    visit = Visit.kept(kept, now)
    if visit is None or not hmac.compare_digest(state.encode(), visit.state.encode()):
        raise refused(
            "不是本浏览器十分钟内经 https 开始的登录",
            "this browser did not begin it, by https, in the last ten minutes",
        )
    # RFC 9207: the answer of another provider may not be taken for ours.
    if iss is not None and iss != provider.about.issuer:
        raise refused("应答来自另一个身份提供方", "another provider has answered")
    if error is not None or not code:
        told = error[:60] if error else "no code"
        raise refused(f"身份提供方拒绝了登录（{told}）", f"the provider has refused it ({told})")
    subject = provider.redeem(code, visit.verifier, visit.nonce, _back(request, parts), now)["sub"]
    if not parts.returned.first_time(visit, now):
        raise refused("这次登录已经完成", "this sign-in is complete already")
    address = request.client.host if request.client else ""
    cookie = sign_in_subject(parts.engine, provider.about.issuer, subject, address, now)
    if cookie is None:
        raise no_subject(subject)
    answer = RedirectResponse(visit.path, 303, NO_STORE)
    keep_cookie(answer, cookie, SESSION_LASTS)
    answer.delete_cookie(COOKIE, secure=True, httponly=True, samesite="lax")
    return answer


def _provider(parts: Parts) -> Provider:
    if parts.provider is None:
        raise no_provider()
    return parts.provider


def _back(request: Request, parts: Parts) -> str:
    """Where the provider sends the browser back to."""
    return (parts.settings.public_url or str(request.base_url).rstrip("/")) + BACK
