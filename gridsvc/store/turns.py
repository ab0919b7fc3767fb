"""Cases whose clocks turn a light: they are taken in portions, and nobody waits for those that another has taken."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, func, select

from gridsvc.store.tables import case


def take_turning(connection: Connection, at: datetime, most: int) -> list[tuple[UUID, str]]:
    """Take cases with a light to be noted by an instant, those that have waited longest: ids and districts.

    Nobody else changes them until the transaction ends. Those that somebody else is changing are left out.
    """
    query = select(case.c.id, case.c.district).where(case.c.turn_at <= at).order_by(case.c.turn_at, case.c.id)
    return [(r.id, r.district) for r in connection.execute(query.limit(most).with_for_update(skip_locked=True))]


def count_turning(connection: Connection, at: datetime) -> int:
    """Count the cases with a light to be noted by an instant."""
    return int(connection.execute(select(func.count()).select_from(case).where(case.c.turn_at <= at)).scalar_one())
