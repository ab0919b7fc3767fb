"""The offline bundle by which phones decide without a network, and the key that it is signed with."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Response

from gridsvc.api.deps import CallerDep, PartsDep
from gridsvc.api.schemas.common import PROBLEMS

router = APIRouter(tags=["map"], responses=PROBLEMS)
MEDIA_TYPE = "application/octet-stream"
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}},
    304: {"description": "the bundle is still the one with this ETag"},
}
Known = Annotated[str | None, Header(alias="If-None-Match", max_length=1000)]


@router.get("/v1/bundle", response_class=Response, responses=ANSWERS)
def bundle(parts: PartsDep, caller: CallerDep, known: Known = None) -> Response:
    """Give the bundle of what holds now, signed, for a week: areas, rules, chiefs, components; no telephone numbers.

    It is made anew where an edition, rules or posts changed, hourly where components did, and daily.
    """
    made = parts.bundles.get(parts.current.get(now=caller.at), caller.at)
    headers = {"ETag": made.etag, "Cache-Control": "private, no-cache"}
    if made.etag in (known or ""):
        return Response(None, 304, headers)
    headers["Content-Disposition"] = 'attachment; filename="city.gridbundle"'
    return Response(made.data, 200, headers, MEDIA_TYPE)


@router.get("/v1/bundle/key")
def key(parts: PartsDep, caller: CallerDep) -> dict[str, str]:
    """Give the public key that bundles are signed with, 64 hexadecimal digits, and its fingerprint."""
    public, short = parts.bundles.public_key()
    return {"public_key": public, "fingerprint": short}
