"""Point in polygon with rational numbers, where nothing is ever rounded: the judge between two implementations."""

from fractions import Fraction
from itertools import pairwise

import shapely
from shapely.geometry.base import BaseGeometry

Corner = tuple[Fraction, Fraction]


def holds(area: BaseGeometry, lon: float, lat: float) -> bool:
    """Tell whether an area holds a point: inside it or exactly on its boundary; a hole's inside is outside."""
    return any(_in_polygon(part, (Fraction(lon), Fraction(lat))) for part in shapely.get_parts(area))


def _in_polygon(part: shapely.Polygon, point: Corner) -> bool:
    sides = [_side(ring.coords, point) for ring in (part.exterior, *part.interiors)]
    return sides[0] >= 0 and all(side <= 0 for side in sides[1:])


def _side(ring: list[tuple[float, float]], point: Corner) -> int:
    """1 inside the ring, 0 on it, -1 outside it: a ray to the east is counted across every edge."""
    x, y = point
    inside = False
    corners = [(Fraction(a), Fraction(b)) for a, b in ring]
    for (ax, ay), (bx, by) in pairwise(corners):
        turn = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
        if turn == 0 and min(ax, bx) <= x <= max(ax, bx) and min(ay, by) <= y <= max(ay, by):
            return 0
        if (ay > y) != (by > y) and (turn > 0) == (by > ay):
            inside = not inside
    return 1 if inside else -1
