"""The life of a case in every branch, over HTTP on a real database: who does what, what is refused, what is told."""

import io
from concurrent.futures import ThreadPoolExecutor
from typing import Any, get_args

import openpyxl
import pytest
from files import PDF
from small_city import IN_B

from gridsvc.api.schemas.actions import MODELS
from gridsvc.bootstrap import Router
from gridsvc.casework.case import Status
from gridsvc.services import retention
from gridsvc.services.affected import affected
from gridsvc.services.replay import replay
from gridsvc.store.engine import make_engine
from gridsvc.store.private import Erasable
from gridsvc.store.replays import PastFilter
from tests.api.house import DISTRICT, soon
from tests.conftest import NOON

from .living import NOBODYS, RULED, SAID, WAY, WHO, WHY, Living


def test_from_report_to_archive(city: Living):
    case = city.case()
    steps = ["accept", "verify", "verify:found", "register", "dispatch", "take", "arrive", "finish", "check",
             "check:found", "close", "archive"]  # fmt: skip
    seen = [case["status"]]
    for step in steps:
        city.house.clock.go_on(minutes=10)
        seen.append(case.go(step)["status"])
        assert case.read(case.by) == case.now
    assert seen == ["reported", "accepted", "verifying", "verifying", "registered", "dispatched", "in_progress",
                    "in_progress", "done", "checking", "checking", "closed", "archived"]  # fmt: skip
    assert [e["kind"] for e in case.history()] == ["reported", "decided", *(s.partition(":")[0] for s in steps)]
    assert (case["version"], case.may(), case.clocks()) == (14, [], {})
    assert city.verified()


def test_lights_turn_while_nobody_does_anything(city: Living):
    case = city.case().go("accept", "register", "dispatch")
    assert {c["light"] for c in case.clocks().values()} == {"green"}
    due = case.clocks()["disposal"]["due_at"]
    assert due == "2024-06-12T20:00:00+08:00"
    for hours, light in ((6.4, "amber"), (1.6, "red")):
        before = city.listed(f"light={light}")
        city.house.clock.go_on(hours=hours)
        (told,) = (c for c in case.read()["clocks"] if c["stage"] == "disposal")
        assert (told["light"], before, city.listed(f"light={light}")) == (light, [], [case["number"]])
    assert city.listed("light=green,amber") == []
    assert city.listed("light=red,amber") == [case["number"]]


@pytest.mark.parametrize("status", get_args(Status))
def test_whatever_is_illegal_is_refused_with_what_is_legal_and_changes_nothing(city: Living, status: str):
    case = city.come_to(status)
    legal, before = case.may(), case.read()
    for action in MODELS:
        if action not in legal:
            answer = case.ask("boss", action, **SAID.get(action, {}))
            assert (answer.status_code, answer.json().get("legal")) == (409, legal), action
            assert answer.json()["errors"][0]["field"] == "action"
    assert case.read() == before


@pytest.mark.parametrize("status", get_args(Status))
def test_whatever_is_legal_is_done(city: Living, status: str):
    """Each legal action on a case of its own; what it takes beyond the plainest form is given here."""
    other = city.case()["number"]
    more = {"link": {"case": other, "as": "related"}, "check": {"result": "passed"} if status == "checking" else {},
            "verify": {"result": "not_found"} if status == "verifying" else {}}  # fmt: skip
    for action in city.come_to(status).may():
        case = city.come_to(status)
        case.do("collector" if more.get(action) and action != "link" else WHO.get(action, "leader"), action,
                **SAID.get(action, {}) | more.get(action, {}))  # fmt: skip
        assert case["version"] > 2
    assert city.verified()


def test_who_is_not_meant_is_refused(city: Living):
    assert city.case().refused("collector", "accept") == (403, ["role"])
    case = city.come_to("accepted")
    # The collector says what he found; he is sent by others.
    assert case.refused("collector", "verify") == (403, ["role"])
    assert city.come_to("registered").refused("u2", "dispatch") == (403, ["role"])
    # Who assists sees the case; it is not his to take on. Who leads the bureau above may.
    case = city.come_to("dispatched")
    assert case.read("u3")["status"] == 404
    case.do("u1", "take")
    case = city.case(RULED, IN_B).go("accept", "register", "dispatch")
    assert case.refused("u3", "take")[0] == 404


