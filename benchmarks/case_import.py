"""Claim: past cases are brought in, each decided and with its history, about as fast as the database takes the rows."""

import time
from functools import partial

import numpy as np
from sqlalchemy import Engine, text

from benchmarks.many_cases import DAYS, FIRST, published_city
from benchmarks.race import Answer, Method, race
from benchmarks.record import Fact, Goal, Result
from benchmarks.replay import generated
from benchmarks.same_rows import Rows, copied, emptied, rows_of
from benchmarks.sizes import Size
from gridsvc.bootstrap import past_cases
from gridsvc.essence import fingerprint
from gridsvc.router import Router
from gridsvc.services.audit import verify
from gridsvc.services.intake import PastCase, import_cases

OURS, COPY = "gridsvc import: decided, with histories", "floor: COPY of the same rows"


def run(size: Size) -> Result:
    """Import cases, take their rows out, and race the import with COPY of these rows into the same tables."""
    n = 2_000 if size.quick else 20_000
    with published_city(durable=True) as (engine, folder):
        room = Router(folder.snapshot)
        room.warm()
        past = generated(past_cases(folder), n, FIRST, DAYS, seed=1)
        truth = np.array([_alone(room, p) for p in past], dtype=object)
        emptied(engine)
        import_cases(engine, room, past, "bench")
        rows = rows_of(engine)
        methods = [
            Method(OURS, partial(_imported, engine, room, past), n),
            Method(COPY, partial(_copied, engine, rows), n),
        ]
        table = race(f"{n} past cases over {DAYS} days", "cases/s", COPY, methods, size.rounds, truth)
        emptied(engine)
        import_cases(engine, room, past, "bench")
        checked = verify(engine)
    mb = sum(len(r.lines.encode()) for r in rows) / 1e6
    goals = (Goal("bulk import: share of COPY of the same rows into the same tables", table.ratio(OURS), 0.8, 0.95),)
    facts = (Fact("what COPY is given for a case", mb * 1e3 / n, "kB"),)
    notes = (
        "A server that syncs every commit; tables, partitions and indexes as they are in service, emptied before each "
        "round, and a checkpoint. One transaction either way.",
        f"Cases like the demo city's, each moved by some metres and set down within {DAYS} days. Every stored "
        "fingerprint is compared with that of the front room, asked one by one; then every chain of hashes is verified "
        "and every case compared with what its history adds up to.",
    )
    wrong = table.wrong + len(checked.flaws)
    return Result((__doc__ or "").strip(), n + checked.entries, wrong, (table,), facts, goals, notes)


def _alone(room: Router, past: PastCase) -> bytes:
    new = past.new
    return fingerprint(
        room.route(
            new.point.lon, new.point.lat, crs="wgs84", at=past.reported_at, category=new.category,
            component=new.component, accuracy_m=new.accuracy_m, attributes=new.attributes or {},
        )
    )  # fmt: skip


def _imported(engine: Engine, room: Router, past: list[PastCase]) -> tuple[float, Answer]:
    emptied(engine)
    began_s = time.perf_counter()
    import_cases(engine, room, past, "bench")
    return time.perf_counter() - began_s, _stored(engine)


def _copied(engine: Engine, rows: list[Rows]) -> tuple[float, Answer]:
    emptied(engine)
    return copied(engine, rows), _stored(engine)


def _stored(engine: Engine) -> Answer:
    """The stored fingerprints in the order of the reports."""
    with engine.connect() as connection:
        found = connection.execute(text("SELECT fingerprint FROM case_ ORDER BY reported_at, number")).scalars()
        return np.array([bytes(f) for f in found], dtype=object)
