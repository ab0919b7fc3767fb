"""Rulesets over HTTP: drafts of JSON tables, reports, rows without numbers of people, publication, and who may."""

import time
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from small_city import ODOUR, POSTS, RULES, UNITS, changed

from gridsvc.rights import Grant
from gridsvc.spatial.rule_tables import write_rule_tables
from gridsvc.tables import COLUMNS

from .conftest import BODY
from .house import DISTRICT, House

CHIEFS = [*POSTS, POSTS[0] | {"code": "P3", "area": "B"}]
BY_U1 = {"posts": CHIEFS, "rules": changed(RULES, 0, lead="unit:U1")}
ASKED = {"point": BODY["point"], "category": ODOUR}
FROM = "2024-06-12T03:00:00Z"


def load(client: TestClient, code: str = "R1", tables: Any = BY_U1, **more: Any) -> Any:
    return client.post("/v1/rulesets", json={"code": code, "tables": tables} | more)


def publish(client: TestClient, code: str = "R1", **body: Any) -> Any:
    return client.post(f"/v1/rulesets/{code}/publish", json={"from": FROM} | body)


def unit(client: TestClient, **more: Any) -> str:
    return client.post("/v1/route", json=ASKED | more).json()["accountable"]["unit"]


def taken_up(client: TestClient, code: str) -> bool:
    ask = lambda: client.post("/v1/route", json=ASKED).json()["ruleset"]  # noqa: E731
    return any(ask() == code or time.sleep(0.01) for _ in range(2000))


def test_a_draft_is_loaded_asked_and_published(writer: TestClient):
    loaded = load(writer)
    assert (loaded.status_code, loaded.json()["outcome"], loaded.json()["state"]) == (201, "loaded", "checked")
    assert load(writer).json()["outcome"] == "unchanged"
    assert (unit(writer), unit(writer, ruleset="R1"), unit(writer, ruleset="S1")) == ("U2", "U1", "U2")
    batch = {"x": [BODY["point"]["x"]], "y": [BODY["point"]["y"]], "crs": "wgs84", "category": ODOUR}
    many = writer.post("/v1/route/batch", json=batch | {"ruleset": "R1"}).json()
    assert (many["columns"]["accountable"], many["ruleset"]) == (["U1"], "R1")
    done = publish(writer)
    assert (done.status_code, done.json()["from"], done.json()["to"]) == (200, FROM, None)
    assert taken_up(writer, "R1")
    assert unit(writer) == "U1"
    answer = writer.post("/v1/route", json=ASKED | {"at": "2024-06-12T02:00:00Z"}).json()
    assert (answer["edition"], answer["ruleset"], answer["accountable"]["unit"]) == ("S2", "S2", "U2")


def test_a_ruleset_says_what_it_is_made_of(writer: TestClient):
    load(writer, title="试行")
    about = writer.get("/v1/rulesets/R1").json()
    assert (about["code"], about["title"], about["state"]) == ("R1", "试行", "checked")
    assert about["tables"] == {"units": 2, "people": 2, "posts": 3, "rules": 3, "limits": 1}
    assert about["report"]["counts"]["error"] == 0
    assert {e["code"]: e["counts"] for e in writer.get("/v1/rulesets").json()["items"]}["R1"] == {
        "error": 0, "warning": about["report"]["counts"]["warning"],
    }  # fmt: skip


def test_rows_are_given_as_text_and_nobodys_number_with_them(writer: TestClient):
    rules = writer.get("/v1/rulesets/S2/tables/rules").json()
    assert [row["id"] for row in rules["items"]] == ["RULE-06", "DISPUTED-07", "LOCAL"]
    people = writer.get("/v1/rulesets/S2/tables/people")
    assert [(p["code"], p["phone"]) for p in people.json()["items"]] == [("R1", "0571****0001"), ("R2", "")]
    assert "00000001" not in people.text
    assert writer.get("/v1/rulesets/S2/tables/calendar").json()["items"] == []


@pytest.mark.parametrize(
    ("tables", "place"),
    [
        ({"rules": changed(RULES, 1, lead="unit:U9")}, ("rules", 3, "lead")),
        ({"rules": [RULES[0] | {"rank": "x"}]}, ("rules", 2, "rank")),
        ({"units": UNITS[1:]}, ("units", 2, "parent")),
        (
            {"rules": [{"rank": "1", "id": "a", "via": "rule", "lead": "unit:U1", "attribute": ""}]},
            ("rules", None, "attribute"),
        ),
        ({"limits": [{"category": "06*"}]}, ("limits", None, "stage")),
    ],
)
def test_bad_rows_are_refused_with_table_line_and_column(writer: TestClient, tables: Any, place: tuple):
    refused = load(writer, tables=tables)
    assert refused.status_code == 422
    errors = refused.json()["errors"]
    assert place in [(e["table"], e["line"], e["field"]) for e in errors]
    assert all(e["mend_zh"] and e["mend_en"] and e["zh"] and e["en"] for e in errors)
    assert {e["code"] for e in writer.get("/v1/rulesets").json()["items"]} == {"S1", "S2"}


