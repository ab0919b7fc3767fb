"""Listening with patience that ends: connections that only hold a place are closed, good ones never notice.

The server beneath waits for ever for a first request, for the rest of one, and for somebody to read its answer. It
also makes a task of every request, which takes longer than to answer where a point lies: those are answered here.
"""

import resource
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from itertools import count
from socket import socket
from ssl import SSLContext
from typing import Any, ClassVar

from fastapi import Response
from starlette.types import ASGIApp
from uvicorn import Config, Server
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from gridsvc.api.errors import problem
from gridsvc.api.guard import MOST_BYTES_AT, MOST_HEADER_BYTES, too_many_headers
from gridsvc.api.headers import completed, of_data
from gridsvc.api.hot import LONGEST, HotRoute

# After an early answer the rest of a body is still read and thrown away, for callers who read only when all is sent.
_MOST_REQUEST_BYTES = 2 * max(MOST_BYTES_AT.values())
# Shared by all connections there are; what a body has beyond its share the application, whose guard counts too, takes.
_MOST_KEPT_BACK = 128 * 1024 * 1024
# Files that are no connections: the database's, the indexes, the log.
_OTHER_FILES = 256
# From here on two pieces cost less than to join them.
_LONG = 16 * 1024
_serials = count()


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the service waits for the other side, in seconds, and how many connections it holds.

    ``head_s`` from the first moment to the end of a request's headers, ``body_s`` from there to the end of its body,
    however steadily they drip; ``answer_s`` without a byte of an answer being taken.
    """

    head_s: float = 10.0
    body_s: float = 60.0
    answer_s: float = 30.0
    most_connections: int = 4_000


class Listener(Server):
    """A server that looks through its connections ten times a second; a request in one piece costs nothing more."""

    async def on_tick(self, counter: int) -> bool:
        """Close what has been waited for too long, and what is too much."""
        held: Iterable[_Connection] = list(self.server_state.connections)  # type: ignore[arg-type]
        for connection in held:
            connection.look()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """End what has no end of its own, then wait for the rest."""
        app = self.config.app
        if isinstance(app, HotRoute):
            app.parts.feed.end()
        await super().shutdown(sockets)


class _Connection(HttpToolsProtocol):
    """One connection: counts what comes in, and knows what it waits for."""

    patience = Patience()
    # Answers requests that need no task of their own.
    hot: ClassVar[HotRoute | None] = None
    # Those of one server that have such a request in hand. What came in together is worked on in one go and goes out
    # in one go: so the processor is in the network's code once, and the other side is woken once.
    together: ClassVar[list["_Connection"]] = []

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._under_way: object = None
        self._bytes = 0
        self._is_small = True
        # The body, as far as it has come, of a request that the application was not told of.
        self._kept_back: list[bytes] | None = None
        self._in_hand, self._heads, self._room = False, 0, 0
        # How many requests were answered here; and what stands before such an answer, with the server's own headers.
        self._answered, self._head, self._dated = 0, b"", object()
        self.has_asked = False
        self._awaited: Hashable = ("head", None)
        self._since_s = self.loop.time()
        # The loop's time stands still while it takes what waits at the door.
        self.serial = next(_serials)
        if len(self.connections) > self.patience.most_connections:
            _make_room(self.connections)  # type: ignore[arg-type]

    def data_received(self, data: bytes) -> None:
        self._is_small = self._bytes + len(data) <= MOST_HEADER_BYTES
        super().data_received(data)
        answered = self._is_answered()
        under_way = None if answered else self._kept_back if self._kept_back is not None else self.cycle
        if under_way is not self._under_way:
            self._under_way, self._bytes = under_way, 0
        self._bytes += len(data)
        if self._bytes > MOST_HEADER_BYTES and answered and not self._is_thrown_away():
            self._refuse(too_many_headers())
        elif self._bytes > _MOST_REQUEST_BYTES:
            self.transport.abort()

    def on_message_begin(self) -> None:
        if self._in_hand:
            # What was told of the one before is about to be forgotten.
            self.answer_in_hand()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self.has_asked = True
        longest = LONGEST.get(self.url.partition(b"?")[0])
        if longest is not None and self._may_be_kept_back():
            self._kept_back, self._heads = [], len(self.headers)
            self._room = min(longest, _MOST_KEPT_BACK // len(self.connections))
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if self._kept_back is None:
            super().on_body(body)
        else:
            self._kept_back.append(body)
            self._room -= len(body)
            if self._room < 0:
                self._hand_on()

    def on_message_complete(self) -> None:
        if self._kept_back is None:
            super().on_message_complete()
            return
        self._in_hand = True
        if not self.together:
            self.loop.call_soon(_answer_all, self.together)
        self.together.append(self)

    def answer_in_hand(self) -> None:
        """Answer the whole request that is kept back, or let the application do it."""
        if not self._in_hand:
            return
        self._in_hand = False
        if self.transport.is_closing():
            return
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]  # a TypedDict, which nobody else has
        path, _, query = self.url.partition(b"?")
        scope["method"], scope["path"], scope["query_string"] = "POST", path.decode(), query
        body = None
        # Headers that come behind a body are for the application to judge.
        if self.hot is not None and len(self.headers) == self._heads:
            body = self.hot.answer(scope, b"".join(self._kept_back or ()))
        if body is None:
            self._hand_on()
            super().on_message_complete()
            return
        self._kept_back = None
        dated = self.server_state.default_headers
        if dated is not self._dated:
            own = (*dated, (b"content-type", b"application/json"), *of_data(self.scheme or "http"))
            lines = [STATUS_LINE[200], *(b"%b: %b\r\n" % header for header in own), b"content-length: "]
            self._dated, self._head = dated, b"".join(lines)
        head = b"%b%d\r\n\r\n" % (self._head, len(body))
        if len(body) < _LONG:
            self.transport.write(head + body)
        else:
            self.transport.writelines((head, body))
        # No timer is set for each: who goes on to ask nothing is closed like one who never asked.
        self.server_state.total_requests += 1
        self._answered += 1
        self._bytes = 0

    def _may_be_kept_back(self) -> bool:
        """Whether a request is plain HTTP/1.1 with a small head, and nothing before it is under way."""
        return (
            self.hot is not None
            and (self._is_small or len(self.url) + sum(len(k) + len(v) for k, v in self.headers) <= MOST_HEADER_BYTES)
            and self._is_answered()
            and self.parser.get_method() == b"POST"
            and self.parser.get_http_version() == "1.1"
            and self.parser.should_keep_alive()
            and not (self.expect_100_continue or self.parser.should_upgrade() or self.flow.write_paused)
        )

    def _hand_on(self) -> None:
        """Tell the application of a request that was kept back, as far as it has come."""
        pieces, self._kept_back = self._kept_back or (), None
        super().on_headers_complete()
        for piece in pieces:
            super().on_body(piece)

    def shutdown(self) -> None:
        self.answer_in_hand()
        if self._kept_back is not None:
            self._hand_on()
        super().shutdown()

    def send_400_response(self, msg: str) -> None:
        self._refuse(problem(400, "不是有效的 HTTP 请求", "this is no valid HTTP request", []))

    def look(self) -> None:
        """Note what is waited for, and end it where it took too long."""
        awaited, now_s = self._await(), self.loop.time()
        if awaited != self._awaited:
            self._awaited, self._since_s = awaited, now_s
        elif awaited is not None and now_s - self._since_s > getattr(self.patience, f"{awaited[0]}_s"):
            self._give_up(awaited[0])

    def is_idle(self) -> bool:
        """Nothing is being answered here, and it is not over either."""
        return not self.transport.is_closing() and self._is_answered()

    def _is_answered(self) -> bool:
        return self._kept_back is None and (self.cycle is None or self.cycle.response_complete)

    def _await(self) -> tuple[str, object] | None:
        """What the other side has to do next, told apart from any other time; None while it is our turn."""
        unsent, cycle = self.transport.get_write_buffer_size(), self.cycle
        if unsent or self.transport.is_closing():
            return "answer", unsent
        if self._is_answered():
            return ("head", (cycle, self._answered)) if self.timeout_keep_alive_task is None else None
        if self._kept_back is not None:
            return "body", self._answered
        reading = cycle.more_body and not self.flow.read_paused and not self.pipeline
        return ("body", cycle) if reading else None

    def _is_thrown_away(self) -> bool:
        """Whether the rest of a body comes in that was answered before its end."""
        return self.cycle is not None and self.cycle.more_body

    def _give_up(self, what: str) -> None:
        if what == "answer" or (what == "body" and self._kept_back is None and self.cycle.response_started):
            self.transport.abort()
        elif what == "head" and (not self._bytes or self._is_thrown_away()):
            self.transport.close()
        else:
            zh, en = "请求没有在限定时间内发完", "the request did not come to its end in time"
            self._refuse(problem(408, zh, en, []))

    def _refuse(self, answer: Response) -> None:
        """Answer for whoever would have, tell them that the caller is gone, and hang up."""
        if self.cycle is not None and not self.cycle.response_complete:
            started, self.cycle.disconnected = self.cycle.response_started, True
            self.cycle.message_event.set()
            if started:
                self.transport.abort()
                return
        headers = completed(answer.raw_headers, self.scheme or "http")
        head = [b"%b: %b\r\n" % header for header in (*headers, (b"connection", b"close"))]
        self.transport.write(b"".join((STATUS_LINE[answer.status_code], *head, b"\r\n", bytes(answer.body))))
        self.transport.close()


def _answer_all(together: list[_Connection]) -> None:
    asked = together.copy()
    # Emptied first: whoever asks from now on has to see to it that somebody comes again.
    together.clear()
    for connection in asked:
        connection.answer_in_hand()


def _make_room(connections: set[_Connection]) -> None:
    """Close the eldest idle tenth, first those that never asked anything: a good request needs only a moment."""
    idle = sorted((c for c in connections if c.is_idle()), key=lambda c: (c.has_asked, c.serial))
    for connection in idle[: max(1, len(connections) // 10)]:
        connection.transport.abort()


def listener(
    app: ASGIApp, host: str, port: int, tls: SSLContext | None = None,
    patience: Patience = Patience(),
) -> Listener:  # fmt: skip
    """Make the server of an application; ``run()`` serves until the process is told to stop."""
    held = _room_for_files(patience.most_connections)
    own: dict[str, Any] = {"patience": replace(patience, most_connections=held), "together": []}
    if isinstance(app, HotRoute):
        own["hot"] = app
    connection = type("Connection", (_Connection,), own)
    config = Config(
        app, host=host, port=port, http=connection, ws="none", log_level="warning", access_log=False,
        server_header=False, timeout_graceful_shutdown=10, proxy_headers=False,
        ssl_context_factory=None if tls is None else lambda *_: tls,
    )  # fmt: skip
    return Listener(config)


def _room_for_files(wanted: int) -> int:
    """Let this process have as many connections, or as many as the system allows; gives the number."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted + _OTHER_FILES:
        most = wanted + _OTHER_FILES
        soft = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return wanted if soft == resource.RLIM_INFINITY else max(min(wanted, soft - _OTHER_FILES), 1)
