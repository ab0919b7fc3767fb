"""A draft is nobody's business but theirs who may read drafts: for all others it is as if it were not there."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from fastapi.testclient import TestClient
from small_city import GRIDS, area, box, load_city, write_city

from gridsvc.api.arrow import ARROW_STREAM, write_stream
from gridsvc.api.deps import to_cursor
from gridsvc.errors import RefusedToPublish
from gridsvc.rights import Grant
from gridsvc.services import editions
from gridsvc.store.engine import make_engine
from tests.conftest import NOON

from .house import DISTRICT, House

BODY = {"point": {"x": 120.005, "y": 30.005, "crs": "wgs84"}, "category": "06010"}
LATER = "2024-07-01T00:00:00Z"
COLUMNS = {"x": [120.005], "y": [30.005]}


def arrow(client: TestClient, edition: str) -> Any:
    arrays = {name: pa.array(values, pa.float64()) for name, values in COLUMNS.items()}
    headers = {"Content-Type": ARROW_STREAM, "Accept": ARROW_STREAM}
    address = f"/v1/route/batch?crs=wgs84&edition={edition}"
    return client.post(address, content=write_stream(arrays, "", None), headers=headers)


def page_after(client: TestClient, edition: str, path: str) -> Any:
    return client.get(path, params={"layer": "grid", "cursor": to_cursor(edition, "A")})


# Every way to name an edition.
DOORS = {
    "route": lambda c, edition: c.post("/v1/route", json=BODY | {"edition": edition}),
    "route, fully": lambda c, edition: c.post("/v1/route?explain=full", json=BODY | {"edition": edition}),
    "route, at an instant": lambda c, edition: c.post("/v1/route", json=BODY | {"edition": edition, "at": LATER}),
    "batch": lambda c, edition: c.post("/v1/route/batch", json={**COLUMNS, "crs": "wgs84", "edition": edition}),
    "batch in Arrow": arrow,
    "layers": lambda c, edition: c.get("/v1/layers", params={"edition": edition}),
    "areas": lambda c, edition: c.get("/v1/areas", params={"layer": "grid", "edition": edition}),
    "components": lambda c, edition: c.get("/v1/components", params={"edition": edition}),
    "successors": lambda c, edition: c.get(f"/v1/editions/{edition}/successors"),
    "a later page of areas": lambda c, edition: page_after(c, edition, "/v1/areas"),
    "a later page of components": lambda c, edition: page_after(c, edition, "/v1/components"),
}  # fmt: skip
KNOWING = ["planner", "rule_editor", "administrator"]
OTHERS = ["viewer", "collector", "receptionist", "shift_leader", "dispatcher", "unit_handler", "chief", "system"]


@pytest.fixture(scope="module")
def drafted(cluster, small_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """S1 and S2 are published, S3 is a draft; in another district D1 is published and D2 is not."""
    url = cluster.make_database("drafted", small_template)
    engine = make_engine(url, 1)
    load_city(engine, write_city(tmp_path_factory.mktemp("S3"), edition="S3", title="秘密"))
    for code in ("D1", "D2"):
        load_city(engine, write_city(tmp_path_factory.mktemp(code), edition=code, district="110101"))
    editions.publish(engine, "D1", NOON)
    engine.dispose()
    with House(url, district=DISTRICT) as house:
        for role in (*KNOWING, *OTHERS):
            house.add(f"a.{role}", role)
        yield house


def client_of(house: House, role: str) -> TestClient:
    return house.browser(**house.key(f"a.{role}"))


@pytest.mark.parametrize("ask", DOORS.values(), ids=DOORS)
@pytest.mark.parametrize("role", ["viewer", "chief"])
def test_to_others_a_draft_is_as_if_it_were_not_there(drafted: House, role: str, ask: Any):
    client = client_of(drafted, role)
    draft, unknown = ask(client, "S3"), ask(client, "S9")
    assert draft.status_code == unknown.status_code == 404
    assert draft.text.replace("S3", "S9") == unknown.text
    assert dict(draft.headers) == dict(unknown.headers)
    assert "秘密" not in draft.text


@pytest.mark.parametrize("ask", DOORS.values(), ids=DOORS)
def test_a_draft_is_there_for_who_may_read_drafts(drafted: House, ask: Any):
    client = client_of(drafted, "planner")
    draft, published = ask(client, "S3"), ask(client, "S2")
    assert draft.status_code == published.status_code == 200
    if draft.headers["content-type"] == "application/json":
        assert draft.json().get("edition", "S3") == "S3"


def test_an_arrow_stream_is_of_the_draft_that_was_named(drafted: House):
    answer = arrow(client_of(drafted, "planner"), "S3")
    assert answer.status_code == 200
    assert pa.ipc.open_stream(answer.content).schema.metadata[b"edition"] == b"S3"


@pytest.mark.parametrize("role", [*KNOWING, *OTHERS])
@pytest.mark.parametrize("path", ["/v1/editions", "/v1/rulesets"])
def test_lists_name_drafts_only_to_them(drafted: House, path: str, role: str):
    items = client_of(drafted, role).get(path).json()["items"]
    codes = {item["code"] for item in items}
    assert codes == ({"S1", "S2", "S3"} if role in KNOWING else {"S1", "S2"})
    assert {item["district"] for item in items} == {DISTRICT}


def test_who_has_rights_in_two_districts_is_shown_both_each_by_its_rights(drafted: House):
    drafted.add("a.both", "planner", Grant("viewer", "110101"))
    items = client_of(drafted, "both").get("/v1/editions").json()["items"]
    assert {item["code"] for item in items} == {"S1", "S2", "S3", "D1"}


@pytest.mark.parametrize("edition", ["D1", "D2"])
@pytest.mark.parametrize("role", ["viewer", "planner"])
def test_another_districts_editions_cannot_be_asked_for(drafted: House, role: str, edition: str):
    client = client_of(drafted, role)
    for name, ask in DOORS.items():
        refused = ask(client, edition)
        assert refused.status_code == 404, name
        assert "110101" not in refused.text


def test_a_key_without_the_permission_shows_no_draft_though_its_actor_may(drafted: House):
    narrow = drafted.browser(**drafted.key("a.planner", permissions=["route", "map:read"]))
    assert DOORS["route"](narrow, "S3").status_code == 404
    assert DOORS["layers"](narrow, "S3").status_code == 404
    assert {e["code"] for e in narrow.get("/v1/editions").json()["items"]} == {"S1", "S2"}


def test_a_drafts_ruleset_cannot_be_asked_for_by_its_name(drafted: House):
    client = client_of(drafted, "viewer")
    draft, unknown = (client.post("/v1/route", json=BODY | {"ruleset": code}) for code in ("S3", "S9"))
    assert draft.status_code == unknown.status_code == 404
    assert draft.text.replace("S3", "S9") == unknown.text


def test_no_instant_leads_to_a_draft(drafted: House):
    client = client_of(drafted, "viewer")
    for at in ("2024-06-12T04:00:00Z", "2030-01-01T00:00:00Z", "2100-01-01T00:00:00Z"):
        assert client.post("/v1/route", json=BODY | {"at": at}).json()["edition"] == "S2"


def test_a_draft_that_is_published_is_there_for_all(cluster, small_template: str, tmp_path):
    url = cluster.make_database("drafted_and_published", small_template)
    with House(url) as house:
        house.add("a.viewer", "viewer")
        client = client_of(house, "viewer")
        engine = make_engine(url, 1)
        load_city(engine, write_city(tmp_path, edition="S3"))
        assert DOORS["layers"](client, "S3").status_code == 404
        editions.publish(engine, "S3", NOON, NOON)
        engine.dispose()
        assert DOORS["layers"](client, "S3").status_code == 200


def test_who_waived_what_is_told_only_to_who_may_read_drafts(cluster, migrated_template: str, tmp_path):
    url = cluster.make_database("waived", migrated_template)
    engine = make_engine(url, 1)
    # Grid B goes beyond its street.
    load_city(engine, write_city(tmp_path, grids=[GRIDS[0], area("B", box(1.5), parent="S", unit="U2")]))
    with pytest.raises(RefusedToPublish) as refused:
        editions.publish(engine, "S1", NOON)
    names = {error.field for error in refused.value.errors}
    editions.publish(engine, "S1", NOON, waived=dict.fromkeys(names, "秘密"), by="zhang")
    engine.dispose()
    with House(url) as house:
        house.add("a.viewer", "viewer")
        house.add("a.planner", "planner")
        shown = {role: client_of(house, role).get("/v1/editions").json()["items"][0] for role in ("viewer", "planner")}
    assert {w["finding"] for w in shown["planner"]["waivers"]} == names
    assert shown["viewer"] == shown["planner"] | {"waivers": []}
