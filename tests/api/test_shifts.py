"""The shift over HTTP: who is on duty, the roster, and a hand-over that two people sign."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient

from gridsvc.rights import Grant

from .conftest import fields
from .desk import Desk
from .house import DISTRICT

NOTE = "新民路井盖仍未到货，明早跟进，电话 13800000001"


def hand_over(desk: Desk, who: str = "leader", text: str = NOTE) -> Any:
    return desk.ask(who, "POST", "/v1/shift/notes", json={"text": text})


def sign(desk: Desk, n: int, who: str = "dispatcher", remark: str | None = None) -> Any:
    return desk.ask(who, "POST", f"/v1/shift/notes/{n}/sign", json={"remark": remark})


def shift(desk: Desk, who: str = "leader") -> Any:
    return desk.ask(who, "GET", "/v1/shift").json()


def test_who_is_on_duty_now_and_where_nobody_is(reader: TestClient):
    told = reader.get("/v1/shift").json()
    assert all(seat["holders"] and seat["unit"] for seat in told["on_duty"])
    assert all(not seat["holders"] for seat in told["nobody"])
    assert told["served"] + len(told["nobody"]) == told["seats"]
    seat = told["on_duty"][0]
    on_duty = reader.get("/v1/duty", params={"unit": seat["unit"]}).json()
    names = {h["name"] for duty in on_duty["posts"] for h in duty["holders"] if h["on_duty"]}
    assert {h["name"] for h in seat["holders"]} <= names


def test_the_roster_of_a_week_page_by_page(reader: TestClient):
    every = reader.get("/v1/roster", params={"limit": 1000}).json()
    assert every["next"] is None
    seen, cursor = [], None
    while True:
        page = reader.get("/v1/roster", params={"limit": 100} | ({"cursor": cursor} if cursor else {})).json()
        seen += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == every["items"]
    assert {i["role"] for i in reader.get("/v1/roster?role=grid_chief").json()["items"]} == {"grid_chief"}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "2024-06-12T00:00:00"}, "from"),
        ({"from": "2024-06-12T00:00:00+08:00", "to": "2024-06-12T00:00:00+08:00"}, "to"),
        ({"from": "2024-06-12T00:00:00+08:00", "to": "2024-07-14T00:00:00+08:00"}, "to"), ({"cursor": "x"}, "cursor"),
    ],
)  # fmt: skip
def test_a_roster_that_cannot_be_meant_is_refused(reader: TestClient, query: dict[str, str], field: str):
    answer = reader.get("/v1/roster", params=query)
    assert (answer.status_code, fields(answer)) == (422, [field])


def test_a_note_is_signed_by_who_goes_and_who_comes(desk: Desk):
    desk.report()
    assert shift(desk)["notes"] == []
    note = hand_over(desk).json()
    assert (note["by"], note["taken_by"], note["numbers"]["open"]) == ("leader", None, 1)
    assert "13800000001" not in note["text"]
    assert sign(desk, note["n"], "leader").status_code == 409
    signed = sign(desk, note["n"], remark="已知悉").json()
    assert (signed["taken_by"], signed["remark"], signed["taken_at"]) == ("dispatcher", "已知悉", note["at"])
    assert sign(desk, note["n"]).status_code == 409
    assert shift(desk)["notes"] == [signed]


def test_of_two_who_sign_at_once_one_does(desk: Desk):
    names = [desk.house.add(f"d{n}", "dispatcher") for n in range(4)]
    n = hand_over(desk).json()["n"]
    desk.ask("leader", "GET", "/v1/shift")
    for name in names:
        shift(desk, name)
    with ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(lambda name: sign(desk, n, name).status_code, names))
    assert sorted(codes) == [200, 409, 409, 409]


def test_the_last_note_comes_first(desk: Desk):
    first, second = (hand_over(desk, text=text).json()["n"] for text in ("第一份", "第二份"))
    assert [note["n"] for note in shift(desk)["notes"]] == [second, first]
    sign(desk, first)
    assert [note["taken_by"] for note in shift(desk)["notes"]] == [None, "dispatcher"]


def test_notes_are_for_who_hands_over_the_whole_district(desk: Desk):
    desk.house.add("part", Grant("dispatcher", DISTRICT, "grid", "A"))
    n = hand_over(desk).json()["n"]
    for who in ("looker", "collector", "part"):
        assert shift(desk, who)["notes"] is None
        assert hand_over(desk, who).status_code == sign(desk, n, who).status_code == 403
    assert shift(desk, "looker")["open"]["open"] == 0


@pytest.mark.parametrize("text", ["", " ", "x" * 2001])
def test_a_note_that_says_nothing_or_too_much_is_refused(desk: Desk, text: str):
    answer = hand_over(desk, text=text)
    assert (answer.status_code, fields(answer)) == (422, ["text"])
    assert sign(desk, 999).status_code == 404