def test_a_return_is_settled_by_the_command_centre(city: Living):
    case = city.come_to("dispatched").go("return")
    (request,) = case["requests"]
    assert (request["kind"], request["verdicts"], request["settles"], request["by"]) == (
        "return", ["granted", "refused"], "case:dispatch", "u2"
    )  # fmt: skip
    assert (case.clocks("paused").keys(), city.listed("request=return")) == ({"disposal"}, [case["number"]])
    assert case.refused("u2", "settle", request=request["n"], verdict="granted", reason=WHY) == (403, ["role"])
    assert case.refused("dispatcher", "settle", request=99, verdict="granted", reason=WHY) == (422, ["request"])
    assert case.refused("dispatcher", "settle", request=request["n"], verdict="answered", reason=WHY) == (
        422, ["verdict"]
    )  # fmt: skip
    case.do("dispatcher", "settle", request=request["n"], verdict="refused", reason=WHY)
    assert (case["status"], case["requests"], city.listed("request=return,hold")) == ("dispatched", [], [])
    case.go("return").do("dispatcher", "settle", request=case["requests"][0]["n"], verdict="granted", reason=WHY,
                         unit="U3")  # fmt: skip
    assert (case["status"], case["decision"]["accountable"]["unit"]) == ("dispatched", "U3")
    assert city.listed("", "u3") == [case["number"]]
    assert city.listed("", "u2") == []
    case.do("u3", "take").do("u3", "return", **SAID["return"])
    case.go("settle")
    assert case["status"] == "registered"
    case.do("dispatcher", "dispatch", unit="U2", reason=WHY).go("take")
    assert city.verified()


def test_an_extension_moves_the_end(city: Living):
    case = city.come_to("in_progress")
    case.go("extend", "settle")
    assert case.clocks()["disposal"]["due_at"] == "2024-06-13T00:00:00+08:00"
    assert case.refused("u2", "extend", reason=WHY, amount=1, unit="working_day") == (422, ["unit"])
    assert case.refused("u2", "extend", reason=WHY, amount=-1, unit="urgent_hour") == (422, ["amount"])


def test_on_hold_nothing_is_due_until_it_is_resumed(city: Living):
    case = city.come_to("in_progress").go("hold")
    assert city.listed("request=hold") == city.listed("request=any") == [case["number"]]
    case.go("settle")
    assert (case["status"], set(case.clocks("paused"))) == ("on_hold", {"disposal"})
    city.house.clock.go_on(hours=5)
    case.go("resume")
    assert case.clocks()["disposal"]["due_at"] == "2024-06-13T01:00:00+08:00"


def test_a_transfer_is_the_other_units_to_answer_who_sees_it_while_he_is_asked(city: Living):
    case = city.come_to("in_progress")
    assert city.listed("", "u3") == []
    case.go("transfer")
    assert city.listed("", "u3") == [case["number"]]
    n = case["requests"][0]["n"]
    assert case.refused("u2", "settle", request=n, verdict="granted", reason=WHY) == (403, ["unit"])
    assert case.refused("dispatcher", "settle", request=n, verdict="granted", reason=WHY)[0] == 403
    refuse = {"version": case["version"], "request": n, "verdict": "refused", "reason": WHY}
    answers = [case.ask("u3", "settle", "once", **refuse) for _ in range(2)]
    # His own answer took it out of his reach, and is given again to who asks again; nothing else is.
    assert {(a.status_code, a.text) for a in answers} == {(200, answers[0].text)}
    assert case.ask("u3", "settle", "once", **refuse | {"verdict": "granted"}).status_code == 404
    case.now = answers[0].json()
    assert (city.listed("", "u3"), case["status"]) == ([], "in_progress")
    case.go("transfer").do("u3", "settle", request=n + 2, verdict="granted", reason=WHY)
    assert (case["status"], case["decision"]["accountable"]["unit"], city.listed("", "u3")) == (
        "dispatched", "U3", [case["number"]]
    )  # fmt: skip


@pytest.mark.parametrize("way", ["phone", "written", "on_site"])
def test_a_supervision_is_answered_by_the_unit(city: Living, way: str):
    case = city.come_to("done").do("leader", "supervise", way=way, reason=WHY)
    assert case["requests"][0]["asked"] == ["U2"]
    case.do("u2", "settle", request=case["requests"][0]["n"], verdict="answered", reason=WHY)
    assert (case["status"], case["requests"]) == ("done", [])


