"""The system's own Chromium, for tests that need a real browser; under ``--all`` its absence is a failure."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from tests.conftest import without

# What breaks the page's policy is told to the page itself; kept where a test can read it.
WATCH = """window.broken = [];
document.addEventListener("securitypolicyviolation",
  (e) => window.broken.push(`${e.violatedDirective} ${e.blockedURI}`));"""


def hosts_of(addresses: list[str]) -> set[str]:
    """Whom a page asked; what it made itself is asked of nobody."""
    return {urlsplit(url).hostname or "" for url in addresses if not url.startswith(("data:", "blob:"))}


class Watched:
    """One page with every request and every complaint it made, and all that its policy forbade."""

    def __init__(self, page: Any, timeout_ms: float = 20_000) -> None:
        self.page = page
        self.page.set_default_timeout(timeout_ms)
        self.requests: list[str] = []
        self.failed: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda r: self.requests.append(r.url))
        self.page.on("response", lambda r: self.failed.append(f"{r.status} {r.url}") if r.status >= 400 else None)
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda e: self.complaints.append(str(e)))
        self.page.add_init_script(WATCH)

    def hosts(self) -> set[str]:
        """Whom it asked."""
        return hosts_of(self.requests)

    def broken(self) -> list[str]:
        """What it tried that its policy forbids."""
        found: list[str] = self.page.evaluate("window.broken")
        return found


@contextmanager
def launched() -> Iterator[Any]:
    """Run it as long as the block lasts, asking nothing of the outside by itself."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        without("Chromium (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    quiet = ["--disable-quic", "--disable-background-networking", "--disable-component-update", "--no-first-run",
             "--host-resolver-rules=MAP grid.example 127.0.0.1",
             # Maps are drawn without a graphics card.
             "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]  # fmt: skip
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=quiet + root)
        yield chromium
        chromium.close()
