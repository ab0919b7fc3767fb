"""Histories as they are counted: of the cases that may matter for a period, without what counting does not need."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from sqlalchemy import Connection, func, or_, select, text

from gridsvc.casework.case import OVER
from gridsvc.casework.facts import History, Step
from gridsvc.store.tables import case, case_history

# Texts, seals and all but the last list of clocks stay where they are: they are most of what a history weighs. A case
# matters that is open, or of which something happened in the period, or of which something was due in it.
_TOLD = text("""
SELECT c.number, h.case_id, h.n, h.at, h.actor, h.kind, jsonb_strip_nulls(jsonb_build_object(
  'category', h.payload->'category', 'source', h.payload->'source', 'lon', h.payload->'lon', 'lat', h.payload->'lat',
  'attributes', h.payload->'attributes', 'point', CASE WHEN h.kind = 'correct' THEN h.payload->'point' END,
  'answer', CASE WHEN h.payload ? 'answer' THEN jsonb_build_object(
     'areas', h.payload#>'{answer,areas}', 'accountable', h.payload#>'{answer,accountable}') END,
  'clocks', CASE WHEN h.n = max(h.n) FILTER (WHERE h.payload ? 'clocks') OVER (PARTITION BY h.case_id)
     THEN h.payload->'clocks' END,
  'unit', h.payload->'unit', 'request', h.payload->'request', 'verdict', h.payload->'verdict',
  'scores', h.payload->'scores', 'as', h.payload->'as', 'cause', h.payload->'cause', 'grade', h.payload->'grade',
  'result', CASE WHEN h.kind IN ('verify', 'check') THEN h.payload->'result' END,
  'lights', h.payload->'lights', 'rating', h.payload->'rating')) AS said
FROM case_ c JOIN case_history h ON h.case_id = c.id
WHERE c.district = :district AND c.reported_at < :end AND (
    c.status <> ALL(:over)
    OR EXISTS (SELECT FROM case_history l WHERE l.case_id = c.id AND l.at >= :start)
    OR EXISTS (SELECT FROM jsonb_array_elements(c.clocks) k WHERE CAST(k->>'due_at' AS timestamptz) >= :start))
  AND h.at <= :known_at AND h.seq BETWEEN :first_seq AND :last_seq
ORDER BY h.case_id, h.n
""")


class Known(NamedTuple):
    """What was known: all that happened up to ``at``, of the entries from ``first_seq`` to ``last_seq``.

    Entries get higher numbers as they are made, but those of imported cases lower ones.
    """

    at: datetime
    first_seq: int
    last_seq: int


def known_now(connection: Connection, at: datetime) -> Known:
    """Give what is known in this transaction, of what happened up to an instant."""
    seq = case_history.c.seq
    first, last = connection.execute(select(func.min(seq), func.max(seq))).one()
    return Known(at, first or 0, last or 0)


def walk_told(
    connection: Connection, district: str, start: datetime, end: datetime, known: Known, page: int = 5000
) -> Iterator[History]:
    """Give the histories that may matter for a period, as they were known, through a cursor of the server."""
    asked = {
        "district": district, "start": start, "end": end, "over": sorted(OVER), "known_at": known.at,
        "first_seq": known.first_seq, "last_seq": known.last_seq,
    }  # fmt: skip
    rows = connection.execution_options(yield_per=page).execute(_TOLD, asked)
    for _, steps in groupby(rows, attrgetter("case_id")):
        told = list(steps)
        yield History(told[0].number, [Step(s.n, s.at, s.actor, s.kind, s.said) for s in told])


def told_since(connection: Connection, district: str, end: datetime, known: Known) -> tuple[int, list[str]]:
    """Count the entries of cases reported before ``end`` that came to be known later, and name some of the cases."""
    column = case_history.c
    later = or_(column.seq > known.last_seq, column.seq < known.first_seq, column.at > known.at)
    both = case.join(case_history, column.case_id == case.c.id)
    wanted = (case.c.district == district, case.c.reported_at < end, later)
    n = connection.execute(select(func.count()).select_from(both).where(*wanted)).scalar_one()
    numbers = select(case.c.number).distinct().select_from(both).where(*wanted).order_by(case.c.number).limit(20)
    return n, list(connection.execute(numbers).scalars())
