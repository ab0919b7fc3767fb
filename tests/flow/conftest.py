"""The demo city as ``gridsvc demo --once`` leaves it, made once; and a small city in which cases live."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from small_city import load_city, write_city

from gridsvc.services import editions
from gridsvc.store.cluster import Cluster
from gridsvc.store.engine import make_engine
from tests.api.house import House, Running
from tests.conftest import NOON

from .installation import Installation
from .living import CITY, Living

_serial = count()


@dataclass(frozen=True)
class DemoRun:
    """One run of the demo: what it said, how long it took, and whether its database still runs."""

    done: CompletedProcess[str]
    seconds: float
    status_after: int


def run_demo(installation: Installation) -> DemoRun:
    began = time.monotonic()
    done = installation.run("demo", "--once", timeout_s=300)
    return DemoRun(done, time.monotonic() - began, installation.run("status").returncode)


@pytest.fixture(scope="package")
def demo_run() -> Iterator[tuple[Installation, DemoRun]]:
    installation = Installation()
    try:
        yield installation, run_demo(installation)
    finally:
        installation.remove()


@pytest.fixture(scope="session")
def living_template(cluster: Cluster, migrated_template: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Name of a database in which the city of this file is published."""

    engine = make_engine(cluster.make_database("template_living", migrated_template), 1)
    folder: Path = write_city(tmp_path_factory.mktemp("living"), tables=CITY)
    load_city(engine, folder)
    editions.publish(engine, "S1", NOON)
    engine.dispose()
    return "template_living"


@pytest.fixture
def city(cluster: Cluster, living_template: str) -> Iterator[Living]:
    """That city, of this test's own, at noon until the test lets time go on."""
    with House(cluster.make_database(f"living_{next(_serial)}", living_template)) as opened:
        yield Living(opened)


@pytest.fixture
def running_city(cluster: Cluster, living_template: str) -> Iterator[Living]:
    """That city, at the time that it is: what is published holds from now on."""
    with House(cluster.make_database(f"living_{next(_serial)}", living_template), Running()) as opened:
        yield Living(opened)
