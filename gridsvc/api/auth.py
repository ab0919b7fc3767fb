"""Who is calling: by key, by token or cookie of somebody known, or, where that is wanted, anybody on loopback."""

import hashlib
import hmac
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from math import ceil
from typing import NamedTuple

from starlette.requests import HTTPConnection

from gridsvc.api.pace import Pace, Paces
from gridsvc.api.provider import Provider, holds_until
from gridsvc.errors import FieldError, Forbidden, NotAuthenticated, NotFound, TooManyRequests
from gridsvc.rights import Actor, May, Permission, Reach, everything, forbidden
from gridsvc.router import Router
from gridsvc.services.identity import ASK_AGAIN, Identities, Known
from gridsvc.settings import Settings, is_loopback

COOKIE, CSRF = "__Host-gridsvc", "X-CSRF-Token"
FORWARDED = {"forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"}
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# Wrong keys from one address: this many in a burst, then one in ten seconds.
_WRONG_PER_S, _WRONG_BURST_S = 0.1, 200.0
_MOST_READY = 20_000
# What is asked so often that it is answered past the framework.
_AT_ONCE: tuple[Permission, ...] = ("route", "map:read")
# Looks at personal data: forty in a burst, then one in a minute. Who needs more of them needs a list from the city.
_LOOKS_PER_S, _LOOKS_BURST_S = 1 / 60, 2400.0
# Attachments: some hundred in a burst, then one in a second.
_UPLOADS_PER_S, _UPLOADS_BURST_S = 1.0, 300.0
# Pictures drawn for reports: thirty in a burst, then one in two seconds, which is less than one core draws.
_DRAWINGS_PER_S, _DRAWINGS_BURST_S = 0.5, 60.0
# Codes of reporters, from one address: a hundred questions in a burst, then one in a second; of codes that are
# nobody's twenty in a burst, then one in a minute.
_CODES_PER_S, _CODES_BURST_S = 1.0, 100.0
_NO_CODES_PER_S, _NO_CODES_BURST_S = 1 / 60, 1200.0
# A signed token, as it begins and as it is parted; no key of ours looks like it.
_TOKEN = re.compile(r"eyJ[\w-]*\.[\w-]+\.[\w-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, where and when. ``cookie`` is that of the session, None where a key or nothing was shown.

    What is known of him holds until the instant ``until``, if no word of a change comes after that of ``generation``.
    """

    actor: Actor
    district: str
    at: datetime
    until: datetime
    generation: int
    cookie: str | None = None

    def may(self, permission: Permission) -> bool:
        """Whether this may be done somewhere in the district."""
        return self.actor.may(permission, self.district, self.at)

    def reach(self, permission: Permission, room: Router) -> Reach:
        """Give where in the district this may be done; a unit's grant counts for the units under it."""
        return self.actor.reach(permission, room.snapshot.edition.district, self.at, room.snapshot.staff.below)

    def where(self, room: Router) -> May:
        """Give what tells where in the district this may do something; each is worked out once."""

        @cache
        def may(permission: Permission) -> Reach | None:
            return self.reach(permission, room) if self.may(permission) else None

        return may

    def sees_reporters(self, room: Router) -> Reach | None:
        """Give where this may see that somebody reported, and who, masked; None for nowhere."""
        return self.reach("reporter:see", room) if self.may("reporter:see") else None


class _Ready(NamedTuple):
    """What is known of a header: what its bearer may, and until when if no word of a change comes before."""

    may: frozenset[Permission]
    generation: int
    until: datetime
    pace: Pace | None


class Doorkeeper:
    """Admits callers, each at his pace. Safe to share between threads."""

    def __init__(self, settings: Settings, identities: Identities, provider: Provider | None = None) -> None:
        self._settings = settings
        self._identities = identities
        self._provider = provider
        self._paces = Paces()
        self._wrong = Paces()
        self._looks = Paces()
        self._uploads = Paces()
        self._drawings = Paces()
        self._codes = Paces()
        self._no_codes = Paces()
        self._ready: dict[bytes, _Ready] = {}

    def admit(self, asked: HTTPConnection, method: str, district: str, now: datetime) -> Caller:
        """Name the caller of a request, or raise ``NotAuthenticated``, ``Forbidden`` or ``TooManyRequests``.

        A key counts before a cookie. Open access needs both ends on loopback: the caller's address, and the name in
        the address asked for; a page from elsewhere can lead a browser here under its own name, but not under ours.
        There a cookie that opens nothing, left over from another time, is as good as none.
        """
        client = asked.client.host if asked.client else None
        authorization, cookie = asked.headers.get("authorization"), asked.cookies.get(COOKIE)
        if authorization is None and method not in _SAFE:
            refuse_foreign(asked)
        is_open = authorization is None and self._is_open(client, asked)
        generation = self._identities.generation
        demo = Caller(everything("demo"), district, now, now + ASK_AGAIN, generation)
        if cookie is None and is_open:
            return demo
        try:
            known = self._known(authorization, cookie, client, now)
        except NotAuthenticated:
            if is_open:
                return demo
            raise
        # Of the key and not of the header, which can be spelled in many ways.
        credential = cookie if authorization is None else _key_in(authorization)
        pace = self._pace(known, credential)
        _refuse_haste(0.0 if pace is None else pace.wait_s(time.monotonic()))
        until = _until(known, now)
        if authorization is not None:
            # Spelled in the plain way alone: one key in all its spellings would fill the memory.
            may = frozenset(one for one in _AT_ONCE if known.actor.may(one, district, now))
            if authorization == f"Bearer {credential}" and may:
                if len(self._ready) >= _MOST_READY:
                    self._ready = {}
                self._ready[authorization.encode("latin-1")] = _Ready(may, generation, until, pace)
            return Caller(known.actor, district, now, until, generation)
        if method not in _SAFE:
            _refuse_unsaid(asked, cookie or "")
        return Caller(known.actor, district, now, until, generation, cookie)

    def still_admits(self, caller: Caller, now: datetime) -> bool:
        """Whether who was admitted before would be again, with the same rights, without asking anybody."""
        return caller.generation == self._identities.generation and now < caller.until

    def may_at_once(self, permission: Permission, authorization: bytes, now: datetime) -> bool:
        """Whether who shows this header is known to be allowed this, and in time; asks nobody.

        The header is looked up by a keyed hash of its own, so that the time it takes tells nothing of others.
        """
        ready = self._ready.get(authorization)
        if (
            ready is None
            or permission not in ready.may
            or ready.generation != self._identities.generation
            or now >= ready.until
        ):
            return False
        return ready.pace is None or ready.pace.wait_s(time.monotonic()) == 0.0

    def pace_looks(self, caller: Caller) -> None:
        """Count one look at personal data; raises ``TooManyRequests`` where there were too many, by whatever key."""
        pace = self._looks.of(caller.actor.name, _LOOKS_PER_S, _LOOKS_BURST_S)
        _refuse_haste(pace.wait_s(time.monotonic()))

    def pace_uploads(self, caller: Caller) -> None:
        """Count one attachment that comes in; raises ``TooManyRequests`` where there were too many."""
        pace = self._uploads.of(caller.actor.name, _UPLOADS_PER_S, _UPLOADS_BURST_S)
        _refuse_haste(pace.wait_s(time.monotonic()))

    def pace_drawings(self, caller: Caller) -> None:
        """Count one picture that is drawn; raises ``TooManyRequests`` where there were too many."""
        pace = self._drawings.of(caller.actor.name, _DRAWINGS_PER_S, _DRAWINGS_BURST_S)
        _refuse_haste(pace.wait_s(time.monotonic()))

    @contextmanager
    def pacing_codes(self, asked: HTTPConnection) -> Iterator[None]:
        """Count one question by a reporter's code, and once more if the code is nobody's: ``NotFound`` inside.

        Raises ``TooManyRequests``. Whoever guessed too often is not even told of a code that is somebody's.
        """
        client = asked.client.host if asked.client else None
        _refuse_haste(self._codes.of(client, _CODES_PER_S, _CODES_BURST_S).wait_s(time.monotonic()))
        wrong = self._no_codes.of(client, _NO_CODES_PER_S, _NO_CODES_BURST_S)
        _refuse_haste(wrong.ahead_s(time.monotonic()))
        try:
            yield
        except NotFound:
            wrong.wait_s(time.monotonic())
            raise

    def _is_open(self, client: str | None, asked: HTTPConnection) -> bool:
        # What came through a proxy came from elsewhere, whatever the proxy says of it.
        direct = FORWARDED.isdisjoint(asked.headers.keys())
        return self._settings.open_access and direct and is_loopback(client) and _is_local(asked.url.hostname)

    def _known(self, authorization: str | None, cookie: str | None, client: str | None, now: datetime) -> Known:
        if authorization is None:
            if cookie is None:
                raise _no_key()
            return self._identities.of_session(cookie, now)
        try:
            key = _key_in(authorization)
            if self._provider is not None and _TOKEN.fullmatch(key):
                return self._of_token(self._provider, key, now)
            return self._identities.of_key(key, now)
        except NotAuthenticated:
            # Cookies that are over do not count: an office behind one address comes back with many every morning.
            _refuse_haste(self._wrong.of(client, _WRONG_PER_S, _WRONG_BURST_S).wait_s(time.monotonic()))
            raise

    def _of_token(self, provider: Provider, token: str, now: datetime) -> Known:
        claims = provider.claims_of(token, now)
        actor = self._identities.of_subject(provider.about.issuer, claims["sub"], now)
        return Known(actor, expires_at=holds_until(claims, now))

    def _pace(self, known: Known, credential: object) -> Pace | None:
        if known.is_unlimited:
            return None
        rate_per_s = known.rate_per_s or self._settings.rate_per_s
        return self._paces.of((credential, rate_per_s), rate_per_s)


def csrf_of(cookie: str) -> str:
    """The word that a page of ours must say with every change, made of its session's cookie, which it cannot read."""
    return hmac.new(cookie.encode("utf-8", "surrogateescape"), b"csrf", hashlib.sha256).hexdigest()


def require(caller: Caller, permission: Permission) -> None:
    """Raise ``Forbidden``, which names what is missing, where this may be done nowhere in the district."""
    if not caller.may(permission):
        raise forbidden(permission, caller.district)


def _key_in(authorization: str) -> str:
    scheme, _, key = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise _no_key()
    return key.strip()


def _is_local(host: str | None) -> bool:
    return host in (None, "localhost") or is_loopback(host)


def _until(known: Known, now: datetime) -> datetime:
    """The first instant after now at which what is known may be otherwise without any word of it."""
    edges = [edge for g in known.actor.grants for edge in (g.valid_from, g.valid_to)] + [known.expires_at]
    return min([now + ASK_AGAIN, *(edge for edge in edges if edge is not None and edge > now)])


def refuse_foreign(asked: HTTPConnection) -> None:
    """Refuse a change that another site's page asks for through the browser of somebody who is at home here."""
    origin = asked.headers.get("origin")
    if origin is not None and origin.partition("://")[2].lower() != asked.headers.get("host", "").lower():
        mend = ("从本站页面操作，或用密钥", "do it from a page of this site, or with a key")
        raise Forbidden("请求来自其他网站", "this comes from another site", [FieldError("Origin", origin, *mend)])


def _refuse_unsaid(asked: HTTPConnection, cookie: str) -> None:
    """Refuse a change without the session's word: whoever cannot read our pages cannot say it."""
    if not hmac.compare_digest(asked.headers.get(CSRF, "").encode(), csrf_of(cookie).encode()):
        mend = ("带上 GET /v1/me 给出的 csrf", "send the csrf that GET /v1/me gives")
        raise Forbidden("请求可能来自其他网站", "this may come from another site", [FieldError(CSRF, None, *mend)])


def _refuse_haste(wait_s: float) -> None:
    if wait_s > 0.0:
        whole_s = ceil(wait_s)
        error = FieldError("Retry-After", whole_s, f"{whole_s} 秒后再试", f"try again in {whole_s} s")
        raise TooManyRequests("请求过于频繁", "too many requests", [error], retry_after_s=whole_s)


def _no_key() -> NotAuthenticated:
    mend = ("带上 Authorization: Bearer KEY，或先登录", "send Authorization: Bearer KEY, or sign in")
    error = FieldError("Authorization", None, *mend)
    return NotAuthenticated("需要有效的密钥或登录", "a valid key or session is needed", [error])
