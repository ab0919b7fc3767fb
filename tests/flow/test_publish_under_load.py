"""Editions published every two seconds under ten thousand requests a minute: no error, no torn answer, none older."""

import sys
import time
from collections.abc import Callable, Iterator

import pytest
from small_city import IN_A, IN_B, ODOUR, write_city
from sqlalchemy import Engine, text

from benchmarks.replicas import Replicas, Reply, Series, faults, replicas, taken_s
from gridsvc.bootstrap import read_all
from gridsvc.store import migrate
from gridsvc.store.cluster import Cluster
from gridsvc.store.engine import make_engine
from gridsvc.store.notices import LISTENER

from .installation import Installation

pytestmark = [pytest.mark.slow, pytest.mark.alone]

RATE, EVERY_S, EDITIONS = 200.0, 2.0, 8
PLACES = [IN_A, IN_B, (120.0, 30.0), (120.01, 30.005), (120.0100001, 30.002), (120.0125, 30.0099)]
POINTS = [{"point": {"x": x, "y": y, "crs": "wgs84"}, "category": c} for x, y in PLACES for c in (ODOUR, "01001", None)]


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> Series:
    return Series(read_all(write_city(tmp_path_factory.mktemp("city"))))


@pytest.fixture(scope="module")
def served(series: Series) -> Iterator[tuple[Replicas, Engine, Cluster]]:
    """Two replicas on a cluster of their own, which may be stopped; the first edition holds."""
    installation = Installation()
    engine = None
    try:
        url = installation.cluster.start()
        engine = make_engine(url, 2)
        migrate.upgrade(engine)
        series.load(engine, 0)
        series.publish(engine, 0)
        with replicas(url, 2) as running:
            yield running, engine, installation.cluster
    finally:
        if engine is not None:
            engine.dispose()
        installation.remove()


def publish(series: Series, engine: Engine, first: int, before_each: Callable[[], object]) -> dict[int, float]:
    """Publish one edition every two seconds; gives when each was committed."""
    published, began_s = {}, time.monotonic()
    for k in range(first, first + EDITIONS):
        time.sleep(max(0.0, began_s + EVERY_S * (k - first + 0.5) - time.monotonic()))
        before_each()
        series.load(engine, k)
        published[k] = series.publish(engine, k)
    time.sleep(EVERY_S)
    return published


def told(series: Series, published: dict[int, float], replies: list[Reply]) -> None:
    """Say what was measured, on which no test depends: the machine may be busy with anything."""
    taken = sorted(taken_s(series, published, replies).values())
    minutes = (max(r.got_s for r in replies) - min(r.sent_s for r in replies)) / 60
    sys.stdout.write(
        f"{len(replies)} requests, {len(replies) / minutes:.0f}/min; from a commit to a replica's first answer by it: "
        f"median {taken[len(taken) // 2]:.3f} s, slowest {taken[-1]:.3f} s\n"
    )


def newest(series: Series, replies: list[Reply]) -> dict[int, int]:
    """The last edition that each replica answered by."""
    last = {r.replica: r for r in sorted(replies, key=lambda r: r.got_s)}
    return {replica: series.number(r.answer["edition"]) for replica, r in last.items()}


def cut_off(engine: Engine) -> int:
    """End the connections that replicas listen on."""
    query = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = :name"
    with engine.connect() as connection:
        return connection.execute(text(query), {"name": LISTENER}).scalar_one()


def test_every_answer_is_whole_and_of_the_newest_edition(series: Series, served: tuple[Replicas, Engine, Cluster]):
    running, engine, _ = served
    with running.pressed(POINTS, RATE) as replies:
        published = publish(series, engine, 1, lambda: None)
    told(series, published, replies)
    assert faults(series, POINTS, replies) == []
    assert newest(series, replies) == {0: EDITIONS, 1: EDITIONS}
    assert len({r.answer["edition"] for r in replies}) > EDITIONS // 2
    assert {r.batch for r in replies} == {True, False}


def test_listeners_that_are_cut_off_miss_nothing(series: Series, served: tuple[Replicas, Engine, Cluster]):
    running, engine, _ = served
    ended: list[int] = []
    with running.pressed(POINTS, RATE) as replies:
        published = publish(series, engine, 101, lambda: ended.append(cut_off(engine)))
    told(series, published, replies)
    assert sum(ended) >= EDITIONS
    assert faults(series, POINTS, replies) == []
    last = 100 + EDITIONS
    assert newest(series, replies) == {0: last, 1: last}


def test_a_database_that_stops_and_starts_costs_no_answer(series: Series, served: tuple[Replicas, Engine, Cluster]):
    running, engine, cluster = served
    with running.pressed(POINTS, RATE) as replies:
        time.sleep(1.0)
        away = time.monotonic()
        cluster.stop()
        time.sleep(3.0)
        cluster.start()
        back = time.monotonic()
        engine.dispose()
        series.load(engine, 201)
        published = {201: series.publish(engine, 201)}
        time.sleep(3.0)
    told(series, published, replies)
    assert faults(series, POINTS, replies) == []
    assert sum(away < r.sent_s < back for r in replies) > 100
    assert newest(series, replies) == {0: 201, 1: 201}
