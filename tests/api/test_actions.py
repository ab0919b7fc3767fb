"""The requests that act on a case are those of the table, and each describes itself."""

from dataclasses import replace
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from gridsvc.api.policy import POLICY
from gridsvc.api.routes.actions import router
from gridsvc.api.schemas.actions import MODELS, ActionIn
from gridsvc.casework.case import State, Status
from gridsvc.casework.lifecycle import NEEDS, ROWS, legal
from tests.casework.forms_filled import filled, pressed, shown
from tests.casework.lives import come_to

ROUTES: dict[str, Any] = {route.name: route for route in router.routes}  # type: ignore[attr-defined]


def example(model: type[ActionIn]) -> dict[str, Any]:
    extra: Any = model.model_config["json_schema_extra"]
    return dict(extra["examples"][0])


def test_every_action_has_a_request_and_an_address():
    assert set(MODELS) == set(NEEDS) == set(ROUTES)
    for name, route in ROUTES.items():
        assert (route.path, route.methods) == (f"/v1/cases/{{case}}/actions/{name}", {"POST"})
        assert POLICY["POST", route.path].needs == NEEDS[name]


@pytest.mark.parametrize("name", MODELS)
def test_a_request_requires_what_every_step_of_its_action_does(name: str):
    fields = MODELS[name].model_fields.items()
    required = {field.alias or n for n, field in fields if field.is_required()}
    known = {field.alias or n for n, field in fields}
    steps = [{"version", *row.requires} for row in ROWS if row.name == name]
    assert required == set.intersection(*steps)
    assert set.union(*steps) <= known


@pytest.mark.parametrize("name", MODELS)
def test_its_example_can_be_sent_and_nothing_else_is_taken(name: str):
    given = example(MODELS[name])
    assert MODELS[name].model_validate(given).version == 3
    for more in ({"unknown": 1}, {"version": "3"}, {"version": 0}, {"reason": 5}):
        with pytest.raises(ValidationError):
            MODELS[name].model_validate(given | more)


@pytest.mark.parametrize("name", MODELS)
def test_it_says_what_it_does_from_where_and_with_which_rights(name: str):
    told = ROUTES[name].description
    for row in (row for row in ROWS if row.name == name):
        assert all(word in told for word in (row.zh, row.en, *row.requires, *row.since, row.to or ""))
        assert row.permission == NEEDS[name] or row.permission in told


@pytest.mark.parametrize("score", [-1, 101, float("nan"), "90", None, True])
def test_a_score_is_a_number_from_0_to_100(score: Any):
    given = example(MODELS["settle"]) | {"scores": {"U1": score}}
    with pytest.raises(ValidationError):
        MODELS["settle"].model_validate(given)
    assert MODELS["settle"].model_validate(given | {"scores": {"U1": 0, "U2": 100, "U3": 75.5}}).said()["scores"]


def test_of_a_correction_only_a_component_and_an_accuracy_can_be_taken_away():
    given = {"version": 3, "reason": "上报有误，应更正", "category": None, "component": None, "accuracy_m": None}
    assert set(MODELS["correct"].model_validate(given).said()) == {"version", "reason", "component", "accuracy_m"}


def states() -> list[State]:
    """A case in every status, with nothing beside and with everything, asked for a reward or not."""
    lives = [make(status) for status in get_args(Status) for make in (come_to, pressed)]
    return [state for life in lives for state in (life.state, replace(life.state, reward="due"))]


FORMS = [(row.name, shown(state, row.name)) for state in states() for row in legal(state)]


@pytest.mark.parametrize("name", MODELS)
def test_the_forms_of_an_action_have_all_that_its_request_takes_and_no_more(name: str):
    known = {field.alias or n for n, field in MODELS[name].model_fields.items()}
    asked = {field["name"] for action, fields in FORMS if action == name for field in fields}
    assert asked == known - {"version"}


@pytest.mark.parametrize("choose", range(8))
@pytest.mark.parametrize("whole", [False, True])
def test_a_form_that_is_filled_in_can_be_sent(whole: bool, choose: int):
    for name, fields in FORMS:
        given = filled(fields, whole, choose) | {"version": 3}
        assert MODELS[name].model_validate(given).version == 3


def test_a_text_that_is_as_long_as_its_form_allows_can_be_sent_and_no_longer_one():
    for name, fields in FORMS:
        given = filled(fields, whole=True) | {"version": 3}
        for field in (f for f in fields if f["name"] in given and f["kind"] in ("text", "reason", "case", "category")):
            longest = given | {field["name"]: "因" * field["most"]}
            assert MODELS[name].model_validate(longest).version == 3
            with pytest.raises(ValidationError):
                MODELS[name].model_validate(longest | {field["name"]: "因" * (field["most"] + 1)})
