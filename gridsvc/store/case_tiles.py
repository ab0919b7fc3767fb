"""Vector tiles of cases within a reach: each as a point, or many of them as one point with numbers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Subquery, Text, and_, cast, func, literal, or_, select
from sqlalchemy import case as when

from gridsvc.casework.case import OVER
from gridsvc.casework.lifecycle import HANDS
from gridsvc.spatial.mercator import Tile
from gridsvc.store.case_lists import CaseFilter, conditions, undecided
from gridsvc.store.tables import case
from gridsvc.store.tiles import cell, encoded, near, position

# From this zoom on cases are points of their own, below it one point stands for those of a grid, further out a street.
POINTS_Z, GRIDS_Z = 12, 11
# Where a tile holds more of them than anybody can tell apart or draw at once, one point stands for those of a square.
MOST_POINTS = 1_000
# Squares of a tile's side: a number in its disc finds room in 64 pixels.
SQUARES = 8
# What is told, and of what kind in JSON: of one case; of many cases.
_ONE = ("id", "number", "status", "phase", "category", "unit", "grid", "source")
TOLD: Mapping[str, str] = {
    **dict.fromkeys(_ONE, "string"), "soon_at": "number", "due_at": "number", "stopped": "boolean",
    "code": "string", **dict.fromkeys(("n", "overdue", "undecided"), "number"),
}  # fmt: skip


def case_tile(connection: Connection, wanted: CaseFilter, tile: Tile, now: datetime) -> bytes:
    """Give one tile of the cases that meet a filter, older ones first; empty where there are none.

    Every case is in exactly one tile of a zoom: the one that it lies in, north and west edge included. Renderers draw
    a point of a neighbour's rim twice or, where it was rounded on to the edge, not at all. What stands for many cases
    is in exactly one tile too, says how many they are (``n``), and lies in the middle of them.
    """
    x, y = position(func.ST_X(case.c.geom), func.ST_Y(case.c.geom), tile.z)
    meets = and_(*conditions(wanted))
    here = and_(near(case.c.geom, tile), func.floor(x) == tile.x, func.floor(y) == tile.y, meets)
    if tile.z < POINTS_Z:
        area = case.c.areas["grid" if tile.z >= GRIDS_Z else "street"].astext.label("code")
        many = _counted([area], meets, now)
        x, y = position(many.c.lon, many.c.lat, tile.z)
        told = (many.c[n] for n in ("code", "n", "overdue", "undecided"))
        rows = select(cell(x, y, tile), *told).where(func.floor(x) == tile.x, func.floor(y) == tile.y)
        return encoded(connection, rows, "cases")
    crowd = select(literal(1)).select_from(case).where(here).limit(MOST_POINTS + 1).subquery()
    if connection.execute(select(func.count()).select_from(crowd)).scalar_one() > MOST_POINTS:
        many = _counted([func.floor(at * SQUARES).label(name) for name, at in (("x", x), ("y", y))], here, now)
        middle = cell(*position(many.c.lon, many.c.lat, tile.z), tile)
        return encoded(connection, select(middle, *(many.c[n] for n in ("n", "overdue", "undecided"))), "cases")
    rows = select(cell(x, y, tile), *_told()).where(here).order_by(case.c.reported_at, case.c.id)
    return encoded(connection, rows, "cases")


def _told() -> list[ColumnElement[Any]]:
    """What a point tells of its case: enough to draw it as its clock stands, and nothing of people."""
    columns = [case.c[n] for n in ("number", "status", "category", "unit", "source")]
    instants = (("soon_at", case.c.amber_at), ("due_at", case.c.due_at))
    paused = and_(case.c.due_at.is_(None), case.c.clocks.contains([{"state": "paused"}]))
    return [
        cast(case.c.id, Text).label("id"), *columns, _phase().label("phase"), case.c.areas["grid"].astext.label("grid"),
        *(func.floor(func.extract("epoch", at)).cast(BigInteger).label(name) for name, at in instants),
        paused.label("stopped"),
    ]  # fmt: skip


def _phase() -> ColumnElement[str]:
    """In whose hands it is: what colours a mark where clocks do not."""
    return when(
        (case.c.status.in_(OVER), "finished"),
        (undecided(), "undecided"),
        (or_(case.c.status == "on_hold", case.c.waits.contains(["return"])), "stopped"),
        (case.c.status.in_([*HANDS.split(), "rework"]), "unit"),
        (case.c.status.in_(["done", "checking"]), "checking"),
        else_="intake",
    )


def _counted(by: Sequence[ColumnElement[Any]], which: ColumnElement[bool], now: datetime) -> Subquery:
    """How many cases there are of each kind, how many late and undecided ones among them, and their middle."""
    places = (
        func.avg(at).label(name) for name, at in (("lon", func.ST_X(case.c.geom)), ("lat", func.ST_Y(case.c.geom)))
    )
    kinds = (("overdue", case.c.due_at <= now), ("undecided", undecided()))
    numbers = (func.count().label("n"), *(func.count().filter(kind).label(name) for name, kind in kinds))
    return select(*by, *numbers, *places).where(which).group_by(*by).order_by(*by).subquery()
