"""The hot way of ``POST /v1/route`` answers as the ordinary route does, byte for byte, and leaves it all refusals."""

import json
import re
import socket
import struct
import time
from typing import Any

import httpx2 as httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gridsvc.api.hot import HotRoute
from gridsvc.api.schemas.route import RouteIn, read_route
from gridsvc.bootstrap import Folder
from tests.served import heard

from .conftest import open_client
from .doors import KEY, Doors

ZONE = {"x": 120.2452226, "y": 30.3089842, "crs": "wgs84"}
JSON = {"content-type": "application/json"}


def post(body: object = None, query: str = "", **headers: str) -> dict[str, Any]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return {"method": "POST", "url": f"/v1/route{query}", "content": content, "headers": JSON | headers}


def body(**changes: object) -> dict[str, object]:
    return {"point": ZONE} | changes


GOOD: dict[str, dict[str, Any]] = {
    "only a point": post(body()),
    "a category": post(body(category="06010")),
    "no reasons": post(body(category="06010"), "?explain=none"),
    "short reasons": post(body(category="06010"), "?explain=short"),
    "all reasons": post(body(category="09009", attributes={"vehicle": "motor"}), "?explain=full"),
    "on the deck": post(body(category="06012", vertical="above"), "?explain=full"),
    "outside": post(body(point={"x": 120.3, "y": 30.4, "crs": "wgs84"}, category="06010")),
    "on a corner": post(body(point={"x": 120.2, "y": 30.3, "crs": "wgs84"}), "?explain=full"),
    "an accuracy": post(body(point={"x": 120.225, "y": 30.32, "crs": "wgs84"}, accuracy_m=80)),
    "a component matter": post(body(category="01001"), "?explain=full"),
    "another reference": post(body(point={"x": 120.25, "y": 30.31, "crs": "gcj02"})),
    "a whole number": post(body(point={"x": 120, "y": 30, "crs": "WGS84"})),
    "a tiny number": post(body(accuracy_m=1e-5)),
    "an instant": post(body(at="2024-06-12T20:00:00+08:00")),
    "nulls": post(body(category=None, component=None, accuracy_m=None, vertical=None, at=None)),
    "a charset": post(body(), **{"content-type": "application/json; charset=utf-8"}),
    "a key twice": post(b'{"point":{"x":1,"y":2,"crs":"wgs84"},"point":' + json.dumps(ZONE).encode() + b"}"),
    "an escape": post(b'{"point":{"x":120.25,"y":30.31,"crs":"\\u0077gs84"}}'),
}
LEFT: dict[str, dict[str, Any]] = {
    "an undeclared word": post(b'{"attributes":{"note":"\\ud83d\\ude00"},"point":' + json.dumps(ZONE).encode() + b"}"),
    "nothing": post(b""),
    "not JSON": post(b'{"point": '),
    "wrong encoding": post('{"category": "井盖"}'.encode("gb18030")),
    "too deep": post(b"[" * 100_000),
    "another text encoding": post(json.dumps(body()).encode("utf-16")),
    "a mark before it": post(json.dumps(body()).encode("utf-8-sig")),
    "no content type": post(body(), **{"content-type": ""}),
    "plain text": post(body(), **{"content-type": "text/plain"}),
    "other JSON": post(body(), **{"content-type": "application/geo+json"}),
    "no fields": post({}),
    "no object": post([1]),
    "an unknown field": post(body(catagory="06010")),
    "a number as text": post(body(point=ZONE | {"x": "120.2"})),
    "no number": post(b'{"point": {"x": NaN, "y": 30, "crs": "wgs84"}}'),
    "NUL in the address": post(body(), "?explain=none%00"),
    "a huge number": post(b'{"point": {"x": 1' + b"0" * 400 + b', "y": 30, "crs": "wgs84"}}'),
    "NUL": post(body(attributes={"a": "\0"})),
    "half a pair": post(b'{"component": "\\ud800", "point": ' + json.dumps(ZONE).encode() + b"}"),
    "no reference": post(body(point={"x": 120.0, "y": 30.0})),
    "an unknown reference": post(body(point=ZONE | {"crs": "utm"})),
    "swapped axes": post(body(point=ZONE | {"x": ZONE["y"], "y": ZONE["x"]})),
    "an unknown category": post(body(category="99999")),
    "an unknown component": post(body(component="nothing")),
    "its edition by name": post(body(edition="2023-1", ruleset="2023-1")),
    "a negative accuracy": post(body(accuracy_m=-1)),
    "no offset": post(body(at="2024-06-12T12:00:00")),
    "before every edition": post(body(at="1990-06-12T12:00:00Z")),
    "an unknown edition": post(body(edition="S9")),
    "another ruleset": post(body(ruleset="S9")),
    "an unknown length of reasons": post(body(), "?explain=long"),
    "reasons in capitals": post(body(), "?explain=NONE"),
    "reasons asked for twice": post(body(), "?explain=none&explain=full"),
    "an unknown parameter": post(body(), "?lang=en"),
    "another method": post(body()) | {"method": "PUT"},
    "another address": post(body()) | {"url": "/v1/routes"},
    "a slash more": post(body()) | {"url": "/v1/route/"},
}


