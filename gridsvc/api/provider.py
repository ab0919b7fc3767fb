"""The city's OpenID provider as we see it: what it publishes, what it gives for a code, and whether it made a token.

It knows neither accounts nor sessions. Requests go only to what the provider itself names, and follow no redirect.
"""

import base64
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.client import HTTPException
from typing import Any
from urllib.parse import quote_plus, urlencode
from urllib.request import HTTPErrorProcessor, Request, build_opener

import jwt

from gridsvc import settings
from gridsvc.errors import FieldError, NotAuthenticated, NotFound, Unavailable
from gridsvc.settings import is_protected
from gridsvc.values import storable

# Signatures that whoever can check them cannot make. An RSA key that names no algorithm counts as RS256.
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
# RFC 9068 asks for the first two; many providers still write JWT, or nothing.
ACCESS_TOKEN, ANY_TOKEN = ("at+jwt", "application/at+jwt"), ("jwt", "")
OF_ID_TOKENS = {"nonce", "at_hash"}
LEEWAY_S = 30
# A provider that is slow must not hold all threads that everybody else is served by.
TIMEOUT_S, WAIT_S, AT_ONCE = 5.0, 1.0, 8
MOST_BYTES = 512 * 1024
FRESH = timedelta(hours=1)
# An unknown key sends us to the provider again, but whoever invents keys must not send us there all the time.
PAUSE = timedelta(minutes=1)
PAUSE_AFTER_FAILURE = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Published:
    """What the provider published of itself, as it was read at an instant."""

    authorization_endpoint: str
    token_endpoint: str
    takes_basic: bool
    keys: Mapping[str | None, jwt.PyJWK]
    read_at: datetime

    def serves(self, now: datetime, kids: set[str | None]) -> bool:
        """Whether it is still fresh and has these keys."""
        return now - self.read_at < FRESH and self.keys.keys() >= kids


