"""A token counts only where everything about it is right: who signed it, for whom, for what, and when."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gridsvc import settings
from gridsvc.api.provider import Provider
from gridsvc.errors import NotAuthenticated

from .oidc.issuer import AUDIENCE, CLIENT, Issuer, Key, issuing, key

NOW = datetime.now(UTC)
SECOND = timedelta(seconds=1)
CONFIGURATION = "/.well-known/openid-configuration"


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuing() as running:
        running.keys = [key(kid).public() for kid in ("rsa", "pss", "ec", "ed")]
        yield running


@pytest.fixture
def provider(issuer: Issuer) -> Provider:
    return Provider(settings.Provider(issuer.address, CLIENT, None, AUDIENCE))


GOOD = {
    "RS256": ("rsa", {}, {}),
    "PS256": ("pss", {}, {}),
    "ES256": ("ec", {}, {}),
    "EdDSA": ("ed", {}, {}),
    "the longer type": ("rsa", {}, {"typ": "application/at+jwt"}),
    "type in capitals": ("rsa", {}, {"typ": "AT+JWT"}),
    "plain type": ("rsa", {}, {"typ": "JWT"}),
    "no type": ("rsa", {}, {"typ": None}),
    "one audience of several": ("rsa", {"aud": ["urn:other", AUDIENCE]}, {}),
    "asked for by another client": ("rsa", {"azp": "field-app", "client_id": "field-app"}, {}),
    "a nonce in what says that it is an access token": ("rsa", {"nonce": "n"}, {}),
    "over for ten seconds": ("rsa", {"exp": -10 * SECOND}, {}),
    "made in ten seconds": ("rsa", {"iat": 10 * SECOND, "nbf": 10 * SECOND}, {}),
}


@pytest.mark.parametrize(("kid", "claims", "header"), GOOD.values(), ids=GOOD.keys())
def test_a_good_access_token_says_who_it_is(issuer: Issuer, provider: Provider, kid, claims, header):
    token = key(kid).sign(issuer.claims(**claims), **header)
    assert provider.claims_of(token, NOW)["sub"] == "zhang.wei"


BAD_CLAIMS: dict[str, dict[str, Any]] = {
    "made out to another": {"aud": "urn:other"},
    "made out to others": {"aud": ["urn:other", "urn:third"]},
    "made out to the client, not the API": {"aud": CLIENT},
    "made out to a part of our name": {"aud": AUDIENCE[:-1]},
    "made out to nobody": {"aud": None},
    "made out to an empty list": {"aud": []},
    "audience of another kind": {"aud": {AUDIENCE: True}},
    "of another issuer": {"iss": "https://elsewhere.example"},
    "of no issuer": {"iss": None},
    "over": {"exp": -120 * SECOND},
    "without an end": {"exp": None},
    "end of another kind": {"exp": ["2099"]},
    "endless": {"exp": "Infinity"},
    "not yet": {"nbf": 120 * SECOND},
    "made in the future": {"iat": 120 * SECOND},
    "not said when made": {"iat": None},
    "of nobody": {"sub": None},
    "of an empty name": {"sub": ""},
    "of a number": {"sub": 7},
    "of a name that cannot be stored": {"sub": "zhang\x00wei"},
}


@pytest.mark.parametrize("changes", BAD_CLAIMS.values(), ids=BAD_CLAIMS.keys())
def test_a_token_with_wrong_claims_is_refused(issuer: Issuer, provider: Provider, changes):
    with pytest.raises(NotAuthenticated):
        provider.claims_of(signed(key(), issuer.claims(**changes)), NOW)


def test_the_issuers_name_counts_to_the_letter(issuer: Issuer, provider: Provider):
    with pytest.raises(NotAuthenticated):
        provider.claims_of(key().sign(issuer.claims(iss=issuer.address + "/")), NOW)


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(by: Key, claims: dict[str, Any], **header: Any) -> str:
    """Sign by hand what the library would not."""
    head = {"alg": by.alg, "kid": by.kid, "typ": "at+jwt"} | header
    text = f"{b64(json.dumps(head).encode())}.{b64(json.dumps(claims).encode())}"
    algorithm = jwt.get_algorithm_by_name(by.alg)
    return f"{text}.{b64(algorithm.sign(text.encode(), by.private))}"


def unsigned(claims: dict[str, Any], alg: str) -> str:
    head = {"alg": alg, "kid": "rsa", "typ": "at+jwt"}
    return f"{b64(json.dumps(head).encode())}.{b64(json.dumps(claims).encode())}."


def by_public_key(claims: dict[str, Any], secret: bytes) -> str:
    """HS256 with what everybody knows of the provider's key as its secret."""
    head = {"alg": "HS256", "kid": "rsa", "typ": "at+jwt"}
    text = f"{b64(json.dumps(head).encode())}.{b64(json.dumps(claims).encode())}"
    return f"{text}.{b64(hmac.digest(secret, text.encode(), hashlib.sha256))}"


