"""Maps of the load as pages that need no network: density, areas in classes, over time, and the cases themselves."""

from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from gridsvc.api.deps import CallerDep, PartsDep, room_of
from gridsvc.api.routes.cases import FilterDep
from gridsvc.api.routes.heat import DAYS, AskedDep, EditionQuery, in_period
from gridsvc.router import Router
from gridsvc.services.heat import Asked, heat, points_of
from gridsvc.store.case_lists import CaseFilter
from gridsvc.values import Lang
from gridsvc.web.offline import PAGE_CSP, render
from gridsvc.web.pages.city_heat import city_heat, days, outlines_of, partitions
from gridsvc.web.pages.heat import heat_page
from gridsvc.web.pages.heat_words import WORDS
from gridsvc.web.pages.told_heat import choropleth, told_layer

router = APIRouter(include_in_schema=False)
PAGES = {
    "heat": "/maps/heat", "time": "/maps/heat/time", "choropleth": "/maps/choropleth", "clusters": "/maps/clusters",
}  # fmt: skip
TITLES = {"zh": ("{}：案件热力图", "案件库"), "en": ("{}: case heat map", "case store")}
STEPS, STEP = 12, timedelta(days=7)
MOST_CASES = 20_000


class Page:
    """What every one of the pages has: language, title, source, the instant, and the way to the others."""

    def __init__(self, request: Request, parts: PartsDep, caller: CallerDep, lang: Literal["zh", "en"] | None = None):
        self.lang: Lang = lang or parts.settings.lang
        self._query = urlencode([(k, v) for k, v in request.query_params.multi_items() if k != "by"])
        self._own, self._at = request.url.path, caller.at

    def about(self, room: Router) -> dict[str, Any]:
        """Keywords of a page."""
        edition = room.snapshot.edition
        title, source = TITLES[self.lang]
        ways = [
            (f"{path}?{self._query}", WORDS[self.lang][f"page_{name}"])
            for name, path in PAGES.items()
            if path != self._own
        ]
        return {
            "title": title.format(edition.title or edition.code), "source": source, "lang": self.lang,
            "generated": self._at.astimezone(room.zone), "links": ways,
        }  # fmt: skip

    def answer(self, page: Any) -> HTMLResponse:
        """Send a page with the policy that keeps it to itself."""
        text = render(page, mode="linked", base_url="/static/", lang=self.lang)
        return HTMLResponse(text, headers={"Content-Security-Policy": PAGE_CSP})


PageDep = Annotated[Page, Depends(Page)]


@router.get("/maps/heat")
def density(parts: PartsDep, page: PageDep, wanted: FilterDep) -> HTMLResponse:
    """Show where the cases of a period are, by all it has: density, areas and hexagons."""
    room = parts.current.get()
    found = points_of(parts.engine, wanted)
    told = []
    if found.first is not None and found.last is not None:
        whole = replace(wanted, start=wanted.start or found.first, end=wanted.end or found.last + timedelta(seconds=1))
        by = [*partitions(room.snapshot.edition), "hex"]
        told = [heat(parts.engine, room, whole, Asked(by=one)) for one in by]
    return page.answer(city_heat(
        lon=found.lon, lat=found.lat, labels=found.labels, locator=room.locator,
        period=days(found.first, found.last, room.zone),
        told=[told_layer(one, room.snapshot.edition, page.lang) for one in told], **page.about(room),
    ))  # fmt: skip


@router.get("/maps/choropleth")
def classes(
    parts: PartsDep, caller: CallerDep, page: PageDep, wanted: FilterDep, asked: AskedDep, edition: EditionQuery = None
) -> HTMLResponse:
    """Show one rate by area, as `GET /v1/heat` tells it."""
    room = room_of(parts, caller, edition)
    told = heat(parts.engine, room, in_period(wanted, caller.at, DAYS["day"]), replace(asked, before=None))
    return page.answer(choropleth(told, room.snapshot.edition, **page.about(room)))


@router.get("/maps/heat/time")
def over_time(
    parts: PartsDep,
    caller: CallerDep,
    page: PageDep,
    wanted: FilterDep,
    asked: AskedDep,
    edition: EditionQuery = None,
    steps: Annotated[int, Query(ge=1, le=60)] = STEPS,
) -> HTMLResponse:
    """Show one rate by area week by week up to the end of the period, each week as `GET /v1/heat` tells it."""
    room = room_of(parts, caller, edition)
    end = in_period(wanted, caller.at, 1).end or caller.at
    ask = replace(asked, before=None)

    def week(n: int) -> CaseFilter:
        return replace(wanted, start=end - (n + 1) * STEP, end=end - n * STEP)

    told = [heat(parts.engine, room, week(n), ask) for n in reversed(range(steps))]
    return page.answer(choropleth(told[-1], room.snapshot.edition, steps=told, **page.about(room)))


@router.get("/maps/clusters")
def cases(parts: PartsDep, caller: CallerDep, page: PageDep, wanted: FilterDep) -> HTMLResponse:
    """Show the cases of a period one by one, those that lie close together as a number; the newest, of very many."""
    room = parts.current.get()
    period = in_period(wanted, caller.at, DAYS["day"])
    found = points_of(parts.engine, period)
    rows = [
        (round(y, 6), round(x, 6), str(c), str(a or ""))
        for x, y, c, a in zip(found.lon.tolist(), found.lat.tolist(), *found.labels, strict=True)
    ][-MOST_CASES:]
    return page.answer(heat_page(
        points=((), ()), layers=[], outlines=outlines_of(room.snapshot.edition, page.lang), cases=rows,
        figures=(len(rows), len(found.lon) - len(rows)), period=days(period.start, period.end, room.zone),
        **page.about(room),
    ))  # fmt: skip
