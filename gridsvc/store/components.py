"""Components: those an edition came with, what was recorded about them since, and the pages that a map asks for.

What is recorded about a code is the last word on it, in every edition of the district, from its ``since`` on; of
several such records the one with the greatest ``seq``. An edition's own row holds for a code without any.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from sys import intern
from typing import Any

import numpy as np
import shapely
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    DateTime,
    Select,
    and_,
    cast,
    exists,
    func,
    insert,
    literal,
    null,
    select,
    text,
    union_all,
)

from gridsvc.store.case_lists import within
from gridsvc.store.copy import copy_rows, ewkb_hex
from gridsvc.store.dated_sets import DatedSet
from gridsvc.store.notices import COMPONENTS
from gridsvc.store.tables import component, component_change
from gridsvc.values import REMOVED, Component, Point

# Texts that thousands of components share; in memory each is kept once.
_SHARED = (
    "code_scheme", "class_code", "name", "competent", "owner", "maintainer", "unit_grid", "state", "accuracy_class",
)  # fmt: skip
_COLUMNS = ("code", *_SHARED)
_AT_ONCE = 10_000
# What an edition's own rows have in the place of these.
_NEVER, _NO_SEQ = cast(null(), DateTime(timezone=True)), literal(0, BigInteger)


def write_components(connection: Connection, set_id: int, components: list[Component]) -> None:
    """Store components below a draft."""
    xy = np.array([(c.point.lon, c.point.lat) for c in components], dtype=np.float64).reshape(-1, 2)
    places = ewkb_hex(np.asarray(shapely.points(xy), dtype=object))
    rows = ((set_id, *(getattr(c, n) for n in _COLUMNS), g) for c, g in zip(components, places, strict=True))
    copy_rows(connection, component, ("set_id", *_COLUMNS, "geom"), rows)


def hold_changes(connection: Connection) -> None:
    """Wait until nobody else records a change, and keep others waiting until the transaction ends."""
    connection.execute(text("SELECT hold_component_changes()"))


def write_change(connection: Connection, district: str, given: Component, actor: str) -> None:
    """Append what a component is from ``given.since`` on, which must be set."""
    place = func.ST_SetSRID(func.ST_MakePoint(given.point.lon, given.point.lat), 4326)
    record = {name: getattr(given, name) for name in (*_COLUMNS, "since")}
    connection.execute(insert(component_change).values(district=district, actor=actor, geom=place, **record))
    connection.execute(select(func.pg_notify(COMPONENTS, district)))


def changes_after(
    connection: Connection, district: str, seq: int, upto: int | None = None, most: int | None = None
) -> tuple[list[Component], int]:
    """Give what was recorded in a district after ``seq`` (up to ``upto``), oldest first, and how far that reaches.

    Of more than ``most`` the oldest.
    """
    change = component_change.c
    query = _selected(change, change.since, change.seq).where(change.district == district, change.seq > seq)
    if upto is not None:
        query = query.where(change.seq <= upto)
    return _values(connection, query.order_by(change.seq).limit(most), seq, streamed=True)


def read_component(connection: Connection, district: str, edition: DatedSet | None, code: str) -> Component | None:
    """Give what is on record for a code now, in an edition if there is one."""
    parts = [query.where(row.code == code) for query, row in on_record(district, edition)]
    found, _ = _values(connection, union_all(*parts))
    return found[0] if found else None


def read_components(
    connection: Connection, edition: DatedSet, at: datetime | None = None, known_at: datetime | None = None,
    upto: int | None = None,
) -> tuple[list[Component], int]:  # fmt: skip
    """Read all components of an edition by code, removed ones too, and the last ``seq`` that is in them.

    As they are now; with ``at`` as they were then, as far as is known today or was known at ``known_at``; with
    ``upto`` as they were on record when that was the last ``seq``.
    """
    parts = [query for query, _ in on_record(edition.district, edition, at, known_at, upto)]
    return _values(connection, union_all(*parts).order_by("code"), streamed=True)


def same_components(connection: Connection, one: int, other: int) -> bool:
    """Tell whether two sets of one district were loaded with the same components."""
    own = component.c
    mine, theirs = (_selected(own, _NEVER, _NO_SEQ).where(own.set_id == set_id) for set_id in (one, other))
    # Codes are unique in a set, so that as many of them without a difference are the same.
    counts = [select(func.count()).where(own.set_id == set_id).scalar_subquery() for set_id in (one, other)]
    return bool(connection.execute(select(and_(counts[0] == counts[1], ~exists(mine.except_(theirs))))).scalar_one())


@dataclass(frozen=True, slots=True)
class ComponentFilter:
    """What a page of components is asked for: box in degrees, component class, page."""

    bbox: tuple[float, float, float, float] | None = None
    class_code: str | None = None
    after: str | None = None
    limit: int = 100


def page_of_components(connection: Connection, edition: DatedSet, wanted: ComponentFilter) -> list[Component]:
    """Give one page by code as it is now, one row more than the limit if there is a next page."""
    parts = []
    for query, row in on_record(edition.district, edition):
        if wanted.bbox is not None:
            query = query.where(within(row.geom, wanted.bbox))
        if wanted.class_code is not None:
            query = query.where(row.class_code == wanted.class_code)
        if wanted.after is not None:
            query = query.where(row.code > wanted.after)
        # Each part for itself, so that an index can walk it in order and stop early.
        parts.append(query.order_by(row.code).limit(wanted.limit + 1))
    return _values(connection, union_all(*parts).order_by("code").limit(wanted.limit + 1))[0]


def components_like(
    connection: Connection, edition: DatedSet, pattern: str, classes: Sequence[str] | None, most: int
) -> list[Component]:
    """Give the components in use now whose codes meet a pattern of LIKE, by code; of some classes, or of all."""
    parts = []
    for query, row in on_record(edition.district, edition):
        query = query.where(row.code.like(pattern), row.state != REMOVED)
        if classes is not None:
            query = query.where(row.class_code.in_(classes))
        parts.append(query.order_by(row.code).limit(most))
    return _values(connection, union_all(*parts).order_by("code").limit(most))[0]


def on_record(
    district: str, edition: DatedSet | None, at: datetime | None = None, known_at: datetime | None = None,
    upto: int | None = None,
) -> list[tuple[Select[Any], Any]]:  # fmt: skip
    """One row a code, as two queries and the columns each is made of: the edition's own, the last that was recorded."""
    change, later = component_change.c, component_change.alias("later").c

    def counts(row: Any) -> ColumnElement[bool]:
        before = [] if at is None else [row.since <= at]
        known = [] if known_at is None else [row.recorded_at <= known_at]
        recorded = [] if upto is None else [row.seq <= upto]
        return and_(row.district == district, *before, *known, *recorded)

    own = component.c
    first = _selected(own, _NEVER, _NO_SEQ).where(
        own.set_id == (None if edition is None else edition.id),
        ~exists().where(counts(change), change.code == own.code),
    )
    last = _selected(change, change.since, change.seq).where(
        counts(change), ~exists().where(counts(later), later.code == change.code, later.seq > change.seq)
    )
    return [(first, own), (last, change)]


def _selected(row: Any, since: ColumnElement[Any], seq: ColumnElement[int]) -> Select[Any]:
    place = func.ST_X(row.geom).label("lon"), func.ST_Y(row.geom).label("lat")
    return select(*(row[n] for n in _COLUMNS), since.label("since"), seq.label("seq"), *place)


def _values(connection: Connection, query: Any, seq: int = 0, streamed: bool = False) -> tuple[list[Component], int]:
    """Make components of rows; beside them the greatest ``seq`` of all.

    ``streamed``: of so many that the rows themselves are not to lie in memory too.
    """
    made, since = list[Component](), None
    options = {"yield_per": _AT_ONCE} if streamed else {}
    for row in connection.execute(query, execution_options=options).mappings():
        shared: dict[str, Any] = {n: row[n] if row[n] is None else intern(row[n]) for n in _SHARED}
        # What an import recorded is all of one instant.
        since = since if row["since"] == since else row["since"]
        made.append(Component(row["code"], point=Point(row["lon"], row["lat"]), since=since, **shared))
        seq = max(seq, row["seq"])
    return made, seq