def same(plain: Any, hot: Any) -> bool:
    told = [
        (answer.status_code, answer.content, dict(answer.headers) | {"date": "of its own"}) for answer in (plain, hot)
    ]
    return told[0] == told[1]


@pytest.mark.parametrize("request_", GOOD.values(), ids=GOOD)
def test_what_can_be_answered_is_answered_here_byte_for_byte(doors: Doors, request_: dict[str, Any]):
    plain, hot, passed_on = doors.ask(**request_)
    assert plain.status_code == 200
    assert same(plain, hot)
    assert not passed_on


@pytest.mark.parametrize("request_", LEFT.values(), ids=LEFT)
def test_everything_else_is_left_to_the_ordinary_route(doors: Doors, request_: dict[str, Any]):
    plain, hot, passed_on = doors.ask(**request_)
    assert same(plain, hot)
    assert passed_on


def test_every_rule_of_the_demo_city_is_answered_alike(doors: Doors, demo: Folder):
    for rule in demo.snapshot.ruleset.rules:
        if rule.test_point is not None:
            point = {"x": rule.test_point.lon, "y": rule.test_point.lat, "crs": "wgs84"}
            category = rule.categories[0].replace("*", "001") if rule.categories else None
            attributes = {key: min(values) for key, values in (rule.attributes or {}).items()}
            asked = post({"point": point, "category": category, "attributes": attributes}, "?explain=full")
            plain, hot, _ = doors.ask(**asked)
            assert same(plain, hot), rule.id


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([("authorization", f"Bearer {KEY}")], 200),
        ([("authorization", f"bearer  {KEY}")], 200),
        ([("authorization", f"Bearer {KEY}"), ("authorization", "Bearer other")], 400),
        ([("authorization", f"Bearer {KEY}"), *[(f"x-{i}", "1") for i in range(120)]], 431),
        ([("authorization", f"Basic {KEY}")], 401),
        ([("authorization", "Bearer")], 401),
        ([("authorization", "Bearer \xe9")], 401),
        ([], 401),
    ],
)
def test_the_key_is_checked_alike(locked_doors: Doors, headers: list[tuple[str, str]], status: int):
    sent = [(k.encode(), v.encode("latin-1")) for k, v in (*JSON.items(), *headers)]
    plain, hot, passed_on = locked_doors.ask(**(post(body()) | {"headers": sent}))
    # A key that is spelled in any other way is good, but nobody keeps every spelling of it in memory.
    plainly = headers == [("authorization", f"Bearer {KEY}")]
    assert (plain.status_code, passed_on) == (status, not plainly)
    assert same(plain, hot)


@pytest.mark.parametrize(("host", "status"), [("localhost", 200), ("[::1]:8000", 200), ("city.example", 401)])
def test_open_access_is_for_loopback_alike(doors: Doors, host: str, status: int):
    plain, hot, passed_on = doors.ask(**post(body(), host=host))
    assert (plain.status_code, passed_on) == (status, status != 200)
    assert same(plain, hot)


def raw(asked: dict[str, Any], *more: bytes) -> bytes:
    """A request as it goes over the wire."""
    lines = [f"POST {asked['url']} HTTP/1.1".encode(), b"host: 127.0.0.1", *more]
    lines += [f"{name}: {value}".encode() for name, value in asked["headers"].items()]
    return b"\r\n".join([*lines, b"content-length: %d" % len(asked["content"]), b"", asked["content"]])


