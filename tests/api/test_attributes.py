"""Declared words at the doors: what there is, and the refusal of what there is not."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from small_city import IN_A, TABLES, load_city, write_city

from gridsvc.bootstrap import Router, read_all
from gridsvc.casework.case import NewCase
from gridsvc.errors import BadTable
from gridsvc.services import editions
from gridsvc.services.intake import PastCase, import_cases
from gridsvc.store.cluster import Cluster
from gridsvc.store.engine import make_engine
from gridsvc.values import Point
from tests.conftest import NOON

from .conftest import fields, open_client, report

WORDS = [
    {"key": "vehicle", "value": "", "title_zh": "车型", "title_en": "vehicle"},
    {"key": "vehicle", "value": "car", "title_zh": "轿车", "title_en": "car"},
    {"key": "vehicle", "value": "van", "title_zh": "面包车", "title_en": ""},
    {"key": "condition", "value": "urgent", "title_zh": "紧急", "title_en": ""},
]
LIMITS = [*TABLES["limits"], {**TABLES["limits"][0], "condition": "urgent", "amount": "2", "unit": "urgent_hour"}]
POINT = {"x": IN_A[0], "y": IN_A[1], "crs": "wgs84"}


@pytest.fixture(scope="module")
def declared(cluster: Cluster, small_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The small city, whose newest edition declares its words."""
    url = cluster.make_database("attributes", small_template)
    engine = make_engine(url, 1)
    tables = TABLES | {"attributes": WORDS, "limits": LIMITS}
    load_city(engine, write_city(tmp_path_factory.mktemp("S3"), edition="S3", tables=tables))
    editions.publish(engine, "S3", NOON, NOON - timedelta(days=1))
    engine.dispose()
    with open_client(url) as opened:
        yield opened


def test_the_words_are_listed_with_their_titles_and_values(declared: TestClient):
    answer = declared.get("/v1/attributes").json()
    assert (answer["ruleset"], answer["closed"]) == ("S3", True)
    assert [i["key"] for i in answer["items"]] == ["condition", "vehicle", "vertical"]
    assert answer["items"][1] == {
        "key": "vehicle", "title_zh": "车型", "title_en": "vehicle", "values": [
            {"value": "car", "title_zh": "轿车", "title_en": "car"},
            {"value": "van", "title_zh": "面包车", "title_en": "van"},
        ],
    }  # fmt: skip


def test_where_nothing_is_declared_deck_and_ground_are_listed_and_anything_goes(declared: TestClient):
    answer = declared.get("/v1/attributes", params={"edition": "S2"}).json()
    assert (answer["closed"], [i["key"] for i in answer["items"]]) == (False, ["vertical"])
    assert [v["value"] for v in answer["items"][0]["values"]] == ["above", "below"]
    body = {"point": POINT, "attributes": {"shape": "round"}, "edition": "S2"}
    assert declared.post("/v1/route", json=body).status_code == 200


def route(client: TestClient, attributes: dict[str, str], **body: Any) -> Any:
    return client.post("/v1/route", json={"point": POINT, "attributes": attributes} | body)


@pytest.mark.parametrize("explain", ["none", "short", "full"])
@pytest.mark.parametrize(
    ("attributes", "faults"),
    [
        ({"vehicle": "plane"}, [("attributes.vehicle", "plane", "vehicle is one of car, van")]),
        ({"vehicel": "car"}, [("attributes.vehicel", "vehicel", "the keys are condition, vehicle, vertical (level)")]),
        ({"vehicle": "car", "condition": "no", "x": "y"}, [
            ("attributes.condition", "no", "condition is one of urgent"),
            ("attributes.x", "x", "the keys are condition, vehicle, vertical (level)"),
        ]),
    ],
    ids=str,
)  # fmt: skip
def test_a_word_that_is_not_declared_is_refused_by_its_field(declared: TestClient, explain, attributes, faults):
    refused = declared.post(f"/v1/route?explain={explain}", json={"point": POINT, "attributes": attributes})
    assert refused.status_code == 422
    assert [(e["field"], e["value"], e["mend_en"]) for e in refused.json()["errors"]] == faults


def test_declared_words_choose_the_limit(declared: TestClient):
    amounts = [
        [(x["stage"], x["amount"], x["unit"]) for x in route(declared, words, category="06010").json()["limits"]]
        for words in ({}, {"condition": "urgent"}, {"vehicle": "car"})
    ]
    assert amounts == [[("disposal", 1.5, "working_day")], [("disposal", 2.0, "urgent_hour")],
                       [("disposal", 1.5, "working_day")]]  # fmt: skip


def test_a_case_with_an_undeclared_word_is_refused_and_nothing_is_stored(declared: TestClient):
    refused = report(declared, "undeclared", attributes={"vehicle": "plane"})
    assert (refused.status_code, fields(refused)) == (422, ["attributes.vehicle"])
    # The key was not used up: the same key takes the report once it is mended.
    assert report(declared, "undeclared", attributes={"vehicle": "van"}).status_code == 201


def test_an_import_names_the_case_whose_word_is_not_declared(declared: TestClient, tmp_path: Path):
    folder = read_all(write_city(tmp_path, edition="S4", tables=TABLES | {"attributes": WORDS}))
    new = NewCase(Point(*IN_A), POINT, "06010", "app", attributes={"vehicle": "plane"})
    with pytest.raises(BadTable, match="case 1") as e:
        import_cases(declared.app.parts.engine, Router(folder.snapshot), [PastCase(new, NOON)], "words")
    assert [fault.field for fault in e.value.errors] == ["attributes.vehicle"]
