"""What each action writes: status, requests, clocks and whose it is, along whole lives without a database."""

from typing import Any

import pytest

from gridsvc.casework.case import first_broken
from gridsvc.errors import BadInput, Conflict, GridsvcError, IllegalAction

from .lives import WHY, Life, come_to, whose

OWN = {"whole"}
AT_WORK = {"arrival", "disposal", "hand_over", "whole"}


@pytest.mark.parametrize(
    ("status", "running"),
    [
        ("reported", {"accept", *OWN}),
        ("accepted", {"register", *OWN}),
        ("verifying", {"register", "verify", *OWN}),
        ("registered", {"dispatch", *OWN}),
        ("undecided", OWN),
        ("dispatched", AT_WORK),
        ("in_progress", AT_WORK - {"hand_over"}),
        ("done", {"check", "publish", *OWN}),
        ("checking", {"check", "publish", *OWN}),
        ("rework", {"disposal", *OWN}),
        ("closed", set()),
        ("void", set()),
        ("archived", set()),
    ],
)
def test_the_clocks_of_a_state_run_and_no_others(status: str, running: set[str]):
    life = come_to(status)
    assert life.running() == running
    assert (life.state.due_at is None) == (not running)
    assert first_broken(life.entries) is None


def test_without_limits_no_clock_runs():
    life = Life(whose("U1", [])).go("accept", "register", "dispatch", "return")
    assert (life.state.clocks, life.state.turn_at, "clocks" in life.payload) == ((), None, False)


def test_on_hold_only_the_disposal_rests():
    life = come_to("on_hold")
    assert (life.running(), life.running("paused")) == ({"arrival", "whole"}, {"disposal"})
    assert "disposal" in life.do("resume").running()
    assert life.state.status == "in_progress"


def test_a_rest_gives_back_its_time():
    """Eight hours from dispatch at 13:00; on hold from 16:00 to 18:00."""
    life = Life().go("accept", "register", "dispatch", "take", "hold")
    life.do("settle", request=life.n, verdict="granted", reason=WHY).do("resume")
    (own,) = [c for c in life.state.clocks if c["stage"] == "disposal"]
    assert own["due_at"] == "2024-06-12T14:00:00+00:00"


def asked(action: str, status: str = "in_progress") -> Life:
    return come_to(status).go(action)


def settled(life: Life, verdict: str = "granted", **more: Any) -> Life:
    return life.do("settle", request=life.n, verdict=verdict, reason=WHY, **more)


def test_a_return_pauses_the_disposal_until_it_is_refused():
    life = asked("return", "dispatched")
    (request,) = life.state.requests
    assert (request["basis"], request["proposed"], request["asked"]) == ("职责清单", None, [])
    assert life.running("paused") == {"disposal"}
    assert request["due_at"] == next(c["due_at"] for c in life.state.clocks if c["stage"] == "return")
    settled(life, "refused")
    assert (life.state.status, life.running("paused"), life.state.waits) == ("dispatched", set(), ())
    assert "disposal" in life.running()
    assert "return" not in life.running()


def test_a_return_that_is_granted_goes_to_the_unit_that_is_named_or_is_dispatched_anew():
    life = settled(asked("return"), unit="U2")
    assert (life.state.status, life.state.unit, life.payload["unit"]["unit"]) == ("dispatched", "U2", "U2")
    assert life.running() == AT_WORK
    life = settled(asked("return"))
    assert (life.state.status, life.state.unit, life.running()) == ("registered", "U1", {"dispatch", "whole"})


def test_an_extension_moves_the_end_by_what_was_asked_for():
    def due(life: Life) -> str:
        return next(c["due_at"] for c in life.state.clocks if c["stage"] == "disposal")

    life = asked("extend")
    before = due(life)
    assert due(settled(life, "refused")) == before
    assert due(settled(life.go("extend"))) == before.replace("T13", "T17") != before


def test_a_transfer_goes_over_when_the_other_unit_agrees():
    life = asked("transfer")
    assert life.state.parties == ("U1", "U2")
    settled(life)
    assert (life.state.status, life.state.unit, life.state.parties) == ("dispatched", "U2", ("U2",))
    assert life.state.decision["because"][-1]["step"] == "settled"
    assert settled(asked("transfer"), "refused").state.unit == "U1"


@pytest.mark.parametrize("action", ["return", "extend", "hold", "transfer"])
def test_what_a_unit_asks_lapses_when_it_is_done(action: str):
    life = asked(action).go("finish")
    assert (life.state.requests, life.payload["lapsed"]) == ((), [life.n - 1])
    assert life.running() == {"check", "publish", "whole"}


def test_a_supervision_stays_open_beside_another_one():
    life = asked("supervise", "dispatched").go("supervise", "take")
    assert len(life.state.requests) == 2
    first = life.state.requests[0]
    assert (first["asked"], first["way"]) == (["U1"], "phone")
    life.do("settle", request=first["n"], verdict="answered", reason=WHY)
    assert (len(life.state.requests), life.state.status) == (1, "in_progress")


