"""The field page for phones: one address, and the worker that opens it where there is no network."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from gridsvc.api.deps import Parts, PartsDep, zone_at_hand
from gridsvc.web.pages.field import ADDRESS, PAGE_CSP, WORKER, WORKER_CSP, field_page, field_worker

router = APIRouter(include_in_schema=False)


def _page(parts: Parts) -> str:
    return field_page(parts.settings.lang, zone_at_hand(parts))


@router.get(ADDRESS)
def page(parts: PartsDep) -> HTMLResponse:
    """Show the page; whoever asks gets the same, and what it shows it asks for with his rights."""
    return HTMLResponse(_page(parts), headers={"Content-Security-Policy": PAGE_CSP, "Cache-Control": "no-cache"})


@router.get(WORKER)
def worker(parts: PartsDep) -> Response:
    """Give the script of the worker, which may answer for this page and no other address of the site."""
    headers = {
        "Content-Security-Policy": WORKER_CSP, "Cache-Control": "no-cache", "Service-Worker-Allowed": ADDRESS,
        "X-Content-Type-Options": "nosniff",
    }  # fmt: skip
    return Response(field_worker(_page(parts)), media_type="text/javascript; charset=utf-8", headers=headers)
