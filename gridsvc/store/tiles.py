"""Vector tiles (MVT) straight from the tables: the areas of a layer, and the cases within a reach."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import atan, degrees, pi, sinh
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, literal_column, select, true

from gridsvc.errors import BadInput, FieldError
from gridsvc.store.cases import CaseFilter, conditions
from gridsvc.store.tables import area, case, layer

Box = tuple[float, float, float, float]
MOST_Z = 22
# Cells on a side of a tile, and how many of them what is drawn goes on beyond it, so that no cut edge shows.
CELLS, MARGIN_CELLS = 4096, 64
_CASE = ("number", "status", "category", "unit")


@dataclass(frozen=True, slots=True)
class Tile:
    """One square of the world map in spherical Mercator (EPSG:3857), cut in 2^z by 2^z; y counts from the north."""

    z: int
    x: int
    y: int

    def __post_init__(self) -> None:
        _refuse_outside("z", self.z, MOST_Z)
        _refuse_outside("x", self.x, 2**self.z - 1)
        _refuse_outside("y", self.y, 2**self.z - 1)

    def box_deg(self, margin: float) -> Box:
        """West, south, east and north in WGS 84 degrees, with a margin in tiles on each side."""
        n = 2**self.z
        west, east = (360 * (x / n) - 180 for x in (self.x - margin, self.x + 1 + margin))
        south, north = (degrees(atan(sinh(pi * (1 - 2 * y / n)))) for y in (self.y + 1 + margin, self.y - margin))
        return west, south, east, north


def _refuse_outside(name: str, value: int, most: int) -> None:
    if not 0 <= value <= most:
        error = FieldError(name, value, f"范围 0–{most}", f"0 to {most}")
        raise BadInput("没有这个瓦片", "there is no such tile", [error])


def layer_id(connection: Connection, set_id: int, code: str) -> int | None:
    """Give the key of a layer of a dated set, None where it has none of this code."""
    return connection.execute(select(layer.c.id).where(layer.c.set_id == set_id, layer.c.code == code)).scalar()


def area_tile(connection: Connection, of: int, name: str, tile: Tile) -> bytes:
    """Give one tile of the layer with this key, its areas cut a little beyond the edge; empty where there are none.

    An area has the attributes that its GeoJSON has: its own properties, and code, name, parent and unit.
    """
    bounds = func.ST_TileEnvelope(tile.z, tile.x, tile.y)
    shape = func.ST_AsMVTGeom(func.ST_Transform(area.c.geom, 3857), bounds, CELLS, MARGIN_CELLS)
    own = func.jsonb_build_object(*(part for n in ("code", "name", "parent", "unit") for part in (n, area.c[n])))
    rows = select(shape.label("geom"), area.c.props.op("||")(own).label("attributes"))
    rows = rows.where(area.c.layer_id == of, _near(area.c.geom, tile)).order_by(area.c.id)
    return _encoded(connection, rows, name)


def case_tile(connection: Connection, wanted: CaseFilter, tile: Tile) -> bytes:
    """Give one tile of the cases that meet a filter, older ones first; empty where there are none.

    Every case is in exactly one tile of a zoom: the one that it lies in, north and west edge included. Renderers draw
    a point of a neighbour's rim twice or, where it was rounded on to the edge, not at all.
    """
    x, y = _position(case.c.geom, tile.z)
    cell_x, cell_y = (func.floor((at - origin) * CELLS) for at, origin in ((x, tile.x), (y, tile.y)))
    at = func.to_char(func.timezone("UTC", case.c.reported_at), 'YYYY-MM-DD"T"HH24:MI:SS"Z"').label("reported_at")
    rows = select(func.ST_MakePoint(cell_x, cell_y).label("geom"), *(case.c[n] for n in _CASE), at)
    rows = rows.where(_near(case.c.geom, tile), func.floor(x) == tile.x, func.floor(y) == tile.y, *conditions(wanted))
    return _encoded(connection, rows.order_by(case.c.reported_at, case.c.id), "cases")


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


def _near(geom: ColumnElement[Any], tile: Tile) -> ColumnElement[bool]:
    """What the index can tell: whether the box of a geometry meets the tile and its margin."""
    found: ColumnElement[bool] = geom.op("&&")(func.ST_MakeEnvelope(*tile.box_deg(MARGIN_CELLS / CELLS), 4326))
    return found


def _position(point: ColumnElement[Any], z: int) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Where a point lies in EPSG:3857, in tiles of a zoom from the north-west corner; zooms differ by powers of two."""
    n = float(2**z)
    x = (func.ST_X(point) + 180.0) / 360.0 * n
    y = (0.5 - func.asinh(func.tan(func.radians(func.ST_Y(point)))) / (2.0 * pi)) * n
    return x, y


def _encoded(connection: Connection, rows: Select[Any], name: str) -> bytes:
    encoded = func.ST_AsMVT(literal_column("mvt.*"), name, CELLS, "geom")
    return bytes(connection.execute(select(encoded).select_from(rows.subquery("mvt"))).scalar_one())
