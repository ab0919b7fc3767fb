"""Every address x role x area: who may come in is what the one table says, and no address is without a line in it."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from squares import around

from gridsvc.api.policy import POLICY, Line
from gridsvc.api.schemas.actions import MODELS
from gridsvc.bootstrap import Folder, Router, past_cases
from gridsvc.rights import ROLES, Grant, Role, whole_district
from gridsvc.services import actors, keys
from gridsvc.services.appending import append_to
from gridsvc.services.attachments import take_in, use
from gridsvc.services.intake import import_cases
from gridsvc.services.media import MB, Sizes
from gridsvc.store.blobs import make_blobs
from gridsvc.store.case_lists import CaseFilter, list_cases
from gridsvc.store.cluster import Cluster
from gridsvc.store.engine import make_engine, transaction
from gridsvc.store.foreign import keep_number
from gridsvc.store.histories import read_history
from gridsvc.store.months import ensure_months
from tests.conftest import NOON
from tests.files import PDF

from .conftest import PAST, application, open_client

DAY = timedelta(days=1)
# Where a role is held. What each of them counts for is said beside the policy of an address.
WHERE = ("district", "street", "unit", "elsewhere", "everywhere", "over", "not yet", "by a narrow key")
HOLDING = {"district", "street", "unit", "everywhere"}


@dataclass(frozen=True)
class Cast:
    """The demo city with an actor for each role and place; ``headers`` carry the key of each."""

    client: TestClient
    headers: Mapping[tuple[Role, str], Mapping[str, str]]
    street: str
    attach: Callable[[str], str]

    def things(self) -> tuple["Thing", "Thing"]:
        """What lies within the street, and what lies beyond it, as an administrator of all finds them."""
        cases = self.ask("administrator", "everywhere", "GET", "/v1/cases?limit=1000").json()["items"]
        chiefs = [c for c in cases if c["decision"]["grid_chief"]]
        return self._thing(chiefs, True), self._thing(chiefs, False)

    def _thing(self, cases: list[Any], within: bool) -> "Thing":
        case = next(c for c in cases if (c["decision"]["areas"]["street"]["code"] == self.street) is within)
        lon, lat = case["point"].values()
        box = f"{lon - 0.01},{lat - 0.01},{lon + 0.01},{lat + 0.01}"
        near = self.ask("administrator", "everywhere", "GET", f"/v1/components?bbox={box}&limit=1000").json()
        component = next(c for c in near["features"] if (self._street_at(*_place(c)) == self.street) is within)
        attached = self.attach(case["id"])
        return Thing(case["id"], case["number"], self._now(lon, lat)["grid_chief"]["post"], component, attached)

    def _street_at(self, lon: float, lat: float) -> str | None:
        return self._now(lon, lat)["areas"].get("street", {}).get("code")

    def _now(self, lon: float, lat: float) -> Any:
        """The answer for a place as of now."""
        asked = {"point": {"x": lon, "y": lat, "crs": "wgs84"}}
        return self.ask("administrator", "everywhere", "POST", "/v1/route", json=asked).json()

    def ask(self, role: Role, where: str, method: str, path: str, **how: Any) -> Any:
        headers = {**self.headers[role, where], "Idempotency-Key": "none has it yet"}
        return self.client.request(method, path, headers=headers, **how)


def _place(component: Any) -> tuple[float, float]:
    lon, lat = component["geometry"]["coordinates"]
    return lon, lat


@dataclass(frozen=True)
class Thing:
    """A case, the post of its chief, a component near it, and what is attached to it."""

    case: str
    number: str
    post: str
    component: Any
    attached: str


def grants(district: str, street: str, unit: str) -> dict[str, Grant]:
    """A grant of the first role for each place; keys and endings are made beside them."""
    whole = Grant("viewer", district)
    return {
        "district": whole,
        "street": replace(whole, layer="street", area=street),
        "unit": replace(whole, unit=unit),
        "elsewhere": replace(whole, district="990998"),
        "everywhere": replace(whole, district=None),
        "over": replace(whole, valid_to=NOON),
        "not yet": replace(whole, valid_from=NOON + DAY),
        "by a narrow key": whole,
    }


def employ(engine: Engine, name: str, given: Grant, where: str) -> dict[str, str]:
    """Make an actor with one grant and one key."""
    start = NOON - 2 * DAY
    actors.add_actor(engine, name, "test", start)
    actors.grant(engine, name, given, "test", start)
    # A key that may be used for nothing but what no role needs on its own.
    only = [] if where == "by a narrow key" else None
    _, key = keys.add_key(engine, name, "test", "test", start, permissions=only)
    return {"Authorization": f"Bearer {key}"}


def happen(engine: Engine, district: str) -> None:
    """Let something happen to every case, and let a platform have it under the same number."""
    with transaction(engine) as connection:
        ensure_months(connection, [NOON])
    with transaction(engine) as connection:
        for case in list_cases(connection, CaseFilter(whole_district(district), limit=PAST)):
            append_to(connection, case, read_history(connection, case.id), "noted", {}, "test", NOON)
            keep_number(connection, "test", case.number, case.id)


@pytest.fixture(scope="module")
def cast(
    cluster: Cluster, demo_template: str, demo: Folder, demo_router: Router, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cast]:
    url = cluster.make_database("rights_matrix", demo_template)
    edition = demo.snapshot.edition
    street = edition.layers["street"].codes[0]
    unit = next(iter(demo.snapshot.staff.units))
    engine = make_engine(url, 1)
    import_cases(engine, demo_router, past_cases(demo)[:PAST], "past")
    happen(engine, edition.district)
    headers = {
        (role, where): employ(engine, f"{role}.{n}", replace(given, role=role), where)
        for role in ROLES
        for n, (where, given) in enumerate(grants(edition.district, street, unit).items())
    }
    state_dir = tmp_path_factory.mktemp("state")
    file, blobs = state_dir / "sent", make_blobs(state_dir, None)

    def attach(case: str) -> str:
        """Attach a document of its own to a case; it is the same one every time."""
        file.write_bytes(PDF + case.encode())
        id_ = take_in(engine, blobs, file, Sizes(MB, MB), "test", NOON).id
        with transaction(engine) as connection:
            use(connection, UUID(case), [id_], "test")
        return id_

    with open_client(url, open_access=False, state_dir=state_dir) as client:
        yield Cast(client, headers, street, attach)
    engine.dispose()


def routes_of(router: Any) -> Iterator[Any]:
    """Every route of a router and of those that it includes."""
    for route in router.routes:
        included = getattr(route, "original_router", None)
        yield from [route] if included is None else routes_of(included)


def served(client: TestClient) -> set[tuple[str, str]]:
    """Method and template of everything that the application answers."""
    routes = routes_of(application(client))
    return {(method, route.path) for route in routes for method in route.methods if method != "HEAD"}


def test_every_address_has_a_line_and_every_line_an_address(cast: Cast):
    assert served(cast.client) == set(POLICY)


def test_an_address_without_a_line_is_closed_even_to_an_administrator(cast: Cast):
    app = application(cast.client)
    app.get("/v1/forgotten")(lambda: "open")
    try:
        assert cast.ask("administrator", "everywhere", "GET", "/v1/forgotten").status_code == 403
        assert served(cast.client) != set(POLICY)
    finally:
        app.router.routes.pop()


NEEDED = [(address, line) for address, line in POLICY.items() if line.needs != "nobody"]


def filled(path: str) -> str:
    """A path in which every name is of something that is not there."""
    path = path.replace("{id}", "0" * 64)
    if path == "/v1/events":
        # Which otherwise goes on for as long as one listens.
        return f"{path}?once=true"
    for number in ("{grant}", "{key}", "{id}", "{n}"):
        path = path.replace(number, "999999")
    return path.replace("{z}", "14").replace("{x}", "1").replace("{y}", "1")


def comes_in(line: Line, role: Role, where: str) -> bool:
    """Whether the table lets somebody in at all."""
    holding = HOLDING - {"street", "unit"} if line.over == "whole" else HOLDING
    return line.needs == "anybody" or (where in holding and line.needs in ROLES[role])


@pytest.mark.parametrize(("address", "line"), NEEDED, ids=[" ".join(a) for a, _ in NEEDED])
def test_who_may_come_in(cast: Cast, address: tuple[str, str], line: Line):
    method, path = address
    wrong = []
    for role in ROLES:
        for where in WHERE:
            status = cast.ask(role, where, method, filled(path), json={}).status_code
            if (status == 403) is comes_in(line, role, where) or status in (401, 429, 500):
                wrong.append((role, where, status))
    assert wrong == []


@pytest.mark.parametrize("address", [a for a, line in POLICY.items() if line.needs == "nobody"], ids=" ".join)
def test_who_is_not_asked_comes_in(cast: Cast, address: tuple[str, str]):
    method, path = address
    answer = cast.client.request(method, filled(path), json={} if method == "POST" else None, follow_redirects=False)
    assert answer.status_code not in (401, 403)


@pytest.mark.parametrize(("address", "line"), NEEDED, ids=[" ".join(a) for a, _ in NEEDED])
def test_nobody_comes_in_without_a_key(cast: Cast, address: tuple[str, str], line: Line):
    method, path = address
    assert cast.client.request(method, filled(path), json={}).status_code == 401


Ask = Callable[..., Any]
WHY = {"reason": "called back for the address"}


def record(ask: Ask, thing: Thing) -> bool:
    """Record a component as it is already."""
    own = thing.component["properties"]
    lon, lat = _place(thing.component)
    unsaid = {"code", "class", "since", "competent", "owner", "maintainer"}
    body = {"point": {"x": lon, "y": lat, "crs": "wgs84"}, "class": own["class"]}
    body |= {name: value for name, value in own.items() if name not in unsaid and value is not None}
    answer = ask("PUT", f"/v1/components/{own['code']}", json=body)
    assert answer.status_code in (200, 403), answer.text
    return answer.status_code == 200


def remove(ask: Ask, thing: Thing) -> bool:
    answer = ask("DELETE", f"/v1/components/{thing.component['properties']['code']}")
    assert answer.status_code in (200, 403), answer.text
    return answer.status_code == 200


def tile(ask: Ask, thing: Thing) -> bool:
    """Whether the tiles of the city name the case; texts stand in a tile as they are."""
    lon, lat = _place(thing.component)
    tiles = around(lon - 0.01, lat - 0.01, lon + 0.01, lat + 0.01, 12)
    found = b"".join(ask("GET", f"/tiles/cases/{t.z}/{t.x}/{t.y}").content for t in tiles)
    return thing.number.encode() in found


def reads(path: str) -> Callable[[Ask, Thing], bool]:
    return lambda ask, thing: ask("GET", path.format(case=thing.case, attached=thing.attached)).status_code == 200


def acts(name: str) -> Callable[[Ask, Thing], bool]:
    """Act on a version that no case has: refused to whom it may be told of, and nothing changes."""
    extra: Any = MODELS[name].model_config["json_schema_extra"]
    body = extra["examples"][0] | {"version": 999}

    def shows(ask: Ask, thing: Thing) -> bool:
        answer = ask("POST", f"/v1/cases/{thing.case}/actions/{name}", json=body)
        assert answer.status_code in (404, 409), answer.text
        return answer.status_code == 409

    return shows


def receipt(ask: Ask, thing: Thing) -> bool:
    """Answer for a case that was not handed up: refused to whom it may be told of."""
    answer = ask("POST", f"/v1/exchange/cases/{thing.case}/receipts", json={"said": "accepted"})
    assert answer.status_code in (404, 409), answer.text
    return answer.status_code == 409


# How it shows at each address that a thing is within reach; an address by reach needs a row here.
SHOWS: Mapping[tuple[str, str], Callable[[Ask, Thing], bool]] = {
    ("GET", "/v1/cases"): lambda ask, thing: (
        thing.case in [c["id"] for c in ask("GET", "/v1/cases?limit=1000").json()["items"]]
    ),
    ("GET", "/v1/cases/{case}"): reads("/v1/cases/{case}"),
    ("GET", "/v1/cases/{case}/history"): reads("/v1/cases/{case}/history"),
    ("GET", "/v1/cases/{case}/decision"): reads("/v1/cases/{case}/decision"),
    ("GET", "/v1/cases/{case}/actions"): reads("/v1/cases/{case}/actions"),
    ("GET", "/v1/cases/{case}/attachments"): reads("/v1/cases/{case}/attachments"),
    ("GET", "/v1/answers"): reads("/v1/answers?case={case}&event=close"),
    ("GET", "/v1/attachments/{id}"): reads("/v1/attachments/{attached}"),
    **{("POST", f"/v1/cases/{{case}}/actions/{name}"): acts(name) for name in MODELS},
    ("GET", "/v1/cases/{case}/similar"): reads("/v1/cases/{case}/similar"),
    ("GET", "/v1/cases/{case}/offences"): reads("/v1/cases/{case}/offences"),
    ("POST", "/v1/cases/{case}/unmask"): lambda ask, thing: (
        ask("POST", f"/v1/cases/{thing.case}/unmask", json={"what": "grid_chief"} | WHY).status_code == 200
    ),
    # Within reach only the one who should follow is not on record.
    ("POST", "/v1/posts/{post}/handover"): lambda ask, thing: (
        ask("POST", f"/v1/posts/{thing.post}/handover", json={"to": "nobody"} | WHY).json()["errors"][0]["field"]
        == "to"
    ),
    ("POST", "/v1/posts/{post}/unmask"): lambda ask, thing: (
        ask("POST", f"/v1/posts/{thing.post}/unmask", json=WHY).status_code == 200
    ),
    ("GET", "/v1/events"): lambda ask, thing: thing.number in ask("GET", "/v1/events?after=0&once=true").text,
    ("GET", "/v1/exchange/cases"): lambda ask, thing: (
        ask("GET", f"/v1/exchange/cases?number={thing.number}").json()["items"] != []
    ),
    ("POST", "/v1/exchange/cases/{case}/receipts"): receipt,
    ("GET", "/tiles/cases/{z}/{x}/{y}"): tile,
    ("GET", "/open311/v2/requests.{format}"): lambda ask, thing: (
        ask("GET", f"/open311/v2/requests.json?service_request_id={thing.number}").json() != []
    ),
    ("GET", "/open311/v2/requests/{id}.{format}"): reads("/open311/v2/requests/{case}.xml"),
    ("GET", "/open311/v2/tokens/{id}.{format}"): reads("/open311/v2/tokens/{case}.json"),
    ("GET", "/ogc/collections/cases/items"): lambda ask, thing: (
        thing.case in [f["id"] for f in ask("GET", "/ogc/collections/cases/items?limit=1000").json()["features"]]
    ),
    ("GET", "/ogc/collections/cases/items/{feature}"): reads("/ogc/collections/cases/items/{case}"),
    ("PUT", "/v1/components/{code}"): record,
    ("DELETE", "/v1/components/{code}"): remove,
}
BY_REACH = [(address, line) for address, line in POLICY.items() if line.over == "reach"]


HEAT = ("/v1/heat", "/v1/heat/hours", "/v1/heat/series")
MAPS = ("/maps/heat", "/maps/heat/time", "/maps/choropleth", "/maps/clusters")


def test_every_address_by_reach_is_asked():
    # What these count is compared below, the streets by the same filter; whose requests are listed, and who offends,
    # is shown elsewhere.
    counting = (*MAPS, "/v1/analysis", "/v1/analysis/streets", "/v1/cases/summary", "/v1/heat.png", *HEAT)
    elsewhere = {("GET", path) for path in (*counting, "/v1/requests", "/v1/offenders")}
    assert {address for address, _ in BY_REACH} - elsewhere == set(SHOWS)


@pytest.mark.parametrize("address", SHOWS, ids=" ".join)
def test_what_is_within_reach_is_shown_and_nothing_else(cast: Cast, address: tuple[str, str]):
    within, beyond = cast.things()
    needs = POLICY[address].needs
    for role in (role for role in ROLES if needs in ROLES[role]):
        for where, sees_beyond in (("street", False), ("district", True), ("everywhere", True)):
            ask = partial(cast.ask, role, where)
            told = SHOWS[address](ask, within), SHOWS[address](ask, beyond)
            assert told == (True, sees_beyond), (role, where)


def test_the_map_of_load_counts_the_cases_within_reach(cast: Cast):
    def counted(where: str) -> int:
        page = cast.ask("viewer", where, "GET", "/maps/heat?lang=en").text
        return int(re.search(r"<dt>cases</dt><dd>([\d,]+)</dd>", page)[1].replace(",", ""))

    every = cast.ask("viewer", "district", "GET", "/v1/cases?limit=1000").json()["items"]
    own = [c for c in every if c["decision"]["areas"].get("street", {}).get("code") == cast.street]
    assert 0 < len(own) < len(every)
    assert (counted("street"), counted("district")) == (len(own), len(every))


@pytest.mark.parametrize("path", ["/v1/analysis", *HEAT])
def test_cases_are_counted_within_reach(cast: Cast, path: str):
    def counted(where: str) -> int:
        told = cast.ask("viewer", where, "GET", f"{path}?from=2020-01-01T00:00:00Z&step=month").json()
        found = told["cases"] if path == "/v1/analysis" else told["n"]
        # Nothing of the past that was brought in is over.
        assert cast.ask("viewer", where, "GET", "/v1/cases/summary").json()["open"] == found
        return found

    every = cast.ask("viewer", "district", "GET", "/v1/cases?limit=1000").json()["items"]
    own = [c for c in every if c["decision"]["areas"].get("street", {}).get("code") == cast.street]
    assert 0 < len(own) < len(every)
    assert (counted("street"), counted("district")) == (len(own), len(every))
