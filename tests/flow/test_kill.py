"""Nothing acknowledged is lost and nothing is done twice, whatever is killed and whenever."""

import http.client
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, groupby
from typing import Any

import pytest
from sqlalchemy import select

from gridsvc.carried import carried
from gridsvc.casework.case import Entry, first_broken
from gridsvc.store.engine import make_engine
from gridsvc.store.tables import case, case_history, case_number, idempotency

from .installation import Installation, ask

pytestmark = [pytest.mark.slow, pytest.mark.alone]

SEED = 20240612
CLIENTS = 8
KILLS = {"service": 8, "postmaster": 5, "both": 2}
WEST, SOUTH, EAST, NORTH = 120.205, 30.303, 120.245, 30.336


@dataclass
class Record:
    """What the clients saw: the answer to each key, every status, and how long the service was away."""

    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    lost: int = 0
    away_s: dict[str, list[float]] = field(default_factory=lambda: {what: [] for what in KILLS})


def report_until_told(installation: Installation, key: str, body: Any, record: Record, deadline: float) -> None:
    """Send one report again and again under its key, as a field app does, until it is acknowledged."""
    while time.monotonic() < deadline:
        try:
            status, answer = ask(installation.port, "POST", "/v1/cases", body, key)
        except (OSError, http.client.HTTPException):
            record.lost += 1
            time.sleep(0.1)
            continue
        record.statuses[status] += 1
        if status == 201:
            if record.answers.setdefault(key, answer) != answer:
                record.changed.append(key)
            return
        time.sleep(0.1)


def client(installation: Installation, number: int, record: Record, stop: threading.Event, deadline: float) -> None:
    """Report one case after the other; now and then repeat one that was acknowledged already."""
    rng, sent = random.Random(SEED + number), []
    for i in count():
        if stop.is_set() or time.monotonic() > deadline:
            return
        key = f"{number}-{i}"
        point = {"x": rng.uniform(WEST, EAST), "y": rng.uniform(SOUTH, NORTH), "crs": "wgs84"}
        body = {"point": point, "category": "06010", "source": "app", "description": f"第 {key} 件"}
        sent.append((key, body))
        report_until_told(installation, key, body, record, deadline)
        if rng.random() < 0.1:
            report_until_told(installation, *rng.choice(sent), record, deadline)


def kill_and_mend(installation: Installation, what: str) -> float:
    """Kill, let an administrator bring back what does not come back by itself; gives the seconds until it answers."""
    began = time.monotonic()
    if what in ("service", "both"):
        installation.kill_service()
    if what in ("postmaster", "both"):
        installation.kill_postmaster()
        installation.must("up")
    if what in ("service", "both"):
        installation.serve()
    installation.wait_until_ready()
    return time.monotonic() - began


@pytest.fixture(scope="module")
def survived() -> Iterator[tuple[Installation, Record]]:
    """The demo city in service, killed fifteen times while eight clients report, then left in peace."""
    installation, record, stop = Installation(), Record(), threading.Event()
    rng = random.Random(SEED)
    kills = [what for what, times in KILLS.items() for _ in range(times)]
    rng.shuffle(kills)
    try:
        installation.must("boundaries", "load", str(carried("boundaries")))
        installation.must("boundaries", "publish", "2023-1")
        installation.serve()
        installation.wait_until_ready()
        deadline = time.monotonic() + 600
        threads = [
            threading.Thread(target=client, args=(installation, n, record, stop, deadline)) for n in range(CLIENTS)
        ]
        for thread in threads:
            thread.start()
        try:
            for what in kills:
                time.sleep(rng.uniform(0.3, 1.5))
                record.away_s[what].append(kill_and_mend(installation, what))
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        yield installation, record
    finally:
        installation.remove()


@pytest.fixture(scope="module")
def rows(survived: tuple[Installation, Record]) -> dict[str, list[Any]]:
    """Everything the database holds in the end."""
    engine = make_engine(survived[0].cluster.url(), 1)
    with engine.connect() as connection:
        found = {
            "cases": select(case.c.id, case.c.number),
            "keys": select(idempotency.c.key, idempotency.c.case_id, idempotency.c.answer),
            "entries": select(*(case_history.c[n] for n in ENTRY)).order_by(case_history.c.case_id, case_history.c.n),
            "days": select(case_number.c.day, case_number.c.last),
        }
        held = {name: list(connection.execute(query).all()) for name, query in found.items()}
    engine.dispose()
    return held


ENTRY = ("case_id", "n", "at", "actor", "kind", "payload", "previous", "hash")


def test_every_kill_happened_and_the_clients_felt_it(survived: tuple[Installation, Record]):
    record = survived[1]
    assert {what: len(times) for what, times in record.away_s.items()} == KILLS
    assert record.lost > 0
    assert len(record.answers) > 200


def test_every_report_was_acknowledged_in_the_end(survived: tuple[Installation, Record], rows: dict[str, list[Any]]):
    assert sorted({k.key for k in rows["keys"]} ^ set(survived[1].answers)) == []


def test_every_acknowledged_report_is_one_case_with_the_answer_that_was_given(
    survived: tuple[Installation, Record], rows: dict[str, list[Any]]
):
    answers = survived[1].answers
    ids = Counter(str(c.id) for c in rows["cases"])
    assert {key: ids[a["id"]] for key, a in answers.items()} == dict.fromkeys(answers, 1)
    # The code for the reporter is told, and not kept.
    assert all(a["tracking"].startswith(a["number"]) for a in answers.values())
    told = {key: {name: value for name, value in a.items() if name != "tracking"} for key, a in answers.items()}
    assert [k.key for k in rows["keys"] if k.answer != told.get(k.key)] == []
    assert {str(c.id): c.number for c in rows["cases"]} == {a["id"]: a["number"] for a in answers.values()}


def test_no_answer_ever_changed(survived: tuple[Installation, Record]):
    assert survived[1].changed == []


def test_there_is_no_case_beyond_those_acknowledged(survived: tuple[Installation, Record], rows: dict[str, list[Any]]):
    assert len(rows["cases"]) == len(rows["keys"]) == len(survived[1].answers)


def test_numbers_are_unique_and_without_gaps(rows: dict[str, list[Any]]):
    numbers = sorted(c.number for c in rows["cases"])
    expected = [f"{d.day:%y%m%d}-{i:04d}" for d in rows["days"] for i in range(1, d.last + 1)]
    assert numbers == sorted(expected)


def entry(row: Any) -> Entry:
    """One entry as the house knows it; the driver gives bytes as memory views."""
    values = row._asdict()
    return Entry(**values | {k: None if values[k] is None else bytes(values[k]) for k in ("hash", "previous")})


def test_every_history_is_whole_and_intact(rows: dict[str, list[Any]]):
    by_case = groupby(rows["entries"], key=lambda row: row.case_id)
    histories = {case_id: [entry(row) for row in entries] for case_id, entries in by_case}
    assert set(histories) == {c.id for c in rows["cases"]}
    assert {len(h) for h in histories.values()} == {2}
    assert [case_id for case_id, h in histories.items() if first_broken(h) is not None] == []


def test_a_service_without_its_database_answers_503_and_nothing_else(survived: tuple[Installation, Record]):
    assert set(survived[1].statuses) <= {201, 503}


def test_the_service_finds_its_database_again_by_itself(survived: tuple[Installation, Record]):
    assert max(survived[1].away_s["postmaster"]) < 30
