"""Claim: editions are published under load without a failed or torn answer, and every replica takes them up at once."""

import time
from collections.abc import Mapping, Sequence

import numpy as np
from sqlalchemy import Engine

from benchmarks.record import Fact, Goal, Result
from benchmarks.replicas import Replicas, Reply, Series, faults, replicas, taken_s
from benchmarks.sizes import Size
from gridsvc.bootstrap import past_cases, read_all
from gridsvc.carried import carried
from gridsvc.store import migrate
from gridsvc.store.engine import make_engine
from gridsvc.store.throwaway import throwaway_cluster

REPLICAS, RATE, EVERY_S = 2, 400.0, 2.0
POINTS = 2_000
# Time enough for the answers that follow the last publication.
AFTER_S = 3.0


def run(size: Size) -> Result:
    """Publish editions of the demo city, first drafts that were built before, then some loaded at that moment."""
    n = 3 if size.quick else 15
    folder = read_all(carried("boundaries"))
    series = Series(folder)
    cases = [c.new for c in past_cases(folder)[:POINTS]]
    points = [{"point": {"x": c.point.lon, "y": c.point.lat, "crs": "wgs84"}, "category": c.category} for c in cases]
    with throwaway_cluster() as cluster:
        url = cluster.make_database("bench")
        engine = make_engine(url, 2)
        migrate.upgrade(engine)
        series.load(engine, 0)
        series.publish(engine, 0)
        with replicas(url, REPLICAS) as served:
            with served.pressed(points, RATE) as ahead:
                prepared = _publish(series, engine, served, range(1, n + 1), ahead=True)
            with served.pressed(points, RATE) as at_once:
                unprepared = _publish(series, engine, served, range(n + 1, n + 1 + n // 3), ahead=False)
        engine.dispose()
    replies = [*ahead, *at_once]
    wrong = faults(series, points, replies)
    print(*wrong[:5], sep="\n")
    facts = [
        Fact("requests", len(replies), ""),
        Fact("points in them", sum(len(r.rows) for r in replies), ""),
        Fact("requests a minute, while drafts were published", _rate(ahead), "1/min"),
        *_facts("draft built before", series, prepared, ahead),
        *_facts("loaded and published at once", series, unprepared, at_once),
    ]
    goals = (
        Goal("failed, torn or older answers", float(len(wrong)), 0, 0, "less", ""),
        Goal("from commit to every replica, slowest of all", _slowest(series, prepared, ahead), 2, 0.5, "less", "s"),
        Goal("the same, loaded and published at once", _slowest(series, unprepared, at_once), 2, 0.5, "less", "s"),
    )
    notes = (
        f"{REPLICAS} replicas, the asking process, the publishing one and PostgreSQL share the machine's cores.",
        "Seconds count from the commit to the first answer by the new edition that was received, so that the time "
        "between two requests of a replica is in them.",
        "Every answer names its edition and is compared with that edition's own router: areas with names that bear "
        "the edition's number, accountable, assisting and evaluating units, desk, ruleset.",
    )
    return Result(__doc__ or "", len(replies), len(wrong), facts=tuple(facts), goals=goals, notes=notes)


def _publish(
    series: Series, engine: Engine, served: Replicas, numbers: Sequence[int], *, ahead: bool
) -> dict[int, float]:
    """Publish an edition every two seconds, or as soon as it can be; gives when each was committed.

    ``ahead``: each is a draft that the replicas have built before. Otherwise it comes and holds in one go.
    """
    published: dict[int, float] = {}
    began_s = time.monotonic()
    for i, k in enumerate(numbers, start=1):
        if ahead:
            series.load(engine, k)
            served.wait_until_built(series.code(k))
        time.sleep(max(0.0, began_s + i * EVERY_S - time.monotonic()))
        if not ahead:
            series.load(engine, k)
        published[k] = series.publish(engine, k)
    time.sleep(AFTER_S)
    return published


def _rate(replies: Sequence[Reply]) -> float:
    return 60.0 * len(replies) / (max(r.got_s for r in replies) - min(r.sent_s for r in replies))


def _slowest(series: Series, published: Mapping[int, float], replies: Sequence[Reply]) -> float | None:
    taken = taken_s(series, published, replies)
    # One that was never seen must not pass for a quick one.
    return max(taken.values()) if len(taken) == REPLICAS * len(published) else None


def _facts(title: str, series: Series, published: Mapping[int, float], replies: Sequence[Reply]) -> list[Fact]:
    taken = list(taken_s(series, published, replies).values())
    waited_ms = [1e3 * (r.got_s - r.sent_s) for r in replies if not r.batch]
    facts = [Fact(f"{title}: publications", len(published), "")]
    for what, q in (("p50", 50), ("p95", 95), ("max", 100)):
        facts.append(Fact(f"{title}: until a replica answers by it, {what}", float(np.percentile(taken, q)), "s"))
    for what, q in (("p50", 50), ("p99", 99), ("max", 100)):
        facts.append(Fact(f"{title}: one answer, {what}", float(np.percentile(waited_ms, q)), "ms"))
    return facts
