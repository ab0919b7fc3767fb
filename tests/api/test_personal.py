"""Personal data at the HTTP door: masked in every answer there is, in full one at a time to who may and says why."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from fastapi.testclient import TestClient

from gridsvc.api.policy import POLICY
from gridsvc.bootstrap import Folder, Router, past_cases
from gridsvc.rights import ROLES, Grant
from gridsvc.services import actors, keys
from gridsvc.services.intake import PastCase, import_cases
from gridsvc.store.cluster import Cluster
from gridsvc.store.engine import make_engine
from tests.conftest import NOON

from .conftest import BODY, Post, fields, open_client, report
from .house import ADMIN, House, soon

WHY = "核实现场情况"
WANG = {"name": "王大锤", "phone": "138 0000 0001"}
MASKED = {"name": "王**", "phone": "138****0001"}
_serial = count()


# Every answer of the demo city.

DUTY = "/v1/duty?x=120.2185&y=30.3218&crs=wgs84"
TOLD = "邻居电话 0571-00000007，手机13800000001"


@pytest.fixture(scope="module")
def city(cluster: Cluster, demo_template: str, demo: Folder, demo_router: Router) -> Iterator[TestClient]:
    """The demo city with past cases that mention numbers."""
    url = cluster.make_database("api_personal", demo_template)
    engine = make_engine(url, 1)
    past = [PastCase(replace(p.new, description=TOLD, address="x"), p.reported_at) for p in past_cases(demo)[:60]]
    import_cases(engine, demo_router, past, "past")
    engine.dispose()
    with open_client(url) as opened:
        yield opened


@pytest.fixture(scope="module")
def numbers(demo: Folder) -> set[str]:
    """The digits of every telephone number of people.csv."""
    phones = [p.phone for p in demo.snapshot.staff.people.values() if p.phone]
    assert len(phones) > 100
    return {re.sub(r"\D", "", phone) for phone in phones} | {"13800000001"}


def leaked(answer: Any, numbers: set[str]) -> list[str]:
    """The numbers that stand in an answer's text, however they are grouped."""
    text = re.sub(r"(?<=\d)[- ](?=\d)", "", answer.text)
    return sorted(number for number in numbers if number in text)


def test_the_search_for_leaks_finds_one(numbers: set[str]):
    class Answer:
        text = '{"phone":"0571-00000007","c":"+86 138 0000 0001"}'

    assert leaked(Answer, numbers) == ["057100000007", "13800000001"]


def test_no_answer_to_a_get_holds_a_whole_number(city: TestClient, numbers: set[str]):
    case = city.get("/v1/cases?limit=1").json()["items"][0]["number"]
    known = {
        "/v1/areas": "/v1/areas?layer=grid&limit=1000",
        "/v1/cases": "/v1/cases?limit=1000",
        "/v1/editions/{code}/successors": "/v1/editions/2023-1/successors?layer=grid",
        "/v1/duty": DUTY, "/v1/posts": "/v1/posts?limit=1000", "/v1/events": "/v1/events?after=0&once=true",
    }  # fmt: skip
    asked = {known.get(path, path).replace("{case}", case) for method, path in POLICY if method == "GET"}
    answers = {path: city.get(path) for path in asked}
    assert {path: found for path, a in answers.items() if (found := leaked(a, numbers))} == {}
    masked = {path for path, a in answers.items() if re.search(r"0571\*{4}\d{4}", a.text)}
    of_case = {"/v1/cases?limit=1000"} | {f"/v1/cases/{case}{tail}" for tail in ("", "/history", "/decision")}
    assert {path for path in masked if path.startswith("/v1/cases")} == of_case
    assert {DUTY, "/v1/posts?limit=1000"} <= masked


