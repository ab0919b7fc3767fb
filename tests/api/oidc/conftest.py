"""A small city with a provider that says what a test wants, two of whose subjects are actors here."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from gridsvc import settings
from gridsvc.api.app import create_app
from gridsvc.rights import Grant
from gridsvc.services.actors import add_actor, end_actor, grant
from gridsvc.store.cluster import Cluster
from gridsvc.store.engine import make_engine
from tests.conftest import settings_for

from .issuer import AUDIENCE, CLIENT, Issuer, issuing

HOME = "https://127.0.0.1:8000"
DISTRICT = "990999"
_serial = count()


class Clock:
    """The application's instant: the real one, as tokens are dated by it, and later where a test says so."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture(scope="module")
def url(cluster: Cluster, small_template: str) -> str:
    return cluster.make_database(f"oidc_{next(_serial)}", small_template)


@pytest.fixture(scope="module")
def engine(url: str) -> Iterator[Engine]:
    made = make_engine(url, 2)
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def _issuer(engine: Engine) -> Iterator[Issuer]:
    """The provider, two of whose subjects are actors here: one of them looks at maps, the other has left."""
    with issuing() as running:
        now = datetime.now(UTC)
        add_actor(engine, "zhangwei", "test", now, subject=(running.address, "zhang.wei"))
        grant(engine, "zhangwei", Grant("viewer", DISTRICT), "test", now)
        add_actor(engine, "lina", "test", now, subject=(running.address, "li.na"))
        end_actor(engine, "lina", "test", now)
        add_actor(engine, "elsewhere", "test", now, subject=("https://elsewhere.example", "wang.fang"))
        yield running


@pytest.fixture
def issuer(_issuer: Issuer) -> Iterator[Issuer]:
    """The provider; whatever a test changes of it is as before afterwards."""
    kept = _issuer.discovery.copy()
    yield _issuer
    _issuer.discovery = kept


@pytest.fixture
def clock() -> Clock:
    return Clock()


def open_app(url: str, issuer_address: str | None, clock: Callable[[], datetime], **changes: Any) -> TestClient:
    provider = settings.Provider(issuer_address, CLIENT, "secret", AUDIENCE) if issuer_address else None
    given = {"open_access": False, "provider": provider} | changes
    return TestClient(create_app(settings_for(**given), url, clock), base_url=HOME, follow_redirects=False)


@pytest.fixture
def app(url: str, issuer: Issuer, clock: Clock) -> Iterator[TestClient]:
    with open_app(url, issuer.address, clock) as opened:
        yield opened


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
