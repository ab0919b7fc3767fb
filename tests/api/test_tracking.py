"""Who reported follows the case by a code, without a key; who guesses learns nothing, and soon waits."""

from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from gridsvc.api import auth
from gridsvc.rights import whole_district
from gridsvc.services.appending import append_to
from gridsvc.services.cases import get_history, need_case
from gridsvc.services.retention import erase
from gridsvc.store.engine import transaction
from gridsvc.store.histories import read_history
from gridsvc.store.private import Erasable
from tests.conftest import NOON

from .conftest import application, report
from .house import DISTRICT, House

CITY = whole_district(DISTRICT)
WHO = {
    "reporter": {"name": "王大锤", "phone": "13800000001"},
    "description": "楼下 13800000001",
    "subject": "示例小吃店",
}


def engine_of(client: TestClient) -> Any:
    return application(client).state.parts.engine


def go(client: TestClient, case: str, status: str, **said: Any) -> None:
    """Let a case come to a status."""
    with transaction(engine_of(client)) as connection:
        found = need_case(connection, case, CITY, alone=True)
        append_to(connection, found, read_history(connection, found.id), "x", {"to": status} | said, "li", NOON)


def rate(client: TestClient, code: str, rating: Any = 5, **more: Any) -> Any:
    return client.post(f"/v1/tracking/{code}/rating", json={"rating": rating} | more)


def test_the_code_is_told_once_and_to_nobody_else(writer: TestClient):
    made = report(writer, **WHO).json()
    code = made["tracking"]
    assert code.startswith(made["number"] + "-")
    assert report(writer, **WHO).json() == made
    for path in (f"/v1/cases/{made['number']}", "/v1/cases", f"/v1/cases/{made['id']}/history"):
        assert code[-12:] not in writer.get(path).text
    with engine_of(writer).connect() as connection:
        for table in ("case_", "case_history", "case_private", "idempotency"):
            found = connection.execute(
                text(f"SELECT count(*) FROM {table} t WHERE t::text LIKE :code"), {"code": f"%{code[-12:]}%"}
            )
            assert found.scalar_one() == 0


def test_who_has_the_code_sees_how_it_stands_and_nothing_of_people(writer: TestClient):
    made = report(writer, **WHO).json()
    shown = writer.get(f"/v1/tracking/{made['tracking']}")
    assert shown.status_code == 200
    assert shown.json()["stage"] == "received"
    go(writer, made["id"], "accepted", public={"zh": "已受理", "en": "taken up"})
    go(writer, made["id"], "dispatched", unit={"unit": "U1", "name": "一中队"}, reason="内部意见")
    shown = writer.get(f"/v1/tracking/{made['tracking'].lower()}")
    assert shown.json()["stage"] == "handling"
    assert shown.json()["answer"] == {"zh": "已受理", "en": "taken up"}
    for inside in ("王", "138", "楼下", "示例", "U1", "中队", "内部", "120.0", made["id"]):
        assert inside not in shown.text


def test_a_closed_case_is_rated_once_and_no_reader_becomes_stale(writer: TestClient):
    made = report(writer, **WHO).json()
    assert rate(writer, made["tracking"]).status_code == 409
    go(writer, made["id"], "closed")
    before = writer.get(f"/v1/cases/{made['id']}").json()["version"]
    answers = [rate(writer, made["tracking"], 4, solved=True, comment="谢谢，找我打 13800000001") for _ in range(2)]
    assert [a.status_code for a in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert (answers[0].json()["rating"], answers[0].json()["may_rate"]) == (4, False)
    assert rate(writer, made["tracking"], 1).status_code == 409
    case = writer.get(f"/v1/cases/{made['id']}").json()
    assert case["version"] == before
    told = writer.get(f"/v1/cases/{made['id']}/history").json()
    assert told["intact"]
    assert [e["payload"] for e in told["items"] if e["kind"] == "rated"] == [{"rating": 4, "solved": True}]
    why = {"what": "comment", "reason": "核实现场情况"}
    said = writer.post(f"/v1/cases/{made['id']}/unmask", json=why)
    assert said.json()["text"].startswith("谢谢")


@pytest.mark.parametrize("rating", [None, 0, 6, "5", True, 4.5])
def test_what_is_no_rating_is_refused(writer: TestClient, rating: Any):
    made = report(writer).json()
    go(writer, made["id"], "closed")
    assert rate(writer, made["tracking"], rating).status_code == 422
    assert rate(writer, made["tracking"], 5, unknown=1).status_code == 422


def test_an_erasure_takes_the_comment_and_leaves_the_rating(writer: TestClient):
    engine = engine_of(writer)
    with_name, without = (report(writer, key, **said).json() for key, said in (("a", WHO), ("b", {})))
    for made in (with_name, without):
        go(writer, made["id"], "closed")
        assert rate(writer, made["tracking"], comment="x").status_code == 200
    assert erase(engine, Erasable(before=NOON.replace(year=2025)), "li", NOON).cases == 2
    for made in (with_name, without):
        assert writer.get(f"/v1/tracking/{made['tracking']}").json()["rating"] == 5
        assert (
            writer.post(
                f"/v1/cases/{made['id']}/unmask", json={"what": "comment", "reason": "核实现场情况"}
            ).status_code
            == 404
        )
        assert get_history(engine, made["id"], NOON.tzinfo, CITY)["intact"]
    # What comes after it is not kept.
    late = report(writer, "c", **WHO).json()
    go(writer, late["id"], "closed")
    erase(engine, Erasable(before=NOON.replace(year=2025)), "li", NOON)
    assert rate(writer, late["tracking"], comment="x").status_code == 200
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM case_private WHERE comment IS NOT NULL")).scalar_one() == 0


UNKNOWN = ["240612-9999-ABCDEFGHJKMN", "{number}-ABCDEFGHJKMN", "{number}", "x", "%20", "{id}"]


@pytest.mark.parametrize("code", UNKNOWN)
def test_every_code_of_nobody_is_answered_in_the_same_way(writer: TestClient, code: str):
    made = report(writer).json()
    asked = code.format(**made)
    answers = [writer.get(f"/v1/tracking/{asked}"), rate(writer, asked)]
    assert [a.status_code for a in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()
    assert made["number"] not in answers[0].text
    assert UUID(made["id"])


def test_who_guesses_waits_and_is_then_told_of_no_code(house: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(auth, "_NO_CODES_BURST_S", 300.0)
    browser, other = house.browser(host="192.0.2.7"), house.browser(host="192.0.2.8")
    house.add("li", "collector")
    body = {"point": {"x": 120.005, "y": 30.005, "crs": "wgs84"}, "category": "06010", "source": "app"}
    made = browser.post("/v1/cases", json=body, headers=house.key("li") | {"Idempotency-Key": "k"}).json()
    known = f"/v1/tracking/{made['tracking']}"
    assert browser.get(known).status_code == 200
    wrong = [browser.get(f"/v1/tracking/{made['number']}-ABCDEFGHJKM{n}").status_code for n in range(9)]
    assert wrong == [404] * 5 + [429] * 4
    assert browser.get(known).status_code == 429
    assert other.get(known).status_code == 200


def test_who_asks_too_often_waits(house: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(auth, "_CODES_BURST_S", 3.0)
    browser = house.browser()
    answers = [browser.get("/v1/tracking/x").status_code for _ in range(8)]
    assert answers[:2] == [404, 404]
    assert answers[-1] == 429
