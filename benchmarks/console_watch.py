"""A window of a real Chromium that tells how long the console takes to open and to move, and what events do to it."""

import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

WIDE = {"width": 1920, "height": 1080}
PATIENCE_MS = 60_000
# When what was first there, in milliseconds since the address was asked for; and what held the page up.
CLOCK = """
window.first = {};
window.longest = 0;
new PerformanceObserver((list) => {
  for (const task of list.getEntries()) window.longest = Math.max(window.longest, task.duration);
}).observe({ type: "longtask" });
const look = () => {
  const of = document.documentElement?.dataset ?? {};
  const there = { shell: of.ready, list: document.querySelector(".list-row"), map: of.ready === "map" };
  for (const [name, is] of Object.entries(there)) if (is) window.first[name] ??= performance.now();
};
new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
"""
FRAMES = """
window.frames_at = [];
window.counting = true;
const frame = (at) => { window.frames_at.push(at); if (window.counting) requestAnimationFrame(frame); };
requestAnimationFrame(frame);
"""
# A map with nothing on it: what graphics cost by themselves in a window that has drawn nothing yet.
BARE = """<!doctype html>
<link rel="stylesheet" href="/static/maplibre-gl/maplibre-gl.css">
<body style="margin: 0"><div id="map" style="width: 100vw; height: 100vh"></div>
<script type="module">
import * as maplibre from "/static/maplibre-gl/maplibre-gl.mjs";
const layers = [{ id: "ground", type: "background", paint: { "background-color": "#eeeeee" } }];
const map = new maplibre.Map({ container: "map", style: { version: 8, sources: {}, layers } });
map.once("idle", () => { window.idle = performance.now(); });
</script>"""


@dataclass(frozen=True, slots=True)
class Opened:
    """Seconds from asking for an address until its parts were there, and until a key was answered after that."""

    shell_s: float
    list_s: float
    map_s: float
    key_s: float

    @property
    def usable_s(self) -> float:
        """All of it is there and answers."""
        return max(self.list_s, self.map_s) + self.key_s


@dataclass(frozen=True, slots=True)
class Gaps:
    """Times between frames while the map is moved."""

    median_ms: float
    p95_ms: float
    longest_ms: float


@dataclass(frozen=True, slots=True)
class Steady:
    """What was heard, and the page's heap, memory and elements after a sixth of it and at the end."""

    heard: int
    early_mb: float
    late_mb: float
    elements: float
    resident_early_mb: float
    resident_late_mb: float
    longest_task_ms: float

    @property
    def growth(self) -> float:
        """Heap at the end over the heap after a sixth."""
        return self.late_mb / self.early_mb


class Window:
    """One window on one service."""

    def __init__(self, browser: Any, base: str) -> None:
        self.base, self.browser = base, browser
        self.page = browser.new_context(viewport=WIDE).new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.add_init_script(CLOCK)
        self.case_tiles = 0
        self.page.on("response", self._answered)

    def _answered(self, response: Any) -> None:
        if "/tiles/cases/" in response.url and response.status == 200:
            self.case_tiles += 1

    def at(self, address: str) -> "Window":
        """Open an address and wait until the map has come to rest."""
        self.page.goto(self.base + address, wait_until="commit")
        self.page.wait_for_selector("html[data-ready=map]", state="attached")
        return self

    def open(self, address: str) -> Opened:
        """Open an address by the clock, and press the key that chooses the next case."""
        self.at(address)
        self.page.wait_for_selector(".list-row")
        before = self.page.locator(".list-row[aria-selected=true]").count()
        began_s = time.perf_counter()
        self.page.keyboard.press("j")
        self.page.wait_for_selector(".list-row[aria-selected=true]")
        key_s = time.perf_counter() - began_s
        if before:
            raise RuntimeError("a case was chosen before the key was pressed")
        first = self.page.evaluate("window.first")
        return Opened(*(first[name] / 1e3 for name in ("shell", "list", "map")), key_s)

    def bare_s(self) -> float:
        """Seconds from asking for a page with nothing but an empty map until that has come to rest."""
        self.page.route(self.base + "/bare", lambda route: route.fulfill(body=BARE, content_type="text/html"))
        self.page.goto(self.base + "/bare", wait_until="commit")
        self.page.wait_for_function("() => window.idle")
        return float(self.page.evaluate("window.idle")) / 1e3

    def close(self) -> None:
        """Close it with all that it keeps."""
        self.page.context.close()

    def cases_drawn(self) -> bool:
        """Whether tiles of cases came with something in them."""
        return self.case_tiles > 0

    def moved(self) -> Gaps:
        """Drag the map to and fro and zoom out and in again, as a hand does."""
        page = self.page
        box = page.locator("canvas.maplibregl-canvas").bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.evaluate(FRAMES)
        for east, south in ((300, 120), (-300, -120), (-200, 160), (200, -160)):
            page.mouse.move(x, y)
            page.mouse.down()
            page.mouse.move(x + east, y + south, steps=25)
            page.mouse.up()
            page.wait_for_timeout(150)
        for turn in (-120, -120, 120, 120):
            page.mouse.move(x, y)
            page.mouse.wheel(0, turn)
            page.wait_for_timeout(500)
        at_ms = np.array(page.evaluate("(window.counting = false, window.frames_at)"))
        gaps = np.diff(at_ms)
        return Gaps(float(np.median(gaps)), float(np.percentile(gaps, 95)), float(gaps.max()))

    def watched(self, begin: Callable[[], threading.Thread], n: int) -> Steady:
        """Let ``n`` events come and read the page's memory after a sixth of them and at the end."""
        self.page.evaluate("window.longest = 0")
        sending = begin()
        while self._new() < n // 6 and sending.is_alive():
            self.page.wait_for_timeout(250)
        early = self._memory()
        while sending.is_alive():
            self.page.wait_for_timeout(250)
        until_s = time.monotonic() + 10.0
        while self._new() < n and time.monotonic() < until_s:
            self.page.wait_for_timeout(250)
        late = self._memory()
        longest = float(self.page.evaluate("window.longest"))
        return Steady(self._new(), early[0], late[0], late[1] / early[1], early[2], late[2], longest)

    def _new(self) -> int:
        """How many new cases the page says have come in."""
        said = self.page.locator("button.waiting").all_inner_texts()
        return int(re.sub(r"\D", "", said[0]) or 0) if said else 0

    def _memory(self) -> tuple[float, int, float]:
        """Heap in MB after collecting, elements of the page, and MB of memory that its process holds."""
        session = self.page.context.new_cdp_session(self.page)
        session.send("HeapProfiler.collectGarbage")
        heap_mb = session.send("Runtime.getHeapUsage")["usedSize"] / 1e6
        session.detach()
        elements = int(self.page.evaluate("document.getElementsByTagName('*').length"))
        return heap_mb, elements, self._resident_mb()

    def _resident_mb(self) -> float:
        processes = self.browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
        kb = 0
        for process in processes:
            if process["type"] == "renderer":
                status = Path(f"/proc/{process['id']}/status")
                found = re.search(r"VmRSS:\s+(\d+)", status.read_text()) if status.exists() else None
                kb += int(found[1]) if found else 0
        return kb / 1e3


class Browser:
    """Opens windows that share nothing."""

    def __init__(self, chromium: Any) -> None:
        self._chromium = chromium

    def window(self, base: str) -> Window:
        """A window of a user who was never here before."""
        return Window(self._chromium, base)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run the system's own browser without a graphics card as long as the block lasts."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        raise RuntimeError("Chromium is not there: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run",
             "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]  # fmt: skip
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        yield Browser(browser)
        browser.close()
