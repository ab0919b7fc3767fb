"""Administering over HTTP: the life of an actor and his keys, and that nobody gets further than his own rights."""

import json
import logging
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from gridsvc.rights import Grant
from gridsvc.store.engine import make_engine
from tests.conftest import NOON

from .house import ADMIN, DISTRICT, PASSWORD, House, soon

PLACE = {"point": {"x": 120.005, "y": 30.005, "crs": "wgs84"}}


@pytest.fixture
def admin(house: House) -> TestClient:
    """A browser with the settings' own key."""
    return house.browser(**ADMIN)


def may_route(house: House, key: str) -> bool:
    sent = {"Authorization": f"Bearer {key}"}
    return house.browser().post("/v1/route", json=PLACE, headers=sent).status_code == 200


def fields(refused: Any) -> list[str]:
    return [error["field"] for error in refused.json()["errors"]]


def listed(client: TestClient) -> dict[str, Any]:
    return {one["name"]: one for one in client.get("/v1/actors").json()["items"]}


def test_the_whole_life_of_an_actor(house: House, admin: TestClient, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    made = admin.post("/v1/actors", json={"name": "field.app", "title": "外业", "kind": "program"})
    assert made.status_code == 201
    assert {k: made.json()[k] for k in ("name", "title", "kind", "has_password", "ended_at", "grants", "keys")} == {
        "name": "field.app", "title": "外业", "kind": "program", "has_password": False, "ended_at": None, "grants": [],
        "keys": [],
    }  # fmt: skip
    first = admin.post("/v1/actors/field.app/keys", json={"name": "phones"})
    assert first.status_code == 201
    key, number = first.json()["key"], first.json()["id"]
    assert key.startswith(first.json()["begins"])
    assert not may_route(house, key)

    granted = admin.post("/v1/actors/field.app/grants", json={"role": "collector"})
    assert granted.status_code == 201
    assert granted.json()["district"] == DISTRICT
    assert soon(lambda: may_route(house, key))

    other = admin.post(f"/v1/actors/field.app/keys/{number}/rotate", json={"overlap_h": 2})
    assert other.status_code == 201
    following = other.json()["key"]
    assert following != key
    assert may_route(house, key)
    assert may_route(house, following)
    house.clock.go_on(hours=2)
    assert not may_route(house, key)
    assert may_route(house, following)

    assert admin.delete(f"/v1/actors/field.app/grants/{granted.json()['id']}").status_code == 204
    assert soon(lambda: not may_route(house, following))
    assert admin.post("/v1/actors/field.app/grants", json={"role": "viewer"}).status_code == 201
    assert soon(lambda: may_route(house, following))
    assert admin.delete("/v1/actors/field.app").status_code == 204
    sent = {"Authorization": f"Bearer {following}"}
    assert soon(lambda: house.browser().get("/v1/me", headers=sent).status_code == 401)

    ended = listed(admin)["field.app"]
    assert ended["ended_at"] == house.clock.now.isoformat()
    assert {g["valid_to"] for g in ended["grants"]} == {NOON.isoformat().replace("04:00", "06:00")}
    actions = [e["action"] for e in admin.get("/v1/audit?subject=field.app").json()["items"]]
    assert actions == [
        "actor ended", "role granted", "grant ended", "key rotated", "role granted", "key made", "actor added",
    ]  # fmt: skip

    # Of the keys only their beginnings are anywhere but in the two answers that made them.
    shown = admin.get("/v1/actors").text + admin.get("/v1/audit").text + caplog.text + everything_stored(house)
    assert made.json()["name"] in shown
    for secret in (key, following):
        assert secret.rpartition("_")[2] not in shown
        assert secret not in shown


def everything_stored(house: House) -> str:
    engine = make_engine(house.url, 1)
    with engine.connect() as connection:
        found = [
            str(connection.execute(text(f"SELECT json_agg(t) FROM {table} t")).scalar_one())
            for table in ("actor", "role_grant", "api_key", "session", "attempt", "audit")
        ]
    engine.dispose()
    return "".join(found)


def test_neither_password_nor_cookie_is_kept_or_shown(house: House, admin: TestClient):
    assert admin.post("/v1/actors", json={"name": "chen", "password": PASSWORD}).status_code == 201
    assert admin.put("/v1/actors/chen/password", json={"password": "another horse battery"}).status_code == 204
    browser = house.browser()
    assert browser.post("/v1/login", json={"name": "chen", "password": PASSWORD}).status_code == 401
    assert browser.post("/v1/login", json={"name": "chen", "password": "another horse battery"}).status_code == 200
    shown = admin.get("/v1/actors").text + admin.get("/v1/audit").text
    assert listed(admin)["chen"]["has_password"] is True
    assert "argon2" not in shown
    for secret in (PASSWORD, "another horse battery", browser.cookies["__Host-gridsvc"]):
        assert secret not in shown + everything_stored(house)


def test_a_password_set_by_an_administrator_ends_the_sessions(house: House, admin: TestClient):
    browser = house.signed_in(house.add("chen", "viewer"))
    assert browser.get("/v1/me").status_code == 200
    assert admin.put("/v1/actors/chen/password", json={"password": PASSWORD}).status_code == 204
    assert soon(lambda: browser.get("/v1/me").status_code == 401)


NAMES = ["", "a", "admin", "Admin", "DEMO", "import", "system", "_chen", "-chen", "chen li", "chen\n", "a/b", "a" * 65,
         "\uff41\uff44\uff4d\uff49\uff4e", "chen\u200b", "<b>"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_could_be_taken_for_another_is_refused(quiet_house: House, name: str):
    refused = quiet_house.browser(**ADMIN).post("/v1/actors", json={"name": name})
    assert (refused.status_code, fields(refused)) == (422, ["name"])


@pytest.mark.parametrize("name", ["网格长01", "chen.li@city", "C-3_po"])
def test_names_in_every_script_are_taken(quiet_house: House, name: str):
    admin = quiet_house.browser(**ADMIN)
    assert admin.post("/v1/actors", json={"name": name}).status_code == 201
    again = admin.post("/v1/actors", json={"name": name, "title": "somebody else"})
    assert (again.status_code, fields(again)) == (409, ["name"])
    assert admin.delete(f"/v1/actors/{name}").status_code == 204
    # Whoever has ended keeps his name.
    assert admin.post("/v1/actors", json={"name": name}).status_code == 409


def test_an_identity_is_one_actors(quiet_house: House):
    admin = quiet_house.browser(**ADMIN)
    identity = {"issuer": "https://id.example", "subject": "u-1"}
    assert admin.post("/v1/actors", json={"name": "first", **identity}).json()["subject"] == "u-1"
    again = admin.post("/v1/actors", json={"name": "second", **identity})
    assert (again.status_code, fields(again)) == (409, ["subject"])
    half = admin.post("/v1/actors", json={"name": "second", "issuer": "https://id.example"})
    assert (half.status_code, fields(half)) == (422, ["subject"])


PAST, LATER = "2024-06-12T03:59:59Z", "2024-07-01T00:00:00+08:00"
GRANTS = {
    "nothing": ({}, 422, ["role"]),
    "unknown role": ({"role": "mayor"}, 422, ["role"]),
    "role of another case": ({"role": "Viewer"}, 422, ["role"]),
    "unknown field": ({"role": "viewer", "street": "S"}, 422, ["street"]),
    "area without layer": ({"role": "viewer", "area": "A"}, 422, ["area"]),
    "layer without area": ({"role": "viewer", "layer": "grid"}, 422, ["area"]),
    "unknown layer": ({"role": "viewer", "layer": "lane", "area": "A"}, 404, ["lane"]),
    "unknown area": ({"role": "viewer", "layer": "grid", "area": "C"}, 404, ["grid"]),
    "unknown unit": ({"role": "viewer", "unit": "U9"}, 404, ["unit"]),
    "unknown district of an area": ({"role": "viewer", "district": "1", "unit": "U1"}, 404, ["district"]),
    "everywhere, but one area": ({"role": "viewer", "everywhere": True, "unit": "U1"}, 422, ["district"]),
    "begun already": ({"role": "viewer", "valid_from": PAST}, 422, ["valid_from"]),
    "over already": ({"role": "viewer", "valid_to": PAST}, 422, ["valid_to"]),
    "over before it begins": ({"role": "viewer", "valid_from": LATER, "valid_to": LATER}, 422, ["valid_to"]),
    "no offset": ({"role": "viewer", "valid_from": "2024-07-01T00:00:00"}, 422, ["valid_from"]),
}


@pytest.mark.parametrize(("body", "status", "named"), GRANTS.values(), ids=GRANTS)
def test_a_grant_of_what_is_not_there_is_refused(
    quiet_house: House, body: dict[str, Any], status: int, named: list[str]
):
    admin = quiet_house.browser(**ADMIN)
    if "grantee" not in listed(admin):
        quiet_house.add("grantee")
    refused = admin.post("/v1/actors/grantee/grants", json=body)
    assert (refused.status_code, fields(refused)) == (status, named)
    assert listed(admin)["grantee"]["grants"] == []


KEYS = {
    "no name": ({}, 422, ["name"]),
    "unknown permission": ({"name": "k", "permissions": ["fly"]}, 422, ["permissions.0"]),
    "no rate": ({"name": "k", "rate_per_s": 0}, 422, ["rate_per_s"]),
    "hardly any rate": ({"name": "k", "rate_per_s": 5e-324}, 422, ["rate_per_s"]),
    "rate as text": ({"name": "k", "rate_per_s": "5"}, 422, ["rate_per_s"]),
    "over already": ({"name": "k", "expires_at": PAST}, 422, ["expires_at"]),
    "over now": ({"name": "k", "expires_at": NOON.isoformat()}, 422, ["expires_at"]),
}


@pytest.mark.parametrize(("body", "status", "named"), KEYS.values(), ids=KEYS)
def test_a_key_that_makes_no_sense_is_refused(quiet_house: House, body: dict[str, Any], status: int, named: list[str]):
    admin = quiet_house.browser(**ADMIN)
    if "keyholder" not in listed(admin):
        quiet_house.add("keyholder")
    refused = admin.post("/v1/actors/keyholder/keys", json=body)
    assert (refused.status_code, fields(refused)) == (status, named)
    assert listed(admin)["keyholder"]["keys"] == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("DELETE", "/v1/actors/nobody", None),
        ("PUT", "/v1/actors/nobody/password", {"password": PASSWORD}),
        ("POST", "/v1/actors/nobody/grants", {"role": "viewer"}),
        ("DELETE", "/v1/actors/nobody/grants/1", None),
        ("POST", "/v1/actors/nobody/keys", {"name": "k"}),
        ("POST", "/v1/actors/nobody/keys/1/rotate", {}),
        ("DELETE", "/v1/actors/nobody/keys/1", None),
        ("DELETE", "/v1/actors/somebody/grants/999", None),
        ("DELETE", "/v1/actors/somebody/keys/999", None),
        ("POST", "/v1/actors/somebody/keys/999/rotate", {}),
    ],
)
def test_who_or_what_is_not_there_is_not_found(quiet_house: House, method: str, path: str, body: Any):
    admin = quiet_house.browser(**ADMIN)
    if "somebody" not in listed(admin):
        quiet_house.add("somebody")
    assert admin.request(method, path, json=body).status_code == 404


