"""Tables in Excel: what a person sees in a cell is read as text, or the cell is refused with its place."""

import contextlib
import re
import zipfile
from datetime import date, datetime, time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from workbooks import write_workbook

from gridsvc.errors import BadTable
from gridsvc.spatial.table_source import TableSource
from gridsvc.spatial.tables import read_rows
from gridsvc.tables import Row, gathered

HEADER = ["code", "name"]


def read(path: Path, sheet: str | None = None) -> list[Row]:
    with gathered() as faults:
        return read_rows(TableSource("units", path, sheet=sheet), faults)


def refusal(path: Path, sheet: str | None = None) -> list[tuple[int | None, str, object]]:
    """Line, column and value of every fault."""
    with pytest.raises(BadTable) as e:
        read(path, sheet)
    assert all(f.mend_zh and f.mend_en for f in e.value.errors)
    return [(getattr(f, "line", None), f.field, f.value) for f in e.value.errors]


def book(folder: Path, *rows: list, **options: object) -> Path:
    return write_workbook(folder / "t.xlsx", {"Sheet1": rows}, **options)


@pytest.mark.parametrize("rows", [[], [[]], [[None, None]], [["", " "]]], ids=["none", "empty", "blank", "spaces"])
def test_an_empty_sheet_is_refused(tmp_path, rows):
    assert refusal(book(tmp_path, *rows)) == [(None, "t.xlsx", "")]


def test_a_header_alone_is_no_rows(tmp_path):
    assert read(book(tmp_path, HEADER)) == []


def test_blank_rows_are_left_out_and_lines_are_those_of_the_sheet(tmp_path):
    rows = read(book(tmp_path, [None], HEADER, [None, ""], ["U1", "甲"], [None], ["U2", None], [""], [None, " "]))
    assert [(r.line, dict(r)) for r in rows] == [
        (4, {"code": "U1", "name": "甲"}),
        (6, {"code": "U2", "name": ""}),
    ]


def test_a_sheet_is_chosen_by_name_else_the_first(tmp_path):
    path = write_workbook(tmp_path / "t.xlsx", {"单位": [HEADER, ["U1", "x"]], "Sheet2": [HEADER, ["U2", "y"]]})
    assert [read(path, sheet)[0]["code"] for sheet in (None, "单位", "Sheet2")] == ["U1", "U1", "U2"]
    assert refusal(path, "人员") == [(None, "sheet", "人员")]


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        ("007", "@", "007"),
        (7, "General", "7"),
        (7.0, "0.00", "7"),
        (7, "000", "007"),
        (1001, "00000_ ", "01001"),
        (110101001001001, "General", "110101001001001"),
        (110101001001001, "0.00E+00", "110101001001001"),
        (999999999999999, "0", "999999999999999"),
        (1500, "#,##0", "1500"),
        (-2, "#,##0_);(#,##0)", "-2"),
        (1.5, "General", "1.5"),
        (120.2087579, "0.000", "120.2087579"),
        (0.0000001, "General", "0.0000001"),
        (True, "General", "true"),
        (date(2024, 1, 1), "yyyy/m/d", "2024-01-01"),
        (datetime(2024, 1, 1), "yyyy-mm-dd", "2024-01-01"),
        (datetime(2024, 1, 1, 8, 30), "yyyy-mm-dd hh:mm", "2024-01-01T08:30:00"),
        (" 甲 ", "General", "甲"),
        ("=1+1", "General", "=1+1"),
    ],
)
def test_a_cell_is_read_as_the_text_that_is_seen(tmp_path, value, number_format, text):
    path = book(tmp_path, HEADER, ["U1", value], formats={"B2": number_format})
    assert read(path)[0]["name"] == text


