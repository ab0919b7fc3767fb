"""Claim: a million past cases are decided anew, each by what held and was known for it, while one waits."""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import numpy as np
from sqlalchemy import Engine, text

from benchmarks.many_cases import DAYS, FIRST, published_city
from benchmarks.race import Method, race, timed, untold
from benchmarks.record import ROOT, Fact, Goal, Result
from benchmarks.sizes import Size
from gridsvc.bootstrap import past_cases, read_all
from gridsvc.carried import carried
from gridsvc.errors import GridsvcError
from gridsvc.essence import essence, fingerprint
from gridsvc.router import Router
from gridsvc.services import editions
from gridsvc.services.components import catch_up, record_component
from gridsvc.services.intake import PastCase, import_cases
from gridsvc.services.replay import replay as replayed
from gridsvc.spatial.topology import check_edition
from gridsvc.store.engine import transaction
from gridsvc.store.replays import PastFilter
from gridsvc.store.tables import case, case_history
from gridsvc.values import REMOVED, Point

MUST_S, AIM_S = 60.0, 15.0
# Cases come in like this, and between two such parts street objects move.
PARTS, MOVED = 20, 25
# Each imported case is stored so many times; their seconds must fit into a minute.
COPIES, APART_S = 20, 3
JITTER_DEG = 2e-4
MEDDLED = 50
FIGURES = ("same", "changed", "failed")
SAMPLE = """
SELECT c.number, c.reported_at, c.category, c.accuracy_m, ST_X(c.geom) AS lon, ST_Y(c.geom) AS lat, c.decision,
  h.payload ->> 'component' AS component, h.payload -> 'attributes' AS attributes
FROM case_ c JOIN case_history h ON h.case_id = c.id AND h.n = 1
WHERE c.fingerprint IS NOT NULL ORDER BY md5(c.number) LIMIT :n
"""
OURS, ALONE = "gridsvc replay, the command", "Router.route, one after the other"
FLOOR = "floor: COPY of the cases and of their first entries"


def run(size: Size) -> Result:
    """Replay a city's cases by the command, beside the reading alone and beside deciding one by one."""
    imported = 2_000 if size.quick else 50_000
    n = imported * COPIES
    with published_city() as (engine, folder):
        own, room = past_cases(folder), Router(folder.snapshot)
        began_s = time.perf_counter()
        fill(engine, room, own, imported)
        filled_s = time.perf_counter() - began_s
        deal_out(engine)
        sample = generated(own, size.single, FIRST, DAYS, seed=1)
        methods = [
            Method(OURS, timed(partial(command, engine), lambda told: np.array([told[k] for k in FIGURES])), n),
            Method(ALONE, untold(partial(alone, room, sample)), len(sample)),
            Method(FLOOR, untold(partial(copied, engine)), n),
        ]
        table = race(f"{n} cases over {DAYS} days", "cases/s", ALONE, methods, size.rounds, np.array([n, 0, 0]))
        found, expected = meddled(engine)
        astray, asked = under_another(engine, size.single)
    peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    wrong = table.wrong + len(found ^ expected) + astray
    rate = next(row.rate for row in table.rows if row.method == OURS)
    goals = (Goal("a million past cases, location and decision", 1e6 / rate, MUST_S, AIM_S, "less", "s"),)
    facts = (
        Fact("import of the cases, with decisions and histories", imported / filled_s, "cases/s"),
        Fact("most memory the command took", peak_mb, "MB"),
        Fact("replay over the reading alone, time", table.ratio(FLOOR, OURS), "x"),
    )
    notes = (
        f"{imported} cases like the demo city's, each moved by some {JITTER_DEG * 1e5:.0f} m and set down within "
        f"{DAYS} days, are imported and so decided one by one; in {PARTS} parts, between which {MOVED} street objects "
        f"move, so that each part rests on another state of the record. Then each is stored {COPIES} times with its "
        "history, seconds apart within its minute, in which nothing begins or ends.",
        "The command is timed from its start to its end, with interpreter, indexes and database; no case may differ. "
        f"Then {MEDDLED} stored decisions are meddled with, and it has to name just these; and under another edition a "
        "sample has to differ just where the front room, asked one by one, says so, and as it says.",
    )
    compared = n + MEDDLED + asked
    return Result((__doc__ or "").strip(), compared, wrong, (table,), facts, goals, notes)


