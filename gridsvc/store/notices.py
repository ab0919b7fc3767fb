"""Word from the database that something changed, at the instant it is committed, over a connection of its own."""

import selectors
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
from psycopg2 import sql
from sqlalchemy import Engine

# Whoever changes what editions hold, or makes a draft, says so here; whoever records a component, or does what is
# audited (and so whatever changes somebody's rights), there. Who writes into a case's history says so to CASES.
EDITIONS, COMPONENTS, AUDIT = "gridsvc_edition", "gridsvc_component", "gridsvc_audit"
CASES = "gridsvc_case"
# A server that is gone without a word is missed after about 25 s.
_ALIVE = {"keepalives": 1, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
LISTENER = "gridsvc listener"


@contextmanager
def listening(engine: Engine) -> Iterator[Any]:
    """Open a psycopg2 connection (untyped there) beside the pool of an engine, which hears all of our channels.

    Raises ``psycopg2.Error`` where that is not possible. What was said before is not heard: look for yourself.
    """
    _, where = engine.dialect.create_connect_args(engine.url)
    connection = psycopg2.connect(**{"connect_timeout": 10, "application_name": LISTENER} | _ALIVE | dict(where))
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for channel in (EDITIONS, COMPONENTS, AUDIT, CASES):
                cursor.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
        yield connection
    finally:
        connection.close()


def wait_for_word(connection: Any, stop: Any, timeout_s: float) -> set[str]:
    """Wait until something is said, ``stop`` can be read from, or the time is up; give the channels of what was said.

    Raises ``psycopg2.Error`` where the connection is lost.
    """
    if not connection.notifies:
        # Not by select(), which takes no descriptor beyond 1023: a busy process has more.
        with selectors.DefaultSelector() as selector:
            for source in (connection, stop):
                selector.register(source, selectors.EVENT_READ)
            ready = [key.fileobj for key, _ in selector.select(timeout_s)]
        if connection in ready:
            connection.poll()
    said = {notice.channel for notice in connection.notifies}
    connection.notifies.clear()
    return said