def test_one_who_has_ended_gets_nothing_more(house: House, admin: TestClient):
    house.end(house.add("chen", "viewer"))
    for path, body in (("grants", {"role": "viewer"}), ("keys", {"name": "k"})):
        assert admin.post(f"/v1/actors/chen/{path}", json=body).status_code == 409
    assert admin.delete("/v1/actors/chen").status_code == 204


def test_a_grant_holds_from_its_first_instant_to_its_last(house: House, admin: TestClient):
    house.add("chen")
    dates = {"valid_from": (NOON + timedelta(hours=1)).isoformat(), "valid_to": (NOON + timedelta(hours=3)).isoformat()}
    assert admin.post("/v1/actors/chen/grants", json={"role": "viewer", **dates}).status_code == 201
    key = house.key("chen")["Authorization"].removeprefix("Bearer ")
    held = []
    for _ in range(5):
        held.append(may_route(house, key))
        house.clock.go_on(hours=1)
    assert held == [False, True, True, False, False]


def test_a_key_ends_at_its_instant_and_at_once_when_it_is_ended(house: House, admin: TestClient):
    house.add("chen", "viewer")
    until = {"name": "k", "expires_at": (NOON + timedelta(seconds=30)).isoformat()}
    brief, ended = (admin.post("/v1/actors/chen/keys", json=body).json() for body in (until, {"name": "k"}))
    assert may_route(house, brief["key"])
    assert may_route(house, ended["key"])
    house.clock.go_on(seconds=29.9)
    assert may_route(house, brief["key"])
    house.clock.go_on(seconds=0.1)
    assert not may_route(house, brief["key"])
    assert admin.delete(f"/v1/actors/chen/keys/{ended['id']}").status_code == 204
    assert soon(lambda: not may_route(house, ended["key"]))
    # An end cannot be undone by a rotation.
    assert admin.post(f"/v1/actors/chen/keys/{ended['id']}/rotate", json={}).status_code == 404


