"""Vector tiles of components as they are on record now: points near the ground, further out how many there are."""

from sqlalchemy import Connection, func, select, union_all

from gridsvc.spatial.mercator import Tile
from gridsvc.store.components import on_record
from gridsvc.store.dated_sets import DatedSet
from gridsvc.store.tiles import SQUARES, cell, encoded, near, position
from gridsvc.values import REMOVED

# From these zooms on: numbers by squares, points. A district has a hundred thousand; further out nobody needs them.
COUNTS_Z, POINTS_Z = 14, 16
TOLD = dict.fromkeys(("code", "class", "major", "name", "state"), "string") | {"n": "number"}


def component_tile(connection: Connection, edition: DatedSet, tile: Tile) -> bytes:
    """Give one tile of an edition's components but removed ones, as is known now; empty where there are none.

    A component, and what stands for ``n`` of them, is in exactly one tile of a zoom.
    """
    if tile.z < COUNTS_Z:
        return b""
    parts = []
    for query, row in on_record(edition.district, edition):
        columns = (row.code, row.class_code, row.name, row.state, func.ST_X(row.geom), func.ST_Y(row.geom))
        names = ("code", "class", "name", "state", "lon", "lat")
        shown = query.with_only_columns(*(column.label(name) for name, column in zip(names, columns, strict=True)))
        parts.append(shown.where(near(row.geom, tile), row.state != REMOVED))
    found = union_all(*parts).subquery().c
    x, y = position(found.lon, found.lat, tile.z)
    here = select().where(func.floor(x) == tile.x, func.floor(y) == tile.y)
    if tile.z >= POINTS_Z:
        told = (found.code, found["class"], func.left(found["class"], 2).label("major"), found.name, found.state)
        return encoded(connection, here.add_columns(cell(x, y, tile), *told).order_by(found.code), "components")
    square = [func.floor(at * SQUARES) for at in (x, y)]
    middle = cell(*position(func.avg(found.lon), func.avg(found.lat), tile.z), tile)
    rows = here.add_columns(middle, func.count().label("n")).group_by(*square).order_by(*square)
    return encoded(connection, rows, "components")
