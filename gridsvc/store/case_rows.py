"""Cases in a stream, as files have them: few columns of very many, in the order of their reports."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, Select, func, literal, select

from gridsvc.rights import Reach
from gridsvc.store.case_lists import CaseFilter, conditions
from gridsvc.store.rights import within_reach
from gridsvc.store.tables import case, case_private

_OWN = ("number", "status", "category", "source", "reported_at", "due_at", "unit", "desk", "address", "description",
        "component", "accuracy_m")  # fmt: skip
_AREAS = ("street", "community", "grid", "unit_grid")


def count_cases(connection: Connection, wanted: CaseFilter) -> int:
    """Count the cases that meet a filter."""
    return connection.execute(select(func.count()).select_from(case).where(*conditions(wanted))).scalar_one()


def stream_cases(
    connection: Connection, wanted: CaseFilter, sees: Reach | None, at_once: int
) -> Iterator[list[Row[Any]]]:
    """All cases that meet a filter, oldest report first, so many at a time; the server keeps the rest.

    The limit and page of the filter do not count. Reporter and subject are told within ``sees``, else null.
    """
    own = [case.c[n] for n in _OWN] + [case.c.areas[layer].astext.label(layer) for layer in _AREAS]
    place = func.ST_X(case.c.geom).label("lon"), func.ST_Y(case.c.geom).label("lat")
    query: Select[Any] = select(*own, *place)
    if sees is None:
        query = query.add_columns(*(literal(None).label(n) for n in ("reporter", "reporter_phone", "subject")))
        query = query.select_from(case)
    else:
        # Joined where he may see them, and nowhere else: what is beyond that does not leave the database.
        seen = (case_private.c.case_id == case.c.id) & within_reach(sees, case.c)
        told = case_private.c.reporter
        people = {"reporter": told["name"].astext, "reporter_phone": told["phone"].astext}
        query = query.add_columns(*(v.label(n) for n, v in people.items()), case_private.c.subject)
        query = query.select_from(case.outerjoin(case_private, seen))
    query = query.where(*conditions(wanted)).order_by(case.c.reported_at, case.c.id)
    found = connection.execute(query, execution_options={"yield_per": at_once})
    for part in found.partitions():
        yield list(part)
