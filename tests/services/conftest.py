"""The small city with its router, and a database with the schema; no edition is needed to take cases in."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from argon2 import PasswordHasher
from small_city import IN_A, ODOUR, write_city
from sqlalchemy import Engine

from gridsvc.bootstrap import Router
from gridsvc.casework.case import NewCase
from gridsvc.rights import whole_district
from gridsvc.services import sessions
from gridsvc.services.intake import report_case
from gridsvc.services.once import hash_body
from gridsvc.values import Point

NOW = datetime(2024, 6, 12, 4, tzinfo=UTC)
Answer = Mapping[str, Any]
CITY = whole_district("990999")


@pytest.fixture(scope="session")
def router(tmp_path_factory: pytest.TempPathFactory) -> Router:
    return Router.from_folder(write_city(tmp_path_factory.mktemp("small")))


def new_case(**changes: Any) -> NewCase:
    """A report of an odour in grid A; keywords replace what it says."""
    raw = {"x": IN_A[0], "y": IN_A[1], "crs": "wgs84"}
    return NewCase(**({"point": Point(*IN_A), "raw": raw, "category": ODOUR, "source": "app"} | changes))


@pytest.fixture
def report(engine: Engine, router: Router) -> Callable[..., Answer]:
    """Report one case under a key."""

    def reported(key: str, at: datetime = NOW, actor: str = "demo", **changes: Any) -> Answer:
        body_hash = hash_body({k: str(v) for k, v in changes.items()})
        return report_case(engine, router, new_case(**changes), actor, key, body_hash, at)

    return reported


@pytest.fixture
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Argon2 as it is, but with the least memory and one round: tests of many attempts need not wait for it."""
    monkeypatch.setattr(sessions, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    sessions._nobodys.cache_clear()
    yield
    sessions._nobodys.cache_clear()
