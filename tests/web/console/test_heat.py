"""Heat and assessment in a real browser: the address is the state, and a table says what the map says."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .conftest import Open, Visit


def asked(visit: Visit) -> dict[str, str]:
    """The query of the address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(visit.page.url).query).items()}


def told(visit: Visit) -> Any:
    """What the service tells of the heat that is shown, by the picture's own address."""
    href = visit.page.get_attribute("a[download='heat.png']", "href")
    assert href
    return visit.page.request.get(visit.base + href.replace("/v1/heat.png", "/v1/heat")).json()


def rows(visit: Visit) -> dict[str, str]:
    """The legend: words and how many areas."""
    visit.page.wait_for_selector("html[data-heat=ready] .heat-legend li", state="attached")
    lines = visit.page.locator(".heat-legend li")
    return {line.locator("span").inner_text(): line.locator("small").inner_text() for line in lines.all()}


def test_the_legend_and_the_list_say_what_the_service_tells(open_console: Open):
    visit = open_console("/heat?area=street", lang="en")
    shown, of = rows(visit), told(visit)
    assert [shown[w] for w in ("≥ 100", "50 – 100", "20 – 50", "10 – 20", "5 – 10", "< 5")] == [
        str(n) for n in reversed(of["classes"])
    ]
    assert shown["fewer than 10 cases"] == str(of["few"])
    names = visit.page.locator(".heat-top .name").all_inner_texts()
    assert names == [cell["name_en"] for cell in of["cells"]][:10]
    assert (visit.broken(), visit.failed, visit.complaints) == ([], [], [])


def test_periods_are_compared_by_a_key_and_the_table_has_the_same_numbers(open_console: Open):
    visit = open_console("/heat?area=grid", lang="zh")
    rows(visit)
    visit.page.keyboard.press("c")
    visit.page.wait_for_selector(".heat-legend [role=group]")
    assert asked(visit)["vs"] == "previous"
    visit.page.click("text=表格")
    table = visit.page.locator(".heat-table tbody tr")
    of = told(visit)
    assert table.count() == len(of["cells"])
    first = {cell["name_zh"]: cell for cell in of["cells"]}
    for line in table.all()[:5]:
        name, n, _, n_before = (cell.inner_text() for cell in line.locator("td").all()[:4])
        known = next(cell for zh, cell in first.items() if name.startswith(zh))
        assert (n, n_before) == (str(known["n"]), str(known["vs_n"]))
    visit.page.go_back()
    assert visit.page.locator(".heat-table").count() == 0


def test_an_hour_of_the_week_filters_and_lets_go_again(open_console: Open):
    visit = open_console("/heat?area=street", lang="en")
    rows(visit)
    before = told(visit)["n"]
    visit.page.click(".heat-hours tbody tr:first-child th button")
    visit.page.wait_for_function("location.search.includes('weekday=1')")
    assert 0 < told(visit)["n"] < before
    visit.page.click("text=All hours")
    visit.page.wait_for_function("() => !location.search.includes('weekday')")
    assert told(visit)["n"] == before


def test_the_period_moves_by_keys_and_stays_in_the_address(open_console: Open):
    visit = open_console("/heat?area=street&from=2024-05-01&to=2024-05-30", lang="en")
    rows(visit)
    visit.page.keyboard.press("[")
    visit.page.wait_for_function("location.search.includes('from=2024-04-23')")
    visit.page.keyboard.press("]")
    visit.page.wait_for_function("location.search.includes('from=2024-05-01')")
    assert told(visit)["period"]["days"] == 30


def test_hexagons_and_a_density_are_drawn_without_a_tile(open_console: Open):
    for area in ("hex", "kde"):
        visit = open_console(f"/heat?area={area}&from=2024-05-01&to=2024-05-30", lang="en")
        assert sum(int(n.replace(",", "")) for n in rows(visit).values()) > 0
        assert not [url for url in visit.requests if f"/tiles/{area}/" in url]
        assert (visit.failed, visit.complaints) == ([], [])


def test_a_sheet_is_made_ranked_and_leads_to_its_cases(open_console: Open):
    visit = open_console("/board/digital/2024-05", lang="en")
    visit.page.click("text=Make the sheet")
    visit.page.wait_for_selector(".board-table tbody tr")
    ranks = visit.page.locator(".board-table tbody tr td:first-child").all_inner_texts()
    assert [rank.split()[0] for rank in ranks] == [str(n) for n in range(1, len(ranks) + 1)]
    cell = visit.page.locator(".board-table tbody tr").first.locator("td button").first
    assert re.fullmatch(r"disposal: \d+ of \d+, [\d.]+ %, show the cases", cell.get_attribute("aria-label") or "")
    cell.click()
    visit.page.wait_for_function("location.pathname === '/live'")
    assert {"street", "from", "to", "status"} <= asked(visit).keys()


# What of a choice has no room beside the arrow.
CUT = """() => [...document.querySelectorAll(".heat-settings select")].filter((select) => {
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = getComputedStyle(select).font;
  return pen.measureText(select.selectedOptions[0].text).width > select.clientWidth - 24;
}).map((select) => select.selectedOptions[0].text)"""


def test_on_a_laptop_the_legend_is_a_strip_and_no_choice_is_cut(open_console: Open):
    visit = open_console("/heat?area=grid&rate=components", lang="en", width=1366)
    visit.page.wait_for_selector("html[data-heat=ready] .heat-legend[data-folded=true] li")
    legend, stage = (visit.page.locator(name).bounding_box() for name in (".heat-legend", ".stage"))
    assert legend["height"] < stage["height"] / 8
    lines = visit.page.locator(".heat-legend li").all()
    assert [line.inner_text() for line in lines if line.bounding_box()["height"] > 30] == []
    assert visit.page.evaluate(CUT) == []
    visit.page.click(".heat-legend [aria-expanded=false]")
    assert visit.page.locator(".heat-legend li .n").first.is_visible()
