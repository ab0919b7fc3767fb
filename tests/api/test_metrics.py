"""What Prometheus reads: the service's own counts, the installation's, and the truth while the database is away."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from gridsvc import __version__
from gridsvc.api.measures import DECIDED_S, Measures

from .conftest import BODY, PartsOfCity, open_client

NOWHERE = "postgresql+psycopg2://nobody@/none?host=/nonexistent&port=5442"
Found = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def parsed(text: str) -> Found:
    families = list(text_string_to_metric_families(text))
    names = [family.name for family in families]
    assert len(set(names)) == len(names)
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for family in families for s in family.samples}


def read(client: TestClient) -> Found:
    answer = client.get("/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return parsed(answer.text)


def of(found: Found, name: str, **labels: str) -> float | None:
    return found.get((f"gridsvc_{name}", tuple(sorted(labels.items()))))


def test_a_replica_says_what_it_runs_and_answers_by(reader: TestClient):
    reader.get("/health/ready")
    found = read(reader)
    assert of(found, "build_info", version=__version__) == 1
    assert of(found, "edition_info", edition="2023-1", ruleset="2023-1") == 1
    assert 0 <= (of(found, "edition_seen_seconds") or 0.0) < 60
    assert of(found, "database_up") == 1
    assert of(found, "event_lag") == 0
    assert of(found, "database_connections") is not None
    assert ("process_resident_memory_bytes", ()) in found


def test_open_cases_are_those_of_the_summary(reader: TestClient):
    told: Any = reader.get("/v1/cases/summary").json()
    found = read(reader)
    by_status = {dict(labels)["status"]: n for (name, labels), n in found.items() if name == "gridsvc_open_cases"}
    assert by_status == {status: n for status, n in told["facets"]["status"].items() if n}


def test_a_report_is_counted_by_its_route_and_as_a_case(writer: TestClient):
    before = read(writer)
    assert writer.post("/v1/cases", json=BODY, headers={"Idempotency-Key": "one"}).status_code == 201
    assert writer.post("/v1/cases", json=BODY).status_code == 400
    after = read(writer)
    counted = {"method": "POST", "route": "/v1/cases"}
    assert of(after, "requests_total", **counted, status="201") == 1
    assert of(after, "requests_total", **counted, status="400") == 1
    assert of(after, "request_seconds_count", **counted) == 2
    assert sum(n for (name, _), n in after.items() if name == "gridsvc_open_cases") == 1
    assert not any(name == "gridsvc_open_cases" for name, _ in before)


def test_addresses_that_strangers_try_are_one_line_for_all(writer: TestClient):
    for i in range(20):
        assert writer.get(f"/wp-admin/{i}").status_code == 404
    assert writer.get("/v1/cases", headers={"Content-Encoding": "gzip"}).status_code == 415
    found = read(writer)
    unknown = {"method": "none", "route": "none"}
    assert of(found, "requests_total", **unknown, status="404") == 20
    assert of(found, "requests_total", **unknown, status="415") == 1
    assert not any("wp-admin" in str(labels) for _, labels in found)


def test_without_the_database_it_says_so_and_still_tells_of_itself():
    with open_client(NOWHERE) as client:
        found = read(client)
    assert of(found, "database_up") == 0
    assert of(found, "build_info", version=__version__) == 1
    assert of(found, "event_lag") is None


@pytest.mark.parametrize("who", ["whole", "street", "planner"])
def test_who_only_sees_cases_does_not_see_how_the_service_does(parts_of_city: PartsOfCity, who: str):
    assert parts_of_city.client.get("/metrics", headers=parts_of_city.headers[who]).status_code == 403
    assert parts_of_city.client.get("/metrics").status_code == 401


def test_decisions_of_the_listener_fall_into_growing_buckets():
    measures = Measures()
    for taken_s in (0.0, DECIDED_S[0], 0.00003, 1.0):
        measures.decided(taken_s)
    found = parsed(generate_latest(measures.registry).decode())
    buckets = [of(found, "decision_seconds_bucket", le=str(bound)) for bound in DECIDED_S]
    assert buckets == [2.0, 2.0] + [3.0] * (len(DECIDED_S) - 2)
    assert of(found, "decision_seconds_count") == 4
    assert of(found, "decision_seconds_sum") == pytest.approx(1.00004)