def test_a_whistle_calls_units_who_arrive_and_are_scored(city: Living):
    case = city.come_to("in_progress").go("whistle")
    (request,) = case["requests"]
    n = request["n"]
    assert city.listed("", "u3") == [case["number"]]
    assert case.refused("u3", "arrive", request=n, unit="U1") == (403, ["unit"])
    assert case.refused("u2", "arrive", request=n) == (422, ["unit"])
    case.do("u3", "arrive", request=n, unit="U3").do("u1", "arrive", request=n, unit="U1", role="队长")
    assert set(case["requests"][0]["arrived"]) == {"U1", "U3"}
    answered: dict[str, Any] = {"request": n, "verdict": "answered", "reason": WHY}
    assert case.refused("chief", "settle", **answered) == (422, ["scores"])
    assert case.refused("chief", "settle", **answered, scores={"U1": 101})[0] == 422
    assert case.refused("dispatcher", "settle", **answered, scores={"U1": 80, "U3": 95})[0] == 403
    case.do("chief", "settle", **answered, scores={"U1": 80, "U3": 95})
    assert case.history()[-1]["payload"]["scores"] == {"U1": 80, "U3": 95}
    assert city.verified()


def test_who_was_called_stops_no_clock_of_whom_the_case_waits_for(city: Living):
    case = city.come_to("dispatched").do("chief", "whistle", reason=WHY, for_="emergency", asked=["U3"])
    assert case.refused("u3", "arrive", unit="U3") == (403, ["unit"])
    case.do("u3", "arrive", unit="U3", request=case["requests"][0]["n"])
    assert "arrival" in case.clocks()


def test_a_number_written_into_a_role_is_masked(city: Living):
    case = city.come_to("in_progress").do("u2", "arrive", role="队长13800000001")
    assert case.history()[-1]["payload"]["role"] == "队长138****0001"


def test_who_resumes_a_case_has_taken_it(city: Living):
    case = city.come_to("dispatched").go("hold", "settle", "resume")
    assert case["status"] == "in_progress"
    assert "hand_over" not in case.clocks()


def test_what_was_not_done_well_is_done_again_on_a_new_clock(city: Living):
    case = city.come_to("checking").do("collector", "check", result="failed").go("rework")
    assert [c["n"] for c in case["clocks"] if c["stage"] == "disposal"] == [1, 2]
    case.go("take", "finish", "check", "check:found", "close")
    assert case["status"] == "closed"


def test_a_corrected_case_is_decided_anew_and_keeps_what_was_before(city: Living):
    case = city.come_to("in_progress")
    before = case["decision"]
    assert case.refused("receptionist", "correct", reason=WHY) == (422, ["category"])
    assert case.refused("receptionist", "correct", reason=WHY, category="99999")[0] == 422
    paris = {"x": 2.35, "y": 48.85, "crs": "wgs84"}
    assert case.refused("receptionist", "correct", reason=WHY, point=paris)[0] == 422
    case.do("receptionist", "correct", reason=WHY, point={"x": IN_B[0], "y": IN_B[1], "crs": "wgs84"})
    assert (case["point"], case["decision"]["areas"]["grid"]["code"]) == ({"lon": IN_B[0], "lat": IN_B[1]}, "B")
    assert city.listed("grid=B") == [case["number"]]
    assert (case["decision"]["accountable"]["via"], case["status"]) == ("locality", "in_progress")
    case.do("receptionist", "correct", reason=WHY, category=NOBODYS)
    assert (case["status"], case["category"], case["decision"]["desk"]["reason"]) == ("undecided", NOBODYS, "no_rule")
    assert next(e["payload"]["answer"] for e in case.history() if "answer" in e["payload"]) == before
    case.go("decide", "dispatch")
    assert city.verified()


def test_a_duplicate_is_joined_on_purpose_and_can_be_taken_apart(city: Living):
    first, second = city.case(), city.case().go("accept")
    assert second.refused("receptionist", "link", case="240612-9999", as_="duplicate") == (422, ["case"])
    assert second.refused("receptionist", "link", case=second["number"], as_="duplicate") == (422, ["case"])
    second.do("receptionist", "link", case=first["number"], as_="duplicate")
    assert (second["status"], second["links"]) == (
        "void", [{"case": first["id"], "number": first["number"], "as": "duplicate"}]
    )  # fmt: skip
    # Two are not duplicates of each other.
    assert first.refused("receptionist", "link", case=second["number"], as_="duplicate") == (422, ["case"])
    # Nor do they become so by a way round.
    assert second.refused("leader", "reopen", reason=WHY) == (409, ["case"])
    second.do("receptionist", "unlink", case=first["number"])
    assert (second["status"], second["links"]) == ("accepted", [])
    second.do("receptionist", "link", case=first["id"], as_="repeat")
    assert second["status"] == "accepted"


