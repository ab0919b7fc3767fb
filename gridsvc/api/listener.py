"""Listening with patience that ends: connections that only hold a place are closed, good ones never notice.

The server beneath waits for ever for a first request, for the rest of one, and for somebody to read its answer.
"""

import resource
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from itertools import count
from ssl import SSLContext
from typing import Any

from fastapi import Response
from starlette.types import ASGIApp
from uvicorn import Config, Server
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from gridsvc.api.errors import problem
from gridsvc.api.guard import MOST_BYTES_AT, MOST_HEADER_BYTES, too_many_headers
from gridsvc.api.headers import completed

# After an early answer the rest of a body is still read and thrown away, for callers who read only when all is sent.
_MOST_REQUEST_BYTES = 2 * max(MOST_BYTES_AT.values())
# Files that are no connections: the database's, the indexes, the log.
_OTHER_FILES = 256
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


class _Connection(HttpToolsProtocol):
    """One connection: counts what comes in, and knows what it waits for."""

    patience = Patience()

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._under_way: object = None
        self._bytes = 0
        self._awaited: Hashable = ("head", None)
        self._since_s = self.loop.time()
        # The loop's time stands still while it takes what waits at the door.
        self.serial = next(_serials)
        if len(self.connections) > self.patience.most_connections:
            _make_room(self.connections)  # type: ignore[arg-type]

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        cycle = self.cycle
        answered = cycle is None or cycle.response_complete
        under_way = None if answered else cycle
        if under_way is not self._under_way:
            self._under_way, self._bytes = under_way, 0
        self._bytes += len(data)
        if self._bytes > MOST_HEADER_BYTES and answered and not self._is_thrown_away():
            self._refuse(too_many_headers())
        elif self._bytes > _MOST_REQUEST_BYTES:
            self.transport.abort()

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
        return self.cycle is None or self.cycle.response_complete

    def _await(self) -> tuple[str, object] | None:
        """What the other side has to do next, told apart from any other time; None while it is our turn."""
        unsent, cycle = self.transport.get_write_buffer_size(), self.cycle
        if unsent or self.transport.is_closing():
            return "answer", unsent
        if self._is_answered():
            return ("head", cycle) if self.timeout_keep_alive_task is None else None
        reading = cycle.more_body and not self.flow.read_paused and not self.pipeline
        return ("body", cycle) if reading else None

    def _is_thrown_away(self) -> bool:
        """Whether the rest of a body comes in that was answered before its end."""
        return self.cycle is not None and self.cycle.more_body

    def _give_up(self, what: str) -> None:
        if what == "answer" or (what == "body" and self.cycle.response_started):
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


def _make_room(connections: set[_Connection]) -> None:
    """Close the eldest idle tenth, first those that never asked anything: a good request needs only a moment."""
    idle = sorted((c for c in connections if c.is_idle()), key=lambda c: (c.cycle is not None, c.serial))
    for connection in idle[: max(1, len(connections) // 10)]:
        connection.transport.abort()


def listener(
    app: ASGIApp, host: str, port: int, tls: SSLContext | None = None,
    patience: Patience = Patience(),
) -> Listener:  # fmt: skip
    """Make the server of an application; ``run()`` serves until the process is told to stop."""
    held = _room_for_files(patience.most_connections)
    connection = type("Connection", (_Connection,), {"patience": replace(patience, most_connections=held)})
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
