"""Forms of actions: what somebody who knows no action fills in, is taken; what cannot be, is not offered."""

from typing import Any, get_args

import pytest

from gridsvc.casework.case import State, Status
from gridsvc.casework.forms import Field
from gridsvc.casework.lifecycle import legal
from gridsvc.errors import BadInput

from .forms_filled import filled, is_asked, pressed, shown
from .lives import WHY, Life, come_to, whose

STATES = get_args(Status)


def one(state: State, action: str, name: str) -> dict[str, Any]:
    return next(field for field in shown(state, action) if field["name"] == name)


def values(state: State, action: str, name: str) -> list[Any]:
    return [choice["value"] for choice in one(state, action, name)["choices"]]


def done(life: Life, action: str, said: dict[str, Any]) -> None:
    """Do what a form was filled in with, and what the service adds to it."""
    if action == "correct":
        said = said | {"answer": whose("U1"), "trail": []}
    if action == "link":
        said = said | {"number": "n2"}
    # What becomes of a precedent is told by its id.
    life.do(action, **said | ({"precedent": "P1"} if "precedent" in said else {}))


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("choose", [0, 1, 9])
@pytest.mark.parametrize("status", STATES)
def test_what_a_form_asks_for_is_all_that_its_action_needs(status: Status, choose: int, whole: bool):
    for action in [row.name for row in legal(pressed(status).state)]:
        life = pressed(status)
        before = len(life.entries)
        done(life, action, filled(shown(life.state, action), whole, choose))
        assert len(life.entries) == before + 1, action


@pytest.mark.parametrize("status", STATES)
def test_nothing_that_is_required_can_be_left_out(status: Status):
    for action in [row.name for row in legal(pressed(status).state)]:
        fields = shown(pressed(status).state, action)
        said = filled(fields, whole=False)
        for name in (field["name"] for field in fields if field["required"] and is_asked(field, said)):
            with pytest.raises(BadInput):
                done(pressed(status), action, {k: v for k, v in said.items() if k != name})


def test_a_name_and_its_condition_are_asked_once():
    for status in STATES:
        state = pressed(status).state
        for action in [row.name for row in legal(state)]:
            fields = shown(state, action)
            for choose in (0, 1):
                said = filled(fields, whole=True, choose=choose)
                asked = [field["name"] for field in fields if is_asked(field, said)]
                assert len(asked) == len(set(asked)), (status, action)


def test_another_unit_than_the_one_that_was_found_needs_a_reason():
    state = come_to("registered").state
    unit, reason = one(state, "dispatch", "unit"), one(state, "dispatch", "reason")
    assert (unit["default"], unit["required"]) == ("U1", False)
    assert [is_asked(reason, {"unit": code}) for code in ("U1", "U2")] == [False, True]
    assert reason["required"]


def test_more_time_is_asked_for_in_the_unit_of_the_clock():
    assert values(come_to("in_progress").state, "extend", "unit") == ["urgent_hour"]
    worked = [{"stage": "disposal", "amount": 2, "unit": "working_day", "due_at": None}]
    life = Life(whose("U1", worked)).go("accept", "register", "dispatch", "take")
    assert values(life.state, "extend", "unit") == ["working_hour", "working_day"]


def test_the_ladder_goes_up_only():
    life = come_to("registered").do("escalate", reason=WHY, rung="competent")
    assert values(life.state, "escalate", "rung") == ["joint_meeting", "district"]


def test_what_was_dispatched_is_not_joined_any_more():
    assert values(come_to("registered").state, "link", "as") == ["duplicate", "related", "repeat"]
    assert values(come_to("dispatched").state, "link", "as") == ["related", "repeat"]


def test_of_links_those_are_offered_that_there_are():
    assert values(come_to("registered").go("link").state, "unlink", "case") == ["n2"]


def test_a_request_has_the_answers_of_its_kind_and_what_they_need():
    life = come_to("dispatched").go("return", "whistle")
    back, call = (r["n"] for r in life.state.requests)
    fields = shown(life.state, "settle")

    def asked(**said: Any) -> dict[str, Any]:
        return {f["name"]: f for f in fields if is_asked(f, said)}

    assert values(life.state, "settle", "request") == [back, call]
    returned, called = asked(request=back), asked(request=call)
    assert [c["value"] for c in returned["verdict"]["choices"]] == ["granted", "refused"]
    assert [c["value"] for c in called["verdict"]["choices"]] == ["answered"] == [called["verdict"]["default"]]
    assert "unit" in asked(request=back, verdict="granted")
    assert "unit" not in asked(request=back, verdict="refused")
    assert [c["zh"] for c in asked(request=call, verdict="answered")["scores"]["choices"]] == ["U2 处", "U3 处"]


def test_the_unit_that_was_proposed_is_filled_in():
    life = come_to("dispatched").do("return", reason=WHY, basis="职责清单", unit="U3")
    assert one(life.state, "settle", "unit")["default"] == "U3"


def test_a_precedent_is_offered_to_who_may_bind_the_district():
    state = come_to("undecided").state
    offered = [[f["kind"] == "precedent" for f in shown(state, "decide", may_bind=may)] for may in (True, False)]
    assert [any(found) for found in offered] == [True, False]


def test_what_is_not_said_of_a_field_is_left_out():
    assert Field("a", "text", "甲", "a").as_dict() == {
        "name": "a", "kind": "text", "zh": "甲", "en": "a", "required": False
    }  # fmt: skip
