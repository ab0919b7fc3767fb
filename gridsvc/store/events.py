"""Entries of all histories in the order in which they were committed, each with what a receiver asks of its case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, bindparam, func, select

from gridsvc.store.tables import case, case_history

_OF_CASE = ("id", "number", "version", "status", "unit", "category", "district", "areas", "parties", "reported_by")


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of a history, without what it says, and the case as it stands at the time of reading.

    ``seq`` counts the entries of all cases in the order of their commits, ``n`` those of the case. ``lights`` are those
    of clocks, where the entry notes some, ``rung`` to whom it escalates. ``areas``, ``parties`` and ``reported_by`` say
    whose reach it is within.
    """

    seq: int
    n: int
    kind: str
    at: datetime
    lights: Sequence[Mapping[str, Any]] | None
    rung: str | None
    id: UUID
    number: str
    version: int
    status: str
    unit: str | None
    category: str
    district: str
    areas: Mapping[str, str]
    parties: frozenset[str]
    reported_by: str
    lon: float
    lat: float


def read_events(connection: Connection, after: int, most: int) -> list[Event]:
    """Give the first ``most`` entries after a number, in the order of their commits.

    What was brought in from elsewhere has numbers below zero: it happened to nobody who follows.
    """
    return _events(connection, max(after, 0), most)


def read_event(connection: Connection, seq: int) -> Event:
    """Give the entry with this number."""
    return next(e for e in _events(connection, seq - 1, 1) if e.seq == seq)


def last_seq(connection: Connection, but: int = 0) -> int:
    """Give the number of the last entry, or of the one so many before it; 0 where there is none."""
    seq = case_history.c.seq
    query = select(seq).where(seq > 0).order_by(seq.desc()).offset(but).limit(1)
    return connection.execute(query).scalar_one_or_none() or 0


def _events(connection: Connection, after: int, most: int) -> list[Event]:
    rows = connection.execute(_after(), {"after": after, "most": most}).mappings()
    return [Event(**dict(row) | {"parties": frozenset(row["parties"])}) for row in rows]


@lru_cache(maxsize=1)
def _after() -> Select[Any]:
    """The statement, made once: it is asked after every commit, and making it takes longer than asking."""
    # Limited before the join, so that a month's index gives the entries in order and each case is looked up.
    entries = select(case_history).where(case_history.c.seq > bindparam("after"))
    first = entries.order_by(case_history.c.seq).limit(bindparam("most")).subquery()
    place = func.ST_X(case.c.geom).label("lon"), func.ST_Y(case.c.geom).label("lat")
    own = (first.c[name] for name in ("seq", "n", "kind", "at"))
    said = first.c.payload["lights"].label("lights"), first.c.payload["request", "rung"].astext.label("rung")
    query = select(*own, *said, *(case.c[n] for n in _OF_CASE), *place)
    # Cases first: whoever makes the partitions of a month locks the two tables in this order.
    return query.join_from(case, first, case.c.id == first.c.case_id).order_by(first.c.seq)
