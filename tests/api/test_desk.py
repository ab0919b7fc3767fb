"""The desk over HTTP: what it has to settle is listed, settled once, and told in the case's history."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from small_city import IN_B

from gridsvc.rights import Grant
from gridsvc.services.audit import verify
from gridsvc.store.engine import make_engine

from .conftest import fields
from .desk import DISPUTED, NOBODYS, RULED, WHY, Desk
from .house import DISTRICT

DECIDE = {"action": "decide", "requires": ["unit", "reason"]}


def verified(desk: Desk) -> bool:
    """Whether every history is whole and every case says what its history adds up to."""
    engine = make_engine(desk.house.url, 1)
    try:
        return not verify(engine).flaws
    finally:
        engine.dispose()


def test_what_no_rule_settles_can_be_decided_and_what_one_settles_cannot(desk: Desk):
    nobodys, disputed, ruled = (desk.report(c) for c in (NOBODYS, DISPUTED, RULED))
    assert [DECIDE in case["actions"] for case in (nobodys, disputed, ruled)] == [True, True, False]
    assert nobodys["decision"]["desk"]["reason"] == "no_rule"
    assert disputed["decision"]["accountable"] == {"unit": "U1", "name": "甲处", "via": "locality"}


def test_the_desk_has_a_list_of_its_own(desk: Desk):
    nobodys, disputed, ruled = (desk.report(c)["number"] for c in (NOBODYS, DISPUTED, RULED))
    lists = {
        "desk=any": [nobodys], "desk=no_rule": [nobodys], "desk=no_owner,outside": [], "desk=disputed": [disputed],
        "desk=any,disputed": [nobodys, disputed], "": [nobodys, disputed, ruled],
    }  # fmt: skip
    assert {query: desk.listed(query) for query in lists} == lists


@pytest.mark.parametrize("category", [NOBODYS, DISPUTED])
def test_a_settled_case_is_the_units_from_then_on(desk: Desk, category: str):
    case = desk.report(category)
    answer = desk.decide(case, assisting=["U1", "U1", "U2"])
    assert answer.status_code == 200
    settled = answer.json()
    decision = settled["decision"]
    assert decision["accountable"] == {"unit": "U2", "name": "乙处", "via": "desk"}
    assert (decision["desk"], decision["assisting"]) == (None, [{"unit": "U1", "name": "甲处"}])
    assert (settled["version"], settled["status"], DECIDE in settled["actions"]) == (3, "reported", False)
    assert decision["areas"] == case["decision"]["areas"]
    assert desk.case(case) == settled
    assert desk.ask("leader", "GET", f"/v1/cases/{case['id']}/decision").json() == decision
    assert desk.listed("unit=U2") == [case["number"]]
    assert desk.listed("desk=any,disputed") == desk.listed("unit=U1") == []


def test_the_explanation_says_who_settled_it_when_and_why(desk: Desk):
    case = desk.report()
    before, after = (c["decision"]["because"] for c in (case, desk.decide(case).json()))
    assert after[:-1] == before
    assert after[-1]["step"] == "settled"
    for told, name in ((after[-1]["zh"], "乙处"), (after[-1]["en"], "Office two")):
        assert all(part in told for part in ("leader", "2024-06-12 12:00", WHY, name))


def test_the_history_has_it_and_the_chain_holds(desk: Desk):
    case = desk.report()
    settled = desk.decide(case).json()
    history = desk.history(case)
    assert history["intact"]
    assert [(e["kind"], e["actor"]) for e in history["items"]] == [
        ("reported", "collector"), ("decided", "collector"), ("decided", "leader")
    ]  # fmt: skip
    payload = history["items"][-1]["payload"]
    assert (payload["reason"], payload["answer"]) == (WHY, settled["decision"])
    assert verified(desk)


def test_numbers_of_people_do_not_get_into_a_history_by_the_reason(desk: Desk):
    case = desk.report()
    settled = desk.decide(case, reason="王先生 13800000001 证实由乙处负责")
    assert settled.status_code == 200
    assert "13800000001" not in settled.text + str(desk.history(case))
    assert "138****0001" in settled.text


def refused(answer: Any) -> tuple[int, list[str]]:
    return answer.status_code, fields(answer)


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "unknown unit": ({"unit": "U9"}, "unit"),
    "no unit": ({"unit": None}, "unit"),
    "unknown assisting unit": ({"assisting": ["U1", "U9"]}, "assisting"),
    "empty reason": ({"reason": ""}, "reason"),
    "reason that says nothing": ({"reason": "同意"}, "reason"),
    "no version": ({"version": None}, "version"),
    "version as a text": ({"version": "2"}, "version"),
    "version zero": ({"version": 0}, "version"),
    "unknown field": ({"units": "U1"}, "units"),
}


def test_what_cannot_be_used_is_refused_by_its_field_and_changes_nothing(desk: Desk):
    case = desk.report()
    for name, (more, field) in BAD.items():
        assert refused(desk.decide(case, **more)) == (422, [field]), name
    assert desk.case(case) == case


def test_without_a_key_nothing_is_done(desk: Desk):
    case = desk.report()
    path = f"/v1/cases/{case['id']}/actions/decide"
    answer = desk.browser.post(path, json={"version": 2, "unit": "U2", "reason": WHY}, headers=desk.house.key("leader"))
    assert refused(answer) == (400, ["Idempotency-Key"])
    assert desk.case(case) == case


def test_a_stale_version_is_refused_and_the_right_one_named(desk: Desk):
    case = desk.report()
    answer = desk.decide(case | {"version": 1})
    assert refused(answer) == (409, ["version"])
    assert "2" in answer.json()["errors"][0]["mend_zh"]


def test_what_the_desk_has_not_is_refused_and_what_is_legal_named(desk: Desk):
    ruled, settled = desk.report(RULED), desk.decide(desk.report()).json()
    for case in (ruled, settled):
        answer = desk.decide(case)
        assert refused(answer) == (409, ["action"])
        assert answer.json()["legal"] == ["accept", "void", "correct", "link"]


@pytest.mark.parametrize("path", ["/v1/cases/240612-9999/actions/decide", "/v1/cases/{id}/actions/fly"])
def test_what_is_not_there_is_not_found(desk: Desk, path: str):
    case = desk.report()
    body = {"version": 2, "unit": "U2", "reason": WHY}
    assert desk.ask("leader", "POST", path.format(id=case["id"]), json=body).status_code == 404


def test_the_same_request_again_gets_the_first_answer(desk: Desk):
    case = desk.report()
    first = desk.decide(case, key="once").json()
    assert [desk.decide(case, key="once").json() for _ in range(2)] == [first, first]
    assert desk.case(case)["version"] == 3


def test_a_key_is_for_one_body_and_one_case(desk: Desk):
    one, other = desk.report(), desk.report()
    desk.decide(one, key="once")
    for answer in (desk.decide(one, key="once", unit="U1"), desk.decide(other, key="once")):
        assert refused(answer) == (409, ["Idempotency-Key"])
    assert desk.decide(other, who="dispatcher", key="once").status_code == 200


def at_once(n: int, ask: Any) -> list[Any]:
    with ThreadPoolExecutor(n) as pool:
        return list(pool.map(ask, range(n)))


def test_of_many_at_once_exactly_one_settles_it(desk: Desk):
    case = desk.report()
    answers = at_once(8, lambda n: desk.decide(case, key=f"own {n}", unit=("U1", "U2")[n % 2]))
    won = [a.json() for a in answers if a.status_code == 200]
    assert sorted(a.status_code for a in answers) == [200, *[409] * 7]
    assert desk.case(case) == won[0]
    assert len(desk.history(case)["items"]) == 3
    assert verified(desk)


def test_the_same_request_many_times_at_once_is_done_once(desk: Desk):
    case = desk.report()
    answers = at_once(8, lambda _: desk.decide(case, key="the same"))
    assert [a.json() for a in answers] == [desk.case(case)] * 8
    assert len(desk.history(case)["items"]) == 3


@pytest.mark.parametrize(("who", "status"), [("leader", 200), ("dispatcher", 200), ("editor", 403), ("looker", 403),
                                             ("collector", 403)])  # fmt: skip
def test_who_dispatches_or_leads_the_shift_settles_and_nobody_else(desk: Desk, who: str, status: int):
    assert desk.decide(desk.report(), who=who).status_code == status


def test_the_desk_of_one_grid_settles_the_cases_of_that_grid(desk: Desk):
    desk.house.add("dispatcher.A", Grant("dispatcher", DISTRICT, "grid", "A"))
    inside, beyond = desk.report(), desk.report(where=IN_B)
    assert desk.decide(beyond, who="dispatcher.A").status_code == 404
    assert desk.decide(inside, who="dispatcher.A").status_code == 200


def test_who_may_see_no_reporters_is_not_shown_one_by_settling(desk: Desk):
    wang = {"name": "王大锤", "phone": "13800000001"}
    one, other = (desk.report(reporter=wang) for _ in range(2))
    assert desk.decide(one).json()["reporter"] == {"name": "王**", "phone": "138****0001"}
    desk.house.add("deaf", "dispatcher")
    narrow = desk.house.key("deaf", permissions=["case:decide"])
    body = {"version": other["version"], "unit": "U2", "reason": WHY}
    path = f"/v1/cases/{other['id']}/actions/decide"
    answer = desk.browser.post(path, json=body, headers=narrow | {"Idempotency-Key": "narrow"})
    assert (answer.status_code, answer.json()["reporter"]) == (200, None)
