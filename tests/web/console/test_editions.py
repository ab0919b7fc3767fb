"""An edition from upload to publication by the page alone: by mouse, and by keyboard."""

import json
import math
import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

from playwright.sync_api import TimeoutError

from gridsvc.carried import carried

from .conftest import Open, Visit

WHY = "新一轮网格调整"


def publish_later(visit: Visit, code: str) -> None:
    """Schedule what is shown for a day far off, as the dialog asks for it."""
    page = visit.page
    page.get_by_label("生效时刻").fill("2099-01-01T00:00")
    page.get_by_role("button", name="发布…").click()
    dialog = page.get_by_role("dialog")
    assert dialog.get_by_role("button", name="发布", exact=True).is_disabled()
    dialog.get_by_label("理由").fill(WHY)
    dialog.get_by_label("输入版次号").fill(code)
    dialog.get_by_role("button", name="发布", exact=True).click()
    page.get_by_text("待生效", exact=True).wait_for()


def call_off(visit: Visit, code: str) -> None:
    page = visit.page
    page.get_by_role("button", name="取消待生效的发布").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("理由").fill(WHY)
    dialog.get_by_label("输入版次号").fill(code)
    dialog.get_by_role("button", name="取消待生效的发布").click()
    page.get_by_text("已停用", exact=True).wait_for()


def test_a_copy_is_checked_compared_replayed_published_and_called_off(open_console: Open):
    visit = open_console("/editions")
    page = visit.page
    page.get_by_role("listitem").filter(has_text="2024-2").get_by_role("button", name="复制为草稿").click()
    page.get_by_label("新版次号").fill("2099-1")
    page.keyboard.press("Enter")
    page.wait_for_url("**/editions/2099-1/draw**", timeout=60_000)
    page.get_by_role("button", name="2 校验").click()
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("j")
    page.get_by_text("如何改正").wait_for()
    page.get_by_role("button", name="3 对比").click()
    page.get_by_text("虚线为旧界").wait_for()
    page.get_by_role("button", name="4 回放").click()
    page.get_by_role("button", name="开始回放").click()
    # Whoever leaves and comes back finds it.
    page.get_by_role("button", name="全部版次").click()
    page.get_by_role("button", name="2099-1").click()
    page.get_by_role("button", name="4 回放").click()
    page.get_by_text("件改变").first.wait_for(timeout=120_000)
    page.get_by_role("button", name="6 发布").click()
    page.get_by_text("件的定责与本版次不同").wait_for()
    publish_later(visit, "2099-1")
    call_off(visit, "2099-1")
    assert (visit.broken(), visit.failed, visit.complaints) == ([], [], [])


