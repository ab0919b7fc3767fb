"""Subscriptions over HTTP: who may make them, where messages may go, and that they arrive; no secret is shown twice."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from standardwebhooks import Webhook

from gridsvc.rights import Grant
from gridsvc.services import relay
from gridsvc.store.cluster import Cluster
from gridsvc.store.engine import make_engine
from tests.receiver import Receiver, receiver

from .conftest import BODY, _serial, fields
from .house import ADMIN, DISTRICT, House, Running, soon

HOOK = {"name": "短信网关", "url": "https://sms.example/hook?key=of-the-address"}


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as opened:
        yield opened


@pytest.fixture
def house(cluster: Cluster, small_template: str) -> Iterator[House]:
    """A small city that runs by the time that it is, and may send to this machine."""
    url = cluster.make_database(f"hooks_{next(_serial)}", small_template)
    with House(url, Running(), webhook_networks=("127.0.0.0/8",)) as opened:
        yield opened


@pytest.fixture
def admin(house: House) -> TestClient:
    return house.browser(**ADMIN)


def report(client: TestClient, key: str) -> str:
    answer = client.post("/v1/cases", json=BODY, headers=ADMIN | {"Idempotency-Key": key})
    assert answer.status_code == 201, answer.text
    return answer.json()["number"]


def made(client: TestClient, **changes: Any) -> dict[str, Any]:
    answer = client.post("/v1/subscriptions", json=HOOK | changes)
    assert answer.status_code == 201, answer.text
    return answer.json()


def listed(client: TestClient) -> list[dict[str, Any]]:
    return client.get("/v1/subscriptions").json()["items"]


def test_what_happens_arrives_signed_by_the_secret_that_was_shown(admin: TestClient, there: Receiver):
    secret = made(admin, url=there.url)["secret"]
    number = report(admin, "k")
    assert soon(lambda: there.told() == [(number, "reported"), (number, "decided")])
    for message in there.messages:
        assert Webhook(secret).verify(message.body, message.headers)["subject"] == number


def test_what_was_given_up_is_listed_and_sent_again(
    admin: TestClient, there: Receiver, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(relay, "AGAIN_S", (0.01,))
    id_ = made(admin, url=there.url, kinds=["reported"])["id"]
    there.answer = lambda event: 400
    numbers = [report(admin, "1"), report(admin, "2")]
    dead = f"/v1/subscriptions/{id_}/dead"
    assert soon(lambda: admin.get(dead).json()["count"] == 2)
    first = admin.get(dead, params={"limit": 1}).json()
    second = admin.get(dead, params={"limit": 1, "cursor": first["next"]}).json()
    letters = first["items"] + second["items"]
    assert [(one["number"], one["kind"], one["tries"]) for one in letters] == [(n, "reported", 2) for n in numbers]
    assert {one["error"] for one in letters} == {"HTTP 400 Bad Request"}
    assert (first["count"], second["next"], listed(admin)[0]["dead"]) == (2, None, 2)
    there.answer = lambda event: 200
    there.forget()
    assert admin.post(f"{dead}/resend", json={"events": [letters[1]["id"]]}).json() == {"again": 1}
    assert soon(lambda: there.told() == [(numbers[1], "reported")])
    assert admin.post(f"{dead}/resend", json={}).json() == {"again": 1}
    assert soon(lambda: there.told() == [(n, "reported") for n in reversed(numbers)])
    assert soon(lambda: admin.get(dead).json()["count"] == 0)


def test_it_can_be_paused_resumed_and_removed(admin: TestClient, there: Receiver):
    id_ = made(admin, url=there.url, kinds=["reported"])["id"]
    assert admin.post(f"/v1/subscriptions/{id_}/pause").status_code == 204
    assert listed(admin)[0]["paused_at"] is not None
    first = report(admin, "1")
    assert soon(lambda: listed(admin)[0]["behind"] == 2)
    assert admin.post(f"/v1/subscriptions/{id_}/resume").status_code == 204
    assert soon(lambda: there.told() == [(first, "reported")])
    assert admin.delete(f"/v1/subscriptions/{id_}").status_code == 204
    assert listed(admin) == []
    for method, path in (("POST", "pause"), ("POST", "resume"), ("DELETE", ""), ("GET", "dead")):
        answer = admin.request(method, f"/v1/subscriptions/{id_}/{path}".rstrip("/"))
        assert answer.status_code == 404
        assert answer.json()["errors"][0]["field"] == "id"


def test_the_secret_and_the_address_are_in_no_list_audit_or_log(
    house: House, admin: TestClient, there: Receiver, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG, "gridsvc")
    there.answer = lambda event: 500
    secret = made(admin, url=there.url)["secret"]
    report(admin, "k")
    assert soon(lambda: listed(admin)[0]["error"] == "HTTP 500 Internal Server Error")
    shown = json.dumps(listed(admin)) + admin.get("/v1/audit").text + caplog.text
    assert secret.removeprefix("whsec_") not in shown
    assert "of-the-address" not in admin.get("/v1/audit").text + caplog.text
    assert "subscription made" in admin.get("/v1/audit").text


ADDRESSES = {
    "plain http": "http://sms.example/hook",
    "this machine": "https://[::1]/hook",
    "a private network": "https://10.1.2.3/hook",
    "link local": "https://169.254.169.254/latest",
    "mapped": "https://[::ffff:10.1.2.3]/hook",
    "no address": "sms.example",
    "another scheme": "ftp://sms.example/hook",
    "a user in it": "https://user:word@sms.example/hook",
    "a part of a page": "https://sms.example/hook#part",
    "no host": "https:///hook",
    "a broken port": "https://sms.example:99999/",
    "a blank": "https://sms.example/a b",
    "broken brackets": "https://[::1/hook",
    "empty": "",
}


@pytest.fixture(scope="module")
def strict(cluster: Cluster, small_template: str) -> Iterator[TestClient]:
    """A city whose messages may go to public addresses alone."""
    with House(cluster.make_database(f"hooks_{next(_serial)}", small_template), Running()) as opened:
        yield opened.browser(**ADMIN)


@pytest.mark.parametrize("url", ADDRESSES.values(), ids=ADDRESSES)
def test_where_messages_may_not_go_is_refused(strict: TestClient, url: str):
    answer = strict.post("/v1/subscriptions", json=HOOK | {"url": url})
    assert answer.status_code == 422
    assert fields(answer) == ["url"]


WRONG = {
    "no name": ({"name": ""}, "name"),
    "no kind": ({"kinds": []}, "kinds"),
    "a layer alone": ({"layer": "grid"}, "area"),
    "an unknown area": ({"layer": "grid", "area": "Z"}, "grid"),
    "an unknown unit": ({"unit": "nobody"}, "unit"),
    "an unknown field": ({"secret": "mine"}, "secret"),
}


@pytest.mark.parametrize(("changes", "field"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_meant_is_refused(strict: TestClient, changes: dict[str, Any], field: str):
    answer = strict.post("/v1/subscriptions", json=HOOK | changes)
    assert answer.status_code in (404, 422)
    assert fields(answer) == [field]
    assert listed(strict) == []


def test_a_name_that_leads_to_this_machine_is_not_called(strict: TestClient):
    id_ = made(strict, url="https://localhost/hook", kinds=["reported"])["id"]
    report(strict, "k")
    error = "the name leads to an address that is not allowed"
    assert soon(lambda: [one["error"] for one in listed(strict)] == [error])
    assert strict.delete(f"/v1/subscriptions/{id_}").status_code == 204


def test_an_administrator_of_one_area_makes_and_sees_those_of_his_area(house: House):
    of_a = house.browser(**house.key(house.add("of-a", Grant("administrator", DISTRICT, "grid", "A"))))
    whole = house.browser(**ADMIN)
    in_b = made(whole, layer="grid", area="B")["id"]
    everything = made(whole)["id"]
    assert of_a.post("/v1/subscriptions", json=HOOK).status_code == 403
    assert of_a.post("/v1/subscriptions", json=HOOK | {"layer": "grid", "area": "B"}).status_code == 403
    in_a = made(of_a, layer="grid", area="A")["id"]
    assert [one["id"] for one in listed(of_a)] == [in_a]
    assert [one["id"] for one in listed(whole)] == [in_b, everything, in_a]
    for id_ in (in_b, everything):
        assert of_a.get(f"/v1/subscriptions/{id_}/dead").status_code == 403
        assert of_a.delete(f"/v1/subscriptions/{id_}").status_code == 403


def test_a_key_that_may_read_no_case_sends_none_elsewhere(house: House):
    name = house.add("narrow", "administrator")
    only = house.browser(**house.key(name, permissions=["subscription:write"]))
    both = house.browser(**house.key(name, permissions=["subscription:write", "case:read"]))
    assert only.post("/v1/subscriptions", json=HOOK).status_code == 403
    assert both.post("/v1/subscriptions", json=HOOK).status_code == 201


def test_what_a_removed_subscription_had_is_gone(house: House, admin: TestClient, there: Receiver):
    there.answer = lambda event: 500
    id_ = made(admin, url=there.url)["id"]
    report(admin, "k")
    assert soon(lambda: listed(admin)[0]["waiting"] == 2)
    admin.delete(f"/v1/subscriptions/{id_}")
    engine = make_engine(house.url, 1)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM delivery")).scalar_one() == 0
    engine.dispose()
