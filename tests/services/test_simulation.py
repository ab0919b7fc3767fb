"""Lives of past cases: the same for the same seed, legal, in time, and stored as the histories they are."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine

from gridsvc.bootstrap import Folder, past_cases
from gridsvc.casework.case import Entry, append, fold
from gridsvc.casework.lifecycle import legal
from gridsvc.router import Router
from gridsvc.services.audit import verify
from gridsvc.services.intake import PastCase, import_cases, is_imported, routed
from gridsvc.services.simulation.lives import over, recent, with_lives
from gridsvc.store.engine import make_engine
from tests.conftest import NOON, count_rows

CASE = UUID(int=1)


@pytest.fixture(scope="module")
def past(demo: Folder) -> list[PastCase]:
    return past_cases(demo)[-60:]


@pytest.fixture(scope="module")
def lived(demo_router: Router, past: list[PastCase]) -> list[PastCase]:
    return with_lives(lambda _: demo_router, past, NOON + timedelta(days=40), seed=1)


def history(router: Router, case: PastCase) -> list[Entry]:
    """The history that the import makes of a case."""
    answer = routed(router, [case])[0].as_dict("short")
    entries = [append([], CASE, case.reported_at, "import", "reported", {})]
    entries.append(append(entries, CASE, case.reported_at, "import", "decided", {"answer": answer, "trail": []}))
    for kind, payload, actor, at in case.life:
        entries.append(append(entries, CASE, at, actor, kind, payload))
    return entries


def test_nobody_has_no_life(demo_router: Router):
    assert with_lives(lambda _: demo_router, [], NOON, seed=1) == []


def test_the_same_seed_gives_the_same_lives_and_another_one_others(
    demo_router: Router, past: list[PastCase], lived: list[PastCase]
):
    until = NOON + timedelta(days=40)
    assert with_lives(lambda _: demo_router, past, until, seed=1) == lived
    assert with_lives(lambda _: demo_router, past, until, seed=2) != lived


def test_every_step_is_one_that_the_case_allows(demo_router: Router, lived: list[PastCase]):
    for case in lived:
        entries = history(demo_router, case)
        for n, entry in enumerate(entries[2:], start=2):
            names = {row.name for row in legal(fold(entries[:n]))} | {"rated"}
            assert {"decided": "decide"}.get(entry.kind, entry.kind) in names


def test_time_goes_on_and_ends_where_it_was_told_to(demo_router: Router, past: list[PastCase]):
    until = past[-1].reported_at + timedelta(hours=3)
    lived = with_lives(lambda _: demo_router, past, until, seed=1)
    for case in lived:
        instants: list[datetime] = [case.reported_at, *(at for *_, at in case.life)]
        assert instants == sorted(instants)
        assert instants[-1] <= until
    assert len({fold(history(demo_router, case)).status for case in lived}) > 3


def test_cases_of_another_system_come_as_archived(demo_router: Router, past: list[PastCase]):
    states = [fold(history(demo_router, case)).status for case in over(past[:5])]
    assert states == ["archived"] * 5


def test_recent_cases_are_of_the_last_days(past: list[PastCase]):
    found = recent(past, NOON, 50, seed=1)
    assert len(found) == 50
    assert all(timedelta(0) <= NOON - case.reported_at <= timedelta(days=9) for case in found)
    assert recent(past, NOON, 50, seed=1) == found


def test_lives_are_stored_once_with_intact_chains(demo_url: str, demo_router: Router, lived: list[PastCase]):
    engine: Engine = make_engine(demo_url, 2)
    assert not is_imported(engine, "lived")
    assert import_cases(engine, demo_router, lived, "lived") == len(lived)
    assert is_imported(engine, "lived")
    assert import_cases(engine, demo_router, lived, "lived") == 0
    assert count_rows(engine, "case_history") == sum(2 + len(case.life) for case in lived)
    assert verify(engine).flaws == ()
    engine.dispose()
