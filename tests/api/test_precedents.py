"""A precedent is made of what the desk settles, in the same step, and decides the cases after it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from small_city import IN_A, IN_B

from gridsvc.rights import Grant
from gridsvc.services.audit import verify
from gridsvc.services.replay import replay
from gridsvc.services.rulesets import amend
from gridsvc.store.engine import make_engine
from gridsvc.store.replays import PastFilter
from gridsvc.tables import Row

from .conftest import fields
from .desk import DISPUTED, NOBODYS, WHY, Desk
from .house import DISTRICT, soon

GRID = {"scope": "grid"}


@pytest.fixture
def desk(running_desk: Desk) -> Desk:
    return running_desk


def settled(desk: Desk, case: Any, precedent: Any = GRID, **more: Any) -> Any:
    """Settle with a precedent, and wait until the service decides by it."""
    answer = desk.decide(case, precedent=precedent, **more)
    assert answer.status_code == 200, answer.text
    rules = desk.ruleset()
    assert soon(lambda: desk.routed()["ruleset"] == rules)
    return answer.json()


def id_of(case: Any) -> str:
    return f"J-{case['number']}"


def may_decide(case: Any) -> bool:
    return "decide" in [a["action"] for a in case["actions"]]


def test_the_next_like_case_there_is_decided_by_the_precedent(desk: Desk):
    first = desk.report()
    assert desk.via() == "no_rule"
    one = settled(desk, first, assisting=["U1"])
    assert one["decision"]["accountable"] == {"unit": "U2", "name": "乙处", "via": "precedent"}
    assert (one["decision"]["because"][-1]["id"], may_decide(one)) == (id_of(first), False)
    assert (desk.via(), desk.via(where=IN_B), desk.via("09002")) == (("U2", "precedent"), "no_rule", "no_rule")
    after = desk.report()
    assert after["decision"]["accountable"] == {"unit": "U2", "name": "乙处", "via": "precedent"}
    assert after["decision"]["assisting"] == [{"unit": "U1", "name": "甲处"}]
    assert id_of(first) in [step["id"] for step in after["decision"]["because"]]
    assert (may_decide(after), desk.listed("desk=any")) == (False, [])


def test_it_settles_what_was_disputed_from_then_on(desk: Desk):
    assert desk.via(DISPUTED) == ("U1", "locality")
    settled(desk, desk.report(DISPUTED), {"scope": "street"})
    assert (desk.via(DISPUTED), desk.via(DISPUTED, IN_B)) == (("U2", "precedent"), ("U2", "precedent"))
    assert not may_decide(desk.report(DISPUTED))


def east(metres: float) -> tuple[float, float]:
    return IN_A[0] + metres / 96_400.0, IN_A[1]


SCOPES: dict[str, tuple[Any, dict[tuple[float, float], bool], str]] = {
    "its area": ("area", {IN_A: True, east(300): True, IN_B: False}, "在"),
    "its grid": ("grid", {IN_A: True, east(300): True, IN_B: False}, "网格A"),
    "its street": ("street", {IN_A: True, IN_B: True}, "S"),
    "a disc": ("disc:50", {IN_A: True, east(49): True, east(51): False}, "50 米"),
    "places": ({"places": "grid:A;grid:B"}, {IN_A: True, IN_B: True}, "或"),
}


@pytest.mark.parametrize(("scope", "holds", "word"), SCOPES.values(), ids=SCOPES)
def test_it_holds_on_its_ground_and_nowhere_else(
    desk: Desk, scope: Any, holds: dict[tuple[float, float], bool], word: str
):
    settled(desk, desk.report(), {"scope": scope})
    assert {where: desk.via(where=where) == ("U2", "precedent") for where in holds} == holds
    place = desk.precedents()[0]["place"]
    assert word in place["zh"] or word == "在"
    assert place["en"]


def test_it_is_for_the_matters_that_are_named(desk: Desk):
    settled(desk, desk.report(), {"scope": "grid", "categories": ["0900*", "10001"]})
    told = [desk.via(c) == ("U2", "precedent") for c in ("09001", "09005", "10001", "10002")]
    assert told == [True, True, True, False]
    assert desk.precedents()[0]["categories"] == [
        {"code": "0900*", "zh": None, "en": None}, {"code": "10001", "zh": "道路积雪、结冰", "en": ANY}
    ]  # fmt: skip


class _Any:
    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and bool(other)

    __hash__ = None  # type: ignore[assignment]


ANY = _Any()


def test_the_register_says_what_where_who_and_how_long(desk: Desk):
    case = desk.report()
    until = (desk.house.clock.now + timedelta(days=30)).replace(microsecond=0)
    settled(desk, case, {"scope": "grid", "until": until.isoformat()})
    [one] = desk.precedents()
    assert (one["id"], one["state"], one["case"], one["by"]) == (id_of(case), "in_force", case["number"], "leader")
    assert one["unit"] == {"unit": "U2", "name": "乙处"}
    assert [c["code"] for c in one["categories"]] == [NOBODYS]
    assert case["number"] in one["source"]
    assert WHY in one["source"]
    assert one["from"].endswith("+08:00")
    assert one["to"].startswith(until.astimezone().isoformat()[:4])


def test_after_its_end_the_desk_has_such_cases_again(desk: Desk):
    until = desk.house.clock.now + timedelta(days=30)
    settled(desk, desk.report(), {"scope": "grid", "until": until.isoformat()})
    assert desk.via() == ("U2", "precedent")
    desk.house.clock.go_on(days=31)
    assert soon(lambda: desk.via() == "no_rule")
    assert [one["state"] for one in desk.precedents()] == ["expired"]
    assert desk.report()["decision"]["desk"]["reason"] == "no_rule"


def test_one_that_contradicts_an_older_one_is_refused_and_names_it(desk: Desk):
    older, later = desk.report(), desk.report()
    settled(desk, older)
    rules = desk.ruleset()
    for scope in ("grid", "street", "disc:50"):
        answer = desk.decide(later, unit="U1", precedent={"scope": scope})
        assert (answer.status_code, fields(answer)) == (409, ["precedent.supersedes"])
        assert id_of(older) in answer.json()["zh"]
        assert id_of(older) in answer.json()["en"]
    assert desk.case(later) == later
    assert desk.ruleset() == rules


def test_one_that_says_what_an_older_one_says_is_refused_but_not_the_ruling(desk: Desk):
    older, later = desk.report(), desk.report()
    settled(desk, older)
    answer = desk.decide(later, precedent=GRID)
    assert (answer.status_code, fields(answer)) == (409, ["precedent"])
    assert desk.decide(later).json()["decision"]["accountable"]["via"] == "desk"


def test_one_that_supersedes_the_older_one_ends_it(desk: Desk):
    older, later = desk.report(), desk.report()
    settled(desk, older)
    settled(desk, later, GRID | {"supersedes": id_of(older)}, unit="U1")
    assert soon(lambda: desk.via() == ("U1", "precedent"))
    assert {one["id"]: one["state"] for one in desk.precedents()} == {
        id_of(older): "expired", id_of(later): "in_force"
    }  # fmt: skip


BAD: dict[str, tuple[dict[str, Any], int, str]] = {
    "a layer that the case has no area of": ({"scope": "community"}, 422, "precedent.scope"),
    "no scope": ({}, 422, "precedent.scope"),
    "a disc of no size": ({"scope": "disc:0"}, 422, "places"),
    "a disc that is no number": ({"scope": "disc:wide"}, 422, "places"),
    "a disc as large as a city": ({"scope": "disc:9000"}, 422, "places"),
    "places that cannot be read": ({"scope": {"places": "grid"}}, 422, "places"),
    "places in a layer that is not there": ({"scope": {"places": "gird:A"}}, 409, "*"),
    "ground without the case": ({"scope": {"places": "grid:B"}}, 409, "*"),
    "matters without the case's": ({"scope": "grid", "categories": ["09002"]}, 409, "*"),
    "matters that cannot be read": ({"scope": "grid", "categories": ["trade"]}, 422, "*"),
    "no matters": ({"scope": "grid", "categories": []}, 422, "precedent.categories"),
    "an end that has passed": ({"scope": "grid", "until": "2024-01-01T00:00:00+08:00"}, 422, "precedent.until"),
    "an end without offset": ({"scope": "grid", "until": "2099-01-01T00:00:00"}, 422, "precedent.until"),
    "one to supersede that nobody made": ({"scope": "grid", "supersedes": "J-1"}, 404, "precedent.supersedes"),
    "one to supersede that is no precedent": ({"scope": "grid", "supersedes": "LOCAL"}, 404, "precedent.supersedes"),
    "an unknown field": ({"scope": "grid", "from": "now"}, 422, "precedent.from"),
}


def test_a_precedent_that_cannot_be_leaves_the_case_unsettled(desk: Desk):
    case, rules = desk.report(), desk.ruleset()
    for name, (precedent, status, field) in BAD.items():
        answer = desk.decide(case, precedent=precedent)
        assert answer.status_code == status, (name, answer.text)
        told = fields(answer)
        assert told, name
        assert field == "*" or any(f == field or f.startswith(field + ".") for f in told), (name, told)
    assert desk.case(case) == case
    assert (desk.ruleset(), desk.precedents()) == (rules, [])


def test_one_that_a_planned_ruleset_would_end_unsaid_is_refused(desk: Desk):
    case, engine = desk.report(), make_engine(desk.house.url, 1)
    begin = desk.house.clock.now.replace(microsecond=0) + timedelta(days=2)
    holiday = {"calendar": [Row({"date": "2030-10-01", "day": "off"}, 2)]}
    amend(engine, holiday, now=desk.house.clock.now, by="editor", reason="next year", start=begin)
    engine.dispose()
    for until in (None, begin + timedelta(seconds=1)):
        answer = desk.decide(case, precedent=GRID | {"until": until and until.isoformat()})
        assert (answer.status_code, fields(answer)) == (409, ["precedent.until"])
    assert (desk.case(case), desk.precedents()) == (case, [])
    assert desk.decide(case, precedent=GRID | {"until": begin.isoformat()}).status_code == 200


@pytest.mark.parametrize(("who", "status"), [("leader", 200), ("dispatcher", 403), ("leader.A", 403), ("editor", 403)])
def test_who_leads_the_shift_of_the_district_makes_one_and_nobody_else(desk: Desk, who: str, status: int):
    desk.house.add("leader.A", Grant("shift_leader", DISTRICT, "grid", "A"))
    case = desk.report()
    assert desk.decide(case, who=who, precedent=GRID).status_code == status
    assert desk.case(case)["version"] == (3 if status == 200 else 2)


def test_the_same_request_again_makes_no_second_one(desk: Desk):
    case = desk.report()
    first = settled(desk, case, key="once")
    rules = desk.ruleset()
    assert desk.decide(case, key="once", precedent=GRID).json() == first
    assert desk.ruleset() == rules


def intact(desk: Desk) -> bool:
    """Whether all is as it was written, and every case decided again as it was decided first."""
    engine = make_engine(desk.house.url, 3)
    try:
        return not verify(engine).flaws and not replay(engine, PastFilter(DISTRICT)).changes
    finally:
        engine.dispose()


def test_what_was_settled_by_hand_is_no_change_to_a_replay(desk: Desk):
    one, other = desk.report(), desk.report()
    settled(desk, one)
    desk.decide(other, unit="U1")
    desk.report()
    assert intact(desk)


def test_of_many_that_contradict_each_other_at_once_exactly_one_is_made(desk: Desk):
    cases = [desk.report() for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda n: desk.decide(cases[n], unit=("U1", "U2")[n % 2], precedent=GRID), range(6)))
    assert sorted(a.status_code for a in answers) == [200, *[409] * 5]
    assert len([c for c in cases if desk.case(c)["version"] == 3]) == 1
    assert soon(lambda: len(desk.precedents()) == 1)
    assert intact(desk)
