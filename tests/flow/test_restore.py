"""A city is lost with its disk and comes back as of an instant: every acknowledged case until then, none after it."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from gridsvc.carried import carried
from gridsvc.store.engine import make_engine
from gridsvc.store.tables import case

from .installation import Installation, ask

pytestmark = pytest.mark.slow

POINT = {"x": 120.22, "y": 30.318, "crs": "wgs84"}


@dataclass
class Lost:
    """A city with a backup, and what was acknowledged before it, between it and ``instant``, and after that."""

    installation: Installation
    folder: Path
    before: set[str]
    between: set[str]
    instant: datetime
    after: set[str]


def report(installation: Installation, name: str, n: int) -> set[str]:
    numbers = set()
    for i in range(n):
        body: Any = {"point": POINT, "category": "06010", "source": "app", "description": f"{name} {i}"}
        status, answer = ask(installation.port, "POST", "/v1/cases", body, f"{name}-{i}")
        assert status == 201, answer
        numbers.add(answer["number"])
    return numbers


def numbers_of(installation: Installation) -> set[str]:
    engine = make_engine(installation.cluster.url(), 1)
    try:
        with engine.connect() as connection:
            return set(connection.execute(select(case.c.number)).scalars())
    finally:
        engine.dispose()


@pytest.fixture(scope="module")
def lost() -> Iterator[Lost]:
    installation = Installation()
    try:
        installation.must("boundaries", "load", str(carried("boundaries")))
        installation.must("boundaries", "publish", "2023-1")
        installation.serve()
        installation.wait_until_ready()
        folder = installation.home / "backup of the city's 100 %"
        before = report(installation, "before", 5)
        first = json.loads(installation.must("backup", str(folder), "--json"))
        assert first["bytes"] > 1_000_000
        between = report(installation, "between", 7)
        time.sleep(0.01)
        instant = datetime.now(UTC)
        time.sleep(0.01)
        after = report(installation, "after", 3)
        # The second base brings the end of the log along; a disk that is lost sooner costs a minute at most.
        installation.must("backup", str(folder))
        installation.kill_service()
        installation.kill_postmaster()
        shutil.rmtree(installation.cluster.data_dir)
        yield Lost(installation, folder, before, between, instant, after)
    finally:
        installation.remove()


@pytest.fixture
def empty(lost: Lost) -> Iterator[Installation]:
    """The installation without any data, as on a new disk."""
    yield lost.installation
    lost.installation.cluster.stop()
    shutil.rmtree(lost.installation.cluster.data_dir, ignore_errors=True)


def restored(lost: Lost, *arguments: str) -> dict[str, Any]:
    return json.loads(lost.installation.must("restore", str(lost.folder), "--json", *arguments))


def test_an_instant_between_two_backups_comes_back_exactly(lost: Lost, empty: Installation):
    told = restored(lost, "--until", lost.instant.isoformat())
    assert told["flaws"] == 0
    assert numbers_of(empty) == lost.before | lost.between


def test_without_an_instant_everything_comes_back_and_work_goes_on(lost: Lost, empty: Installation):
    assert restored(lost)["flaws"] == 0
    assert numbers_of(empty) == lost.before | lost.between | lost.after
    empty.serve()
    empty.wait_until_ready()
    # An acknowledged report that is sent once more is still the same case.
    assert report(empty, "after", 3) == lost.after
    new = report(empty, "new", 1)
    assert new.isdisjoint(lost.before | lost.between | lost.after)
    empty.kill_service()


def test_a_restored_city_is_backed_up_like_any_other(lost: Lost, empty: Installation):
    restored(lost)
    other = empty.home / "other"
    told = [json.loads(empty.must("backup", str(other), "--keep", "1", "--json")) for _ in range(2)]
    assert told[0]["pruned"] == []
    assert [len(list((other / "base").iterdir())), told[1]["pruned"]] == [1, [told[0]["base"]]]


def test_an_instant_before_the_first_backup_is_refused_by_name(lost: Lost, empty: Installation):
    done = empty.run("restore", str(lost.folder), "--until", "2024-01-01T00:00:00+08:00")
    assert done.returncode == 2
    assert "can be reached" in done.stderr
    assert not empty.cluster.data_dir.exists()


def test_an_instant_that_has_not_come_yet_is_refused_and_leaves_nothing(lost: Lost, empty: Installation):
    done = empty.run("restore", str(lost.folder), "--until", "2099-01-01T00:00:00+08:00")
    assert done.returncode == 3
    assert "recovery target" in done.stderr
    assert not empty.cluster.data_dir.exists()


def test_a_damaged_backup_is_refused_and_leaves_nothing(lost: Lost, empty: Installation):
    damaged = empty.home / "damaged"
    subprocess.run(["cp", "-a", lost.folder, damaged], check=True)
    last = max((damaged / "base").iterdir())
    victim = max(last.glob("base/*/*"), key=lambda f: f.stat().st_size)
    with victim.open("r+b") as file:
        file.seek(8192)
        file.write(b"not what was there")
    done = empty.run("restore", str(damaged))
    shutil.rmtree(damaged)
    assert done.returncode == 3
    assert victim.name in done.stderr
    assert not empty.cluster.data_dir.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has files that its server's user cannot read")
def test_a_backup_that_the_server_cannot_read_is_refused_with_the_way_to_mend_it(lost: Lost, empty: Installation):
    brought = empty.home / "brought from elsewhere"
    shutil.copytree(lost.folder, brought)
    done = empty.run("restore", str(brought))
    shutil.rmtree(brought)
    assert done.returncode == 2
    assert "chown -R postgres" in done.stderr
    assert not empty.cluster.data_dir.exists()


def test_nothing_is_ever_overwritten(lost: Lost, empty: Installation):
    restored(lost)
    done = empty.run("restore", str(lost.folder))
    assert done.returncode == 2
    assert "there is a database here" in done.stderr
    assert numbers_of(empty) == lost.before | lost.between | lost.after


def test_a_folder_without_a_backup_is_refused(empty: Installation):
    done = empty.run("restore", str(empty.home / "nothing"))
    assert done.returncode == 2
    assert "gridsvc backup wrote" in done.stderr


def test_a_database_of_the_citys_own_is_not_ours_to_back_up(empty: Installation):
    empty.environment["GRIDSVC_DATABASE_URL"] = "postgresql:///elsewhere"
    try:
        done = empty.run("backup", str(empty.home / "nothing"))
    finally:
        del empty.environment["GRIDSVC_DATABASE_URL"]
    assert done.returncode == 2
    assert "private database" in done.stderr
