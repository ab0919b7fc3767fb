"""A case settled with a precedent is one step: kill what you like, there is never the one without the other."""

import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from small_city import RULES, SOUND, write_city
from sqlalchemy import select

from gridsvc.services.audit import verify
from gridsvc.store.engine import make_engine
from gridsvc.store.tables import case, case_history

from .installation import Installation, ask

pytestmark = [pytest.mark.slow, pytest.mark.alone]

SEED = 20240612
CLIENTS = 3
KILLS = ["service", "postmaster", "service", "postmaster", "service", "postmaster", "service"]
SETTLE = {"unit": "U2", "reason": "现场核实过，由该单位负责", "precedent": {"scope": "disc:1"}}


@dataclass
class Record:
    """What the clients saw: the case that each key settled, and every status."""

    settled: dict[str, dict[str, Any]] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    lost: int = 0


def until_told(installation: Installation, path: str, key: str, body: Any, record: Record, deadline: float) -> Any:
    """Send the same request again and again, until it is done."""
    while time.monotonic() < deadline:
        try:
            status, answer = ask(installation.port, "POST", path, body, key)
        except (OSError, http.client.HTTPException):
            record.lost += 1
        else:
            record.statuses[status] += 1
            if status in (200, 201):
                return answer
        time.sleep(0.1)
    return None


def client(installation: Installation, number: int, record: Record, stop: threading.Event, deadline: float) -> None:
    """Report and settle one case after the other, each a few metres from the last; settle the same twice at times."""
    rng = random.Random(SEED + number)
    for i in count():
        if stop.is_set() or time.monotonic() > deadline:
            return
        point = {"x": 120.001 + 0.002 * number + 0.00002 * (i % 60), "y": 30.001 + 0.0001 * (i // 60), "crs": "wgs84"}
        body = {"point": point, "category": "09001", "source": "app"}
        made = until_told(installation, "/v1/cases", f"report {number}-{i}", body, record, deadline)
        if made is None:
            return
        path, key = f"/v1/cases/{made['id']}/actions/decide", f"settle {number}-{i}"
        for _ in range(1 + (rng.random() < 0.3)):
            answer = until_told(installation, path, key, SETTLE | {"version": made["version"]}, record, deadline)
            if answer is not None and record.settled.setdefault(key, answer) != answer:
                record.changed.append(key)


@pytest.fixture(scope="module")
def survived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Installation, Record]]:
    """A small city whose desk says who answers for street trade, killed again and again while it settles."""
    installation, record, stop = Installation(), Record(), threading.Event()
    rng = random.Random(SEED)
    to_the_desk = RULES[0] | {"rank": "20", "id": "DESK", "categories": "", "places": "", "disputed": "true"}
    tables = {**SOUND, "rules": [RULES[0], to_the_desk | {"valid_from": "", "test_lon": "", "test_lat": ""}]}
    folder: Path = write_city(installation.home / "city", tables=tables)
    try:
        installation.must("boundaries", "load", str(folder))
        installation.must("boundaries", "publish", "S1")
        installation.serve()
        installation.wait_until_ready()
        deadline = time.monotonic() + 150
        threads = [
            threading.Thread(target=client, args=(installation, n, record, stop, deadline)) for n in range(CLIENTS)
        ]
        for thread in threads:
            thread.start()
        try:
            for what in KILLS:
                time.sleep(rng.uniform(0.5, 2.0))
                if what == "service":
                    installation.kill_service()
                    installation.serve()
                else:
                    installation.kill_postmaster()
                    installation.must("up")
                installation.wait_until_ready()
            time.sleep(1.0)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        yield installation, record
    finally:
        installation.remove()


@pytest.fixture(scope="module")
def made(survived: tuple[Installation, Record]) -> dict[str, str]:
    """The precedents that histories tell of, by the number of the case."""
    engine = make_engine(survived[0].cluster.url(), 1)
    id_ = case_history.c.payload["precedent"].astext
    query = select(case.c.number, id_).join(case_history, case_history.c.case_id == case.c.id).where(id_.is_not(None))
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(query)]
    engine.dispose()
    assert len(found) == len(dict(found))
    return dict(found)


def test_the_clients_felt_it_and_went_on(survived: tuple[Installation, Record]):
    assert survived[1].lost > 0
    assert len(survived[1].settled) > 10
    assert set(survived[1].statuses) <= {200, 201, 503}


def test_every_ruling_that_was_acknowledged_is_there_and_no_other(
    survived: tuple[Installation, Record], made: dict[str, str]
):
    settled = {answer["number"] for answer in survived[1].settled.values()}
    assert settled == set(made)
    assert survived[1].changed == []


def test_there_is_no_ruling_without_its_precedent_and_no_precedent_without_its_ruling(
    survived: tuple[Installation, Record], made: dict[str, str]
):
    found = json.loads(survived[0].must("precedents", "list", "--json"))
    assert sorted(one["id"] for one in found) == sorted(made.values())
    assert {one["case"] for one in found} == set(made)
    assert {one["state"] for one in found} == {"in_force"}


def test_all_is_as_it_was_written(survived: tuple[Installation, Record]):
    engine = make_engine(survived[0].cluster.url(), 1)
    flaws = verify(engine).flaws
    engine.dispose()
    assert flaws == ()
