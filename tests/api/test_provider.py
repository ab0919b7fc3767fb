"""What the provider publishes is believed as far as it may be, and its tokens count only where everything is right."""

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gridsvc import settings
from gridsvc.api.provider import AT_ONCE, FRESH, MOST_BYTES, PAUSE, PAUSE_AFTER_FAILURE, Provider
from gridsvc.errors import NotAuthenticated, Unavailable

from .oidc.issuer import AUDIENCE, CLIENT, Issuer, issuing, key

NOW = datetime.now(UTC)
SECOND = timedelta(seconds=1)
CONFIGURATION = "/.well-known/openid-configuration"


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuing() as running:
        yield running


@pytest.fixture
def provider(issuer: Issuer) -> Provider:
    return Provider(settings.Provider(issuer.address, CLIENT, None, AUDIENCE))


def test_a_new_key_counts_after_a_minute_and_the_old_one_no_more(issuer: Issuer, provider: Provider):
    old, new = key().sign(issuer.claims()), key("rsa-new").sign(issuer.claims())
    assert provider.claims_of(old, NOW)
    issuer.keys = [key("rsa-new").public()]
    with pytest.raises(NotAuthenticated):
        provider.claims_of(new, NOW + PAUSE - SECOND)
    assert issuer.count("/jwks") == 1
    assert provider.claims_of(new, NOW + PAUSE)
    assert issuer.count("/jwks") == 2
    with pytest.raises(NotAuthenticated):
        provider.claims_of(old, NOW + PAUSE)


def test_invented_keys_send_us_to_the_provider_once_a_minute(issuer: Issuer, provider: Provider):
    for second in range(180):
        with pytest.raises(NotAuthenticated):
            provider.claims_of(key().sign(issuer.claims(), kid=f"k{second}"), NOW + second * SECOND)
    assert issuer.count("/jwks") == 3


def test_a_key_that_is_withdrawn_counts_for_an_hour_at_most(issuer: Issuer, provider: Provider):
    token = key().sign(issuer.claims())
    assert provider.claims_of(token, NOW)
    issuer.keys = [key("ec").public()]
    assert provider.claims_of(token, NOW + FRESH - SECOND)
    with pytest.raises(NotAuthenticated):
        provider.claims_of(token, NOW + FRESH)


def test_known_keys_count_while_the_provider_is_away_and_unknown_ones_must_wait():
    with issuing() as issuer:
        provider = Provider(settings.Provider(issuer.address, CLIENT, None, AUDIENCE))
        token, unknown = key().sign(issuer.claims()), key("ec").sign(issuer.claims())
        assert provider.claims_of(token, NOW)
    for later in (PAUSE, PAUSE + SECOND):
        with pytest.raises(Unavailable):
            provider.claims_of(unknown, NOW + later)
        assert provider.claims_of(token, NOW + later)


def test_a_provider_that_was_away_is_asked_again_soon():
    with issuing() as issuer:
        address = issuer.address
    provider = Provider(settings.Provider(address, CLIENT, None, AUDIENCE))
    for later_s in (0, 1):
        with pytest.raises(Unavailable) as e:
            provider.published(NOW + later_s * SECOND)
        assert e.value.errors[0].value == address
    with issuing(int(address.rpartition(":")[2])) as issuer:
        with pytest.raises(Unavailable):
            provider.published(NOW + PAUSE_AFTER_FAILURE - SECOND)
        assert issuer.asked == []
        assert provider.published(NOW + PAUSE_AFTER_FAILURE).token_endpoint == f"{address}/token"


def test_a_slow_provider_holds_few_threads(issuer: Issuer, provider: Provider):
    let_go = issuer.held["/token"] = threading.Event()
    give(issuer)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            waiting = [pool.submit(redeem, provider) for _ in range(AT_ONCE)]
            while issuer.count("/token") < AT_ONCE:
                time.sleep(0.01)
            with pytest.raises(Unavailable):
                redeem(provider)
        finally:
            let_go.set()
        assert {w.result()["sub"] for w in waiting} == {"zhang.wei"}
    assert redeem(provider)["sub"] == "zhang.wei"


def test_who_waits_for_what_another_reads_does_not_wait_for_long(issuer: Issuer, provider: Provider):
    let_go = issuer.held[CONFIGURATION] = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        try:
            first = pool.submit(provider.published, NOW)
            while not issuer.asked:
                time.sleep(0.01)
            with pytest.raises(Unavailable):
                provider.published(NOW)
        finally:
            let_go.set()
        assert provider.published(NOW) == first.result()


BAD_DISCOVERY: dict[str, Callable[[Issuer], None]] = {
    "names another issuer": lambda i: i.discovery.update(issuer="https://elsewhere.example"),
    "names its issuer with a slash": lambda i: i.discovery.update(issuer=i.address + "/"),
    "names no issuer": lambda i: i.discovery.pop("issuer"),
    "keys on an open road": lambda i: i.discovery.update(jwks_uri="http://192.0.2.1/jwks"),
    "tokens on an open road": lambda i: i.discovery.update(token_endpoint="http://192.0.2.1/token"),
    "keys in a file": lambda i: i.discovery.update(jwks_uri="file:///etc/hostname"),
    "no place to sign in": lambda i: i.discovery.pop("authorization_endpoint"),
    "a script for a place": lambda i: i.discovery.update(authorization_endpoint="javascript:alert(1)"),
    "no keys": lambda i: setattr(i, "keys", []),
    "broken keys": lambda i: setattr(i, "keys", [{"kty": "RSA", "kid": "x", "n": 1, "e": None}]),
    "not found": lambda i: i.instead.update({CONFIGURATION: (404, {}, b"")}),
    "no JSON": lambda i: i.instead.update({CONFIGURATION: (200, {}, b"<html>")}),
    "a list": lambda i: i.instead.update({CONFIGURATION: (200, {}, b"[]")}),
    "nested without end": lambda i: i.instead.update({CONFIGURATION: (200, {}, b"[" * 200_000)}),
    "too large": lambda i: i.instead.update({"/jwks": (200, {}, b" " * MOST_BYTES + b'{"keys": []}')}),
    "leads elsewhere": lambda i: i.instead.update({"/jwks": (302, {"Location": f"{i.address}/other"}, b"")}),
}


