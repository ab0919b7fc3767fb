"""The field page's sources keep to the house's ways, and what is built of them is light and can be installed."""

import gzip
import json
import re
import struct
from pathlib import Path

import pytest

from gridsvc.web.assets import asset

SRC = Path(__file__).parents[2] / "gridsvc" / "web" / "field" / "src"
SHARED = SRC.parents[1] / "shared"
CODE = sorted(SRC.rglob("*.ts*"))
HAN = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
COLOUR = re.compile(r"#[0-9a-fA-F]{6}\b|\brgba?\(|\bhsla?\(")
MOST_KB = 70


def words(language: str) -> dict[str, str]:
    files = (SHARED / "words" / f"shared.{language}.json", SRC / "words" / f"field.{language}.json")
    return {key: text for file in files for key, text in json.loads(file.read_text(encoding="utf-8")).items()}


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.name)
def test_a_file_is_short_and_leaves_texts_to_the_words_and_colours_to_the_tokens(path: Path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 300
    assert not HAN.search(text)
    assert not COLOUR.search(text)


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.name)
def test_one_file_asks_the_service_and_one_knows_the_storage(path: Path):
    text = path.read_text(encoding="utf-8")
    assert path.name in ("api.ts", "worker.ts") or not re.search(r"\bfetch\(|XMLHttpRequest", text)
    assert path.name == "store.ts" or "indexedDB" not in text


def test_colours_are_those_of_the_tokens():
    assert not COLOUR.search((SRC / "field.css").read_text(encoding="utf-8"))


def test_every_text_is_there_in_both_languages_with_the_punctuation_of_each():
    zh, en = words("zh"), words("en")
    assert zh.keys() == en.keys()
    assert [key for key, text in en.items() if HAN.search(text) and key not in ("look.lang", "part.and")] == []
    half_width = re.compile(r"[\u4e00-\u9fff][,;:!?()]|[,;:!?()][\u4e00-\u9fff]")
    assert {key: text for key, text in zh.items() if half_width.search(text)} == {}


def test_every_word_that_is_asked_for_exists_and_none_is_kept_for_nobody():
    code = "\n".join(path.read_text(encoding="utf-8") for path in CODE)
    asked = set(re.findall(r"\bt\(\s*\"([\w.-]+)\"", code))
    assert asked - words("zh").keys() == set()
    own = json.loads((SRC / "words" / "field.zh.json").read_text(encoding="utf-8"))
    made = tuple(
        f"{prefix}." for prefix in re.findall(r"`(\w+)\.\$\{|tOf\(\"(\w+)\"", code) for prefix in prefix if prefix
    )
    assert [key for key in own if f'"{key}"' not in code and not key.startswith((*made, "app."))] == []


def test_all_that_is_loaded_first_is_light():
    size = sum(len(gzip.compress(asset(f"field/{name}"), 9)) for name in ("main.js", "main.css"))
    assert size <= MOST_KB * 1024


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_phone_finds_what_it_needs_to_install_the_page(lang: str):
    told = json.loads(asset(f"field/{lang}.webmanifest"))
    assert (told["start_url"], told["scope"], told["id"], told["display"]) == (
        "/field",
        "/field",
        "/field",
        "standalone",
    )
    sizes = {icon["sizes"] for icon in told["icons"] if icon.get("purpose") == "maskable"}
    assert {"192x192", "512x512"} <= sizes
    for icon in told["icons"]:
        data = asset(f"field/{icon['src']}")
        if icon["type"] == "image/png":
            side = int(icon["sizes"].split("x")[0])
            assert (data[:8], struct.unpack(">II", data[16:24])) == (b"\x89PNG\r\n\x1a\n", (side, side))