def test_what_an_erased_case_gets_when_it_is_reopened_is_erased_too(city: Living):
    case = city.case(description="路灯不亮").go("void")
    engine = make_engine(city.house.url, 3)
    try:
        wanted = retention.only_case(engine, case["number"], Erasable())
        assert retention.erase(engine, wanted, "admin", NOON).cases == 1
        case.go("reopen", "dispatch", "take")
        photo = city.ask("u2", "POST", "/v1/attachments", files={"file": PDF}).json()["id"]
        case.do("u2", "finish", result="已清理", attachments=[photo]).go("check", "check:found", "close")
        assert retention.erase(engine, wanted, "admin", NOON).cases == 1
        assert city.ask("leader", "GET", f"/v1/cases/{case['id']}/attachments").json()["items"] == []
        assert retention.due(engine, wanted, NOON).cases == 0
    finally:
        engine.dispose()


def test_two_cases_do_not_become_duplicates_of_each_other_at_once(city: Living):
    pairs = [(city.case(), city.case()) for _ in range(5)]
    for one, other in pairs:
        with ThreadPoolExecutor(2) as pool:
            asked = [(one, other["number"]), (other, one["number"])]
            list(pool.map(lambda x: x[0].ask("receptionist", "link", case=x[1], as_="duplicate"), asked))
        assert sorted([one.read()["status"], other.read()["status"]]) in (["reported", "void"], ["reported"] * 2)
    assert city.verified()


def test_a_dispute_goes_up_the_ladder_and_may_become_a_precedent(running_city: Living):
    city = running_city
    case = city.case(NOBODYS).go("accept", "register")
    assert case["status"] == "undecided"
    case.do("dispatcher", "escalate", rung="negotiate", reason=WHY).go("escalate")
    assert [r["rung"] for r in case["requests"]] == ["joint_meeting"]
    assert case.refused("dispatcher", "escalate", rung="competent", reason=WHY) == (409, ["rung"])
    n = case["requests"][0]["n"]
    granted: dict[str, Any] = {"request": n, "verdict": "granted", "reason": WHY}
    assert case.refused("leader", "settle", **granted) == (422, ["unit"])
    assert case.refused("leader", "settle", **granted, unit="U9") == (422, ["unit"])
    wanted = {"scope": "street"}
    assert case.refused("dispatcher", "settle", **granted, unit="U3", precedent=wanted)[0] == 403
    refused = granted | {"verdict": "refused", "unit": "U3", "precedent": wanted}
    assert case.refused("leader", "settle", **refused) == (422, ["precedent"])
    case.do("leader", "settle", **granted, unit="U3", assisting=["U2"], precedent=wanted)
    assert (case["status"], case["decision"]["accountable"]) == (
        "registered", {"unit": "U3", "name": "丙处", "via": "precedent"}
    )  # fmt: skip
    assert soon(lambda: city.routed(NOBODYS, IN_B)["accountable"] is not None)
    assert city.case(NOBODYS, IN_B)["decision"]["accountable"]["via"] == "precedent"
    (told,) = city.ask("looker", "GET", "/v1/precedents").json()["items"]
    assert (told["case"], told["by"]) == (case["number"], "leader")
    assert city.verified()


def test_of_many_who_read_the_same_version_one_acts(city: Living):
    case = city.come_to("registered")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: case.ask("dispatcher", "dispatch"), range(8)))
    assert sorted(a.status_code for a in answers) == [200] + [409] * 7
    told = [a.json() for a in answers if a.status_code == 409]
    assert {t["errors"][0]["field"] for t in told} == {"version"}
    assert [e["kind"] for e in case.history()].count("dispatch") == 1


def test_the_same_key_does_it_once_and_gives_the_first_answer(city: Living):
    case = city.come_to("registered")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: case.ask("dispatcher", "dispatch", "one key"), range(8)))
    assert {(a.status_code, a.text) for a in answers} == {(200, answers[0].text)}
    assert [e["kind"] for e in case.history()].count("dispatch") == 1
    other = case.ask("dispatcher", "dispatch", "one key", reason=WHY)
    assert (other.status_code, other.json()["errors"][0]["field"]) == (409, "Idempotency-Key")
    again = city.come_to("registered").ask("dispatcher", "dispatch", "one key")
    assert again.status_code == 409


def test_what_is_due_first_comes_first_page_by_page(city: Living):
    cases = []
    for _ in range(3):
        cases.append(city.case()["number"])
        city.house.clock.go_on(hours=1)
    city.come_to("void")
    newest = city.ask("leader", "GET", "/v1/cases?source=app&status=reported").json()["items"]
    assert [c["number"] for c in newest] == cases[::-1]
    found, cursor = [], ""
    while cursor is not None:
        page = city.ask("leader", "GET", f"/v1/cases?order=due&limit=2&cursor={cursor}".removesuffix("&cursor=")).json()
        found += [c["number"] for c in page["items"]]
        cursor = page["next"]
    assert found == cases
    assert city.listed("source=patrol,sensor") == []
    for query in ("light=blue", "request=leave", "source=phone", "order=random"):
        assert city.ask("leader", "GET", f"/v1/cases?{query}").status_code == 422


