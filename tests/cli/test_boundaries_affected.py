"""``gridsvc boundaries affected``: for people and for programs, and it changes nothing."""

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
    """S1 published with two cases in grid A, and a draft S2 in which that grid is called A9."""
    contents = load_city(engine, write_city(tmp_path / "S1"))
    editions.publish(engine, "S1", NOW)
    case = NewCase(Point(*IN_A), {"x": IN_A[0], "y": IN_A[1], "crs": "wgs84"}, ODOUR, "app")
    import_cases(engine, Router(contents.snapshot), [PastCase(case, NOW)] * 2, "n")
    load_city(engine, write_city(tmp_path / "S2", edition="S2", grids=RENAMED, tables={}))
    return engine


def test_a_program_reads_every_change(run: Run, stocked: Engine):
    done = run("boundaries", "affected", "S2", "--json")
    found = json.loads(done.out)
    assert (done.code, found["edition"], found["open"], found["changed"]) == (0, "S2", 2, 2)
    assert [c["number"] for c in found["changes"]] == ["240612-0001", "240612-0002"]
    assert {c["after"]["areas"]["grid"] for c in found["changes"]} == {"A9"}


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ["2 of 2 open cases", "grid A9", "unit U2", "grid chief 张三"]),
        ("zh", ["2 件未结案件中有 2 件", "责任单位 U2"]),
    ],
)
def test_people_read_what_differs_and_nothing_else(run: Run, stocked: Engine, lang: str, words: list[str]):
    done = run("boundaries", "affected", "S2", "--lang", lang)
    assert done.code == 0
    assert [w for w in words if w not in done.out] == []
    assert "street S" not in done.out


def test_without_a_change_it_says_so(run: Run, stocked: Engine):
    done = run("boundaries", "affected", "S1")
    assert (done.code, "0 of 2 open cases" in done.out) == (0, True)


def test_an_unknown_edition_is_refused_with_those_there_are(run: Run, stocked: Engine):
    done = run("boundaries", "affected", "S9")
    assert (done.code, "S1" in done.err) == (2, True)


def test_the_draft_stays_a_draft_and_the_cases_stay_as_they_are(run: Run, stocked: Engine):
    def all_of(table: str) -> list[str]:
        with stocked.connect() as connection:
            return list(connection.execute(text(f"SELECT t::text FROM {table} t ORDER BY 1")).scalars())

    before = [all_of(table) for table in ("dated_set", "case_", "case_history")]
    assert run("boundaries", "affected", "S2").code == 0
    assert [all_of(table) for table in ("dated_set", "case_", "case_history")] == before