class Provider:
    """Asks the provider of the settings; threads may share it."""

    def __init__(self, about: settings.Provider) -> None:
        self.about = about
        self._opener = build_opener(_AsItCame)
        self._last: Published | None = None
        self._reading = threading.Lock()
        self._asking = threading.BoundedSemaphore(AT_ONCE)
        self._quiet_until: datetime | None = None
        self._down = False

    def published(self, now: datetime, *kids: str | None) -> Published:
        """Give what the provider publishes, at most an hour old; raises ``Unavailable`` where it cannot be had.

        It is asked again for a key that is not there, but not too often: the key may be missing from the answer.
        """
        known = self._last
        if known is not None and known.serves(now, set(kids)):
            return known
        if not self._reading.acquire(timeout=WAIT_S):
            raise self._unavailable("尚未应答", "it has not answered yet")
        try:
            known = self._last
            if known is not None and known.serves(now, set(kids)):  # somebody asked while we waited
                return known
            if self._quiet_until is None or now >= self._quiet_until:
                self._quiet_until, self._down = now + PAUSE_AFTER_FAILURE, True
                self._last = known = self._read(now)
                self._quiet_until, self._down = now + PAUSE, False
            if known is None or self._down:
                raise self._unavailable("刚才没有应答", "it did not answer a moment ago")
            return known
        finally:
            self._reading.release()

    def claims_of(self, token: str, now: datetime) -> dict[str, Any]:
        """Give the claims of an access token for the API, or raise ``NotAuthenticated``.

        The provider has signed it, it is made out to our audience (if none is set, to our client), and it is an access
        token: of type ``at+jwt``; of type ``JWT`` or none only without ``nonce`` and ``at_hash``, which ID tokens have.
        """
        header, claims = self._verified(token, self.about.audience or self.about.client_id, now)
        kind = str(header.get("typ") or "").lower()
        if kind in ACCESS_TOKEN or (kind in ANY_TOKEN and not OF_ID_TOKENS & claims.keys()):
            return claims
        raise refused("这不是访问令牌", "this is no access token")

    def redeem(self, code: str, verifier: str, nonce: str, redirect_uri: str, now: datetime) -> dict[str, Any]:
        """Exchange an authorization code for the claims of the ID token, or raise ``NotAuthenticated``."""
        about, published = self.about, self.published(now)
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        form |= {"code_verifier": verifier, "client_id": about.client_id}
        headers = {"Accept": "application/json"}
        if about.client_secret is not None and published.takes_basic:
            del form["client_id"]
            pair = f"{quote_plus(about.client_id)}:{quote_plus(about.client_secret)}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        elif about.client_secret is not None:
            form["client_secret"] = about.client_secret
        answer = self._ask(Request(published.token_endpoint, urlencode(form).encode(), headers))
        _, claims = self._verified(str(answer.get("id_token")), about.client_id, now)
        if claims.get("nonce") != nonce:
            raise refused("身份令牌属于另一次登录", "the ID token belongs to another sign-in")
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if several else about.client_id) != about.client_id:
            raise refused("身份令牌是发给其他应用的", "the ID token was made for another client")
        return claims

    def _verified(self, token: str, audience: str, now: datetime) -> tuple[dict[str, Any], dict[str, Any]]:
        """Header and claims of a token that the provider signed for this audience, and that holds now."""
        try:
            header = jwt.get_unverified_header(token)
            kid = header.get("kid")
            key = self.published(now, kid).keys.get(kid)
            if key is None:
                raise refused("身份提供方没有这把密钥", "the provider has no such key")
            claims = jwt.decode(
                token, key, algorithms=ALGORITHMS, audience=audience, issuer=self.about.issuer, leeway=LEEWAY_S,
                options={"require": ["exp", "iat", "iss", "aud", "sub"], "enforce_minimum_key_length": True},
            )  # fmt: skip
        except jwt.PyJWTError as e:
            raise refused(f"令牌不可用（{e}）", f"the token cannot be used ({e})") from None
        if not claims["sub"] or not storable(claims["sub"]):
            raise refused("令牌没有写明是谁", "the token names nobody")
        return header, claims

    def _read(self, now: datetime) -> Published:
        issuer = self.about.issuer
        found = self._ask(Request(issuer.rstrip("/") + "/.well-known/openid-configuration"))
        if (told := found.get("issuer")) != issuer:
            raise self._unavailable(f"它自称 {told!r}", f"it calls itself {told!r}")
        addresses = [str(found.get(name)) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
        for address in addresses:
            if not is_protected(address):
                raise self._unavailable(f"它给出的地址不可用 {address!r}", f"it names the address {address!r}")
        try:
            keys = jwt.PyJWKSet.from_dict(self._ask(Request(addresses[2]))).keys
        except jwt.PyJWTError as e:
            raise self._unavailable(f"它的密钥不可用（{e}）", f"its keys cannot be used ({e})") from None
        usable = {k.key_id: k for k in keys if k.public_key_use in ("sig", None)}
        # Where nothing is said, OpenID Connect Discovery 1.0 means this way.
        ways = found.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        return Published(addresses[0], addresses[1], "client_secret_basic" in ways, usable, now)

    def _ask(self, request: Request) -> dict[str, Any]:
        """Send one request and read a JSON object; only for a code that does not hold is the caller to blame."""
        if not self._asking.acquire(blocking=False):
            raise self._unavailable("等候它的请求过多", "too many are waiting for it already")
        try:
            with self._opener.open(request, timeout=TIMEOUT_S) as answer:
                # What goes on beyond that is cut off, and then no JSON any more.
                status, found = answer.status, _object(answer.read(MOST_BYTES))
        except (OSError, HTTPException) as e:
            raise self._unavailable(str(e), str(e)) from None
        finally:
            self._asking.release()
        if found.get("error") == "invalid_grant":
            raise refused("授权码已用过、过期或不属于本应用", "the code was used before, is too old or is not for us")
        if status != 200 or not found:
            told = f"{status} {found.get('error', '')}"
            raise self._unavailable(f"应答不可用（{told}）", f"its answer cannot be used ({told})")
        return found

    def _unavailable(self, zh: str, en: str) -> Unavailable:
        mend = (
            "稍后再试；仍不行请管理员检查相应设置和网络",
            "try again later; then let an administrator check settings and network",
        )
        error = FieldError("GRIDSVC_OIDC_ISSUER", self.about.issuer, *mend)
        return Unavailable(f"身份提供方暂不可用：{zh}", f"the identity provider cannot be used now: {en}", [error])


class _AsItCame(HTTPErrorProcessor):
    """Every answer as it came: nothing of ours follows a redirect to where the provider's document did not point."""

    def http_response(self, request: Request, response: Any) -> Any:
        return response

    https_response = http_response


def _object(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def holds_until(claims: Mapping[str, Any], now: datetime) -> datetime:
    """Give the instant from which good claims hold no more, an hour from now at the latest."""
    left_s = int(claims["exp"]) + LEEWAY_S - now.timestamp()
    return now + timedelta(seconds=min(left_s, FRESH.total_seconds()))


def no_provider() -> NotFound:
    """Make the refusal where the settings name no provider."""
    return NotFound("未配置统一身份登录", "no identity provider is set (GRIDSVC_OIDC_ISSUER)")


def refused(zh: str, en: str) -> NotAuthenticated:
    """Make the refusal of a token or of a sign-in."""
    error = FieldError("token", None, "重新登录，或取得新的令牌", "sign in again, or get a new token")
    return NotAuthenticated(f"身份未得到确认：{zh}", f"the identity is not confirmed: {en}", [error])