def test_a_key_does_no_more_than_it_is_for(house: House):
    house.add("boss", "administrator")
    browser = house.browser(**house.key("boss", permissions=["route", "actor:write"]))
    assert browser.get("/v1/me").json()["permissions"] == ["actor:write", "route"]
    assert browser.post("/v1/route", json=PLACE).status_code == 200
    assert browser.get("/v1/layers").status_code == 403
    assert browser.get("/v1/audit").status_code == 403
    # Nor does one for administering open more than itself.
    house.add("chen")
    assert browser.post("/v1/actors", json={"name": "li"}).status_code == 403
    for name in ("boss", "chen"):
        assert browser.post(f"/v1/actors/{name}/keys", json={"name": "k"}).status_code == 403
        assert browser.post(f"/v1/actors/{name}/grants", json={"role": "viewer"}).status_code == 403
        assert browser.put(f"/v1/actors/{name}/password", json={"password": PASSWORD}).status_code in (403, 409)
    assert browser.get("/v1/actors").json()["items"] == []


WHOLE = Grant("administrator")
OF_DISTRICT = Grant("administrator", DISTRICT)
OF_GRID = Grant("administrator", DISTRICT, "grid", "A")
OF_UNIT = Grant("administrator", DISTRICT, unit="U1")
OF_BOTH = Grant("administrator", DISTRICT, "grid", "A", "U1")
UNTIL = Grant("administrator", DISTRICT, valid_to=NOON + timedelta(days=7))
LATER_ON = Grant("administrator", DISTRICT, valid_from=NOON + timedelta(days=1))
VIEWER = Grant("viewer", DISTRICT)
A_DAY = Grant("viewer", DISTRICT, valid_to=NOON + timedelta(days=1))
LONGER = Grant("viewer", DISTRICT, valid_to=NOON + timedelta(days=8))
IN_A, IN_B, IN_S = (Grant("viewer", DISTRICT, *place) for place in (("grid", "A"), ("grid", "B"), ("street", "S")))
U1, U2 = (Grant("viewer", DISTRICT, unit=unit) for unit in ("U1", "U2"))
A_AND_U1 = Grant("viewer", DISTRICT, "grid", "A", "U1")
ABROAD = Grant("viewer", "110101")
# Who administers what: his own grant, what he may grant, and what he may not.
REACH = {
    "the whole installation": (WHOLE, [WHOLE, OF_DISTRICT, ABROAD, IN_A, U1, VIEWER, LONGER], []),
    "a district": (OF_DISTRICT, [OF_DISTRICT, IN_A, IN_S, U2, A_AND_U1, LONGER], [WHOLE, Grant("viewer"), ABROAD]),
    "a grid": (OF_GRID, [OF_GRID, IN_A, A_AND_U1], [WHOLE, OF_DISTRICT, VIEWER, IN_B, IN_S, U1, ABROAD]),
    "a unit": (OF_UNIT, [OF_UNIT, U1, A_AND_U1], [OF_DISTRICT, VIEWER, U2, IN_A, ABROAD]),
    "a unit in a grid": (OF_BOTH, [OF_BOTH, A_AND_U1], [OF_GRID, OF_UNIT, IN_A, U1, VIEWER]),
    "a district for a week": (UNTIL, [UNTIL, A_DAY], [VIEWER, OF_DISTRICT, LONGER, IN_A]),
}


