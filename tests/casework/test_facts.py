"""What is counted of a history: each fact under whoever had it on that day, by the limits that stand on record."""

from datetime import timedelta

import pytest
from told_cases import DAY, HOUR, START, Told, answer, clock, ordinary

from gridsvc.casework.facts import (
    ACCURATE,
    EXTENDED,
    FIRST,
    IN_TIME,
    NEVER,
    RETURNED,
    REWORKED,
    SATISFIED,
    TIMED,
    History,
    micros,
)
from gridsvc.casework.facts_walk import facts_of


def facts(*told: Told):
    return facts_of([one.history for one in told])


def of(told: Told, fact: str) -> list[dict]:
    rows = facts(told).rows
    return rows[rows["fact"] == fact].to_dict("records")


def one(told: Told, fact: str) -> dict:
    (row,) = of(told, fact)
    return row


@pytest.mark.parametrize("histories", [[], [History("1", [])]])
def test_of_nothing_there_is_an_empty_table(histories):
    found = facts_of(histories)
    assert (len(found.rows), len(found.cases), found.places) == (0, 0, ())
    assert list(found.areas("street")) == []


def test_a_case_from_report_to_close_is_counted_with_who_did_each_step():
    rows = facts(ordinary(closed=START + DAY, due=START + 2 * DAY)).rows
    told = [(r.fact, r.actor, r.unit) for r in rows.itertuples()]
    assert told == [
        ("reported", "cai", "U1"), ("accepted", "shou", "U1"), ("filed", "ban", "U1"), ("dispatched", "pai", "U1"),
        ("disposed", "chu", "U1"), ("closed", "ban", "U1"), ("due:whole", "ban", "U1"),
    ]  # fmt: skip
    due = rows.iloc[-1]
    assert (due["at"], due["done"]) == (micros(START + 2 * DAY), micros(START + DAY))
    assert due["flags"] == TIMED | IN_TIME


def test_a_history_of_before_there_were_actions_is_a_report_alone():
    assert list(facts(Told()).rows["fact"]) == ["reported"]


@pytest.mark.parametrize(
    ("stopped", "flags"),
    [(START + DAY, TIMED | IN_TIME), (START + 2 * DAY, TIMED | IN_TIME), (START + 2 * DAY + HOUR, TIMED)],
    ids=["before", "at the limit", "after"],
)
def test_a_limit_is_kept_up_to_its_last_instant(stopped, flags):
    assert one(ordinary(closed=stopped, due=START + 2 * DAY), "due:whole")["flags"] == flags


def test_a_clock_that_still_runs_is_due_and_not_done():
    row = one(ordinary(due=START + DAY), "due:whole")
    assert (row["done"], row["flags"]) == (NEVER, TIMED)


def test_a_paused_clock_is_not_due():
    told = Told().do("register").do("dispatch")
    paused = clock("disposal", START, START + DAY, state="paused", paused_at=START.isoformat(), left_s=60.0)
    assert of(told.do("settle", clocks=[paused]), "due:disposal") == []


def test_a_clock_that_was_lifted_by_a_void_was_never_due():
    told = Told().do("register")
    ended = START + HOUR
    told.do("void", ended, cause="false", reason="查无实据", clocks=[clock("whole", START, START + DAY, ended)])
    assert of(told, "due:whole") == []
    assert one(told, "voided")["detail"] == "false"


@pytest.mark.parametrize(
    ("cause", "valid", "filed"),
    [("duplicate", True, False), ("out_of_scope", False, False), ("not_found", False, False), ("false", False, False)],
)
def test_a_void_takes_back_what_was_thought_accurate(cause, valid, filed):
    told = Told().do("accept").do("register").do("void", cause=cause)
    accurate = {r.fact: bool(r.flags & ACCURATE) for r in facts(told).rows.itertuples()}
    assert (accurate["reported"], accurate["filed"]) == (valid, filed)


def test_a_void_that_was_taken_back_leaves_nothing_behind():
    told = Told().do("accept").do("register").do("void", cause="false").do("reopen", reason="确有其事")
    assert one(told, "reported")["flags"] & ACCURATE


