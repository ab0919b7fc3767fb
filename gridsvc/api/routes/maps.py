"""The files that pages need, and the API's own documentation; nothing from outside."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import HTMLResponse, Response

from gridsvc.web.assets import asset, media_type, packed, version

router = APIRouter(include_in_schema=False)
DOCS = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>gridsvc API</title>
<link rel="icon" href="/static/own/favicon.svg"><link rel="stylesheet" href="/static/swagger-ui/swagger-ui.css"></head>
<body><div id="swagger-ui"></div><script src="/static/swagger-ui/swagger-ui-bundle.js"></script>
<script src="/static/own/docs.js"></script></body></html>"""
DOCS_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'"
)
# A script that runs as a worker is bound by its own policy, not by that of the page.
WORKER_CSP = "default-src 'none'; script-src 'self'; connect-src 'self'"


@router.get("/static/{name:path}")
def static(
    name: str,
    request: Request,
    v: Annotated[str | None, Query()] = None,
    accepts: Annotated[str, Header(alias="Accept-Encoding")] = "",
) -> Response:
    """Serve one of our own files; unchanged ones are not sent twice, and whoever unpacks gets them packed."""
    kind = media_type(name)
    packs = not kind.startswith("image/png") and "gzip" in (one.strip() for one in accepts.split(","))
    tag = f'"{version(name)}{"-gzip" if packs else ""}"'
    # An address that names the content never means anything else.
    named_by_content = v == version(name) or name.startswith("console/chunk-")
    keep = "public, max-age=31536000, immutable" if named_by_content else "public, max-age=3600"
    headers = {"ETag": tag, "Cache-Control": keep, "X-Content-Type-Options": "nosniff", "Vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    # Sandboxed pages have an origin of their own, from which fonts and modules count as foreign.
    headers["Access-Control-Allow-Origin"] = "*"
    if kind.startswith("text/javascript"):
        headers["Content-Security-Policy"] = WORKER_CSP
    if packs:
        return Response(packed(name), media_type=kind, headers=headers | {"Content-Encoding": "gzip"})
    return Response(asset(name), media_type=kind, headers=headers)


@router.get("/docs")
def docs() -> HTMLResponse:
    """Show the API's documentation with our own copy of its viewer."""
    return HTMLResponse(DOCS, headers={"Content-Security-Policy": DOCS_CSP})
