"""Reports that may repeat others: told before a report is made, with it, and afterwards; within the caller's reach."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from gridsvc.rights import Grant, Role
from gridsvc.services import actors, keys
from gridsvc.store.engine import make_engine
from tests.conftest import NOON

from .conftest import fields, open_client

# Exposed rubbish: within 50 m and 24 hours, by the demo city's table.
BODY = {"point": {"x": 120.2185, "y": 30.3218, "crs": "wgs84"}, "category": "06010", "source": "app"}
LAMP = {"category": "01037", "component": "99010101037000123"}


def moved(north_m: float) -> dict[str, Any]:
    return {"point": {"x": 120.2185, "y": 30.3218 + north_m / 110_860, "crs": "wgs84"}}


def post(client: TestClient, key: str, headers: Any = None, **changes: Any) -> Any:
    sent = {"Idempotency-Key": key} | (headers or {})
    answer = client.post("/v1/cases", json=BODY | changes, headers=sent)
    assert answer.status_code == 201, answer.text
    return answer.json()


def asked(client: TestClient, headers: Any = None, **changes: Any) -> list[Any]:
    answer = client.post("/v1/cases/similar", json=BODY | changes, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def test_the_first_report_is_like_no_other(client: TestClient):
    assert asked(client) == []
    assert post(client, "1")["similar"] == []


def test_a_second_report_is_told_of_the_first_one_and_nothing_is_linked(client: TestClient):
    first = post(client, "1", description="路边有暴露垃圾")
    before = asked(client, **moved(12), description="路边有暴露垃圾")
    second = post(client, "2", **moved(12), description="路边有暴露垃圾")
    assert second["similar"] == before
    assert [c["id"] for c in before] == [first["id"]]
    assert before[0] | {"score": 0} == {
        "id": first["id"], "number": first["number"], "status": "reported", "category": "06010",
        "reported_at": first["reported_at"], "point": first["point"], "distance_m": 12.0, "same_component": False,
        "text": 1.0, "score": 0,
        "zh": "相距 12 米；相隔 0 分钟；描述相似度 100%",
        "en": "12 m away; 0 min apart; the descriptions are 100% alike",
    }  # fmt: skip
    assert client.get(f"/v1/cases/{second['id']}").json()["status"] == "reported"
    # Read again, the case is the case; what it was like is asked for.
    assert "similar" not in client.get(f"/v1/cases/{second['id']}").json()


def test_the_same_key_gives_the_first_answer_again(client: TestClient):
    first = post(client, "1")
    post(client, "2")
    assert post(client, "1") == first


@pytest.mark.parametrize(
    ("changes", "n"), [(moved(49), 1), (moved(52), 0), ({"category": "06011"}, 0), ({"category": "06010"}, 1)]
)
def test_radius_and_matter_are_those_of_the_table(client: TestClient, changes: dict[str, Any], n: int):
    post(client, "1")
    assert len(asked(client, **changes)) == n


def test_reports_of_one_lamp_are_alike_from_wherever_they_are_made(client: TestClient):
    lamp = next(
        f for f in client.get("/v1/components?class=01037&limit=200").json()["features"]
        if f["id"] == LAMP["component"]
    )  # fmt: skip
    x, y = lamp["geometry"]["coordinates"]
    post(client, "near", **LAMP, point={"x": x + 0.0001, "y": y, "crs": "wgs84"})
    post(client, "far", **LAMP, point={"x": x, "y": y, "crs": "wgs84"})
    found = asked(client, **LAMP, point={"x": x + 0.002, "y": y, "crs": "wgs84"})
    assert [c["same_component"] for c in found] == [True, True]
    assert found[0]["zh"].startswith("同一部件 99010101037000123；相距 ")


def test_a_stored_case_is_compared_with_those_before_and_after(client: TestClient):
    ids = [post(client, str(n), **moved(10 * n))["id"] for n in range(3)]
    found = client.get(f"/v1/cases/{ids[1]}/similar").json()["items"]
    assert sorted(c["id"] for c in found) == sorted([ids[0], ids[2]])
    assert client.get("/v1/cases/240612-9999/similar").status_code == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"category": "99999"}, "category"), ({"component": "none"}, "component"), ({"source": "x"}, "source"),
     ({"point": {"x": 120.2, "y": 30.3}}, "point.crs")],
)  # fmt: skip
def test_a_report_that_would_be_refused_is_refused_here_too(client: TestClient, changes: dict[str, Any], field: str):
    answer = client.post("/v1/cases/similar", json=BODY | changes)
    assert (answer.status_code, fields(answer)) == (422, [field])


@pytest.fixture
def hired(demo_url: str) -> Callable[[str, Role, str | None], dict[str, str]]:
    """Make an actor with a role over a street, or over the district, and give his headers."""

    def hire(name: str, role: Role, street: str | None) -> dict[str, str]:
        engine = make_engine(demo_url, 1)
        actors.add_actor(engine, name, "test", NOON)
        actors.grant(engine, name, Grant(role, "990101", street and "street", street), "test", NOON)
        _, key = keys.add_key(engine, name, "k", "test", NOON)
        engine.dispose()
        return {"Authorization": f"Bearer {key}"}

    return hire


def test_only_cases_within_the_callers_reach_are_told(demo_url: str, hired: Callable[..., dict[str, str]]):
    here = "990101001"
    streets = {"aa": here, "bb": "990101006", "cc": None}
    headers = {who: hired(who, "collector", street) for who, street in streets.items()}
    with open_client(demo_url, open_access=False) as client:
        first = post(client, "1", headers["cc"])
        assert first["decision"]["areas"]["street"]["code"] == here
        seen = {who: [c["id"] for c in asked(client, own)] for who, own in headers.items()}
        assert seen == {"aa": [first["id"]], "bb": [], "cc": [first["id"]]}
        assert post(client, "2", headers["bb"])["similar"] == []
        # His own report is within his reach, wherever it was made.
        assert len(asked(client, headers["bb"])) == 1
