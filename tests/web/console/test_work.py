"""The work at the console: a case comes, is sent out, comes back and is closed, by mouse and by keyboard."""

from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, Route, expect

from tests.flow.installation import Installation, ask

from .conftest import Open

# Where a street's office answers, and where the rules of the demo city are disputed.
SETTLED, DISPUTED = ((120.2169419, 30.3170314), "06001"), ((120.2254655, 30.3195149), "10002")
SHOWN_MS = 2_000


def reported(city: Installation, about: tuple[tuple[float, float], str] = SETTLED) -> dict[str, Any]:
    """Report a case through the API."""
    (x, y), category = about
    body = {"point": {"x": x, "y": y, "crs": "wgs84"}, "category": category, "source": "patrol"}
    status, case = ask(city.port, "POST", "/v1/cases", body, str(uuid4()), timeout_s=20)
    assert status == 201, case
    return dict(case)


def done(city: Installation, case: dict[str, Any], action: str, **said: Any) -> dict[str, Any]:
    """Take an action through the API, as another window would."""
    path = f"/v1/cases/{case['number']}"
    version = ask(city.port, "GET", path, timeout_s=20)[1]["version"]
    body = {"version": version, **said}
    status, now = ask(city.port, "POST", f"{path}/actions/{action}", body, str(uuid4()), timeout_s=20)
    assert status == 200, now
    return dict(now)


def registered(city: Installation) -> dict[str, Any]:
    case = reported(city)
    done(city, case, "accept")
    return done(city, case, "register")


def stands(page: Page, status: str) -> None:
    """Wait until the open case is shown to have come to a status, and the next forms are there."""
    page.wait_for_selector(f"article.case[data-status={status}]")
    page.wait_for_selector("#actions[aria-busy=false] :is(button[data-action], p)")


def row(page: Page, case: dict[str, Any]) -> Any:
    return page.locator(f".case-row[data-number='{case['number']}']")


