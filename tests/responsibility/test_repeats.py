"""The tables ``duplicates`` and ``sanctions``: what their rows mean, and what is wrong with them."""

import pytest

from gridsvc.errors import BadInput
from gridsvc.responsibility.repeats import (
    DuplicateRule,
    Sanction,
    duplicate_rule,
    ladder,
    parse_duplicate,
    parse_sanction,
    softer_rungs,
)
from gridsvc.tables import Row

DUPLICATE = {"category": "06*", "radius_m": "50", "hours": "24", "match": ""}
RUNG = {"categories": "09005;09006", "times": "2", "text_zh": "罚款", "text_en": "fine", "fine_max": "500"}


def test_a_row_of_duplicates():
    assert parse_duplicate(DUPLICATE) == DuplicateRule("06*", 50.0, 24.0, "same")
    assert parse_duplicate(DUPLICATE | {"match": "major", "hours": "0.5"}) == DuplicateRule("06*", 50.0, 0.5, "major")


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ({"category": ""}, "category"),
        ({"category": "06?"}, "category"),
        ({"category": "*"}, "category"),
        ({"radius_m": ""}, "radius_m"),
        ({"radius_m": "0"}, "radius_m"),
        ({"radius_m": "-5"}, "radius_m"),
        ({"radius_m": "nan"}, "radius_m"),
        ({"radius_m": "5001"}, "radius_m"),
        ({"hours": "a day"}, "hours"),
        ({"hours": "inf"}, "hours"),
        ({"hours": "9999"}, "hours"),
        ({"match": "any"}, "match"),
    ],
)
def test_a_row_of_duplicates_that_cannot_be_meant(cells: dict[str, str], field: str):
    with pytest.raises(BadInput) as refused:
        parse_duplicate(DUPLICATE | cells)
    assert [e.field for e in refused.value.errors] == [field]


def test_a_row_of_sanctions():
    assert parse_sanction(RUNG) == Sanction(("09005", "09006"), 2, "罚款", "fine", 500.0, 365.0, 30.0)
    bare = {"categories": "09*", "times": "1", "text_zh": "责令改正", "days": "30", "radius_m": "15"}
    assert parse_sanction(bare) == Sanction(("09*",), 1, "责令改正", "", None, 30.0, 15.0)


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ({"categories": ""}, "categories"),
        ({"categories": " ; "}, "categories"),
        ({"categories": "09005;x"}, "categories"),
        ({"times": ""}, "times"),
        ({"times": "0"}, "times"),
        ({"times": "1.5"}, "times"),
        ({"times": "100"}, "times"),
        ({"text_zh": ""}, "text_zh"),
        ({"fine_max": "-500"}, "fine_max"),
        ({"fine_max": "500 yuan"}, "fine_max"),
        ({"days": "0"}, "days"),
        ({"radius_m": "6000"}, "radius_m"),
    ],
)
def test_a_row_of_sanctions_that_cannot_be_meant(cells: dict[str, str], field: str):
    with pytest.raises(BadInput) as refused:
        parse_sanction(RUNG | cells)
    assert [e.field for e in refused.value.errors] == [field]


RULES = [DuplicateRule("0*", 1, 1), DuplicateRule("06010", 2, 2), DuplicateRule("06*", 3, 3)]


@pytest.mark.parametrize(("category", "radius_m"), [("06010", 2), ("06011", 3), ("07001", 1), ("10001", None)])
def test_the_exact_code_goes_before_the_longest_prefix(category: str, radius_m: float | None):
    found = duplicate_rule(RULES, category)
    assert (found and found.radius_m) == radius_m


def rung(categories: str, times: int, fine_max: str = "") -> Row:
    cells = {"categories": categories, "times": str(times), "text_zh": f"第{times}档", "fine_max": fine_max}
    return Row(cells, times + 1)


LADDERS = [parse_sanction(r) for r in (rung("09*", 2), rung("09*", 1), rung("09005;06029", 1), rung("09005;06029", 3))]


@pytest.mark.parametrize(
    ("category", "rungs"), [("09001", [1, 2]), ("09005", [1, 3]), ("06029", [1, 3]), ("06010", [])]
)
def test_one_ladder_is_for_a_matter_lowest_rung_first(category: str, rungs: list[int]):
    assert [s.times for s in ladder(LADDERS, category)] == rungs
    assert len({s.categories for s in ladder(LADDERS, category)}) <= 1


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        ([], []),
        ([rung("09*", 1), rung("09*", 2, "500"), rung("09*", 3, "20000")], []),
        ([rung("09*", 3, "20000"), rung("09*", 2, "500")], []),
        ([rung("09*", 1, "500"), rung("09*", 2)], [3]),
        ([rung("09*", 1, "500"), rung("08*", 2, "100")], []),
        ([rung("09*", 2, "20000"), rung("09*", 3, "500")], [4]),
    ],
)
def test_a_rung_that_fines_less_than_the_one_below_is_told(rows: list[Row], lines: list[int]):
    assert [(f.id, f.line) for f in softer_rungs(rows)] == [("softer_rung", line) for line in lines]
