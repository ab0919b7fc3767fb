"""Claim: a report is decided, sealed and on disk over HTTP at a good part of the rate that the database alone takes."""

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from sqlalchemy import Engine, text

from benchmarks.race import Method, race
from benchmarks.record import Fact, Goal, Result
from benchmarks.same_rows import emptied, inserted, statements_by_case
from benchmarks.served import Body, Load, need_wrk, services
from benchmarks.sizes import Size
from gridsvc.router import Router
from gridsvc.services.audit import verify
from gridsvc.store.engine import make_engine

CLIENTS = 16
OURS, ALONE = "gridsvc, POST /v1/cases", "psycopg2: the same rows, a commit a case"
DECIDED = """
SELECT ST_X(c.geom) AS lon, ST_Y(c.geom) AS lat, c.reported_at, c.category, c.accuracy_m, c.decision,
  h.payload ->> 'component' AS component, h.payload -> 'attributes' AS attributes
FROM case_ c JOIN case_history h ON h.case_id = c.id AND h.n = 1 ORDER BY md5(c.number) LIMIT :n
"""


def run(size: Size) -> Result:
    """Press the service, take the rows out that it wrote, and race it with one connection that writes these."""
    need_wrk()
    with services(2_000, reporting=True) as served:
        ours, control = make_engine(served.url, 1), make_engine(served.control, 1)
        load = Load(served, "gridsvc", "/v1/cases", served.bodies, CLIENTS, size.load_s, once=True)
        # Once for the indexes, once for the rows.
        served.post("gridsvc", "/v1/route", {k: served.bodies[0][k] for k in ("point", "category")})
        load.run()
        cases = statements_by_case(ours, 5_000)
        methods = [
            Method(OURS, load.run, 1),
            Method(ALONE, partial(_alone, control, cases, size.load_s), 1),
        ]
        table = race(
            f"reporting cases, {CLIENTS} clients", "cases/s", ALONE, methods, size.rounds, np.zeros(1, np.int64)
        )
        compared, wrong = _decided_otherwise(ours, served.router, size.single)
        lost, checked = load.answered - _count(ours), verify(ours)
        ours.dispose()
        control.dispose()
    goals = (Goal("intake: share of one connection that inserts the same rows", table.ratio(OURS), 0.4, 0.8),)
    facts = [
        Fact(f"{OURS}: {what}", round(float(np.median(values)), 2), "ms")
        for what, values in (("p50", load.p50_ms), ("p99", load.p99_ms))
    ]
    notes = (
        "A server that syncs every commit. One worker on the first core, wrk on the last; PostgreSQL may use both. "
        "Whoever inserts has a copy of the database, the ready values of the very rows, and nothing else to do.",
        "Every request has a key of its own. No acknowledged case may be missing; every chain of hashes is verified, "
        "and of a sample the decision is compared with that of the front room.",
    )
    wrong += table.wrong + len(checked.flaws) + max(0, lost)
    return Result((__doc__ or "").strip(), compared + checked.entries, wrong, (table,), tuple(facts), goals, notes)


def _alone(engine: Engine, cases: Sequence[Any], most_s: float) -> tuple[float, None]:
    emptied(engine)
    return inserted(engine, cases, most_s), None


def _count(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM case_")).scalar_one())


def _decided_otherwise(engine: Engine, room: Router, n: int) -> tuple[int, int]:
    """Of how many cases the decision was compared with the front room's, and how many of them differ."""
    with engine.connect() as connection:
        rows = connection.execute(text(DECIDED), {"n": n}).all()
    return len(rows), sum(_differs(room, r) for r in rows)


def _differs(room: Router, r: Any) -> bool:
    answer = room.route(
        r.lon, r.lat, crs="wgs84", at=r.reported_at, category=r.category, component=r.component,
        accuracy_m=r.accuracy_m, attributes=r.attributes,
    )  # fmt: skip
    told: Body = json.loads(json.dumps(answer.as_dict("short")))
    return told != r.decision
