"""The table of actions: what a case in which state allows, and how the rest is refused. All states, all actions."""

from dataclasses import replace
from typing import get_args

import pytest

from gridsvc.casework.case import OVER, State, Status
from gridsvc.casework.lifecycle import NEEDS, ROWS, lapses, legal, need_legal, refuse_stale
from gridsvc.casework.requests import KINDS, RUNGS, need_open
from gridsvc.errors import BadInput, Conflict, IllegalAction
from gridsvc.rights import ALL, ROLES
from gridsvc.values import STAGES

from .lives import come_to

BEFORE = {"reported", "accepted", "verifying", "registered", "undecided"}
ASK = {"return", "extend", "hold", "transfer"}
PRESS = {"supervise", "whistle", "escalate"}
EVER = {"correct", "link"}
# What a case of somebody's, with nothing open and no link, allows.
LEGAL: dict[str, set[str]] = {
    "reported": {"accept", "void", *EVER},
    "accepted": {"verify", "register", "void", *EVER},
    "verifying": {"verify", "register", "void", *EVER},
    "registered": {"dispatch", "void", *EVER, *PRESS},
    "undecided": {"decide", "void", *EVER, *PRESS},
    "dispatched": {"take", "arrive", *ASK, *EVER, *PRESS},
    "in_progress": {"arrive", "finish", *ASK, *EVER, *PRESS},
    "on_hold": {"resume", *EVER, *PRESS},
    "done": {"check", *EVER, *PRESS},
    "checking": {"check", "rework", "close", *EVER, *PRESS},
    "rework": {"take", "arrive", *EVER, *PRESS},
    "closed": {"reopen", "archive", "link"},
    "void": {"reopen", "archive", "link"},
    "archived": set(),
}
STATES = get_args(Status)
BARE = State("reported", 2, {"accountable": {"unit": "U1"}})


def refused(state: State) -> dict[str, tuple[str, ...]]:
    """Of the actions that are refused, what each refusal says is legal."""
    found = {}
    for action in (*NEEDS, "fly", ""):
        try:
            need_legal(action, state)
        except IllegalAction as e:
            found[e.errors[0].value] = e.legal
    return found


def holds(state: State, expected: set[str]) -> None:
    """Every action is either legal or refused by what is."""
    names = [row.name for row in legal(state)]
    assert (len(names), set(names)) == (len(set(names)), expected)
    assert refused(state) == {action: tuple(names) for action in (*NEEDS, "fly", "") if action not in expected}


def test_the_table_has_a_line_for_every_state():
    assert set(LEGAL) == set(STATES)


@pytest.mark.parametrize("status", STATES)
def test_what_is_legal_with_nothing_beside(status: Status):
    holds(replace(BARE, status=status), LEGAL[status])


@pytest.mark.parametrize("status", STATES)
@pytest.mark.parametrize("desk", ["no_rule", "disputed"])
def test_the_desk_settles_what_it_has_before_it_is_dispatched(status: Status, desk: str):
    holds(replace(BARE, status=status, desk=desk), LEGAL[status] | ({"decide"} if status in BEFORE else set()))


@pytest.mark.parametrize("status", STATES)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_open_can_be_settled_and_is_not_asked_for_twice(status: Status, kind: str):
    state = replace(BARE, status=status, requests=({"n": 3, "kind": kind, "asked": []},))
    expected = LEGAL[status] if KINDS[kind].many else LEGAL[status] - {KINDS[kind].by}
    expected = expected | ({"settle"} if status != "archived" else set())
    ongoing = status not in {"reported", "accepted", "verifying", "archived", *OVER}
    holds(state, expected | ({"arrive"} if kind == "whistle" and ongoing else set()))


@pytest.mark.parametrize("status", STATES)
@pytest.mark.parametrize("reward", ["wanted", "due", "paid"])
def test_a_reward_is_paid_while_it_is_due(status: Status, reward: str):
    # What is due was registered.
    before = {"reported", "accepted", "verifying", "void"}
    pays = reward == "due" and status not in before
    holds(replace(BARE, status=status, reward=reward), LEGAL[status] | ({"pay"} if pays else set()))


@pytest.mark.parametrize("status", STATES)
def test_a_link_can_be_taken_away(status: Status):
    state = replace(BARE, status=status, links=({"n": 3, "case": "2", "number": "n2", "as": "repeat"},))
    holds(state, LEGAL[status] | ({"unlink"} if status != "archived" else set()))


def test_nothing_is_legal_in_a_state_that_nobody_knows():
    holds(replace(BARE, status=""), set())  # type: ignore[arg-type]


@pytest.mark.parametrize("status", STATES)
def test_every_state_is_come_to(status: Status):
    state = come_to(status).state
    assert state.status == status
    assert "dispatch" in [row.name for row in legal(state)] or status != "registered"


def test_every_action_is_for_somebody():
    assert set(NEEDS.values()) <= ALL
    held = {permission for role, has in ROLES.items() if role != "administrator" for permission in has}
    assert {row.permission for row in ROWS} | {kind.settles for kind in KINDS.values()} <= held


def test_whoever_may_do_a_step_gets_in_at_its_address():
    for row in ROWS:
        for role, has in ROLES.items():
            assert row.permission not in has or NEEDS[row.name] in has, (row.name, role)
    for kind in KINDS.values():
        assert all("case:settle" in has for has in ROLES.values() if kind.settles in has), kind.name


def test_stages_states_and_kinds_are_those_that_there_are():
    for row in ROWS:
        assert {*row.starts, *row.stops} <= set(STAGES)
        assert row.since <= set(STATES)
        assert row.to in (None, *STATES)
        assert (row.zh, row.en) != ("", "")
    assert {row.opens for row in ROWS if row.opens} == set(KINDS)
    assert {KINDS[row.opens].by for row in ROWS if row.opens} == {row.name for row in ROWS if row.opens}
    assert set(KINDS) <= set(STAGES)
    assert all(set(kind.pauses) <= set(STAGES) for kind in KINDS.values())
    assert len(set(RUNGS)) == 4


@pytest.mark.parametrize("status", STATES)
def test_what_is_asked_is_over_with_the_case_and_what_a_unit_asks_when_it_has_it_no_more(status: Status):
    lapsed = {kind for kind in KINDS if lapses(kind, status)}
    own = {"return", "extension", "hold", "transfer"}
    assert lapsed == (set(KINDS) if status in OVER else set() if status == "in_progress" else own)
    assert not any(lapses(kind, None) for kind in KINDS)


@pytest.mark.parametrize("given", [0, 1, 3])
def test_another_version_than_the_newest_is_refused_by_that_field(given: int):
    refuse_stale(2, 2)
    with pytest.raises(Conflict) as e:
        refuse_stale(2, given)
    assert (e.value.errors[0].field, e.value.errors[0].value) == ("version", given)


@pytest.mark.parametrize("n", [None, 0, 4, "3"])
def test_a_request_that_is_not_open_is_refused_with_those_that_are(n: object):
    there = {"n": 3, "kind": "return"}
    assert need_open([there], 3) is there
    for requests, shown in (([], "-"), ([there], "3 (return)")):
        with pytest.raises(BadInput) as e:
            need_open(requests, n)
        assert (e.value.errors[0].field, shown in e.value.errors[0].mend_en) == ("request", True)
