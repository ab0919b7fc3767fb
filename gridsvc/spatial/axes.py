"""References by their OGC names, each with its own order of axes: some say latitude first, some northing first.

What is held here is longitude first in WGS 84 (CRS84); CGCS2000 keeps those coordinates.
"""

import re
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from gridsvc.errors import BadDatum, BadInput, FieldError
from gridsvc.spatial.datum import Metric

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
_NAME = re.compile(re.escape(_EPSG) + r"(\d{4,6})")
# A side that is straight in metres is bent in degrees: so many pieces of each follow the bend.
_PIECES = 32
# What can be a box's: degrees, or metres of a plane.
_MOST = 1e8


def offered(lon_deg: float, lat_deg: float) -> list[str]:
    """Name the references that a city at this place offers: of the globe, of web maps, and the plane of its metres."""
    codes = [4326, 4490, 3857]
    if np.isfinite(lon_deg) and np.isfinite(lat_deg):
        codes.append(Metric.at(lon_deg, lat_deg).epsg)
    return [CRS84, *(f"{_EPSG}{code}" for code in codes)]


def need(name: str | None, names: list[str], field: str) -> str:
    """Give a reference that is offered, CRS84 where none is named; raises ``BadDatum`` for another."""
    if name is None or name in names:
        return name or CRS84
    known = ", ".join(names)
    error = FieldError(field, name, f"可用：{known}", f"one of {known}")
    raise BadDatum("不提供该坐标系", "this reference is not offered", [error])


def told_in(shapes: NDArray[np.object_], name: str) -> NDArray[np.object_]:
    """Give shapes of WGS 84, longitude first, in a reference, in its own order of axes."""
    if name == CRS84:
        return shapes
    way = _way(name)
    moved = shapely.transform(shapes, lambda p: np.column_stack(way.transform(p[:, 0], p[:, 1])))
    return np.asarray(moved, dtype=object)


def read_in(shape: Any, name: str, field: str) -> Any:
    """Give a shape that is told in a reference, in its own order of axes, in WGS 84, longitude first.

    Raises ``BadInput`` for one that is not valid, or nowhere on the globe.
    """
    way = _way(name)
    placed = shapely.transform(shape, lambda p: np.column_stack(way.transform(p[:, 0], p[:, 1], direction="INVERSE")))
    west, south, east, north = shapely.bounds(placed)
    is_there = -180 <= west <= east <= 180 and -90 <= south <= north <= 90
    if not is_there or not shapely.is_valid(placed):
        mend = (
            "核对坐标、轴序和几何有效性",
            "check the coordinates, the order of their axes and that the shape is valid",
        )
        raise BadInput("几何不可用", "the geometry is not usable", [FieldError(field, shape.wkt[:200], *mend)])
    return placed


def box_in(text: str, name: str) -> Any:
    """Read a box of four or six numbers told in a reference, in its own order of axes, as a shape of WGS 84.

    In degrees one whose west is east of its east goes round the back of the globe.
    """
    try:
        numbers = [float(v) for v in text.split(",")]
        low, high = numbers[: len(numbers) // 2], numbers[len(numbers) // 2 :]
        (a, b), (c, d) = low[:2], high[:2]
        is_box = len(numbers) in (4, 6) and all(abs(v) <= _MOST for v in numbers)
    except ValueError:
        is_box = False
    if not is_box:
        raise _no_box(text)
    degrees = name == CRS84 or _of_globe(name)
    if degrees and name != CRS84:
        a, b, c, d = b, a, d, c
    if degrees:
        if b > d or max(abs(a), abs(c)) > 180 or max(abs(b), abs(d)) > 90:
            raise _no_box(text)
        return (
            shapely.union(shapely.box(a, b, 180, d), shapely.box(-180, b, c, d)) if a > c else shapely.box(a, b, c, d)
        )
    if a > c or b > d:
        raise _no_box(text)
    box = shapely.box(a, b, c, d)
    return read_in(shapely.segmentize(box, max(c - a, d - b, 1.0) / _PIECES), name, "bbox")


def _no_box(text: str) -> BadInput:
    mend = ("四个数：两个轴的最小值，再两个轴的最大值，按 bbox-crs 的轴序",
            "four numbers: the least of both axes, then the greatest, in the order of axes of bbox-crs")  # fmt: skip
    return BadInput("范围框无效", "the box is not usable", [FieldError("bbox", text[:200], *mend)])


@lru_cache(maxsize=16)
def _way(name: str) -> Transformer:
    """The way from CRS84, each side in its own order of axes."""
    code = _NAME.fullmatch(name)
    return Transformer.from_crs("OGC:CRS84", "OGC:CRS84" if code is None else f"EPSG:{code[1]}", always_xy=False)


def _of_globe(name: str) -> bool:
    return name.removeprefix(_EPSG) in ("4326", "4490")
