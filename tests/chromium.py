"""The system's own Chromium, for tests that need a real browser; under ``--all`` its absence is a failure."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.conftest import without


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
