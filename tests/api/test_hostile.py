"""Requests that mean no good: a clear refusal, nothing told of the inside or of others, nothing stored, no harm."""

import json
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from gridsvc.api.listener import Patience
from gridsvc.store.cluster import Cluster
from gridsvc.store.engine import make_engine
from tests.served import heard, served

from .conftest import BODY, open_client
from .hostile import BODIES, FRAMES, HEADERS, KEY, PATHS, POINT, get

OTHERS = "李四，13800138000，幸福里 3 号"  # what somebody else reported
# What would tell of the inside, in small letters.
INSIDE = [
    "traceback", 'file "', ".py", "site-packages", "psycopg", "sqlalchemy", "uvicorn", "starlette", "pydantic",
    "httptools", "select ", "insert ", "syntax error", "postgres", "fastapi", "server:", "root:", "secret_key", KEY,
    str(Path(__file__).parents[2]),
]  # fmt: skip
KINDS = {"path": PATHS, "frame": FRAMES, "header": HEADERS, "body": BODIES}
ROWS = {f"{kind}: {name}": row for kind, rows in KINDS.items() for name, row in rows.items()}


@dataclass(frozen=True)
class Target:
    """A small city in service that holds one report, behind one key; and everything that is stored in it.

    ``hasty`` is its port where nobody is waited for.
    """

    port: int
    hasty: int
    client: TestClient
    engine: Engine

    def stored(self) -> dict[str, int]:
        with self.engine.connect() as connection:
            tables = connection.execute(text(
                "SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace "
                "WHERE nspname = 'public' AND relkind IN ('r', 'p')")).scalars()  # fmt: skip
            count = " UNION ALL ".join(f"SELECT '{t}', count(*) FROM \"{t}\"" for t in tables)
            return {str(row[0]): int(row[1]) for row in connection.execute(text(count))}


@pytest.fixture(scope="module")
def target(cluster: Cluster, small_template: str) -> Iterator[Target]:
    url = cluster.make_database("api_hostile", small_template)
    engine = make_engine(url, 1)
    closed: dict[str, Any] = {"open_access": False, "admin_key": KEY}
    short = Patience(head_s=0.5, body_s=0.5)
    with served(url, **closed) as port, served(url, short, **closed) as hasty, open_client(url, **closed) as client:
        client.headers["Authorization"] = f"Bearer {KEY}"
        reported = client.post("/v1/cases", json=BODY | {"description": OTHERS}, headers={"Idempotency-Key": "other"})
        assert reported.status_code == 201
        yield Target(port, hasty, client, engine)
    engine.dispose()


