"""The demo city in service with a key for bundles, and phones: real browser contexts, watched for what they do."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gridsvc.bundle.seal import new_key
from tests.chromium import WATCH, hosts_of, launched
from tests.flow.installation import Installation

# Within a grid of the demo city, 40 m and more from its edges; found once, by asking.
HERE = (120.2205, 30.3105)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == item.config.rootpath / "tests" / "web" / "field":
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="package")
def city() -> Iterator[Installation]:
    """The demo city on an address of its own, which signs bundles."""
    installation = Installation()
    try:
        key = installation.home / "bundle.pem"
        key.write_bytes(new_key())
        installation.environment["GRIDSVC_BUNDLE_KEY_FILE"] = str(key)
        done = installation.run("demo", "--once", timeout_s=300)
        assert done.returncode == 0, done.stderr
        installation.must("up")
        installation.serve()
        installation.wait_until_ready(90)
        yield installation
    finally:
        installation.remove()


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    with launched() as chromium:
        yield chromium


@pytest.fixture(scope="session")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo as a phone takes it: large, turned by its EXIF, which tells a place too."""
    from PIL import Image

    file = tmp_path_factory.mktemp("camera") / "IMG_0001.jpg"
    image = Image.effect_noise((3000, 2000), 40).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "SECRETPHONE"
    image.save(file, exif=exif, quality=85)
    return file


class Phone:
    """One phone: what it keeps lasts as long as it, while its page comes and goes."""

    def __init__(
        self, browser: Any, base: str, lang: str, place: tuple[float, float] | None, accuracy_m: float
    ) -> None:
        self.base, self.lang = base, lang
        self.context = browser.new_context(
            viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, reduced_motion="reduce"
        )
        if place is not None:
            self.context.grant_permissions(["geolocation"], origin=base)
            self.at(place, accuracy_m)
        self.context.set_default_timeout(20_000)
        self.context.add_init_script(WATCH)
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.context.on("request", lambda r: self.requests.append(r.url))
        self.context.on("weberror", lambda e: self.complaints.append(str(e.error)))
        self.page = self.open()

    def at(self, place: tuple[float, float], accuracy_m: float = 8) -> None:
        """Be at a place, longitude first."""
        self.context.set_geolocation({"longitude": place[0], "latitude": place[1], "accuracy": accuracy_m})

    def open(self) -> Any:
        """Open the page anew, as from the home screen."""
        self.page = self.context.new_page()
        self.page.goto(f"{self.base}/field?lang={self.lang}")
        self.page.wait_for_selector("html[data-ready=field]", state="attached")
        return self.page

    def is_equipped(self) -> "Phone":
        """Wait until it may lose the network: the worker has the page, and the bundle is there."""
        self.page.wait_for_selector("html[data-offline=ready]", state="attached")
        self.page.locator(".pack", has_text="离线包" if self.lang == "zh" else "Pack").wait_for()
        self.page.locator(".chip").nth(1).wait_for()
        return self

    def report(self, picture: Path, category: int = 0) -> None:
        """Camera, shutter, category, save."""
        self.page.locator(".take input").first.set_input_files(str(picture))
        self.page.locator(".photos img").first.wait_for()
        self.page.locator(".chips .chip").nth(category + 1).click()
        self.page.locator(".save").click()
        self.page.locator(".saved").wait_for()

    def kept(self) -> list[dict[str, Any]]:
        """What is in the outbox, oldest first."""
        found: list[dict[str, Any]] = self.page.evaluate(
            """() => new Promise((done) => { const o = indexedDB.open("gridsvc-field");
                 o.onsuccess = () => { const r = o.result.transaction("items").objectStore("items").getAll();
                   r.onsuccess = () => { o.result.close(); done(r.result); }; }; })"""
        )
        return sorted(found, key=lambda item: str(item["at"]))

    def wait_until_sent(self, n: int) -> list[dict[str, Any]]:
        """Wait until so many were sent and nothing waits."""
        self.page.wait_for_selector('html[data-waiting="0"]', state="attached", timeout=40_000)
        for _ in range(100):
            sent = [item for item in self.kept() if item["state"] == "sent"]
            if len(sent) >= n:
                return sent
            self.page.wait_for_timeout(100)
        raise AssertionError(self.kept())

    def hosts(self) -> set[str]:
        return hosts_of(self.requests)

    def broken(self) -> list[str]:
        """What the page tried that its policy forbids."""
        found: list[str] = self.page.evaluate("window.broken")
        return found


NewPhone = Callable[..., Phone]


@pytest.fixture
def new_phone(browser: Any, city: Installation) -> Iterator[NewPhone]:
    """Makes phones: ``new_phone(lang="en", place=(120.22, 30.31), accuracy_m=8)``."""
    phones: list[Phone] = []

    def made(lang: str = "zh", place: tuple[float, float] | None = HERE, accuracy_m: float = 8) -> Phone:
        phones.append(Phone(browser, f"http://127.0.0.1:{city.port}", lang, place, accuracy_m))
        return phones[-1]

    yield made
    for phone in phones:
        phone.context.close()
