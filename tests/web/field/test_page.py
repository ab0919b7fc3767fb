"""The field page: four touches, what it may load, who answers as the service says, bundles that are refused."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gridsvc.bootstrap import Router
from gridsvc.bundle.file import make_bundle
from gridsvc.bundle.seal import new_key, read_key
from tests.flow.installation import Installation, ask

from .conftest import HERE, NewPhone, Phone

ROOT = Path(__file__).parents[3]
TARGET_PX = 48
SAVED_MS = 300


@pytest.fixture(scope="module")
def axe(node_modules: Path) -> str:
    return (node_modules / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def small_targets(phone: Phone) -> list[Any]:
    """What can be touched and is smaller than a thumb; texts in running lines count by their own height."""
    found: list[Any] = phone.page.evaluate(
        f"""[...document.querySelectorAll("button, a, input:not([type=file]), select, textarea, summary, .take")]
            .map((e) => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()]).filter(([, r]) => r.width)
            .filter(([, r]) => r.height < {TARGET_PX - 0.5} || r.width < {TARGET_PX - 0.5})
            .map(([h, r]) => [h, r.width, r.height])"""
    )
    return found


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_screen_keeps_its_policy_keeps_nobody_out_and_is_made_for_thumbs(
    new_phone: NewPhone, axe: str, picture: Path, lang: str
):
    phone = new_phone(lang=lang).is_equipped()
    page = phone.page
    page.locator(".fit[data-fit=good]").wait_for()
    page.locator(".take input").first.set_input_files(str(picture))
    page.locator(".chips .chip").nth(1).click()
    for screen in ("report", "tasks", "one task", "waiting"):
        if screen == "one task":
            page.locator(".task").first.click()
            page.locator(".deeds button").first.click()
        else:
            page.locator(f"nav a[href='#{screen}']").click()
        if screen == "tasks":
            page.locator(".task").first.wait_for()
        page.evaluate(axe)
        told = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        serious = [v for v in told["violations"] if v["impact"] in ("serious", "critical")]
        assert [(v["id"], [n["html"][:120] for n in v["nodes"][:3]]) for v in serious] == [], screen
        assert small_targets(phone) == [], screen
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        count = page.locator("nav a").nth(2).bounding_box()
        assert count["y"] + count["height"] <= 844, "the waiting count is in sight"
    assert (phone.broken(), phone.complaints, phone.hosts()) == ([], [], {"127.0.0.1"})
    assert page.evaluate("document.documentElement.dataset.theme") == "light"


def test_a_report_takes_four_touches_and_is_on_the_disk_in_a_blink(new_phone: NewPhone, picture: Path):
    phone = new_phone().is_equipped()
    phone.context.set_offline(True)
    phone.page.locator(".fit[data-fit=good]").wait_for()
    phone.report(picture)
    took = phone.page.evaluate("performance.getEntriesByName('field-saved')[0].duration")
    assert took <= SAVED_MS
    [item] = phone.kept()
    kept = phone.page.evaluate(
        """(id) => new Promise((done) => { const o = indexedDB.open("gridsvc-field"); o.onsuccess = () => {
             const r = o.result.transaction("photos").objectStore("photos").get(id);
             const text = (bytes) => Array.from(new Uint8Array(bytes), (b) => String.fromCharCode(b)).join("");
             r.onsuccess = () => done(text(r.result.bytes));
           }; })""",
        item["photos"][0],
    )  # fmt: skip
    # Nothing of the device, no thumbnail, no place; when it was taken is written in again.
    assert "SECRETPHONE" not in kept
    assert re.search(r"\d{4}:\d\d:\d\d \d\d:\d\d:\d\d", kept[:200])


def test_it_answers_as_the_service_does(new_phone: NewPhone, city: Installation):
    """The router inside the page, asked by what a collector sees, at forty places and with typed coordinates."""
    phone = new_phone().is_equipped()
    rng = np.random.default_rng(8)
    codes = [c["code"] for c in ask(city.port, "GET", "/v1/categories")[1]["items"] if c["kind"] == "matter"]
    page = phone.page
    for n in range(40):
        x, y = (HERE + rng.uniform(-0.015, 0.015, 2)).tolist()
        code, crs = str(rng.choice(codes)), ("wgs84", "cgcs2000", "gcj02", "bd09")[n % 4]
        page.get_by_role("button", name="输入坐标").click()
        page.get_by_label("经度").fill(str(x))
        page.get_by_label("纬度").fill(str(y))
        page.get_by_label("坐标系").select_option(crs)
        page.get_by_role("button", name="使用此位置").click()
        page.get_by_role("button", name="更多类别").click()
        page.get_by_role("searchbox").fill(code)
        page.locator(".all li button").first.click()
        said = ask(city.port, "POST", "/v1/route", {"point": {"x": x, "y": y, "crs": crs}, "category": code})[1]
        shown = page.locator(".who .unit b")
        if said["accountable"]:
            assert shown.inner_text() == said["accountable"]["name"]
        else:
            assert shown.inner_text().startswith("待定责")
        if said["grid_chief"]:
            assert said["grid_chief"]["name"] in page.locator(".who .chiefs").inner_text()
        if "grid" in said["areas"]:
            assert said["areas"]["grid"]["name"] in page.locator(".who .chain").inner_text()


def test_coordinates_without_a_datum_are_not_taken(new_phone: NewPhone):
    phone = new_phone(place=None)
    phone.page.get_by_role("button", name="输入坐标").click()
    phone.page.get_by_label("经度").fill("120.22")
    phone.page.get_by_label("纬度").fill("30.31")
    phone.page.get_by_role("button", name="使用此位置").click()
    phone.page.get_by_role("alert").filter(has_text="未声明坐标系").wait_for()


def test_a_report_without_a_place_is_kept_and_asks_for_it(new_phone: NewPhone, city: Installation, picture: Path):
    phone = new_phone(place=None).is_equipped()
    phone.report(picture)
    assert [item["state"] for item in phone.kept()] == ["needs-you"]
    phone.page.locator("nav a").nth(2).click()
    phone.page.get_by_text("没有位置，补上位置后才能上传").wait_for()
    phone.page.get_by_role("button", name="修改").click()
    phone.page.locator(".small-map svg").first.click(position={"x": 150, "y": 90})
    phone.page.locator(".save").click()
    [sent] = phone.wait_until_sent(1)
    case = ask(city.port, "GET", f"/v1/cases/{sent['outcome']['number']}")[1]
    assert case["point"] == {"lon": sent["spot"]["x"], "lat": sent["spot"]["y"]}


@pytest.fixture(scope="module")
def bundles() -> dict[str, bytes]:
    """Bundles that may not be used: changed in one byte, of a week long gone, and of another's key."""
    router, now = Router.from_folder(ROOT / "data" / "boundaries"), datetime.now(UTC)
    key = read_key(new_key())
    good = bytearray(make_bundle(router, key, now, now + timedelta(days=7)))
    good[-100] ^= 1
    return {"tampered": bytes(good), "foreign": make_bundle(router, key, now, now + timedelta(days=7)),
            "expired": make_bundle(router, key, now - timedelta(days=9), now - timedelta(days=2))}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "words"),
    [("tampered", "离线包不完整或被改动过"), ("foreign", "离线包不是由该密钥签名的"), ("expired", "不再给出责任单位")],
)
def test_a_bundle_that_is_not_to_be_trusted_is_refused_and_reports_go_on(
    new_phone: NewPhone, city: Installation, picture: Path, bundles: dict[str, bytes], kind: str, words: str
):
    phone = new_phone()
    phone.page.locator(".pack", has_text="离线包").wait_for()
    phone.page.close()
    # As if it had never had a good one.
    clear = phone.context.new_page()
    clear.goto(phone.base + "/static/own/favicon.svg")
    clear.evaluate("""new Promise((done) => { const o = indexedDB.open("gridsvc-field"); o.onsuccess = () => {
        const t = o.result.transaction("kept", "readwrite"); t.objectStore("kept").delete("bundle");
        t.oncomplete = () => { o.result.close(); done(); }; }; })""")
    clear.close()
    phone.context.route("**/v1/bundle", lambda route: route.fulfill(status=200, body=bundles[kind]))
    if kind == "expired":
        # Of the very key that the service shows: it is only late.
        public = bundles[kind].split(b"\n")[1]
        told = {"public_key": re.search(rb'"public_key": ?"(\w+)"', public)[1].decode(), "fingerprint": "x"}
        phone.context.route("**/v1/bundle/key", lambda route: route.fulfill(json=told))
    phone.open()
    phone.page.locator(".note", has_text=words).wait_for()
    note = phone.page.locator(".note").first.inner_text()
    assert "仍可拍照上报，联网后定责" in note
    assert phone.page.locator(".who").count() == 0
    phone.page.locator(".fit[data-fit=good]").wait_for()
    phone.report(picture)
    [sent] = phone.wait_until_sent(1)
    assert (sent["preview"], bool(sent["outcome"]["number"])) == (None, True)