def test_faults_of_a_folder_are_walked_on_the_map_and_it_is_not_published(open_console: Open, tmp_path: Path):
    folder = tmp_path / "city"
    shutil.copytree(carried("boundaries"), folder, ignore=shutil.ignore_patterns("2024-*"))
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    (folder / "manifest.json").write_text(json.dumps(manifest | {"edition": "2099-2"}), "utf-8")
    grids = json.loads((folder / "grid.geojson").read_text("utf-8"))
    ring = grids["features"][0]["geometry"]["coordinates"][0]
    ring[1] = [ring[1][0] + 0.0005, ring[1][1]]
    (folder / "grid.geojson").write_text(json.dumps(grids), "utf-8")
    with zipfile.ZipFile(tmp_path / "city.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in folder.iterdir():
            archive.write(path, path.name)
    visit = open_console("/editions")
    page = visit.page
    page.get_by_label("上传压缩包").set_input_files(tmp_path / "city.zip")
    page.wait_for_url("**/editions/2099-2/check**", timeout=120_000)
    page.get_by_role("option").first.wait_for()
    before = page.evaluate("location.search")
    page.keyboard.press("j")
    page.wait_for_function("before => location.search !== before", arg=before)
    assert page.get_by_text("空隙").first.is_visible()
    page.get_by_role("button", name="6 发布").click()
    page.get_by_text("处错误未改正").wait_for()
    assert page.get_by_role("button", name="发布…").is_disabled()
    assert (visit.broken(), visit.failed, visit.complaints) == ([], [], [])


def pixel(page: Any, lon: float, lat: float) -> tuple[float, float]:
    """Where a place is in the window, by the camera of the address (tiles of 512 pixels)."""
    zoom, south, west = map(float, re.search(r"[?&]m=([^&]+)", page.url)[1].split("/"))
    box = page.locator("canvas.maplibregl-canvas").bounding_box()
    scale = 512 * 2**zoom

    def flat(x: float, y: float) -> tuple[float, float]:
        up = math.log(math.tan(math.pi / 4 + math.radians(y) / 2)) / (2 * math.pi)
        return x / 360 * scale, -up * scale

    (a, b), (c, d) = flat(lon, lat), flat(west, south)
    return box["x"] + box["width"] / 2 + a - c, box["y"] + box["height"] / 2 + b - d


def corner(page: Any) -> tuple[float, float]:
    return tuple(float(page.get_by_label(name).input_value()) for name in ("经度", "纬度"))


def choose_area(page: Any, lon: float, lat: float) -> None:
    """Click on the map until the area there is drawn and takes the click."""
    for left in range(5, -1, -1):
        page.mouse.click(*pixel(page, lon, lat))
        try:
            page.get_by_text("个顶点").first.wait_for(timeout=5_000)
        except TimeoutError:
            if not left:
                raise
        else:
            return


def test_a_shared_vertex_is_moved_by_keys_and_by_hand_and_the_draft_stays_sound(open_console: Open):
    visit = open_console("/editions?m=15.50/30.32180/120.21850")
    page = visit.page
    page.get_by_role("listitem").filter(has_text="2024-2").get_by_role("button", name="复制为草稿").click()
    page.get_by_label("新版次号").fill("2099-3")
    page.keyboard.press("Enter")
    page.wait_for_url("**/editions/2099-3/draw**", timeout=60_000)
    page.get_by_text("在地图上点一个区域").wait_for()
    choose_area(page, 120.2185, 30.3218)
    page.keyboard.press("j")
    before = corner(page)
    page.keyboard.press("Shift+ArrowRight")
    page.wait_for_function("was => Number(document.querySelector('fieldset input').value) > was", arg=before[0])
    stepped = corner(page)
    metres = (stepped[0] - before[0]) * 111_320 * math.cos(math.radians(before[1]))
    assert 9.9 < metres < 10.1
    assert stepped[1] == before[1]
    # Near enough that no other vertex is under the hand, and drawn where it is by now.
    page.get_by_role("group").get_by_role("button", name="在地图上看").click()
    page.wait_for_url(re.compile("m=18"))
    page.wait_for_timeout(2000)
    x, y = pixel(page, *stepped)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 12, y, steps=4)
    page.mouse.move(x + 24, y + 24, steps=4)
    page.mouse.up()
    assert corner(page)[0] > stepped[0]
    assert corner(page)[1] < stepped[1]
    for _ in range(2):
        page.keyboard.press("z")
    page.wait_for_function("was => Number(document.querySelector('fieldset input').value) === was", arg=before[0])
    page.keyboard.press("Shift+ArrowRight")
    page.get_by_role("button", name=re.compile("^保存")).click()
    page.get_by_text("个区域，请重新校验").wait_for()
    page.get_by_role("button", name="重新校验").click()
    page.get_by_text("可发布", exact=True).wait_for(timeout=60_000)
    page.get_by_role("button", name="错误 0").wait_for()
    assert (visit.broken(), visit.failed, visit.complaints) == ([], [], [])


# Two keys so soon after one another that nothing is drawn between them, each to what has the focus by then.
TWO_KEYS = """async ([first, second]) => {
  const press = ([code, key, shiftKey]) => document.activeElement.dispatchEvent(
    new KeyboardEvent("keydown", { code, key, shiftKey, bubbles: true, cancelable: true }));
  press(first);
  const { port1, port2 } = new MessageChannel();
  await new Promise((done) => { port1.onmessage = done; port2.postMessage(0); });
  press(second);
}"""


def test_the_key_after_a_vertex_is_chosen_moves_the_vertex_and_not_the_map(open_console: Open):
    visit = open_console("/editions?m=15.50/30.32180/120.21850")
    page = visit.page
    page.get_by_role("listitem").filter(has_text="2024-2").get_by_role("button", name="复制为草稿").click()
    page.get_by_label("新版次号").fill("2099-4")
    page.keyboard.press("Enter")
    page.wait_for_url("**/editions/2099-4/draw**", timeout=60_000)
    page.get_by_text("在地图上点一个区域").wait_for()
    choose_area(page, 120.2185, 30.3218)
    assert page.evaluate("document.activeElement.matches('canvas')")
    page.evaluate(TWO_KEYS, [["KeyJ", "j", False], ["ArrowRight", "ArrowRight", True]])
    page.get_by_role("button", name=re.compile("^保存（[1-9]")).wait_for()
