"""The demo city in service and the console in a real browser, watched for what it asks, complains of and breaks."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.chromium import launched
from tests.flow.installation import Installation

# What breaks the page's policy is told to the page itself; kept where a test can read it.
WATCH = """window.broken = [];
document.addEventListener("securitypolicyviolation",
  (e) => window.broken.push(`${e.violatedDirective} ${e.blockedURI}`));"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == item.config.rootpath / "tests" / "web" / "console":
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="package")
def city() -> Iterator[Installation]:
    """The demo city with its past cases, on an address of its own."""
    installation = Installation()
    try:
        done = installation.run("demo", "--once", timeout_s=300)
        assert done.returncode == 0, done.stderr
        installation.must("up")
        installation.serve()
        installation.wait_until_ready()
        yield installation
    finally:
        installation.remove()


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    with launched() as chromium:
        yield chromium


class Visit:
    """One window on the console, with every request and every complaint it made."""

    def __init__(self, context: Any, base: str) -> None:
        self.base = base
        self.page = context.new_page()
        self.page.set_default_timeout(20_000)
        self.requests: list[str] = []
        self.failed: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda r: self.requests.append(r.url))
        self.page.on("response", lambda r: self.failed.append(f"{r.status} {r.url}") if r.status >= 400 else None)
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda e: self.complaints.append(str(e)))
        self.page.add_init_script(WATCH)

    def go(self, address: str) -> "Visit":
        """Open an address of the console and wait until its map has come to rest."""
        self.page.goto(self.base + address)
        self.page.wait_for_selector("html[data-ready=map]", state="attached")
        return self

    def hosts(self) -> set[str]:
        return {urlsplit(u).hostname or "" for u in self.requests if not u.startswith(("data:", "blob:"))}

    def broken(self) -> list[str]:
        """What the page tried that its policy forbids."""
        found: list[str] = self.page.evaluate("window.broken")
        return found


Open = Callable[..., Visit]


@pytest.fixture
def open_console(browser: Any, city: Installation) -> Iterator[Open]:
    """Opens windows: ``open_console("/live", width=1366, lang="en", theme="dark", shared=context)``."""
    contexts = []

    def opened(address: str = "/live", *, width: int = 1366, height: int = 768, lang: str = "zh", theme: str = "light",
               reduced: bool = True, context: Any = None) -> Visit:  # fmt: skip
        if context is None:
            context = browser.new_context(
                viewport={"width": width, "height": height}, reduced_motion="reduce" if reduced else "no-preference"
            )
            contexts.append(context)
        joint = "&" if "?" in address else "?"
        return Visit(context, f"http://127.0.0.1:{city.port}").go(f"{address}{joint}lang={lang}&theme={theme}")

    yield opened
    for context in contexts:
        context.close()
