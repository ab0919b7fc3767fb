"""``gridsvc heat``: one file that opens without any network, of a table with or without boundaries."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import Done

Heat = Callable[..., Done]
# What a browser fetches by itself; a link to be clicked, as in a map's attribution, fetches nothing.
FETCHED = re.compile(
    r"""<(?:script|link|img|iframe|source|object)\b[^>]*?(?:src|href|data)\s*=\s*["']?\s*(?:[a-z]+:)?//"""
    r"""|@import|url\(\s*["']?\s*(?:https?:)?//""",
    re.IGNORECASE,
)
CASES = "lon,lat,描述\n120.005,30.005,<script>alert(1)</script>\n120.006,30.004,\n,,无坐标\n120.015,30.005,\n"


@pytest.fixture
def heat(run: Callable[..., Done], tmp_path: Path) -> Heat:
    def drawn(*arguments: object, cases: str = "cases.csv", out: str = "heat.html", **options: Any) -> Done:
        usual = {"--x": "lon", "--y": "lat", "--crs": "wgs84"} | options
        given = [part for pair in usual.items() for part in pair]
        return run("heat", tmp_path / cases, *given, *arguments, "-o", tmp_path / out)

    (tmp_path / "cases.csv").write_text(CASES, encoding="utf-8")
    return drawn


@pytest.mark.parametrize("with_boundaries", [False, True])
def test_one_file_without_any_outside_host(heat: Heat, tmp_path: Path, city: Path, with_boundaries: bool):
    done = heat(**({"--boundaries": city} if with_boundaries else {}))
    assert done.code == 0, done.err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["cases.csv", "heat.html"]
    page = (tmp_path / "heat.html").read_text(encoding="utf-8")
    assert FETCHED.search(page) is None
    assert "Content-Security-Policy" in page
    assert len(page) > 50_000


def test_it_speaks_the_language_asked_for(heat: Heat, tmp_path: Path, city: Path):
    heat("--lang", "zh", **{"--boundaries": city})
    assert "小城：案件热力图" in (tmp_path / "heat.html").read_text(encoding="utf-8")
    heat("--lang", "en")
    assert "cases.csv: case heat map" in (tmp_path / "heat.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("with_boundaries", [False, True])
def test_hexagons_are_one_of_the_themes(heat: Heat, tmp_path: Path, city: Path, with_boundaries: bool):
    heat("--lang", "en", **({"--boundaries": city} if with_boundaries else {}))
    assert "Hexagons (200 m)" in (tmp_path / "heat.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("with_boundaries", [False, True])
@pytest.mark.parametrize(("label", "aside"), [("category", 40), ("note", 0)])
def test_cases_piled_up_by_a_geocoder_are_set_aside(
    heat: Heat, tmp_path: Path, city: Path, with_boundaries, label, aside
):
    spread = [f"{120.001 + i * 2e-4:.6f},30.004,{i % 30}" for i in range(80)]
    piled = [f"120.010000,30.005,{i % 30}" for i in range(40)]
    (tmp_path / "piled.csv").write_text("\n".join([f"lon,lat,{label}", *spread, *piled]) + "\n")
    done = heat("--lang", "en", cases="piled.csv", **({"--boundaries": city} if with_boundaries else {}))
    assert done.code == 0, done.err
    page = (tmp_path / "heat.html").read_text(encoding="utf-8")
    figures = dict(re.findall(r"<dt>([^<]+)</dt><dd>([\d,]+)</dd>", page))
    assert figures == {"cases": "120", "on the map": str(120 - aside), "set aside": str(aside)}


def test_markup_in_the_table_does_not_reach_the_page(heat: Heat, tmp_path: Path):
    heat()
    assert "<script>alert(1)" not in (tmp_path / "heat.html").read_text(encoding="utf-8")


def test_a_table_without_rows_gives_a_page(heat: Heat, tmp_path: Path):
    (tmp_path / "none.csv").write_text("lon,lat\n")
    assert heat(cases="none.csv").code == 0
    assert (tmp_path / "heat.html").exists()


REFUSALS: list[tuple[str, dict[str, Any], str]] = [
    ("no such file", {"cases": "nothing.csv"}, "no such file"),
    ("missing column", {"--x": "longitude"}, "lon, lat"),
    ("unknown datum", {"--crs": "wgs"}, "gcj02"),
    ("no output folder", {"out": "nothing/heat.html"}, "folder"),
    ("an output that is a folder", {"out": "folder"}, "folder"),
    ("no boundaries", {"--boundaries": "/nonexistent"}, "manifest.json"),
]


@pytest.mark.parametrize(("how", "words"), [c[1:] for c in REFUSALS], ids=[c[0] for c in REFUSALS])
def test_what_cannot_be_used_is_refused_and_named(heat: Heat, tmp_path: Path, how: dict[str, Any], words: str):
    (tmp_path / "folder").mkdir()
    done = heat(**how)
    assert done.code == 2, done
    assert words in done.err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["cases.csv", "folder"]
