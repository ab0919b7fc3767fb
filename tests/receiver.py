"""A receiver of webhooks on a free port of loopback: keeps what it was sent, and answers as it is told to."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

Answer = Callable[[dict[str, Any]], int | None]


class Message(NamedTuple):
    """One request: its headers in lower case, the body as it came, and what that says."""

    headers: dict[str, str]
    body: bytes
    event: dict[str, Any]


class Receiver:
    """What was received, and what is answered: a status for each event, None for no answer at all."""

    def __init__(self, address: str) -> None:
        self.url = f"{address}/hook?key=of-the-address"
        self.messages: list[Message] = []
        self.answer: Answer = lambda event: 204
        self.over = threading.Event()
        self.lock = threading.Lock()

    def told(self) -> list[tuple[str, str]]:
        """Number of the case and kind of entry of everything that came, in the order in which it came."""
        return [(m.event["subject"], m.event["type"].removeprefix("gridsvc.case.")) for m in self.messages]

    def forget(self) -> None:
        self.messages = []


@contextmanager
def receiver(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Listen, as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            event = json.loads(body)
            with own.lock:
                own.messages.append(Message({k.lower(): v for k, v in self.headers.items()}, body, event))
            status = own.answer(event)
            if status is None:
                own.over.wait(30.0)
                self.close_connection = True
                return
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", own.url)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """Whoever hangs up in the middle, or before it began, is no fault of a test."""

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    own = Receiver(f"{'http' if tls is None else 'https'}://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield own
    finally:
        own.over.set()
        server.shutdown()
        server.server_close()
        thread.join(10.0)
