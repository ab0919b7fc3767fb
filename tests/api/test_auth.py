"""Who may ask: nobody without a key, unless everybody on loopback may; and who then stands in the history."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from gridsvc.api.policy import POLICY
from gridsvc.settings import is_loopback

from .conftest import BODY, open_client

SENT = {"Authorization": "Bearer s3cret-key"}


def operations(client: TestClient) -> list[tuple[str, str]]:
    """Every documented operation below /v1 that needs a key; a name in braces is as good as any."""
    document = client.get("/openapi.json").json()
    found = [(method, path) for path, item in document["paths"].items() for method in item]
    return [(method, path) for method, path in found if POLICY[method.upper(), path].needs != "nobody"]


@pytest.fixture(scope="module")
def closed(reader_url: str) -> Iterator[TestClient]:
    """Nobody may ask without the administrator's key."""
    with open_client(reader_url, open_access=False, admin_key="s3cret-key") as opened:
        yield opened


@pytest.fixture(scope="module")
def stranger(reader_url: str) -> Iterator[TestClient]:
    """Open on loopback, but this caller is elsewhere."""
    with open_client(reader_url, host="192.0.2.7") as opened:
        yield opened


def test_every_operation_needs_a_key(closed: TestClient):
    asked = operations(closed)
    assert len(asked) >= 14
    answers = {(m, p): closed.request(m, p, json={}).status_code for m, p in asked}
    assert set(answers.values()) == {401}, answers


def test_open_access_ends_at_loopback(stranger: TestClient):
    asked = operations(stranger)
    answers = {(m, p): stranger.request(m, p, json={}).status_code for m, p in asked}
    assert set(answers.values()) == {401}, answers


def test_the_map_of_cases_needs_a_key_too(closed: TestClient):
    assert closed.get("/maps/heat").status_code == 401


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/openapi.json", "/docs", "/static/own/favicon.svg"])
def test_what_tells_nothing_of_the_city_needs_no_key(closed: TestClient, path: str):
    assert closed.get(path).status_code == 200


def test_a_refusal_says_how_to_mend_it(closed: TestClient):
    refused = closed.get("/v1/layers")
    assert refused.headers["www-authenticate"] == "Bearer"
    assert refused.headers["content-type"] == "application/problem+json"
    (error,) = refused.json()["errors"]
    assert error["field"] == "Authorization"
    assert error["value"] is None
    assert "Bearer" in error["mend_zh"]
    assert "Bearer" in error["mend_en"]


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_administrators_key_is_taken(closed: TestClient, scheme: str):
    assert closed.get("/v1/layers", headers={"Authorization": f"{scheme} s3cret-key"}).status_code == 200


WRONG = ["", "Bearer", "Bearer ", "Bearer wrong", "Bearer s3cret-key-and-more", "Bearer s3cret-ke", "Basic s3cret-key",
         "s3cret-key", "Bearer None", "Bearer s3cret-key, Bearer wrong"]  # fmt: skip


@pytest.mark.parametrize("sent", WRONG)
def test_any_other_key_is_refused(closed: TestClient, sent: str):
    assert closed.get("/v1/layers", headers={"Authorization": sent}).status_code == 401


@pytest.mark.parametrize("sent", [b"Bearer \xff\xfe", "Bearer 键".encode()])
def test_a_key_that_is_no_text_is_refused(closed: TestClient, sent: bytes):
    assert closed.get("/v1/layers", headers={b"Authorization": sent}).status_code == 401


def test_a_wrong_key_is_refused_though_loopback_is_open(reader_url: str):
    with open_client(reader_url, admin_key="s3cret-key") as client:
        assert client.get("/v1/layers", headers={"Authorization": "Bearer wrong"}).status_code == 401
        assert client.get("/v1/layers").status_code == 200


def test_without_any_key_set_nobody_gets_in_by_an_empty_one(reader_url: str):
    with open_client(reader_url, open_access=False) as client:
        for sent in ("", "Bearer ", "Bearer None"):
            assert client.get("/v1/layers", headers={"Authorization": sent}).status_code == 401


@pytest.mark.parametrize(
    ("host", "open_"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("10.0.0.1", False),
        ("0.0.0.0", False),
        ("127.0.0.1.example", False),
        ("localhost", False),
        ("", False),
        (None, False),
    ],
)
def test_loopback_is_told_by_its_address(host: str | None, open_: bool):
    assert is_loopback(host) is open_


@pytest.mark.parametrize(
    ("headers", "actor"), [({}, "demo"), (SENT, "admin")], ids=["anybody on loopback", "administrator"]
)
def test_the_caller_stands_in_the_history(cluster, small_template: str, headers: dict[str, str], actor: str):
    url = cluster.make_database(f"auth_{actor}", small_template)
    with open_client(url, admin_key="s3cret-key") as client:
        made = client.post("/v1/cases", json=BODY, headers={"Idempotency-Key": "k"} | headers).json()
        history = client.get(f"/v1/cases/{made['id']}/history").json()
    assert {e["actor"] for e in history["items"]} == {actor}
