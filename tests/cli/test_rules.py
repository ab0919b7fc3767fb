"""``gridsvc rules`` as people call it: from a template to a published ruleset; folders, workbooks and one table."""

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from small_city import POSTS, RULES, TABLES, as_csv, changed, load_city, write_city
from sqlalchemy import Engine

from gridsvc.services import editions
from gridsvc.tables import COLUMNS, OF_RULESET

from .conftest import Done

NOW = datetime(2024, 6, 12, 4, tzinfo=UTC)
SOUND = {**TABLES, "posts": [*POSTS, POSTS[0] | {"code": "P3", "area": "B"}]}
OTHER = changed(RULES, 0, lead="unit:U1", source="新办法")
Run = Callable[..., Done]


@pytest.fixture
def city(engine: Engine, database: str, tmp_path: Path) -> Engine:
    load_city(engine, write_city(tmp_path / "S1", tables=SOUND))
    editions.publish(engine, "S1", NOW)
    return engine


def book(path: Path, **tables: list[dict[str, str]]) -> Path:
    made = openpyxl.Workbook()
    for name, rows in tables.items():
        sheet = made.create_sheet(name)
        sheet.append(list(rows[0]))
        for row in rows:
            sheet.append(list(row.values()))
    made.save(path)
    return path


def one_table(folder: Path) -> list[object]:
    (folder / "rules.csv").write_text(as_csv(OTHER), encoding="utf-8")
    return [folder / "rules.csv"]


def a_folder(folder: Path) -> list[object]:
    (folder / "rules.csv").write_text(as_csv(OTHER), encoding="utf-8")
    return [folder]


def in_gb18030(folder: Path) -> list[object]:
    (folder / "rules.csv").write_text(as_csv(OTHER), encoding="gb18030")
    return [folder, "--encoding", "GB18030"]


def a_workbook(folder: Path) -> list[object]:
    return [book(folder / "tables.xlsx", rules=OTHER, 说明=[{"a": "b"}])]


@pytest.mark.parametrize("given", [one_table, a_folder, in_gb18030, a_workbook])
def test_tables_are_loaded_checked_published_and_told_apart(run: Run, city: Engine, tmp_path: Path, given: Callable):
    (tmp_path / "given").mkdir()
    sent = given(tmp_path / "given")
    assert run("rules", "load", *sent, "--as", "R1").code == 0
    checked = run("rules", "check", "R1", "--json")
    assert {f["severity"] for f in json.loads(checked.out)["findings"]} == {"warning"}
    told = json.loads(run("rules", "diff", "S1", "R1", "--json").out)
    assert told["tables"] == {"rules": {"added": [], "removed": [], "changed": {"RULE-06": ["lead", "source"]}}}
    done = run("rules", "publish", "R1")
    assert (done.code, "R1 is published" in done.out) == (0, True)
    found = json.loads(run("rules", "list", "--json").out)
    assert {r["code"]: r["state"] for r in found["rulesets"]} == {"S1": "retired", "R1": "published"}
    assert run("rules", "diff", "R1", "R1").code == 0


@pytest.mark.parametrize("name", ["out", "out.xlsx"])
def test_an_export_is_loaded_again_as_it_was(run: Run, city: Engine, tmp_path: Path, name: str):
    assert run("rules", "export", "S1", tmp_path / name).code == 0
    assert run("rules", "diff", "S1", tmp_path / name).code == 0
    assert "unchanged" not in run("rules", "load", tmp_path / name, "--as", "R1").out
    assert "unchanged" in run("rules", "load", tmp_path / name, "--as", "R1").out
    assert run("rules", "export", "S1", tmp_path / name).code == 2


@pytest.mark.parametrize("name", ["new", "new.xlsx"])
def test_a_template_has_every_table_with_its_columns(run: Run, tmp_path: Path, name: str):
    assert run("rules", "template", tmp_path / name).code == 0
    if name == "new":
        files = {f.stem: f for f in (tmp_path / name).iterdir()}
        heads = {n: next(csv.reader([f.read_text(encoding="utf-8-sig")])) for n, f in files.items()}
    else:
        sheets = openpyxl.load_workbook(tmp_path / name).worksheets
        heads = {s.title: [c.value for c in next(s.iter_rows())] for s in sheets}
    assert heads == {n: list(COLUMNS[n]) for n in OF_RULESET}


def test_errors_refuse_and_are_waived_by_name(run: Run, city: Engine, tmp_path: Path):
    gone = changed(RULES, 0, places="grid:Z", test_lon="", test_lat="")
    (tmp_path / "rules.csv").write_text(as_csv(gone), encoding="utf-8")
    assert run("rules", "check", tmp_path / "rules.csv").code == 1
    assert run("rules", "load", tmp_path / "rules.csv", "--as", "R1").code == 0
    refused = run("rules", "publish", "R1")
    assert (refused.code, "reference:rules:RULE-06+grid:Z" in refused.err) == (1, True)
    report = json.loads(run("rules", "check", "R1", "--json").out)
    assert [(f["table"], f["line"], f["column"]) for f in report["findings"] if f["id"] == "reference"] == [
        ("rules", 2, "places")
    ]
    assert run("rules", "publish", "R1", "--waive", "reference:rules:RULE-06+grid:Z").code == 2


def test_a_boundary_folder_is_checked_without_a_database(run: Run, tmp_path: Path):
    folder = write_city(tmp_path / "c", tables=SOUND)
    done = run("rules", "check", folder, "--json")
    assert (done.code, {f["severity"] for f in json.loads(done.out)["findings"]}) == (1, {"warning"})


@pytest.mark.parametrize("cell", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0"])
def test_no_cell_of_an_export_is_run_as_a_formula(run: Run, city: Engine, tmp_path: Path, cell: str):
    (tmp_path / "rules.csv").write_text(as_csv(changed(RULES, 0, source=cell)), encoding="utf-8")
    run("rules", "load", tmp_path / "rules.csv", "--as", "R1")
    refused = run("rules", "export", "R1", tmp_path / "out")
    assert (refused.code, "source" in refused.err, (tmp_path / "out").exists()) == (2, True, False)
    assert run("rules", "export", "R1", tmp_path / "out.xlsx").code == 0
    cells = [c for row in openpyxl.load_workbook(tmp_path / "out.xlsx")["rules"].iter_rows() for c in row]
    assert [(c.value, c.data_type) for c in cells if c.value == cell] == [(cell, "s")]


@pytest.mark.parametrize("cell", ["a\x01b", "长" * 32_768], ids=["control", "long"])
def test_what_a_workbook_cannot_have_is_refused_and_a_folder_has_it(run: Run, city: Engine, tmp_path: Path, cell: str):
    (tmp_path / "rules.csv").write_text(as_csv(changed(RULES, 0, source=cell)), encoding="utf-8")
    assert run("rules", "load", tmp_path / "rules.csv", "--as", "R1").code == 0
    refused = run("rules", "export", "R1", tmp_path / "out.xlsx")
    assert (refused.code, "source" in refused.err, (tmp_path / "out.xlsx").exists()) == (2, True, False)
    assert run("rules", "export", "R1", tmp_path / "out").code == 0
    assert run("rules", "diff", "R1", tmp_path / "out").code == 0