def test_a_whistle_notes_who_arrives_and_ends_with_a_score_for_each():
    life = asked("whistle", "registered")
    n = life.n
    assert life.state.parties == ("U1", "U2", "U3")
    life.do("arrive", unit="U3", request=n)
    assert set(life.state.requests[0]["arrived"]) == {"U3"}
    # Who helps is not who the case waits for.
    for scores in ({}, {"U2": 90}, {"U1": 1, "U2": 1, "U3": 1}):
        with pytest.raises(BadInput) as e:
            life.do("settle", request=n, verdict="answered", reason=WHY, scores=scores)
        assert e.value.errors[0].field == "scores"
    life.do("settle", request=n, verdict="answered", reason=WHY, scores={"U2": 90, "U3": 75.5})
    assert (life.payload["scores"], life.state.requests) == ({"U2": 90, "U3": 75.5}, ())


def test_who_was_not_called_does_not_arrive_at_a_whistle():
    life = asked("whistle", "dispatched")
    with pytest.raises(BadInput) as e:
        life.do("arrive", request=life.n)
    assert e.value.errors[0].field == "unit"


def test_who_settles_it_on_the_spot_stops_the_arrival_and_who_does_not_calls_the_next():
    life = come_to("dispatched").do("arrive", role="persuader", settled=False)
    assert life.running() == {"enforcement", "disposal", "hand_over", "whole"}
    life.do("arrive", role="officer")
    assert life.running() == {"disposal", "hand_over", "whole"}


def test_the_ladder_goes_up_only_and_what_was_asked_below_is_over():
    life = asked("escalate", "undecided")
    life.do("escalate", reason=WHY, rung="joint_meeting")
    assert [r["rung"] for r in life.state.requests] == ["joint_meeting"]
    for rung in ("negotiate", "competent", "joint_meeting"):
        with pytest.raises(Conflict) as e:
            life.do("escalate", reason=WHY, rung=rung)
        assert (e.value.errors[0].field, "district" in e.value.errors[0].mend_en) == ("rung", True)
    settled(life, unit="U3", assisting=["U1", "U3"])
    assert (life.state.status, life.state.unit, life.state.parties) == ("registered", "U3", ("U3", "U1"))
    assert "dispatch" in life.running()


@pytest.mark.parametrize(("unit", "status"), [("U1", "in_progress"), ("U2", "registered")])
def test_a_dispute_about_a_dispatched_case_takes_it_from_the_unit_that_loses(unit: str, status: str):
    assert settled(asked("escalate"), unit=unit).state.status == status


def test_after_it_was_reopened_the_ladder_begins_below():
    life = asked("escalate", "checking").go("check:result", "close", "reopen")
    assert life.go("escalate").state.waits == ("escalation",)


@pytest.mark.parametrize("desk", [True, False])
def test_what_nobody_answers_for_is_undecided_until_it_is_settled(desk: bool):
    life = come_to("undecided")
    assert (life.state.status, life.state.desk) == ("undecided", "no_rule")
    life.go("decide")
    assert (life.entries[-1].kind, life.state.status, life.state.unit, life.state.desk) == (
        "decided", "registered", "U2", None
    )  # fmt: skip
    assert life.running() == {"dispatch", "whole"}


def test_another_unit_than_the_accountable_one_needs_a_reason_and_is_accountable_then():
    life = come_to("registered")
    with pytest.raises(BadInput) as e:
        life.do("dispatch", unit="U2")
    assert e.value.errors[0].field == "reason"
    life.do("dispatch", unit="U2", reason=WHY)
    assert (life.state.unit, life.state.decision["accountable"]["via"]) == ("U2", "desk")
    assert come_to("registered").do("dispatch", unit="U1").state.decision["accountable"]["via"] == "rule"


def corrected(status: str, unit: str | None) -> Life:
    return come_to(status).do("correct", reason=WHY, category="06020", answer=whose(unit), trail=[])


@pytest.mark.parametrize(
    ("status", "unit", "after"),
    [
        ("reported", "U2", "reported"),
        ("verifying", None, "verifying"),
        ("registered", "U2", "registered"),
        ("registered", None, "undecided"),
        ("undecided", None, "undecided"),
        ("undecided", "U1", "registered"),
        ("dispatched", "U1", "dispatched"),
        ("dispatched", "U2", "registered"),
        ("in_progress", None, "undecided"),
        ("on_hold", "U2", "registered"),
        ("checking", "U2", "registered"),
        ("rework", "U1", "rework"),
    ],
)
def test_a_corrected_case_goes_back_where_its_unit_changed_after_dispatch(status: str, unit: str | None, after: str):
    life = corrected(status, unit)
    assert (life.state.status, life.state.unit) == (after, unit)
    if after in ("registered", "undecided"):
        assert life.running() == ({"dispatch"} if unit else set()) | OWN


def test_a_duplicate_is_void_with_its_clocks_at_rest_and_comes_back_as_it_was():
    life = come_to("verifying")
    before = life.running()
    life.do("link", case="2", number="n2", as_="duplicate")
    assert (life.state.status, life.running(), life.running("paused")) == ("void", set(), before)
    life.do("unlink", case="n2")
    assert (life.state.status, life.running(), life.state.links) == ("verifying", before, ())


