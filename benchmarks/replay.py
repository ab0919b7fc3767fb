"""Claim: a million past cases are decided anew, each by what held and was known for it, while one waits."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import Engine, text

from benchmarks.many_cases import DAYS, FIRST
from gridsvc.router import Router
from gridsvc.services.components import catch_up, record_component
from gridsvc.services.intake import PastCase, import_cases
from gridsvc.store.engine import transaction
from gridsvc.values import REMOVED, Point

MUST_S, AIM_S = 60.0, 15.0
# Cases come in like this, and between two such parts street objects move.
PARTS, MOVED = 20, 25
JITTER_DEG = 2e-4
MEDDLED = 50
OURS, ALONE, FLOOR = "gridsvc replay", "Router.route, one after the other", "floor: COPY of what a replay reads"


def generated(own: Sequence[PastCase], n: int, first: datetime, days: float, seed: int) -> list[PastCase]:
    """Make ``n`` cases like a city's own, near where they were, at other times within so many days, in order."""
    random = np.random.default_rng(seed)
    seconds = np.sort(random.integers(0, int(days * 86_400), n)).tolist()
    which, aside = random.integers(0, len(own), n).tolist(), random.normal(0.0, JITTER_DEG, (n, 2)).tolist()
    made = []
    for at_s, i, (east, north) in zip(seconds, which, aside, strict=True):
        new = own[i].new
        point = Point(new.point.lon + east, new.point.lat + north)
        raw = {"x": point.lon, "y": point.lat, "crs": "wgs84"}
        made.append(PastCase(replace(new, point=point, raw=raw), first + timedelta(seconds=at_s)))
    return made


def fill(engine: Engine, room: Router, own: Sequence[PastCase], n: int) -> None:
    """Import ``n`` cases in parts; between two of them some street objects are moved by a few metres."""
    random = np.random.default_rng(20260630)
    district, days = room.snapshot.edition.district, DAYS / PARTS
    there = [c for c in room.snapshot.components if c.state != REMOVED]
    for part in range(PARTS):
        first = FIRST + timedelta(days=part * days)
        import_cases(engine, room, generated(own, n // PARTS, first, days, part), f"part {part}")
        for i in random.integers(0, len(there), MOVED).tolist():
            given = there[i]
            east, north = random.normal(0.0, 5e-5, 2).tolist()
            moved = replace(given, point=Point(given.point.lon + east, given.point.lat + north), since=first)
            record_component(engine, district, moved, "bench", first)
        with transaction(engine) as connection:
            catch_up(connection, room)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE case_"))
        connection.execute(text("VACUUM ANALYZE case_history"))
