"""``POST /v1/route`` and its batches past the framework and its tasks, which take longer than to decide; and tiles.

Only what can be answered at once is answered here, by the same model, key check and routing as in ``routes/route.py``.
Whatever is wrong or unusual with a request goes to that route as if nobody had looked at it, so that every refusal is
made in one place.
"""

from collections.abc import Mapping
from datetime import datetime
from time import perf_counter

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from gridsvc.answer import Explain
from gridsvc.api.batches import Asked, json_at_once
from gridsvc.api.deps import Parts
from gridsvc.api.guard import MOST_HEADERS
from gridsvc.api.hot_tiles import tile_at_once
from gridsvc.api.remembered import Remembered
from gridsvc.api.routes.route import met
from gridsvc.api.schemas.route import RouteFields, read_route
from gridsvc.router import Router

PATH, BATCH = "/v1/route", "/v1/route/batch"
# The longest body that is answered here: what comes meanwhile waits, so a batch of about ten thousand points may not.
LONGEST: Mapping[bytes, int] = {PATH.encode(): 64 * 1024, BATCH.encode(): 256 * 1024}
_PLAIN = {"point", "category"}
EXPLAIN: Mapping[bytes, Explain] = {
    b"": "short", b"explain=none": "none", b"explain=short": "short", b"explain=full": "full",
}  # fmt: skip


class HotRoute:
    """An application with a short way to one of its routes, for the listener; all else goes in by the front."""

    def __init__(self, app: ASGIApp, parts: Parts) -> None:
        self.app = app
        self.parts = parts
        self._remembered = Remembered()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for a tile, or leave it to the application behind."""
        if scope["type"] == "http" and (told := await tile_at_once(self.parts, scope)) is not None:
            for message in told:
                await send(message)
        else:
            await self.app(scope, receive, send)

    def answer(self, scope: Scope, body: bytes) -> bytes | None:
        """Write the body of the answer to a good ``POST`` for either; None leaves it to the application behind.

        ``body`` is the whole of the request's. Nothing is waited for, and the database is never asked.
        """
        began_s, is_batch = perf_counter(), scope["path"] == BATCH
        try:
            told = self._batch(scope, body) if is_batch else self._answered(scope, body)
        except Exception:
            # Be it a refusal or a fault: the ordinary route meets it again and answers for it.
            return None
        if told is not None and is_batch:
            self.parts.measures.answered("POST", BATCH, 200, perf_counter() - began_s)
        elif told is not None:
            self.parts.measures.decided(perf_counter() - began_s)
        return told

    def _answered(self, scope: Scope, content: bytes) -> bytes | None:
        explain = EXPLAIN[scope["query_string"]]
        # One instant admits the caller, chooses the edition and dates the question.
        now = self.parts.now()
        if not self._may_be_asked(scope, now):
            return None
        body = read_route(content)
        room = self._room(body, now)
        return None if room is None else self._written(room, body, explain, now)

    def _batch(self, scope: Scope, content: bytes) -> bytes | None:
        """Answer a batch all of whose rows are known."""
        now = self.parts.now()
        if scope["query_string"] or not self._may_be_asked(scope, now):
            return None
        asked = Asked.at_once(content)
        if asked is None:
            return None
        room = self._room(asked, now)
        return None if room is None else json_at_once(room, asked, asked.at or now)

    def _may_be_asked(self, scope: Scope, now: datetime) -> bool:
        """Whether the headers are plain, and those of JSON; a caller who may not is refused."""
        headers = dict(scope["headers"])
        if (
            headers[b"content-type"].partition(b";")[0] != b"application/json"
            # Whether headers may come twice, and in what a body may be wrapped, is for the guard to say.
            or not len(headers) == len(scope["headers"]) <= MOST_HEADERS
            or b"content-encoding" in headers
            or b"arrow" in headers.get(b"accept", b"")
        ):
            return False
        self._check_caller(scope, headers, now)
        return True

    def _room(self, body: RouteFields | Asked, now: datetime) -> Router | None:
        """The router that a request means, where it is at hand."""
        if body.edition is not None or body.ruleset is not None:
            # Whether one is a draft, and the caller's to see, is asked in one place.
            return None
        return self.parts.current.at_hand(body.at or now)

    def _written(self, room: Router, body: RouteFields, explain: Explain, now: datetime) -> bytes:
        point = body.point
        if body.__pydantic_fields_set__ <= _PLAIN and point.crs == "wgs84":
            known = self._remembered.of_place(room, point.x, point.y, body.category, now, explain)
            if known is not None:
                return known
        return self._remembered.answer(room, met(room, body, now), explain)

    def _check_caller(self, scope: Scope, headers: Mapping[bytes, bytes], now: datetime) -> None:
        """Refuse whom the ordinary route refuses or has not admitted yet; the database is never asked here."""
        authorization = headers.get(b"authorization")
        doorkeeper, current = self.parts.doorkeeper, self.parts.current
        if authorization is not None:
            if not doorkeeper.may_at_once("route", authorization, now):
                raise ValueError("not known yet")
        elif b"cookie" in headers or b"x-forwarded-for" in headers:
            # Whom a proxy speaks for is found out on the ordinary way.
            raise ValueError("not for this way")
        else:
            doorkeeper.admit(HTTPConnection(scope), "POST", current.district() or "", now)
