"""``gridsvc demo --once``: from nothing to a map in one go, again in less, and complete after any kill."""

import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from .conftest import DemoRun, run_demo
from .installation import Installation

pytestmark = pytest.mark.slow
Demo = tuple[Installation, DemoRun]


@pytest.fixture
def own() -> Iterator[Installation]:
    """An installation that a test may kill."""
    installation = Installation()
    yield installation
    installation.remove()


def counts(installation: Installation) -> dict[str, Any]:
    """Rows of the tables that a doubled run would double, and first and last day of past cases by deciding edition."""
    installation.must("up")
    tables = ("case_", "dated_set", "component", "idempotency")
    with closing(installation.cluster.connect()) as connection, connection.cursor() as cursor:
        found = {}
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {table}")
            found[table] = cursor.fetchone()[0]
        cursor.execute("SELECT count(*) - count(DISTINCT (district, number)) FROM case_")
        found["doubled numbers"] = cursor.fetchone()[0]
        local = "(reported_at AT TIME ZONE 'Asia/Shanghai')::date"
        days = f"decision->>'edition', min({local})::text, max({local})::text"
        cursor.execute(f"SELECT {days} FROM case_ WHERE reported_at < '2024-07-01+08' GROUP BY 1")
        found["decided by"] = {edition: days for edition, *days in cursor.fetchall()}
        cursor.execute("SELECT count(*) - count(DISTINCT (case_id, n)) FROM case_history")
        found["doubled entries"] = cursor.fetchone()[0]
        cursor.execute(
            "SELECT count(*) FROM case_ WHERE NOT EXISTS (SELECT FROM case_history WHERE case_id = case_.id)"
        )
        found["without history"] = cursor.fetchone()[0]
    installation.must("down")
    return found


COMPLETE = {
    "case_": 5400, "dated_set": 6, "component": 60_000, "idempotency": 2, "doubled numbers": 0,
    "doubled entries": 0, "without history": 0,
    "decided by": {"2023-1": ["2023-07-01", "2023-12-31"], "2024-1": ["2024-01-01", "2024-03-31"],
                   "2024-2": ["2024-04-01", "2024-06-30"]},
}  # fmt: skip


def test_it_ends_well(demo_run: Demo):
    assert demo_run[1].done.returncode == 0, demo_run[1].done.stderr


def test_it_writes_the_map(demo_run: Demo):
    page = (demo_run[0].home / "out" / "heatmap.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert len(page) > 500_000


def test_it_stops_its_database(demo_run: Demo):
    assert demo_run[1].status_after == 3


def test_everything_is_there_once(demo_run: Demo):
    assert counts(demo_run[0]) == COMPLETE


def test_cases_are_in_every_state_of_life(demo_run: Demo):
    demo_run[0].must("up")
    with closing(demo_run[0].cluster.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT status, count(*) FROM case_ GROUP BY 1")
        found = dict(cursor.fetchall())
    demo_run[0].must("down")
    # How many are being looked at or done again at this minute is chance; that there are some of these is not.
    assert {"reported", "accepted", "verifying", "dispatched", "in_progress", "closed", "void", "archived"} <= set(
        found
    )
    assert found["archived"] > 4000


def test_a_second_run_adds_nothing_and_takes_less_time(demo_run: Demo):
    again = run_demo(demo_run[0])
    assert again.done.returncode == 0, again.done.stderr
    assert re.search(r"cases added: 0\b", again.done.stderr)
    assert again.status_after == 3
    assert again.seconds < demo_run[1].seconds
    assert counts(demo_run[0]) == COMPLETE


def kill_after(installation: Installation, words: str, seconds: float) -> None:
    """Start the demo and kill it some time after it has said something."""
    command = installation.command("demo", "--once")
    with subprocess.Popen(
        command, env=installation.environment, cwd=installation.home, stderr=subprocess.PIPE, text=True
    ) as process:
        said = ""
        while words not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert process.returncode == -signal.SIGKILL


def test_killed_in_the_middle_and_run_again_it_is_complete(own: Installation):
    moments = [("starting the private", 0.5), ("checking boundaries", 0.8), ("deciding", 0.5), ("deciding", 4)]
    for words, seconds in moments:
        kill_after(own, words, seconds)
    assert run_demo(own).done.returncode == 0
    assert (own.home / "out" / "heatmap.html").exists()
    assert counts(own) == COMPLETE


def test_after_a_power_cut_it_is_complete_too(own: Installation):
    kill_after(own, "deciding", 2)
    own.kill_postmaster()
    assert run_demo(own).done.returncode == 0
    assert counts(own) == COMPLETE