def spelled(given: Grant) -> dict[str, Any]:
    place = {name: getattr(given, name) for name in ("role", "district", "layer", "area", "unit")}
    dates = {name: at.isoformat() for name in ("valid_from", "valid_to") if (at := getattr(given, name))}
    return place | dates | {"everywhere": given.district is None}


@pytest.mark.parametrize(("own", "within", "beyond"), REACH.values(), ids=REACH)
def test_nobody_gets_further_than_his_own_rights(house: House, own: Grant, within: list[Grant], beyond: list[Grant]):
    caller = house.signed_in(house.add("boss", own))
    for n, given in enumerate([*within, *beyond]):
        allowed = n < len(within)
        name = house.add(f"person{n}", password=PASSWORD)
        # Granting somebody, and oneself.
        for grantee in (house.add(f"grantee{n}"), "boss"):
            granted = caller.post(f"/v1/actors/{grantee}/grants", json=spelled(given))
            assert granted.status_code == (201 if allowed else 403), (grantee, given)
        # Whoever has it already cannot be used to act by.
        number = house.grant(name, given)
        key = house.key(name)["Authorization"]
        lookup = key.split("_")[1]
        theirs = {k["begins"]: k["id"] for k in listed(house.browser(**ADMIN))[name]["keys"]}[f"gk_{lookup}_"]
        asked = [
            caller.put(f"/v1/actors/{name}/password", json={"password": "another horse battery"}),
            caller.post(f"/v1/actors/{name}/keys", json={"name": "k"}),
            caller.post(f"/v1/actors/{name}/keys/{theirs}/rotate", json={}),
        ]
        done = [answer.status_code for answer in asked]
        assert done == ([204, 201, 201] if allowed else [403] * 3), given
        assert all("key" not in answer.json() for answer in asked if answer.status_code == 403)
        # Ending takes nothing that lasts, so an administrator for a week ends what lasts for longer.
        ends = allowed or own == UNTIL
        assert (name in listed(caller)) is ends, given
        asked = [
            caller.delete(f"/v1/actors/{name}/grants/{number}"),
            caller.delete(f"/v1/actors/{name}/keys/{theirs}"),
            caller.delete(f"/v1/actors/{name}"),
        ]
        assert [answer.status_code for answer in asked] == [204 if ends else 403] * 3, given
        still = listed(house.browser(**ADMIN))[name]
        assert (still["ended_at"] is not None) is ends