def talk(client: httpx.Client, *sent: bytes) -> bytes:
    """All answers to what is sent on one connection, which ends with a question of the ordinary kind; without dates."""
    last = b"GET /health/live HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", client.base_url.port), timeout=20) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for part in (*sent, last):
            connection.sendall(part)
            # Or two parts might come in as one.
            time.sleep(0.05)
        return re.sub(rb"date: [^\r]*", b"", heard(connection))


ZONED, BARE, WRONG = raw(post(body(category="06010"))), raw(post(body())), raw(post({}))
ORDINARY = b"GET /v1/layers HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"
STREAMS: dict[str, list[bytes]] = {
    "one": [ZONED],
    "one twice": [ZONED, ZONED],
    "one after another at once": [ZONED + BARE + ZONED],
    "a bad one between": [ZONED + WRONG + ZONED],
    "bad ones first": [WRONG + WRONG + ZONED],
    "an ordinary one first": [ORDINARY + ZONED],
    "an ordinary one between": [ZONED + ORDINARY + ZONED + WRONG + ORDINARY + BARE],
    "in two pieces": [ZONED[:-20], ZONED[-20:]],
    "in many pieces": [ZONED[i : i + 60] for i in range(0, len(ZONED), 60)],
    "the next one begun": [ZONED + BARE[:40], BARE[40:]],
    "the next one's body begun": [ZONED + BARE[:-5], BARE[-5:] + ZONED],
    "asked to go on": [raw(post(body()), b"expect: 100-continue")],
    "an old version": [BARE.replace(b"HTTP/1.1", b"HTTP/1.0").replace(b"host", b"connection: keep-alive\r\nhost")],
    "an upgrade": [raw(post(body()), b"connection: upgrade", b"upgrade: h2c")],
    "chunks": [BARE[: BARE.index(b"content-length")] + b"transfer-encoding: chunked\r\n\r\n"
               + b"%x\r\n%b\r\n0\r\n\r\n" % (len(post(body())["content"]), post(body())["content"])],
    "a header behind the body": [BARE[: BARE.index(b"content-length")] + b"transfer-encoding: chunked\r\n\r\n"
               + b"%x\r\n%b\r\n0\r\nx-forwarded-for: 10.0.0.1\r\n\r\n"
               % (len(post(body())["content"]), post(body())["content"])],
    "too long a head": [raw(post(body()), b"x-long: " + b"x" * 40_000)],
    "a long body": [raw(post(body(attributes={"note": "x" * 100_000})))],
    "hundreds on one connection": [BARE] * 2 + [BARE * 300],
}  # fmt: skip


@pytest.mark.parametrize("sent", STREAMS.values(), ids=STREAMS)
def test_however_requests_come_their_answers_come_in_order(doors: Doors, sent: list[bytes]):
    # The order of headers alone may differ.
    plain, hot = (
        [sorted(answer.split(b"\r\n")) for answer in talk(door, *sent).split(b"HTTP/1.1 ")]
        for door in (doors.plain, doors.hot)
    )
    assert len(plain) >= 2
    assert plain == hot


def test_who_hangs_up_after_a_question_harms_nobody(doors: Doors):
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", doors.hot.base_url.port), timeout=20) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.sendall(ZONED * 3)
    assert doors.hot.post("/v1/route", json=body()).status_code == 200


def test_the_service_itself_answers_this_way(reader_url: str):
    with open_client(reader_url) as client:
        assert isinstance(client.app, HotRoute)
        assert client.post("/v1/route", json=body()).json()["edition"] == "2023-1"


TEXTS = (
    st.sampled_from(["", "06010", "wgs84", "above", "井", "\0", "\ud800", "2024-06-12T12:00:00Z", "NaN"]) | st.text()
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
POINTS = st.fixed_dictionaries({"x": VALUES | st.floats(), "y": st.floats() | st.integers(), "crs": TEXTS})
REQUESTS = st.fixed_dictionaries(
    {"point": POINTS | VALUES},
    optional={name: VALUES | TEXTS for name in (*RouteIn.model_fields, "other") if name != "point"},
)


@given(REQUESTS | VALUES, st.booleans())
def test_what_the_hot_way_can_read_the_ordinary_way_reads_alike(sent: object, ascii_only: bool):
    written = json.dumps(sent, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    try:
        hot = read_route(written)
    except ValidationError:
        return
    assert RouteIn.model_validate(json.loads(written)).model_dump() == hot.model_dump()
