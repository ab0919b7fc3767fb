"""The grammar of worded boundaries: clauses, sides, brackets, lists, stretches; what cannot be read is told."""

import pytest

from gridsvc.errors import BadInput
from gridsvc.spatial.worded_names import name_key
from gridsvc.spatial.worded_text import LONGEST, read_clauses


def told(text: str) -> list[tuple[str, str, bool | None]]:
    return [("+".join(c.names), c.side, c.included) for c in read_clauses(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("、，；", []),
        ("人民路", [("人民路", "unsaid", None)]),
        ("（含）", [("", "unsaid", None)]),
        ("人民路(以南", [("", "unsaid", None)]),
        ("人民路以南", [("人民路", "south", None)]),
        ("人民路以南（含）", [("人民路", "south", True)]),
        ("人民路以南(不含)。", [("人民路", "south", False)]),
        ("人民路（含）以南", [("人民路", "south", True)]),
        ("人民路以南（含）（不含）", [("人民路", "south", None)]),
        ("人民路以南（含路面）、建设路以西", [("人民路", "south", True), ("建设路", "west", None)]),
        ("人民路以南，建设路以西；环路以东",
         [("人民路", "south", None), ("建设路", "west", None), ("环路", "east", None)]),
        ("人民路 以南, 建设路 以西", [("人民路", "south", None), ("建设路", "west", None)]),
        ("人民路南侧、建设路西面", [("人民路", "south", None), ("建设路", "west", None)]),
        ("人民路东南侧", [("人民路", "southeast", None)]),
        ("东大街以北", [("东大街", "north", None)]),
        ("东西大街以南", [("东西大街", "south", None)]),
        ("东至建设路（含）、西至环路", [("建设路", "west", True), ("环路", "east", None)]),
        ("南以人民路为界", [("人民路", "north", None)]),
        ("以人民路为界（含）", [("人民路", "unsaid", True)]),
        ("云汀街道范围内", [("云汀街道", "inside", None)]),
        ("环路以内、公园以外", [("环路", "inside", None), ("公园", "outside", None)]),
        ("人民路两侧", [("人民路", "along", None)]),
        ("人民路、卫生路以南", [("人民路+卫生路", "south", None)]),
        ("人民路，卫生路以南", [("人民路", "unsaid", None), ("卫生路", "south", None)]),
        ("South of Renmin Road (included) and east of Ring Road",
         [("Renmin Road", "south", True), ("Ring Road", "east", None)]),
        ("within Yunting, north-west of X (excluded)", [("Yunting", "inside", None), ("X", "northwest", False)]),
    ],
)  # fmt: skip
def test_each_clause_has_its_name_its_side_and_its_bracket(text: str, expected: list[tuple[str, str, bool | None]]):
    assert told(text) == expected


@pytest.mark.parametrize(
    "text", ["人民路（建设路至环路段）以南", "人民路从建设路到环路以南", "人民路（从建设路到环路）以南"]
)
def test_a_stretch_of_a_lane_is_told_by_two_others(text: str):
    assert [(c.names, c.side, c.stretch) for c in read_clauses(text)] == [(("人民路",), "south", ("建设路", "环路"))]


def test_each_clause_says_from_where_in_the_text_it_comes():
    found = read_clauses("人民路以南（含）、\n建设路以西")
    assert [(c.phrase, c.start) for c in found] == [("人民路以南(含)", 0), ("建设路以西", 9)]


def test_a_text_without_end_is_refused():
    assert len(read_clauses("路" * LONGEST)) == 1
    with pytest.raises(BadInput):
        read_clauses("路" * (LONGEST + 1))


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("", ""),
        (" ", ""),
        ("人民路", "人民路"),
        ("Ｒｅｎｍｉｎ Road", "renminroad"),
        ("三十二号路", "32号路"),
        ("二〇三路", "203路"),
        ("一百零五弄", "105弄"),
        ("百花路", "百花路"),
        ("12-3号", "12之3号"),
        ("“人民”路（东）", "人民路东"),
    ],
)
def test_names_are_compared_by_the_place_finders_key(name: str, key: str):
    assert name_key(name) == key
