"""The tables of a boundary folder as rows of text, whatever kind of file they come in; and tables of points."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pyogrio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from workbooks import write_workbook

from gridsvc.errors import BadTable
from gridsvc.spatial import tables
from gridsvc.spatial.table_source import TableSource
from gridsvc.tables import Row, gathered


def table(folder: Path, contents: str | bytes, name: str = "units.csv", **source: object) -> TableSource:
    (folder / name).write_bytes(contents if isinstance(contents, bytes) else contents.encode())
    return TableSource(**({"table": "units", "path": folder / name} | source))


def points_of(folder: Path, contents: str | bytes, name: str = "points.csv", **source: object) -> TableSource:
    return table(folder, contents, name, table="components", **source)


def read_rows(source: TableSource) -> list[Row]:
    with gathered() as faults:
        return tables.read_rows(source, faults)


@pytest.mark.parametrize(
    ("contents", "rows"),
    [
        ("code,name\n", []),
        ("code,name\nU1,城管局\n", [{"code": "U1", "name": "城管局"}]),
        ("\ufeffcode,name\r\nU1,\r\n", [{"code": "U1", "name": ""}]),
        ("code,name\nU1\n", [{"code": "U1", "name": ""}]),
        ('code,name\n" U1 ","a,b"\n', [{"code": "U1", "name": "a,b"}]),
        ('\ufeff"code"," name "\nU1,x\n', [{"code": "U1", "name": "x"}]),
        ("code,name,,\nU1,x,,\n,,,\n\n", [{"code": "U1", "name": "x"}]),
    ],
    ids=["header only", "one row", "mark and CRLF", "short row", "quoted", "mark before quotes", "empty margins"],
)
def test_a_table_is_text_by_column(tmp_path, contents, rows):
    assert read_rows(table(tmp_path, contents)) == rows


@pytest.mark.parametrize("contents", ["", "\n\n", "\ufeff", ",,\n"], ids=["empty", "blank lines", "mark", "commas"])
def test_an_empty_table_file_is_refused_by_its_name(tmp_path, contents):
    with pytest.raises(BadTable) as e:
        read_rows(table(tmp_path, contents))
    assert e.value.errors[0].field == "units.csv"


def test_lines_are_counted_as_a_spreadsheet_shows_them(tmp_path):
    rows = read_rows(table(tmp_path, 'code,name\n\nU1,"two\nlines"\n,\nU2,x\n'))
    assert [(r.line, r["code"]) for r in rows] == [(3, "U1"), (5, "U2")]


@pytest.mark.parametrize(
    ("contents", "field", "value"),
    [
        ("code,name,code\nU1,x,U2\n", "code", None),
        ("code\nU1\n", "name", None),
        ("code,nam\nU1,x\n", "nam", None),
        ('code,name\nU1,"x\nU2,y\n', "units.csv", 3),
    ],
    ids=["column twice", "column missing", "column misspelt", "quote never closed"],
)
def test_a_table_that_cannot_be_meant_is_refused(tmp_path, contents, field, value):
    with pytest.raises(BadTable) as e:
        read_rows(table(tmp_path, contents))
    assert (e.value.errors[0].field, e.value.errors[0].value) == (field, value)


def test_cells_beyond_the_header_are_told_with_their_lines(tmp_path):
    with pytest.raises(BadTable) as e:
        read_rows(table(tmp_path, "code,name\nU1,x,y\nU2,x\nU3,x,,z\n"))
    assert [(f.line, f.field, f.value) for f in e.value.errors] == [(2, "#3", "y"), (4, "#4", "z")]


def test_codes_that_a_spreadsheet_cut_short_are_told(tmp_path):
    contents = "code,name\n1.10101E+14,x\n110101001001001,1.1E+10\n9E+16,7E+16号\n"
    with pytest.raises(BadTable) as e:
        read_rows(table(tmp_path, contents))
    assert [(f.line, f.field, f.value) for f in e.value.errors] == [(2, "code", "1.10101E+14"), (4, "code", "9E+16")]


def test_columns_of_other_names_are_mapped(tmp_path):
    contents = "编号,简称,name,备注\nU1,城管,城市管理局,x\n"
    [row] = read_rows(table(tmp_path, contents, columns={"code": "编号", "name": "简称"}))
    assert row == {"code": "U1", "name": "城管", "备注": "x"}


def test_columns_can_change_places(tmp_path):
    [row] = read_rows(table(tmp_path, "code,name\na,b\n", columns={"code": "name", "name": "code"}))
    assert row == {"code": "b", "name": "a"}


def test_a_mapped_column_that_is_not_there_is_refused_with_the_nearest(tmp_path):
    with pytest.raises(BadTable) as e:
        read_rows(table(tmp_path, "UNIT_ID,name\nU1,x\n", columns={"code": "UNITID"}))
    [fault] = e.value.errors
    assert (fault.field, fault.value) == ("columns.code", "UNITID")
    assert "UNIT_ID" in fault.mend_en


@pytest.mark.parametrize("header", ["GLBJBSM,GLBJMC,YHDWDM", "glbjbsm,glbjmc,yhdwdm"])
def test_standard_field_names_are_proposed_as_a_mapping(tmp_path, header):
    with pytest.raises(BadTable) as e:
        read_rows(points_of(tmp_path, f"{header}\n1,井,U1\n"))
    code, name, maintainer = header.split(",")
    [fault] = e.value.errors
    assert (fault.field, f'"code": "{code}", "name": "{name}", "maintainer": "{maintainer}"' in fault.mend_zh) == (
        "code",
        True,
    )


def test_a_packed_table_is_unpacked_and_a_broken_one_refused(tmp_path):
    packed = gzip.compress(b"code,name\nU1,x\n")
    assert read_rows(table(tmp_path, packed, "units.csv.gz")) == [{"code": "U1", "name": "x"}]
    with pytest.raises(BadTable):
        read_rows(table(tmp_path, packed[:-9], "units.csv.gz"))


@pytest.mark.parametrize("encoding", ["GB18030", "GBK", "latin-1", "utf-16"])
def test_utf_8_under_another_name_is_refused(tmp_path, encoding):
    with pytest.raises(BadTable) as e:
        read_rows(table(tmp_path, "code,name\nU1,城市管理局网格\n", encoding=encoding))
    assert (e.value.errors[0].field, e.value.errors[0].value) == ("encoding", encoding)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "GB18030", "Big5"])
def test_text_of_a_declared_encoding_is_read(tmp_path, encoding):
    contents = "code,name\nU1,中山路\n".encode(encoding)
    assert read_rows(table(tmp_path, contents, encoding=encoding))[0]["name"] == "中山路"


def test_an_encoding_nobody_knows_is_refused(tmp_path):
    with pytest.raises(BadTable) as e:
        read_rows(table(tmp_path, "code,name\n", encoding="GB99999"))
    assert e.value.errors[0].value == "GB99999"


def write_layers(path: Path, **layers: dict[str, list]) -> Path:
    for name, columns in layers.items():
        values = [np.asarray(c, dtype=None if isinstance(c[0], int | float) else object) for c in columns.values()]
        pyogrio.raw.write(str(path), None, values, list(columns), layer=name, driver="GPKG", geometry_type=None,
                          append=path.exists())  # fmt: skip
    return path


def test_a_layer_of_a_geopackage_is_a_table(tmp_path):
    path = write_layers(tmp_path / "c.gpkg", units={"code": [7, 2**53 + 1], "name": ["x", None], "n": [1.5, 2.0]})
    rows = read_rows(TableSource("units", path))
    assert rows == [{"code": "7", "name": "x", "n": "1.5"}, {"code": "9007199254740993", "name": "", "n": "2"}]
    assert [r.line for r in rows] == [2, 3]


def test_which_layer_of_several_must_be_said(tmp_path):
    columns = {"code": ["U1"], "name": ["x"]}
    path = write_layers(tmp_path / "c.gpkg", units=columns, old_units=columns)
    assert read_rows(TableSource("units", path, sublayer="units")) == [{"code": "U1", "name": "x"}]
    for sublayer in (None, "unit"):
        with pytest.raises(BadTable) as e:
            read_rows(TableSource("units", path, sublayer=sublayer))
        assert "old_units" in e.value.errors[0].mend_en


def test_codes_that_a_database_column_rounded_are_told(tmp_path):
    path = write_layers(tmp_path / "c.gpkg", units={"code": [1e16, 2.0], "name": ["x", "y"]})
    with pytest.raises(BadTable) as e:
        read_rows(TableSource("units", path))
    assert [(f.line, f.field, f.value) for f in e.value.errors] == [(2, "code", "10000000000000000")]


TEXT = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn", "Zl", "Zp"), include_characters="\n"), max_size=9)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(TEXT.map(str.strip).filter(bool), TEXT.map(str.strip)), min_size=1, max_size=4))
def test_rows_of_text_are_the_same_from_every_kind_of_file(tmp_path, cells):
    frame = pd.DataFrame(cells, columns=["code", "name"], dtype=object)
    for old in tmp_path.iterdir():
        old.unlink()
    frame.to_csv(tmp_path / "u.csv", index=False)
    write_workbook(tmp_path / "u.xlsx", {"x": [["code", "name"], *cells]})
    write_layers(tmp_path / "u.gpkg", u={c: frame[c].tolist() for c in frame})
    wanted = frame.to_dict("records")
    for name in ("u.csv", "u.xlsx", "u.gpkg"):
        assert read_rows(TableSource("units", tmp_path / name)) == wanted, name


def test_a_table_in_gb18030_is_read_when_declared_and_refused_when_not(tmp_path):
    contents = "code,name\nU1,城管局\n".encode("gb18030")
    assert read_rows(table(tmp_path, contents, encoding="GB18030"))[0]["name"] == "城管局"
    with pytest.raises(BadTable) as e:
        read_rows(table(tmp_path, contents))
    assert (e.value.errors[0].field, e.value.errors[0].value) == ("encoding", "UTF-8")
