"""The example for Kubernetes: well-formed by its fields, true to the service that it starts, and without secrets."""

import json
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from ruamel.yaml import YAML

from gridsvc.api.routes.health import router
from gridsvc.cli.main import app
from gridsvc.settings import Settings

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "tools" / "kubernetes" / "gridsvc.yaml"
DOCKERFILE = (ROOT / "Dockerfile").read_text()


@pytest.fixture(scope="module")
def objects() -> dict[str, Any]:
    return {told["kind"]: told for told in YAML(typ="safe").load_all(EXAMPLE)}


@pytest.fixture(scope="module")
def schema() -> Draft7Validator:
    return Draft7Validator(json.loads(EXAMPLE.with_name("schema.json").read_text()))


def pod(told: Any) -> Any:
    return told["spec"]["template"]["spec"]


def container(told: Any) -> Any:
    (only,) = pod(told)["containers"]
    return only


def test_every_object_has_the_fields_of_its_kind_and_no_others(objects: dict[str, Any], schema: Draft7Validator):
    assert list(objects) == ["Job", "Deployment", "Service", "PodDisruptionBudget"]
    assert [error.message for told in objects.values() for error in schema.iter_errors(told)] == []


@pytest.mark.parametrize(("was", "becomes"), [("readinessProbe", "readynessProbe"), ("image", "imagine")])
def test_a_misspelt_field_is_found(objects: dict[str, Any], schema: Draft7Validator, was: str, becomes: str):
    wrong = deepcopy(objects["Deployment"])
    container(wrong)[becomes] = container(wrong).pop(was)
    assert becomes in "".join(error.message for error in schema.iter_errors(wrong))


def test_probes_ask_what_the_service_answers_without_a_key(objects: dict[str, Any]):
    served = {route.path for route in router.routes}
    one = container(objects["Deployment"])
    asked = {name: one[name]["httpGet"]["path"] for name in ("startupProbe", "livenessProbe", "readinessProbe")}
    assert set(asked.values()) <= served
    # A database that is away is no reason to start anew.
    assert [asked["livenessProbe"], asked["readinessProbe"]] == ["/health/live", "/health/ready"]
    assert {one[name]["httpGet"]["port"] for name in asked} == {port["name"] for port in one["ports"]}


def test_the_port_is_that_of_the_image_and_the_service_leads_to_it(objects: dict[str, Any]):
    (port,) = container(objects["Deployment"])["ports"]
    assert f'"--port", "{port["containerPort"]}"' in DOCKERFILE
    (led,) = objects["Service"]["spec"]["ports"]
    assert led["targetPort"] == port["name"]


def test_only_replicas_are_asked_and_two_are_there(objects: dict[str, Any]):
    chosen = objects["Service"]["spec"]["selector"]
    labels = {kind: objects[kind]["spec"]["template"]["metadata"]["labels"] for kind in ("Job", "Deployment")}
    assert [chosen.items() <= labels[kind].items() for kind in ("Deployment", "Job")] == [True, False]
    assert objects["Deployment"]["spec"]["selector"]["matchLabels"].items() <= labels["Deployment"].items()
    assert objects["Deployment"]["spec"]["replicas"] == 2


@pytest.mark.parametrize("kind", ["Job", "Deployment"])
def test_settings_exist_and_secrets_come_by_reference(objects: dict[str, Any], kind: str):
    given = {setting["name"]: setting for setting in container(objects[kind])["env"]}
    read = set(re.findall(r"\bGRIDSVC_[A-Z0-9_]+", (ROOT / "gridsvc" / "settings.py").read_text()))
    assert given.keys() <= read
    for name, setting in given.items():
        if re.search(r"KEY|SECRET|PASSWORD|DATABASE_URL|POOLER_URL", name):
            assert "value" not in setting, name
            assert set(setting["valueFrom"]) == {"secretKeyRef"}


def test_the_values_that_stand_there_are_taken(objects: dict[str, Any]):
    env = {s["name"]: s.get("value", "postgresql:///gridsvc") for s in container(objects["Deployment"])["env"]}
    read = Settings.from_env(env)
    assert read.bucket is not None
    assert read.pooler_url == read.database_url


@pytest.mark.parametrize("kind", ["Job", "Deployment"])
def test_nothing_runs_as_root_or_writes_beyond_its_folders(objects: dict[str, Any], kind: str):
    runs = pod(objects[kind])
    assert runs["securityContext"]["runAsNonRoot"] is True
    assert f"--uid {runs['securityContext']['runAsUser']} " in DOCKERFILE
    assert runs["automountServiceAccountToken"] is False
    closed = container(objects[kind])["securityContext"]
    assert closed["readOnlyRootFilesystem"] is True
    assert closed["allowPrivilegeEscalation"] is False
    assert closed["capabilities"] == {"drop": ["ALL"]}
    mounted = {place["name"]: place["mountPath"] for place in container(objects[kind])["volumeMounts"]}
    assert set(mounted) == {room["name"] for room in runs["volumes"]}
    assert f"GRIDSVC_STATE_DIR={mounted['state']}" in DOCKERFILE
    assert "memory" in container(objects[kind])["resources"]["limits"]


def test_the_schema_is_brought_up_to_date_by_a_command_that_exists(objects: dict[str, Any]):
    program, command = container(objects["Job"])["args"]
    assert program == "gridsvc"
    assert command in {known.name for known in app.registered_commands}
