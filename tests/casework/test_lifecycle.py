"""The table of actions: what a case in which state allows, and how the rest is refused."""

from typing import get_args

import pytest

from gridsvc.casework.case import OVER, Status
from gridsvc.casework.lifecycle import ACTIONS, legal, refuse_illegal, refuse_stale
from gridsvc.errors import Conflict, IllegalAction
from gridsvc.rights import ALL

NOT_YET_DISPATCHED = {"reported", "accepted", "verifying", "registered", "undecided"}


@pytest.mark.parametrize("status", get_args(Status))
@pytest.mark.parametrize("desk", [None, "no_rule", "disputed"])
def test_the_desk_settles_what_it_has_before_it_is_dispatched(status: Status, desk: str | None):
    expected = ["decide"] if desk is not None and status in NOT_YET_DISPATCHED else []
    assert [a.name for a in legal(status, desk)] == expected


def test_nothing_is_legal_in_a_state_that_nobody_knows():
    assert legal("", "no_rule") == []


def test_every_action_is_for_somebody_and_for_no_case_that_is_over():
    assert {a.permission for a in ACTIONS.values()} <= ALL
    assert all(a.since and not a.since & OVER for a in ACTIONS.values())


def test_a_refusal_names_what_is_legal():
    refuse_illegal("decide", "reported", "no_rule")
    with pytest.raises(IllegalAction) as none:
        refuse_illegal("decide", "reported", None)
    with pytest.raises(IllegalAction) as another:
        refuse_illegal("fly", "reported", "no_rule")
    assert (none.value.legal, another.value.legal) == ((), ("decide",))
    assert (none.value.errors[0].field, none.value.errors[0].value) == ("action", "decide")


@pytest.mark.parametrize("given", [0, 1, 3])
def test_another_version_than_the_newest_is_refused_by_that_field(given: int):
    refuse_stale(2, 2)
    with pytest.raises(Conflict) as e:
        refuse_stale(2, given)
    assert (e.value.errors[0].field, e.value.errors[0].value) == ("version", given)
