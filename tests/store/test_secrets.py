"""A secret is made once and is the same for every process."""

import threading

from sqlalchemy import Engine

from gridsvc.store.engine import transaction
from gridsvc.store.secrets import secret_of


def test_a_secret_is_made_once_even_when_all_ask_at_once(engine: Engine):
    found, start = [], threading.Barrier(4)

    def ask() -> None:
        start.wait()
        with transaction(engine) as connection:
            found.append(secret_of(connection, "a"))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(found) == 4
    assert len(set(found)) == 1
    assert len(found[0]) == 32
    with transaction(engine) as connection:
        assert secret_of(connection, "b") != found[0] == secret_of(connection, "a")
