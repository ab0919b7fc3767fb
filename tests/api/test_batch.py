"""``POST /v1/route/batch``: columns in, columns out, one bad row does not stop the others."""

from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from gridsvc.bootstrap import Folder, Router
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
