"""New reports: cases, answers to their keys and histories, written at one go since others wait for their turn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from gridsvc.casework.case import Entry
from gridsvc.casework.private import PrivateRow
from gridsvc.store.cases import CASE, StoredCase, rows_of
from gridsvc.store.copy import insert
from gridsvc.store.histories import ENTRY, TURN, row_of
from gridsvc.store.private import PRIVATE, kept_of
from gridsvc.store.secrets import secret_of
from gridsvc.store.tables import case, case_history, case_private, idempotency

_ANSWER = ("actor", "key", "body_hash", "case_id", "answer")


@dataclass(frozen=True, slots=True)
class NewReport:
    """A case with its first entries, what is private of it, and the answer to the key of who reported it."""

    case: StoredCase
    entries: Sequence[Entry]
    private: PrivateRow
    actor: str
    key: str
    body_hash: bytes
    answer: Mapping[str, Any]


def write_reports(connection: Connection, reports: Sequence[NewReport]) -> None:
    """Append cases with all that belongs to them; their months must exist.

    As after :func:`gridsvc.store.histories.write_entries` do nothing that could wait for somebody.
    """
    private = {r.case.id: r.private for r in reports}
    is_against = any(row.subject is not None for row in private.values())
    insert(
        connection,
        (case_private, PRIVATE, kept_of(private, secret_of(connection, "subject") if is_against else b"")),
        (case, CASE, rows_of([r.case for r in reports])),
        (idempotency, _ANSWER, [(r.actor, r.key, r.body_hash, r.case.id, dict(r.answer)) for r in reports]),
        TURN,
        (case_history, ENTRY, [row_of(entry) for r in reports for entry in r.entries]),
    )
