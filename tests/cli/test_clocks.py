"""``gridsvc sweep`` and ``gridsvc mode``: what they do, say and refuse."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from small_city import IN_A, LIMITS, ODOUR, TABLES, load_city, write_city
from sqlalchemy import Engine

from gridsvc.bootstrap import Router
from gridsvc.casework.case import NewCase
from gridsvc.services import editions
from gridsvc.services.intake import report_case
from gridsvc.values import Point

from .conftest import Done

Run = Callable[..., Done]
NOW = datetime(2024, 6, 12, 4, tzinfo=UTC)


@pytest.fixture
def city(engine: Engine, database: str, tmp_path) -> Engine:
    """A case that has ten hours to be accepted."""
    accept = LIMITS[0] | {"stage": "accept", "amount": "10", "unit": "urgent_hour"}
    folder = write_city(tmp_path / "S1", tables={**TABLES, "limits": [accept]})
    load_city(engine, folder)
    editions.publish(engine, "S1", NOW)
    new = NewCase(Point(*IN_A), {"x": IN_A[0], "y": IN_A[1], "crs": "wgs84"}, ODOUR, "app")
    report_case(engine, Router.from_folder(folder), new, "li", "a", b"", NOW)
    return engine


def swept(run: Run, at: str) -> dict[str, int]:
    done = run("sweep", "--at", at, "--json")
    assert done.code == 0, done.err
    return json.loads(done.out)


def test_a_sweep_tells_what_it_noted(run: Run, city: Engine):
    assert swept(run, "2024-06-12T19:59:59+08:00") == {"cases": 0, "amber": 0, "red": 0}
    assert swept(run, "2024-06-12T20:00:00+08:00") == {"cases": 1, "amber": 1, "red": 0}
    done = run("sweep", "--at", "2024-06-12T22:00:00+08:00")
    assert done.out == "1 cases: 0 clocks turned amber, 1 are late\n"
    # Now is far later, and nothing is left.
    assert json.loads(run("sweep", "--json").out) == {"cases": 0, "amber": 0, "red": 0}


@pytest.mark.parametrize("at", ["2024-06-12T20:00:00", "soon", "2190-01-01T00:00:00Z"])
def test_a_sweep_needs_an_instant_with_its_offset_that_is_past(run: Run, city: Engine, at: str):
    done = run("sweep", "--at", at)
    assert (done.code, "--at" in done.err) == (2, True)
    assert swept(run, "2024-06-12T20:00:00+08:00")["amber"] == 1


def test_the_mode_is_switched_and_shown(run: Run, city: Engine):
    assert json.loads(run("mode", "--json").out)["mode"] == "normal"
    done = run("mode", "emergency", "--reason", "typhoon warning", "--to", "2200-01-01T00:00:00+00:00", "--json")
    assert done.code == 2
    done = run("mode", "emergency", "--reason", "typhoon warning", "--to", "2199-01-01T00:00:00+00:00", "--json")
    told = json.loads(done.out)
    assert (done.code, told["mode"], told["valid_to"]) == (0, "emergency", "2199-01-01T00:00:00+00:00")
    assert [(row["reason"], row["actor"].startswith("cli:")) for row in told["switches"]] == [("typhoon warning", True)]
    assert "990999: emergency mode" in run("mode").out
    assert json.loads(run("mode", "normal", "--reason", "the typhoon is over", "--json").out)["mode"] == "normal"


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["emergency"], "--reason"),
        (["--reason", "typhoon warning"], "normal|emergency"),
        (["--from", "2024-06-12T20:00:00+08:00"], "normal|emergency"),
        (["war", "--reason", "typhoon warning"], "mode"),
        (["emergency", "--reason", "rain"], "reason"),
        (["emergency", "--reason", "typhoon warning", "--from", "tomorrow"], "--from"),
    ],
)
def test_a_switch_must_be_said_in_full(run: Run, city: Engine, arguments: list[str], field: str):
    done = run("mode", *arguments)
    assert done.code == 2
    assert field in done.err
