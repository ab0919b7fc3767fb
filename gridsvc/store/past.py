"""Past cases brought in at once: the server takes what was made of some of them while the next are made."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple

from sqlalchemy import Connection, text

from gridsvc.casework.case import Entry
from gridsvc.casework.private import PrivateRow
from gridsvc.store.cases import CASE, StoredCase, values_of
from gridsvc.store.copy_binary import copy_packed, pack_rows
from gridsvc.store.histories import ENTRY, row_of
from gridsvc.store.private import PRIVATE, kept_of
from gridsvc.store.secrets import secret_of
from gridsvc.store.tables import case, case_history, case_private

# Imports take their places in the order of entries one after the other; any fixed number.
_PAST_LOCK = 7_305_846
_NUMBERED = ("seq", *ENTRY)
_TABLES = (case, CASE), (case_history, _NUMBERED), (case_private, PRIVATE)


class PastRow(NamedTuple):
    """A case with its whole history and what is private of it."""

    case: StoredCase
    entries: Sequence[Entry]
    private: PrivateRow


@contextmanager
def writing(connection: Connection, n: int) -> Iterator[Callable[[Sequence[PastRow]], None]]:
    """Append past cases with ``n`` entries in all, some at a time, for as long as the block lasts; no other writes.

    Their entries stand in the order of ``seq`` before all that the service lived to see, at numbers below zero: so they
    keep nobody waiting, and whoever follows what happens never meets them.
    """
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _PAST_LOCK})
    least = connection.execute(text("SELECT least(min(seq), 1) FROM case_history")).scalar_one()
    numbers = iter(range(least - n, least))

    key = secret_of(connection, "subject")
    under_way: list[Future[None]] = []

    def write(rows: Sequence[PastRow]) -> None:
        """Pack rows, and hand them over as soon as the server has those before them."""
        entries = ((next(numbers), *row_of(entry)) for row in rows for entry in row.entries)
        packed = (
            pack_rows(case, CASE, values_of([row.case for row in rows])),
            pack_rows(case_history, _NUMBERED, entries),
            pack_rows(case_private, PRIVATE, kept_of({row.case.id: row.private for row in rows}, key)),
        )
        wait()
        under_way.append(pool.submit(send, packed))

    def send(packed: Sequence[bytes]) -> None:
        for (table, columns), rows in zip(_TABLES, packed, strict=True):
            copy_packed(connection, table, columns, rows)

    def wait() -> None:
        while under_way:
            under_way.pop().result()

    with ThreadPoolExecutor(1) as pool:
        yield write
        wait()