def test_a_link_as_duplicate_is_a_void_until_it_is_undone():
    told = Told().do("accept").do("register").do("link", **{"as": "duplicate", "number": "161201-0002"})
    assert one(told, "voided")["detail"] == "duplicate"
    assert not one(told, "filed")["flags"] & ACCURATE
    assert one(told.do("unlink"), "filed")["flags"] & ACCURATE


def returned(verdict: str) -> Told:
    told = Told().do("register").do("dispatch", actor="pai", unit={"unit": "U1", "name": "U1"})
    told.do("return", request={"kind": "return", "asked": ["CENTRE"]})
    granted = {"unit": {"unit": "U2", "name": "U2"}} if verdict == "granted" else {}
    return told.do("settle", START + HOUR, "pai", request=told.entries[-1].n, verdict=verdict, **granted)


def test_a_granted_return_makes_the_first_dispatch_wrong_and_is_another_dispatch():
    first, second = of(returned("granted"), "dispatched")
    assert (first["unit"], first["flags"]) == ("U1", FIRST | RETURNED)
    assert (second["unit"], second["flags"]) == ("U2", ACCURATE)
    assert one(returned("granted"), "return_granted")["unit"] == "U1"


def test_a_refused_return_leaves_the_dispatch_right():
    assert one(returned("refused"), "dispatched")["flags"] == FIRST | ACCURATE
    assert of(returned("refused"), "return_granted") == []


@pytest.mark.parametrize(("unit", "accurate"), [("U1", True), ("U9", False)])
def test_a_correction_makes_the_dispatch_wrong_where_it_moves_the_case_to_another(unit, accurate):
    told = Told().do("register").do("dispatch")
    told.do("correct", category="09001", answer=answer(unit, street="S2"))
    assert bool(one(told, "dispatched")["flags"] & ACCURATE) is accurate


def test_each_fact_is_counted_where_the_case_was_then_and_never_where_it_would_be_today():
    told = Told(street="S1").do("accept").do("correct", START + HOUR, answer=answer("U2", street="S2"))
    told.do("register", START + 2 * HOUR)
    found = facts(told)
    places = dict(zip(found.rows["fact"], found.areas("street"), strict=True))
    assert (places["reported"], places["accepted"], places["filed"]) == ("S1", "S1", "S2")
    assert list(found.areas("grid")) == [""] * len(found.rows)
    assert dict(zip(found.rows["fact"], found.rows["unit"], strict=True))["filed"] == "U2"


def test_an_extension_counts_for_the_disposal_that_ran_then():
    told = Told().do("register").do("dispatch")
    told.do("extend", request={"kind": "extension", "asked": []})
    told.do("settle", START + HOUR, request=told.entries[-1].n, verdict="granted")
    first = clock("disposal", START, START + DAY, START + 2 * HOUR)
    told.do("finish", START + 2 * HOUR, "chu", clocks=[first])
    told.do("rework", START + 3 * HOUR, reason="未达标准要求")
    ended = START + 4 * HOUR
    again = clock("disposal", START + 3 * HOUR, START + DAY, ended, n=2)
    told.do("finish", ended, "chu", clocks=[first, again, clock("whole", START, START + DAY)])
    assert [bool(r["flags"] & EXTENDED) for r in of(told, "due:disposal")] == [True, False]
    assert one(told, "due:whole")["flags"] & REWORKED
    assert len(of(told, "extension_granted")) == 1


def test_acceptance_and_filing_know_whether_they_were_in_time():
    late = START + DAY
    told = Told().do("accept", START + HOUR, clocks=[clock("accept", START, START + 2 * HOUR, START + HOUR)])
    clocks = [*told.entries[-1].payload["clocks"], clock("register", START + HOUR, START + 2 * HOUR, late)]
    told.do("register", late, "ban", clocks=clocks)
    assert one(told, "accepted")["flags"] & (TIMED | IN_TIME) == TIMED | IN_TIME
    assert one(told, "filed")["flags"] & (TIMED | IN_TIME) == TIMED
    assert one(told, "due:register")["actor"] == "ban"


