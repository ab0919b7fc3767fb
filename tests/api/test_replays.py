"""A replay as a job: it goes on without whoever asked, one at a time, and what came of it is kept."""

import time
from typing import Any

import pytest
from fastapi.testclient import TestClient
from small_city import IN_A, IN_B
from sqlalchemy import text

from gridsvc.store import replay_jobs
from gridsvc.store.engine import transaction

from .conftest import application, report
from .test_draft_areas import HALF, copy, put

PAST = {"x": IN_B[0] + 0.003, "y": IN_B[1], "crs": "wgs84"}  # in the half of B that is taken from it


def ended(client: TestClient, job: dict[str, Any]) -> Any:
    """Wait for the end of a replay, at most a minute."""
    for _ in range(600):
        found = client.get(f"/v1/editions/{job['edition']}/replays/{job['id']}").json()
        if found["state"] != "running":
            return found
        time.sleep(0.1)
    raise AssertionError(found)


def begin(client: TestClient, code: str = "D1", **body: Any) -> Any:
    return client.post(f"/v1/editions/{code}/replays", json=body)


@pytest.fixture
def drafted(writer: TestClient) -> TestClient:
    """Three cases, and a draft in which one of them is in no grid."""
    for key, (x, y) in {"a": IN_A, "b": IN_B}.items():
        report(writer, key, point={"x": x, "y": y, "crs": "wgs84"})
    report(writer, "c", point=PAST)
    copy(writer)
    put(writer, "B", HALF)
    return writer


def test_a_replay_tells_which_cases_would_change_and_changes_none(drafted: TestClient):
    before = drafted.get("/v1/cases").json()
    asked = begin(drafted)
    assert (asked.status_code, asked.json()["of"]) == (202, 6)
    found = ended(drafted, asked.json())
    assert (found["state"], found["done"], found["current"]) == ("done", 6, True)
    result = found["result"]
    assert (result["same"] + result["changed"] + result["failed"], result["open"]) == (3, {"open": 3, "changed": 1})
    changed = {c["number"]: c["fields"]["grid"] for c in result["changes"]}
    assert list(changed.values()) == [["B", ""]]
    assert {"by": "grid", "code": "B", "lost": 1, "gained": 0} in result["shifts"]
    assert drafted.get("/v1/cases").json() == before
    listed = drafted.get("/v1/editions/D1/replays").json()["items"]
    assert [(j["id"], "changes" in j["result"]) for j in listed] == [(found["id"], False)]


def test_a_replay_of_what_was_drawn_in_since_says_so(drafted: TestClient):
    found = ended(drafted, begin(drafted).json())
    put(drafted, "A", HALF)
    assert drafted.get(f"/v1/editions/D1/replays/{found['id']}").json()["current"] is False


def test_only_cases_of_the_time_that_is_asked_for_are_decided(drafted: TestClient):
    found = ended(drafted, begin(drafted, to="2024-01-01T00:00:00Z").json())
    assert (found["result"]["same"], found["result"]["changed"]) == (0, 0)


def test_one_runs_at_a_time_and_one_that_died_is_told(drafted: TestClient):
    engine = application(drafted).state.parts.engine
    with engine.connect() as other:
        assert replay_jobs.try_lock(other)
        assert begin(drafted).status_code == 409
        about = {"district": "990999", "edition": "D1", "content_hash": "x", "actor": "demo", "of": 1}
        with transaction(engine) as connection:
            id_ = replay_jobs.add_job(connection, **about)
        path = f"/v1/editions/D1/replays/{id_}"
        assert drafted.get(path).json()["state"] == "running"
        other.invalidate()
    assert drafted.get(path).json()["state"] == "interrupted"
    assert ended(drafted, begin(drafted).json())["state"] == "done"


def test_only_the_last_ones_of_an_edition_are_kept(drafted: TestClient):
    ids = [ended(drafted, begin(drafted).json())["id"] for _ in range(replay_jobs.KEPT + 1)]
    kept = [j["id"] for j in drafted.get("/v1/editions/D1/replays").json()["items"]]
    assert kept == ids[:0:-1]
    assert drafted.get(f"/v1/editions/D1/replays/{ids[0]}").status_code == 404


def test_what_stops_a_replay_is_kept_with_it(drafted: TestClient):
    with transaction(application(drafted).state.parts.engine) as connection:
        connection.execute(text("ALTER TABLE case_history RENAME TO elsewhere"))
    try:
        found = ended(drafted, begin(drafted).json())
    finally:
        with transaction(application(drafted).state.parts.engine) as connection:
            connection.execute(text("ALTER TABLE elsewhere RENAME TO case_history"))
    assert (found["state"], found["result"]) == ("failed", None)
    assert found["problem"]["zh"]


def test_nobody_is_told_of_replays_of_what_is_not_there(drafted: TestClient):
    assert begin(drafted, "nothing").status_code == 404
    assert drafted.get("/v1/editions/D1/replays/1").status_code == 404