def test_a_task_is_arrived_at_and_finished_without_a_network_in_order(
    new_phone: NewPhone, city: Installation, picture: Path
):
    phone = new_phone().is_equipped()
    page = phone.page
    page.locator("nav a").nth(1).click()
    page.locator(".task").first.wait_for()
    working = ask(city.port, "GET", "/v1/cases?status=in_progress&order=due&limit=100")[1]["items"]
    wanted = next(c for c in working if {"arrive", "finish"} <= {a["action"] for a in c["actions"]})
    n_before = len(ask(city.port, "GET", f"/v1/cases/{wanted['number']}/history")[1]["items"])
    phone.context.set_offline(True)
    rows = page.locator(".task")
    opened: Callable[[], bool] = lambda: page.get_by_text(wanted["number"]).count() > 0  # noqa: E731
    for n in range(rows.count()):
        rows.nth(n).click()
        if opened() and page.get_by_role("button", name="到场").count():
            break
        page.get_by_role("button", name="返回任务").click()
    assert opened()
    for deed, save in (("到场", "保存：到场"), ("处置完成", "保存：处置完成")):
        page.get_by_role("button", name=deed, exact=True).click()
        page.locator(".deed .take input").set_input_files(str(picture))
        page.locator(".deed .photos img").wait_for()
        if deed == "处置完成":
            page.get_by_label("处置结果").fill("已清理现场")
        page.get_by_role("button", name=save).click()
        page.locator(".saved").wait_for()
    assert [item["state"] for item in phone.kept()] == ["waiting", "waiting"]
    phone.context.set_offline(False)
    phone.wait_until_sent(2)
    case = ask(city.port, "GET", f"/v1/cases/{wanted['number']}")[1]
    done = ask(city.port, "GET", f"/v1/cases/{wanted['number']}/history")[1]["items"][n_before:]
    assert [e["kind"] for e in done if e["kind"] != "noted"] == ["arrive", "finish"]
    assert (case["status"], done[-1]["payload"]["result"]) == ("done", "已清理现场")
    assert all(len(e["payload"]["attachments"]) == 1 for e in done if e["kind"] != "noted")
