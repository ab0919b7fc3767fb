"""The sweep: every light that turns is noted once, whoever sweeps, however often, and whatever is killed meanwhile."""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from gridsvc.casework.case import Entry, first_broken
from gridsvc.casework.clocks import Clocks, as_dicts, from_dicts, pause, resume, start, stop
from gridsvc.casework.worktime import Worktime
from gridsvc.services import sweep as sweeps
from gridsvc.services.appending import append_to
from gridsvc.services.sweep import Swept, count_due, sweep, sweeping
from gridsvc.store.cases import StoredCase, read_case
from gridsvc.store.engine import transaction
from gridsvc.store.histories import read_history

from .conftest import CITY, NOW, Answer

Report = Callable[..., Answer]
HOUR = timedelta(hours=1)
# Of a limit of ten hours eight are over when it turns amber.
AMBER, RED = NOW + 8 * HOUR, NOW + 10 * HOUR


@pytest.fixture
def worktime(router) -> Worktime:
    return router.worktime()


def change(engine: Engine, number: str, clocks: Clocks, kind: str = "accept", at: datetime = NOW) -> None:
    """Let a case have these clocks, as an action would."""
    with transaction(engine) as connection:
        case = read_case(connection, number, CITY, alone=True)
        assert case is not None
        append_to(connection, case, read_history(connection, case.id), kind, {"clocks": as_dicts(clocks)}, "li", at)


def stored(engine: Engine, number: str) -> tuple[StoredCase, list[Entry]]:
    with transaction(engine) as connection:
        case = read_case(connection, number, CITY)
        assert case is not None
        return case, read_history(connection, case.id)


def noted(engine: Engine, number: str) -> list[tuple[datetime, str, int, str]]:
    """What a history has of lights, in its order."""
    _, entries = stored(engine, number)
    assert first_broken(entries) is None
    told = [(e.at, x) for e in entries if e.kind == "noted" for x in e.payload["lights"]]
    return [(at, x["stage"], x["n"], x["light"]) for at, x in told]


@pytest.fixture
def case(report: Report, engine: Engine, worktime: Worktime) -> str:
    """A case with ten hours for its arrival."""
    number = str(report("a")["number"])
    change(engine, number, start((), "arrival", 10, "urgent_hour", NOW, worktime))
    return number


def test_where_nothing_turns_nothing_is_noted(engine: Engine):
    assert sweep(engine, NOW) == Swept()


def test_each_light_is_noted_when_it_has_turned_and_no_more(engine: Engine, case: str):
    second = timedelta(seconds=1)
    before = stored(engine, case)[0]
    assert (before.turn_at, count_due(engine, AMBER - second), count_due(engine, AMBER)) == (AMBER, 0, 1)
    found = [sweep(engine, at) for at in (AMBER - second, AMBER, AMBER, RED - second, RED, RED + HOUR)]
    assert found == [Swept(), Swept(1, 1), Swept(), Swept(), Swept(1, 0, 1), Swept()]
    assert noted(engine, case) == [(AMBER, "arrival", 1, "amber"), (RED, "arrival", 1, "red")]
    after = stored(engine, case)[0]
    # Who has read the case before may still act on it.
    assert (after.version, after.turn_at, after.due_at) == (before.version, None, RED)


def test_a_sweep_that_comes_late_notes_all_that_has_turned(engine: Engine, case: str):
    assert sweep(engine, RED + HOUR) == Swept(1, 1, 1)
    assert [x[3] for x in noted(engine, case)] == ["amber", "red"]


def test_what_is_stopped_or_paused_turns_no_light(engine: Engine, case: str, worktime: Worktime):
    clocks = from_dicts(stored(engine, case)[0].clocks)
    paused = pause(clocks, ("arrival",), NOW + HOUR, worktime)
    change(engine, case, paused, "hold", NOW + HOUR)
    assert sweep(engine, RED) == Swept()
    change(engine, case, resume(paused, ("arrival",), RED, worktime), "resume", RED)
    assert sweep(engine, RED + 7 * HOUR) == Swept(1, 1)
    clocks = from_dicts(stored(engine, case)[0].clocks)
    change(engine, case, stop(clocks, ("arrival",), RED + 8 * HOUR), "arrive", RED + 8 * HOUR)
    assert sweep(engine, RED + 100 * HOUR) == Swept()