def test_errors_refuse_publication_until_they_are_waived(writer: TestClient):
    load(writer, tables=BY_U1 | {"rules": changed(RULES, 0, places="grid:Z", test_lon="", test_lat="")})
    refused = publish(writer)
    assert refused.status_code == 409
    names = {e["field"]: (e["table"], e["line"]) for e in refused.json()["errors"]}
    assert names["reference:rules:RULE-06+grid:Z"] == ("rules", 2)
    done = publish(writer, waive=dict.fromkeys(names, "先行"))
    assert (done.status_code, set(done.json()["waived"])) == (200, set(names))


@pytest.mark.parametrize(
    ("grant", "status"),
    [
        ("viewer", 403),
        ("planner", 403),
        (Grant("rule_editor", DISTRICT, "grid", "A"), 403),
        (Grant("rule_editor", DISTRICT, unit="U1"), 403),
        ("rule_editor", 201),
        ("administrator", 201),
    ],
)
def test_rules_are_written_by_editors_of_the_whole_district(house: House, grant: Any, status: int):
    house.add("a.editor", grant)
    client = house.browser(**house.key("a.editor"))
    assert load(client).status_code == status
    assert publish(client, "R1" if status == 201 else "S2").status_code == (200 if status == 201 else 403)


MANY = {"x": [120.005], "y": [30.005], "crs": "wgs84"}
# Every way to name a ruleset.
NAMED = {
    "route": lambda c, code: c.post("/v1/route", json=ASKED | {"ruleset": code}),
    "batch": lambda c, code: c.post("/v1/route/batch", json=MANY | {"ruleset": code}),
    "one": lambda c, code: c.get(f"/v1/rulesets/{code}"),
    "its tables": lambda c, code: c.get(f"/v1/rulesets/{code}/tables/rules"),
}  # fmt: skip


@pytest.mark.parametrize("ask", NAMED.values(), ids=NAMED)
def test_a_draft_is_there_only_for_who_may_read_drafts(house: House, ask: Any):
    for role in ("rule_editor", "viewer"):
        house.add(f"a.{role}", role)
    editor, viewer = (house.browser(**house.key(f"a.{role}")) for role in ("rule_editor", "viewer"))
    assert load(editor).status_code == 201
    assert ask(editor, "R1").status_code == ask(viewer, "S2").status_code == 200
    draft, unknown = ask(viewer, "R1"), ask(viewer, "R9")
    assert draft.status_code == unknown.status_code == 404
    assert draft.text.replace("R1", "R9") == unknown.text
    assert ask(editor, "R9").status_code == 404


def test_a_viewer_sees_no_report(house: House):
    house.add("a.viewer", "viewer")
    shown = house.browser(**house.key("a.viewer")).get("/v1/rulesets/S2").json()
    assert (shown["report"], shown["waivers"], shown["tables"]["rules"]) == (None, [], 3)


def workbook(tmp_path: Path, tables: Any) -> bytes:
    full = {name: [{c: row.get(c, "") for c in COLUMNS[name]} for row in rows] for name, rows in tables.items()}
    write_rule_tables(tmp_path / "tables.xlsx", full)
    return (tmp_path / "tables.xlsx").read_bytes()


def send(client: TestClient, data: bytes, **query: str) -> Any:
    return client.post("/v1/rulesets/workbook", params={"code": "R1"} | query, files={"file": ("规则.xlsx", data)})


def test_a_workbook_is_a_draft_like_its_tables_in_json(writer: TestClient, tmp_path: Path):
    sent = send(writer, workbook(tmp_path, BY_U1))
    assert (sent.status_code, sent.json()["outcome"], sent.json()["state"]) == (201, "loaded", "checked")
    assert unit(writer, ruleset="R1") == "U1"


def test_a_workbook_that_cannot_be_used_leaves_nothing(untouched: TestClient, tmp_path: Path):
    bad = workbook(tmp_path, {"rules": changed(RULES, 1, lead="unit:U9")})
    for data, field in ((bad, "lead"), (b"", "PATH"), (b"PK\x03\x04", "PATH"), (b"rank,id\n", "PATH")):
        refused = send(untouched, data)
        assert refused.status_code == 422, field
    assert "R1" not in [r["code"] for r in untouched.get("/v1/rulesets").json()["items"]]
    assert send(untouched, bad, code="").status_code == 422
