"""Alive and ready: with and without an edition, and with the database gone."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from small_city import load_city, write_city

from gridsvc.api.app import create_app
from gridsvc.services import current, editions
from gridsvc.services.components import record_component
from gridsvc.store.cluster import Cluster
from gridsvc.store.engine import make_engine
from gridsvc.values import Component, Point
from tests.conftest import NOON, settings_for

from .conftest import BODY, open_client

NOWHERE = "postgresql+psycopg2://nobody@/none?host=/nonexistent&port=5442"


@pytest.fixture(scope="module")
def without_edition(cluster: Cluster, migrated_template: str) -> Iterator[TestClient]:
    with open_client(cluster.make_database("health_empty", migrated_template)) as opened:
        yield opened


@pytest.fixture(scope="module")
def without_database() -> Iterator[TestClient]:
    with open_client(NOWHERE) as opened:
        yield opened


def test_a_process_that_runs_is_live(reader: TestClient, without_database: TestClient):
    for client in (reader, without_database):
        assert (client.get("/health/live").status_code, client.get("/health/live").json()) == (200, {"status": "live"})


def test_with_an_edition_it_is_ready_and_says_which(reader: TestClient):
    answer = reader.get("/health/ready")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "edition": "2023-1"})


def test_without_an_edition_it_is_not_ready_and_says_what_to_do(without_edition: TestClient):
    refused = without_edition.get("/health/ready")
    assert refused.status_code == 503
    assert refused.headers["content-type"] == "application/problem+json"
    assert "publish" in refused.json()["zh"]
    assert "publish" in refused.json()["en"]


ASKED = ["/v1/layers", "/v1/cases", "/v1/units", "/v1/components", "/v1/lanes", "/maps/heat", "/health/ready"]


@pytest.mark.parametrize("path", ASKED)
def test_without_a_database_everything_that_needs_it_is_unavailable(without_database: TestClient, path: str):
    refused = without_database.get(path)
    assert refused.status_code == 503
    assert refused.json()["status"] == 503


@pytest.mark.parametrize("path", [p for p in ASKED if p != "/health/ready"])
def test_without_an_edition_everything_that_needs_one_is_unavailable(without_edition: TestClient, path: str):
    assert without_edition.get(path).status_code == 503


@pytest.mark.parametrize(("path", "body"), [("/v1/route", {"point": BODY["point"]}), ("/v1/cases", BODY)])
def test_without_an_edition_nothing_is_routed_or_taken(without_edition: TestClient, path: str, body: dict):
    assert without_edition.post(path, json=body, headers={"Idempotency-Key": "k"}).status_code == 503


def test_lists_of_editions_are_there_before_the_first_is_published(without_edition: TestClient):
    assert without_edition.get("/v1/editions").json() == {"items": []}


def test_the_running_service_takes_up_the_first_edition(
    cluster: Cluster, migrated_template: str, tmp_path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(current, "LOOK_AGAIN_S", 0.0)
    url = cluster.make_database("health_first", migrated_template)
    with open_client(url) as client:
        assert client.get("/health/ready").status_code == 503
        engine = make_engine(url, 1)
        load_city(engine, write_city(tmp_path))
        editions.publish(engine, "S1", NOON, NOON - timedelta(days=1))
        engine.dispose()
        assert client.get("/health/ready").json()["edition"] == "S1"


def test_a_database_that_goes_away_makes_it_unready_and_not_dead(cluster: Cluster, small_template: str):
    url = cluster.make_database("health_gone", small_template)
    with open_client(url) as client:
        assert client.get("/health/ready").status_code == 200
        cluster.drop_database("health_gone")
        assert client.get("/health/ready").status_code == 503
        assert client.get("/health/live").status_code == 200
        assert client.get("/v1/cases").status_code == 503
        assert client.post("/v1/cases", json=BODY, headers={"Idempotency-Key": "k"}).status_code == 503
        cluster.make_database("health_gone", small_template)
        assert client.get("/health/ready").status_code == 200
        assert client.post("/v1/cases", json=BODY, headers={"Idempotency-Key": "k"}).status_code == 201


def until(holds: Callable[[], bool]) -> bool:
    """Wait until something holds, at most half a minute."""
    return any(holds() or time.sleep(0.05) for _ in range(600))


def test_after_the_last_edition_has_ended_every_door_says_so_until_the_next(
    cluster: Cluster, migrated_template: str, tmp_path
):
    end = NOON + timedelta(hours=1)
    clock, url = [NOON], cluster.make_database("health_ended", migrated_template)
    engine = make_engine(url, 1)
    load_city(engine, write_city(tmp_path / "S1", edition="S1"))
    editions.publish(engine, "S1", NOON, NOON - timedelta(days=1), end)
    point = {"point": BODY["point"]}
    batch = {"x": [120.005], "y": [30.005], "crs": "wgs84"}
    app = create_app(settings_for(), url, lambda: clock[0])
    with TestClient(app, base_url="http://127.0.0.1:8000", client=("127.0.0.1", 50000)) as client:

        def doors(key: str) -> list[Any]:
            posts = [client.post(path, json=body) for path, body in (("/v1/route", point), ("/v1/route/batch", batch))]
            case = client.post("/v1/cases", json=BODY, headers={"Idempotency-Key": key})
            return [*posts, case, client.get("/health/ready"), client.get("/v1/layers")]

        assert [answer.status_code for answer in doors("a")] == [200, 200, 201, 200, 200]
        clock[0] = end
        assert until(lambda: client.post("/v1/route", json=point).status_code == 503)
        refused = doors("b")
        assert [answer.status_code for answer in refused] == [503] * 5
        assert len({(answer.json()["zh"], answer.json()["en"]) for answer in refused}) == 1
        assert "no edition holds now" in refused[0].json()["en"]
        then = client.post("/v1/route", json=point | {"at": NOON.isoformat()})
        assert (then.status_code, then.json()["edition"]) == (200, "S1")
        load_city(engine, write_city(tmp_path / "S2", edition="S2"))
        editions.publish(engine, "S2", end, end)
        engine.dispose()
        assert until(lambda: client.get("/health/ready").status_code == 200)
        assert [answer.status_code for answer in doors("c")] == [200, 200, 201, 200, 200]


def test_what_is_recorded_elsewhere_is_at_hand_without_a_question(writer: TestClient):
    parts = writer.app.parts
    lamp = Component("L77", "GB/T 47678.5-2026", "01001", "", Point(120.005, 30.005))
    elsewhere = make_engine(parts.engine.url.render_as_string(hide_password=False), 1)
    record_component(elsewhere, parts.current.district(), lamp, "a1", NOON)
    elsewhere.dispose()
    assert until(lambda: (held := parts.current.at_hand()) is not None and held.components.get("L77") is not None)


def test_a_process_without_a_database_looks_until_there_is_one(cluster: Cluster, small_template: str):
    with open_client(cluster.url("health_later")) as client:
        held = client.app.parts.current
        assert client.get("/health/ready").status_code == 503
        assert held.at_hand() is None
        cluster.make_database("health_later", small_template)
        assert until(lambda: held.at_hand() is not None)