def test_the_second_attempt_has_lights_of_its_own(engine: Engine, case: str, worktime: Worktime):
    sweep(engine, RED)
    clocks = from_dicts(stored(engine, case)[0].clocks)
    change(engine, case, start(clocks, "arrival", 10, "urgent_hour", RED, worktime), "dispatch", RED)
    assert sweep(engine, RED + 9 * HOUR) == Swept(1, 1)
    assert [x[2:] for x in noted(engine, case)] == [(1, "amber"), (1, "red"), (2, "amber")]


@pytest.fixture
def many(report: Report, engine: Engine, worktime: Worktime, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """More cases than one portion holds, which is smaller here."""
    monkeypatch.setattr(sweeps, "BATCH", 10)
    numbers = [str(report(f"many {i}")["number"]) for i in range(27)]
    for number in numbers:
        change(engine, number, start((), "arrival", 10, "urgent_hour", NOW, worktime))
    return numbers


def all_noted(engine: Engine, numbers: list[str]) -> Counter[Any]:
    return Counter((number, *x[1:]) for number in numbers for x in noted(engine, number))


def test_two_sweeps_at_once_note_each_light_exactly_once(engine: Engine, many: list[str]):
    portions: list[int] = []
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: sweep(engine, RED, portions.append), range(4)))
    # What one has taken the others leave, until it is noted; whoever looks last finds nothing more.
    found.append(sweep(engine, RED))
    assert [sum(getattr(f, name) for f in found) for name in ("cases", "amber", "red")] == [len(many)] * 3
    assert sum(portions) == len(many) - found[-1].cases
    told = all_noted(engine, many)
    assert len(told) == 2 * len(many)
    assert set(told.values()) == {1}


def test_a_case_that_somebody_is_changing_is_left_to_the_next_sweep(engine: Engine, many: list[str]):
    with engine.connect() as holder:
        holder.execute(text("SELECT 1 FROM case_ WHERE number = :n FOR UPDATE"), {"n": many[3]})
        assert sweep(engine, AMBER) == Swept(len(many) - 1, len(many) - 1)
        holder.rollback()
    assert sweep(engine, AMBER) == Swept(1, 1)


CHILD = """
import sys
from datetime import datetime
from gridsvc.services.sweep import sweep
from gridsvc.store.engine import make_engine
sweep(make_engine(sys.argv[1], 1), datetime.fromisoformat(sys.argv[2]))
"""
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'"


def backends_waiting(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text(WAITING)).scalar_one())


def test_a_sweep_that_is_killed_has_noted_nothing_by_halves(engine: Engine, many: list[str], empty_url: str):
    with engine.connect() as holder:
        # The child has written what its cases stand at, and waits to write their entries.
        holder.execute(text("SELECT pg_advisory_xact_lock(7305845)"))
        child = subprocess.Popen([sys.executable, "-c", CHILD, empty_url, RED.isoformat()])
        deadline = time.monotonic() + 60
        while not backends_waiting(engine):
            assert child.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        child.kill()
        child.wait()
        holder.rollback()
    while count_due(engine, RED):
        sweep(engine, RED)
        assert time.monotonic() < deadline
    told = all_noted(engine, many)
    assert len(told) == 2 * len(many)
    assert set(told.values()) == {1}


def test_in_the_service_it_sweeps_by_itself_and_ends(engine: Engine, case: str):
    deadline = time.monotonic() + 30
    with sweeping(engine, lambda: RED, every_s=0.05):
        while count_due(engine, RED):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    assert len(noted(engine, case)) == 2
