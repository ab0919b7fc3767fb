"""A hundred thousand cases over 18 months: those of the demo city, decided once each and dealt out over time."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
from sqlalchemy import Engine, text

from gridsvc.bootstrap import Folder, past_cases, read_all
from gridsvc.carried import carried
from gridsvc.rights import whole_district
from gridsvc.router import Router
from gridsvc.services import editions
from gridsvc.services.intake import import_cases
from gridsvc.spatial.topology import check_edition
from gridsvc.store import migrate
from gridsvc.store.case_lists import CaseFilter, list_cases
from gridsvc.store.cases import StoredCase, write_cases
from gridsvc.store.engine import make_engine, transaction
from gridsvc.store.months import ensure_months
from gridsvc.store.throwaway import throwaway_cluster

FIRST, DAYS = datetime(2023, 1, 1, tzinfo=UTC), 547
STATUSES = ("closed", "dispatched", "in_progress", "registered", "void")
SHARES = (0.8, 0.06, 0.06, 0.04, 0.04)
COLLECTORS = 40
_BATCH = 10_000


@contextmanager
def published_city(durable: bool = False) -> Iterator[tuple[Engine, Folder]]:
    """A database of its own, as long as the block lasts, in which the demo city is published."""
    folder = read_all(carried("boundaries"))
    with throwaway_cluster(durable=durable) as cluster:
        engine = make_engine(cluster.make_database("bench"), 2)
        migrate.upgrade(engine)
        editions.load(engine, folder.snapshot, folder.tables, check_edition(folder.snapshot.edition))
        editions.publish(engine, folder.snapshot.edition.code, FIRST + timedelta(days=DAYS))
        yield engine, folder
        engine.dispose()


def fill(engine: Engine, folder: Folder, n: int, seed: int = 20240630) -> list[StoredCase]:
    """Store ``n`` cases in a published demo city and give them, newest first; ``n`` is a multiple of the city's own.

    Each is one of the city's own cases, with its decision, at another time of day and month and by another collector.
    """
    own = past_cases(folder)
    import_cases(engine, Router(folder.snapshot), own, "past")
    reach = whole_district(folder.snapshot.edition.district)
    with transaction(engine) as connection:
        decided = list_cases(connection, CaseFilter(reach, limit=len(own)))
        connection.execute(text("TRUNCATE case_"))
    random = np.random.default_rng(seed)
    seconds = np.sort(random.integers(0, DAYS * 86_400, n))[::-1]
    which = random.integers(0, len(decided), n)
    status = random.choice(STATUSES, n, p=SHARES)
    collector = random.integers(0, COLLECTORS, n)
    made = [
        replace(
            decided[which[i]],
            id=UUID(bytes=random.bytes(16), version=4),
            number=f"B-{i:06d}",
            reported_at=FIRST + timedelta(seconds=int(seconds[i])),
            status=str(status[i]),
            reported_by=f"collector-{collector[i]}",
        )
        for i in range(n)
    ]
    with transaction(engine) as connection:
        ensure_months(connection, [FIRST + timedelta(days=d) for d in range(DAYS)])
    for start in range(0, n, _BATCH):
        with transaction(engine) as connection:
            write_cases(connection, made[start : start + _BATCH])
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE case_"))
    return made
