"""Normal and emergency mode over HTTP: who may switch it, and what everybody else is told."""

import pytest

from gridsvc.rights import Grant
from tests.conftest import NOON

from .conftest import fields
from .desk import Desk
from .house import DISTRICT

WHY = {"reason": "台风红色预警"}
SWITCHED = {
    "district": DISTRICT, "mode": "emergency", "valid_from": "2024-06-12T04:00:00+00:00",
    "valid_to": "2024-06-13T00:00:00+00:00",
}  # fmt: skip


def test_the_leader_of_the_shift_switches_and_everybody_is_told(desk: Desk):
    normal = {"district": DISTRICT, "mode": "normal", "valid_from": None, "valid_to": None}
    assert desk.ask("looker", "GET", "/v1/mode").json() == normal
    body = {"mode": "emergency", "to": "2024-06-13T08:00:00+08:00"} | WHY
    made = desk.ask("leader", "POST", "/v1/mode", json=body)
    assert (made.status_code, made.json()) == (200, SWITCHED | WHY | {"actor": "leader", "at": NOON.isoformat()})
    assert desk.ask("looker", "GET", "/v1/mode").json() == SWITCHED
    assert desk.ask("looker", "GET", "/v1/mode", params={"at": "2024-06-13T00:00:00Z"}).json() == normal
    # Who did it and why is for those who may do it.
    assert desk.ask("leader", "GET", "/v1/mode").json() == SWITCHED | {"switches": [made.json()]}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "mode"),
        (WHY, "mode"),
        ({"mode": "war"} | WHY, "mode"),
        ({"mode": "emergency"}, "reason"),
        ({"mode": "emergency", "reason": "x"}, "reason"),
        ({"mode": "emergency", "from": "2024-06-12"} | WHY, "from"),
        ({"mode": "emergency", "to": "2024-06-12T04:00:00Z"} | WHY, "to"),
        ({"mode": "emergency", "start": "2024-06-12T04:00:00Z"} | WHY, "start"),
    ],
)
def test_a_switch_that_cannot_be_is_refused_by_its_field(desk: Desk, body, field):
    answer = desk.ask("leader", "POST", "/v1/mode", json=body)
    assert answer.status_code == 422
    assert field in fields(answer)
    assert desk.ask("leader", "GET", "/v1/mode").json()["switches"] == []


def test_who_leads_only_a_part_of_the_district_does_not_switch_all_of_it(desk: Desk):
    desk.house.add("part", Grant("shift_leader", DISTRICT, layer="grid", area="A"))
    answer = desk.ask("part", "POST", "/v1/mode", json={"mode": "emergency"} | WHY)
    assert answer.status_code == 403
    assert desk.ask("looker", "POST", "/v1/mode", json={"mode": "emergency"} | WHY).status_code == 403