def command(engine: Engine) -> dict[str, Any]:
    """Run ``gridsvc replay`` in a process of its own."""
    url = engine.url.render_as_string(hide_password=False)
    order, environment = (
        [sys.executable, "-m", "gridsvc", "replay", "--json"],
        {**os.environ, "GRIDSVC_DATABASE_URL": url},
    )
    done = subprocess.run(order, env=environment, cwd=ROOT, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def alone(room: Router, past: Sequence[PastCase]) -> None:
    """Decide cases one after the other, each to its fingerprint."""
    for p in past:
        new = p.new
        answer = room.route(
            new.point.lon, new.point.lat, crs="wgs84", at=p.reported_at, category=new.category,
            accuracy_m=new.accuracy_m, attributes=new.attributes or {},
        )  # fmt: skip
        fingerprint(answer)


def copied(engine: Engine) -> None:
    """Read what a replay has to read, as text, and throw it away."""
    with engine.connect() as connection, open(os.devnull, "w", encoding="utf-8") as nowhere:
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor:
            for query in ("id, reported_at, number, category, accuracy_m, fingerprint, geom FROM case_",
                          "case_id, payload FROM case_history WHERE n = 1"):  # fmt: skip
                cursor.copy_expert(f"COPY (SELECT {query}) TO STDOUT", nowhere)


def meddled(engine: Engine) -> tuple[set[str], set[str]]:
    """Overwrite some decisions; gives the cases that the command names, and those it has to."""
    meddle = (
        "UPDATE case_ SET decision = jsonb_set(decision, '{evaluator}', jsonb_build_object('unit', '?')) "
        "WHERE id IN (SELECT id FROM case_ ORDER BY md5(number) LIMIT :n) RETURNING number"
    )
    with transaction(engine) as connection:
        expected = set(connection.execute(text(meddle), {"n": MEDDLED}).scalars())
    return {c["number"] for c in command(engine)["changes"]}, expected


def under_another(engine: Engine, n: int) -> tuple[int, int]:
    """Replay some cases under another edition; gives how many answers are not the front room's, and of how many."""
    folder = read_all(carried("boundaries") / "2024-1")
    editions.load(engine, folder.snapshot, folder.tables, check_edition(folder.snapshot.edition))
    room, expected = Router(folder.snapshot), dict[str, Any]()
    with transaction(engine) as connection:
        catch_up(connection, room)
        rows = connection.execute(text(SAMPLE), {"n": n}).all()
    for r in rows:
        try:
            answer = room.route(
                r.lon, r.lat, crs="wgs84", at=r.reported_at, category=r.category, component=r.component,
                accuracy_m=r.accuracy_m, attributes=r.attributes or {},
            )  # fmt: skip
        except GridsvcError:
            expected[r.number] = None
            continue
        after = essence(answer.as_dict("none"))
        if after != essence(r.decision):
            expected[r.number] = after
    wanted = PastFilter(folder.snapshot.edition.district, numbers=tuple(r.number for r in rows))
    told = {c.number: c.after for c in replayed(engine, wanted, folder.snapshot.edition.code).changes}
    return sum(told.get(k, k) != expected.get(k, k) for k in {*told, *expected}), len(rows)


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


def deal_out(engine: Engine) -> None:
    """Store every case and its history so many times, each time under another number, some seconds later."""
    own = [c.name for c in case.c if c.name not in ("id", "reported_at", "number")]
    entry = [c.name for c in case_history.c if c.name not in ("seq", "at", "case_id")]
    with transaction(engine) as connection:
        # A service gives up on such statements; here they only make the ground to run on.
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(
            text(
                "CREATE TEMP TABLE copied ON COMMIT DROP AS SELECT id, reported_at, k, gen_random_uuid() AS new_id, "
                "date_trunc('minute', reported_at) + k * make_interval(secs => :apart) AS new_at "
                "FROM case_, generate_series(1, :most) k"
            ),
            {"apart": APART_S, "most": COPIES - 1},
        )
        connection.execute(
            text(
                f"INSERT INTO case_ (id, reported_at, number, {', '.join(own)}) "
                f"SELECT new_id, new_at, number || '-' || k, {', '.join(own)} "
                "FROM case_ JOIN copied USING (id, reported_at)"
            )
        )
        connection.execute(
            text(
                f"INSERT INTO case_history (case_id, at, {', '.join(entry)}) SELECT new_id, new_at, {', '.join(entry)} "
                "FROM case_history h JOIN copied c ON c.id = h.case_id AND c.reported_at = h.at"
            )
        )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("VACUUM ANALYZE case_"))
        connection.execute(text("VACUUM ANALYZE case_history"))
