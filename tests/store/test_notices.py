"""Word from the database is heard, also beside as many open descriptors as a busy process has."""

import fcntl
import resource
import socket
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from gridsvc.store.notices import CASES, COMPONENTS, EDITIONS, listening, wait_for_word

MANY = 1500  # more than select() takes


@pytest.fixture
def stop() -> Iterator[tuple[socket.socket, socket.socket]]:
    """What is written to and what is waited for; the latter has a high descriptor."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard <= MANY:
        pytest.skip("this machine allows too few descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard if soft <= MANY else soft, hard))
    ours, low = socket.socketpair()
    with ours, low, socket.socket(fileno=fcntl.fcntl(low.fileno(), fcntl.F_DUPFD_CLOEXEC, MANY)) as high:
        yield ours, high
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_without_a_word_the_time_is_up(engine: Engine, stop: tuple[socket.socket, socket.socket]):
    with listening(engine) as line:
        assert not wait_for_word(line, stop[1], 0.0)


@pytest.mark.parametrize("channel", [EDITIONS, COMPONENTS, CASES])
def test_a_word_is_heard_once(engine: Engine, stop: tuple[socket.socket, socket.socket], channel: str):
    with listening(engine) as line:
        with engine.begin() as connection:
            connection.execute(text(f"NOTIFY {channel}"))
        assert [wait_for_word(line, stop[1], most_s) for most_s in (20.0, 0.0)] == [{channel}, set()]


def test_whoever_waits_can_be_stopped(engine: Engine, stop: tuple[socket.socket, socket.socket]):
    with listening(engine) as line:
        stop[0].shutdown(socket.SHUT_RDWR)
        assert not wait_for_word(line, stop[1], 3600.0)
