"""Layers and areas of an edition: written once as a draft, read back bit for bit."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np
import shapely
from geoalchemy2 import Geometry
from sqlalchemy import Connection, Text, cast, func, insert, select, update

from gridsvc.spatial.layer import Edition, Layer
from gridsvc.store.copy import copy_rows, ewkb_hex
from gridsvc.store.dated_sets import DatedSet
from gridsvc.store.tables import area, layer
from gridsvc.values import LayerSpec

# Areas that are read or written at a time.
AT_ONCE = 10_000
_SPEC = ("code", "title_zh", "title_en", "geometry", "coverage", "parent", "priority", "chief_role", "settles")


def write_layers(connection: Connection, set_id: int, edition: Edition) -> None:
    """Store every layer with its areas below a draft."""
    for ordinal, one in enumerate(edition):
        values = {name: getattr(one.spec, name) for name in _SPEC}
        added = connection.execute(insert(layer).values(set_id=set_id, ordinal=ordinal, **values).returning(layer.c.id))
        layer_id = added.scalar_one()
        copy_rows(
            connection, area, ("layer_id", "code", "name", "parent", "unit", "props", "geom"), _rows(layer_id, one)
        )


def _rows(layer_id: int, one: Layer) -> Iterator[tuple[Any, ...]]:
    """What is stored of a layer; shapes are spelled some at a time, for as texts they are twice as large."""
    for start in range(0, len(one), AT_ONCE):
        here = slice(start, start + AT_ONCE)
        columns = (c[here] for c in (one.codes, one.names, one.parents, one.units))
        props, shapes = map(dict, one.props[here]), ewkb_hex(one.geometries[here])
        yield from zip(repeat(layer_id, len(shapes)), *columns, props, shapes, strict=True)


def read_edition(connection: Connection, found: DatedSet) -> Edition:
    """Read an edition as it was stored."""
    layers = connection.execute(select(layer).where(layer.c.set_id == found.id).order_by(layer.c.ordinal)).mappings()
    return Edition(
        code=found.code,
        layers={
            row["code"]: _read_layer(connection, row["id"], LayerSpec(**{n: row[n] for n in _SPEC})) for row in layers
        },
        title=found.title,
        district=found.district,
        time_zone=found.time_zone,
        valid_from=found.holds_from or found.valid_from,
        local_crs=found.local_crs,
    )


def exists(connection: Connection, set_id: int, layer_code: str, code: str) -> bool:
    """Whether an edition has an area of this code in this layer."""
    query = select(area.c.id).join_from(area, layer).where(layer.c.set_id == set_id, layer.c.code == layer_code)
    return connection.execute(query.where(area.c.code == code).limit(1)).first() is not None


@dataclass(frozen=True, slots=True)
class DrawnArea:
    """One area as it is to be stored: its record and its shape in WGS 84 degrees."""

    code: str
    name: str
    parent: str | None
    unit: str | None
    props: Mapping[str, Any]
    shape: Any


def spec_of(connection: Connection, set_id: int, layer_code: str) -> tuple[int, LayerSpec] | None:
    """Give the row and the declaration of one layer of an edition, None where it has no such layer."""
    found = connection.execute(select(layer).where(layer.c.set_id == set_id, layer.c.code == layer_code)).mappings()
    row = found.first()
    return None if row is None else (row["id"], LayerSpec(**{n: row[n] for n in _SPEC}))


def count_of(connection: Connection, layer_id: int, code: str) -> int:
    """Count the areas of this code in a layer; drafts may have several."""
    query = select(func.count()).where(area.c.layer_id == layer_id, area.c.code == code)
    return int(connection.execute(query).scalar_one())


def bounds_of(connection: Connection, set_id: int) -> tuple[float, float, float, float] | None:
    """Give the box in degrees that holds all areas of an edition, None where it has none."""
    box = func.ST_Extent(area.c.geom)
    sides = (getattr(func, f"ST_{side}")(box) for side in ("XMin", "YMin", "XMax", "YMax"))
    rows = select(*sides).join(layer, layer.c.id == area.c.layer_id).where(layer.c.set_id == set_id)
    west, south, east, north = connection.execute(rows).one()
    return None if west is None else (west, south, east, north)


def put_area(connection: Connection, layer_id: int, given: DrawnArea) -> None:
    """Store an area of a draft, in the place of the one of its code if there is one."""
    values = {name: getattr(given, name) for name in ("code", "name", "parent", "unit")}
    shape = ewkb_hex(np.array([given.shape], dtype=object))[0]
    values |= {"props": dict(given.props), "geom": cast(cast(shape, Text), Geometry)}
    old = update(area).where(area.c.layer_id == layer_id, area.c.code == given.code).values(**values)
    if not connection.execute(old).rowcount:
        connection.execute(insert(area).values(layer_id=layer_id, **values))


def remove_area(connection: Connection, layer_id: int, code: str) -> None:
    """Take an area out of a draft."""
    connection.execute(area.delete().where(area.c.layer_id == layer_id, area.c.code == code))


def _read_layer(connection: Connection, layer_id: int, spec: LayerSpec) -> Layer:
    columns: tuple[list[Any], ...] = ([], [], [], [], [])
    shapes = [np.zeros(0, dtype=object)]
    query = select(
        area.c.code, area.c.name, area.c.parent, area.c.unit, area.c.props, func.ST_AsBinary(area.c.geom).label("wkb")
    )
    query = query.where(area.c.layer_id == layer_id).order_by(area.c.id)
    # A province has a million rows, which as they come take several times the memory of the shapes.
    for rows in connection.execute(query, execution_options={"yield_per": AT_ONCE}).partitions():
        *told, wkb = zip(*rows, strict=True)
        for column, values in zip(columns, told, strict=True):
            column.extend(values)
        binary = [None if one is None else bytes(one) for one in wkb]
        shapes.append(np.asarray(shapely.from_wkb(np.array(binary, dtype=object)), dtype=object))
    codes, names, parents, units, props = columns
    return Layer.build(spec, codes, np.concatenate(shapes), names, parents, units, props)
