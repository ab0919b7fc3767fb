"""A component is recorded, changed and removed over HTTP, and the next answers know it."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from small_city import IN_A, IN_B

from tests.conftest import NOON

from .conftest import fields

BODY: dict[str, Any] = {"point": {"x": IN_A[0], "y": IN_A[1], "crs": "wgs84"}, "class": "01001"}
PATH = "/v1/components/W1"


def at(place: tuple[float, float], crs: str = "wgs84") -> dict[str, Any]:
    return {"x": place[0], "y": place[1], "crs": crs}


def meant(client: TestClient, place: tuple[float, float]) -> str | None:
    # What is said is heard a moment later.
    client.app.parts.current.look()
    found = client.post("/v1/route", json={"point": at(place), "category": "01001"}).json()["component"]
    return found and found["code"]


def test_a_recorded_component_is_shown_and_meant(writer: TestClient):
    recorded = writer.put(PATH, json=BODY | {"name": "井盖", "maintainer": "U1", "accuracy_class": "A"})
    assert recorded.status_code == 200
    own = recorded.json()["properties"]
    assert {k: own[k] for k in ("code", "class", "name", "maintainer", "state", "accuracy_class", "since")} == {
        "code": "W1", "class": "01001", "name": "井盖", "maintainer": "U1", "state": "intact", "accuracy_class": "A",
        "since": NOON.isoformat(),
    }  # fmt: skip
    assert recorded.json() in writer.get("/v1/components?class=01001").json()["features"]
    assert meant(writer, IN_A) == "W1"


def test_a_component_that_is_recorded_elsewhere_moved(writer: TestClient):
    writer.put(PATH, json=BODY)
    writer.put(PATH, json=BODY | {"point": at(IN_B)})
    assert (meant(writer, IN_A), meant(writer, IN_B)) == (None, "W1")


def test_a_removed_component_is_refused_by_its_code_and_stays_in_the_list(writer: TestClient):
    writer.put(PATH, json=BODY | {"since": "2024-06-01T00:00:00+08:00"})
    removed = writer.delete(PATH, params={"since": "2024-06-10T00:00:00+08:00"})
    assert (removed.status_code, removed.json()["properties"]["state"]) == (200, "removed")
    assert writer.delete(PATH).json() == removed.json()
    writer.app.parts.current.look()
    refused = writer.post("/v1/route", json={"point": at(IN_A), "component": "W1"})
    assert (refused.status_code, fields(refused)) == (422, ["component"])
    assert "2024-06-09T16:00:00+00:00" in refused.json()["zh"]
    assert removed.json() in writer.get("/v1/components").json()["features"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"point": at(IN_A, "")}, "point.crs"),
        ({"point": at((IN_A[1], IN_A[0]))}, "point"),
        ({"point": at((2.35, 48.85))}, "point"),
        ({"class": "06010"}, "class"),
        ({"class": "99999"}, "class"),
        ({"code_scheme": "none"}, "class"),
        ({"state": "gone"}, "state"),
        ({"accuracy_class": "D"}, "accuracy_class"),
        ({"since": "2024-06-13T00:00:00+08:00"}, "since"),
        ({"since": "2024-06-01T00:00:00"}, "since"),
        ({"colour": "red"}, "colour"),
    ],
    ids=["no datum", "swapped axes", "another continent", "a matter", "no class", "no scheme", "no state",
         "no accuracy class", "to come", "no offset", "no field"],
)  # fmt: skip
def test_what_cannot_be_recorded_is_refused_by_its_field(writer: TestClient, change: dict[str, Any], field: str):
    refused = writer.put(PATH, json=BODY | change)
    assert (refused.status_code, fields(refused)) == (422, [field])
    assert meant(writer, IN_A) is None


def test_a_component_that_nobody_recorded_cannot_be_removed(writer: TestClient):
    refused = writer.delete("/v1/components/W9")
    assert (refused.status_code, fields(refused)) == (404, ["code"])