class Mouse:
    """Does everything with clicks; types only into fields."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def show_new(self) -> None:
        self.page.locator(".waiting").click()

    def open(self, case: dict[str, Any]) -> None:
        row(self.page, case).click()

    def act(self, action: str, key: str = "", **texts: str) -> None:
        if not self.page.locator(f"[data-action={action}]").count():
            self.page.get_by_role("button", name="更多").click()
        self.page.locator(f"[data-action={action}]").click()
        for name, text in texts.items():
            self.page.locator(f"#act-{action}-{name}").fill(text)
        self.page.locator("form.act button[type=submit]").click()

    def screen(self, name: str, key: str) -> None:
        self.page.locator(f".rail a[href='/{name}']").click()

    def verdict(self, number: str, reason: str) -> None:
        self.page.locator(f"[data-verdict='{number}']").click()
        self.page.locator("#act-settle-reason").fill(reason)
        self.page.locator("form.act button[type=submit]").click()

    def candidate(self, number: int) -> None:
        self.page.locator(".candidates tbody button").nth(number - 1).click()
        self.page.locator("form.act button[type=submit]").click()

    def grade(self) -> None:
        self.page.locator("[data-action=close]").click()
        self.page.locator("form.act input[type=radio]").first.check()
        self.page.locator("form.act button[type=submit]").click()


class Keyboard:
    """Touches no mouse."""

    def __init__(self, page: Page) -> None:
        self.page, self.press = page, page.keyboard.press

    def show_new(self) -> None:
        self.press("n")

    def open(self, case: dict[str, Any]) -> None:
        # Newest first, so that it is the first row.
        self.press("j")
        self.press("Enter")

    def act(self, action: str, key: str = "", **texts: str) -> None:
        if key:
            self.press(key)
        else:
            # What comes next stands first among all that may be done.
            self.press(".")
            expect(self.page.locator(f"[data-action={action}]")).to_be_focused()
            self.press("Enter")
        form = self.page.locator("form.act")
        expect(form).to_be_visible()
        for name, text in texts.items():
            field = self.page.locator(f"#act-{action}-{name}")
            for _ in range(12):
                if field.evaluate("e => e === document.activeElement"):
                    break
                self.press("Tab")
            self.page.keyboard.type(text)
        if texts:
            self.press("Control+Enter")
        else:
            expect(form.locator("button[type=submit]")).to_be_focused()
            self.press("Enter")

    def screen(self, name: str, key: str) -> None:
        self.press("g")
        self.press(key)

    def verdict(self, number: str, reason: str) -> None:
        self.press(number)
        expect(self.page.locator("#act-settle-reason")).to_be_focused()
        self.page.keyboard.type(reason)
        self.press("Control+Enter")

    def candidate(self, number: int) -> None:
        self.press(str(number))
        expect(self.page.locator("form.act button[type=submit]")).to_be_focused()
        self.press("Enter")

    def grade(self) -> None:
        self.press("c")
        expect(self.page.locator("form.act input[type=radio]").first).to_be_focused()
        self.press("Space")
        self.press("Control+Enter")


def seek(page: Page, case: dict[str, Any]) -> None:
    """Walk a queue until a case of it is open."""
    article = page.locator(f"article.case[data-number='{case['number']}']")
    page.wait_for_selector("article.case")
    for _ in range(30):
        if article.count():
            break
        page.keyboard.press("j")
        page.wait_for_timeout(150)
    expect(article).to_be_visible()


@pytest.mark.parametrize("by", [Mouse, Keyboard])
def test_a_case_comes_is_sent_out_returned_arbitrated_and_closed(
    open_console: Open, city: Installation, by: type[Mouse] | type[Keyboard]
):
    visit = open_console("/live?sort=newest")
    page, hand = visit.page, by(visit.page)
    page.wait_for_selector(".case-row")
    case = reported(city)
    # As a row, or behind the bar where somebody reads already.
    expect(page.locator(".waiting").or_(row(page, case))).to_be_visible(timeout=SHOWN_MS)
    if page.locator(".waiting").count():
        hand.show_new()
    expect(row(page, case)).to_be_visible()
    hand.open(case)
    stands(page, "reported")
    hand.act("accept")
    stands(page, "accepted")
    hand.act("register")
    stands(page, "registered")
    hand.act("dispatch", "d")
    stands(page, "dispatched")
    hand.act("return", "r", reason="不属于本单位辖区范围", basis="职责清单第三条")
    page.wait_for_selector("[data-request]")
    hand.screen("returns", "r")
    seek(page, case)
    page.wait_for_selector("[data-verdict='1']")
    hand.verdict("1", "属地在该街道，仍由其办理")
    page.wait_for_function("n => !document.querySelector(`.case-row[data-number='${n}']`)", arg=case["number"])
    hand.screen("live", "l")
    page.goto(f"{visit.base}/case/{case['number']}")
    stands(page, "dispatched")
    hand.act("take")
    stands(page, "in_progress")
    hand.act("finish", "y", result="已拆除并清理完毕")
    stands(page, "done")
    hand.act("check", "c")
    stands(page, "checking")
    hand.grade()
    stands(page, "closed")
    assert (visit.broken(), visit.complaints) == ([], [])


@pytest.mark.parametrize("by", [Mouse, Keyboard])
def test_the_desk_settles_by_a_candidate(open_console: Open, city: Installation, by: type[Mouse] | type[Keyboard]):
    case = reported(city, DISPUTED)
    done(city, case, "accept")
    assert done(city, case, "register")["status"] == "undecided"
    visit = open_console("/live")
    page, hand = visit.page, by(visit.page)
    hand.screen("desk", "d")
    seek(page, case)
    page.wait_for_selector(".candidates tbody tr")
    hand.candidate(1)
    page.wait_for_function("n => !document.querySelector(`.case-row[data-number='${n}']`)", arg=case["number"])
    now = ask(city.port, "GET", f"/v1/cases/{case['number']}")[1]
    assert (now["status"], now["decision"]["accountable"]["via"]) == ("registered", "desk")


def test_what_was_legal_a_moment_ago_is_not_opened(open_console: Open, city: Installation):
    case = reported(city)
    page = open_console(f"/case/{case['number']}").page
    stands(page, "reported")
    held: list[Route] = []
    page.route("**/v1/cases/*/actions", lambda question: held.append(question), times=1)
    done(city, case, "accept")
    page.wait_for_selector("article.case[data-status=accepted] #actions[aria-busy=true]")
    page.locator("[data-action=accept]").click()
    expect(page.locator("form.act")).to_have_count(0)
    held.pop().continue_()
    stands(page, "accepted")
    expect(page.locator("[data-action=accept], form.act")).to_have_count(0)


def test_a_reason_that_says_nothing_is_not_sent(open_console: Open, city: Installation):
    case = registered(city)
    done(city, case, "dispatch")
    page = open_console(f"/case/{case['number']}").page
    hand = Keyboard(page)
    stands(page, "dispatched")
    hand.act("return", "r", reason="不是", basis="清单")
    expect(page.locator("#act-return-reason-note")).not_to_be_empty()
    expect(page.locator("#act-return-reason")).to_be_focused()
    assert ask(city.port, "GET", f"/v1/cases/{case['number']}")[1]["requests"] == []


def test_what_was_written_outlives_the_page(open_console: Open, city: Installation):
    case = registered(city)
    done(city, case, "dispatch")
    visit = open_console(f"/case/{case['number']}")
    stands(visit.page, "dispatched")
    visit.page.keyboard.press("r")
    visit.page.locator("#act-return-reason").fill("写了一半的理由")
    visit.page.reload()
    stands(visit.page, "dispatched")
    visit.page.keyboard.press("r")
    expect(visit.page.locator("#act-return-reason")).to_have_value("写了一半的理由")


@pytest.mark.parametrize(("theirs", "legal"), [("take", True), ("return", False)])
def test_who_is_second_is_told_once_and_keeps_the_text(
    open_console: Open, city: Installation, theirs: str, legal: bool
):
    case = registered(city)
    done(city, case, "dispatch")
    first, second = (open_console(f"/case/{case['number']}").page for _ in range(2))
    for page in (first, second):
        stands(page, "dispatched")
    second.keyboard.press("r")
    second.locator("#act-return-reason").fill("属地不符，应由相邻街道办理")
    second.locator("#act-return-basis").fill("职责清单第三条")
    texts = {"reason": "先一步申请退单的理由", "basis": "职责清单"} if theirs == "return" else {}
    Keyboard(first).act(theirs, "r" if theirs == "return" else "", **texts)
    bar = second.locator(f".conflict[data-legal={str(legal).lower()}]")
    expect(bar).to_be_visible()
    expect(second.locator(".conflict")).to_have_count(1)
    expect(second.locator("#act-return-reason")).to_have_value("属地不符，应由相邻街道办理")
    if legal:
        bar.get_by_role("button").first.click()
        expect(second.locator("[data-request]")).to_have_count(1)
        said = ask(city.port, "GET", f"/v1/cases/{case['number']}")[1]["requests"][0]
        assert said["reason"] == "属地不符，应由相邻街道办理"


def test_leaving_a_case_finds_the_list_as_it_was(open_console: Open, city: Installation):
    page = open_console("/live").page
    page.wait_for_selector(".case-row")
    page.keyboard.press("l")
    for _ in range(12):
        page.keyboard.press("ArrowDown")
    scrolled = page.evaluate("document.querySelector('.rows').scrollTop")
    number = page.locator("[aria-selected=true] .case-row").get_attribute("data-number")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"article.case[data-number='{number}']")
    page.keyboard.press("Escape")
    expect(page.locator("[role=listbox]")).to_be_focused()
    assert page.locator("[aria-selected=true] .case-row").get_attribute("data-number") == number
    assert page.evaluate("document.querySelector('.rows').scrollTop") == scrolled > 0
    page.go_back()
    page.wait_for_selector(f"article.case[data-number='{number}']")
