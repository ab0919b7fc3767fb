"""The service as it is served: a real listener on a free port of loopback, in a thread of this process."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from starlette.types import ASGIApp

from gridsvc.api.app import create_app
from gridsvc.api.listener import Patience, listener
from tests.conftest import NOON, settings_for


@contextmanager
def served(
    url: str, patience: Patience | None = None, tls: ssl.SSLContext | None = None, **changes: Any
) -> Iterator[int]:
    """Serve a database's city; gives the port."""
    with listening(create_app(settings_for(**changes), url, lambda: NOON), patience, tls) as port:
        yield port


@contextmanager
def listening(app: ASGIApp, patience: Patience | None = None, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Serve an application; gives the port."""
    server = listener(app, "127.0.0.1", 0, tls, patience or Patience())
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(timeout=20)


def spoken(port: int, *sent: bytes, timeout_s: float = 20.0) -> bytes:
    """Everything that comes back on one connection until the other side closes it, empty if it just hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout_s) as connection:
        try:
            for part in sent:
                connection.sendall(part)
        except OSError:
            pass  # hung up before the end, perhaps with an answer
        return heard(connection)


def heard(connection: socket.socket) -> bytes:
    """What comes until the other side closes."""
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)
