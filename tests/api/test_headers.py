"""What every answer tells browsers, whoever gives it: the hot way, a route, a page, a file, a refusal, the guard."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from gridsvc.api.headers import completed

from .conftest import BODY, open_client

DATA = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
PAGE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "SAMEORIGIN",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
ROUTE = {"point": BODY["point"]}
Ask = Callable[[TestClient], Any]
ANSWERS: dict[str, tuple[Ask, int]] = {
    "the hot way": (lambda c: c.post("/v1/route", json=ROUTE), 200),
    "the ordinary way": (lambda c: c.post("/v1/route?explain=none&explain=full", json=ROUTE), 200),
    "a batch": (lambda c: c.post("/v1/route/batch", json={"x": [], "y": [], "crs": "wgs84"}), 200),
    "cases": (lambda c: c.get("/v1/cases"), 200),
    "areas": (lambda c: c.get("/v1/areas?layer=street"), 200),
    "no such case": (lambda c: c.get("/v1/cases/x"), 404),
    "no such address": (lambda c: c.get("/nothing"), 404),
    "a wrong method": (lambda c: c.put("/v1/cases"), 405),
    "not JSON": (lambda c: c.post("/v1/route", content=b"{"), 422),
    "too large": (lambda c: c.post("/v1/route", content=b" " * 2_000_000), 413),
    "NUL": (lambda c: c.get("/v1/cases?unit=%00"), 400),
    "the description": (lambda c: c.get("/openapi.json"), 200),
}


@pytest.mark.parametrize(("ask", "status"), ANSWERS.values(), ids=ANSWERS)
def test_data_stays_data(reader: TestClient, ask: Ask, status: int):
    answer = ask(reader)
    assert answer.status_code == status, answer.text
    assert DATA.items() <= dict(answer.headers).items()
    assert "strict-transport-security" not in answer.headers


def test_a_mistake_of_the_house_is_no_exception(reader_url: str):
    with open_client(reader_url) as client:
        client.app.parts.engine.dispose()
        object.__setattr__(client.app.parts, "engine", None)
        broken = client.get("/v1/cases")
    assert broken.status_code == 500
    assert DATA.items() <= dict(broken.headers).items()


def test_a_page_keeps_its_own_policy_and_gets_the_rest(reader: TestClient):
    docs = reader.get("/docs")
    assert PAGE.items() <= dict(docs.headers).items()
    assert "script-src 'self'" in docs.headers["content-security-policy"]
    assert "geolocation=(self)" in docs.headers["permissions-policy"]
    assert "camera=(self)" in docs.headers["permissions-policy"]


def test_a_sandboxed_page_can_be_opened(reader: TestClient):
    """Browsers refuse a page with both a sandbox and a policy for who opened it."""
    heat = reader.get("/maps/heat")
    assert "sandbox" in heat.headers["content-security-policy"]
    assert "cross-origin-opener-policy" not in heat.headers
    assert (PAGE.items() - {("cross-origin-opener-policy", "same-origin")}) <= dict(heat.headers).items()


def test_our_files_may_be_used_by_sandboxed_pages_and_kept(reader: TestClient):
    file = reader.get("/static/own/heat.js")
    assert file.headers["cross-origin-resource-policy"] == "cross-origin"
    assert file.headers["cache-control"].startswith("public")
    assert file.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/health/live", "/docs", "/nothing"])
def test_over_tls_browsers_are_told_to_stay_there(reader: TestClient, path: str):
    answer = reader.get(f"https://127.0.0.1:8000{path}")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_over_tls_the_hot_way_tells_it_too(reader: TestClient):
    answer = reader.post("https://127.0.0.1:8000/v1/route", json=ROUTE)
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_no_header_comes_twice_and_none_is_replaced():
    own = [
        (b"content-type", b"text/html"),
        (b"cache-control", b"private"),
        (b"set-cookie", b"a"),
        (b"set-cookie", b"b"),
    ]
    made = completed(own, "https")
    assert made[:4] == own
    names = [name for name, _ in made]
    assert sorted({*names}) == sorted([n for n in names if n != b"set-cookie"] + [b"set-cookie"])
