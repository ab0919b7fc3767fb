"""``gridsvc privacy``: what is due, its erasure, and under whose name that is recorded."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from small_city import IN_A, ODOUR, write_city
from sqlalchemy import Engine, text

from gridsvc.bootstrap import Router
from gridsvc.casework.case import NewCase
from gridsvc.casework.reporter import Reporter
from gridsvc.services.intake import PastCase, import_cases
from gridsvc.store import audit
from gridsvc.store.engine import transaction
from gridsvc.values import Point

from .conftest import Done

Run = Callable[..., Done]
NOW = datetime(2024, 6, 12, 4, tzinfo=UTC)
AGES_H = (0, 24, 48)


@pytest.fixture
def stocked(engine: Engine, database: str, tmp_path) -> Engine:
    """Three cases of one number of hours each before noon of 12 June 2024; the youngest is open."""
    raw = {"x": IN_A[0], "y": IN_A[1], "crs": "wgs84"}
    new = NewCase(Point(*IN_A), raw, ODOUR, "app", description="x", reporter=Reporter("王大锤", "13800000001"))
    past = [PastCase(new, NOW - timedelta(hours=h)) for h in AGES_H]
    import_cases(engine, Router.from_folder(write_city(tmp_path / "S1")), past, "n")
    with engine.begin() as connection:
        connection.execute(text("UPDATE case_ SET status = 'closed' WHERE reported_at < :now"), {"now": NOW})
    return engine


def left(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(text("SELECT count(*) FROM case_private WHERE reporter IS NOT NULL")).scalar_one()


def told(done: Done) -> dict:
    assert done.code == 0, done.err
    return json.loads(done.out)


def test_what_is_due_is_counted_and_stays(run: Run, stocked: Engine):
    found = told(run("privacy", "due", "--days", "30", "--json"))
    assert found["districts"] == [
        {"district": "990999", "cases": 2, "reporters": 2, "subjects": 0, "descriptions": 2, "addresses": 0}
    ]  # fmt: skip
    assert (found["cases"], found["answers"], left(stocked)) == (2, 0, 3)
    assert told(run("privacy", "due", "--days", "30", "--any-status", "--json"))["cases"] == 3
    assert told(run("privacy", "due", "--days", "30", "--district", "1", "--json"))["cases"] == 0
    assert told(run("privacy", "due", "--days", "36500", "--json"))["cases"] == 0


@pytest.mark.parametrize(
    ("arguments", "erased"),
    [
        (["--before", "2024-06-11T00:00:00Z"], 1),
        (["--before", "2024-06-12T12:00:00+08:00"], 2),
        (["--before", "2030-01-01T00:00:00Z", "--any-status"], 3),
        (["--before", "2030-01-01T00:00:00Z", "--district", "1"], 0),
        (["--case", "240611-0001"], 1),
        (["--case", "240612-0001", "--any-status"], 1),
    ],
    ids=str,
)
def test_what_is_asked_for_is_erased_and_a_dry_run_erases_nothing(
    run: Run, stocked: Engine, arguments: list[str], erased: int
):
    dry = told(run("privacy", "erase", *arguments, "--dry-run", "--json"))
    assert (dry["cases"], dry["dry_run"], left(stocked)) == (erased, True, 3)
    done = told(run("privacy", "erase", *arguments, "--json"))
    assert (done["cases"], done["dry_run"], left(stocked)) == (erased, False, 3 - erased)
    with transaction(stocked) as connection:
        runs = [e for e in audit.chain(connection) if e.action == "personal data erased"]
    assert [e.actor.startswith("cli:") for e in runs] == [True] * (erased > 0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "--before"),
        (["--before", "2024-06-11T00:00:00Z", "--case", "240611-0001"], "--before"),
        (["--before", "2024-06-11"], "--before"),
        (["--case", "240611-0009"], "no such case"),
        (["--case", "240612-0001"], "--any-status"),
    ],
)
def test_what_is_not_clear_is_refused_and_nothing_is_erased(
    run: Run, stocked: Engine, arguments: list[str], words: str
):
    done = run("privacy", "erase", *arguments)
    assert (done.code, words in done.err, left(stocked)) == (2, True, 3)


def test_people_read_counts_in_their_language(run: Run, stocked: Engine):
    assert "cases due: 2" in run("privacy", "due", "--days", "1").out
    assert "would be erased: cases 2" in run("privacy", "erase", "--before", "2024-06-12T04:00:00Z", "--dry-run").out
    assert "应删除的案件 2" in run("privacy", "due", "--days", "1", "--lang", "zh").out
