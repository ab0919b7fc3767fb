"""``boundaries diff`` and ``compare`` as people call them: exit codes, JSON, tables, the page, and the database."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_city import GRIDS, IN_B, RULES, TABLES, area, box, changed, load_city, write_city
from sqlalchemy import Engine

from .conftest import Done

Run = Callable[..., Done]
CASES = [{"x": str(IN_B[0] + dx), "y": "30.005", "category": "06010", "source": "app",
          "reported_at": "2024-06-12T12:00:00Z"} for dx in (-0.004, 0.002, 0.003)]  # fmt: skip
RECODED = [GRIDS[0], area("C", box(1), parent="S", unit="U2")]
RULED = TABLES | {"rules": changed(RULES, 0, source="新文件")}


@pytest.fixture
def city(tmp_path: Path) -> Path:
    return write_city(tmp_path / "one", tables=TABLES | {"cases": CASES})


@pytest.fixture
def later(tmp_path: Path) -> Path:
    return write_city(tmp_path / "two", edition="S2", grids=RECODED, tables=RULED)


def test_equal_folders_end_with_0(run: Run, city: Path):
    done = run("boundaries", "diff", city, city)
    assert (done.code, done.out) == (0, "")
    assert "S1 → S1: no change" in done.err
    assert run("boundaries", "diff", city, city, "--json").code == 0


def test_changes_end_with_1_and_are_told_in_both_languages(run: Run, city: Path, later: Path):
    done = run("boundaries", "diff", city, later)
    assert done.code == 1
    assert "S1 → S2" in done.out
    assert re.search(r"grid\W+recoded\W+B 网格B became C 网格C", done.out)
    assert re.search(r"rules\W+changed\W+RULE-06\W+source", done.out)
    zh = run("--lang", "zh", "boundaries", "diff", city, later)
    assert re.search(r"grid\W+改编码\W+B 网格B 改编码为 C 网格C", zh.out)
    assert re.search(r"rules\W+修改\W+RULE-06\W+source", zh.out)


def test_json_tells_the_same_to_programs(run: Run, city: Path, later: Path):
    done = run("boundaries", "diff", city, later, "--json")
    told = json.loads(done.out)
    assert (done.code, told["before"], told["after"], told["equal"]) == (1, "S1", "S2", False)
    assert [(c["kind"], c["before"], c["after"]) for c in told["changes"]] == [
        ("recoded", ["B"], ["C"]), ("renamed", ["B"], ["C"])
    ]  # fmt: skip
    assert told["tables"]["rules"]["changed"] == {"RULE-06": ["source"]}
    assert told["layers"][1]["cases"] == {"n": 3, "loss": 0.0, "elsewhere": [{"before": "B", "after": "C", "n": 3}]}
    assert json.loads(run("boundaries", "diff", later, city, "--json").out)["layers"][1]["cases"]["n"] == 3


def test_a_jitter_is_no_change_unless_the_tolerance_says_so(run: Run, city: Path, tmp_path: Path):
    moved = [[lon, lat + 4e-6 * (lat > 30.005)] for lon, lat in box(1)]
    other = write_city(tmp_path / "jitter", grids=[GRIDS[0], area("B", moved, parent="S", unit="U2")])
    done = run("boundaries", "diff", city, other)
    assert done.code == 0
    assert "drawn again (within tolerance) 1" in done.out
    assert run("boundaries", "diff", city, other, "--tolerance-m", "0.3").code == 1
    assert run("boundaries", "diff", city, other, "--tolerance-m", "0.3", "--tolerance-m", "grid=2").code == 0
    assert run("boundaries", "diff", city, other, "--tolerance-m", "street=0.3").code == 0


@pytest.mark.parametrize("text", ["", "wide", "grid=", "grid=-1", "nan", "-1", "inf"])
def test_a_tolerance_that_is_no_length_is_refused(run: Run, city: Path, text: str):
    done = run("boundaries", "diff", city, city, f"--tolerance-m={text}")
    assert (done.code, "--tolerance-m" in done.err) == (2, True)


def test_a_folder_that_is_not_there_is_refused(run: Run, city: Path):
    done = run("boundaries", "diff", city, city / "none")
    assert (done.code, "no such folder" in done.err) == (2, True)


def test_the_page_opens_offline_and_is_whole(run: Run, city: Path, later: Path, tmp_path: Path):
    page = tmp_path / "diff.html"
    done = run("boundaries", "diff", city, later, "--map", page, "--json")
    assert (done.code, json.loads(done.out)["equal"]) == (1, False)
    text = page.read_text(encoding="utf-8")
    assert "gridsvcDiff.start(" in text
    assert "Content-Security-Policy" in text


def test_editions_of_the_database_are_compared_with_folders(
    run: Run, engine: Engine, empty_url: str, city: Path, later: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GRIDSVC_DATABASE_URL", empty_url)
    for folder in (city, later):
        load_city(engine, folder)
    same = run("boundaries", "diff", "S1", city)
    assert (same.code, "no change" in same.err) == (0, True), same.out + same.err
    told = json.loads(run("boundaries", "diff", "S1", "S2", "--json").out)
    assert told["counts"] == {"recoded": 1, "renamed": 1}
    assert told["tables"] == {"rules": {"added": [], "removed": [], "changed": {"RULE-06": ["source"]}}}
    unknown = run("boundaries", "diff", "S1", "S9")
    assert (unknown.code, "S1, S2" in unknown.err or "S2, S1" in unknown.err) == (2, True)


def test_what_a_layer_asks_of_the_checks_is_no_change(
    run: Run, engine: Engine, empty_url: str, city: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GRIDSVC_DATABASE_URL", empty_url)
    asks = write_city(tmp_path / "asks", grid_layer={"checks": {"tolerance_m": 2.0, "severity": {"size": "off"}}})
    load_city(engine, asks)
    for before, after in (("S1", asks), (city, asks)):
        done = run("boundaries", "diff", before, after)
        assert (done.code, "no change" in done.err) == (0, True), done.out
    other = write_city(tmp_path / "other", grid_layer={"priority": 7})
    assert json.loads(run("boundaries", "diff", "S1", other, "--json").out)["tables"]["layers"]["changed"] == {
        "grid": ["priority"]
    }


def compared(run: Run, *arguments: Any) -> Any:
    return json.loads(run("boundaries", "compare", *arguments, "--json").out)


def test_two_layers_are_compared(run: Run, city: Path):
    told = compared(run, city, "street", "grid")
    assert (told["edition"], told["a"], told["b"]) == ("S1", "street", "grid")
    assert [(p["a"], p["b"], round(p["share_a"], 3), round(p["share_b"], 3), p["several"]) for p in told["pairs"]] == [
        ("S", "A", 0.5, 1.0, True), ("S", "B", 0.5, 1.0, True)
    ]  # fmt: skip
    assert [p["several"] for p in compared(run, city, "grid", "street")["pairs"]] == [False, False]
    shown = run("boundaries", "compare", city, "street", "grid")
    assert shown.code == 0
    assert "1 of street in several of grid" in shown.out


def test_an_unknown_layer_is_refused_with_those_there_are(run: Run, city: Path):
    done = run("boundaries", "compare", city, "grid", "police")
    assert (done.code, "one of street, grid" in done.err) == (2, True)
