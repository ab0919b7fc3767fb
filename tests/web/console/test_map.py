"""The map: who answers where, by mouse and by keyboard; what just happened; layers, measure, the wall, and no map."""

import re
import time
from contextlib import suppress
from typing import Any

import pytest
from playwright.sync_api import TimeoutError

from tests.flow.installation import Installation, ask

from .conftest import Open, Visit

NEAR = "m=15.00/30.31000/120.22000"
# A place of the map where nothing but ground is, at that camera, is found by trying: cases of the demo city vary.
GROUND = ((900, 440), (820, 470), (1010, 470), (780, 560))


def ask_the_ground(visit: Visit) -> Any:
    """Click the map where nothing lies, and give the card."""
    for x, y in GROUND:
        visit.page.mouse.click(x, y)
        # Either the answer about the ground, or a case or a list of several, which may be open from the click before.
        with suppress(TimeoutError):
            visit.page.locator(".dock-card.ask .chiefs").wait_for(timeout=10_000)
            return visit.page.locator(".dock-card.ask")
    raise AssertionError("nowhere is ground")


def choose_a_matter(card: Any) -> None:
    card.locator("input[role=combobox]").fill("06010")
    card.locator("[role=option]").first.wait_for()
    card.locator("input[role=combobox]").press("Enter")


def test_a_click_names_the_place_the_chiefs_and_with_a_matter_the_unit_and_why(open_console: Open):
    visit = open_console(f"/live?{NEAR}", lang="en")
    card = ask_the_ground(visit)
    assert "from the nearest edge" in card.inner_text()
    assert card.locator(".who .chip").count() == 0
    choose_a_matter(card)
    card.locator(".who .chip").wait_for()
    step = card.locator(".why .step", has_text="Responsibility grid")
    step.hover()
    assert step.is_visible()
    assert re.search(r"[?&]pt=120\.\d+,30\.\d+,wgs84", visit.page.url)
    assert (visit.broken(), visit.complaints) == ([], [])


def test_outside_the_district_is_said_and_there_is_a_way_on(open_console: Open):
    visit = open_console("/live?m=14/30.2/120.1&pt=120.100000,30.200000,wgs84", lang="en")
    card = visit.page.locator(".dock-card.ask")
    assert card.locator("h2").inner_text() == "Outside the district"
    card.get_by_role("button", name="Show the nearest").wait_for()


def test_the_crosshair_asks_without_a_mouse_and_escape_gives_the_map_back(open_console: Open):
    visit = open_console(f"/live?{NEAR}")
    visit.page.keyboard.press("m")
    visit.page.locator(".crosshair").wait_for()
    before = visit.page.url
    visit.page.keyboard.press("ArrowRight")
    visit.page.wait_for_url(lambda url: url != before)
    visit.page.keyboard.press("Enter")
    visit.page.locator(".dock-card").wait_for()
    visit.page.locator(".dock-card button[aria-label]").first.focus()
    visit.page.keyboard.press("Escape")
    visit.page.locator(".dock-card").wait_for(state="detached")


def test_a_case_is_reported_from_the_map_and_opens(open_console: Open, city: Installation):
    visit = open_console(f"/live?{NEAR}", lang="en")
    card = ask_the_ground(visit)
    card.get_by_role("button", name="Report here").click()
    choose_a_matter(card)
    card.locator("textarea").fill("A heap by the kerb")
    card.get_by_role("button", name="Report", exact=True).click()
    visit.page.wait_for_url(re.compile("/case/"))
    number = re.search(r"/case/([^?]+)", visit.page.url)
    assert number
    found = ask(city.port, "GET", f"/v1/cases/{number[1]}")[1]
    assert (found["description"], found["category"]) == ("A heap by the kerb", "06010")


@pytest.mark.parametrize(("key", "shown"), [("b", "components"), ("b", "bands")])
def test_sets_of_layers_go_round_and_are_in_the_address(open_console: Open, key: str, shown: str):
    visit = open_console(f"/live?{NEAR}")
    visit.page.keyboard.press(key)
    visit.page.wait_for_url(re.compile(f"on=[^&]*{shown}"))
    visit.page.keyboard.press(key)
    visit.page.keyboard.press(key)
    visit.page.wait_for_url(lambda url: "on=" not in url)


