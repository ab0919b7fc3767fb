"""``up``, ``down``, ``status`` and ``serve``: the private cluster from nothing, and a port that is taken."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from small_city import SOUND, write_city

from .conftest import Done

Run = Callable[..., Done]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_up_brings_the_schema_of_a_database_of_ones_own_up_to_date(run: Run, cluster, request: pytest.FixtureRequest):
    url = cluster.make_database("cli_up")
    done = run("up", GRIDSVC_DATABASE_URL=url)
    assert (done.code, "ready" in done.out) == (0, True)
    assert run("status", GRIDSVC_DATABASE_URL=url).code == 0


def test_status_hides_the_password(run: Run, database: str):
    with_password = database.replace("gridsvc@/", "gridsvc:s3cret@/")
    done = run("status", GRIDSVC_DATABASE_URL=with_password)
    assert done.code == 0
    assert "s3cret" not in done.out + done.err


def test_down_does_not_touch_a_database_of_ones_own(run: Run, database: str):
    assert run("down").code == 0
    assert run("status").code == 0


def test_down_without_a_cluster_is_no_mistake(run: Run, tmp_path: Path):
    assert run("down").code == 0
    assert not (tmp_path / "state").exists()


def test_status_without_a_cluster_makes_none(run: Run, tmp_path: Path):
    assert run("status").code == 3
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("command", [["serve"], ["demo"]])
def test_a_port_that_is_taken_is_refused_by_its_name(run: Run, tmp_path: Path, command: list[str]):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run(*command, "--port", port)
    assert done.code == 2
    assert str(port) in done.err
    assert "--port" in done.err
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_a_port_that_is_none_is_refused(run: Run, port: str):
    assert run("serve", "--port", port).code == 2


def test_an_address_that_is_not_ours_is_refused(run: Run):
    done = run("serve", "--host", "192.0.2.1", "--port", "8000")
    assert done.code == 2
    assert "192.0.2.1" in done.err


@pytest.mark.parametrize("command", ["serve", "demo"])
@pytest.mark.parametrize("host", ["0.0.0.0", "::", ""])
def test_open_access_is_never_offered_to_other_machines(run: Run, tmp_path: Path, command: str, host: str):
    done = run(command, "--host", host, "--port", free_port(), GRIDSVC_OPEN="1")
    assert done.code == 2
    assert "GRIDSVC_OPEN" in done.err
    assert "--host" in done.err
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize(
    ("host", "warned"), [("0.0.0.0", True), ("127.0.0.1", False), ("127.0.0.2", False), ("localhost", False)]
)
def test_plain_http_for_other_machines_is_warned_of(run: Run, host: str, warned: bool):
    nowhere = "postgresql://u@127.0.0.1:1/d"
    done = run("serve", "--host", host, "--port", free_port(), GRIDSVC_DATABASE_URL=nowhere)
    assert done.code == 3
    assert ("plain HTTP" in done.err) == warned


def test_secrets_of_the_settings_are_never_told(run: Run, tmp_path: Path):
    address = tmp_path / "address"
    address.write_text("postgresql://u:s3cret@127.0.0.1:1/d\n")
    for command in ("serve", "up", "status"):
        done = run(command, GRIDSVC_DATABASE_URL_FILE=str(address), GRIDSVC_ADMIN_KEY="s3cret")
        assert done.code in (2, 3)
        assert "s3cret" not in done.out + done.err


@pytest.mark.slow
def test_the_private_cluster_from_nothing_to_stopped(open_dir: Path):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GRIDSVC_")}
    environment |= {"GRIDSVC_STATE_DIR": str(open_dir / "state"), "GRIDSVC_LANG": "en"}

    def gridsvc(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "gridsvc", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)

    folder = str(write_city(open_dir / "city", tables=SOUND))
    try:
        for command, code in [
            (("status",), 3),
            (("up",), 0),
            (("status",), 0),
            (("up",), 0),
            (("boundaries", "load", folder), 0),
            (("down",), 0),
            (("status",), 3),
            (("down",), 0),
            (("boundaries", "publish", "S1"), 0),  # starts it again by itself
            (("status",), 0),
        ]:
            done = gridsvc(*command)
            assert done.returncode == code, (command, done.stdout, done.stderr)
    finally:
        gridsvc("down")