def test_no_answer_to_a_post_holds_a_whole_number(city: TestClient, numbers: set[str]):
    place = city.get("/v1/cases?limit=1").json()["items"][0]["point"]
    point = {"x": place["lon"], "y": place["lat"], "crs": "wgs84"}
    columns = {"x": [place["lon"]], "y": [place["lat"]], "crs": "wgs84", "category": "06010"}
    new = {"point": point, "category": "06010", "source": "app", "description": TOLD, "reporter": WANG}
    asked = [
        *(("/v1/route" + explain, {"point": point, "category": "06010"})
          for explain in ("", "?explain=none", "?explain=short", "?explain=full", "?explain=full")),
        ("/v1/route", {"point": point | {"crs": "EPSG:4326"}, "category": "06010", "attributes": {"vehicle": "bus"}}),
        ("/v1/route/batch", columns),
        ("/v1/cases", new),
        ("/v1/cases", new),
    ]  # fmt: skip
    answers = [city.post(path, json=body, headers={"Idempotency-Key": "k"}) for path, body in asked]
    assert {a.status_code for a in answers} == {200, 201}
    assert [leaked(a, numbers) for a in answers] == [[]] * len(asked)
    masked = [re.fullmatch(r"0571\*{4}\d{4}", a.json()["grid_chief"]["phone"]) for a in answers[:6]]
    assert all(masked)
    assert answers[-1].json() == answers[-2].json()


# Who reports.


def test_a_reporter_is_shown_masked(writer: TestClient, post_case: Post):
    answer = post_case(reporter=WANG, description="回电 138-0000-0001").json()
    assert (answer["reporter"], answer["description"]) == (MASKED, "回电 138****0001")
    # What only the answer to a report has.
    del answer["similar"], answer["tracking"]
    assert writer.get(f"/v1/cases/{answer['id']}").json() == answer
    assert writer.get("/v1/cases").json()["items"] == [answer]


@pytest.mark.parametrize("given", [None, {}, {"name": None}, {"name": " ", "phone": ""}], ids=str)
def test_nobody_has_to_say_who_he_is(post_case: Post, given: Any):
    answer = post_case(reporter=given)
    assert (answer.status_code, answer.json()["reporter"]) == (201, None)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ("王", "reporter"),
        ({"name": "王", "age": 5}, "reporter.age"),
        ({"name": 5}, "reporter.name"),
        ({"name": "王" * 101}, "reporter.name"),
        ({"phone": 13800000001}, "reporter.phone"),
        ({"phone": "1" * 41}, "reporter.phone"),
        ({"phone": "12"}, "reporter.phone"),
        ({"phone": "call me"}, "reporter.phone"),
    ],
    ids=str,
)
def test_a_reporter_that_cannot_be_is_refused_by_field(untouched: TestClient, given: Any, field: str):
    refused = report(untouched, reporter=given)
    assert (refused.status_code, fields(refused)) == (422, [field])


def test_a_key_with_another_reporter_is_a_conflict(post_case: Post):
    first = post_case(reporter=WANG)
    assert post_case(reporter=WANG).json() == first.json()
    assert post_case(reporter=WANG | {"name": "李四"}).status_code == 409
    assert post_case().status_code == 409


# Roles. A case in grid A of street S, for which U2 answers; another one in grid B.


@dataclass(frozen=True)
class Office:
    """A small city with two cases, and keys by name of role and place."""

    client: TestClient
    keys: Mapping[str, Mapping[str, str]]
    in_a: str
    in_b: str

    def ask(self, who: str, method: str, path: str, **how: Any) -> Any:
        return self.client.request(method, path, headers=dict(self.keys[who]), **how)

    def unmask(self, who: str, path: str, **body: Any) -> Any:
        return self.ask(who, "POST", f"/v1/{path}/unmask", json={"reason": WHY} | body)

    def looks(self) -> list[dict[str, Any]]:
        entries = self.ask("administrator", "GET", "/v1/audit?limit=1000").json()["items"]
        return [e for e in entries if e["action"] == "personal data shown"]