def test_measuring_takes_the_clicks_and_gives_them_back(open_console: Open):
    visit = open_console(f"/live?{NEAR}", lang="en")
    visit.page.get_by_role("button", name="Measure").click()
    panel = visit.page.locator(".map-panel")
    for x, y in GROUND[:3]:
        visit.page.mouse.click(x, y)
        visit.page.wait_for_timeout(350)
    assert re.search(r"Length\s+\d+ m", panel.inner_text())
    assert re.search(r"Area\s+[\d,.]+ (m²|ha)", panel.inner_text())
    assert visit.page.locator(".dock-card").count() == 0
    visit.page.keyboard.press("Backspace")
    visit.page.wait_for_function("() => /Area\\s+–/.test(document.querySelector('.map-panel').innerText)")
    visit.page.keyboard.press("Escape")
    ask_the_ground(visit)


def test_the_legend_follows_the_zoom_and_the_layers(open_console: Open):
    visit = open_console(f"/live?{NEAR}", lang="en")
    legend = visit.page.locator(".legend")
    assert "overdue" in legend.inner_text()
    assert "component" not in legend.inner_text()
    visit.page.get_by_role("button", name="Layers").click()
    visit.page.get_by_label("Components").check()
    legend.get_by_text("component, by class").wait_for()
    visit.page.get_by_role("checkbox", name="Cases", exact=True).uncheck()
    legend.get_by_text("overdue").wait_for(state="detached")


def test_the_map_can_be_kept_as_a_picture(open_console: Open):
    visit = open_console(f"/live?{NEAR}", theme="dark", lang="en")
    visit.page.get_by_role("button", name="Print or save").click()
    with visit.page.expect_download(timeout=60_000) as saved:
        visit.page.get_by_role("button", name="PNG").click()
    picture = saved.value.path().read_bytes()
    width, height = (int.from_bytes(picture[at : at + 4], "big") for at in (16, 20))
    assert (picture[:8], width, height) == (b"\x89PNG\r\n\x1a\n", 2828, 2000)


def test_the_wall_shows_numbers_the_worst_and_the_map(open_console: Open):
    visit = open_console("/wall", width=1920, height=1080)
    visit.page.wait_for_selector("html[data-list-ready]", state="attached")
    assert visit.page.locator(".wall-list li").count() == 10
    assert visit.page.locator(".wall-numbers dd").count() == 5
    sizes = visit.page.evaluate(
        "[...document.querySelectorAll('.wall-bar *, .wall-list *')].filter((e) => e.innerText)"
        ".map((e) => parseFloat(getComputedStyle(e).fontSize))"
    )
    assert min(sizes) >= 24
    visit.page.keyboard.press("Escape")
    visit.page.wait_for_url(re.compile("/live"))


def test_without_webgl_the_list_works_and_the_way_on_is_said(browser: Any, city: Installation):
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    try:
        page = context.new_page()
        page.add_init_script(
            "const get = HTMLCanvasElement.prototype.getContext;"
            "HTMLCanvasElement.prototype.getContext = function (kind, ...rest) "
            "{ return kind.startsWith('webgl') ? null : get.call(this, kind, ...rest); };"
        )
        page.goto(f"http://127.0.0.1:{city.port}/live?lang=en")
        page.locator(".no-map").wait_for()
        page.locator(".case-row").first.wait_for()
        assert page.locator(".no-map a[href='/maps/heat']").is_visible()
    finally:
        context.close()


# In which frames of the page something was drawn on a canvas of graphics.
FRAMES = """
window.frames_drawn = new Set();
const clear = WebGL2RenderingContext.prototype.clear;
WebGL2RenderingContext.prototype.clear = function (...given) {
  window.frames_drawn.add(document.timeline.currentTime);
  return clear.apply(this, given);
};
"""


def test_tiles_that_come_one_after_the_other_are_not_drawn_one_by_one(browser: Any, open_console: Open):
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    context.add_init_script(FRAMES)
    held: list[str] = []

    def late(route: Any) -> None:
        held.append(route.request.url)
        time.sleep(0.15)
        route.continue_()

    context.route(re.compile(r"/tiles/\w+/\d+/"), late)
    page = open_console("/live", context=context).page
    frames = page.evaluate("window.frames_drawn.size")
    assert len(held) > 12
    assert frames < len(held) * 3 / 4
    # The map that has come to rest is drawn at once again.
    page.keyboard.press("m")
    page.keyboard.press("PageUp")
    page.wait_for_selector("html[data-map=drawing]", state="attached")
    context.close()
