"""What may be done with a case, by whoever asks; and the words for all that a page shows."""

from typing import Any, get_args

import pytest
from fastapi.testclient import TestClient

from gridsvc.api.schemas.actions import MODELS
from gridsvc.casework.case import Status
from gridsvc.casework.lifecycle import NEEDS
from gridsvc.rights import Grant
from tests.casework.forms_filled import filled

from .desk import RULED, WHY, Desk
from .house import DISTRICT

CENTRE = {"accept": {}, "register": {}, "dispatch": {}}


@pytest.fixture
def units(desk: Desk) -> Desk:
    """Beside the centre somebody who acts for each unit."""
    for unit in ("U3", "U2"):
        desk.house.add(unit.lower(), Grant("unit_handler", DISTRICT, unit=unit))
    return desk


def act(desk: Desk, who: str, case: Any, action: str, /, **said: Any) -> Any:
    path = f"/v1/cases/{case['id']}/actions/{action}"
    answer = desk.ask(who, "POST", path, json={"version": case["version"]} | said)
    assert answer.status_code == 200, answer.text
    return answer.json()


def dispatched(desk: Desk) -> Any:
    case = desk.report(RULED)
    assert case["decision"]["accountable"]["unit"] == "U2"
    for action in CENTRE:
        case = act(desk, "leader", case, action)
    return case


def example(action: str) -> Any:
    extra: Any = MODELS[action].model_config["json_schema_extra"]
    return {k: v for k, v in extra["examples"][0].items() if k != "version"}


def offered(desk: Desk, who: str, case: Any) -> dict[str, Any]:
    answer = desk.ask(who, "GET", f"/v1/cases/{case['id']}/actions")
    assert answer.status_code == 200, answer.text
    assert answer.json()["version"] == desk.case(case)["version"]
    return {item["action"]: item for item in answer.json()["items"]}


def test_everybody_is_offered_what_is_for_him_and_no_more(units: Desk):
    case = dispatched(units)
    press = {"supervise", "escalate", "whistle"}
    handles = {"take", "arrive", "return", "extend", "hold", "transfer"}
    assert set(offered(units, "looker", case)) == set()
    assert set(offered(units, "leader", case)) == {"correct", "link", *press}
    assert set(offered(units, "dispatcher", case)) == press - {"whistle"}
    assert set(offered(units, "u2", case)) == handles
    assert units.ask("u3", "GET", f"/v1/cases/{case['id']}/actions").status_code == 404


@pytest.mark.parametrize("who", ["looker", "leader", "dispatcher", "collector", "u2"])
def test_what_a_case_offers_is_the_same_wherever_it_is_shown(units: Desk, who: str):
    case = dispatched(units)
    names = list(offered(units, who, case))
    listed = units.ask(who, "GET", "/v1/cases").json()["items"][0]
    read = units.ask(who, "GET", f"/v1/cases/{case['number']}").json()
    assert [a["action"] for a in listed["actions"]] == [a["action"] for a in read["actions"]] == names


@pytest.mark.parametrize("who", ["looker", "leader", "dispatcher", "u3", "u2"])
def test_what_is_not_offered_is_refused_and_what_is_offered_is_not(units: Desk, who: str):
    def waiting() -> Any:
        """A case on which somebody waits for an answer in several ways."""
        case = act(units, "leader", dispatched(units), "whistle", reason=WHY, asked=["U3"], **{"for": "emergency"})
        case = act(units, "leader", case, "supervise", reason=WHY, way="phone")
        return act(units, "u2", case, "return", reason=WHY, basis="职责清单", unit="U3")

    case, other = waiting(), dispatched(units)
    may = offered(units, who, case)
    for action in NEEDS:
        if action in may:
            said = filled(may[action]["fields"], whole=False)
            said |= {"link": {"case": other["number"]}, "transfer": {"unit": "U3"}}.get(action, {})
            act(units, who, waiting(), action, **said | ({"category": "07001"} if action == "correct" else {}))
        else:
            body = {"version": case["version"]} | example(action)
            answer = units.ask(who, "POST", f"/v1/cases/{case['id']}/actions/{action}", json=body)
            assert answer.status_code in (403, 404, 409, 422), (action, answer.text)
    assert units.case(case)["version"] == case["version"]


def test_a_unit_that_is_called_arrives_for_the_whistle_alone(units: Desk):
    case = act(units, "leader", dispatched(units), "whistle", reason=WHY, asked=["U3"], **{"for": "emergency"})
    n = case["requests"][0]["n"]
    form = offered(units, "u3", case)["arrive"]
    assert form["requires"] == ["request"]
    filled = {f["name"]: f.get("default") for f in form["fields"] if f["required"]}
    assert filled == {"request": n, "unit": "U3"}
    own = {f["name"]: f for f in offered(units, "u2", case)["arrive"]["fields"]}
    assert "request" not in own
    assert own["unit"]["default"] == "U2"
    after = act(units, "u3", case, "arrive", **filled)
    assert list(after["requests"][0]["arrived"]) == ["U3"]


def test_a_request_is_answered_by_whom_it_asks(units: Desk):
    case = act(units, "u2", dispatched(units), "return", reason=WHY, basis="职责清单", unit="U3")
    n = case["requests"][0]["n"]
    assert "settle" not in offered(units, "u2", case)
    form = offered(units, "dispatcher", case)["settle"]["fields"]
    assert form[0]["choices"] == [{"value": n, "zh": f"退单 #{n}", "en": f"return #{n}"}]
    assert [f["default"] for f in form if f["name"] == "unit"] == ["U3"]


def test_every_value_has_words_in_both_languages(desk: Desk):
    words = desk.ask("looker", "GET", "/v1/words").json()
    assert set(words["status"]) == set(get_args(Status))
    assert {status["phase"] for status in words["status"].values()} == set(words["phase"])
    assert set(words["action"]) == set(NEEDS)
    assert set(words["entry"]) > set(NEEDS)
    assert words["action"]["dispatch"] == {"zh": "派遣", "en": "dispatch"}
    assert all(titles[lang] for kind in words.values() for titles in kind.values() for lang in ("zh", "en"))


def test_words_are_for_who_is_known(untouched: TestClient, desk: Desk):
    assert untouched.get("/v1/words").status_code == 200
    assert desk.browser.get("/v1/words").status_code == 401
