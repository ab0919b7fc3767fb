"""The page of a replay in a real browser: no outside request, no error, painted, and it answers the hand."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import Opened
from checked import HOSTILE
from test_changes_page import FAILED, GIVEN, MOVED, page
from test_heat_browser import PAINTED

pytestmark = pytest.mark.slow


@pytest.fixture(params=[1400, 390])
def shown(request: pytest.FixtureRequest, browser: Any, tmp_path: Path) -> Iterator[Opened]:
    (tmp_path / "moved.html").write_text(page(MOVED, GIVEN, FAILED, under=HOSTILE, mode="inline"), encoding="utf-8")
    watched = Opened(browser, request.param)
    yield watched.open((tmp_path / "moved.html").as_uri())
    watched.page.close()


def test_cases_are_painted_and_listed_without_any_outside_request_or_error(shown: Opened):
    assert shown.page.locator("canvas.leaflet-zoom-animated").first.evaluate(PAINTED) > 500
    assert shown.page.locator(".found li").count() == 3
    assert shown.hosts() <= {""}
    assert shown.complaints == []


def test_hostile_names_stay_text(shown: Opened):
    assert HOSTILE in shown.page.locator("h1").inner_text()
    assert HOSTILE in shown.page.locator(".found").inner_text()
    assert shown.page.locator("html").get_attribute("data-hacked") is None
    assert shown.page.locator("body img").count() == 0


def test_a_filter_by_change_hides_the_other_cases_and_leaves_the_sums(shown: Opened):
    shown.page.locator(".filter input[value=where]").uncheck()
    shown.page.locator(".filter input[value=failed]").uncheck()
    assert shown.page.locator(".found li").count() == 1
    shown.page.locator(".sums summary").first.click()
    assert shown.page.locator(".sums details[open] tbody tr").count() == 2
    assert shown.complaints == []
