"""A city's platform sends cases down, is handed others up, and says what became of them."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from small_city import IN_B
from standardwebhooks import Webhook

from gridsvc.rights import Grant
from gridsvc.store.cluster import Cluster
from tests.receiver import Receiver, receiver

from .conftest import BODY, _serial, fields
from .house import ADMIN, DISTRICT, House, Running, soon

DOWN = {"number": "SZ-2024-000123", "point": BODY["point"], "category": "06010", "description": "路边有暴露垃圾"}


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as opened:
        yield opened


@pytest.fixture
def house(cluster: Cluster, small_template: str) -> Iterator[House]:
    url = cluster.make_database(f"exchange_{next(_serial)}", small_template)
    with House(url, Running(), webhook_networks=("127.0.0.0/8",)) as opened:
        yield opened


@pytest.fixture
def platform(house: House) -> TestClient:
    return house.browser(**house.key(house.add("city-platform", "system")))


@pytest.fixture
def staff(house: House) -> TestClient:
    return house.browser(**ADMIN)


def handed_up(staff: TestClient, key: str = "up", **changes: Any) -> dict[str, Any]:
    """A case that was filed, and then taken up to the district."""
    case = staff.post("/v1/cases", json=BODY | changes, headers={"Idempotency-Key": key}).json()
    steps = (("accept", {}), ("register", {}), ("escalate", {"reason": "两街道均不认领", "rung": "district"}))
    for action, said in steps:
        body = {"version": case["version"]} | said
        answer = staff.post(
            f"/v1/cases/{case['id']}/actions/{action}", json=body, headers={"Idempotency-Key": f"{key} {action}"}
        )  # fmt: skip
        assert answer.status_code == 200, answer.text
        case = answer.json()
    return case


def say(platform: TestClient, case: str, key: str = "r", **said: Any) -> Any:
    body = {"said": "accepted"} | said
    return platform.post(f"/v1/exchange/cases/{case}/receipts", json=body, headers={"Idempotency-Key": key})


def test_a_case_that_is_sent_is_taken_in_once_and_found_by_its_number(platform: TestClient, staff: TestClient):
    first = platform.post("/v1/exchange/cases", json=DOWN)
    assert first.status_code == 201, first.text
    assert platform.post("/v1/exchange/cases", json=DOWN).json() == first.json()
    assert len(staff.get("/v1/cases").json()["items"]) == 1
    case = staff.get(f"/v1/cases/{first.json()['number']}").json()
    assert (case["source"], case["description"]) == ("transfer", "路边有暴露垃圾")
    found = staff.get("/v1/exchange/cases", params={"number": DOWN["number"]}).json()["items"]
    assert found == [{"platform": "city-platform", "case": case}]
    reported = staff.get(f"/v1/cases/{case['id']}/history").json()["items"][0]
    assert (reported["actor"], reported["payload"]["foreign"]) == ("city-platform", DOWN["number"])


def test_the_same_number_for_something_else_is_refused(platform: TestClient, staff: TestClient):
    platform.post("/v1/exchange/cases", json=DOWN)
    other = platform.post("/v1/exchange/cases", json=DOWN | {"category": "06020"})
    assert other.status_code == 409
    assert len(staff.get("/v1/cases").json()["items"]) == 1


def test_each_platform_has_numbers_of_its_own(house: House, platform: TestClient, staff: TestClient):
    other = house.browser(**house.key(house.add("hotline", "system")))
    assert platform.post("/v1/exchange/cases", json=DOWN).status_code == 201
    assert other.post("/v1/exchange/cases", json=DOWN).status_code == 201
    found = staff.get("/v1/exchange/cases", params={"number": DOWN["number"]}).json()["items"]
    assert [one["platform"] for one in found] == ["city-platform", "hotline"]
    assert len({one["case"]["id"] for one in found}) == 2


WRONG = {
    "no number": ({"number": ""}, "number"),
    "another source": ({"source": "patrol"}, "source"),
    "no datum": ({"point": {"x": 120.005, "y": 30.005}}, "point.crs"),
    "an unknown field": ({"platform": "another"}, "platform"),
}


@pytest.mark.parametrize(("changes", "field"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_taken_in_is_refused(platform: TestClient, changes: dict[str, Any], field: str):
    answer = platform.post("/v1/exchange/cases", json=DOWN | changes)
    assert (answer.status_code, fields(answer)) == (422, [field])


def test_who_is_no_platform_sends_nothing(house: House):
    viewer = house.browser(**house.key(house.add("viewer-1", "viewer")))
    assert viewer.post("/v1/exchange/cases", json=DOWN).status_code == 403
    assert say(viewer, "240612-0001").status_code == 403


def test_a_case_goes_up_and_what_the_platform_says_of_it_stands_in_its_history(
    platform: TestClient, staff: TestClient, there: Receiver
):
    wanted = {"name": "市平台", "url": there.url, "kinds": ["escalate:district"]}
    secret = staff.post("/v1/subscriptions", json=wanted).json()["secret"]
    case = handed_up(staff)
    assert soon(lambda: there.told() == [(case["number"], "escalate")])
    event = Webhook(secret).verify(there.messages[0].body, there.messages[0].headers)
    assert event["data"]["requests"][-1]["rung"] == "district"
    for key, said in (("1", {"said": "accepted", "number": "SZ-7"}), ("2", {"said": "closed", "reason": "市级已处置"})):
        answer = say(platform, event["subject"], key, **said)
        assert answer.status_code == 200, answer.text
        # Nobody who read the case before has to read it again.
        assert answer.json()["version"] == case["version"]
    history = staff.get(f"/v1/cases/{case['id']}/history").json()
    told = [(e["actor"], e["payload"]) for e in history["items"] if e["kind"] == "receipt"]
    assert told == [
        ("city-platform", {"said": "accepted", "number": "SZ-7"}),
        ("city-platform", {"said": "closed", "reason": "市级已处置"}),
    ]
    assert history["intact"] is True
    (found,) = staff.get("/v1/exchange/cases", params={"number": "SZ-7"}).json()["items"]
    assert found["case"]["number"] == case["number"]


def test_the_same_receipt_again_is_one_receipt(platform: TestClient, staff: TestClient):
    case = handed_up(staff)
    assert say(platform, case["id"]).json() == say(platform, case["id"]).json()
    assert say(platform, case["id"], said="refused").status_code == 409
    history = staff.get(f"/v1/cases/{case['id']}/history").json()["items"]
    assert [e["kind"] for e in history].count("receipt") == 1


def test_what_was_not_handed_up_has_no_receipt(platform: TestClient, staff: TestClient):
    case = staff.post("/v1/cases", json=BODY, headers={"Idempotency-Key": "k"}).json()
    answer = say(platform, case["id"])
    assert (answer.status_code, fields(answer)) == (409, ["case"])


def test_a_number_belongs_to_one_case(platform: TestClient, staff: TestClient):
    first, second = handed_up(staff, "1"), handed_up(staff, "2")
    assert say(platform, first["id"], "1", number="SZ-7").status_code == 200
    assert say(platform, first["id"], "2", said="closed", number="SZ-7").status_code == 200
    answer = say(platform, second["id"], "3", number="SZ-7")
    assert (answer.status_code, fields(answer)) == (409, ["number"])
    assert "receipt" not in [e["kind"] for e in staff.get(f"/v1/cases/{second['id']}/history").json()["items"]]


def test_a_platform_of_one_area_answers_for_that_area_and_finds_nothing_else(house: House, staff: TestClient):
    of_a = house.browser(**house.key(house.add("of-a", Grant("system", DISTRICT, "grid", "A"))))
    whole = house.browser(**house.key(house.add("of-all", "system")))
    in_b = handed_up(staff, point={"x": IN_B[0], "y": IN_B[1], "crs": "wgs84"})
    assert say(of_a, in_b["id"]).status_code == 404
    assert say(whole, in_b["id"], number="SZ-7").status_code == 200
    assert of_a.get("/v1/exchange/cases", params={"number": "SZ-7"}).json() == {"items": []}


REFUSED = {"nothing said": ({"said": None}, "said"), "something else": ({"said": "lost"}, "said"),
           "no number": ({"number": ""}, "number")}  # fmt: skip


@pytest.mark.parametrize(("said", "field"), REFUSED.values(), ids=REFUSED)
def test_a_receipt_says_what_it_may_say(platform: TestClient, said: dict[str, Any], field: str):
    answer = say(platform, "240612-0001", **said)
    assert (answer.status_code, fields(answer)) == (422, [field])
