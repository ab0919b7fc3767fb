"""The page of a replay as text and values: cases placed and told, sums by area, unit and chief, no markup."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from checked import HOSTILE, checked_city
from test_check_page import AT, config_of

from gridsvc.changes import Change
from gridsvc.spatial.layer import Edition
from gridsvc.web.offline import render
from gridsvc.web.pages import changes as module
from gridsvc.web.pages.changes import changes_page
from gridsvc.web.pages.changes_words import WORDS
from gridsvc.web.pages.check_words import WORDS as CHECK_WORDS

CITY, _ = checked_city()
BEFORE: dict[str, Any] = {
    "areas": {"grid": ["G1", "inside"]}, "accountable": ["U1", "rule"], "desk": None, "assisting": [],
    "evaluator": None, "grid_chief": "P1", "street_chief": None, "component": None,
}  # fmt: skip
WHEN = datetime(2024, 6, 12, 4, tzinfo=UTC)
MOVED = Change("N1", WHEN, "06010", 120.105, 30.205, BEFORE, BEFORE | {"areas": {"grid": ["G2", "edge"]}})
GIVEN = replace(MOVED, number="N2", after=BEFORE | {"accountable": ["U2", "rule"], "grid_chief": "P2"})
FAILED = replace(MOVED, number="N3" + HOSTILE, lon=None, lat=None, after=None, why=("没有 " + HOSTILE, "no " + HOSTILE))


def page(*changes: Change, lang: str = "zh", city: Edition = CITY, under: str = "E2", mode: str = "linked") -> str:
    drawn = changes_page(city, changes, 7, under, {"U1": "甲处 " + HOSTILE}, lang=lang, generated=AT)
    return render(drawn, mode=mode, lang=lang)


def test_each_case_is_told_by_what_weighs_most_and_lies_where_it_was():
    config = config_of(page(MOVED, GIVEN, FAILED, lang="en"))
    rows = config["findings"]
    assert [(r["severity"], r["id"], r["at"]) for r in rows] == [
        ("warning", "where", [30.205, 120.105]), ("warning", "whose", [30.205, 120.105]), ("error", "failed", None),
    ]  # fmt: skip
    assert rows[0]["text"] == "Grid G1 → G2, how it lies in Grid inside → edge"
    assert rows[1]["text"] == "unit U1 → U2, grid chief P1 → P2"
    assert set(config["checks"]) == {"failed", "whose", "where"}


def test_sums_are_given_by_area_unit_and_chief_with_names_of_areas_and_units_only():
    tables = {t["title"]: t["rows"] for t in config_of(page(MOVED, GIVEN, FAILED, lang="en"))["tables"]}
    assert list(tables) == ["Grid", "unit", "grid chief"]
    assert [(r[0].split(" ")[0], *r[1:]) for r in tables["Grid"]] == [("G1", 2, 0), ("G2", 0, 1)]
    assert [(r[0].split(" ")[0], *r[1:]) for r in tables["unit"]] == [("U1", 2, 0), ("U2", 0, 1)]
    assert [tuple(r) for r in tables["grid chief"]] == [("P1", 2, 0), ("P2", 0, 1)]


def test_of_very_many_the_first_are_drawn_and_the_sums_have_all(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MOST_FINDINGS", 2)
    monkeypatch.setattr(module, "MOST_ROWS", 1)
    config = config_of(page(MOVED, MOVED, MOVED, lang="en"))
    assert (len(config["findings"]), config["tables"][0]["rows"][0][1:], config["tables"][0]["n"]) == (2, [3, 0], 2)
    assert [note for note in config["notes"] if note.startswith(("Of 3 cases", "Grid: 1 more"))] == config["notes"][:2]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_where_nothing_changed_it_says_so(lang: str):
    text = page(lang=lang, under="")
    assert config_of(text)["findings"] == config_of(text)["tables"] == []
    assert config_of(text)["words"]["none"] == WORDS[lang]["none"]
    assert WORDS[lang]["as_decided"] in text


def test_without_lines_the_cases_say_what_is_looked_at():
    bare = Edition("E0", {})
    assert "30.205" in page(MOVED, city=bare)
    assert config_of(page(FAILED, city=bare))["findings"][0]["at"] is None


def test_nothing_from_data_is_markup():
    text = page(FAILED, GIVEN, under=HOSTILE, mode="inline")
    assert HOSTILE not in text
    assert "<img src=x" not in text


def test_both_languages_have_the_same_words_and_no_word_of_a_check_is_left_over():
    assert set(WORDS["zh"]) == set(WORDS["en"])
    assert {"generated", "drawn", "of", "more", "placeless", "layers", "notes"} <= set(CHECK_WORDS["zh"])
