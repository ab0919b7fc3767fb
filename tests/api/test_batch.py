"""``POST /v1/route/batch``: columns in, columns out, one bad row does not stop the others."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from gridsvc.api.arrow import NotArrow, read_stream
from gridsvc.bootstrap import Folder, Router
from gridsvc.errors import BadInput
from tests.conftest import NOON

from .conftest import fields

WEST, SOUTH, EAST, NORTH = 120.2033974, 30.3011619, 120.2464659, 30.3382768
GOOD = (120.225, 30.315)


def batch(client: TestClient, **body: Any) -> Any:
    return client.post("/v1/route/batch", json={"crs": "wgs84"} | body)


def test_the_columns_are_those_of_the_contract(reader: TestClient, demo: Folder):
    answer = batch(reader, x=[GOOD[0]], y=[GOOD[1]], category="06010").json()
    layers = list(demo.snapshot.edition.layers)
    assert set(answer) == {"n", "columns", "edition", "ruleset"}
    assert set(answer["columns"]) == {*layers, *(f"{x}_how" for x in layers), "accountable", "via", "error"}


def test_no_points_are_no_mistake(reader: TestClient):
    answer = batch(reader, x=[], y=[]).json()
    assert answer["n"] == 0
    assert set(map(len, answer["columns"].values())) == {0}


def test_every_row_is_answered_as_if_it_had_been_sent_alone(reader: TestClient, demo_router: Router):
    rng = np.random.default_rng(7)
    x, y = rng.uniform(WEST - 0.002, EAST + 0.002, 60), rng.uniform(SOUTH - 0.002, NORTH + 0.002, 60)
    columns = batch(reader, x=list(x), y=list(y), category="09009").json()["columns"]
    for i in range(60):
        alone = demo_router.route(x[i], y[i], crs="wgs84", at=NOON, category="09009").as_dict()
        for layer in demo_router.snapshot.edition.layers:
            assert columns[layer][i] == alone["areas"].get(layer, {}).get("code")
        assert (columns["accountable"][i], columns["via"][i]) == (
            (alone["accountable"]["unit"], alone["accountable"]["via"]) if alone["accountable"] else (None, None)
        )


@pytest.mark.parametrize(
    ("x", "y", "category", "error"),
    [
        (None, GOOD[1], "06010", "bad-coordinate"),
        (GOOD[0], None, "06010", "bad-coordinate"),
        (400.0, GOOD[1], "06010", "bad-coordinate"),
        (GOOD[1], GOOD[0], "06010", "bad-coordinate"),
        (-73.98, 40.75, "06010", "bad-coordinate"),
        (*GOOD, "99999", "unknown-category"),
        (*GOOD, "", "unknown-category"),
        (*GOOD, None, None),
    ],
    ids=["no x", "no y", "out of range", "swapped", "another continent", "category", "empty category", "none"],
)
def test_a_row_tells_its_error_and_the_others_are_answered(
    reader: TestClient, x: float | None, y: float | None, category: str | None, error: str | None
):
    answer = batch(reader, x=[GOOD[0], x, GOOD[0]], y=[GOOD[1], y, GOOD[1]], category=["06010", category, "06010"])
    assert answer.status_code == 200
    columns = answer.json()["columns"]
    assert columns["error"] == [None, error, None]
    assert columns["unit_grid"][0] == columns["unit_grid"][2] is not None
    if error:
        assert (columns["unit_grid"][1], columns["unit_grid_how"][1], columns["accountable"][1]) == (None, "none", None)


def test_as_many_unknown_categories_as_rows_are_told_at_once(reader: TestClient):
    categories = [f"9{i:05}" for i in range(20_000)] + ["06010"]
    answer = batch(reader, x=[GOOD[0]] * 20_001, y=[GOOD[1]] * 20_001, category=categories).json()
    assert answer["columns"]["error"] == ["unknown-category"] * 20_000 + [None]


def test_a_point_outside_is_no_error(reader: TestClient):
    columns = batch(reader, x=[EAST + 0.05], y=[NORTH]).json()["columns"]
    assert (columns["error"], columns["unit_grid"], columns["unit_grid_how"]) == ([None], [None], ["outside"])


def test_one_hundred_thousand_rows_are_taken(reader: TestClient):
    """Rows without a coordinate cost little and count all the same."""
    answer = batch(reader, x=[None] * 100_000, y=[None] * 100_000)
    assert answer.status_code == 200
    assert answer.json()["n"] == 100_000


def test_one_row_more_is_refused_as_too_large(reader: TestClient):
    refused = batch(reader, x=[None] * 100_001, y=[None] * 100_001)
    assert refused.status_code == 413
    assert [(e["field"], e["value"]) for e in refused.json()["errors"]] == [("x", 100_001)]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"y": [30.0]}, "x"),
        ({"x": [120.0], "y": [30.0], "crs": None}, "crs"),
        ({"x": [120.0], "y": [30.0], "crs": "wgs"}, "crs"),
        ({"x": ["a"], "y": [30.0]}, "x.0"),
        ({"x": [120.0, 121.0], "y": [30.0]}, "body"),
        ({"x": [120.0], "y": [30.0], "category": ["06010", "06010"]}, "body"),
        ({"x": [120.0], "y": [30.0], "at": "2024-06-12T12:00:00"}, "at"),
        ({"x": [120.0], "y": [30.0], "z": [1.0]}, "z"),
        ({"x": 120.0, "y": 30.0}, "x"),
    ],
)
def test_a_batch_that_cannot_be_meant_is_refused_by_field(reader: TestClient, body: dict, field: str):
    refused = batch(reader, **body)
    assert refused.status_code == 422
    assert field in fields(refused)


def test_an_unknown_edition_is_not_found(reader: TestClient):
    assert batch(reader, x=[120.0], y=[30.0], edition="S9").status_code == 404


ARROW = "application/vnd.apache.arrow.stream"
PLACES = {"x": [GOOD[0], None, GOOD[1], 120.21, EAST + 0.05], "y": [GOOD[1], GOOD[1], GOOD[0], 30.32, NORTH]}
TABLE = pa.table({name: pa.array(values, pa.float64()) for name, values in PLACES.items()})
CATEGORIES = ["06010", "06010", "01001", None, "99999"]


def stream(table: pa.Table, **how: Any) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, **how) as written:
        written.write_table(table, max_chunksize=2)
    return sink.getvalue().to_pybytes()


def send(client: TestClient, body: bytes, address: str = "?crs=wgs84", **headers: str) -> Any:
    return client.post(f"/v1/route/batch{address}", content=body, headers={"content-type": ARROW} | headers)


def read(answer: Any) -> pa.Table:
    assert (answer.status_code, answer.headers["content-type"]) == (200, ARROW), answer.text[:500]
    with pa.ipc.open_stream(answer.content) as opened:
        return opened.read_all()


@pytest.mark.parametrize(
    "kind",
    [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string())],
    ids=str,
)
def test_a_stream_has_the_columns_of_json(reader: TestClient, kind: pa.DataType):
    expected = batch(reader, **PLACES, category=CATEGORIES).json()
    found = read(send(reader, stream(TABLE.append_column("category", pa.array(CATEGORIES, pa.string()).cast(kind)))))
    assert found.to_pydict() == expected["columns"]
    assert found.schema.metadata == {b"edition": expected["edition"].encode(), b"ruleset": expected["ruleset"].encode()}
    assert {str(field.type) for field in found.schema} == {"string"}


def test_a_stream_without_rows_has_the_columns(reader: TestClient):
    found = read(send(reader, stream(TABLE.slice(0, 0))))
    assert (found.num_rows, found.column_names) == (0, list(batch(reader, x=[], y=[]).json()["columns"]))


def test_instant_and_edition_of_a_stream_stand_in_the_address(reader: TestClient, demo: Folder):
    address = f"?crs=WGS84&at=2024-06-12T23:00:00%2B08:00&edition={demo.snapshot.edition.code}"
    table = TABLE.append_column("category", pa.array(["08001"] * 5))
    expected = batch(reader, **PLACES, category="08001", at="2024-06-12T23:00:00+08:00").json()["columns"]
    assert read(send(reader, stream(table), address)).to_pydict() == expected


def test_who_accepts_only_one_kind_of_answer_gets_it(reader: TestClient):
    expected = batch(reader, **PLACES).json()
    assert send(reader, stream(TABLE), accept="application/json").json() == expected
    asked = reader.post("/v1/route/batch", json=PLACES | {"crs": "wgs84"}, headers={"accept": ARROW})
    assert read(asked).to_pydict() == expected["columns"]


def test_numbers_that_are_none_are_errors_of_their_rows(reader: TestClient):
    table = pa.table({"x": [float("nan"), float("inf"), GOOD[0]], "y": [30.0, 30.0, GOOD[1]]})
    assert read(send(reader, stream(table)))["error"].to_pylist() == ["bad-coordinate", "bad-coordinate", None]


def many(n: int) -> pa.Table:
    return pa.table({"x": np.full(n, np.nan), "y": np.full(n, np.nan)})


def test_a_stream_of_one_hundred_thousand_rows_is_taken_and_one_more_is_not(reader: TestClient):
    whole = pa.BufferOutputStream()
    with pa.ipc.new_stream(whole, many(1).schema) as written:
        written.write_table(many(100_000))
    assert read(send(reader, whole.getvalue().to_pybytes())).num_rows == 100_000
    with pa.ipc.new_stream(whole := pa.BufferOutputStream(), many(1).schema) as written:
        written.write_table(many(60_000))
        written.write_table(many(40_001))
    refused = send(reader, whole.getvalue().to_pybytes())
    assert refused.status_code == 413
    assert [(e["field"], e["value"]) for e in refused.json()["errors"]] == [("x", 100_001)]


BAD_COLUMNS = [
    ("no y", TABLE.drop_columns("y"), "y"),
    ("x of texts", TABLE.set_column(0, "x", pa.array(["a"] * 5)), "x"),
    ("x of half precision", TABLE.set_column(0, "x", TABLE["x"].cast(pa.float32())), "x"),
    ("x twice", TABLE.append_column("x", TABLE["x"]), "x"),
    ("an unknown column", TABLE.append_column("z", TABLE["x"]), "z"),
    ("category of numbers", TABLE.append_column("category", pa.array([6010] * 5)), "category"),
]


@pytest.mark.parametrize(("table", "field"), [c[1:] for c in BAD_COLUMNS], ids=[c[0] for c in BAD_COLUMNS])
def test_a_stream_with_columns_that_cannot_be_used_is_refused_by_name(reader: TestClient, table: pa.Table, field: str):
    refused = send(reader, stream(table))
    assert (refused.status_code, fields(refused)) == (422, [field])


@pytest.mark.parametrize(
    ("address", "status", "field"),
    [("", 422, "crs"), ("?crs=wgs", 422, "crs"), ("?crs=wgs84&at=2024-06-12T12:00:00", 422, "at"),
     ("?crs=wgs84&edition=S9", 404, "edition")],
)  # fmt: skip
def test_an_address_that_cannot_be_meant_is_refused_by_field(reader: TestClient, address: str, status: int, field: str):
    refused = send(reader, stream(TABLE), address)
    assert (refused.status_code, fields(refused)) == (status, [field])


def test_json_says_its_reference_itself(reader: TestClient):
    refused = reader.post("/v1/route/batch?crs=gcj02", json=PLACES | {"crs": "wgs84"})
    assert (refused.status_code, fields(refused)) == (422, ["crs"])


@pytest.mark.parametrize("codec", ["zstd", "lz4"])
def test_buffers_that_could_unpack_into_any_size_are_refused(reader: TestClient, codec: str):
    refused = send(reader, stream(TABLE, options=pa.ipc.IpcWriteOptions(compression=codec)))
    assert (refused.status_code, fields(refused)) == (422, ["body"])


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"\xff" * 64, stream(TABLE)[:-40], stream(TABLE)[:20], b"ARROW1\x00\x00" + stream(TABLE)],
    ids=["empty", "JSON", "noise", "cut off", "cut off early", "a file"],
)
def test_what_is_no_stream_is_a_bad_request(reader: TestClient, body: bytes):
    refused = send(reader, body)
    assert refused.status_code == 400
    assert "Arrow" in refused.json()["zh"]
    assert "Arrow" in refused.json()["en"]


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(stream(TABLE)) - 1), st.integers(1, 255))
def test_a_stream_with_a_broken_byte_is_read_or_refused(place: int, flip: int):
    body = bytearray(stream(TABLE))
    body[place] ^= flip
    try:
        table = read_stream(bytes(body), {"x": pa.float64(), "y": pa.float64()}, ["category"])
    except (NotArrow, BadInput):
        return
    assert {"x", "y"} <= set(table.column_names)


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_another_media_type_is_refused(reader: TestClient, media_type: str):
    refused = send(reader, b'{"x": [], "y": [], "crs": "wgs84"}', "", **{"content-type": media_type})
    assert (refused.status_code, fields(refused)) == (422, ["content-type"])


@pytest.mark.parametrize("x", [[120, 30.5], [True], ["120"], [10**400], [[120.0]], [{}]])
def test_a_number_is_a_number(reader: TestClient, x: list):
    answer = batch(reader, x=x, y=[30.0] * len(x))
    assert answer.status_code == (200 if x == [120, 30.5] else 422)
    assert answer.status_code == 200 or fields(answer) == ["x.0"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_what_is_no_finite_number_is_refused_by_its_place(reader: TestClient, number: str):
    body = f'{{"x": [120.0, null, {number}], "y": [30.0, 30.0, 30.0], "crs": "wgs84"}}'
    refused = reader.post("/v1/route/batch", content=body, headers={"content-type": "application/json"})
    assert (refused.status_code, fields(refused)) == (422, ["x.2"])