@pytest.fixture(scope="module")
def office(cluster: Cluster, small_template: str) -> Iterator[Office]:
    url = cluster.make_database(f"office_{next(_serial)}", small_template)
    engine, start = make_engine(url, 1), NOON - timedelta(days=1)
    whole = Grant("viewer", "990999")
    given = {role: replace(whole, role=role) for role in ROLES}
    given |= {"chief of B": replace(whole, role="chief", layer="grid", area="B")}
    given |= {"chief of S": replace(whole, role="chief", layer="street", area="S")}
    given |= {"handler of U2": replace(whole, role="unit_handler", unit="U2")}
    sent = {}
    for n, (who, grant) in enumerate(given.items()):
        actors.add_actor(engine, f"actor{n}", "test", start)
        actors.grant(engine, f"actor{n}", grant, "test", start)
        _, key = keys.add_key(engine, f"actor{n}", "", "test", start)
        sent[who] = {"Authorization": f"Bearer {key}"}
    engine.dispose()
    with open_client(url, open_access=False) as client:
        made = []
        for x in (120.005, 120.015):
            body = BODY | {"point": {"x": x, "y": 30.005, "crs": "wgs84"}, "reporter": WANG, "description": TOLD}
            body |= {"subject": "示例小吃店"}
            headers = dict(sent["administrator"]) | {"Idempotency-Key": str(x)}
            made.append(client.post("/v1/cases", json=body, headers=headers).json()["number"])
        yield Office(client, sent, *made)


SAID = {"reporter": WANG, "subject": "示例小吃店"}
SEES = {role for role, may in ROLES.items() if "reporter:see" in may}


@pytest.mark.parametrize("role", ROLES)
def test_who_may_not_see_reporters_is_not_told_that_there_is_one(office: Office, role: str):
    assert 0 < len(SEES) < len(ROLES)
    shown = office.ask(role, "GET", f"/v1/cases/{office.in_a}").json()
    assert shown["reporter"] == (MASKED if role in SEES else None)
    listed = office.ask(role, "GET", "/v1/cases").json()["items"]
    assert [c["reporter"] for c in listed] == [shown["reporter"]] * 2
    assert {c["subject"] for c in (shown, *listed)} == {"示**" if role in SEES else None}


def test_a_reporter_is_shown_to_who_takes_the_case_in_as_far_as_he_may_see_it(office: Office):
    for role, seen in (("receptionist", MASKED), ("collector", None)):
        headers = dict(office.keys[role]) | {"Idempotency-Key": "own"}
        answers = [office.client.post("/v1/cases", json=BODY | SAID, headers=headers) for _ in range(2)]
        assert [(a.status_code, a.json()["reporter"]) for a in answers] == [(201, seen)] * 2
        assert [a.json()["subject"] for a in answers] == [seen and "示**"] * 2


@pytest.mark.parametrize("what", ["case", "post"])
@pytest.mark.parametrize("role", ROLES)
def test_who_may_unmask(office: Office, role: str, what: str):
    before = len(office.looks())
    path, body = (f"cases/{office.in_a}", {"what": "reporter"}) if what == "case" else ("posts/P1", {})
    answer = office.unmask(role, path, **body)
    allowed = "personal:unmask" in ROLES[role]  # type: ignore[index]
    assert answer.status_code == (200 if allowed else 403)
    assert len(office.looks()) - before == int(allowed)


@pytest.mark.parametrize(
    ("what", "shown"),
    [
        ("reporter", {"name": "王大锤", "phone": "138 0000 0001"}),
        ("description", {"text": TOLD}),
        ("grid_chief", {"post": "P1", "name": "张三", "phone": "0571-00000001"}),
    ],
)
def test_what_is_shown_in_full_and_what_is_recorded(office: Office, what: str, shown: dict[str, str]):
    answer = office.unmask("handler of U2", f"cases/{office.in_a}", what=what)
    assert answer.json() == {"case": office.in_a, "what": what} | shown
    last = office.looks()[0]
    assert (last["subject"], last["payload"]) == (office.in_a, {"what": what, "reason": WHY})
    me = office.ask("handler of U2", "GET", "/v1/me").json()["name"]
    assert (last["actor"], last["district"]) == (me, "990999")


