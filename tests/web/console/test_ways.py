"""Ways through the console: what comes next, where the focus goes, what is offered, and how one gets back."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.flow.installation import Installation

from .conftest import Open
from .test_work import done, registered, reported, stands


def choose(page: Page, matter: str) -> None:
    field = page.locator(".ask input[role=combobox]")
    field.fill(matter)
    page.locator(".ask [role=option]").first.wait_for()
    field.press("Enter")


def test_what_was_found_leads_to_what_comes_next(open_console: Open, city: Installation):
    case = registered(city)
    for action, said in (("dispatch", {}), ("take", {}), ("finish", {"result": "已清理完毕"}), ("check", {})):
        done(city, case, action, **said)
    page = open_console(f"/case/{case['number']}").page
    stands(page, "checking")
    assert page.locator("#actions button.primary").get_attribute("data-action") == "check"
    done(city, case, "check", result="passed")
    page.wait_for_selector("#actions button.primary[data-action=close]")
    assert page.locator("#actions .found").inner_text().endswith("通过")


@pytest.mark.parametrize(("key", "screen"), [("o", "overdue"), ("h", "heat"), ("s", "shift"), ("e", "editions")])
def test_a_screen_that_is_gone_to_by_key_has_the_focus(open_console: Open, key: str, screen: str):
    page = open_console("/live").page
    page.wait_for_selector(".case-row")
    page.keyboard.press("l")
    page.keyboard.press("g")
    page.keyboard.press(key)
    page.wait_for_url(f"**/{screen}**")
    page.wait_for_function("() => document.activeElement.matches('[role=listbox], h1, h2, #list')")


def test_who_reports_a_case_stands_in_it(open_console: Open):
    page = open_console("/live?pt=120.216942,30.317031,wgs84").page
    page.get_by_role("button", name="在此上报").click()
    page.get_by_role("heading", name="在此上报案件").wait_for()
    choose(page, "06001")
    page.locator("form button[type=submit]").click()
    page.wait_for_url("**/case/**")
    page.wait_for_function("() => document.activeElement.matches('#panel')")


def test_the_search_offers_what_is_legal_and_says_what_it_does_not_read(open_console: Open, city: Installation):
    case = reported(city)
    page = open_console(f"/case/{case['number']}").page
    stands(page, "reported")
    page.keyboard.press("/")
    box = page.get_by_role("dialog")
    box.get_by_text("案情描述的文字在案件列表中查").wait_for()
    offered = {text.split("\n")[0].strip() for text in box.get_by_role("option").all_inner_texts()}
    assert offered.isdisjoint({"派遣", "退单", "延期", "办结反馈", "核查 / 结案"})
    box.get_by_role("combobox").fill("路面破损")
    box.get_by_role("option", name="在案件列表中查案情含“路面破损”的案件").click()
    page.wait_for_url("**/live?**q=**")


def test_a_point_far_away_has_a_way_back(open_console: Open):
    page = open_console("/live?m=12.00/31.23000/121.47000&pt=121.470000,31.230000,wgs84").page
    page.get_by_role("button", name="回到本市").click()
    page.wait_for_url(re.compile(r"m=[\d.]+/30\.3"))


def test_a_saved_view_is_opened_by_its_key(open_console: Open):
    page = open_console("/live?clock=red&m=14.00/30.32000/120.22000").page
    page.keyboard.press("Alt+2")
    page.get_by_text("常用视图 2 还没有保存").wait_for()
    page.get_by_role("button", name="我", exact=True).click()
    page.get_by_role("region", name="常用视图").get_by_role("button", name="存为此号").nth(1).click()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("h")
    page.wait_for_url("**/heat**")
    page.keyboard.press("Alt+2")
    page.wait_for_url("**/live?**clock=red**")
    assert "m=14.00/30.32" in page.url


def test_the_step_that_decided_is_marked_in_the_card(open_console: Open):
    page = open_console("/live?pt=120.216942,30.317031,wgs84").page
    choose(page, "06001")
    decides = page.locator(".ask [data-decides=true]")
    expect(decides).to_have_count(1)
    expect(decides).to_contain_text("L-STREET")
    expect(decides).to_contain_text("由此定责")
