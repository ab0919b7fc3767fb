"""Component points of an edition, between rows and values, and the pages of them that a map asks for."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection, Select, func, select

from gridsvc.store.cases import within
from gridsvc.store.copy import copy_rows, ewkb_hex
from gridsvc.store.tables import component
from gridsvc.values import Component, Point

_COLUMNS = (
    "code", "code_scheme", "class_code", "name", "competent", "owner", "maintainer", "unit_grid", "state",
    "accuracy_class",
)  # fmt: skip


def write_components(connection: Connection, set_id: int, components: list[Component]) -> None:
    """Store components below a draft."""
    xy = np.array([(c.point.lon, c.point.lat) for c in components], dtype=np.float64).reshape(-1, 2)
    places = ewkb_hex(np.asarray(shapely.points(xy), dtype=object))
    rows = ((set_id, *(getattr(c, n) for n in _COLUMNS), g) for c, g in zip(components, places, strict=True))
    copy_rows(connection, component, ("set_id", *_COLUMNS, "geom"), rows)


def read_components(connection: Connection, set_id: int) -> list[Component]:
    """Read all components of an edition."""
    rows = connection.execute(_of_edition(set_id).order_by(component.c.code)).mappings()
    return [_value(dict(row)) for row in rows]


def _of_edition(set_id: int) -> Select[Any]:
    place = func.ST_X(component.c.geom).label("lon"), func.ST_Y(component.c.geom).label("lat")
    return select(*(component.c[n] for n in _COLUMNS), *place).where(component.c.set_id == set_id)


@dataclass(frozen=True, slots=True)
class ComponentFilter:
    """What a page of components is asked for: box in degrees, component class, page."""

    bbox: tuple[float, float, float, float] | None = None
    class_code: str | None = None
    after: str | None = None
    limit: int = 100


def page_of_components(connection: Connection, set_id: int, wanted: ComponentFilter) -> list[Component]:
    """Give one page by code, one row more than the limit if there is a next page."""
    query = _of_edition(set_id)
    if wanted.bbox is not None:
        query = query.where(within(component.c.geom, wanted.bbox))
    if wanted.class_code is not None:
        query = query.where(component.c.class_code == wanted.class_code)
    if wanted.after is not None:
        query = query.where(component.c.code > wanted.after)
    rows = connection.execute(query.order_by(component.c.code).limit(wanted.limit + 1)).mappings()
    return [_value(dict(row)) for row in rows]


def _value(row: dict[str, Any]) -> Component:
    return Component(point=Point(row.pop("lon"), row.pop("lat")), **row)
