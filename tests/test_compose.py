"""The compose file: well-formed by its specification, open to this machine only, and without secrets."""

import re
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
COMPOSE = ROOT / "docker-compose.yml"


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return YAML(typ="safe").load(COMPOSE)["services"]


def test_file_follows_the_compose_specification() -> None:
    order = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE)]
    done = subprocess.run(order, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_only_the_service_and_its_proxy_have_a_port_and_only_on_loopback(services: dict[str, Any]) -> None:
    ports = {name: s["ports"] for name, s in services.items() if "ports" in s}
    assert ports == {"gridsvc": ["127.0.0.1:8000:8000"], "front": ["127.0.0.1:8080:8080"]}


def test_database_cannot_be_reached_by_network(services: dict[str, Any]) -> None:
    assert services["db"]["network_mode"] == services["pgbouncer"]["network_mode"] == "none"
    assert "socket:/var/run/postgresql" in services["db"]["volumes"]
    assert "socket:/var/run/postgresql:ro" in services["gridsvc"]["volumes"]


def test_every_service_is_watched_and_reaps_its_children(services: dict[str, Any]) -> None:
    for service in services.values():
        assert service["healthcheck"]["test"][0] == "CMD"
        assert service["init"] is True
        assert service["read_only"] is True


def test_service_waits_for_a_healthy_database_and_migrates_before_it_serves(services: dict[str, Any]) -> None:
    assert services["gridsvc"]["depends_on"] == {"db": {"condition": "service_healthy"}}
    # The image's own command: `serve` brings the schema up to date before it opens its port.
    assert "command" not in services["gridsvc"]
    assert '"gridsvc", "serve", "--host", "0.0.0.0"' in (ROOT / "Dockerfile").read_text()


def test_replicas_are_alike_and_come_only_if_asked_for(services: dict[str, Any]) -> None:
    asked_for = {name for name, s in services.items() if s.get("profiles") == ["replicas"]}
    assert asked_for == {"replica-0", "replica-1", "front", "pgbouncer"}
    assert services["replica-0"] == services["replica-1"]
    assert {key: value for key, value in services["front"]["environment"].items() if key != "FRONT"} == {
        "REPLICA_0": "replica-0:8000", "REPLICA_1": "replica-1:8000",
    }  # fmt: skip


def test_every_setting_that_is_given_is_one_that_the_service_reads(services: dict[str, Any]) -> None:
    read = set(re.findall(r"\bGRIDSVC_[A-Z0-9_]+", (ROOT / "gridsvc" / "settings.py").read_text()))
    for name, service in services.items():
        given = {key for key in service.get("environment", {}) if key.startswith("GRIDSVC_")}
        assert given <= read, name


def test_replicas_ask_the_pooler_where_it_listens(services: dict[str, Any]) -> None:
    pool = ConfigParser(inline_comment_prefixes=(";",))
    pool.read(ROOT / "docker" / "pgbouncer" / "pgbouncer.ini")
    told = dict(pool["pgbouncer"])
    assert told["pool_mode"] == "transaction"
    asked = services["replica-0"]["environment"]["GRIDSVC_POOLER_URL"]
    assert asked.endswith(f"?host={told['unix_socket_dir']}&port={told['listen_port']}}}")
    assert "port=" not in services["replica-0"]["environment"]["GRIDSVC_DATABASE_URL"]


def test_files_hold_no_secret() -> None:
    for file in [COMPOSE, ROOT / "Dockerfile", *(p for p in (ROOT / "docker").rglob("*") if p.is_file())]:
        for line in file.read_text().splitlines():
            # A secret may come from the environment only, and without a value to fall back on.
            value = re.match(r"\s*\w*(?:PASSWORD|SECRET|TOKEN|_KEY)\w*\s*[:=]\s*(\S+)", line, re.IGNORECASE)
            assert value is None or re.fullmatch(r"\$\{\w+:[-?]\}", value[1]), f"{file.name}: {line}"
        assert not re.search(r"://[^\s/@:]+:[^\s@]+@", file.read_text()), f"{file.name} has a password in an address"


def test_everything_an_image_copies_is_let_through() -> None:
    let_through = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    missing = [name for name in let_through if not (ROOT / name).exists()]
    assert not missing
    for needed in ("pyproject.toml", "constraints.txt", "hatch_build.py", "LICENSE", "README.md"):
        assert needed in let_through
