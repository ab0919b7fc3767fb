"""Cases and calendars as rows, without the services that decide them."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID, uuid5

import pytest
from sqlalchemy import Engine

from gridsvc.casework.case import append
from gridsvc.store.cases import StoredCase, write_cases
from gridsvc.store.cluster import Cluster
from gridsvc.store.engine import make_engine, transaction
from gridsvc.store.histories import write_entries
from gridsvc.store.months import ensure_months

from .calendars import Calendars

NOON = datetime(2024, 6, 12, 4, tzinfo=UTC)
_NAMES = UUID("11111111-2222-3333-4444-555555555555")
_serial = count()


def made(**changes: Any) -> StoredCase:
    """A case with believable fields; keywords replace them."""
    n = next(_serial)
    given = {
        "id": uuid5(_NAMES, str(n)), "reported_at": NOON, "number": f"240612-{n:04d}", "district": "1", "version": 1,
        "status": "reported", "source": "app", "code_scheme": "s", "category": "06010", "component": None,
        "description": None, "address": None, "accuracy_m": None, "raw": {"x": 120.0, "y": 30.0, "crs": "wgs84"},
        "areas": {}, "unit": None, "parties": (), "reported_by": "", "decision": {}, "lon": 120.0, "lat": 30.0,
    }  # fmt: skip
    return StoredCase(**(given | changes))


@pytest.fixture
def add_cases(engine: Engine) -> Callable[..., None]:
    """Store cases, each with the first entry of its history."""

    def add(*cases: StoredCase) -> None:
        entries = [append([], c.id, c.reported_at, "demo", "reported", {"n": 1}) for c in cases]
        with transaction(engine) as connection:
            ensure_months(connection, [c.reported_at for c in cases])
            write_entries(connection, entries)
            write_cases(connection, cases)

    return add


@pytest.fixture(scope="session")
def case_store(cluster: Cluster, migrated_template: str) -> Iterator[Engine]:
    """One database with a month for cases; each test takes its own back."""
    engine = make_engine(cluster.make_database("case_store", migrated_template), 2)
    with transaction(engine) as connection:
        ensure_months(connection, [NOON])
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def calendars(cluster: Cluster, migrated_template: str) -> Iterator[Engine]:
    """One database for all tests here; each has a district of its own, since nothing published ever goes away."""
    made = make_engine(cluster.make_database("tenures", migrated_template), 5)
    yield made
    made.dispose()


@pytest.fixture
def abc(calendars: Engine) -> Calendars:
    """A holds from day 1, B from day 3, and C could."""
    return Calendars(calendars, "ABC", A=1, B=3)
