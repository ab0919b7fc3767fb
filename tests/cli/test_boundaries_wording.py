"""``gridsvc boundaries compile`` and ``describe``: words to a draft folder with a review list, and back."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from demo_city_folder import FOLDER

from .conftest import Done

Run = Callable[..., Done]
SOUND = "G1,第一网格,人和大道以北（含）\nG2,第二网格,人和大道以南\n"


def table(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_words_become_a_draft_with_owners_that_the_checks_accept(run: Run, tmp_path: Path):
    texts = table(tmp_path / "t.csv", "code,name,text\n" + SOUND)
    done = run("boundaries", "compile", texts, "--lanes", FOLDER, "-o", tmp_path / "new")
    assert (done.code, "2 of 2 grids are whole" in done.err) == (0, True)
    checked = run("boundaries", "check", tmp_path / "new", "--json")
    assert (checked.code, json.loads(checked.out)["findings"]) == (0, [])
    back = run("boundaries", "describe", tmp_path / "new")
    assert [row["text"] for row in csv.DictReader(io.StringIO(back.out))] == ["人和大道以北（含）", "人和大道以南"]


def test_what_is_not_certain_is_on_the_review_list_with_its_phrase(run: Run, tmp_path: Path):
    texts = table(tmp_path / "t.csv", "code,name,text\nG1,,人和大道以北、人和街以东\n")
    done = run("boundaries", "compile", texts, "--lanes", FOLDER, "-o", tmp_path / "new", "--json")
    told = json.loads(done.out)
    assert (done.code, told["grids"]) == (1, {"G1": False})
    with (tmp_path / "new" / "review.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [r["id"] for r in rows] == [d["id"] for d in told["review"]] == ["unknown_name", "orphan_street"]
    assert rows[0]["phrases"] == "人和街以东"
    assert "人和大道" in rows[0]["zh"]


def test_a_decision_on_a_name_settles_it(run: Run, tmp_path: Path):
    texts = table(tmp_path / "t.csv", "code,text\nG1,老大道以北（含）\nG2,人和大道以南\n")
    settled = table(tmp_path / "s.csv", "grid,name,side,code\n,老大道,,L006\n")
    done = run("boundaries", "compile", texts, "--lanes", FOLDER, "-o", tmp_path / "a", "--settled", settled)
    assert done.code in (0, 1)
    assert "unknown_name" not in done.err + done.out


@pytest.mark.parametrize(
    ("texts", "options"),
    [
        ("code,text\n", ["--within", "nothing"]),
        ("code,text\n", ["--within", "district:0"]),
        ("code,text\n", ["--layers", "nothing"]),
        ("code,text\nG1,\n", []),
        ("name\nG1\n", []),
        ("code,text\nG1,人和大道以北\nG1,人和大道以南\n", []),
        ("code,text\nG1,人和大道以北\n", ["--reach-m", "-1"]),
    ],
)
def test_nonsense_ends_with_2_and_leaves_nothing(run: Run, tmp_path: Path, texts: str, options: list[str]):
    path = table(tmp_path / "t.csv", texts)
    assert run("boundaries", "compile", path, "--lanes", FOLDER, "-o", tmp_path / "new", *options).code == 2
    assert not (tmp_path / "new").exists()


def test_a_layer_without_ground_cannot_be_put_in_words(run: Run):
    assert run("boundaries", "describe", FOLDER, "--layer", "lane").code == 2
