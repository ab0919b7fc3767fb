"""Every refusal is one problem document in two languages that names the field, the value and the mend."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import create_engine, text

from gridsvc import errors
from gridsvc.api.errors import kind_of, status_of

from .conftest import BODY, fields

ROUTE = {"point": BODY["point"]}
JSON = {"content-type": "application/json"}
NOT_JSON = {
    "nothing closed": b'{"point": ',
    "text": b"point=1",
    "comma": b'{"point": 1,}',
    "wrong encoding": '{"category": "井盖"}'.encode("gb18030"),
    "half of a byte pair": b'{"category": "\xe4"}',
    "too deep": b"[" * 100_000,
}
TOO_LARGE = {"x": [None] * 100_001, "y": [None] * 100_001, "crs": "wgs84"}
CASES: list[tuple[str, str, str, dict[str, Any], int]] = [
    ("not JSON", "POST", "/v1/route", {"content": b"{", "headers": JSON}, 400),
    ("no key", "POST", "/v1/cases", {"json": BODY}, 400),
    ("no such address", "GET", "/v1/nothing", {}, 404),
    ("no such case", "GET", "/v1/cases/x", {}, 404),
    ("no such edition", "GET", "/v1/layers?edition=x", {}, 404),
    ("no such file", "GET", "/static/own/nothing.js", {}, 404),
    ("wrong method", "PUT", "/v1/cases", {"json": BODY}, 405),
    ("unknown field", "POST", "/v1/route", {"json": ROUTE | {"extra": 1}}, 422),
    ("missing field", "POST", "/v1/route", {"json": {}}, 422),
    ("bad datum", "POST", "/v1/route", {"json": {"point": {"x": 1, "y": 1, "crs": "x"}}}, 422),
    ("bad parameter", "GET", "/v1/cases?limit=0", {}, 422),
    ("too large", "POST", "/v1/route/batch", {"json": TOO_LARGE}, 413),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "sent", "status"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_a_problem_has_the_shape_of_the_contract(
    reader: TestClient, method: str, path: str, sent: dict[str, Any], status: int
):
    refused = reader.request(method, path, **sent)
    problem = refused.json()
    assert refused.status_code == problem["status"] == status
    assert refused.headers["content-type"] == "application/problem+json"
    assert set(problem) == {"type", "title", "status", "detail", "zh", "en", "errors"}
    assert all(isinstance(problem[k], str) and problem[k] for k in ("type", "title", "detail", "zh", "en"))
    assert any("\u4e00" <= c <= "\u9fff" for c in problem["zh"])
    assert not any("\u4e00" <= c <= "\u9fff" for c in problem["en"])
    for error in problem["errors"]:
        assert set(error) == {"field", "value", "mend_zh", "mend_en"}
        assert error["field"]
        assert error["mend_zh"]
        assert error["mend_en"]


@pytest.mark.parametrize("content", NOT_JSON.values(), ids=NOT_JSON.keys())
@pytest.mark.parametrize("path", ["/v1/route", "/v1/route/batch", "/v1/cases"])
def test_what_is_not_json_is_a_bad_request(reader: TestClient, path: str, content: bytes):
    refused = reader.post(path, content=content, headers=JSON | {"Idempotency-Key": "k"})
    assert refused.status_code == 400
    assert "JSON" in refused.json()["zh"]
    assert "JSON" in refused.json()["en"]


@pytest.mark.parametrize("content", [b"", b"null", b"[]", b'"text"', b"1"])
def test_json_of_another_kind_is_refused(reader: TestClient, content: bytes):
    refused = reader.post("/v1/route", content=content, headers=JSON)
    assert refused.status_code == 422
    assert refused.json()["errors"]


def test_a_body_of_another_media_type_is_refused(reader: TestClient):
    """A form of a foreign page can send text/plain without asking; it must not be taken for JSON."""
    content = json.dumps(BODY)
    sent = reader.post("/v1/cases", content=content, headers={"content-type": "text/plain", "Idempotency-Key": "k"})
    assert sent.status_code in (400, 415, 422)


def test_a_wrong_method_says_which_is_right(reader: TestClient):
    assert reader.put("/v1/layers").headers["allow"] == "GET"


def test_every_fault_of_a_body_is_named_at_once(reader: TestClient):
    refused = reader.post("/v1/route", json={"point": {"x": "a"}, "accuracy_m": -1, "extra": 1})
    assert sorted(fields(refused)) == ["accuracy_m", "extra", "point.crs", "point.x", "point.y"]


def test_the_value_met_is_repeated(reader: TestClient):
    refused = reader.post("/v1/route", json=ROUTE | {"category": "99999"})
    assert [(e["field"], e["value"]) for e in refused.json()["errors"]] == [("category", "99999")]


def test_a_long_value_is_cut(reader: TestClient):
    refused = reader.post("/v1/route", json=ROUTE | {"category": "9" * 50_000})
    assert len(refused.text) < 2000


def test_a_mistake_of_the_house_is_told_without_its_inside(writer: TestClient):
    url = str(writer.app.parts.engine.url)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE case_ RENAME COLUMN number TO secret"))
    engine.dispose()
    refused = writer.get("/v1/cases")
    assert refused.status_code == 500
    assert refused.headers["content-type"] == "application/problem+json"
    assert "secret" not in refused.text
    assert "SELECT" not in refused.text


def our_errors() -> list[type[errors.GridsvcError]]:
    found = [errors.GridsvcError]
    for kind in found:
        found += kind.__subclasses__()
    return [kind for kind in found if kind.__module__ == "gridsvc.errors"]


@pytest.mark.parametrize("kind", our_errors(), ids=lambda k: k.__name__)
def test_every_error_has_a_status_of_its_own_kind(kind: type[errors.GridsvcError]):
    expected = {"NotFound": 404, "Conflict": 409, "RefusedToPublish": 409, "NotAuthenticated": 401, "Forbidden": 403,
                "KeyMissing": 400, "IllegalAction": 409, "Unavailable": 503, "NothingHolds": 503, "BatchTooLarge": 413,
                "FileTooLarge": 413, "TooManyRequests": 429, "GridsvcError": 500}  # fmt: skip
    assert status_of(kind("文", "text")) == expected.get(kind.__name__, 422)


def test_the_name_of_a_kind_is_for_programs():
    assert kind_of(errors.UnknownCategory("文", "text")) == "unknown-category"


@pytest.mark.parametrize("said", [True, False], ids=["its length is said", "its length is not said"])
def test_a_body_that_is_too_large_is_not_read(reader: TestClient, said: bool):
    chunk = b" " * 1_000_000
    content = chunk * 34 if said else (chunk for _ in range(40))
    refused = reader.post("/v1/route", content=content, headers=JSON)
    assert refused.status_code == 413
    assert fields(refused) == ["body"]


@pytest.mark.parametrize(
    ("address", "status"), [("http://localhost:8000", 200), ("http://[::1]:8000", 200), ("http://evil.example", 401)]
)
def test_open_access_is_only_for_our_own_name(reader: TestClient, address: str, status: int):
    assert reader.get(f"{address}/v1/layers").status_code == status
