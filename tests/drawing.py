"""Cities drawn as text, so that a test's geometry can be seen: a letter is an area's code, a dot is open ground.

A cell is 1/8192 degree wide and high, a binary fraction, so that corners, middles and quarters of cells are exact
doubles and a point said to lie on an edge does. Columns count from the left, rows from the top of the picture.
"""

from collections.abc import Mapping, Sequence
from textwrap import dedent
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike
from shapely.geometry.base import BaseGeometry

from gridsvc.spatial.datum import Metric
from gridsvc.spatial.edge_policy import Place
from gridsvc.spatial.layer import Edition, Layer
from gridsvc.spatial.locate import Found, Locator
from gridsvc.values import LayerSpec

CELL_DEG = 2.0**-13  # 11.8 m from west to east and 13.5 m from south to north
WEST_DEG, NORTH_DEG = 120.0, 30.0
METRIC = Metric.at(WEST_DEG, NORTH_DEG)
OPEN = ". "


def at(column: float, row: float) -> tuple[float, float]:
    """Longitude and latitude of a place in the picture; whole numbers are corners of cells."""
    return WEST_DEG + column * CELL_DEG, NORTH_DEG - row * CELL_DEG


def beside(place: tuple[float, float], east_m: float, north_m: float) -> tuple[float, float]:
    """The point some metres east and north of a place."""
    x, y = METRIC.xy(np.array([place[0]]), np.array([place[1]]))
    lon, lat = METRIC.lonlat(x + east_m, y + north_m)
    return float(lon[0]), float(lat[0])


def line(*corners: tuple[float, float]) -> shapely.LineString:
    """A line through places (column, row) of the picture."""
    return shapely.LineString([at(*c) for c in corners])


def polygon(*corners: tuple[float, float]) -> shapely.Polygon:
    """A polygon with corners (column, row) in the picture, closed by itself."""
    return shapely.Polygon([at(*c) for c in corners])


def cells(picture: str) -> dict[str, list[tuple[int, int]]]:
    """The cells (column, row) of each letter."""
    found: dict[str, list[tuple[int, int]]] = {}
    for row, text in enumerate(dedent(picture).strip("\n").splitlines()):
        for column, letter in enumerate(text.rstrip()):
            if letter not in OPEN:
                found.setdefault(letter, []).append((column, row))
    return found


def areas(*pictures: str) -> dict[str, BaseGeometry]:
    """One polygon a letter, in code order; areas overlap where several pictures fill one cell."""
    held: dict[str, set[tuple[int, int]]] = {}
    for picture in pictures:
        for letter, places in cells(picture).items():
            held.setdefault(letter, set()).update(places)
    return {letter: shapely.union_all([_cell(*c) for c in sorted(held[letter])]) for letter in sorted(held)}


def _cell(column: int, row: int) -> BaseGeometry:
    west, north = at(column, row)
    east, south = at(column + 1, row + 1)
    return shapely.box(west, south, east, north)


def layer(
    code: str,
    drawn: str | Mapping[str, BaseGeometry],
    *,
    within: str | None = None,
    props: Mapping[str, Mapping[str, Any]] | None = None,
    names: Mapping[str, str] | None = None,
    units: Mapping[str, str] | None = None,
    **spec: Any,
) -> Layer:
    """A layer of a picture or of named shapes, a partition unless told otherwise.

    ``within`` is the picture of the parent layer: an area's parent is the letter at its first cell there.
    """
    shapes = areas(drawn) if isinstance(drawn, str) else drawn
    codes = list(shapes)
    parents = None
    if within is not None and isinstance(drawn, str):
        above = {cell: letter for letter, places in cells(within).items() for cell in places}
        parents = [above.get(cells(drawn)[c][0]) for c in codes]
    return Layer.build(
        LayerSpec(code, **({"coverage": "partition"} | spec)),
        codes,
        np.array([*shapes.values(), None], dtype=object)[:-1],
        [(names or {}).get(c, "") for c in codes],
        parents,
        [(units or {}).get(c) for c in codes],
        [(props or {}).get(c, {}) for c in codes],
    )


def edition(*layers: Layer) -> Edition:
    """An edition of some layers."""
    return Edition("drawn", {x.spec.code: x for x in layers})


def ask(drawn: Edition, lon: ArrayLike, lat: ArrayLike, near_m: float = 0.0, **asked: Any) -> Found:
    """Locate places in degrees both ways, compiled and by numpy, which must agree in all they say of every place."""
    one, other = (Locator(drawn, way).locate(lon, lat, "wgs84", near_m, **asked) for way in (True, False))
    assert told(one) == told(other)
    return one


def told(found: Found) -> list[tuple[Any, ...]]:
    """All that an answer says, point by point."""
    return [saying(found.at(row)) for row in range(len(found.place))]


def saying(place: Place) -> tuple[Any, ...]:
    """All that every layer says of one point."""
    return place.position, place.how, place.covering, place.candidates


def locate(layers: Sequence[Layer], place: tuple[float, float], near_m: float = 0.0, recorded: int = -1) -> Found:
    """Locate one place in degrees, as :func:`at` gives it; alone and in an array, both ways, all agree."""
    drawn = edition(*layers)
    found = ask(drawn, [place[0]], [place[1]], near_m, recorded=[recorded])
    alone = [Locator(drawn, way).at(*place, near_m, recorded) for way in (True, False)]
    assert [saying(one) for one in alone] == 2 * told(found)
    return found


def answer(found: Found, layer_code: str, row: int = 0) -> tuple[str | None, str]:
    """Code and how of one point in one layer."""
    return found.codes(layer_code)[row], str(found.how[layer_code][row])
