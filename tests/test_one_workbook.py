"""A city whose tables all lie in one workbook, under its own column names, is the same city as from CSV files."""

import csv
import json
from pathlib import Path

import pytest
from small_city import COMPONENTS, TABLES, write_city
from workbooks import write_workbook

from gridsvc.bootstrap import read_all
from gridsvc.errors import BadTable

SHEETS = {"units": "单位", "people": "人员", "posts": "岗位", "rules": "规则", "limits": "时限", "components": "部件"}


def declare(folder: Path, tables: dict) -> Path:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(json.dumps(manifest | {"tables": tables}), encoding="utf-8")
    return folder


def in_one_workbook(folder: Path) -> Path:
    """The small city with a sheet for each table, whose columns are called by the table's title and a number."""
    write_city(folder)
    tables, sheets = {}, {}
    for name, rows in TABLES.items():
        columns = {column: f"{SHEETS[name]}{i}" for i, column in enumerate(rows[0])}
        sheets[SHEETS[name]] = [list(columns.values()), *([row[c] or None for c in columns] for row in rows)]
        tables[name] = {"file": "city.xlsx", "sheet": SHEETS[name], "columns": columns}
        (folder / f"{name}.csv").unlink()
    tables["components"]["crs"] = "wgs84"
    write_workbook(folder / "city.xlsx", sheets)
    return declare(folder, tables)


def test_a_workbook_with_its_own_column_names_is_the_same_city(tmp_path):
    from_csv, from_book = read_all(write_city(tmp_path / "csv")), read_all(in_one_workbook(tmp_path / "book"))
    assert from_book.tables == from_csv.tables
    assert list(from_book.snapshot.components) == list(from_csv.snapshot.components)


def test_bad_rows_of_two_sheets_are_told_together(tmp_path):
    folder = in_one_workbook(tmp_path)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["tables"]["people"]["columns"]["name"] = manifest["tables"]["people"]["columns"]["phone"]
    declare(folder, manifest["tables"] | {"limits": manifest["tables"]["limits"] | {"sheet": "限时"}})
    with pytest.raises(BadTable) as e:
        read_all(folder)
    assert [(f.table, f.line, f.field) for f in e.value.errors] == [("people", 3, "name"), ("limits", None, "sheet")]


def test_a_component_table_with_the_field_names_of_the_standard_is_mapped(tmp_path):
    names = {"code": "GLBJBSM", "name": "GLBJMC", "maintainer": "YHDWDM", "x": "X", "y": "Y"}
    folder = write_city(tmp_path)
    with (folder / "components.csv").open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*names.values(), "CSRQ"])
        writer.writerows([[*(row[c] for c in names), "20240101"] for row in COMPONENTS])
    source = {"file": "components.csv", "crs": "wgs84", "encoding": "GB18030"}
    tables = {name: f"{name}.csv" for name in TABLES} | {"components": source}
    with pytest.raises(BadTable) as e:
        read_all(declare(folder, tables))
    assert '"code": "GLBJBSM", "name": "GLBJMC", "maintainer": "YHDWDM"' in e.value.errors[0].mend_en
    mapped = read_all(declare(folder, tables | {"components": source | {"columns": names}}))
    plain = read_all(write_city(tmp_path / "plain"))
    assert list(mapped.snapshot.components) == list(plain.snapshot.components)
