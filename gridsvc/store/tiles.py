"""Vector tiles (MVT) straight from the tables: what their queries share, and what a map is told of a layer."""

from collections.abc import Mapping
from math import pi
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, literal_column, select, true

from gridsvc.spatial.mercator import CELLS, MARGIN_CELLS, Box, Tile
from gridsvc.store.tables import area, layer

# On a side of a tile, where one point stands for all that lie in a square.
SQUARES = 16


def layer_id(connection: Connection, set_id: int, code: str) -> int | None:
    """Give the key of a layer of a dated set, None where it has none of this code."""
    return connection.execute(select(layer.c.id).where(layer.c.set_id == set_id, layer.c.code == code)).scalar()


def about_layer(connection: Connection, of: int) -> tuple[Box | None, Mapping[str, str]]:
    """Give the box in degrees that holds the areas of a layer, and of what kind (JSON) each of their properties is."""
    box = func.ST_Extent(area.c.geom)
    sides = (getattr(func, f"ST_{side}")(box) for side in ("XMin", "YMin", "XMax", "YMax"))
    found = connection.execute(select(*sides).where(area.c.layer_id == of)).one()
    each = func.jsonb_each(area.c.props).table_valued("key", "value")
    kind = func.max(func.jsonb_typeof(each.c.value)).label("kind")
    kinds = select(each.c.key, kind).select_from(area).join(each, true()).where(area.c.layer_id == of)
    rows = connection.execute(kinds.group_by(each.c.key).order_by(each.c.key))
    return None if found[0] is None else tuple(found), {row.key: row.kind for row in rows}


def near(geom: ColumnElement[Any], tile: Tile) -> ColumnElement[bool]:
    """What the index can tell: whether the box of a geometry meets the tile and its margin."""
    found: ColumnElement[bool] = geom.op("&&")(func.ST_MakeEnvelope(*tile.box_deg(MARGIN_CELLS / CELLS), 4326))
    return found


def position(lon: ColumnElement[Any], lat: ColumnElement[Any], z: int) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Where degrees lie in EPSG:3857, in tiles of a zoom from the north-west corner; zooms differ by powers of two."""
    n = float(2**z)
    return (lon + 180.0) / 360.0 * n, (0.5 - func.asinh(func.tan(func.radians(lat))) / (2.0 * pi)) * n


def cell(x: ColumnElement[Any], y: ColumnElement[Any], tile: Tile) -> ColumnElement[Any]:
    """The cell of a tile in which a position lies that is in the tile; rounding leads nothing out of it."""
    cells = (func.floor((at - origin) * CELLS) for at, origin in ((x, tile.x), (y, tile.y)))
    return func.ST_MakePoint(*(func.greatest(0, func.least(at, CELLS - 1)) for at in cells)).label("geom")


def encoded(connection: Connection, rows: Select[Any], name: str) -> bytes:
    """Encode rows whose geometry is in the cells of a tile as one layer of it; empty where there are none."""
    made = func.ST_AsMVT(literal_column("mvt.*"), name, CELLS, "geom")
    return bytes(connection.execute(select(made).select_from(rows.subquery("mvt"))).scalar_one())
