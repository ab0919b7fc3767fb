"""The demo city as ``gridsvc demo --once`` leaves it, made once for all tests that look at it."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from subprocess import CompletedProcess

import pytest

from .installation import Installation


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
