"""Real PostGIS for tests: one throw-away server a run, migrated once, copied for each test that writes."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from gridsvc.api.app import create_app
from gridsvc.bootstrap import Folder, read_all
from gridsvc.carried import carried
from gridsvc.errors import Unavailable
from gridsvc.router import Router
from gridsvc.services import editions
from gridsvc.settings import Settings
from gridsvc.spatial.compiler import compiled_kernel
from gridsvc.spatial.topology import check_edition
from gridsvc.store import migrate
from gridsvc.store.cluster import Cluster
from gridsvc.store.engine import make_engine
from gridsvc.store.throwaway import throwaway_cluster
from tests.turns import ByGroups, in_groups, turn

ALL = os.environ.get("GRIDSVC_TEST_ALL") == "1"
NOON = datetime(2024, 6, 12, 4, 0, tzinfo=UTC)  # a Wednesday, 12:00 in Shanghai
_serial = count()
# Where applications of this run keep what they are sent; gone with it.
STATE = Path(tempfile.mkdtemp(prefix="gridsvc-t-"))
atexit.register(shutil.rmtree, STATE, ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    in_groups(items)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByGroups:
    return ByGroups(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    with turn(alone=item.get_closest_marker("alone") is not None):
        return (yield)


def without(what: str) -> None:
    """Skip a test whose real part is not here; under ``./run test --all`` that is a failure."""
    if ALL:
        pytest.fail(f"{what} is missing, and ./run test --all needs it")
    pytest.skip(f"{what} is missing")


@pytest.fixture(scope="session")
def numba() -> None:
    """What is tested only where the compiled way is there."""
    if compiled_kernel() is None:
        without("numba")


@pytest.fixture(scope="session", params=[True, False], ids=["compiled", "numpy"])
def compiled(request: pytest.FixtureRequest) -> bool:
    """Both ways through the index: compiled by numba, and by numpy alone."""
    if request.param:
        request.getfixturevalue("numba")
    return request.param


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real cities beside the checkout. Where CI has it, its absence is a failure."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        if ALL and os.environ.get("CI") == "true" and folder.parent.exists():
            pytest.fail(f"{folder} is missing, and CI has it")
        pytest.skip("../shared/data (real cities) is not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    try:
        with throwaway_cluster() as running:
            yield running
    except Unavailable as e:
        pytest.fail(f"PostGIS cannot be started: {e.en}")


@pytest.fixture(scope="session")
def migrated_template(cluster: Cluster) -> str:
    """Name of a database that has the newest schema and nothing else; nobody stays connected to it."""
    engine = make_engine(cluster.make_database("template_migrated"), 1)
    migrate.upgrade(engine)
    engine.dispose()
    return "template_migrated"


@pytest.fixture(scope="session")
def demo() -> Folder:
    """The demo city as read from its folder."""
    return read_all(carried("boundaries"))


@pytest.fixture(scope="session")
def demo_router(demo: Folder) -> Router:
    return Router(demo.snapshot)


@pytest.fixture(scope="session")
def demo_template(cluster: Cluster, migrated_template: str, demo: Folder) -> str:
    """Name of a database in which the demo city is published, without cases."""
    engine = make_engine(cluster.make_database("template_demo", migrated_template), 1)
    editions.load(engine, demo.snapshot, demo.tables, check_edition(demo.snapshot.edition))
    editions.publish(engine, demo.snapshot.edition.code, NOON)
    engine.dispose()
    return "template_demo"


@pytest.fixture
def empty_url(cluster: Cluster, migrated_template: str) -> str:
    """Address of a database of this test's own: newest schema, no rows."""
    return cluster.make_database(f"empty_{next(_serial)}", migrated_template)


@pytest.fixture
def demo_url(cluster: Cluster, demo_template: str) -> str:
    """Address of a database of this test's own in which the demo city is published."""
    return cluster.make_database(f"demo_{next(_serial)}", demo_template)


@pytest.fixture
def engine(empty_url: str) -> Iterator[Engine]:
    made = make_engine(empty_url, 5)
    yield made
    made.dispose()


@pytest.fixture
def demo_engine(demo_url: str) -> Iterator[Engine]:
    made = make_engine(demo_url, 5)
    yield made
    made.dispose()


def settings_for(**changes: object) -> Settings:
    given = {
        "database_url": None, "state_dir": STATE, "pg_bin": None, "open_access": True,
        "admin_key": None, "lang": "zh", "district": None, "pool_size": 8, "statement_timeout_s": 30.0,
        "rate_per_s": 1e6,
        "trusted_proxies": ("127.0.0.1/32",),
    }  # fmt: skip
    return Settings(**(given | changes))


@pytest.fixture
def make_client() -> Iterator[Callable[..., TestClient]]:
    """Make a client of an application on a database; it calls from loopback unless told otherwise."""
    opened: list[TestClient] = []

    def make(url: str, *, host: str = "127.0.0.1", now: Callable[[], datetime] = lambda: NOON, **changes: object):
        app = create_app(settings_for(**changes), url, now)
        client = TestClient(app, base_url="http://127.0.0.1:8000", client=(host, 50000), raise_server_exceptions=False)
        client.__enter__()
        opened.append(client)
        return client

    yield make
    for client in opened:
        client.__exit__(None, None, None)


@pytest.fixture
def client(make_client: Callable[..., TestClient], demo_url: str) -> TestClient:
    """A client of the demo city, as ``./run demo`` serves it, at noon of 12 June 2024."""
    return make_client(demo_url)


def count_rows(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        return connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
