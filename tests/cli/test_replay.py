"""``gridsvc replay``: for people and for programs, and it changes nothing."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from small_city import GRIDS, IN_A, ODOUR, load_city, write_city
from sqlalchemy import Engine, text

from gridsvc.casework.case import NewCase
from gridsvc.router import Router
from gridsvc.services import editions
from gridsvc.services.intake import PastCase, import_cases
from gridsvc.values import Point

from .conftest import Done

Run = Callable[..., Done]
NOW = datetime(2024, 6, 12, 4, tzinfo=UTC)
RENAMED = [{**GRIDS[0], "properties": {**GRIDS[0]["properties"], "code": "A9"}}, GRIDS[1]]


@pytest.fixture
def stocked(engine: Engine, database: str, tmp_path: Path) -> Engine:
    """S1 published with three cases in grid A, and a draft S2 in which that grid is called A9 and nobody is at work."""
    contents = load_city(engine, write_city(tmp_path / "S1"))
    editions.publish(engine, "S1", NOW)
    case = NewCase(Point(*IN_A), {"x": IN_A[0], "y": IN_A[1], "crs": "wgs84"}, ODOUR, "app", "张三丰报案", "某路 7 号")
    import_cases(engine, Router(contents.snapshot), [PastCase(case, NOW)] * 3, "n")
    load_city(engine, write_city(tmp_path / "S2", edition="S2", grids=RENAMED, tables={}))
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
