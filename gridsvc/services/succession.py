"""What became of an edition's areas in the next one: found when it is published, kept beside it for good."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from gridsvc.spatial.succession import Successor, successions, successors
from gridsvc.store import dated_sets
from gridsvc.store import successors as store
from gridsvc.store.areas import read_edition
from gridsvc.store.dated_sets import DatedSet
from gridsvc.store.engine import transaction

log = logging.getLogger("gridsvc")
# The finest step of the database's time.
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Lineage:
    """What became of the areas of an edition in a draft; ``rows`` is None where that could not be found."""

    draft: DatedSet
    before: DatedSet
    rows: list[Successor] | None

    def write(self, connection: Connection) -> None:
        """Store it beside the draft, if it could be found."""
        if self.rows is not None:
            store.write_successors(connection, self.draft.id, self.before, self.rows)


def is_current(lineage: Lineage | None, draft: DatedSet, before: DatedSet | None) -> bool:
    """Whether it was found of these two and of what the draft has now in it; none is due where none is before."""
    if lineage is None or before is None:
        return lineage is None and before is None
    found = (lineage.draft.id, lineage.draft.content_hash, lineage.before.id)
    return found == (draft.id, draft.content_hash, before.id)


def before_of(connection: Connection, edition: DatedSet, start: datetime | None) -> DatedSet | None:
    """Give the edition that holds, as is known now, until this one begins at ``start``; None where none does."""
    if start is None:
        return None
    return dated_sets.held_at(connection, "edition", start - _TICK, edition.district)


def edition_before_code(engine: Engine, found: DatedSet, now: datetime) -> str | None:
    """Give the code of the edition that one follows: of a draft that is what will hold until it begins, else now."""
    with transaction(engine) as connection:
        if found.published_at is not None:
            before = before_of(connection, found, found.holds_from)
        else:
            start = max(found.valid_from or now, now)
            before = dated_sets.held_at(connection, "edition", start, found.district)
        return None if before is None or before.code == found.code else before.code


def find_lineage(engine: Engine, draft: DatedSet, before: DatedSet, progress: Callable[[str], None]) -> Lineage:
    """Find what becomes of the areas of an edition in a draft: seconds to minutes, so nobody is kept waiting for it.

    It is only derived from both. So a fault in it is logged and stops no publication; nothing is stored then.
    """
    with transaction(engine) as connection:
        old, new = read_edition(connection, before), read_edition(connection, draft)
    try:
        return Lineage(draft, before, successors(successions(old, new, progress=progress)))
    except Exception:
        log.exception("no successors are stored: %s and %s cannot be compared", before.code, draft.code)
        return Lineage(draft, before, None)


def page_of_successors(
    engine: Engine, edition: DatedSet, layer: str | None, after_id: int, limit: int
) -> tuple[str | None, str | None, list[tuple[int, Successor]]]:
    """Give the edition before, the one that was compared, and a page of what was found, one more row than ``limit``.

    Before is what holds until this one begins, as is known now. Compared was what did when it was published: None for
    the first edition, or where it could not be compared. Areas that were kept have no row.
    """
    with transaction(engine) as connection:
        before = before_of(connection, edition, edition.holds_from)
        rows = store.page_of_successors(connection, edition.id, layer, after_id, limit + 1)
        return before.code if before else None, store.compared_with(connection, edition.id), rows
