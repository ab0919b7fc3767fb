"""Counts the open cases that meet a filter: as they stand, and how many each value of a filter would leave."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Connection, SmallInteger, and_, cast, func, literal, or_, select, tuple_
from sqlalchemy import case as when
from sqlalchemy.dialects.postgresql import aggregate_order_by

from gridsvc.store.case_lists import NONE, OPEN, CaseFilter, conditions, shows, undecided
from gridsvc.store.tables import case, case_history

Facet = Literal["status", "unit", "street", "category", "light"]
FACETS: tuple[Facet, ...] = get_args(Facet)
Counts = dict[str, dict[str, int]]


def count_open(connection: Connection, wanted: CaseFilter) -> Counts:
    """Give the numbers of open cases by each facet and by whether they are ``undecided``; values as filters have them.

    A facet is counted as if it were no filter itself: so many cases each of its values would leave.
    """
    own = {name: _without(wanted, name) for name in FACETS}
    # One look at the rows for all that no filter of their own narrows, one more for each that one does.
    free = [name for name in FACETS if own[name] == wanted]
    found = _grouped(connection, wanted, [*free, "undecided"])
    for name in FACETS:
        if name not in free:
            found |= _grouped(connection, own[name], [name])
    return found


def first_dispatches(connection: Connection, wanted: CaseFilter, since: datetime) -> tuple[int, int]:
    """Count the cases reported since an instant that were dispatched at the first attempt for good, and all dispatched.

    The first was wrong where its unit gave the case back, or a correction took it away. Of the filter status and light
    do not count, which are of now.
    """
    start = max(since, wanted.start) if wanted.start is not None else since
    met = conditions(replace(wanted, status=(), light=(), start=start))
    sent_n = func.min(case_history.c.n).label("n")
    sent = select(case.c.id, sent_n).join(case_history, case_history.c.case_id == case.c.id)
    sent = sent.where(case_history.c.kind == "dispatch", case_history.c.at >= start, *met).group_by(case.c.id)
    first, later, asked = sent.cte("first"), case_history.alias("later"), case_history.alias("asked")
    said = later.c.payload
    back = or_(
        and_(later.c.kind == "correct", said["to"].astext.in_(("registered", "undecided"))),
        and_(later.c.kind == "settle", said["verdict"].astext == "granted", asked.c.kind.in_(("return", "transfer"))),
    )
    # What happened to the first dispatch first: who was handed the case by the unit itself may give it back later.
    kind = func.array_agg(aggregate_order_by(asked.c.kind, later.c.n))[1].label("kind")
    turned = (
        select(kind)
        .select_from(first)
        .join(later, and_(later.c.case_id == first.c.id, later.c.n > first.c.n, later.c.at >= start))
        .outerjoin(asked, and_(asked.c.case_id == first.c.id, asked.c.n == cast(said["request"].astext, SmallInteger)))
        .where(later.c.kind.in_(("correct", "settle")), back)
        .group_by(first.c.id)
        .subquery()
    )
    wrong = select(func.count()).where(turned.c.kind.is_distinct_from("transfer")).scalar_subquery()
    of, bad = connection.execute(select(func.count(), wrong).select_from(first)).one()
    return of - bad, of


def _without(wanted: CaseFilter, facet: Facet) -> CaseFilter:
    if facet == "street":
        return replace(wanted, areas=tuple(area for area in wanted.areas if area[0] != "street"))
    cleared: Mapping[str, Any] = {facet: ()}
    return replace(wanted, **cleared)


def _grouped(connection: Connection, wanted: CaseFilter, names: Sequence[str]) -> Counts:
    keys = _keys(wanted.now)
    met = (case.c.status.in_(OPEN), *conditions(wanted))
    rows = select(*(keys[name].label(name) for name in names)).where(*met).subquery()
    sets = func.grouping_sets(*(tuple_(rows.c[name]) for name in names))
    which = func.grouping(*rows.c)
    counted = connection.execute(select(which, *rows.c, func.count()).group_by(sets))
    # Of n keys the bit of the one that counts is not set.
    place = {(1 << len(names)) - 1 - (1 << (len(names) - 1 - i)): i for i in range(len(names))}
    return _gathered(((names[place[row[0]]], row[1 + place[row[0]]], row[-1]) for row in counted), names)


def _gathered(rows: Iterable[tuple[str, Any, int]], names: Sequence[str]) -> Counts:
    found: Counts = {name: {} for name in names}
    for name, value, n in rows:
        found[name][NONE if value is None else str(value)] = n
    return found


def _keys(now: datetime | None) -> Mapping[str, ColumnElement[Any]]:
    lights = [(shows(light, now), literal(light)) for light in ("red", "amber", "green", "stopped")]
    return {
        **{name: case.c[name] for name in ("status", "unit", "category")},
        "street": case.c.areas["street"].astext, "light": when(*lights), "undecided": undecided(),
    }  # fmt: skip
