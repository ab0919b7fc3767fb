"""The page of a difference in a real browser: no outside request, no error, and the list leads to each change."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import Opened
from drawing import at
from test_diff_page import MADE, found

from gridsvc.web.offline import render
from gridsvc.web.pages.diff import diff_page

pytestmark = pytest.mark.slow

MAP = "window[Object.keys(window).find((name) => /^map_/.test(name))]"


@pytest.fixture(params=[1400, 390])
def shown(request, browser, tmp_path: Path) -> Iterator[Opened]:
    (tmp_path / "diff.html").write_text(render(diff_page(found(), "zh", MADE), mode="inline"), encoding="utf-8")
    watched = Opened(browser, request.param)
    yield watched.open((tmp_path / "diff.html").as_uri())
    assert watched.complaints == []
    assert watched.hosts() == {""}
    watched.page.close()


def test_an_entry_zooms_to_its_change_and_is_marked(shown: Opened):
    shown.page.evaluate(f"() => {MAP}.setView([30.1, 120.2], 9, {{ animate: false }})")
    shown.page.locator(".list button").nth(1).click()
    shown.page.wait_for_function(f"() => {MAP}.getZoom() > 16")
    centre = shown.page.evaluate(f"() => [{MAP}.getCenter().lng, {MAP}.getCenter().lat]")
    assert centre == pytest.approx(at(2, 3), abs=1e-4)  # the middle of the merged F and G
    assert shown.page.locator(".list button").nth(1).get_attribute("aria-current") == "true"
    assert shown.page.locator(".list button[aria-current=true]").count() == 1


def test_another_layer_has_its_own_list_and_legend(shown: Opened):
    assert shown.page.locator(".list button em").all_inner_texts() == ["拆分", "合并", "改名"]
    shown.page.locator(".layers label").nth(1).click()
    assert shown.page.locator(".list button em").all_inner_texts() == ["撤销"]
    assert shown.page.locator(".panel h2").inner_text() == "zone"


def test_a_click_on_the_map_finds_the_entry_and_hostile_names_stay_text(shown: Opened):
    box = shown.page.locator(".folium-map").bounding_box()
    # The north-west corner of the city is C, which only has another name.
    shown.page.mouse.click(box["x"] + box["width"] / 2 - 60, box["y"] + box["height"] / 2 - 60)
    current = shown.page.locator(".list button[aria-current=true]")
    assert current.locator("em").inner_text() in ("改名", "拆分")
    assert shown.page.locator("html").get_attribute("data-hacked") is None
    assert shown.page.locator("body img").count() == 0


def test_nothing_is_wider_than_the_screen(shown: Opened):
    wide = shown.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
