"""The console: one page for all of its addresses; what it shows it asks for with the rights of who looks."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from gridsvc.api.deps import PartsDep, zone_at_hand
from gridsvc.web.pages.console import ADDRESSES, PAGE_CSP, console_page

router = APIRouter(include_in_schema=False)


def console(parts: PartsDep) -> HTMLResponse:
    """Show the console, which finds out from its address what to show."""
    page = console_page(parts.settings.lang, zone_at_hand(parts))
    return HTMLResponse(page, headers={"Content-Security-Policy": PAGE_CSP})


for address in ADDRESSES:
    router.add_api_route(address, console, methods=["GET"])
