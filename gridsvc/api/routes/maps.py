"""Pages and the files they need: the heat map, the API's own documentation; nothing from outside."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from gridsvc.api.deps import CallerDep, PartsDep
from gridsvc.api.schemas.common import Instant
from gridsvc.services.heat import points_between
from gridsvc.web.assets import asset, media_type, version
from gridsvc.web.offline import PAGE_CSP, render
from gridsvc.web.pages.city_heat import city_heat, days

router = APIRouter(include_in_schema=False)
WORDS = {"zh": ("{}：案件热力图", "案件库"), "en": ("{}: case heat map", "case store")}
DOCS = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>gridsvc API</title>
<link rel="icon" href="/static/own/favicon.svg"><link rel="stylesheet" href="/static/swagger-ui/swagger-ui.css"></head>
<body><div id="swagger-ui"></div><script src="/static/swagger-ui/swagger-ui-bundle.js"></script>
<script src="/static/own/docs.js"></script></body></html>"""
DOCS_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'"
)


@router.get("/")
def home() -> RedirectResponse:
    """Lead to the heat map until the console exists."""
    return RedirectResponse("/maps/heat")


@router.get("/maps/heat")
def heat(
    parts: PartsDep,
    caller: CallerDep,
    lang: Literal["zh", "en"] | None = None,
    start: Annotated[Instant | None, Query(alias="from")] = None,
    end: Annotated[Instant | None, Query(alias="to")] = None,
) -> HTMLResponse:
    """Show where the cases of a period are."""
    room = parts.current.get()
    found = points_between(parts.engine, caller.reach("case:read", room), start, end)
    language = lang or parts.settings.lang
    title, source = WORDS[language]
    edition = room.snapshot.edition
    page = city_heat(
        title=title.format(edition.title or edition.code), lon=found.lon, lat=found.lat, labels=found.labels,
        locator=room.locator, lang=language, generated=parts.now().astimezone(room.zone),
        period=days(found.first, found.last, room.zone), source=source,
    )  # fmt: skip
    text = render(page, mode="linked", base_url="/static/", lang=language)
    return HTMLResponse(text, headers={"Content-Security-Policy": PAGE_CSP})


@router.get("/static/{name:path}")
def static(name: str, request: Request) -> Response:
    """Serve one of our own files; unchanged ones are not sent twice."""
    tag = f'"{version(name)}"'
    headers = {"ETag": tag, "Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    # Sandboxed pages have an origin of their own, from which fonts and modules count as foreign.
    headers["Access-Control-Allow-Origin"] = "*"
    return Response(asset(name), media_type=media_type(name), headers=headers)


@router.get("/docs")
def docs() -> HTMLResponse:
    """Show the API's documentation with our own copy of its viewer."""
    return HTMLResponse(DOCS, headers={"Content-Security-Policy": DOCS_CSP})
