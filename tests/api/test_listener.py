"""Connections that only hold a place: answered or closed in the end, and never in the way of a good request."""

import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from gridsvc.api.listener import Patience
from tests.served import heard, served, spoken

SHORT = Patience(head_s=0.5, body_s=0.5, answer_s=0.5)
LIVE = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
POST = b"POST /v1/route%b HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n%b\r\n"


@pytest.fixture(scope="module")
def port(reader_url: str) -> Iterator[int]:
    with served(reader_url, SHORT) as found:
        yield found


@pytest.fixture(scope="module")
def narrow(reader_url: str) -> Iterator[int]:
    """A service that is patient, but holds few connections."""
    with served(reader_url, Patience(most_connections=20)) as found:
        yield found


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def problem(answer: bytes) -> dict[str, object]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head
    assert b"x-content-type-options: nosniff" in head
    assert b"connection: close" in head
    return json.loads(body)


SLOW = {
    "nothing": b"",
    "half a line": b"GET /hea",
    "a header without end": b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-",
    "a body that does not come": POST % (b"", b"Content-Length: 100\r\n") + b'{"point"',
    "a body elsewhere": POST % (b"/batch", b"Content-Length: 100\r\n"),
    "pieces without end": POST % (b"", b"Transfer-Encoding: chunked\r\n") + b"5\r\n     \r\n",
}


@pytest.mark.parametrize("sent", SLOW.values(), ids=SLOW)
def test_who_does_not_go_on_is_told_so_and_hung_up_on(port: int, sent: bytes):
    answer = spoken(port, sent)
    if not sent:
        assert answer == b""
    else:
        assert status(answer) == 408
        assert problem(answer)["status"] == 408


def test_two_hundred_slow_connections_keep_nobody_waiting_and_are_closed(port: int):
    with ExitStack() as stack:
        slow = []
        for i in range(200):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
            connection.sendall(list(SLOW.values())[i % len(SLOW)])
            slow.append(connection)
        assert status(spoken(port, LIVE)) == 200
        ends = [heard(connection) for connection in slow]
    assert {status(end) for end in ends if end} == {408}


def test_a_body_that_drips_steadily_comes_to_its_end_too(port: int):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(POST % (b"", b"Content-Length: 1000000\r\n"))
        connection.settimeout(0.1)
        answer = b""
        for _ in range(200):
            try:
                connection.sendall(b" ")
                answer = connection.recv(65536)
            except TimeoutError:
                continue
            break
    assert status(answer) == 408


def test_who_does_not_read_the_answer_is_hung_up_on(port: int):
    """An answer larger than what the two systems keep between them."""
    n = 100_000
    body = json.dumps({"x": [120.25] * n, "y": [30.31] * n, "crs": "wgs84", "category": "06010"}).encode()
    head = POST % (b"/batch", b"Content-Length: %d\r\n" % len(body))
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(20)
        connection.connect(("127.0.0.1", port))
        connection.sendall(head + body)
        first = connection.recv(64)
        assert status(first) == 200
        # Not a byte more is taken until the service has lost its patience, which others can see by asking it.
        with socket.create_connection(("127.0.0.1", port), timeout=20) as idle:
            assert heard(idle) == b""
        with socket.create_connection(("127.0.0.1", port), timeout=20) as idle:
            assert heard(idle) == b""
        whole = first + heard(connection)
    promised = re.search(rb"content-length: (\d+)", whole)
    assert promised is not None
    assert len(whole) < int(promised[1])


def test_a_connection_that_is_kept_may_be_used_again(port: int):
    ask = LIVE.replace(b"Connection: close\r\n", b"")
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        for _ in range(3):
            connection.sendall(ask)
            assert status(connection.recv(65536)) == 200
        connection.sendall(ask[:20])
        assert status(heard(connection)) == 408


def test_where_connections_are_too_many_the_idle_make_room(narrow: int):
    with ExitStack() as stack:
        idle = [stack.enter_context(socket.create_connection(("127.0.0.1", narrow), timeout=20)) for _ in range(60)]
        assert status(spoken(narrow, LIVE)) == 200
        assert heard(idle[0]) == b""


def test_the_rest_of_a_body_that_was_refused_is_let_by(port: int):
    """Whoever reads only when all is sent still finds out what was wrong."""
    body = b" " * 3_000_000
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(POST % (b"", b"Content-Length: %d\r\n" % len(body)) + body)
        assert status(connection.recv(65536)) == 413
        connection.sendall(LIVE)
        assert status(heard(connection)) == 200


def test_who_keeps_asking_is_kept_and_who_stops_is_closed_without_a_word(port: int):
    asked = json.dumps({"point": {"x": 120.2452226, "y": 30.3089842, "crs": "wgs84"}}).encode()
    whole = POST % (b"", b"Content-Length: %d\r\n" % len(asked)) + asked
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        for _ in range(10):
            connection.sendall(whole)
            answer = connection.recv(65536)
            assert status(answer) == 200
            # Together this is longer than anybody may be silent.
            time.sleep(SHORT.head_s / 4)
        assert heard(connection) == b""
