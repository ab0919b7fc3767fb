"""A publication between two requests: a running service takes it up by itself, and no answer is of two editions."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from small_city import GRIDS, UNITS, load_city, write_city

from gridsvc.services import editions
from gridsvc.store.engine import make_engine
from tests.conftest import NOON

from .conftest import BODY, fields, report

RENAMED = [{**g, "properties": {**g["properties"], "code": g["properties"]["code"] + "9"}} for g in GRIDS]
Publish = Callable[..., None]


@pytest.fixture
def publish(writer: TestClient, tmp_path) -> Publish:
    """Publish S3 as another process does, with other codes of grids, from a minute before noon."""

    def published() -> None:
        url = writer.app.parts.engine.url.render_as_string(hide_password=False)
        engine = make_engine(url, 1)
        load_city(engine, write_city(tmp_path, edition="S3", grids=RENAMED, tables={"units": UNITS}))
        editions.publish(engine, "S3", NOON, NOON - timedelta(minutes=1))
        engine.dispose()

    return published


def taken_up(client: TestClient, code: str) -> bool:
    """Wait until the service answers by an edition, at most twenty seconds."""
    ask = lambda: client.get("/health/ready").json()["edition"]  # noqa: E731
    return any(ask() == code or time.sleep(0.01) for _ in range(2000))


@pytest.mark.parametrize(
    ("path", "params", "last"),
    [("/v1/areas", {"layer": "grid"}, "B"), ("/v1/components", {}, "99099901001000002")],
)
def test_the_pages_of_one_question_are_of_one_edition(
    writer: TestClient, publish: Publish, path: str, params: dict[str, Any], last: str
):
    first = writer.get(path, params=params | {"limit": 1}).json()
    publish()
    assert taken_up(writer, "S3")
    second = writer.get(path, params=params | {"limit": 1, "cursor": first["next"]}).json()
    assert [p["edition"] for p in (first, second)] == ["S2", "S2"]
    assert [f["id"] for f in second["features"]] == [last]
    assert writer.get(path, params=params).json()["edition"] == "S3"


@pytest.mark.parametrize("path", ["/v1/areas?layer=grid", "/v1/components?"])
def test_a_cursor_does_not_go_with_another_edition(writer: TestClient, path: str):
    following = writer.get(f"{path}&limit=1").json()["next"]
    assert writer.get(f"{path}&limit=1&cursor={following}&edition=S2").status_code == 200
    refused = writer.get(f"{path}&limit=1&cursor={following}&edition=S1")
    assert (refused.status_code, fields(refused)) == (422, ["edition"])


def test_every_door_answers_by_the_new_edition_once_one_does(writer: TestClient, publish: Publish):
    publish()
    assert taken_up(writer, "S3")
    point = BODY["point"]
    batch = {"x": [point["x"]], "y": [point["y"]], "crs": "wgs84"}
    answers = [writer.post("/v1/route", json={"point": point}).json(), report(writer).json()["decision"]]
    assert {(a["edition"], a["areas"]["grid"]["code"]) for a in answers} == {("S3", "A9")}
    many = writer.post("/v1/route/batch", json=batch).json()
    assert (many["edition"], many["columns"]["grid"]) == ("S3", ["A9"])
    assert writer.get("/v1/layers").json()["edition"] == "S3"


def test_a_case_that_was_taken_before_keeps_its_decision(writer: TestClient, publish: Publish):
    before = report(writer).json()
    publish()
    assert taken_up(writer, "S3")
    assert writer.get(f"/v1/cases/{before['number']}").json().items() <= before.items()
    assert writer.get(f"/v1/cases/{before['number']}/decision").json()["areas"]["grid"]["code"] == "A"
    assert report(writer).json() == before


@pytest.mark.parametrize(("minutes", "edition"), [(-2, "S2"), (-1, "S3"), (0, "S3"), (600, "S3")])
def test_an_instant_is_answered_by_the_edition_that_held_then(
    writer: TestClient, publish: Publish, minutes: int, edition: str
):
    publish()
    assert taken_up(writer, "S3")
    at = (NOON + timedelta(minutes=minutes)).isoformat()
    answer = writer.post("/v1/route", json={"point": BODY["point"], "at": at}).json()
    assert (answer["edition"], answer["areas"]["grid"]["code"]) == (edition, "A9" if edition == "S3" else "A")