@pytest.mark.parametrize("own", [OF_GRID, OF_UNIT, UNTIL], ids=["a grid", "a unit", "a district for a week"])
def test_who_holds_nothing_yet_is_opened_by_an_administrator_of_the_district_alone(house: House, own: Grant):
    """Or what was made before he is granted more would open that too."""
    caller, whole = (house.signed_in(house.add(n, g)) for n, g in (("boss", own), ("whole", OF_DISTRICT)))
    house.add("chen")
    for asked, n in ((caller, 403), (whole, 201)):
        assert asked.post("/v1/actors/chen/keys", json={"name": "k"}).status_code == n
        new = {"name": f"new{n}", "password": PASSWORD}
        assert asked.post("/v1/actors", json=new).status_code == n
    assert caller.put("/v1/actors/chen/password", json={"password": PASSWORD}).status_code == 403
    # Without any of it he is added, granted what one administers, and then has his key.
    assert caller.post("/v1/actors", json={"name": "li"}).status_code == 201
    given = Grant("viewer", DISTRICT, own.layer, own.area, own.unit, valid_to=own.valid_to)
    assert caller.post("/v1/actors/li/grants", json=spelled(given)).status_code == 201
    assert caller.post("/v1/actors/li/keys", json={"name": "k"}).status_code == 201


def test_rights_that_begin_later_count_for_whom_they_are_given(house: House):
    """Or a key made today would open them tomorrow."""
    caller = house.signed_in(house.add("boss", OF_GRID))
    house.add("chen", LATER_ON)
    assert caller.post("/v1/actors/chen/keys", json={"name": "k"}).status_code == 403
    assert house.signed_in("chen").get("/v1/actors").status_code == 403


def test_rights_that_are_over_do_not_count(house: House):
    caller = house.signed_in(house.add("boss", OF_DISTRICT))
    house.add("chen", Grant("administrator", valid_to=NOON + timedelta(minutes=1)))
    assert caller.post("/v1/actors/chen/keys", json={"name": "k"}).status_code == 403
    house.clock.go_on(minutes=1)
    assert caller.post("/v1/actors/chen/keys", json={"name": "k"}).status_code == 201


def test_nobody_ends_himself_so_somebody_is_always_left(house: House):
    house.add("boss", password=PASSWORD)
    number = house.grant("boss", "administrator")
    caller = house.signed_in("boss")
    asked = [
        caller.delete("/v1/actors/boss"),
        caller.delete(f"/v1/actors/boss/grants/{number}"),
        caller.put("/v1/actors/boss/password", json={"password": "another horse battery"}),
    ]
    assert [answer.status_code for answer in asked] == [409] * 3
    assert caller.get("/v1/actors").status_code == 200
    assert house.browser(**ADMIN).delete("/v1/actors/boss").status_code == 204


