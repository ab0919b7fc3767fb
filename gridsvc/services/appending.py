"""Appends an entry to a case's history, and lets its row say what that adds up to."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gridsvc.casework.case import Entry, State, append, fold
from gridsvc.store.cases import STANDING, StoredCase, write_standing
from gridsvc.store.histories import write_entries


def append_to(
    connection: Connection, case: StoredCase, entries: Sequence[Entry], kind: str, payload: Mapping[str, Any],
    actor: str, at: datetime,
) -> StoredCase:  # fmt: skip
    """Append one entry to the history of a case that nobody else changes meanwhile, and give the case as it is then.

    ``entries`` are all that it has. The month of ``at`` must exist. Do nothing after it that could wait for somebody
    (:func:`gridsvc.store.histories.write_entries`).
    """
    entry = append(entries, case.id, at, actor, kind, payload)
    changed = replace(case, **standing(fold([*entries, entry])))
    write_standing(connection, changed)
    write_entries(connection, [entry])
    return changed


def standing(state: State) -> dict[str, Any]:
    """Give what the row of a case says of what its history adds up to, by the names of its fields."""
    return {name: getattr(state, name) for name in STANDING} | {"decision": state.decision or {}}