def test_a_check_is_the_work_of_whoever_looked():
    told = Told().do("register").do("dispatch").do("finish").do("check", actor="ban")
    told.do("check", START + HOUR, "kan", result="passed")
    told.do("close", START + 2 * HOUR, "ban", clocks=[clock("check", START, START + DAY, START + 2 * HOUR)])
    assert one(told, "due:check")["actor"] == "kan"
    assert [r["detail"] for r in of(told, "checked")] == ["passed"]


def whistled() -> Told:
    told = Told().do("register").do("dispatch")
    due = (START + HOUR).isoformat()
    told.do(
        "whistle", request={"kind": "whistle", "for": "emergency", "asked": ["A", {"unit": "B"}, "C"], "due_at": due}
    )
    n = told.entries[-1].n
    told.do("arrive", START + timedelta(minutes=30), unit={"unit": "A", "name": "A"}, request=n)
    told.do("arrive", START + 2 * HOUR, unit="B", request=n)
    return told.do("settle", START + 3 * HOUR, request=n, verdict="answered", scores={"A": 95, "B": 60.5})


def test_each_respondent_of_a_whistle_arrives_in_time_late_or_never_and_is_scored():
    rows = {r["unit"]: r for r in of(whistled(), "responded")}
    assert {u: bool(r["flags"] & IN_TIME) for u, r in rows.items()} == {"A": True, "B": False, "C": False}
    assert (rows["B"]["done"], rows["C"]["done"]) == (micros(START + 2 * HOUR), NEVER)
    assert {r["unit"]: r["value"] for r in of(whistled(), "scored")} == {"A": 95.0, "B": 60.5}
    # Who comes to help does not take the case over.
    assert {r["unit"] for r in of(whistled(), "dispatched")} == {"U1"}


@pytest.mark.parametrize(
    ("kind", "said", "fact", "detail"),
    [
        ("supervise", {"request": {"kind": "supervision", "way": "on_site"}}, "supervised", "on_site"),
        ("escalate", {"request": {"kind": "escalation", "rung": "district"}}, "escalated", "district"),
        ("hold", {"request": {"kind": "hold"}}, "hold_asked", ""),
        ("noted", {"lights": [{"stage": "disposal", "n": 1, "light": "amber"}]}, "light", "amber disposal"),
        ("rework", {"reason": "不合格的处置"}, "reworked", ""),
        ("close", {"result": "好", "grade": "hard"}, "closed", "hard"),
        ("verify", {"result": "not_found"}, "verified", "not_found"),
    ],
)
def test_what_else_happens_is_counted_with_what_there_is_to_say_of_it(kind, said, fact, detail):
    assert one(Told().do(kind, **said), fact)["detail"] == detail


def test_an_assignment_is_no_result():
    assert of(Told().do("accept").do("verify", actor="ban"), "verified") == []


def test_what_is_not_known_is_passed_over():
    assert len(facts(Told().do("something_of_tomorrow", clocks=[], request=7)).rows) == 1


@pytest.mark.parametrize(("rating", "satisfied"), [(1, False), (3, False), (4, True), (5, True)])
def test_four_and_five_of_five_are_satisfied(rating, satisfied):
    assert bool(one(Told().do("rated", rating=rating), "rated")["flags"] & SATISFIED) is satisfied


@pytest.mark.parametrize(("category", "accurate"), [("06010", True), ("09001", False)])
def test_a_corrected_category_says_that_acceptance_was_wrong_and_a_corrected_place_alone_does_not(category, accurate):
    told = Told(category="06010").do("accept").do("correct", category=category, point={"x": 1}, answer=answer("U1"))
    assert bool(one(told, "accepted")["flags"] & ACCURATE) is accurate


@pytest.mark.parametrize(
    ("stage", "kind", "due"),
    [("check", "rework", 1), ("check", "settle", 0), ("disposal", "settle", 0), ("whistle", "settle", 1),
     ("return", "finish", 0), ("dispatch", "dispatch", 1), ("hand_over", "take", 1), ("publish", "rework", 0)],
)  # fmt: skip
def test_what_stops_a_clock_without_doing_what_it_asks_for_lifts_it(stage, kind, due):
    told = Told().do("register").do(kind, START + HOUR, clocks=[clock(stage, START, START + DAY, START + HOUR)])
    assert len(of(told, f"due:{stage}")) == due
