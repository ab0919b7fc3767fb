"""Counts of the whole installation for whoever watches it; no rights, no names."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from gridsvc.store.case_lists import OPEN, shows, undecided
from gridsvc.store.event_tables import delivery
from gridsvc.store.events import last_seq
from gridsvc.store.tables import case


@dataclass(frozen=True, slots=True)
class Load:
    """Open cases by district and status, and of them by district those overdue and those nobody answers for yet.

    ``last_event`` is the number of the newest event. ``waiting`` and ``dead`` are messages to subscribers that are to
    be tried again, and that were given up.
    """

    open: dict[tuple[str, str], int]
    overdue: dict[str, int]
    undecided: dict[str, int]
    last_event: int
    waiting: int
    dead: int


def load(connection: Connection, now: datetime) -> Load:
    """Count, in one look at the open cases."""
    late, desk = func.count().filter(shows("red", now)), func.count().filter(undecided())
    query = select(case.c.district, case.c.status, func.count(), late, desk).where(case.c.status.in_(OPEN))
    rows = connection.execute(query.group_by(case.c.district, case.c.status)).all()
    counted: dict[tuple[str, str], int] = {}
    overdue: dict[str, int] = {}
    unsettled: dict[str, int] = {}
    for district, status, n, red, nobody in rows:
        counted[district, status] = n
        overdue[district] = overdue.get(district, 0) + red
        unsettled[district] = unsettled.get(district, 0) + nobody
    dead = delivery.c.dead_at.is_not(None)
    waiting, given_up = connection.execute(select(func.count().filter(~dead), func.count().filter(dead))).one()
    return Load(counted, overdue, unsettled, last_seq(connection), waiting, given_up)
