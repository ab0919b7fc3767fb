"""The one rights predicate: which rows an actor's reach covers. Every query that leaves the store for a door has it."""

from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from gridsvc.rights import Reach, Term
from gridsvc.store.tables import ORDERED_LAYERS

Columns = ReadOnlyColumnCollection[str, Any]


def within_reach(reach: Reach, of: Columns) -> ColumnElement[bool]:
    """Rows of a table with ``district``, ``areas``, ``parties`` and ``reported_by``; as :meth:`Reach.covers`."""
    in_district: ColumnElement[bool] = of.district == reach.district
    if reach.is_whole:
        return in_district
    # Sorted, so that the same reach is the same statement.
    terms = [_term(term, of) for term in sorted(reach.terms, key=lambda t: (t.area or (), sorted(t.units or ())))]
    if reach.own is not None:
        terms.append(of.reported_by == reach.own)
    return and_(in_district, or_(false(), *terms))


def _term(term: Term, of: Columns) -> ColumnElement[bool]:
    wanted: list[ColumnElement[bool]] = []
    if term.area is not None:
        wanted.append(in_area(of, *term.area))
    if term.units is not None:
        theirs: ColumnElement[bool] = of.parties.overlap(sorted(term.units))
        # The planner takes place and unit for independent, hence both together for rare, and would sort all of them
        # rather than read the newest. Within an area the unit is looked at, not searched for: what a function gives
        # uses no index and passes for half.
        wanted.append(theirs if term.area is None else func.coalesce(theirs, false()))
    return and_(*wanted)


def in_area(of: Columns, layer: str, code: str) -> ColumnElement[bool]:
    """Rows that lie in one area, asked for in the way that the layer's index answers."""
    found: ColumnElement[bool] = (
        of.areas[layer].astext == code if layer in ORDERED_LAYERS else of.areas.contains({layer: code})
    )
    return found
