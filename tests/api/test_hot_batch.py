"""The hot way of ``POST /v1/route/batch`` answers as the ordinary route does, byte for byte, once it knows the rows."""

import json
from typing import Any

import httpx2 as httpx
import pytest

from gridsvc.spatial.compiler import compiled_columns

from .doors import KEY, Doors

pytestmark = pytest.mark.skipif(compiled_columns() is None, reason="needs the compiler")
X, Y = [120.225, 120.2452226, 120.21, 120.3], [30.315, 30.3089842, 30.32, 30.34]
BODY: dict[str, Any] = {"x": X, "y": Y, "crs": "wgs84"}
ARROW = "application/vnd.apache.arrow.stream"


def post(body: object, query: str = "", **headers: str) -> dict[str, Any]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    json_ = {"content-type": "application/json"}
    return {"method": "POST", "url": f"/v1/route/batch{query}", "content": content, "headers": json_ | headers}


GOOD = {
    "only points": post(BODY),
    "one matter": post(BODY | {"category": "06010"}),
    "matters": post(BODY | {"category": ["06010", "01001", None, "09009"]}),
    "an instant": post(BODY | {"at": "2024-06-12T20:00:00+08:00", "category": "08001"}),
    "another reference": post(BODY | {"crs": "gcj02"}),
    "no points": post({"x": [], "y": [], "crs": "wgs84"}),
    "a thousand": post({"x": [120.2250001] * 1_000, "y": [30.3150001] * 1_000, "crs": "wgs84",
                        "category": ["06010"] * 1_000}),
    "many": post({"x": X * 1_000, "y": Y * 1_000, "crs": "wgs84"}),
}  # fmt: skip
LEFT = {
    "a bad row": post(BODY | {"x": [None, *X[1:]]}),
    "an unknown matter": post(BODY | {"category": "99999"}),
    "an edition": post(BODY | {"edition": "S1"}),
    "a draft's name": post(BODY | {"ruleset": "S9"}),
    "no reference": post({"x": X, "y": Y}),
    "an unknown reference": post(BODY | {"crs": "utm"}),
    "an unknown field": post(BODY | {"z": 1}),
    "lengths that differ": post(BODY | {"y": Y[1:]}),
    "a word in the address": post(BODY, "?crs=wgs84"),
    "not JSON": post(b'{"x": '),
    "a stream is wanted": post(BODY, accept=ARROW),
    "plain text": post(BODY, **{"content-type": "text/plain"}),
    "compressed": post(BODY, **{"content-encoding": "gzip"}),
    "very many": post({"x": X * 10_000, "y": Y * 10_000, "crs": "wgs84"}),
}


@pytest.mark.parametrize("request_", GOOD.values(), ids=GOOD)
def test_a_batch_that_is_known_is_answered_past_the_application(doors: Doors, request_: dict[str, Any]):
    doors.ask(**request_)
    plain, hot, passed_on = doors.ask(**request_)
    assert not passed_on
    assert (hot.status_code, hot.content) == (200, plain.content)
    assert dict(hot.headers) | {"date": ""} == dict(plain.headers) | {"date": ""}


@pytest.mark.parametrize("request_", LEFT.values(), ids=LEFT)
def test_all_else_is_left_to_the_application(doors: Doors, request_: dict[str, Any]):
    doors.ask(**request_)
    plain, hot, passed_on = doors.ask(**request_)
    assert passed_on
    assert (hot.status_code, hot.content) == (plain.status_code, plain.content)


def test_who_has_no_key_is_refused_there_too(locked_doors: Doors):
    request = post(BODY)
    allowed = post(BODY, authorization=f"Bearer {KEY}")
    for _ in range(2):
        locked_doors.ask(**allowed)
    assert locked_doors.ask(**allowed)[2] is False
    assert locked_doors.ask(**request)[1].status_code == 401
    assert locked_doors.ask(**post(BODY, authorization="Bearer other"))[1].status_code == 401


def test_batches_and_points_take_turns_on_one_connection(doors: Doors):
    one = {"method": "POST", "url": "/v1/route", "json": {"point": {"x": X[0], "y": Y[0], "crs": "wgs84"}}}
    for _ in range(3):
        for request in (post(BODY), one, LEFT["a bad row"]):
            plain, hot, _passed_on = doors.ask(**request)
            assert (hot.status_code, hot.content) == (200, plain.content)


def test_a_reader_who_takes_his_time_gets_all_of_a_long_answer(doors: Doors):
    request = GOOD["many"]
    doors.ask(**request)
    with doors.hot.stream(**request) as answer:
        assert isinstance(answer, httpx.Response)
        whole = b"".join(answer.iter_bytes(1_000))
    assert whole == doors.ask(**request)[0].content
