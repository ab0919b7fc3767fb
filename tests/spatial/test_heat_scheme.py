"""Schemes of classes: rows with names and dates; the wrong ones are refused by line and column."""

from datetime import date

import pytest

from gridsvc.errors import BadInput, BadTable
from gridsvc.spatial.heat_scheme import MEASURES, choose, read_heat, standard
from gridsvc.tables import COLUMNS, Faults, Row

ROW = {"scheme": "s1", "measure": "km2", "breaks": "0;5;10"}


def read(*rows: dict[str, str]):
    faults = Faults()
    given = [Row(dict.fromkeys(COLUMNS["heat"], "") | ROW | row, line) for line, row in enumerate(rows, start=2)]
    return read_heat({"heat": given}, faults), faults


def test_without_a_table_there_are_none():
    assert read_heat({}, Faults()) == ()


def test_every_measure_has_standard_classes():
    found = {s.measure: s.lower for s in standard()}
    assert set(found) == set(MEASURES)
    assert found["km2"] == (0, 5, 10, 20, 50, 100)
    assert found["components"] == found["residents"] == (0, 1, 2, 5, 10, 20)
    assert found["ratio"] == (0, 1 / 2, 1 / 1.5, 1 / 1.2, 1.2, 1.5, 2)


def test_a_row_is_a_scheme_with_the_measure_s_title():
    (found,), faults = read({"valid_from": "2024-03-01"})
    assert (found.lower, found.since, found.by, found.title_en) == (
        (0, 5, 10), date(2024, 3, 1), "", "cases / km² / 30 days",
    )  # fmt: skip
    assert faults.found == []


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ({"scheme": ""}, "scheme"),
        ({"measure": "colour"}, "measure"),
        ({"breaks": ""}, "breaks"),
        ({"breaks": "0"}, "breaks"),
        ({"breaks": "1;5"}, "breaks"),
        ({"breaks": "0;5;5"}, "breaks"),
        ({"breaks": "0;1/0"}, "breaks"),
        ({"breaks": "0;five"}, "breaks"),
        ({"breaks": "0;1;2;3;4;5;6"}, "breaks"),
        ({"measure": "ratio", "breaks": "0;1;2;3;4;5;6;7"}, "breaks"),
        ({"valid_from": "soon"}, "valid_from"),
    ],
)
def test_what_is_no_scheme_is_refused_by_its_column(row, column):
    made, faults = read(row)
    assert made == ()
    assert [(f.table, f.line, f.field) for f in faults.found] == [("heat", 2, column)]


def test_the_same_twice_is_refused():
    made, faults = read({}, {"breaks": "0;1"})
    assert (len(made), [(f.line, f.field) for f in faults.found]) == (1, [(3, "scheme")])
    with pytest.raises(BadTable):
        faults.refuse()


MARCH, JUNE = date(2024, 3, 1), date(2024, 6, 1)


def test_the_last_that_began_holds_and_an_old_one_is_found_by_its_name():
    declared, _ = read(
        {"scheme": "old", "valid_from": "2024-03-01"},
        {"scheme": "new", "valid_from": "2024-06-01"},
        {"scheme": "new", "by": "unit_grid", "valid_from": "2024-06-01", "breaks": "0;1"},
    )
    on = date(2024, 6, 12)
    assert choose(declared, "km2", "grid", on).scheme == "new"
    assert choose(declared, "km2", "unit_grid", on).lower == (0, 1)
    assert choose(declared, "km2", "grid", date(2024, 5, 31)).scheme == "old"
    assert choose(declared, "km2", "grid", on, "old").scheme == "old"


@pytest.mark.parametrize("on", [date(2024, 2, 29), date(1900, 1, 1)])
def test_before_the_first_the_standard_holds(on):
    declared, _ = read({"valid_from": "2024-03-01"})
    assert choose(declared, "km2", "grid", on) in standard()
    assert choose((), "ratio", "grid", on) in standard()


def test_an_unknown_name_is_refused_with_those_there_are():
    declared, _ = read({})
    with pytest.raises(BadInput) as e:
        choose(declared, "km2", "grid", JUNE, "s2")
    assert (e.value.errors[0].field, "s1" in e.value.errors[0].mend_en) == ("scheme", True)
