"""Three reports without a network, with it, and with answers that get lost: each becomes one case, of its own place."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.flow.installation import Installation, ask

from .conftest import HERE, NewPhone, Phone

# Three places some hundred metres apart; the categories are the first chips.
PLACES = [HERE, (HERE[0] + 0.006, HERE[1] + 0.004), (HERE[0] - 0.005, HERE[1] + 0.003)]


def numbers(city: Installation) -> set[str]:
    status, told = ask(city.port, "GET", "/v1/cases?limit=1000&order=newest", timeout_s=20)
    assert status == 200
    return {case["number"] for case in told["items"]}


def case_of(city: Installation, number: str) -> tuple[dict[str, Any], dict[str, Any], list[Any]]:
    """A case with what was reported and its attachments."""
    case = ask(city.port, "GET", f"/v1/cases/{number}")[1]
    history = ask(city.port, "GET", f"/v1/cases/{number}/history")[1]
    attached = ask(city.port, "GET", f"/v1/cases/{number}/attachments")[1]["items"]
    assert history["intact"]
    return case, history["items"][0]["payload"], attached


def report_three(phone: Phone, picture: Path, *, again: bool) -> None:
    """Report at three places; between them the page is loaded anew, then closed and opened."""
    for n, place in enumerate(PLACES):
        phone.at(place, 5 + n)
        phone.page.get_by_role("button", name="重新定位").click()
        phone.page.locator(".fit", has_text=f"±{5 + n} ").wait_for()
        phone.report(picture, n)
        if again and n == 0:
            phone.page.reload()
            phone.page.wait_for_selector("html[data-ready=field]", state="attached")
        if again and n == 1:
            phone.page.close()
            phone.open()


def hold(city: Installation, phone: Phone, before: set[str], n: int) -> None:
    """Exactly so many cases came, each with the place, the instant and the photo of its capture, and as foretold."""
    sent = phone.wait_until_sent(n)
    assert len(sent) == n
    came = numbers(city) - before
    assert {item["outcome"]["number"] for item in sent} == came
    for item, place in zip(sent, PLACES, strict=True):
        case, reported, attached = case_of(city, item["outcome"]["number"])
        assert (case["point"]["lon"], case["point"]["lat"]) == place
        assert datetime.fromisoformat(reported["captured"]["at"]) == datetime.fromisoformat(item["at"])
        assert case["accuracy_m"] == item["fix"]["accuracy_m"]
        assert (len(attached), len(item["photos"])) == (1, 1)
        taken = datetime.fromisoformat(attached[0]["captured_at"])
        assert abs(taken - datetime.fromisoformat(item["at"])) < timedelta(days=2)
        assert max(attached[0]["width"], attached[0]["height"]) == 2048
        same = item["preview"]["accountable"] == {
            k: case["decision"]["accountable"][k] for k in ("unit", "name", "via")
        }
        areas = {k: v["code"] for k, v in item["preview"]["areas"].items()}
        same = same and areas == {k: v["code"] for k, v in case["decision"]["areas"].items()}
        assert same or item["outcome"]["reasons"]


def test_three_reports_without_a_network_become_three_cases_of_where_and_when_they_were_made(
    new_phone: NewPhone, city: Installation, picture: Path
):
    phone, before = new_phone().is_equipped(), numbers(city)
    phone.context.set_offline(True)
    report_three(phone, picture, again=True)
    assert [item["state"] for item in phone.kept()] == ["waiting"] * 3
    assert phone.page.locator("nav a").nth(2).inner_text().strip() == "待传 3"
    assert phone.page.locator(".strip").inner_text().startswith("没有网络，3 件待传")
    # Each was foretold by the bundle, with no network at all.
    assert all(item["preview"]["accountable"] or item["preview"]["desk"] for item in phone.kept())
    phone.context.set_offline(False)
    hold(city, phone, before, 3)
    assert (phone.broken(), phone.hosts(), phone.complaints) == ([], {"127.0.0.1"}, [])


def test_answers_that_are_lost_after_the_service_has_taken_the_report_make_no_second_case(
    new_phone: NewPhone, city: Installation, picture: Path
):
    phone, before = new_phone().is_equipped(), numbers(city)
    lost: list[str] = []

    def lose(route: Any) -> None:
        """The service has it, and the phone does not hear of it."""
        url = route.request.url
        if route.request.method == "POST" and lost.count(url) < 2:
            lost.append(url)
            route.fetch()
            route.abort("connectionreset")
        else:
            route.continue_()

    phone.context.route("**/v1/cases", lose)
    phone.context.route("**/v1/attachments", lose)
    report_three(phone, picture, again=False)
    for _ in range(60):
        if len(lost) == 4 and all(item["state"] == "sent" for item in phone.kept()):
            break
        phone.page.evaluate("dispatchEvent(new Event('online'))")
        phone.page.wait_for_timeout(500)
    assert len(lost) == 4, "two photos and two reports"
    hold(city, phone, before, 3)


def test_a_page_that_is_closed_in_the_middle_of_sending_goes_on_where_it_was(
    new_phone: NewPhone, city: Installation, picture: Path
):
    phone, before = new_phone().is_equipped(), numbers(city)
    phone.context.set_offline(True)
    report_three(phone, picture, again=False)
    phone.context.route("**/v1/cases", lambda route: (route.fetch(), phone.page.wait_for_timeout(1)))
    phone.context.set_offline(False)
    # The first report is on its way and its answer never comes.
    for _ in range(100):
        if any(item["state"] == "sending" for item in phone.kept()) and len(numbers(city) - before) == 1:
            break
        phone.page.wait_for_timeout(100)
    assert len(numbers(city) - before) == 1
    phone.page.close()
    phone.context.unroute("**/v1/cases")
    phone.open()
    hold(city, phone, before, 3)


def test_a_session_that_ended_loses_nothing_and_a_refusal_is_told_in_its_words(
    new_phone: NewPhone, city: Installation, picture: Path
):
    phone, before = new_phone().is_equipped(), numbers(city)
    problem = {"status": 401, "title": "x", "zh": "请登录", "en": "sign in", "errors": []}
    kind = "application/problem+json"
    ended = lambda route: route.fulfill(status=401, content_type=kind, body=json.dumps(problem))  # noqa: E731
    phone.context.route("**/v1/me", ended)
    phone.page.locator(".fit[data-fit=good]").wait_for()
    phone.report(picture)
    phone.page.locator(".strip", has_text="登录已过期，1 件待传").wait_for()
    assert phone.page.locator(".strip a").get_attribute("href") == "/login?next=%2Ffield"
    assert [item["state"] for item in phone.kept()] == ["waiting"]
    phone.context.unroute("**/v1/me")
    refusal = problem | {"status": 422, "zh": "类别不在方案中", "errors": [
        {"field": "category", "value": "x", "mend_zh": "请另选类别", "mend_en": "choose another"}]}  # fmt: skip
    phone.context.route(
        "**/v1/cases", lambda route: route.fulfill(status=422, content_type=kind, body=json.dumps(refusal))
    )
    phone.page.locator("nav a").nth(2).click()
    phone.page.get_by_role("button", name="立即上传").click()
    phone.page.get_by_text("类别不在方案中，请另选类别").wait_for()
    assert numbers(city) == before
    phone.context.unroute("**/v1/cases")
    phone.page.get_by_role("button", name="再传一次").click()
    assert len(phone.wait_until_sent(1)) == 1
    assert len(numbers(city) - before) == 1


def test_a_decision_that_turned_out_otherwise_is_told_with_what_was_and_why(
    new_phone: NewPhone, city: Installation, picture: Path
):
    phone = new_phone().is_equipped()

    def otherwise(route: Any) -> None:
        """What the service would say if another edition had come meanwhile."""
        answer = route.fetch()
        case = answer.json()
        case["decision"] |= {"edition": "2099-1", "accountable": {"unit": "U-NEW", "name": "新单位", "via": "rule"}}
        route.fulfill(response=answer, json=case)

    phone.context.route("**/v1/cases", otherwise)
    phone.page.locator(".fit[data-fit=good]").wait_for()
    phone.report(picture)
    [sent] = phone.wait_until_sent(1)
    was = sent["preview"]["accountable"]["name"]
    phone.page.locator("nav a").nth(2).click()
    phone.page.get_by_text(f"责任单位由“{was}”变为“新单位”。服务端已用新版次").wait_for()