def pem() -> bytes:
    return key().private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def spoilt(token: str) -> str:
    """The token with another subject and the old signature."""
    head, body, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    return f"{head}.{b64(json.dumps(claims | {'sub': 'li.na'}).encode())}.{signature}"


FORGED: dict[str, Callable[[Issuer], str]] = {
    "alg none": lambda i: unsigned(i.claims(), "none"),
    "alg NoNe": lambda i: unsigned(i.claims(), "NoNe"),
    "no signature": lambda i: unsigned(i.claims(), "RS256"),
    "HS256 by the public key": lambda i: by_public_key(i.claims(), pem()),
    "HS256 by the published key": lambda i: by_public_key(i.claims(), json.dumps(key().public()).encode()),
    "HS256 by nothing": lambda i: by_public_key(i.claims(), b""),
    "by a thief in the name of a published key": lambda i: signed(key("thief"), i.claims(), kid="rsa"),
    "by a thief whose key is in the header": lambda i: signed(
        key("thief"), i.claims(), kid="rsa", jwk=key("thief").public()
    ),
    "by a thief whose key is elsewhere": lambda i: signed(key("thief"), i.claims(), jku="http://127.0.0.1:1/jwks"),
    "by an unknown key": lambda i: key("thief").sign(i.claims()),
    "without a key's name": lambda i: key().sign(i.claims(), kid=None),
    "key's name of another kind": lambda i: signed(key(), i.claims(), kid=["rsa"]),
    "by one key in the name of another": lambda i: signed(key("ec"), i.claims(), kid="rsa"),
    "another algorithm than the key's": lambda i: Key(key().private, "PS256", "rsa").sign(i.claims()),
    "another hash than ours": lambda i: Key(key().private, "RS512", "rsa").sign(i.claims()),
    "changed after signing": lambda i: spoilt(key().sign(i.claims())),
    "critical extension": lambda i: signed(key(), i.claims(), crit=["exp"]),
    "an ID token": lambda i: key().sign(i.claims(nonce="n"), typ="JWT"),
    "an ID token of a flow without nonce": lambda i: key().sign(i.claims(at_hash="h"), typ=None),
    "a logout token": lambda i: key().sign(i.claims(events={}), typ="logout+jwt"),
    "type of another kind": lambda i: signed(key(), i.claims(), typ={"at": "jwt"}),
    "no claims": lambda i: signed(key(), []),
    "nothing": lambda i: "",
    "two dots": lambda i: "..",
    "no token": lambda i: "a.b.c",
    "no ASCII": lambda i: "é.é.é",
    "header nested without end": lambda i: f"{b64(b'[' * 100_000)}.e30.e30",
}  # fmt: skip


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
def test_what_the_provider_did_not_sign_for_us_is_refused(issuer: Issuer, provider: Provider, forge):
    assert provider.claims_of(key().sign(issuer.claims()), NOW)
    with pytest.raises(NotAuthenticated):
        provider.claims_of(forge(issuer), NOW)
    assert set(issuer.asked) == {CONFIGURATION, "/jwks"}


KEYS_NOT_FOR_SIGNATURES = {
    "for encryption": {"use": "enc"},
    "of another algorithm": {"alg": "RS384"},
}


def test_a_symmetric_key_that_is_published_proves_nothing(issuer: Issuer, provider: Provider):
    shared = {"kty": "oct", "k": b64(b"a" * 32), "alg": "HS256", "kid": "rsa"}
    issuer.keys = [shared]
    with pytest.raises(NotAuthenticated):
        provider.claims_of(by_public_key(issuer.claims(), b"a" * 32), NOW)


@pytest.mark.parametrize("members", KEYS_NOT_FOR_SIGNATURES.values(), ids=KEYS_NOT_FOR_SIGNATURES.keys())
def test_a_key_that_is_not_for_our_signatures_proves_nothing(issuer: Issuer, provider: Provider, members):
    issuer.keys = [key().public(**members), key("ec").public()]
    with pytest.raises(NotAuthenticated):
        provider.claims_of(key().sign(issuer.claims()), NOW)


def test_a_short_key_proves_nothing(issuer: Issuer, provider: Provider):
    weak = key("rsa-weak", 1024)
    issuer.keys = [weak.public()]
    with pytest.raises(NotAuthenticated):
        provider.claims_of(signed(weak, issuer.claims()), NOW)


def test_without_an_audience_of_their_own_tokens_are_made_out_to_the_client(issuer: Issuer):
    provider = Provider(settings.Provider(issuer.address, CLIENT))
    assert provider.claims_of(key().sign(issuer.claims(aud=CLIENT)), NOW)
    with pytest.raises(NotAuthenticated):
        provider.claims_of(key().sign(issuer.claims(aud=AUDIENCE)), NOW)
