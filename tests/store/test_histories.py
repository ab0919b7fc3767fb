"""Entries become visible in the order of their sequence, whoever wrote them first; and who listens is told."""

import threading
from selectors import EVENT_READ, DefaultSelector
from uuid import uuid4

from sqlalchemy import Engine, select

from gridsvc.casework.case import append
from gridsvc.store.engine import transaction
from gridsvc.store.histories import write_entries
from gridsvc.store.months import ensure_months
from gridsvc.store.notices import CASES
from gridsvc.store.tables import case_history

from .conftest import NOON


def some(name: str) -> list:
    return [append([], uuid4(), NOON, name, "reported", {})]


def test_who_writes_second_is_seen_second(engine: Engine):
    """While one transaction has written and not ended, another one waits, and cannot be seen before it."""
    with transaction(engine) as connection:
        ensure_months(connection, [NOON])
    writing, waited = threading.Event(), threading.Event()

    def second() -> None:
        writing.wait(10)
        with transaction(engine) as connection:
            write_entries(connection, some("second"))
            # The first one's commit came before this moment, or the lock is none.
            seen = connection.execute(select(case_history.c.actor).order_by(case_history.c.seq)).scalars().all()
            assert seen == ["first", "second"]
            waited.set()

    thread = threading.Thread(target=second)
    thread.start()
    with transaction(engine) as connection:
        write_entries(connection, some("first"))
        writing.set()
        assert not waited.wait(0.3)
    thread.join(10)
    assert waited.is_set()


def test_who_listens_is_told_when_it_is_committed(engine: Engine):
    with engine.connect() as listening:
        driver = listening.connection.driver_connection
        driver.autocommit = True
        with driver.cursor() as cursor:
            cursor.execute(f"LISTEN {CASES}")
        with transaction(engine) as connection:
            ensure_months(connection, [NOON])
        with transaction(engine) as connection:
            write_entries(connection, some("demo"))
            driver.poll()
            assert driver.notifies == []
        with DefaultSelector() as word:
            word.register(driver, EVENT_READ)
            word.select(10)
        driver.poll()
        assert [n.channel for n in driver.notifies] == [CASES]
