"""Takes pictures of every screen of a running console, in all sizes, languages and themes, to be looked at.

    .venv/bin/python tools/screens.py http://127.0.0.1:8000 out/screens [live case …]

Writes one PNG a screen and a contact sheet a size; the folder is not part of the repository.
"""

import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

SIZES = {"wide": (1920, 1080), "laptop": (1366, 768), "narrow": (390, 844)}
LOOKS = tuple(product(("zh", "en"), ("light", "dark")))
SCREENS = ("live", "case", "desk", "returns", "overdue", "whistles", "duplicates", "heat", "board", "editions", "rules",
           "people", "roster", "shift", "keys", "wall")  # fmt: skip
# Maps are drawn without a graphics card, and nothing is asked of the outside.
CHROMIUM = ("--no-sandbox", "--disable-quic", "--disable-background-networking", "--use-gl=angle",
            "--use-angle=swiftshader", "--enable-unsafe-swiftshader")  # fmt: skip
THUMB_PX = 480


def address_of(page: Any, base: str, screen: str) -> str:
    """The address of a screen; a case's is that of the case that is due first."""
    if screen != "case":
        return f"/{screen}"
    found = page.request.get(f"{base}/v1/cases?order=due&limit=1").json()["items"]
    return f"/case/{found[0]['number']}" if found else "/live"


def at_rest(page: Any, screen: str) -> None:
    """Wait until the map has drawn everything, heat included, which is read after the map is there."""
    page.wait_for_selector("html[data-ready=map]", state="attached", timeout=60_000)
    if screen == "heat":
        page.wait_for_selector("html[data-heat=ready]", state="attached", timeout=60_000)
    # What was read last has to get on to the map first.
    page.wait_for_timeout(700)
    page.wait_for_selector("html[data-map=idle]", state="attached", timeout=60_000)


def pictures(base: str, folder: Path, screens: tuple[str, ...]) -> Iterator[tuple[str, Path]]:
    """Take each picture when its map has come to rest; gives its size's name and where it is."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        for size, (width, height) in SIZES.items():
            for lang, theme in LOOKS:
                context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
                page = context.new_page()
                page.on("pageerror", lambda e: print("fault:", e, file=sys.stderr))
                for screen in screens:
                    page.goto(f"{base}{address_of(page, base, screen)}?lang={lang}&theme={theme}")
                    at_rest(page, screen)
                    path = folder / f"{screen}-{size}-{lang}-{theme}.png"
                    page.screenshot(path=path)
                    yield size, path
                context.close()
        browser.close()


def contact_sheet(paths: list[Path], to: Path) -> None:
    """All pictures of a size in one, a screen a row."""
    width, height = Image.open(paths[0]).size
    thumb = (THUMB_PX, THUMB_PX * height // width)
    rows = sorted({p.name.split("-")[0] for p in paths})
    columns = sorted({"-".join(p.stem.split("-")[2:]) for p in paths})
    sheet = Image.new("RGB", (thumb[0] * len(columns), thumb[1] * len(rows)))
    for path in paths:
        column, row = columns.index("-".join(path.stem.split("-")[2:])), rows.index(path.name.split("-")[0])
        sheet.paste(Image.open(path).resize(thumb, Image.Resampling.LANCZOS), (column * thumb[0], row * thumb[1]))
    sheet.save(to)


def main() -> None:
    """Take them all."""
    base, folder, screens = sys.argv[1].rstrip("/"), Path(sys.argv[2]), tuple(sys.argv[3:]) or SCREENS
    folder.mkdir(parents=True, exist_ok=True)
    taken: dict[str, list[Path]] = {}
    for size, path in pictures(base, folder, screens):
        taken.setdefault(size, []).append(path)
        print(path)
    for size, paths in taken.items():
        contact_sheet(paths, folder / f"sheet-{size}.png")


if __name__ == "__main__":
    main()
