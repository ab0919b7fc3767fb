"""The page of a sheet in a real browser: on a screen, on a telephone, and printed on A4."""

import re

import pytest
from browsing import Opened
from checked import HOSTILE
from sheets import sheet

from gridsvc.web.pages.sheet import sheet_page

pytestmark = pytest.mark.slow


@pytest.fixture(params=[1400, 390])
def shown(request, browser, tmp_path):
    watched = Opened(browser, request.param)
    (tmp_path / "sheet.html").write_text(sheet_page(sheet(), "zh", inline=True), encoding="utf-8")
    # It has no script that would say that it is ready.
    watched.page.goto((tmp_path / "sheet.html").as_uri())
    yield watched
    watched.page.close()


def test_it_is_shown_without_a_complaint_and_no_wider_than_the_screen(shown):
    assert HOSTILE in shown.page.locator("h1").inner_text()
    assert shown.page.locator("html").get_attribute("data-hacked") is None
    assert shown.complaints == []
    wide = shown.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0


def test_it_prints_on_a4_lying_with_its_heading_on_each_page(shown):
    lines = [{**sheet()["lines"][0], "code": f"A{i}"} for i in range(60)]
    shown.page.set_content(sheet_page(sheet(lines=lines), "zh", inline=True))
    pdf = shown.page.pdf(prefer_css_page_size=True)
    boxes = re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert len(boxes) > 2
    assert {(round(float(w)), round(float(h))) for w, h in boxes} == {(842, 595)}
