"""``gridsvc assess``: scores entered, a sheet made, frozen, made again and exported, from the command line alone."""

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from small_city import IN_A, IN_B, TABLES, load_city, write_city

from gridsvc.bootstrap import Router
from gridsvc.casework.case import NewCase
from gridsvc.services import editions
from gridsvc.services.intake import PastCase, import_cases
from gridsvc.store.engine import make_engine
from gridsvc.values import Point

from .conftest import Done

Run = Callable[..., Done]
JUNE = datetime(2024, 6, 12, 4, tzinfo=UTC)
SCHEMES = {
    "schemes": [
        {"scheme": "grids", "subject": "layer:grid", "every": "month", "title_zh": "网格考核", "title_en": "Grids"}
    ],
    "scheme_parts": [
        {"scheme": "grids", "part": "valid", "weight": "50", "measure": "indicator:valid_reports"},
        {"scheme": "grids", "part": "jury", "weight": "50", "measure": "input:jury"},
    ],
    "consequences": [{"scheme": "grids", "rank": "last", "then": "flag:black"}],
}
SCORES = "period,code,subject,value,giver,note\n2024-06,jury,A,80,,\n2024-06,jury,B,60.5,街道,\n"


def past(router: Router, engine: Any, name: str, places: list[tuple[float, float]]) -> None:
    raw = {"x": 0.0, "y": 0.0, "crs": "wgs84"}
    cases = [PastCase(NewCase(Point(*place), raw, "06010", "patrol"), JUNE) for place in places]
    assert import_cases(engine, router, cases, name) == len(places)


@pytest.fixture
def city(database: str, tmp_path: Path) -> Callable[[str, list[tuple[float, float]]], None]:
    """The small city with a scheme and three reports in June; more can be imported."""
    folder = write_city(tmp_path / "city", tables={**TABLES, **SCHEMES})
    router = Router.from_folder(folder)
    engine = make_engine(database, 1)
    load_city(engine, folder)
    editions.publish(engine, "S1", JUNE)
    past(router, engine, "first", [IN_A, IN_A, IN_B])
    return lambda name, places: past(router, engine, name, places)


def read(done: Done, code: int = 0) -> Any:
    assert done.code == code, done.err
    return json.loads(done.out)


def test_a_sheet_from_scores_to_workbook(run: Run, city, tmp_path: Path):
    made = read(run("assess", "run", "grids", "2024-06", "--json"))
    assert [line["missing"] for line in made["lines"]] == [["jury"], ["jury"]]
    assert run("assess", "freeze", made["id"]).code == 2

    (tmp_path / "scores.csv").write_text(SCORES, encoding="utf-8")
    assert run("assess", "inputs", tmp_path / "scores.csv").out == "2 scores entered\n"
    listed = read(run("assess", "inputs", "--json"))
    assert [(one["subject"], one["value"], one["giver"].partition(":")[0]) for one in listed] == [
        ("A", 80.0, "cli"), ("B", 60.5, "街道"),
    ]  # fmt: skip

    made = read(run("assess", "run", "grids", "2024-06", "--freeze", "--json"))
    assert [(line["code"], line["rank"], line["total"]) for line in made["lines"]] == [("A", 1, 90.0), ("B", 2, 80.25)]
    assert made["state"] == "frozen"
    assert [one["state"] for one in read(run("assess", "list", "--json"))] == ["frozen"]
    shown = run("assess", "show", made["id"])
    assert "black flag" in shown.out
    assert "80.25" in shown.out

    # Cases of June that are imported later were not known then.
    city("second", [IN_B])
    told = read(run("assess", "check", made["id"], "--json"))
    assert (told["same"], told["made_again"], told["later"]["entries"]) == (True, made["hash"], 2)
    assert run("assess", "check", made["id"], "--as-now").code == 0

    book, page = tmp_path / "june.xlsx", tmp_path / "june.html"
    assert run("assess", "export", made["id"], "-o", book).code == 0
    assert run("assess", "export", made["id"], "-o", page).code == 0
    opened = openpyxl.load_workbook(io.BytesIO(book.read_bytes())).worksheets[0]
    assert [row[-3].value for row in opened.iter_rows(min_row=4)] == [90, 80.25]
    assert "http" not in page.read_text(encoding="utf-8").replace("http-equiv", "")


def test_indicators_as_a_table_and_as_json(run: Run, city):
    told = read(run("assess", "indicators", "2024-06", "--by", "layer:grid", "--json"))
    assert {i["code"]: i["rates"]["valid_reports"]["of"] for i in told["items"]} == {"A": 2, "B": 1}
    assert "valid reports" in run("assess", "indicators", "2024-06").out


@pytest.mark.parametrize(
    "arguments",
    [("run", "none", "2024-06"), ("run", "grids", "2024"), ("run", "grids", "June"), ("show", "99"),
     ("indicators", "2024-06", "--by", "street"), ("export", "99", "-o", "sheet.pdf"),
     ("run", "grids", "2024-06", "--known", "yesterday")],
    ids=" ".join,
)  # fmt: skip
def test_what_cannot_be_is_a_usage_error(run: Run, city, arguments):
    done = run("assess", *arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err


@pytest.mark.parametrize(
    ("table", "named"),
    [
        ("period,code\n", "subject"),
        (SCORES.replace("80", "many"), "2: value"),
        (SCORES.replace("80", "800"), "inputs.0.value"),
    ],
)  # fmt: skip
def test_a_table_of_scores_with_a_slip_is_refused_whole(run: Run, city, tmp_path: Path, table: str, named: str):
    (tmp_path / "scores.csv").write_text(table, encoding="utf-8")
    done = run("assess", "inputs", tmp_path / "scores.csv")
    assert done.code == 2
    assert named in done.err
    assert read(run("assess", "inputs", "--json")) == []
