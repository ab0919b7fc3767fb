"""Open311 GeoReport v2: the same cases and rights as everywhere, in the words and forms of the standard."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import jsonschema
import pytest
from fastapi.testclient import TestClient
from referencing import Registry, Resource

from gridsvc.casework.case import OVER
from tests.api.conftest import report
from tests.api.house import House
from tests.conftest import NOON

BASE = "/open311/v2"
FORM = {"service_code": "06010", "lat": "30.005", "long": "120.005", "description": "路边有垃圾"}


@pytest.fixture(scope="module")
def schemas(shared: Path) -> Path:
    folder = shared / "open311-schemas"
    if not folder.is_dir():
        pytest.skip("../shared/data/open311-schemas (GeoReport v2 schemas) is not beside this checkout")
    return folder


def check(schemas: Path, name: str, told: Any) -> None:
    """Validate an answer, its formats too."""
    known = [(f.name, Resource.opaque(json.loads(f.read_text()))) for f in schemas.glob("*.json")]
    schema = json.loads((schemas / name).read_text())
    jsonschema.Draft7Validator(
        schema, registry=Registry().with_resources(known), format_checker=jsonschema.FormatChecker()
    ).validate(told)


def post(client: TestClient, form: str = "json", **changes: str) -> Any:
    return client.post(f"{BASE}/requests.{form}", data=FORM | changes)


def stored(client: TestClient, taken: Any) -> Any:
    """The case that a report has become."""
    assert taken.status_code == 200, taken.text
    return client.get(f"/v1/cases/{taken.json()[0]['service_request_id']}").json()


def test_discovery_is_told_to_everybody_and_leads_here(quiet_house: House):
    told = quiet_house.browser().get(f"{BASE}/discovery.json").json()
    [endpoint] = told["endpoints"]
    assert endpoint["url"].endswith(BASE)
    assert endpoint["specification"] == "http://wiki.open311.org/GeoReport_v2"


def test_services_are_the_matters_in_their_groups(reader: TestClient, schemas: Path):
    told = reader.get(f"{BASE}/services.json").json()
    check(schemas, "services.json", told)
    matters = reader.get("/v1/categories?kind=matter").json()["items"]
    assert [(s["service_code"], s["service_name"]) for s in told] == [(m["code"], m["zh"]) for m in matters]
    assert {s["group"] for s in told if s["service_code"].startswith("06")} == {"市容环境类"}
    english = reader.get(f"{BASE}/services.json?lang=en").json()
    assert [s["service_name"] for s in english] == [m["en"] for m in matters]


def test_a_service_with_metadata_has_attributes_that_reports_may_state(reader: TestClient, schemas: Path):
    told = reader.get(f"{BASE}/services.json").json()
    words = {w["key"]: {v["value"] for v in w["values"]} for w in reader.get("/v1/attributes").json()["items"]}
    asked = [s for s in told if s["metadata"]]
    assert len(asked) > 0
    for service in asked[:5]:
        definition = reader.get(f"{BASE}/services/{service['service_code']}.json").json()
        check(schemas, "service-definition.json", definition)
        assert definition["attributes"] != []
        for one in definition["attributes"]:
            assert {v["key"] for v in one["values"]} == words[one["code"]]


def test_a_service_without_metadata_has_no_attributes(writer: TestClient):
    told = writer.get(f"{BASE}/services.json").json()
    plain = next(s["service_code"] for s in told if not s["metadata"])
    assert writer.get(f"{BASE}/services/{plain}.json").json() == {"service_code": plain, "attributes": []}
    # The disputed row of the small city asks for a vehicle, but no table says which vehicles there are.
    assert {s["metadata"] for s in told} == {False}


def test_a_report_is_a_case_where_and_what_the_form_said(writer: TestClient):
    taken = post(writer, address_string="某路 1 号", first_name="小明", last_name="王", phone="13800138000",
                 media_url="https://pictures.example/1.jpg", device_id="x")  # fmt: skip
    case = stored(writer, taken)
    assert case["point"] == {"lon": 120.005, "lat": 30.005}
    assert (case["category"], case["source"], case["address"]) == ("06010", "app", "某路 1 号")
    assert case["description"] == "路边有垃圾\nmedia_url: https://pictures.example/1.jpg"
    assert case["reporter"] == {"name": "王**", "phone": "138****8000"}


def test_who_reports_can_look_how_it_goes(writer: TestClient):
    notice = post(writer).json()[0]["service_notice"]
    followed = writer.get(urlsplit(notice.partition("：")[2]).path)
    assert followed.status_code == 200


def test_an_answer_to_a_report_meets_the_schema(writer: TestClient, schemas: Path):
    number = post(writer).json()[0]["service_request_id"]
    check(schemas, "requests.json", writer.get(f"{BASE}/requests/{number}.json").json())


def test_nothing_of_who_reported_is_told(writer: TestClient):
    post(writer, first_name="Wang", last_name="Xiaoming", phone="13800138000", description="请打 13800138000")
    for form in ("json", "xml"):
        told = writer.get(f"{BASE}/requests.{form}").text
        assert "Wang" not in told
        assert "13800138000" not in told


def test_the_same_form_again_soon_is_the_same_report_and_later_another(house: House):
    house.add("app", "collector")
    client = house.browser(**house.key("app"))

    def number() -> str:
        return post(client).json()[0]["service_request_id"]

    first = number()
    house.clock.go_on(minutes=9)
    assert number() == first
    assert post(client, lat="30.0050001").json()[0]["service_request_id"] != first
    house.clock.go_on(minutes=21)
    assert number() != first


def test_the_same_form_of_another_sender_is_another_report(house: House):
    numbers = set()
    for name in ("one", "two"):
        house.add(name, "collector")
        numbers.add(post(house.browser(**house.key(name))).json()[0]["service_request_id"])
    assert len(numbers) == 2


def test_a_key_of_ones_own_tells_reports_apart(writer: TestClient):
    def number(key: str) -> str:
        sent = writer.post(f"{BASE}/requests.json", data=FORM, headers={"Idempotency-Key": key})
        return sent.json()[0]["service_request_id"]

    assert number("a") != number("b")
    assert number("a") == number("a")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"lat": ""}, "lat"),
        ({"lat": "north"}, "lat"),
        ({"lat": "nan"}, "lat"),
        ({"service_code": "99999"}, "category"),
        ({"phone": "none"}, "reporter.phone"),
        ({"lat": "48.2", "long": "16.4"}, "point"),
        ({"lat": "120.005", "long": "30.005"}, "point"),
        ({"description": "\0"}, "body"),
        ({"attribute[vertical]": "sideways"}, "attributes.vertical"),
    ],
)
def test_a_form_that_cannot_be_used_is_refused_in_the_words_of_open311(
    untouched: TestClient, changes: dict[str, str], field: str
):
    refused = post(untouched, **changes)
    assert refused.status_code == 400
    told = refused.json()
    assert {e["code"] for e in told} == {400}
    assert field in told[0]["description"]


@pytest.mark.parametrize("kind", ["application/json", "text/plain"])
def test_another_body_than_a_form_has_no_fields(untouched: TestClient, kind: str):
    refused = untouched.post(f"{BASE}/requests.json", content=json.dumps(FORM), headers={"Content-Type": kind})
    assert refused.status_code == 400
    assert "service_code" in refused.json()[0]["description"]


def test_a_file_in_the_form_is_refused_and_not_lost_silently(untouched: TestClient):
    refused = untouched.post(f"{BASE}/requests.json", data=FORM, files={"media": b"picture"})
    assert refused.status_code == 400


def test_refusals_in_xml_are_xml(untouched: TestClient):
    refused = untouched.get(f"{BASE}/requests/240612-9999.xml")
    assert (refused.status_code, refused.headers["content-type"]) == (404, "text/xml; charset=utf-8")
    root = ElementTree.fromstring(refused.content)
    assert [e.tag for e in root] == ["error"]
    assert root.findtext("error/code") == "404"


@pytest.mark.parametrize("path", ["requests.yaml", "nothing.json", "requests.json?status=lost", "services/1.json"])
def test_every_refusal_below_the_address_is_in_its_words(untouched: TestClient, path: str):
    refused = untouched.get(f"{BASE}/{path}")
    assert refused.status_code in (400, 404)
    assert [set(e) for e in refused.json()] == [{"code", "description"}]


@pytest.mark.parametrize("path", ["services.json", "requests.json", "requests/1.json", "tokens/1.json"])
def test_another_jurisdiction_is_not_ours(untouched: TestClient, path: str):
    assert untouched.get(f"{BASE}/{path}?jurisdiction_id=city.example").status_code == 404
    assert untouched.get(f"{BASE}/{path.replace('/1', '')}?jurisdiction_id=990999").status_code in (200, 404)


def test_a_key_may_come_in_the_address_or_in_the_form(house: House):
    house.add("app", "collector")
    key = house.key("app")["Authorization"].removeprefix("Bearer ")
    client = house.browser()
    assert client.get(f"{BASE}/services.json").status_code == 401
    assert client.get(f"{BASE}/services.json?api_key=wrong").status_code == 401
    assert client.get(f"{BASE}/services.json", params={"api_key": key}).status_code == 200
    assert post(client).status_code == 401
    taken = post(client, api_key=key)
    assert taken.status_code == 200
    number = taken.json()[0]["service_request_id"]
    assert client.get(f"{BASE}/requests/{number}.json", params={"api_key": key}).status_code == 200
    # The key counts for nobody else, and at no other address.
    assert client.get("/v1/cases", params={"api_key": key}).status_code == 401


def test_a_key_in_the_form_is_no_part_of_the_report(house: House):
    house.add("app", "collector")
    keys = [house.key("app")["Authorization"].removeprefix("Bearer ") for _ in range(2)]
    numbers = {post(house.browser(), api_key=key).json()[0]["service_request_id"] for key in keys}
    assert len(numbers) == 1


def test_a_token_leads_to_the_number(writer: TestClient):
    case = stored(writer, post(writer))
    told = writer.get(f"{BASE}/tokens/{case['id']}.json").json()
    assert told == [{"service_request_id": case["number"], "token": case["id"]}]
    root = ElementTree.fromstring(writer.get(f"{BASE}/tokens/{case['id']}.xml").content)
    assert root.findtext("request/token") == case["id"]


def listed(client: TestClient, query: str = "") -> list[Any]:
    answer = client.get(f"{BASE}/requests.json?{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def past(client: TestClient) -> list[Any]:
    return client.get("/v1/cases?limit=1000").json()["items"]


def test_requests_are_those_of_the_last_ninety_days(reader: TestClient, schemas: Path):
    told = listed(reader)
    check(schemas, "requests.json", told)
    since = (NOON - timedelta(days=90)).isoformat()
    recent = reader.get("/v1/cases", params={"limit": 1000, "from": since}).json()["items"]
    assert [r["service_request_id"] for r in told] == [c["number"] for c in recent]


@pytest.fixture(scope="module")
def spans(reader: TestClient) -> list[str]:
    """Queries for spans that hold every past case."""
    oldest = min(c["reported_at"] for c in past(reader))
    start, found = NOON, []
    while start.isoformat() > oldest:
        start -= timedelta(days=90)
        found.append(f"start_date={start:%Y-%m-%dT%H:%M:%SZ}&end_date={start + timedelta(days=90):%Y-%m-%dT%H:%M:%SZ}")
    return found


def test_every_case_is_in_one_span(reader: TestClient, spans: list[str]):
    found = [r["service_request_id"] for span in spans for r in listed(reader, span)]
    assert sorted(found) == sorted(c["number"] for c in past(reader))


def test_the_two_statuses_tell_the_real_one_beside(reader: TestClient, spans: list[str]):
    statuses = {c["number"]: c["status"] for c in past(reader)}
    for span in spans:
        for status in ("open", "closed"):
            for told in listed(reader, f"{span}&status={status}"):
                real = statuses[told["service_request_id"]]
                assert told["status"] == status == ("closed" if real in OVER else "open")
                assert f"({real})" in told["status_notes"]
        assert len(listed(reader, f"{span}&status=open,closed")) == len(listed(reader, span))


def test_what_is_void_is_closed_and_says_why_it_is(house: House):
    house.add("leader", "shift_leader")
    client = house.browser(**house.key("leader"))
    case = stored(client, post(client))
    house.clock.go_on(minutes=5)
    void = client.post(
        f"/v1/cases/{case['id']}/actions/void", headers={"Idempotency-Key": "v"},
        json={"version": case["version"], "cause": "not_found", "reason": "现场未发现该问题"},
    )  # fmt: skip
    assert void.status_code == 200, void.text
    [told] = client.get(f"{BASE}/requests/{case['number']}.json?lang=en").json()
    assert (told["status"], told["status_notes"]) == ("closed", "void (void)")
    assert told["requested_datetime"] < told["updated_datetime"]


def test_requests_are_filtered_by_service(reader: TestClient, spans: list[str]):
    every = [r for span in spans for r in listed(reader, span)]
    two = sorted({r["service_code"] for r in every})[:2]
    some = [r for span in spans for r in listed(reader, f"{span}&service_code={','.join(two)}")]
    assert [r for r in every if r["service_code"] in two] == some


def test_requests_asked_by_number_are_told_whatever_else_is_asked(reader: TestClient):
    cases = past(reader)[-2:]
    numbers = ",".join(c["number"] for c in cases)
    told = listed(reader, f"service_request_id={numbers},240612-9999&status=nothing")
    assert [(r["service_request_id"], r["long"], r["lat"]) for r in told] == [
        (c["number"], c["point"]["lon"], c["point"]["lat"]) for c in cases
    ]


@pytest.mark.parametrize(
    "query",
    [
        "start_date=2024-01-01T00:00:00Z&end_date=2024-03-31T00:00:01Z",
        "start_date=2024-01-02T00:00:00Z&end_date=2024-01-01T00:00:00Z",
        "start_date=yesterday",
        "end_date=1900-01-02T00:00:00Z",
        "limit=0",
        "cursor=x",
    ],
)
def test_a_span_that_cannot_be_is_refused(untouched: TestClient, query: str):
    assert untouched.get(f"{BASE}/requests.json?{query}").status_code == 400


def test_pages_follow_each_other_by_the_link(reader: TestClient, spans: list[str]):
    whole = max((listed(reader, span) for span in spans), key=len)
    span = next(s for s in spans if len(listed(reader, s)) == len(whole))
    address, found = f"{BASE}/requests.json?{span}&limit=7", []
    while address:
        answer = reader.get(address)
        found += answer.json()
        address = answer.links["next"]["url"] if "next" in answer.links else ""
    assert found == whole
    assert len(whole) > 7


def test_a_link_repeats_no_key(house: House):
    house.add("app", "collector")
    key = house.key("app")["Authorization"].removeprefix("Bearer ")
    client = house.browser()
    for n in range(2):
        post(client, api_key=key, description=f"{n}")
    link = client.get(f"{BASE}/requests.json", params={"api_key": key, "limit": 1}).links["next"]["url"]
    assert set(parse_qs(urlsplit(link).query)) == {"limit", "cursor", "start_date", "end_date"}


def test_xml_says_what_json_says(reader: TestClient):
    [told] = listed(reader, f"service_request_id={past(reader)[0]['number']}")
    root = ElementTree.fromstring(reader.get(f"{BASE}/requests/{told['service_request_id']}.xml").content)
    assert root.tag == "service_requests"
    [request] = root
    assert {e.tag: e.text for e in request} == {k: None if v is None else str(v) for k, v in told.items()}


def test_what_xml_has_no_way_to_write_is_replaced(writer: TestClient):
    said = "a < b & \x01 ]]> 😀"
    number = stored(writer, post(writer, description=said))["number"]
    root = ElementTree.fromstring(writer.get(f"{BASE}/requests/{number}.xml").content)
    assert root.findtext("request/description") == said.replace("\x01", "\ufffd")


def test_lists_in_xml_are_named_by_the_standard(reader: TestClient):
    services = ElementTree.fromstring(reader.get(f"{BASE}/services.xml").content)
    assert (services.tag, {e.tag for e in services}) == ("services", {"service"})
    code = next(s.findtext("service_code") for s in services if s.findtext("metadata") == "true")
    definition = ElementTree.fromstring(reader.get(f"{BASE}/services/{code}.xml").content)
    assert definition.tag == "service_definition"
    assert definition.find("attributes/attribute/values/value/key") is not None
    discovery = ElementTree.fromstring(reader.get(f"{BASE}/discovery.xml").content)
    assert [f.text for f in discovery.iterfind("endpoints/endpoint/formats/format")] == ["application/json", "text/xml"]


def test_a_report_by_our_own_address_is_a_request_too(writer: TestClient):
    number = report(writer).json()["number"]
    assert [r["service_request_id"] for r in listed(writer)] == [number]