def test_one_may_make_and_end_keys_of_ones_own(house: House):
    caller = house.signed_in(house.add("boss", "administrator"))
    made = caller.post("/v1/actors/boss/keys", json={"name": "k"}).json()
    assert may_route(house, made["key"])
    assert caller.delete(f"/v1/actors/boss/keys/{made['id']}").status_code == 204
    assert soon(lambda: not may_route(house, made["key"]))


def pages(client: TestClient, path: str, limit: int) -> list[list[dict[str, Any]]]:
    found, cursor = [], None
    while True:
        answer = client.get(path, params={"limit": limit} | ({"cursor": cursor} if cursor else {})).json()
        found.append(answer["items"])
        cursor = answer["next"]
        if cursor is None:
            return found


def test_pages_hold_all_that_may_be_seen_and_name_nobody_else(house: House):
    house.add("boss", OF_GRID)
    for n in range(6):
        house.add(f"a{n}", IN_B)
        house.add(f"b{n}", IN_A)
    caller = house.signed_in("boss")
    found = pages(caller, "/v1/actors", 3)
    assert [len(page) for page in found] == [3, 3, 1]
    assert [one["name"] for page in found for one in page] == [*(f"b{n}" for n in range(6)), "boss"]
    assert [len(page) for page in pages(house.browser(**ADMIN), "/v1/actors", 13)] == [13]
    assert caller.get("/v1/actors?cursor=x").status_code == 422


def test_the_audit_is_read_by_whom_it_concerns(house: House):
    house.add("chen", IN_A, ABROAD)
    whole, district, viewer = (
        house.signed_in(house.add(name, grant)) for name, grant in (("ww", WHOLE), ("dd", OF_DISTRICT), ("vv", VIEWER))
    )
    seen = {e["n"]: e for page in pages(whole, "/v1/audit", 4) for e in page}
    assert list(seen) == list(range(len(seen), 0, -1))
    assert {e["district"] for e in seen.values()} == {None, DISTRICT, "110101"}
    part = [e for page in pages(district, "/v1/audit", 2) for e in page]
    assert part == [e for e in seen.values() if e["district"] == DISTRICT]
    assert len([e for e in part if e["action"] == "role granted"]) == 3
    assert all(len(page) == 2 for page in pages(district, "/v1/audit", 2)[:-1])
    assert viewer.get("/v1/audit").status_code == 403


@pytest.mark.parametrize("own", [OF_GRID, OF_UNIT, OF_BOTH], ids=["a grid", "a unit", "a unit in a grid"])
def test_who_administers_a_part_of_a_district_reads_nothing_of_its_audit(house: House, own: Grant):
    house.add("chen", IN_B)
    part = house.signed_in(house.add("boss", own))
    assert part.get("/v1/audit").json() == {"items": [], "next": None}
    house.grant("boss", Grant("administrator", "110101"))
    assert soon(lambda: part.get("/v1/me").json()["permissions"] != [])
    assert {e["district"] for e in part.get("/v1/audit").json()["items"]} <= {"110101"}


def test_the_audit_is_filtered_by_actor_and_subject(house: House, admin: TestClient):
    house.add("chen", "viewer")
    boss = house.signed_in(house.add("boss", WHOLE))
    assert boss.post("/v1/actors/chen/grants", json={"role": "planner"}).status_code == 201
    (entry,) = boss.get("/v1/audit?actor=boss&subject=chen").json()["items"]
    assert (entry["actor"], entry["action"], entry["subject"]) == ("boss", "role granted", "chen")
    assert (entry["district"], entry["payload"]["role"], len(entry["hash"])) == (DISTRICT, "planner", 64)
    assert {e["subject"] for e in boss.get("/v1/audit?subject=chen").json()["items"]} == {"chen"}
    assert boss.get("/v1/audit?actor=nobody").json() == {"items": [], "next": None}
    for cursor in ("x", "WyItMSJd", "WyIxIiwiMiJd"):
        assert boss.get("/v1/audit", params={"cursor": cursor}).status_code == 422


def test_who_was_refused_stands_in_the_audit_without_what_he_tried(house: House, admin: TestClient):
    house.add("chen", VIEWER)
    house.browser().post("/v1/login", json={"name": "chen", "password": "a wrong guess"})
    entry = admin.get("/v1/audit?subject=chen").json()["items"][0]
    assert (entry["action"], entry["actor"], entry["payload"]) == ("sign-in refused", "", {"address": "192.0.2.7"})
    assert "a wrong guess" not in json.dumps(entry)
