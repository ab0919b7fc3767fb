"""What became of an edition's areas in the next one: found when it is published, kept beside it for good."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from gridsvc.spatial.succession import Successor, successions, successors
from gridsvc.store import dated_sets
from gridsvc.store import successors as store
from gridsvc.store.areas import read_edition
from gridsvc.store.dated_sets import DatedSet
from gridsvc.store.engine import transaction

# The finest step of the database's time.
_TICK = timedelta(microseconds=1)


def keep_successors(connection: Connection, draft: DatedSet, start: datetime) -> None:
    """Find and store what becomes of the areas of the edition that holds until a draft does; nothing if none does."""
    before = dated_sets.held_at(connection, "edition", start - _TICK, draft.district)
    if before is not None and before.id != draft.id:
        found = successions(read_edition(connection, before), read_edition(connection, draft))
        store.write_successors(connection, draft.id, before.id, successors(found))


def page_of_successors(
    engine: Engine, edition: DatedSet, layer: str | None, after_id: int, limit: int
) -> tuple[str | None, list[tuple[int, Successor]]]:
    """Give one page of what is stored, one more than ``limit`` if there is a next page, and the edition before.

    Nothing is stored for the first edition, nor where every area was kept.
    """
    with transaction(engine) as connection:
        rows = store.page_of_successors(connection, edition.id, layer, after_id, limit + 1)
        return store.predecessor_of(connection, edition.id), rows
