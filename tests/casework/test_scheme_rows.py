"""Rows of schemes: an error names the table, the line and the column, and all of them come at once."""

import pytest

from gridsvc.casework.scheme_rows import read_schemes
from gridsvc.casework.schemes import Scheme
from gridsvc.errors import BadTable
from gridsvc.tables import Row, gathered

GOOD = {
    "schemes": [{"scheme": "s", "subject": "layer:street"}],
    "scheme_parts": [{"scheme": "s", "part": "p", "weight": "100", "measure": "indicator:closing"}],
    "deductions": [],
    "consequences": [],
}


def read(**tables: list[dict[str, str]]) -> dict[str, Scheme]:
    rows = {name: [Row(cells, n) for n, cells in enumerate(given, 2)] for name, given in (GOOD | tables).items()}
    with gathered() as faults:
        return read_schemes(rows, faults)


def test_without_any_table_there_is_no_scheme():
    with gathered() as faults:
        assert read_schemes({}, faults) == {}


def test_what_is_left_out_has_a_meaning():
    scheme = read()["s"]
    part = scheme.parts[0]
    assert (scheme.every, scheme.min_cases, scheme.units, scheme.fund_yuan) == ("", 0, (), None)
    assert (part.direction, part.by, part.title_zh, scheme.full) == ("up", "system", "p", 100)


def test_of_a_rate_whose_low_value_is_good_what_is_left_counts():
    rows = [{"scheme": "s", "part": "p", "weight": "20", "measure": "indicator:rework"}]
    assert read(scheme_parts=rows)["s"].parts[0].direction == "down"


SCHEME, PART = GOOD["schemes"][0], GOOD["scheme_parts"][0]
OFF = {"scheme": "s", "part": "p", "id": "o", "counts": "cases", "points": "1"}
THEN = {"scheme": "s", "rank": "last", "then": "flag:black"}


@pytest.mark.parametrize(
    ("table", "row", "field"),
    [
        ("schemes", SCHEME | {"subject": "street"}, "subject"),
        ("schemes", SCHEME | {"subject": "post:mayor"}, "subject"),
        ("schemes", SCHEME | {"every": "fortnight"}, "every"),
        ("schemes", SCHEME | {"min_cases": "few"}, "min_cases"),
        ("schemes", SCHEME | {"street_share": "1/3"}, "street_share"),
        ("schemes", SCHEME | {"street_share": "a third"}, "street_share"),
        ("schemes", SCHEME | {"scheme": "empty"}, "scheme"),
        ("scheme_parts", PART | {"scheme": "t"}, "scheme"),
        ("scheme_parts", PART | {"weight": "0"}, "weight"),
        ("scheme_parts", PART | {"weight": "-1"}, "weight"),
        ("scheme_parts", PART | {"measure": "indicator:happiness"}, "measure"),
        ("scheme_parts", PART | {"measure": "input"}, "measure"),
        ("scheme_parts", PART | {"measure": "deductions:x"}, "measure"),
        ("scheme_parts", PART | {"measure": "scheme:t"}, "measure"),
        ("scheme_parts", PART | {"direction": "sideways"}, "direction"),
        ("scheme_parts", PART | {"direction": "add"}, "direction"),
        ("scheme_parts", PART | {"by": "mother"}, "by"),
        ("scheme_parts", PART | {"categories": "6x"}, "categories"),
        ("deductions", OFF | {"part": "q"}, "part"),
        ("deductions", OFF | {"counts": "sheep"}, "counts"),
        ("deductions", OFF | {"points": "0"}, "points"),
        ("deductions", OFF | {"counts": "clusters"}, "within_m"),
        ("deductions", OFF | {"within_m": "20"}, "within_m"),
        ("deductions", OFF | {"counts": "clusters", "within_m": "20", "from_n": "10", "to_n": "9"}, "to_n"),
        ("deductions", OFF | {"attributes": "goods"}, "attributes"),
        ("consequences", THEN | {"scheme": ""}, "scheme"),
        ("consequences", THEN | {"on": "q"}, "on"),
        ("consequences", THEN | {"rank": "0"}, "rank"),
        ("consequences", THEN | {"rank": "2-1"}, "rank"),
        ("consequences", THEN | {"then": "flag:green"}, "then"),
        ("consequences", THEN | {"then": "points:+1"}, "then"),
        ("consequences", THEN | {"on": "p"}, "then"),
    ],
)
def test_a_row_that_cannot_be_meant_is_refused_with_its_column(table: str, row: dict[str, str], field: str):
    with pytest.raises(BadTable) as refused:
        read(**{table: [row]})
    assert field in {e.field for e in refused.value.errors}
    assert table in {e.table for e in refused.value.errors}


def test_a_row_that_occurs_twice_is_refused():
    with pytest.raises(BadTable) as refused:
        read(scheme_parts=[PART, PART])
    assert [(e.table, e.line) for e in refused.value.errors] == [("scheme_parts", 3)]


@pytest.mark.parametrize("other", ["s", "t"])
def test_no_scheme_goes_round_in_a_circle(other: str):
    parts = [{"scheme": a, "part": "p", "weight": "1", "measure": f"scheme:{b}"} for a, b in (("s", other), ("t", "s"))]
    with pytest.raises(BadTable):
        read(schemes=[SCHEME, SCHEME | {"scheme": "t"}], scheme_parts=parts)