@pytest.mark.parametrize("as_", ["related", "repeat"])
def test_another_link_changes_nothing_but_links(as_: str):
    life = come_to("in_progress").do("link", case="2", number="n2", as_=as_)
    assert (life.state.status, [x["as"] for x in life.state.links]) == ("in_progress", [as_])
    assert life.do("unlink", case="2").state.links == ()


def test_what_was_dispatched_is_joined_no_more_and_nothing_is_linked_twice():
    life = come_to("dispatched")
    with pytest.raises(Conflict) as e:
        life.do("link", case="2", number="n2", as_="duplicate")
    assert e.value.errors[0].field == "as"
    life.do("link", case="2", number="n2", as_="related")
    with pytest.raises(Conflict):
        life.do("link", case="2", number="n2", as_="repeat")
    with pytest.raises(BadInput):
        life.do("unlink", case="3")


@pytest.mark.parametrize(("status", "after"), [("closed", "registered"), ("void", "registered")])
def test_what_is_reopened_is_filed_anew_and_its_clocks_start_again(status: str, after: str):
    life = come_to(status).go("reopen")
    assert (life.state.status, life.running()) == (after, {"dispatch", "whole"})
    assert [c["n"] for c in life.state.clocks if c["stage"] == "whole"] == [1, 2]


def test_what_nobody_answers_for_is_undecided_also_when_it_is_reopened():
    assert Life(whose(None)).go("void", "reopen").state.status == "undecided"


MISSING: list[tuple[str, str, dict[str, Any], str]] = [
    ("verifying", "verify", {}, "result"),
    ("accepted", "verify", {"result": "confirmed"}, "result"),
    ("done", "check", {"result": "passed"}, "result"),
    ("checking", "check", {}, "result"),
    ("reported", "void", {"reason": WHY}, "cause"),
    ("reported", "void", {"cause": "false"}, "reason"),
    ("reported", "void", {"cause": "false", "reason": "同意"}, "reason"),
    ("dispatched", "return", {"reason": WHY}, "basis"),
    ("dispatched", "return", {"reason": WHY, "basis": "x", "unit": "U9"}, "unit"),
    ("dispatched", "transfer", {"reason": WHY, "unit": "U1"}, "unit"),
    ("dispatched", "transfer", {"reason": WHY, "unit": "U9"}, "unit"),
    ("dispatched", "extend", {"reason": WHY, "amount": 1, "unit": "working_day"}, "unit"),
    ("registered", "whistle", {"reason": WHY, "for": "emergency", "asked": []}, "asked"),
    ("registered", "whistle", {"reason": WHY, "for": "emergency", "asked": ["U2", "U9"]}, "asked"),
    ("registered", "dispatch", {"unit": "U9", "reason": WHY}, "unit"),
    ("checking", "close", {}, "grade"),
    ("undecided", "decide", {"unit": "U2"}, "reason"),
]


@pytest.mark.parametrize(("status", "action", "said", "field"), MISSING)
def test_what_is_missing_or_cannot_be_is_refused_by_its_field(
    status: str, action: str, said: dict[str, Any], field: str
):
    life = come_to(status)
    with pytest.raises(BadInput) as e:
        life.do(action, **said)
    assert [x.field for x in e.value.errors] == [field]


@pytest.mark.parametrize(
    ("action", "said", "field"),
    [
        ("return", {"verdict": "answered"}, "verdict"),
        ("return", {"verdict": "granted", "unit": "U1"}, "unit"),
        ("return", {"verdict": "granted", "unit": "U9"}, "unit"),
        ("return", {"verdict": "granted", "request": 1}, "request"),
        ("escalate", {"verdict": "granted"}, "unit"),
        ("supervise", {"verdict": "granted"}, "verdict"),
    ],
)
def test_an_answer_that_cannot_be_is_refused_by_its_field(action: str, said: dict[str, Any], field: str):
    life = asked(action)
    with pytest.raises(BadInput) as e:
        life.do("settle", **{"request": life.n, "reason": WHY} | said)
    assert [x.field for x in e.value.errors] == [field]
    assert len(life.state.requests) == 1


def test_without_a_limit_there_is_nothing_to_extend():
    life = Life(whose("U1", [])).go("accept", "register", "dispatch")
    with pytest.raises(GridsvcError):
        life.go("extend")


def test_numbers_of_people_are_masked_wherever_somebody_writes():
    life = come_to("in_progress").do("finish", result="回访 13800000001")
    assert "13800000001" not in str(life.payload)
    life = come_to("dispatched").do("return", reason="王先生 13800000001 说不是", basis="问 13800000001")
    assert "13800000001" not in str(life.payload)


def test_what_is_not_legal_writes_nothing():
    life = come_to("archived")
    with pytest.raises(IllegalAction) as e:
        life.go("reopen")
    assert e.value.legal == ()
