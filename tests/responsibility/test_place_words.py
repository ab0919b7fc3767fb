"""Places in words, in both languages."""

import pytest

from gridsvc.responsibility.place_words import in_words
from gridsvc.responsibility.places import parse_places

TITLES = {"grid": ("责任网格", "responsibility grid"), "lane": ("街巷", "lane"), "bare": ("", "")}
NAMES = {("grid", "A"): "甲网格", ("grid", "C"): "C"}
WORDS = {
    "": ("全区域", "everywhere"),
    "grid:A": ("责任网格 甲网格（A）", "in responsibility grid 甲网格 (A)"),
    "grid:B": ("责任网格 B", "in responsibility grid B"),
    "grid:C": ("责任网格 C", "in responsibility grid C"),
    "!grid:A": ("不在责任网格 甲网格（A）", "not in responsibility grid 甲网格 (A)"),
    "grid:*": ("任一责任网格", "in any responsibility grid"),
    "lane?tier=alley": ("街巷（tier=alley）", "in lane with tier=alley"),
    "bare:X": ("bare X", "in bare X"),
    "unknown:X": ("unknown X", "in unknown X"),
    "at:120.005,30.0051234/50": ("距 120.005000,30.005123 50 米以内", "within 50 m of 120.005000,30.005123"),
    "grid:A&!lane:*": ("责任网格 甲网格（A），且不在任一街巷", "in responsibility grid 甲网格 (A) and not in any lane"),
    "grid:B;grid:C": ("责任网格 B；或责任网格 C", "in responsibility grid B; or in responsibility grid C"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "words"), WORDS.items())
def test_a_place_is_said_as_it_is_written(text: str, words: tuple[str, str]):
    assert in_words(parse_places(text), TITLES, lambda layer, code: NAMES.get((layer, code), "")) == words
