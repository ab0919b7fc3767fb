"""Who reported is answered by the template that fits best, or by what was written, and nobody's number is told."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from small_city import TABLES, load_city, write_city

from gridsvc.services import editions
from gridsvc.store.cluster import Cluster
from gridsvc.store.engine import make_engine
from tests.conftest import NOON

from .conftest import _serial, open_client, report

ANSWERS = [
    {"event": "accept", "category": "06*", "condition": "", "text_zh": "{number}（{category}）已受理", "text_en": ""},
    {"event": "void", "category": "06*", "condition": "", "text_zh": "不予办理", "text_en": "not taken up on {date}"},
    {"event": "void", "category": "06*", "condition": "duplicate", "text_zh": "此前已有人反映", "text_en": ""},
]


@pytest.fixture
def client(cluster: Cluster, migrated_template: str, tmp_path: Path) -> Iterator[TestClient]:
    url = cluster.make_database(f"answers_{next(_serial)}", migrated_template)
    engine = make_engine(url, 1)
    load_city(engine, write_city(tmp_path, tables={**TABLES, "answers": ANSWERS}))
    editions.publish(engine, "S1", NOON)
    engine.dispose()
    with open_client(url) as opened:
        yield opened


def act(client: TestClient, made: Any, action: str, **said: Any) -> Any:
    version = client.get(f"/v1/cases/{made['id']}").json()["version"]
    key = {"Idempotency-Key": f"{made['id']} {version}"}
    return client.post(f"/v1/cases/{made['id']}/actions/{action}", json={"version": version} | said, headers=key)


def answer(client: TestClient, case: Any) -> Any:
    return client.get(f"/v1/tracking/{case['tracking']}").json()["answer"]


WHY = {"reason": "现场核实，并无此事"}


def test_the_template_that_fits_best_is_the_answer(client: TestClient):
    case = report(client).json()
    assert answer(client, case) is None
    proposed = client.get(f"/v1/answers?case={case['number']}&event=void").json()["items"]
    assert [p["template"] for p in proposed] == ["void 06*", "void 06* duplicate"]
    assert proposed[0]["en"] == "not taken up on 2024-06-12"
    assert act(client, case, "accept").status_code == 200
    told = answer(client, case)
    assert told["zh"].startswith(f"{case['number']}（")
    assert told["en"] is None
    assert act(client, case, "void", cause="not_found", **WHY).status_code == 200
    assert answer(client, case) == {"zh": "不予办理", "en": "not taken up on 2024-06-12"}
    entry = client.get(f"/v1/cases/{case['id']}/history").json()["items"][-1]
    assert entry["payload"]["public"]["template"] == "void 06*"


def test_what_is_written_comes_before_a_template_and_tells_no_number(client: TestClient):
    case = report(client).json()
    assert act(client, case, "accept", answer=" 已转办，联系 13800000001 ").status_code == 200
    assert answer(client, case) == {"zh": "已转办，联系 138****0001", "en": None}
    assert "13800000001" not in client.get(f"/v1/cases/{case['id']}/history").text


def test_a_case_that_is_joined_to_another_is_answered_as_a_duplicate(client: TestClient):
    first, second = report(client, "a").json(), report(client, "b").json()
    joined = act(client, second, "link", case=first["number"], **{"as": "duplicate"})
    assert joined.status_code == 200
    assert answer(client, second) == {"zh": "此前已有人反映", "en": None}


def test_an_event_without_a_template_has_no_answer(client: TestClient):
    case = report(client).json()
    act(client, case, "accept")
    before = answer(client, case)
    assert act(client, case, "register").status_code == 200
    assert answer(client, case) == before
    assert client.get(f"/v1/answers?case={case['number']}&event=close").json() == {"items": []}
    assert client.get(f"/v1/answers?case={case['number']}&event=fly").status_code == 422
    assert client.get("/v1/answers?case=240612-9999&event=void").status_code == 404


def test_a_ruleset_with_a_field_that_is_not_known_is_refused_by_its_cell(client: TestClient):
    bad = [ANSWERS[0], ANSWERS[1] | {"text_zh": "{unit} 不予办理"}]
    refused = client.post("/v1/rulesets", json={"code": "R2", "tables": {"answers": bad}})
    assert refused.status_code == 422
    fault = refused.json()["errors"][0]
    assert (fault["table"], fault["line"], fault["field"], fault["value"]) == ("answers", 3, "text_zh", "{unit}")