@pytest.mark.parametrize("spoil", BAD_DISCOVERY.values(), ids=BAD_DISCOVERY.keys())
def test_a_provider_that_publishes_nonsense_cannot_be_used(issuer: Issuer, provider: Provider, spoil):
    issuer.instead["/other"] = (200, {}, json.dumps({"keys": issuer.keys}).encode())
    spoil(issuer)
    with pytest.raises(Unavailable):
        provider.published(NOW)
    assert "/other" not in issuer.asked


def redeem(provider: Provider) -> dict[str, Any]:
    return provider.redeem("code", "verifier", "nonce", "https://grid.example/login/oidc/callback", NOW)


def give(issuer: Issuer, typ: str | None = "JWT", **changes: Any) -> None:
    """Let the token endpoint answer with an ID token."""
    claims = issuer.claims(**({"aud": CLIENT, "nonce": "nonce"} | changes))
    issuer.token = (200, {"access_token": "opaque", "token_type": "Bearer", "id_token": key().sign(claims, typ=typ)})


GOOD_ID: dict[str, dict[str, Any]] = {
    "to the client": {},
    "to the client alone, which asked": {"azp": CLIENT},
    "to two, and we asked": {"aud": [CLIENT, "urn:other"], "azp": CLIENT},
    "to a list of one": {"aud": [CLIENT]},
}
BAD_ID: dict[str, dict[str, Any]] = {
    "of another sign-in": {"nonce": "another"},
    "of no sign-in": {"nonce": None},
    "to another client": {"aud": "stranger"},
    "to the API": {"aud": AUDIENCE},
    "asked for by another client": {"azp": "stranger"},
    "to two, and nobody says who asked": {"aud": [CLIENT, "urn:other"]},
    "of another issuer": {"iss": "https://elsewhere.example"},
    "over": {"exp": -120 * SECOND},
}


@pytest.mark.parametrize("claims", GOOD_ID.values(), ids=GOOD_ID.keys())
def test_a_code_becomes_the_claims_of_its_id_token(issuer: Issuer, provider: Provider, claims):
    give(issuer, **claims)
    assert redeem(provider)["sub"] == "zhang.wei"


@pytest.mark.parametrize("claims", BAD_ID.values(), ids=BAD_ID.keys())
def test_an_id_token_that_is_not_of_this_sign_in_is_refused(issuer: Issuer, provider: Provider, claims):
    give(issuer, **claims)
    with pytest.raises(NotAuthenticated):
        redeem(provider)


ANSWERS: dict[str, tuple[int, dict[str, Any], type[Exception]]] = {
    "the code was used": (400, {"error": "invalid_grant"}, NotAuthenticated),
    "our secret is wrong": (401, {"error": "invalid_client"}, Unavailable),
    "its own fault": (500, {}, Unavailable),
    "no ID token": (200, {"access_token": "opaque"}, NotAuthenticated),
    "an ID token of another kind": (200, {"id_token": {"sub": "zhang.wei"}}, NotAuthenticated),
}


@pytest.mark.parametrize(("status", "body", "error"), ANSWERS.values(), ids=ANSWERS.keys())
def test_what_the_token_endpoint_refuses_is_somebodys_fault(issuer: Issuer, provider: Provider, status, body, error):
    issuer.token = (status, body)
    with pytest.raises(error):
        redeem(provider)


def test_a_code_goes_to_no_other_address(issuer: Issuer, provider: Provider):
    issuer.instead["/token"] = (307, {"Location": f"{issuer.address}/other"}, b"")
    with pytest.raises(Unavailable):
        redeem(provider)
    assert "/other" not in issuer.asked


SECRET = "s+cret %:/é"
BASIC = "Basic " + base64.b64encode(b"gridsvc:s%2Bcret+%25%3A%2F%C3%A9").decode()
WAYS = {
    "without a secret": (None, None, None, CLIENT, None),
    "with one, nothing said": (SECRET, None, BASIC, None, None),
    "with one, both ways": (SECRET, ["client_secret_post", "client_secret_basic"], BASIC, None, None),
    "with one, in the body only": (SECRET, ["client_secret_post"], None, CLIENT, SECRET),
}


@pytest.mark.parametrize(("secret", "ways", "header", "id_", "in_body"), WAYS.values(), ids=WAYS.keys())
def test_we_say_who_we_are_as_the_provider_wants(issuer: Issuer, secret, ways, header, id_, in_body):
    if ways is not None:
        issuer.discovery["token_endpoint_auth_methods_supported"] = ways
    give(issuer)
    redeem(Provider(settings.Provider(issuer.address, CLIENT, secret)))
    assert issuer.authorization == header
    assert (issuer.form.get("client_id"), issuer.form.get("client_secret")) == (id_, in_body)
    assert issuer.form["code_verifier"] == "verifier"
    assert issuer.form["grant_type"] == "authorization_code"
