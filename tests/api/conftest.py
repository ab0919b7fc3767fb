"""The application on real databases: one demo city that is only read, and one of its own for each test that writes."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any, NamedTuple

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from small_city import load_city, write_city

from gridsvc.api.app import create_app
from gridsvc.bootstrap import Folder, Router, past_cases
from gridsvc.rights import Grant
from gridsvc.services import actors, editions, keys
from gridsvc.services.intake import import_cases
from gridsvc.store.cluster import Cluster
from gridsvc.store.engine import make_engine
from tests.conftest import NOON, settings_for

from .desk import DESK_TABLES, Desk
from .doors import KEY, Doors
from .house import House, Running

_serial = count()
PAST = 300  # cases of the demo city's past that the readers see


def open_client(url: str, host: str = "127.0.0.1", **changes: Any) -> TestClient:
    """A client that calls from ``host``, as long as it is inside a ``with``."""
    app = create_app(settings_for(**changes), url, lambda: NOON)
    return TestClient(app, base_url="http://127.0.0.1:8000", client=(host, 50000), raise_server_exceptions=False)


def application(client: TestClient) -> FastAPI:
    """The application behind its outer doors."""
    found: Any = client.app
    while not isinstance(found, FastAPI):
        found = found.app
    return found


@pytest.fixture(scope="session")
def reader_url(cluster: Cluster, demo_template: str, demo: Folder, demo_router: Router) -> str:
    """Address of the demo city with some of its past cases; nobody writes there."""
    url = cluster.make_database("api_reader", demo_template)
    engine = make_engine(url, 1)
    import_cases(engine, demo_router, past_cases(demo)[:PAST], "past")
    engine.dispose()
    return url


@pytest.fixture(scope="session")
def reader(reader_url: str) -> Iterator[TestClient]:
    with open_client(reader_url) as opened:
        yield opened


class PartsOfCity(NamedTuple):
    """The demo city with past cases, and the headers of who may see all of it or a part."""

    client: TestClient
    headers: Mapping[str, Mapping[str, str]]


@pytest.fixture(scope="module")
def parts_of_city(cluster: Cluster, demo_template: str, demo: Folder, demo_router: Router) -> Iterator[PartsOfCity]:
    """Keys are needed here; a module may write what its own tests read."""
    url = cluster.make_database(f"api_parts_{next(_serial)}", demo_template)
    district = demo.snapshot.edition.district
    engine = make_engine(url, 1)
    import_cases(engine, demo_router, past_cases(demo)[:PAST], "past")
    grants = {
        "whole": Grant("viewer", district),
        "street": Grant("viewer", district, "street", "990101003"),
        "unit": Grant("viewer", district, unit="DEPT-TRAF"),
        "planner": Grant("planner", district, "street", "990101003"),
    }
    headers = {}
    for name, given in grants.items():
        actors.add_actor(engine, name, "test", NOON)
        actors.grant(engine, name, given, "test", NOON)
        headers[name] = {"Authorization": f"Bearer {keys.add_key(engine, name, 'k', 'test', NOON)[1]}"}
    engine.dispose()
    with open_client(url, open_access=False) as client:
        yield PartsOfCity(client, headers)


@pytest.fixture(scope="session")
def small_template(cluster: Cluster, migrated_template: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Name of a database in which two editions of the small city follow each other; S2 holds at noon."""
    engine = make_engine(cluster.make_database("template_small", migrated_template), 1)
    for code, start in (("S1", NOON - timedelta(days=90)), ("S2", NOON - timedelta(days=30))):
        load_city(engine, write_city(tmp_path_factory.mktemp(code), edition=code))
        editions.publish(engine, code, NOON, start)
    engine.dispose()
    return "template_small"


@pytest.fixture
def writer(cluster: Cluster, small_template: str) -> Iterator[TestClient]:
    """A client of a small city of this test's own."""
    with open_client(cluster.make_database(f"api_{next(_serial)}", small_template)) as opened:
        yield opened


@pytest.fixture(scope="module")
def untouched(cluster: Cluster, small_template: str) -> Iterator[TestClient]:
    """A client of a small city in which a module's refusals, one after the other, leave nothing."""
    with open_client(cluster.make_database(f"api_{next(_serial)}", small_template)) as opened:
        yield opened


@pytest.fixture
def house(cluster: Cluster, small_template: str) -> Iterator[House]:
    """A small city of this test's own, open to nobody without a key or a session."""
    with House(cluster.make_database(f"house_{next(_serial)}", small_template)) as opened:
        yield opened


@pytest.fixture(scope="module")
def quiet_house(cluster: Cluster, small_template: str) -> Iterator[House]:
    """A small city for the tests of one module that leave each other's actors alone."""
    with House(cluster.make_database(f"house_{next(_serial)}", small_template)) as opened:
        yield opened


@pytest.fixture(scope="session")
def desk_template(cluster: Cluster, migrated_template: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Name of a database in which a small city is published that has something for the desk."""
    engine = make_engine(cluster.make_database("template_desk", migrated_template), 1)
    load_city(engine, write_city(tmp_path_factory.mktemp("desk"), tables=DESK_TABLES))
    editions.publish(engine, "S1", NOON)
    engine.dispose()
    return "template_desk"


@pytest.fixture
def desk(cluster: Cluster, desk_template: str) -> Iterator[Desk]:
    """That city, of this test's own."""
    with House(cluster.make_database(f"desk_{next(_serial)}", desk_template)) as opened:
        yield Desk(opened)


@pytest.fixture
def running_desk(cluster: Cluster, desk_template: str) -> Iterator[Desk]:
    """That city, of this test's own, at the time that it is."""
    with House(cluster.make_database(f"desk_{next(_serial)}", desk_template), Running()) as opened:
        yield Desk(opened)


BODY = {"point": {"x": 120.005, "y": 30.005, "crs": "wgs84"}, "category": "06010", "source": "app"}
Post = Callable[..., Any]


def report(client: TestClient, key: str | None = "k", **changes: Any) -> Any:
    """Report a case to the small city; keywords replace fields of the body."""
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post("/v1/cases", json=BODY | changes, headers=headers)


@pytest.fixture
def post_case(writer: TestClient) -> Post:
    """Report a case to the small city of this test."""
    return partial(report, writer)


def fields(response: Any) -> list[str]:
    """Names of the fields that a problem complains about."""
    return [e["field"] for e in response.json()["errors"]]


@pytest.fixture(scope="module")
def doors(reader_url: str) -> Iterator[Doors]:
    with ExitStack() as stack:
        yield Doors(reader_url, stack)


@pytest.fixture(scope="module")
def locked_doors(reader_url: str) -> Iterator[Doors]:
    with ExitStack() as stack:
        yield Doors(reader_url, stack, open_access=False, admin_key=KEY)
