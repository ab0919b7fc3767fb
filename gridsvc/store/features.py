"""Features of collections, a page at a time: areas of a layer, components on record, cases within a reach."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    DateTime,
    Float,
    Select,
    Text,
    func,
    null,
    select,
    tuple_,
    union_all,
)
from sqlalchemy import case as when
from sqlalchemy import cast as cast_to

from gridsvc.rights import Reach
from gridsvc.store.components import on_record
from gridsvc.store.cql2 import Compiler, Place, Queryable, as_geometry
from gridsvc.store.dated_sets import DatedSet
from gridsvc.store.rights import within_reach
from gridsvc.store.tables import area, case

_AREA = ("code", "name", "parent", "unit")
_COMPONENT = (
    "code", "code_scheme", "class_code", "name", "competent", "owner", "maintainer", "unit_grid", "state",
    "accuracy_class",
)  # fmt: skip
_CASE = ("number", "status", "category", "source", "unit", "desk", "address", "component")
# In which areas a case lies, of the layers that cities have.
CASE_AREAS = ("street", "community", "grid", "unit_grid")
_NEVER: ColumnElement[Any] = cast_to(null(), DateTime(timezone=True))
Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of a collection: where they are, what may be asked of them, by what they are in order and known."""

    rows: Select[Any]
    asked: Mapping[str, Queryable]
    key: tuple[ColumnElement[Any], ...]
    id: ColumnElement[Any]
    extra: Mapping[str, ColumnElement[Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a page is asked for: shape in WGS 84, filter as a tree, span of instants, id, the key of the last row."""

    limit: int
    box: Any = None
    tree: Any = None
    place: Place | None = None
    span: tuple[datetime | None, datetime | None] = (None, None)
    id: str | UUID | None = None
    after: Key | None = None


@dataclass(frozen=True, eq=False)
class Found:
    """Rows of a page, one more than the limit if another follows, with their shapes."""

    rows: Sequence[Mapping[str, Any]]
    shapes: NDArray[np.object_]


def areas_of(layer_id: int, kinds: Mapping[str, str]) -> list[Part]:
    """The areas of one layer; ``kinds`` says of its own properties what they are in JSON."""
    own = area.c
    asked = {name: Queryable("string", own[name]) for name in _AREA}
    asked |= {name: made for name, kind in kinds.items() if (made := _of_props(name, kind)) and name not in asked}
    asked["geometry"] = Queryable("geometry", own.geom)
    rows = select().select_from(area).where(own.layer_id == layer_id)
    return [Part(rows, asked, (own.code, own.id), own.code, {"props": own.props})]


def _of_props(name: str, kind: str) -> Queryable | None:
    """A property that files brought, guarded: nobody says in which order the database looks at rows."""
    value, of = area.c.props[name], func.jsonb_typeof(area.c.props[name])
    if kind == "string":
        return Queryable("string", value.astext)
    if kind == "number":
        return Queryable("number", when((of == "number", cast_to(value.astext, Float))))
    return Queryable("boolean", when((of == "boolean", cast_to(value.astext, Boolean)))) if kind == "boolean" else None


def components_of(edition: DatedSet) -> list[Part]:
    """The components that are on record now."""
    parts = []
    for query, row in on_record(edition.district, edition):
        asked = {name.removesuffix("_code"): Queryable("string", row[name]) for name in _COMPONENT}
        since = row.since if "since" in row else _NEVER
        asked |= {"since": Queryable("instant", since), "geometry": Queryable("geometry", row.geom)}
        parts.append(Part(query, asked, (row.code,), row.code))
    return parts


def cases_of(reach: Reach) -> list[Part]:
    """The cases within a reach, newest first."""
    own = case.c
    asked = {name: Queryable("string", own[name]) for name in _CASE}
    asked |= {layer: Queryable("string", own.areas[layer].astext) for layer in CASE_AREAS}
    asked |= {name: Queryable("instant", own[name]) for name in ("reported_at", "due_at")}
    asked["geometry"] = Queryable("geometry", own.geom)
    rows = select().select_from(case).where(within_reach(reach, own))
    return [
        Part(rows, asked, (own.reported_at, own.id), own.id, {"description": own.description, "version": own.version})
    ]


def page(connection: Connection, parts: Sequence[Part], wanted: Wanted, newest: bool = False) -> Found:
    """Give one page in the order of the keys; ``newest`` turns it round."""
    each = [_told(part, wanted, newest).order_by(*_order(part.key, newest)).limit(wanted.limit + 1) for part in parts]
    query: Any = each[0]
    if len(each) > 1:
        query = union_all(*each).order_by("k0").limit(wanted.limit + 1)
    rows = connection.execute(query).mappings().all()
    wkb = np.array([None if r["wkb"] is None else bytes(r["wkb"]) for r in rows], dtype=object)
    return Found([dict(r) for r in rows], np.asarray(shapely.from_wkb(wkb), dtype=object))


def count(connection: Connection, parts: Sequence[Part], wanted: Wanted) -> int:
    """Count what meets a question, on whatever page."""
    each = [
        select(func.count()).select_from(_met(part, wanted).with_only_columns(part.id).subquery()) for part in parts
    ]
    return sum(int(connection.execute(query).scalar_one()) for query in each)


def _order(key: tuple[ColumnElement[Any], ...], newest: bool) -> list[ColumnElement[Any]]:
    return [k.desc() if newest else k for k in key]


def _told(part: Part, wanted: Wanted, newest: bool) -> Select[Any]:
    query = _met(part, wanted)
    if wanted.after is not None:
        own, last = tuple_(*part.key), tuple_(*wanted.after)
        query = query.where(own < last if newest else own > last)
    shown = {name: q.value for name, q in part.asked.items() if q.kind != "geometry"} | dict(part.extra)
    keys = [k.label(f"k{n}") for n, k in enumerate(part.key)]
    place = func.ST_AsBinary(part.asked["geometry"].value).label("wkb")
    told = (value.label(f"p_{name}") for name, value in shown.items())
    columns = (*told, *keys, cast_to(part.id, Text).label("id"), place)
    return query.with_only_columns(*columns, maintain_column_froms=True)


def _met(part: Part, wanted: Wanted) -> Select[Any]:
    """The rows that meet a question."""
    query = part.rows
    geometry = part.asked["geometry"].value
    if wanted.id is not None:
        query = query.where(part.id == wanted.id)
    if wanted.box is not None:
        query = query.where(func.ST_Intersects(geometry, as_geometry(wanted.box)))
    if wanted.tree is not None and wanted.place is not None:
        query = query.where(Compiler(part.asked, wanted.place).condition(wanted.tree))
    start, end = wanted.span
    if "reported_at" in part.asked:
        at = part.asked["reported_at"].value
        query = query.where(*([at >= start] if start else []), *([at <= end] if end else []))
    return query
