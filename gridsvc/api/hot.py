"""``POST /v1/route`` past the framework, which takes many times as long as the decision itself.

Only what can be answered is answered here, by the same model, key check and routing as in ``routes/route.py``. Whatever
is wrong or unusual with a request goes on to that route as if nobody had looked at it, so that every refusal is made
in one place.
"""

from collections.abc import Mapping

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gridsvc.answer import Explain
from gridsvc.api.auth import actor_of
from gridsvc.api.deps import Parts
from gridsvc.api.remembered import Remembered
from gridsvc.api.routes.route import met
from gridsvc.api.schemas.route import read_route

PATH = "/v1/route"
# Bytes of a body that comes in pieces; no single point needs as many.
LARGEST = 64 * 1024
EXPLAIN: Mapping[bytes, Explain] = {
    b"": "short", b"explain=none": "none", b"explain=short": "short", b"explain=full": "full",
}  # fmt: skip


class HotRoute:
    """Answers good requests for one route; hands every other request on to the application behind it."""

    def __init__(self, app: ASGIApp, parts: Parts) -> None:
        self._app = app
        self._parts = parts
        self._remembered = Remembered()
        # Threads of its own: the others may all be waiting for the database.
        self._askers = CapacityLimiter(parts.settings.pool_size)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        messages, size = [message := await receive()], 0
        while message.get("more_body", False) and (size := size + len(message.get("body", b""))) <= LARGEST:
            messages.append(message := await receive())
        answer = await self._answer(scope, messages)
        if answer is None:
            await self._app(scope, _replayed(messages, receive), send)
            return
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(answer))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    async def _answer(self, scope: Scope, messages: list[Message]) -> bytes | None:
        explain = EXPLAIN.get(scope["query_string"])
        # Of headers that come twice the first counts.
        headers = dict(reversed(scope["headers"]))
        is_json = headers.get(b"content-type", b"").partition(b";")[0] == b"application/json"
        last = messages[-1]
        if explain is None or not is_json or last["type"] != "http.request" or last.get("more_body", False):
            return None
        try:
            _check_key(self._parts, scope, headers.get(b"authorization"))
            body = read_route(b"".join([m.get("body", b"") for m in messages]))
            current = self._parts.current
            room = current.at_hand(body.at) if body.edition is None else None
            if room is None:
                # Only this asks the database, and no other request may wait for it.
                room = await run_sync(current.get, body.edition, body.at, limiter=self._askers)
            return self._remembered.answer(room, met(room, body, self._parts.now()), explain)
        except Exception:
            # Be it a refusal or a fault: the ordinary route meets it again and answers for it.
            return None


def _check_key(parts: Parts, scope: Scope, authorization: bytes | None) -> None:
    key = None if authorization is None else authorization.decode("latin-1")
    # Where the caller is counts only for open access, and takes longer to find out than the key to compare.
    host = HTTPConnection(scope).url.hostname if parts.settings.open_access else None
    client = scope.get("client")
    actor_of(parts.settings, key, client[0] if client else None, host)


def _replayed(messages: list[Message], receive: Receive) -> Receive:
    """Let somebody else receive what was received here."""

    async def again() -> Message:
        return messages.pop(0) if messages else await receive()

    return again