def listed(city: Living, query: str = "", who: str = "leader") -> list[tuple[str, str, str]]:
    answer = city.ask(who, "GET", f"/v1/requests?{query}")
    assert answer.status_code == 200, answer.text
    return [(r["case"]["number"], r["request"]["kind"], r["state"]) for r in answer.json()["items"]]


def test_the_agenda_of_a_joint_meeting_and_what_it_decided(city: Living):
    assert listed(city) == []
    first, second, third = city.come_to("undecided"), city.come_to("in_progress"), city.come_to("in_progress")
    first.go("escalate")
    second.do("dispatcher", "escalate", rung="negotiate", reason=WHY).go("escalate")
    third.go("return", "finish")
    a, b, c = (case["number"] for case in (first, second, third))
    assert listed(city) == [
        (c, "return", "lapsed"), (b, "escalation", "open"), (b, "escalation", "lapsed"), (a, "escalation", "open")
    ]  # fmt: skip
    agenda = "kind=escalation&rung=joint_meeting&state=open"
    assert listed(city, agenda) == [(b, "escalation", "open"), (a, "escalation", "open")]
    first.do("dispatcher", "settle", request=first["requests"][0]["n"], verdict="granted", unit="U3", reason=WHY)
    assert listed(city, agenda) == [(b, "escalation", "open")]
    (told,) = city.ask("leader", "GET", "/v1/requests?state=settled").json()["items"]
    assert (told["case"]["number"], told["answer"]["verdict"], told["answer"]["accountable"]["unit"]) == (
        a, "granted", "U3"
    )  # fmt: skip
    # Each sees what is his to see.
    assert listed(city, "", "u3") == [(a, "escalation", "settled")]
    page = city.ask("leader", "GET", "/v1/requests?limit=3").json()
    rest = city.ask("leader", "GET", f"/v1/requests?limit=3&cursor={page['next']}").json()
    assert (len(page["items"]), len(rest["items"]), rest["next"]) == (3, 1, None)
    for query in ("kind=leave", "rung=top", "state=new", "cursor=x", "format=pdf", "limit=0"):
        assert city.ask("leader", "GET", f"/v1/requests?{query}").status_code == 422


def test_the_agenda_opens_in_a_spreadsheet(city: Living):
    case = city.come_to("undecided").do("dispatcher", "escalate", rung="joint_meeting", reason="=1+1 两单位有争议")
    answer = city.ask("leader", "GET", "/v1/requests?rung=joint_meeting&format=xlsx")
    assert answer.status_code == 200
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    heads, row = (dict(enumerate(c.value for c in line)) for line in sheet.iter_rows())
    told = {heads[i]: row[i] for i in heads}
    assert (told["案件"], told["请求"], told["层级"], told["提出时间"], told["理由"], told["结果"]) == (
        case["number"], "升级协调", "联席会议", "2024-06-12 12:00", "=1+1 两单位有争议", "未结"
    )  # fmt: skip


def test_a_corrected_case_and_one_settled_by_hand_are_replayed_as_they_were_decided(city: Living):
    corrected, settled, moved = city.come_to("registered"), city.come_to("undecided"), city.come_to("dispatched")
    city.house.clock.go_on(minutes=5)
    corrected.do("receptionist", "correct", reason=WHY, point={"x": IN_B[0], "y": IN_B[1], "crs": "wgs84"})
    settled.go("decide").do("receptionist", "correct", reason=WHY, category=RULED).go("dispatch")
    settled.do("u2", "transfer", reason=WHY, unit="U3")
    settled.do("u3", "settle", request=settled["requests"][0]["n"], verdict="granted", reason=WHY)
    moved.go("return").do("dispatcher", "settle", request=moved["requests"][0]["n"], verdict="granted", unit="U3",
                          reason=WHY)  # fmt: skip
    engine = make_engine(city.house.url, 3)
    try:
        found = replay(engine, PastFilter(DISTRICT))
        assert (found.same, found.changes) == (3, ())
        open_ = affected(engine, Router.from_database(city.house.url, "S1"))
        assert (open_.open, open_.changes) == (3, ())
    finally:
        engine.dispose()


def test_every_way_is_known():
    assert set(WAY) == set(get_args(Status))
