"""The page of a check in a real browser: no outside request, no error, painted, and it answers the hand."""

from collections.abc import Iterator

import pytest
from browsing import Opened, served
from checked import HOSTILE, checked_city
from test_check_page import AT
from test_heat_browser import PAINTED

from gridsvc.spatial.topology import CheckReport
from gridsvc.web.offline import render
from gridsvc.web.pages.check import check_page

pytestmark = pytest.mark.slow
CITY, REPORT = checked_city()


def page(report: CheckReport = REPORT, mode: str = "inline") -> str:
    return render(check_page(CITY, report, lang="zh", generated=AT), mode=mode)


@pytest.fixture(params=[("inline", 1400), ("linked", 1400), ("inline", 390)], ids=lambda p: f"{p[0]}-{p[1]}")
def shown(request, browser, tmp_path) -> Iterator[Opened]:
    mode, width = request.param
    watched = Opened(browser, width)
    if mode == "inline":
        (tmp_path / "check.html").write_text(page(), encoding="utf-8")
        yield watched.open((tmp_path / "check.html").as_uri())
    else:
        with served(page(mode="linked")) as url:
            yield watched.open(url)
    watched.page.close()


def painted(watched: Opened) -> int:
    return watched.page.locator("canvas.leaflet-zoom-animated").first.evaluate(PAINTED)


def zoom(watched: Opened) -> float:
    return watched.page.evaluate("window[Object.keys(window).find((name) => /^map_/.test(name))].getZoom()")


def test_findings_are_painted_and_listed_without_any_outside_request_or_error(shown):
    assert painted(shown) > 500
    assert shown.page.locator(".found li").count() == len(REPORT.findings) == 3
    assert shown.hosts() <= {"", "127.0.0.1"}
    assert shown.complaints == []


def test_hostile_names_stay_text(shown):
    assert HOSTILE in shown.page.locator("h1").inner_text()
    assert HOSTILE in shown.page.locator(".found").inner_text()
    assert shown.page.locator("html").get_attribute("data-hacked") is None
    assert shown.page.locator("body img").count() == 0


def test_a_filter_by_severity_and_one_by_check_hide_rows_and_shapes(shown):
    before = painted(shown)
    shown.page.locator(".filter input[value=warning]").uncheck()
    assert shown.page.locator(".found li").count() == 2
    shown.page.locator(".filter input[value=gap]").uncheck()
    assert shown.page.locator(".found li").count() == 1
    assert "G1 与 G2 重叠" in shown.page.locator(".found").inner_text()
    shown.page.wait_for_timeout(100)
    assert painted(shown) < before
    shown.page.locator(".filter input[value=error]").uncheck()
    assert shown.page.locator("#empty").inner_text() != ""
    assert shown.complaints == []


def test_choosing_a_row_zooms_to_its_ground_and_marks_it(shown):
    before = zoom(shown)
    row = shown.page.locator(".found button").nth(1)
    row.click()
    shown.page.wait_for_function("() => document.querySelectorAll('.found button')[1].hasAttribute('aria-current')")
    shown.page.wait_for_timeout(600)
    assert zoom(shown) > before + 1
    assert shown.page.locator(".found button[aria-current]").count() == 1
    assert shown.complaints == []


def test_a_click_on_the_map_marks_the_row_and_leaves_the_map_where_it_is(shown):
    before = zoom(shown)
    gap = next(f for f in REPORT.findings if f.id == "gap")
    at = shown.page.evaluate(
        """([lat, lon]) => {
          const map = window[Object.keys(window).find((name) => /^map_/.test(name))];
          const box = map.getContainer().getBoundingClientRect(), p = map.latLngToContainerPoint([lat, lon]);
          return [box.x + p.x, box.y + p.y];
        }""",
        [gap.lat, gap.lon],
    )
    shown.page.mouse.click(*at)
    assert gap.zh in shown.page.locator(".found button[aria-current]").inner_text()
    assert zoom(shown) == before


def test_a_layer_can_be_switched_off(shown):
    before = painted(shown)
    toggle = shown.page.locator(".leaflet-control-layers-toggle")
    if toggle.is_visible():
        box = toggle.bounding_box()
        shown.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    shown.page.locator(".leaflet-control-layers-overlays input").first.click()
    shown.page.wait_for_timeout(100)
    assert painted(shown) != before


def test_nothing_is_wider_than_the_screen(shown):
    wide = shown.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0


@pytest.fixture
def opened(browser, tmp_path):
    """Open the page of a report; closed at the end."""
    watched = Opened(browser, 1400)

    def show(report: CheckReport) -> Opened:
        (tmp_path / "check.html").write_text(page(report), encoding="utf-8")
        return watched.open((tmp_path / "check.html").as_uri())

    yield show
    watched.page.close()


def test_a_city_without_findings_says_so(opened):
    shown = opened(CheckReport("E1", ()))
    assert "没有发现问题" in shown.page.locator("#panel").inner_text()
    assert shown.page.locator(".filter").count() == 0
    assert shown.page.locator("#more").is_hidden()
    assert shown.complaints == []


def test_a_long_list_grows_on_demand(opened):
    shown = opened(CheckReport("E1", REPORT.findings * 100))
    assert shown.page.locator(".found li").count() == 200
    shown.page.locator("#more").click()
    assert shown.page.locator(".found li").count() == 300
    assert shown.page.locator("#more").is_hidden()
