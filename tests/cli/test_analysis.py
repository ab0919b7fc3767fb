"""``gridsvc analysis``: tables for people, JSON for programs, files for spreadsheets."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from gridsvc.bootstrap import Folder, Router, past_cases
from gridsvc.services.intake import import_cases
from gridsvc.store.cluster import Cluster
from gridsvc.store.engine import make_engine

from .conftest import Done


@pytest.fixture(scope="module")
def cases_url(cluster: Cluster, demo_template: str, demo: Folder, demo_router: Router) -> str:
    url = cluster.make_database("cli_analysis", demo_template)
    engine = make_engine(url, 1)
    import_cases(engine, demo_router, past_cases(demo)[:100], "past")
    engine.dispose()
    return url


@pytest.fixture(autouse=True)
def _database(cases_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDSVC_DATABASE_URL", cases_url)


def test_the_table_and_the_files_say_what_json_says(run: Callable[..., Done], tmp_path: Path):
    query = ("--lang", "zh", "analysis", "count", "--by", "source", "--median")
    found = json.loads(run(*query, "--json").out)
    assert found["cases"] == 100
    sums = [item["cases"] for item in found["items"]]
    for name in ("a.csv", "a.xlsx"):
        assert run(*query, "-o", tmp_path / name).code == 0
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["案件"]) for row in rows] == sums
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0]
    cells = list(sheet.iter_rows(values_only=True))
    assert [dict(zip(cells[0], row, strict=True))["案件"] for row in cells[1:]] == sums
    table = run("--lang", "en", *query[2:]).out
    assert "hotline 12345" in table
    assert "median hours to close" in table


def test_streets(run: Callable[..., Done]):
    found = json.loads(run("analysis", "streets", "--metres", "1000", "--least", "2", "--json").out)
    assert found["items"]
    assert run("analysis", "streets", "--least", "2", "--metres", "1000").out.count("L0") >= 1


@pytest.mark.parametrize(
    "arguments",
    [("--by", "colour"), ("--period", "decade"), ("-o", "x.docx"), ("--from", "yesterday")],
)
def test_what_cannot_be_is_refused(run: Callable[..., Done], arguments: tuple[str, ...]):
    assert run("analysis", "count", *arguments).code == 2