@pytest.mark.parametrize(
    ("value", "number_format", "shown"),
    [
        (1101010010010010, "General", "1101010010010010"),
        (99010101001000001, "0", "99010101001000000"),
        (1e15, "General", "1000000000000000"),
        (0.5, "0%", "0.5"),
        (7, '"P"0000', "7"),
        (7.5, "0000", "7.5"),
        (-7, "0000", "-7"),
        (5, "¥#,##0", "5"),
        (time(8, 30), "h:mm", "08:30:00"),
        ("formula:#N/A", "General", "#N/A"),
    ],
)
def test_a_cell_that_shows_other_than_it_holds_or_lost_digits_is_told(tmp_path, value, number_format, shown):
    path = book(tmp_path, HEADER, ["U1", "x"], ["U2", value], formats={"B3": number_format})
    assert refusal(path) == [(3, "name", shown)]


def patch(path: Path, before: str, after: str) -> None:
    """Change the XML of the first sheet, as other programs would have written it."""
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    name = "xl/worksheets/sheet1.xml"
    # Whether an empty element is written one way or the other depends on what else is installed.
    own = re.sub(r"<v\s*/>|<v></v>", "<v />", parts[name].decode())
    text, found = re.subn(re.escape(before), after, own)
    assert found == 1
    with zipfile.ZipFile(path, "w") as book:
        for part, data in (parts | {name: text.encode()}).items():
            book.writestr(part, data)


@pytest.mark.parametrize(
    ("stored", "text"),
    [("<v>6</v>", "6"), ("<v>2.5</v>", "2.5")],
)
def test_a_formula_counts_as_its_stored_result(tmp_path, stored, text):
    path = book(tmp_path, HEADER, ["U1", "formula:=2*3"])
    patch(path, "<v />", stored)
    assert read(path)[0]["name"] == text


def test_a_formula_that_gave_an_empty_text_is_empty(tmp_path):
    path = book(tmp_path, HEADER, ["U1", 'formula:=""'])
    patch(path, '<c r="B2"><f>""</f><v />', '<c r="B2" t="str"><f>""</f><v></v>')
    assert read(path)[0]["name"] == ""


def test_a_formula_without_a_stored_result_is_told(tmp_path):
    assert refusal(book(tmp_path, HEADER, ["U1", "formula:=2*3"])) == [(2, "name", "=2*3")]


def test_merged_cells_are_told_by_their_ranges(tmp_path):
    path = book(tmp_path, HEADER, ["U1", "x"], ["U2", None], ["U3", "y"], merged=["B2:B3"])
    assert refusal(path) == [(None, "B2:B3", None)]


@pytest.mark.parametrize(
    ("header", "field"),
    [(["code", "name", "name"], "name"), (["code"], "name"), (["code", "nam"], "nam")],
    ids=["twice", "missing", "misspelt"],
)
def test_a_header_that_cannot_be_meant_is_refused(tmp_path, header, field):
    assert refusal(book(tmp_path, header, ["U1", "x", "y"])) == [(None, field, None)]


def test_a_cell_under_no_column_is_told(tmp_path):
    assert refusal(book(tmp_path, HEADER, ["U1", "x", None, "y"])) == [(2, "#4", "y")]


@pytest.mark.parametrize("name", ["t.xlsx", "t.xlsm", "t.xls"])
@pytest.mark.parametrize("contents", [b"", b"code,name\n", b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1old"])
def test_a_file_that_is_no_workbook_is_refused(tmp_path, name, contents):
    (tmp_path / name).write_bytes(contents)
    assert refusal(tmp_path / name) == [(None, name, None)]


def test_a_zip_that_holds_no_workbook_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "t.xlsx", "w") as book:
        book.writestr("units.csv", "code,name\n")
    assert refusal(tmp_path / "t.xlsx") == [(None, "t.xlsx", None)]


DAMAGES = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=4)), min_size=1)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(DAMAGES)
def test_a_damaged_workbook_is_read_or_refused_and_nothing_else(tmp_path, damages):
    data = bytearray(book(tmp_path, HEADER, ["U1", 3.5]).read_bytes())
    for at, harm in damages:
        begin = int(at * len(data))
        data[begin : begin + len(harm)] = harm
    (tmp_path / "t.xlsx").write_bytes(data)
    with contextlib.suppress(BadTable):
        assert all(isinstance(cell, str) for row in read(tmp_path / "t.xlsx") for cell in row.values())
