"""``POST /v1/route`` past the framework, which takes many times as long as the decision itself.

Only what can be answered is answered here, by the same model, key check and routing as in ``routes/route.py``. Whatever
is wrong or unusual with a request goes on to that route as if nobody had looked at it, so that every refusal is made
in one place.
"""

from collections.abc import Generator, Mapping
from datetime import datetime
from types import coroutine

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gridsvc.answer import Explain
from gridsvc.api.deps import Parts
from gridsvc.api.guard import MOST_HEADERS
from gridsvc.api.headers import of_data
from gridsvc.api.remembered import Remembered
from gridsvc.api.routes.route import met
from gridsvc.api.schemas.route import RouteFields, read_route
from gridsvc.router import Router

PATH = "/v1/route"
_JSON = (b"content-type", b"application/json")
_PLAIN = {"point", "category"}
# Bytes of a body that comes in pieces; no single point needs as many.
LARGEST = 64 * 1024
EXPLAIN: Mapping[bytes, Explain] = {
    b"": "short", b"explain=none": "none", b"explain=short": "short", b"explain=full": "full",
}  # fmt: skip


class HotRoute:
    """Answers good requests for one route; hands every other request on to the application behind it."""

    def __init__(self, app: ASGIApp, parts: Parts) -> None:
        self.app = app
        self.parts = parts
        self._remembered = Remembered()
        # Threads of its own: the others may all be waiting for the database.
        self._askers = CapacityLimiter(parts.settings.pool_size)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        messages, size = [message := await receive()], 0
        while (
            message.get("more_body", False)
            and (size := size + len(message.get("body", b""))) <= LARGEST
            and not _is_announced_longer(scope)
        ):
            messages.append(message := await receive())
        try:
            answer = self._at_once(scope, messages)
            if not isinstance(answer, bytes):
                answer = await self._later(*answer)
        except Exception:
            # Be it a refusal or a fault: the ordinary route meets it again and answers for it.
            await self.app(scope, _replayed(messages, receive), send)
            return
        # All that came in together is answered before anything goes out: the listener is woken once for all.
        await _others_first()
        headers = [_JSON, (b"content-length", b"%d" % len(answer)), *of_data(scope["scheme"])]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    def _at_once(self, scope: Scope, messages: list[Message]) -> "bytes | tuple[RouteFields, Explain, datetime]":
        """Write the answer if nothing must be waited for, else give what is asked; raises what speaks against it."""
        explain = EXPLAIN[scope["query_string"]]
        headers = dict(scope["headers"])
        last = messages[-1]
        if (
            headers[b"content-type"].partition(b";")[0] != b"application/json"
            # Whether headers may come twice, and in what a body may be wrapped, is for the guard to say.
            or not len(headers) == len(scope["headers"]) <= MOST_HEADERS
            or b"content-encoding" in headers
            or last["type"] != "http.request"
            or last.get("more_body", False)
        ):
            raise ValueError("not for this way")
        # One instant admits the caller, chooses the edition and dates the question.
        now = self.parts.now()
        self._check_caller(scope, headers, now)
        body = read_route(last["body"] if len(messages) == 1 else b"".join([m.get("body", b"") for m in messages]))
        if body.edition is not None:
            raise ValueError("whether it is a draft, and the caller's to see, is asked in one place")
        room = self.parts.current.at_hand(body.at or now)
        return (body, explain, now) if room is None else self._written(room, body, explain, now)

    async def _later(self, body: RouteFields, explain: Explain, now: datetime) -> bytes:
        """Answer by a router that only the database can name; no other request may wait for that."""
        room = await run_sync(self.parts.current.get, None, body.at, now, limiter=self._askers)
        return self._written(room, body, explain, now)

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
            if not doorkeeper.may_route(authorization, now):
                raise ValueError("not known yet")
        elif b"cookie" in headers or b"x-forwarded-for" in headers:
            # Whom a proxy speaks for is found out on the ordinary way.
            raise ValueError("not for this way")
        else:
            doorkeeper.admit(HTTPConnection(scope), "POST", current.district() or "", now)


@coroutine
def _others_first() -> Generator[None, None, None]:
    """Hand the loop back once, as ``asyncio.sleep(0)`` does with more steps."""
    yield


def _is_announced_longer(scope: Scope) -> bool:
    """Whether the guard may have something to say before the rest of a body comes."""
    length = dict(scope["headers"]).get(b"content-length", b"0")
    return not length.isdigit() or len(length) > 5


def _replayed(messages: list[Message], receive: Receive) -> Receive:
    """Let somebody else receive what was received here."""

    async def again() -> Message:
        return messages.pop(0) if messages else await receive()

    return again
