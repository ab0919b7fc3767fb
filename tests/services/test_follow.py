"""A process hears of what others commit, also after its line was cut, and lets go of everything at its end."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from small_city import IN_A, load_city, write_city
from sqlalchemy import Engine, text

from gridsvc.services import current as current_module
from gridsvc.services import editions, follow
from gridsvc.services.components import record_component
from gridsvc.services.current import CurrentRouter
from gridsvc.services.follow import following
from gridsvc.store.engine import make_engine
from gridsvc.store.notices import LISTENER, wait_for_word
from gridsvc.values import Component, Point

NOW = datetime(2024, 6, 12, 4, tzinfo=UTC)


@pytest.fixture
def only_by_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks because time went by."""
    monkeypatch.setattr(current_module, "LOOK_AGAIN_S", 3600.0)
    monkeypatch.setattr(follow, "LOOK_AGAIN_S", 3600.0)


@pytest.fixture
def publish(engine: Engine, tmp_path: Path) -> Callable[..., None]:
    def published(code: str, start: datetime | None = None) -> None:
        load_city(engine, write_city(tmp_path / code, edition=code))
        editions.publish(engine, code, NOW, start)

    return published


@pytest.fixture
def replica(empty_url: str, publish: Callable[..., None], only_by_word: None) -> Iterator[CurrentRouter]:
    """Another process's router, which follows; S1 holds when a test begins."""
    publish("S1")
    theirs = make_engine(empty_url, 5)
    current = CurrentRouter(theirs, lambda: NOW)
    with following(current, theirs):
        assert soon(lambda: code_of(current) == "S1")
        yield current
    theirs.dispose()


def soon(holds: Callable[[], bool], most_s: float = 20.0) -> bool:
    """Wait until something holds, or at most so long."""
    until_s = time.monotonic() + most_s
    while not (held := holds()) and time.monotonic() < until_s:
        time.sleep(0.005)
    return held


def code_of(current: CurrentRouter) -> str | None:
    room = current.at_hand()
    return None if room is None else room.snapshot.edition.code


def listeners(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        query = text("SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = :name")
        return list(connection.execute(query, {"name": LISTENER}).scalars())


def cut_off(engine: Engine) -> int:
    """End every listener's connection, as a database that is restarted does; gives how many there were."""
    pids = listeners(engine)
    with engine.connect() as connection:
        for pid in pids:
            connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    return len(pids)


def test_a_publication_is_heard(replica: CurrentRouter, publish: Callable[..., None]):
    publish("S2", NOW)
    assert soon(lambda: code_of(replica) == "S2")


def test_a_change_of_a_component_is_heard(replica: CurrentRouter, engine: Engine):
    given = Component("W1", "s", "01001", "井盖", Point(*IN_A))
    record_component(engine, "990999", given, "demo", NOW)
    assert soon(lambda: replica.at_hand().components.get("W1") is not None)


@pytest.mark.parametrize("start", [None, NOW + timedelta(days=1)], ids=["a draft", "published for later"])
def test_what_will_be_asked_for_is_built_as_soon_as_it_is_told(
    replica: CurrentRouter, engine: Engine, publish: Callable[..., None], tmp_path: Path, start: datetime | None
):
    if start is None:
        load_city(engine, write_city(tmp_path / "S2", edition="S2"))
    else:
        publish("S2", start)
    assert soon(lambda: any(r.snapshot.edition.code == "S2" for r in replica._kept.values()))
    assert code_of(replica) == "S1"


def test_what_was_published_while_the_line_was_cut_is_found(
    replica: CurrentRouter, engine: Engine, publish: Callable[..., None]
):
    for k, code in enumerate(("S2", "S3", "S4")):
        assert soon(lambda: len(listeners(engine)) == 1)
        assert cut_off(engine) == 1
        publish(code, NOW - timedelta(days=3 - k))
        assert soon(lambda code=code: code_of(replica) == code)


def test_a_line_that_cannot_be_waited_for_does_not_end_the_hearing(
    engine: Engine, publish: Callable[..., None], only_by_word: None, monkeypatch: pytest.MonkeyPatch
):
    publish("S1")
    raised: list[Exception] = []

    def worn(*line: Any) -> bool:
        if len(raised) < 3:
            raised.append(ValueError("such a line cannot be waited for"))
            raise raised[-1]
        return wait_for_word(*line)

    monkeypatch.setattr(follow, "wait_for_word", worn)
    monkeypatch.setattr(follow, "FIRST_PAUSE_S", 0.001)
    current = CurrentRouter(engine, lambda: NOW)
    with following(current, engine):
        assert soon(lambda: len(raised) == 3)
        assert soon(lambda: len(listeners(engine)) == 1)
        publish("S2", NOW)
        assert soon(lambda: code_of(current) == "S2")


def test_a_planned_edition_takes_over_by_the_clock(
    engine: Engine, publish: Callable[..., None], monkeypatch: pytest.MonkeyPatch
):
    """With the clock itself, and nobody who looks."""
    monkeypatch.setattr(current_module, "LOOK_AGAIN_S", 3600.0)
    publish("S1")
    start = datetime.now(UTC) + timedelta(seconds=1.5)
    publish("S2", start)
    current = CurrentRouter(engine, lambda: datetime.now(UTC))
    current.look()
    current.prepare()
    seen = []
    while (now := datetime.now(UTC)) < start + timedelta(seconds=0.1):
        seen.append((now < start, current.at_hand(now).snapshot.edition.code))
    assert set(seen) == {(True, "S1"), (False, "S2")}


def test_nothing_is_left_at_the_end(engine: Engine, publish: Callable[..., None]):
    publish("S1")
    before = set(threading.enumerate())
    with following(CurrentRouter(engine, lambda: NOW), engine):
        assert soon(lambda: len(listeners(engine)) == 1)
    assert set(threading.enumerate()) <= before
    assert soon(lambda: not listeners(engine))


def test_what_happens_to_cases_bothers_nobody_else(engine: Engine, publish: Callable[..., None], only_by_word: None):
    publish("S1")
    looked, of_cases = [], []
    with following(
        CurrentRouter(engine, lambda: NOW), engine, lambda: looked.append(1), of_cases=[lambda: of_cases.append(1)]
    ):
        assert soon(lambda: len(listeners(engine)) == 1 and bool(looked))
        before, heard = len(looked), len(of_cases)
        for k in range(5):
            with engine.begin() as connection:
                connection.execute(text("NOTIFY gridsvc_case"))
            assert soon(lambda k=k: len(of_cases) > heard + k)
    assert len(looked) == before
