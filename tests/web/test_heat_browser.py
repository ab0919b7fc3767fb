"""The heat page in a real browser: no outside request, no error, painted, and it answers the hand."""

from collections.abc import Iterator

import pytest
from browsing import Opened, served

from gridsvc.web.offline import render

pytestmark = pytest.mark.slow

PAINTED = """(canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let painted = 0;
  for (let at = 3; at < data.length; at += 4) painted += data[at] > 0;
  return painted;
}"""


@pytest.fixture(params=[("inline", 1400), ("linked", 1400), ("inline", 390)], ids=lambda p: f"{p[0]}-{p[1]}")
def shown(request, browser, make_page, tmp_path) -> Iterator[Opened]:
    mode, width = request.param
    watched = Opened(browser, width)
    html = render(make_page(), mode=mode)
    if mode == "inline":
        (tmp_path / "heat.html").write_text(html, encoding="utf-8")
        yield watched.open((tmp_path / "heat.html").as_uri())
    else:
        with served(html) as url:
            yield watched.open(url)
    watched.page.close()


def choose(watched: Opened, part: str, at: int) -> None:
    """Click the n-th choice of the layer control; on a narrow screen it must be opened first."""
    toggle = watched.page.locator(".leaflet-control-layers-toggle")
    if toggle.is_visible():
        box = toggle.bounding_box()
        watched.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    watched.page.locator(f".leaflet-control-layers-{part} input").nth(at).click()


def test_the_density_is_painted_without_any_outside_request_or_error(shown):
    assert shown.page.locator("canvas.leaflet-heatmap-layer").evaluate(PAINTED) > 500
    assert shown.hosts() <= {"", "127.0.0.1"}
    assert shown.complaints == []


def test_choosing_a_theme_replaces_the_density_and_fills_the_legend(shown):
    choose(shown, "base", 1)
    shown.page.wait_for_selector(".legend li")
    assert shown.page.locator("canvas.leaflet-heatmap-layer").count() == 0
    assert shown.page.locator("canvas.leaflet-zoom-animated").first.is_visible()
    assert shown.page.locator(".legend li").count() == 4  # three distinct rates, and no case
    choose(shown, "base", 0)
    assert shown.page.locator("canvas.leaflet-heatmap-layer").evaluate(PAINTED) > 500
    assert shown.complaints == []


def test_the_density_is_smooth_at_the_deepest_zoom(shown):
    shown.page.evaluate("""() => {
      const map = window[Object.keys(window).find((name) => /^map_/.test(name))];
      map.setView([30.205, 120.115], 19, { animate: false });
    }""")
    canvas = shown.page.locator("canvas.leaflet-heatmap-layer")
    shown.page.wait_for_function(f"() => ({PAINTED})(document.querySelector('canvas.leaflet-heatmap-layer')) > 90000")
    width, height = canvas.evaluate("(canvas) => [canvas.width, canvas.height]")
    # A quarter of a kilometre of cases along a line: nothing in sight is farther from one than the kernel reaches.
    assert canvas.evaluate(PAINTED) > 0.95 * width * height
    assert shown.complaints == []


def test_an_outline_can_be_switched_off(shown):
    assert shown.page.locator(".place").count() == 4
    choose(shown, "overlays", 0)
    assert shown.page.locator(".place").count() == 0


def test_the_measure_switch_ranks_by_cases(shown):
    choose(shown, "base", 1)
    shown.page.locator(".switch label").nth(1).click()
    assert shown.page.locator(".top b").first.inner_text() == "200"
    assert shown.page.locator(".legend span").first.inner_text() == "≥ 200"


def test_pointing_at_an_area_tells_its_figures_and_hostile_names_stay_text(shown, areas):
    choose(shown, "base", 1)
    shown.page.locator(".top button").first.click()
    shown.page.wait_for_selector(".tip")
    assert shown.page.locator(".tip strong").inner_text() == areas["name"][1]
    assert shown.page.locator(".tip dd").first.inner_text() == "200"
    assert shown.page.locator("html").get_attribute("data-hacked") is None
    assert shown.page.locator("body img").count() == 0
    assert shown.complaints == []


def test_the_pointer_alone_opens_a_tooltip(shown):
    choose(shown, "base", 1)
    box = shown.page.locator(".folium-map").bounding_box()
    for step in range(6):  # Leaflet looks at a moving pointer every 32 ms
        shown.page.mouse.move(box["x"] + box["width"] * 0.12 + step, box["y"] + box["height"] / 2)
        shown.page.wait_for_timeout(50)
    shown.page.wait_for_selector(".tip")


def test_nothing_is_wider_than_the_screen(shown):
    wide = shown.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    assert shown.page.locator(".leaflet-control-scale-line").inner_text().endswith("m")
