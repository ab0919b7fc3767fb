"""The API describes itself completely, in OpenAPI 3.1, and its viewer comes from this house."""

import re
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest
from fastapi.testclient import TestClient

from gridsvc.api import routes
from gridsvc.api.policy import POLICY
from gridsvc.web.pages import field
from gridsvc.web.pages.console import ADDRESSES

from .test_rights_matrix import routes_of

ROUTES = [import_module(f"{routes.__name__}.{found.name}") for found in iter_modules(routes.__path__)]
HIDDEN = {"/login", "/login/oidc", "/login/oidc/callback", "/maps/heat", "/maps/heat/time",
          "/maps/choropleth", "/maps/clusters", "/sheets/{sheet}", "/docs",
          "/static/{name:path}", field.ADDRESS, field.WORKER, *ADDRESSES}  # fmt: skip


@pytest.fixture(scope="module")
def document(reader: TestClient) -> dict[str, Any]:
    return reader.get("/openapi.json").json()


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(m, p, o) for p, item in document["paths"].items() for m, o in item.items()]


def test_it_is_openapi_3_1(document: dict[str, Any]):
    assert re.fullmatch(r"3\.1\.\d+", document["openapi"])
    assert document["info"]["title"] == "gridsvc"


def test_every_route_is_documented(document: dict[str, Any]):
    served = {r.path for module in ROUTES for r in routes_of(module.router)}
    assert served - HIDDEN == set(document["paths"])


CONTRACT = {
    "/v1/editions/{code}/successors": "get",
    "/v1/route": "post", "/v1/route/batch": "post", "/v1/cases/{case}": "get", "/v1/cases/{case}/history": "get",
    "/v1/cases/{case}/decision": "get", "/v1/layers": "get", "/v1/areas": "get", "/v1/components": "get",
    "/v1/lanes": "get", "/v1/editions": "get", "/v1/rulesets/{code}": "get", "/v1/rulesets/{code}/publish": "post",
    "/v1/categories": "get", "/v1/units": "get",
    "/v1/cases/{case}/actions/decide": "post", "/health/live": "get", "/health/ready": "get",
    "/v1/attributes": "get",
}  # fmt: skip


def test_the_paths_of_the_contract_are_there(document: dict[str, Any]):
    found = {(p, m) for m, p, _ in operations(document)}
    assert {
        *CONTRACT.items(),
        ("/v1/cases", "get"),
        ("/v1/cases", "post"),
        ("/v1/rulesets", "get"),
        ("/v1/rulesets", "post"),
    } <= found


def test_every_operation_documents_its_answer(document: dict[str, Any]):
    for method, path, operation in operations(document):
        done = {status: r for status, r in operation["responses"].items() if status.startswith("2")}
        assert done, (method, path)
        assert all(r["description"] and (status == "204" or r["content"]) for status, r in done.items()), (method, path)


def test_every_operation_says_what_it_does(document: dict[str, Any]):
    assert [(m, p) for m, p, o in operations(document) if not o.get("summary") or not o.get("description")] == []


def test_every_operation_documents_its_refusals_as_problems(document: dict[str, Any]):
    for method, path, operation in operations(document):
        if path.startswith("/v1/"):
            refusals = {s: r for s, r in operation["responses"].items() if s[0] in "45"}
            assert {"401", "422"} <= set(refusals), (method, path)
            for status, refusal in refusals.items():
                assert list(refusal["content"]) == ["application/problem+json"], (method, path, status)


OPEN = {
    "/ogc",
    "/ogc/api",
    "/ogc/conformance",
    "/open311/v2/discovery.{format}",
    "/v1/login",
    "/v1/tracking/{code}",
    "/v1/tracking/{code}/rating",
    "/health/live",
    "/health/ready",
}


def test_every_operation_says_what_it_needs(document: dict[str, Any]):
    schemes = document["components"]["securitySchemes"]
    assert (schemes["key"]["type"], schemes["key"]["scheme"]) == ("http", "bearer")
    assert (schemes["session"]["in"], schemes["session"]["name"]) == ("cookie", "__Host-gridsvc")
    assert (schemes["csrf"]["in"], schemes["csrf"]["name"]) == ("header", "X-CSRF-Token")
    for method, path, operation in operations(document):
        session = {"session": []} if method == "get" else {"session": [], "csrf": []}
        assert operation.get("security") == (None if path in OPEN else [{"key": []}, session]), (method, path)
        line = POLICY[method.upper(), path]
        told = operation.get("x-permission")
        assert told == (None if line.needs in ("nobody", "anybody") else line.needs), (method, path)
        assert (told is None) or (
            f"`{told}`" in operation["description"] and "administrator" in operation["description"]
        )


def test_the_description_is_the_same_each_time(reader: TestClient, document: dict[str, Any]):
    assert reader.get("/openapi.json").json() == document


def test_the_idempotency_key_is_documented(document: dict[str, Any]):
    parameters = {p["name"].lower() for p in document["paths"]["/v1/cases"]["post"]["parameters"]}
    assert "idempotency-key" in parameters


def test_references_all_resolve(document: dict[str, Any]):
    names = re.findall(r'"#/components/schemas/([^"]+)"', str(document).replace("'", '"'))
    assert set(names) <= set(document["components"]["schemas"])


def test_the_viewer_names_no_outside_host(reader: TestClient):
    page = reader.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(links) >= 3
    assert [link for link in links if not link.startswith("/static/")] == []
    assert all(reader.get(link).status_code == 200 for link in links)


def test_the_viewers_own_script_names_no_outside_host(reader: TestClient):
    assert not re.search(r"https?://|\"//|'//", reader.get("/static/own/docs.js").text)