@pytest.mark.parametrize(
    ("who", "path", "body", "status", "named"),
    [
        ("chief of B", "cases/{a}", {"what": "reporter"}, 404, ["id"]),
        ("chief of B", "cases/{b}", {"what": "reporter"}, 200, []),
        ("chief of S", "cases/{a}", {"what": "reporter"}, 200, []),
        ("handler of U2", "cases/{a}", {"what": "reporter"}, 200, []),
        ("administrator", "cases/240612-9999", {"what": "reporter"}, 404, ["id"]),
        ("administrator", "cases/{b}", {"what": "grid_chief"}, 404, ["what"]),
        ("administrator", "cases/{a}", {"what": "street_chief"}, 404, ["what"]),
        ("administrator", "cases/{a}", {"what": "phone"}, 422, ["what"]),
        ("administrator", "cases/{a}", {}, 422, ["what"]),
        ("administrator", "cases/{a}", {"what": "reporter", "reason": None}, 422, ["reason"]),
        ("administrator", "cases/{a}", {"what": "reporter", "reason": "因为"}, 422, ["reason"]),
        ("administrator", "cases/{a}", {"what": "reporter", "reason": "x" * 9}, 422, ["reason"]),
        ("administrator", "cases/{a}", {"what": "reporter", "reason": "字" * 501}, 422, ["reason"]),
        ("administrator", "cases/{a}", {"what": "reporter", "extra": 1}, 422, ["extra"]),
        ("chief of B", "posts/P1", {}, 404, ["post"]),
        ("chief of S", "posts/P1", {}, 200, []),
        ("handler of U2", "posts/P1", {}, 404, ["post"]),
        ("administrator", "posts/P9", {}, 404, ["post"]),
        ("administrator", "posts/P1", {"reason": "  "}, 422, ["reason"]),
        ("administrator", "posts/P1", {"what": "reporter"}, 422, ["what"]),
    ],
)
def test_refusals_name_the_field_and_record_no_look(
    office: Office, who: str, path: str, body: dict[str, Any], status: int, named: list[str]
):
    before = len(office.looks())
    answer = office.unmask(who, path.format(a=office.in_a, b=office.in_b), **body)
    assert answer.status_code == status, answer.text
    assert ([] if status == 200 else fields(answer)) == named
    assert len(office.looks()) - before == int(status == 200)
    if status != 200:
        assert not re.search("王大锤|138 0000|00000001", answer.text)


def test_reporting_a_case_elsewhere_does_not_open_the_numbers_of_its_chiefs(office: Office):
    headers = dict(office.keys["chief of B"]) | {"Idempotency-Key": "abroad"}
    made = office.client.post("/v1/cases", json=BODY | {"reporter": WANG}, headers=headers).json()["number"]
    before = len(office.looks())
    refused = office.unmask("chief of B", f"cases/{made}", what="grid_chief")
    assert (refused.status_code, len(office.looks())) == (404, before)
    # What he typed himself he may read again.
    assert office.unmask("chief of B", f"cases/{made}", what="reporter").status_code == 200
    assert office.unmask("chief of S", f"cases/{made}", what="grid_chief").status_code == 200


def test_an_answer_that_is_repeated_shows_no_reporter_to_who_may_see_none_any_more(house: House):
    house.add("chen", "collector")
    number = house.grant("chen", "receptionist")
    browser, body = house.signed_in("chen"), BODY | {"reporter": WANG}
    seen = [report(browser, "k", **body).json()["reporter"] for _ in range(2)]
    assert seen == [MASKED] * 2
    assert house.browser(**ADMIN).delete(f"/v1/actors/chen/grants/{number}").status_code == 204
    assert soon(lambda: report(browser, "k", **body).json()["reporter"] is None)


def test_looks_are_few_in_an_hour_whatever_the_key(office: Office):
    def look() -> int:
        body = {"what": "description", "reason": WHY}
        return office.client.post(f"/v1/cases/{office.in_a}/unmask", json=body, headers=headers).status_code

    headers = dict(office.keys["receptionist"])
    told = [look() for _ in range(60)]
    assert told.count(200) < told.count(200) + told.count(429) == 60
    assert 30 <= told.count(200) <= 41
