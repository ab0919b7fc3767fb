"""The demo city in service and the console in a real browser, watched for what it asks, complains of and breaks."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.chromium import Watched, launched
from tests.flow.installation import Installation


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


class Visit(Watched):
    """One window on the console."""

    def __init__(self, context: Any, base: str) -> None:
        super().__init__(context.new_page())
        self.base = base

    def go(self, address: str) -> "Visit":
        """Open an address of the console and wait until its map has come to rest."""
        self.page.goto(self.base + address)
        self.page.wait_for_selector("html[data-ready=map]", state="attached")
        return self


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
