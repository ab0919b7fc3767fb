"""Access tokens of the provider instead of a key: the same rights, and no longer than they hold."""

from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from gridsvc.api.provider import LEEWAY_S
from gridsvc.rights import Grant
from gridsvc.services.actors import add_actor, end_actor, grant
from gridsvc.services.identity import ASK_AGAIN
from gridsvc.services.keys import add_key

from .conftest import DISTRICT, Clock, bearer, open_app
from .issuer import CLIENT, Issuer, key

ROUTE = {"point": {"x": 120.005, "y": 30.005, "crs": "wgs84"}}


def test_an_access_token_admits_by_the_same_rights(app: TestClient, issuer: Issuer):
    sent = bearer(key().sign(issuer.claims()))
    assert app.get("/v1/me", headers=sent).json()["name"] == "zhangwei"
    assert app.get("/v1/layers", headers=sent).status_code == 200
    assert app.get("/v1/actors", headers=sent).status_code == 403
    # The hot way and the ordinary one.
    assert [app.post("/v1/route", json=ROUTE, headers=sent).status_code for _ in range(3)] == [200] * 3


@pytest.mark.parametrize(
    ("claims", "status"),
    [({"aud": CLIENT}, 401), ({"exp": timedelta(minutes=-2)}, 401), ({"nonce": "n"}, 200), ({"sub": "li.na"}, 403),
     ({"sub": "nobody"}, 403)],
)  # fmt: skip
def test_an_access_token_of_others_admits_nobody(app: TestClient, issuer: Issuer, claims, status: int):
    sent = bearer(key().sign(issuer.claims(**claims)))
    assert app.get("/v1/layers", headers=sent).status_code == status
    assert app.post("/v1/route", json=ROUTE, headers=sent).status_code == status


def test_whoever_ends_is_not_admitted_by_a_token_that_still_holds(
    app: TestClient, issuer: Issuer, engine: Engine, clock
):
    now = datetime.now(UTC)
    add_actor(engine, "leaver", "test", now, subject=(issuer.address, "leaver"))
    grant(engine, "leaver", Grant("viewer", DISTRICT), "test", now)
    sent = bearer(key().sign(issuer.claims(sub="leaver")))
    assert app.post("/v1/route", json=ROUTE, headers=sent).status_code == 200
    end_actor(engine, "leaver", "test", now)
    clock.ahead = ASK_AGAIN
    assert app.post("/v1/route", json=ROUTE, headers=sent).status_code == 403


def test_the_hot_way_knows_a_token_no_longer_than_it_holds(app: TestClient, issuer: Issuer, clock: Clock):
    life = timedelta(seconds=20)
    sent = bearer(key().sign(issuer.claims(exp=life)))
    assert app.post("/v1/route", json=ROUTE, headers=sent).status_code == 200
    doorkeeper, header = app.app.parts.doorkeeper, sent["Authorization"].encode()  # type: ignore[attr-defined]
    end = clock() + life + timedelta(seconds=LEEWAY_S)
    assert doorkeeper.may_at_once("route", header, end - timedelta(seconds=5))
    assert not doorkeeper.may_at_once("route", header, end + timedelta(seconds=1))


def test_an_administrator_records_who_an_actor_is_to_the_provider(url: str, issuer: Issuer, engine: Engine, clock):
    add_actor(engine, "wangfang", "test", clock())
    token = bearer(key().sign(issuer.claims(sub="wang.fang")))
    with open_app(url, issuer.address, clock, admin_key="s3cret") as app:

        def record(name: str, subject: str | None) -> int:
            sent = {"subject": subject}
            return app.put(f"/v1/actors/{name}/subject", json=sent, headers=bearer("s3cret")).status_code

        assert app.get("/v1/me", headers=token).status_code == 403
        assert record("wangfang", "wang.fang") == 204
        assert app.get("/v1/me", headers=token).json()["name"] == "wangfang"
        assert record("wangfang", "wang.fang") == 204
        assert record("wangfang", "zhang.wei") == 409
        assert record("wangfang", "") == 422
        assert record("nobody", "somebody") == 404
        # Taken from one, it may become another's.
        assert record("wangfang", None) == 204
        assert record("lina", None) == 204
        assert record("wangfang", "li.na") == 204
    with open_app(url, None, clock, admin_key="s3cret") as app:
        assert record("wangfang", "wang.fang") == 404


def test_nobody_becomes_by_the_provider_who_has_rights_for_longer(url: str, issuer: Issuer, engine: Engine, clock):
    """An administrator for a day could otherwise go on by the rights of one who stays."""
    now = clock()
    day = Grant("administrator", DISTRICT, valid_to=now + timedelta(days=1))
    for name, given in (("guest", day), ("stays", Grant("administrator", DISTRICT)), ("brief", day)):
        add_actor(engine, name, "test", now)
        grant(engine, name, given, "test", now)
    _, secret = add_key(engine, "guest", "k", "test", now)
    with open_app(url, issuer.address, clock) as app:

        def record(name: str, subject: str | None) -> int:
            return app.put(f"/v1/actors/{name}/subject", json={"subject": subject}, headers=bearer(secret)).status_code

        assert record("stays", "my.own") == 403
        assert record("stays", None) == 204
        assert record("brief", "my.own") == 204
