"""``gridsvc replay``: for people and for programs, and it changes nothing."""

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from small_city import GRIDS, IN_A, ODOUR, UNITS, load_city, write_city
from sqlalchemy import Engine, text

from gridsvc.casework.case import NewCase
from gridsvc.casework.reporter import Reporter
from gridsvc.router import Router
from gridsvc.services import editions
from gridsvc.services.intake import PastCase, import_cases
from gridsvc.values import Point

from .conftest import Done

Run = Callable[..., Done]
PRIVATE = ("测试说明张三丰", "某路 7 号", "王小二", "13800000001", "张三", "0571-00000001")
NOW = datetime(2024, 6, 12, 4, tzinfo=UTC)
RENAMED = [{**GRIDS[0], "properties": {**GRIDS[0]["properties"], "code": "A9"}}, GRIDS[1]]


@pytest.fixture
def stocked(engine: Engine, database: str, tmp_path: Path) -> Engine:
    """S1 published with three cases in grid A, and a draft S2 in which that grid is called A9 and nobody is at work."""
    contents = load_city(engine, write_city(tmp_path / "S1"))
    editions.publish(engine, "S1", NOW)
    reporter, raw = Reporter(*PRIVATE[2:4]), {"x": IN_A[0], "y": IN_A[1], "crs": "wgs84"}
    case = NewCase(Point(*IN_A), raw, ODOUR, "app", *PRIVATE[:2], reporter=reporter)
    import_cases(engine, Router(contents.snapshot), [PastCase(case, NOW)] * 3, "n")
    load_city(engine, write_city(tmp_path / "S2", edition="S2", grids=RENAMED, tables={"units": UNITS}))
    return engine


def test_a_program_reads_that_all_is_the_same(run: Run, stocked: Engine):
    done = run("replay", "--json")
    assert done.code == 0
    assert json.loads(done.out) == {
        "same": 3, "changed": 0, "failed": 0, "edition": None, "ruleset": None, "changes": [],
    }  # fmt: skip


def test_a_program_reads_every_change(run: Run, stocked: Engine):
    done = run("replay", "--edition", "S2", "--case", "240612-0002", "--json")
    found = json.loads(done.out)
    assert (done.code, found["same"], found["changed"], found["failed"]) == (0, 0, 1, 0)
    assert (found["edition"], found["ruleset"]) == ("S2", "S2")
    (change,) = found["changes"]
    assert set(change) == {"number", "before", "after"}
    assert change["number"] == "240612-0002"
    assert (change["before"]["areas"]["grid"], change["after"]["areas"]["grid"]) == (["A", "inside"], ["A9", "inside"])
    assert (change["before"]["accountable"], change["after"]["accountable"]) == (["U2", "rule"], None)


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        (
            "en",
            ["0 the same, 3 changed, 0 failed", "another unit 3", "grid A → A9", "unit U2 → -", "grid chief P1 → -"],
        ),
        ("zh", ["0 件相同，3 件改变，0 件无法定责", "责任单位改变 3", "责任单位 U2 → -"]),
    ],
)
def test_people_read_what_differs_and_nothing_else(run: Run, stocked: Engine, lang: str, words: list[str]):
    done = run("replay", "--edition", "S2", "--lang", lang)
    assert done.code == 0
    assert [w for w in words if w not in done.out] == []
    assert "street S" not in done.out


def test_tables_have_every_change_and_its_sums_and_nothing_of_people(run: Run, stocked: Engine, tmp_path: Path):
    assert run("replay", "--edition", "S2", "--csv", tmp_path / "moved.csv").code == 0
    texts = [(tmp_path / name).read_text(encoding="utf-8") for name in ("moved.csv", "moved-totals.csv")]
    rows, totals = (list(csv.DictReader(io.StringIO(t))) for t in texts)
    assert [r["number"] for r in rows] == ["240612-0001", "240612-0002", "240612-0003"]
    one = {k: v for k, v in rows[0].items() if k.split("_")[0] in ("lon", "lat", "grid", "unit", "change")}
    assert one == {
        "lon": "120.005", "lat": "30.005", "change": "whose", "grid_before": "A", "grid_after": "A9",
        "unit_before": "U2", "unit_after": "", "grid_chief_before": "P1", "grid_chief_after": "",
    }  # fmt: skip
    assert [tuple(t.values()) for t in totals] == [
        ("grid", "A", "3", "0"), ("grid", "A9", "0", "3"), ("unit", "U2", "3", "0"), ("grid_chief", "P1", "3", "0"),
    ]  # fmt: skip
    assert [w for w in PRIVATE if w in "".join(texts)] == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_opens_offline_and_names_nobody(run: Run, stocked: Engine, tmp_path: Path, lang: str):
    done = run("replay", "--edition", "S2", "--page", tmp_path / "moved.html", "--lang", lang)
    text_ = (tmp_path / "moved.html").read_text(encoding="utf-8")
    assert (done.code, "moved.html" in done.err) == (0, True)
    assert r"A \u2192 A9" in text_
    assert [w for w in PRIVATE if w in text_ or json.dumps(w)[1:-1] in text_] == []


def test_a_folder_that_is_not_there_is_refused(run: Run, stocked: Engine, tmp_path: Path):
    done = run("replay", "--edition", "S2", "--csv", tmp_path / "nowhere" / "moved.csv")
    assert (done.code, "folder" in done.err) == (2, True)


def test_a_case_that_fails_is_told_with_the_reason(run: Run, stocked: Engine):
    with stocked.begin() as connection:
        connection.execute(text("UPDATE case_ SET edition = 'S7' WHERE number LIKE '%3'"))
    done = run("replay", "--lang", "en")
    assert (done.code, "1 failed" in done.out, "there is no edition S7" in done.out) == (0, True, True)
    (told,) = json.loads(run("replay", "--json").out)["changes"]
    assert (told["after"], told["en"]) == (None, "there is no edition S7")


def test_with_nothing_stored_there_is_nothing_to_decide(run: Run, database: str):
    done = run("replay", "--json")
    assert (done.code, json.loads(done.out)["same"]) == (0, 0)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--edition", "S9"], "S1"),
        (["--ruleset", "S9"], "S1"),
        (["--case", "7"], "7"),
        (["--from", "2024-06-12"], "--from"),
        (["--to", "x"], "--to"),
    ],
)
def test_what_is_not_there_is_refused(run: Run, stocked: Engine, arguments: list[str], named: str):
    done = run("replay", *arguments)
    assert (done.code, named in done.err, done.out) == (2, True, "")


def test_nothing_that_is_stored_changes(run: Run, stocked: Engine):
    def all_of(table: str) -> list[str]:
        with stocked.connect() as connection:
            return list(connection.execute(text(f"SELECT t::text FROM {table} t ORDER BY 1")).scalars())

    tables = ("dated_set", "case_", "case_history", "audit")
    before = [all_of(table) for table in tables]
    assert run("replay", "--edition", "S2").code == 0
    assert [all_of(table) for table in tables] == before