def exchanged(port: int, sent: Iterable[bytes]) -> bytes:
    """Send all that is taken, and hear all that is said."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        try:
            for piece in sent:
                connection.sendall(piece)
        except (BrokenPipeError, ConnectionResetError):
            pass
        return heard(connection)


def leaks(answer: bytes, asked: bytes = b"") -> list[str]:
    """What an answer tells that was not in the request already."""
    told, known = answer.decode("utf-8", "replace").lower(), asked.decode("utf-8", "replace").lower()
    return [word for word in (*INSIDE, OTHERS) if word.lower() in told and word.lower() not in known]


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_hostile_request_is_refused_and_does_no_harm(target: Target, row: tuple[list[bytes], set[int]]):
    sent, expected = row
    before = target.stored()
    answer = exchanged(target.hasty if 408 in expected else target.port, sent)
    head, _, body = answer.partition(b"\r\n\r\n")
    status = int(head.split(b" ", 2)[1])
    assert status in expected, answer[:400]
    assert b"x-content-type-options: nosniff" in head
    assert not leaks(answer, b"".join(sent)[:2_000])
    if status >= 400:
        assert b"application/problem+json" in head
        told = json.loads(body)
        assert told["status"] == status
        assert told["zh"]
        assert told["en"]
        assert len(body) < 20_000
    assert b"set-cookie" not in head.lower()
    assert exchanged(target.port, get("/health/live")).startswith(b"HTTP/1.1 200")
    assert target.stored() == before


SQL = [
    "' OR '1'='1", "'; DROP TABLE case_; --", "1 UNION SELECT description FROM case_", "\\' OR 1=1 --", "1;SELECT 1",
    "') OR pg_sleep(9)--", "'||(SELECT current_user)||'", '"; SELECT 1', "$1", ":district", "%s", "%(district)s", "*",
    "%", "{0}", "\u202e\u2066", "\ufeff", "١٢", "-1", "1e400", "NaN", "9" * 400, "../../etc/passwd", "${jndi:ldap://x}",
]  # fmt: skip


def operations(client: TestClient) -> list[tuple[str, str, dict[str, Any]]]:
    document = client.get("/openapi.json").json()
    return [(m, p, o) for p, item in document["paths"].items() for m, o in item.items() if p.startswith("/v1/")]


@pytest.mark.parametrize("value", SQL)
def test_no_parameter_is_anything_but_a_value(target: Target, value: str):
    before, asked = target.stored(), 0
    for method, path, operation in operations(target.client):
        # What is put there would be stored, and rightly, under any name that is a text.
        if method not in ("get", "delete"):
            continue
        named = [p for p in operation.get("parameters", []) if p["in"] in ("query", "path")]
        # A stream that ends as soon as there is nothing more.
        good = {p["name"]: "x" for p in named if p["in"] == "path"} | {"layer": "grid", "once": "true"}
        for parameter in named:
            values = good | {parameter["name"]: value}
            address = path.replace("{", "%(").replace("}", ")s") % {k: _escaped(v) for k, v in values.items()}
            query = {p["name"]: values[p["name"]] for p in named if p["in"] == "query" and p["name"] in values}
            answer = target.client.request(method, address, params=query)
            asked += 1
            # Whoever tries codes of cases is soon told to wait.
            assert answer.status_code in (200, 404, 405, 422, 429), (path, parameter["name"], answer.text)
            if answer.status_code == 200 and "json" in answer.headers["content-type"]:
                told = answer.json()
                rows = told.get("items", told.get("features", []))
                # Counting without any dimension, and over time, gives rows that say that there is none.
                assert [row for row in rows if row.get("cases", row.get("n")) != 0] == [], (path, parameter["name"])
            assert not leaks(answer.content, value.encode()), (path, parameter["name"], answer.text)
    assert asked > 20
    assert target.stored() == before


def _escaped(value: str) -> str:
    return "".join(f"%{b:02X}" for b in value.encode())


# Of requests that are known, so that nothing but the one field is wrong with them.
WHOLE = {
    "/v1/route": {"point": POINT},
    "/v1/route/batch": {"x": [120.005], "y": [30.005], "crs": "wgs84"},
    "/v1/cases": {"point": POINT, "category": "06010", "source": "app"},
    "/v1/components/{code}": {"point": POINT, "class": "01001"},
}
VALUES: list[Any] = [
    None, True, 0, -1, 1.5, 10**30, "", "x", "0", "a" * 5_000, "\0", [], {}, [[]], [None], {"": ""}, [{}], [1] * 5,
    {"x": {"x": {}}}, "2024-01-01", "<script>", ["' OR 1=1"],
]  # fmt: skip


def wrong_in_one_field(schema: dict[str, Any], whole: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Bodies that the published schema does not allow, for one field each, and one for a field that is not there."""
    check = jsonschema.Draft202012Validator(schema)
    fields = schema.get("properties", {})
    for field in [*fields, "no_such_field"]:
        for value in VALUES:
            body = whole | {field: value}
            if not check.is_valid(body):
                yield body


def test_every_field_of_every_body_refuses_what_its_schema_refuses(target: Target):
    before, asked = target.stored(), 0
    shared = target.client.get("/openapi.json").json().get("components", {})
    for method, path, operation in operations(target.client):
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" not in content:
            continue
        schema = {"components": shared} | _named(content["application/json"]["schema"], shared)
        for i, body in enumerate(wrong_in_one_field(schema, WHOLE.get(path, {}))):
            headers = {"Idempotency-Key": f"{path} {i}"}
            address = path.replace("{", "").replace("}", "")
            answer = target.client.request(method, address, json=body, headers=headers)
            asked += 1
            assert answer.status_code in (400, 404, 409, 413, 422), (path, body, answer.text[:300])
            assert not leaks(answer.content, json.dumps(body).encode()), (path, body, answer.text[:300])
    assert asked > 200
    assert target.stored() == before


def _named(schema: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    """The schema that a reference names, or itself."""
    name = schema.get("$ref", "").rpartition("/")[2]
    return dict(shared["schemas"][name]) if name else schema
