"""Signing in through a provider, and what of it is refused: the browser is another, the answer false, nobody known."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from gridsvc.api.visit import COOKIE, LASTS
from gridsvc.store import audit
from gridsvc.store.audit import AuditFilter
from gridsvc.store.engine import transaction

from .conftest import HOME, Clock, bearer, open_app
from .issuer import CLIENT, Issuer, issuing, key


def leave(app: TestClient, path: str = "/docs") -> dict[str, str]:
    """Begin to sign in; gives what the browser tells the provider."""
    answer = app.get("/login/oidc", params={"next": path})
    assert answer.status_code == 303, answer.text
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


def give(issuer: Issuer, nonce: str, **changes: Any) -> None:
    """Let the provider vouch for somebody."""
    claims = issuer.claims(**({"aud": CLIENT, "nonce": nonce} | changes))
    issuer.token = (200, {"id_token": key().sign(claims, typ="JWT")})


def come_back(app: TestClient, state: str, **more: str) -> Any:
    return app.get("/login/oidc/callback", params={"code": "c0de", "state": state} | more)


def told(engine: Engine) -> list[tuple[str, str, str]]:
    """The newest entries of the audit."""
    with transaction(engine) as connection:
        return [(e.actor, e.action, e.subject) for e in audit.newest(connection, AuditFilter(limit=2))]


def test_who_the_provider_vouches_for_is_signed_in(app: TestClient, issuer: Issuer, engine: Engine):
    sent = leave(app, "/maps/heat?lang=en")
    give(issuer, sent["nonce"])
    back = come_back(app, sent["state"], iss=issuer.address)
    assert (back.status_code, back.headers["location"]) == (303, "/maps/heat?lang=en")
    assert back.headers["cache-control"] == "no-store"
    assert issuer.form["redirect_uri"] == sent["redirect_uri"] == f"{HOME}/login/oidc/callback"
    assert told(engine)[0] == ("zhangwei", "sign-in", "zhangwei")
    me = app.get("/v1/me")
    assert me.status_code == 200
    assert me.json()["name"] == "zhangwei"
    assert app.get("/v1/layers").status_code == 200
    assert app.get("/v1/actors").status_code == 403


def test_the_browsers_cookies_are_closed_to_others(app: TestClient, issuer: Issuer):
    first = app.get("/login/oidc")
    sent = parse_qs(urlsplit(first.headers["location"]).query)
    give(issuer, sent["nonce"][0])
    back = come_back(app, sent["state"][0])
    made = first.headers.get_list("set-cookie") + back.headers.get_list("set-cookie")
    assert len(made) == 3
    for cookie in made:
        name, *attributes = cookie.lower().split("; ")
        assert name.startswith("__host-")
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= set(attributes)
    assert "max-age=600" in made[0].lower()
    assert COOKIE not in app.cookies


REFUSED: dict[str, dict[str, str]] = {
    "another state": {"state": "another"},
    "no state": {"state": ""},
    "a state that is no ASCII": {"state": "é"},
    "no code": {"code": ""},
    "the answer of another provider": {"iss": "https://elsewhere.example"},
    "a refusal of the provider": {"error": "access_denied"},
}


@pytest.mark.parametrize("changes", REFUSED.values(), ids=REFUSED.keys())
def test_a_false_answer_is_refused_before_the_code_is_redeemed(app: TestClient, issuer: Issuer, changes):
    sent = leave(app)
    give(issuer, sent["nonce"])
    before = issuer.count("/token")
    refused = come_back(app, **({"state": sent["state"]} | changes))
    assert refused.status_code == 401
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["zh"]
    assert refused.json()["en"]
    assert issuer.count("/token") == before
    assert app.get("/v1/me").status_code == 401


def test_another_browser_cannot_finish_what_this_one_began(app: TestClient, issuer: Issuer, url: str, clock: Clock):
    sent = leave(app)
    give(issuer, sent["nonce"])
    with open_app(url, issuer.address, clock) as other:
        assert come_back(other, sent["state"]).status_code == 401
        leave(other)
        assert come_back(other, sent["state"]).status_code == 401
        assert other.get("/v1/me").status_code == 401
    assert come_back(app, sent["state"]).status_code == 303


def test_a_sign_in_counts_for_ten_minutes(app: TestClient, issuer: Issuer, clock: Clock):
    sent = leave(app)
    give(issuer, sent["nonce"])
    clock.ahead = LASTS
    assert come_back(app, sent["state"]).status_code == 401


def test_a_cookie_that_was_used_counts_no_more(app: TestClient, issuer: Issuer):
    sent = leave(app)
    kept = app.cookies[COOKIE]
    give(issuer, sent["nonce"])
    assert come_back(app, sent["state"]).status_code == 303
    assert come_back(app, sent["state"]).status_code == 401
    app.cookies.set(COOKIE, kept)
    # Even with a new code that the provider honours.
    assert come_back(app, sent["state"], code="another").status_code == 401


FALSE: dict[str, dict[str, Any]] = {
    "of another sign-in": {"nonce": "another"},
    "to another client": {"aud": "stranger"},
    "of another issuer": {"iss": "https://elsewhere.example"},
    "over": {"exp": timedelta(minutes=-2)},
}


@pytest.mark.parametrize("claims", FALSE.values(), ids=FALSE.keys())
def test_a_false_id_token_opens_nothing(app: TestClient, issuer: Issuer, claims):
    sent = leave(app)
    give(issuer, **({"nonce": sent["nonce"]} | claims))
    assert come_back(app, sent["state"]).status_code == 401
    assert app.get("/v1/me").status_code == 401


def test_a_code_that_was_used_opens_nothing(app: TestClient, issuer: Issuer):
    sent = leave(app)
    issuer.token = (400, {"error": "invalid_grant"})
    assert come_back(app, sent["state"]).status_code == 401


@pytest.mark.parametrize("subject", ["li.na", "wang.fang", "<script>alert(1)</script>"])
def test_whom_nobody_knows_here_learns_what_to_ask_for(app: TestClient, issuer: Issuer, engine: Engine, subject: str):
    sent = leave(app)
    give(issuer, sent["nonce"], sub=subject)
    refused = come_back(app, sent["state"])
    assert refused.status_code == 403
    assert refused.headers["content-type"] == "application/problem+json"
    (error,) = refused.json()["errors"]
    assert error["value"] == subject
    assert subject in error["mend_zh"]
    assert subject in error["mend_en"]
    assert told(engine)[0] == ("", "sign-in refused", subject)
    assert app.get("/v1/me").status_code == 401


@pytest.mark.parametrize("path", ["//evil.example", "/\\evil.example", "https:evil.example", "/\t/evil.example", ""])
def test_nobody_is_led_elsewhere(app: TestClient, path: str):
    refused = app.get("/login/oidc", params={"next": path})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "next"
    assert "set-cookie" not in refused.headers


def test_a_provider_that_is_away_leaves_the_service_alive(url: str, clock: Clock):
    with issuing() as gone:
        address = gone.address
    with open_app(url, address, clock, admin_key="s3cret") as app:
        for path, headers in (("/login/oidc", {}), ("/v1/layers", bearer(key().sign(gone.claims())))):
            refused = app.get(path, headers=headers)
            assert refused.status_code == 503
            assert address in refused.text
            assert refused.json()["zh"]
        assert app.get("/v1/layers", headers=bearer("s3cret")).status_code == 200


def test_a_provider_that_calls_itself_otherwise_is_not_used(app: TestClient, issuer: Issuer):
    issuer.discovery["issuer"] = "https://elsewhere.example"
    assert app.get("/login/oidc").status_code == 503


def test_without_a_provider_there_is_nothing_to_sign_in_by(url: str, clock: Clock, issuer: Issuer):
    with open_app(url, None, clock) as app:
        assert app.get("/login/oidc").status_code == 404
        assert app.get("/login/oidc/callback").status_code == 404
        assert app.get("/v1/me", headers=bearer(key().sign(issuer.claims()))).status_code == 401


def test_behind_a_proxy_our_own_address_is_the_settings(url: str, issuer: Issuer, clock: Clock):
    with open_app(url, issuer.address, clock, public_url="https://grid.example") as app:
        assert leave(app)["redirect_uri"] == "https://grid.example/login/oidc/callback"
