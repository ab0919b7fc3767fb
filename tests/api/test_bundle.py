"""``GET /v1/bundle``: made once, signed, asked for again for nothing, and made anew when it is out of date."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from small_city import IN_A, load_city, write_city
from sqlalchemy import Engine

from gridsvc.bootstrap import Router
from gridsvc.bundle.file import read_bundle
from gridsvc.bundle.seal import new_key
from gridsvc.errors import BadInput
from gridsvc.services import editions
from gridsvc.services.bundles import Bundles
from tests.conftest import NOON

PEM = new_key().decode()
Make = Callable[..., TestClient]


class Clock:
    """A clock that a test can put forward."""

    def __init__(self) -> None:
        self.at = NOON + timedelta(minutes=20)

    def __call__(self) -> datetime:
        return self.at


def taken_up(client: TestClient, code: str) -> bool:
    """Wait until the service answers by an edition, at most twenty seconds."""
    ask = lambda: client.get("/health/ready").json()["edition"]  # noqa: E731
    return any(ask() == code or time.sleep(0.01) for _ in range(2000))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(make_client: Make, engine: Engine, empty_url: str, tmp_path: Path, clock: Clock) -> TestClient:
    load_city(engine, write_city(tmp_path / "S1"))
    editions.publish(engine, "S1", NOON - timedelta(days=1))
    return make_client(empty_url, now=clock, bundle_key=PEM)


def test_what_is_given_is_signed_by_the_key_that_is_shown_and_answers_as_the_service(
    client: TestClient, tmp_path: Path
):
    answer, key = client.get("/v1/bundle"), client.get("/v1/bundle/key").json()
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/octet-stream")
    (tmp_path / "city.gridbundle").write_bytes(answer.content)
    router = Router.from_bundle(tmp_path / "city.gridbundle", key["public_key"], NOON)
    assert router.bundle is not None
    assert (router.bundle.as_of, router.bundle.expires) == (NOON, NOON + timedelta(days=7))
    assert router.bundle.fingerprint == key["fingerprint"]
    at = NOON + timedelta(hours=2)
    asked = {"point": {"x": IN_A[0], "y": IN_A[1], "crs": "wgs84"}, "category": "06010", "at": at.isoformat()}
    told = client.post("/v1/route", json=asked).json()
    own = router.route(*IN_A, crs="wgs84", category="06010", at=at).as_dict()
    for answered in (told, own):
        for role in ("grid_chief", "street_chief"):
            (answered[role] or {}).pop("phone", None)
    assert own == told


def test_who_has_it_gets_nothing_and_nobody_has_it_made_twice(client: TestClient, clock: Clock):
    first = client.get("/v1/bundle")
    clock.at += timedelta(minutes=50)
    again = client.get("/v1/bundle", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content, client.get("/v1/bundle").content) == (304, b"", first.content)


def test_it_is_made_anew_daily_and_when_another_edition_holds(
    client: TestClient, engine: Engine, tmp_path: Path, clock: Clock
):
    first = client.get("/v1/bundle")
    clock.at += timedelta(days=1)
    second = client.get("/v1/bundle", headers={"If-None-Match": first.headers["etag"]})
    assert read_bundle(second.content, clock.at).head.as_of == NOON + timedelta(days=1)
    load_city(engine, write_city(tmp_path / "S2", edition="S2"))
    editions.publish(engine, "S2", clock.at, clock.at - timedelta(minutes=1))
    assert taken_up(client, "S2")
    third = client.get("/v1/bundle", headers={"If-None-Match": second.headers["etag"]})
    assert read_bundle(third.content, clock.at).head.edition == "S2"


def test_components_that_change_are_in_the_next_hours_bundle(client: TestClient, clock: Clock):
    first = client.get("/v1/bundle").content
    components = {c.code: c for c in read_bundle(first, clock.at).snapshot.components}
    code = min(components)
    assert client.delete(f"/v1/components/{code}").status_code == 200
    assert client.get("/v1/bundle").content == first
    clock.at += timedelta(hours=1)
    # The service hears of it within a second or so.
    assert any(client.get("/v1/bundle").content != first or time.sleep(0.01) for _ in range(2000))
    later = client.get("/v1/bundle").content
    states = {c.code: c.state for c in read_bundle(later, clock.at).snapshot.components}
    assert (components[code].state, states[code]) == ("intact", "removed")


def test_without_a_key_nothing_is_signed_and_the_answer_says_how_to_give_one(reader: TestClient):
    for path in ("/v1/bundle", "/v1/bundle/key"):
        answer = reader.get(path)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (404, "GRIDSVC_BUNDLE_KEY")


def test_what_is_no_key_is_refused_when_the_service_starts():
    with pytest.raises(BadInput, match="no key for signing"):
        Bundles("no key")
