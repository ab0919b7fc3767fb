"""The pages of the running service in a real browser: drawn, without a complaint, and nothing asked of the outside."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.request import urlopen

import pytest

from tests.chromium import Watched, launched

from .conftest import DemoRun
from .installation import Installation

pytestmark = pytest.mark.slow

PAINTED = """(canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let painted = 0;
  for (let at = 3; at < data.length; at += 4) painted += data[at] > 0;
  return painted;
}"""


@pytest.fixture(scope="module")
def port(demo_run: tuple[Installation, DemoRun]) -> Iterator[int]:
    """The demo city in service with its past cases."""
    installation = demo_run[0]
    installation.serve()
    installation.wait_until_ready()
    yield installation.port
    installation.kill_service()
    installation.must("down")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as chromium:
        yield chromium


class Visit(Watched):
    """One page in a wide window."""

    def __init__(self, browser: Any, url: str, ready: str) -> None:
        super().__init__(browser.new_page(viewport={"width": 1600, "height": 900}))
        self.page.goto(url)
        self.page.wait_for_selector(ready, state="attached")


@pytest.fixture(scope="module")
def heat(browser: Any, port: int) -> Iterator[Visit]:
    visit = Visit(browser, f"http://127.0.0.1:{port}/maps/heat", "html[data-ready]")
    yield visit
    visit.page.close()


@pytest.fixture(scope="module")
def docs(browser: Any, port: int) -> Iterator[Visit]:
    visit = Visit(browser, f"http://127.0.0.1:{port}/docs", ".opblock-tag")
    yield visit
    visit.page.close()


def test_the_density_of_the_demo_city_is_painted(heat: Visit):
    assert heat.page.locator("canvas.leaflet-heatmap-layer").evaluate(PAINTED) > 5000


def test_the_map_counts_every_case(heat: Visit):
    assert "5,400" in heat.page.inner_text("body").replace("\u2009", ",").replace("\u00a0", ",")


@pytest.mark.parametrize("which", ["heat", "docs"])
def test_a_page_asks_nothing_of_any_other_host(request: pytest.FixtureRequest, which: str):
    visit = request.getfixturevalue(which)
    assert len(visit.requests) > 3
    assert visit.hosts() == {"127.0.0.1"}


@pytest.mark.parametrize("which", ["heat", "docs"])
def test_a_page_has_nothing_to_complain_about(request: pytest.FixtureRequest, which: str):
    visit = request.getfixturevalue(which)
    assert (visit.complaints, visit.failed) == ([], [])


def test_the_documentation_lists_every_group(docs: Visit, port: int):
    with urlopen(f"http://127.0.0.1:{port}/openapi.json") as answer:
        paths = json.load(answer)["paths"]
    groups = {tag for path in paths.values() for operation in path.values() for tag in operation["tags"]}
    docs.page.wait_for_function("n => document.querySelectorAll('.opblock-tag').length === n", arg=len(groups))
    shown = docs.page.locator(".opblock-tag").evaluate_all("all => all.map((one) => one.dataset.tag)")
    assert set(shown) == groups


def test_an_operation_can_be_tried_from_the_documentation(docs: Visit):
    docs.page.locator(".opblock-tag[data-tag='health']").click()
    docs.page.locator("#operations-health-live_health_live_get").click()
    docs.page.get_by_role("button", name="Try it out").click()
    docs.page.get_by_role("button", name="Execute").click()
    docs.page.wait_for_selector(".live-responses-table .response-col_status:has-text('200')")
    assert docs.hosts() == {"127.0.0.1"}
