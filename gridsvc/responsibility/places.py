"""Places that a row asks for: areas of any layer, what areas are like, and discs around a point."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import floor
from typing import Any

from gridsvc.errors import BadInput, BadTable, FieldError
from gridsvc.values import AreaAt, Point, metres_per_degree

Around = Mapping[str, Sequence[AreaAt]]
# Beyond it the ground is no longer flat enough for the measure below, and an area says better what is meant.
LARGEST_RADIUS_M = 5_000.0
_TERM = re.compile(r"(!?)([A-Za-z]\w*)(?::([^\s&;!]+)|\?(\w+)=([^\s&;!]+))")
_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
_DISC = re.compile(rf"(!?)at:(-?{_NUMBER}),(-?{_NUMBER})/({_NUMBER})")
# Degrees that a cell of the index is wide: about a kilometre, and few discs are larger.
_CELL_DEG = 0.01


@dataclass(frozen=True, slots=True)
class Place:
    """One term of a place: an area by code (``*`` any), or by a property's value, or the absence of it."""

    layer: str
    code: str | None
    key: str | None = None
    value: str | None = None
    negated: bool = False

    def holds(self, around: Around, point: Point) -> bool:
        """Tell whether the term holds where these areas are."""
        for area in around.get(self.layer, ()):
            if self.code in ("*", area.code) if self.key is None else _same(area.props.get(self.key), str(self.value)):
                return not self.negated
        return self.negated


@dataclass(frozen=True, slots=True)
class Disc:
    """All ground within ``radius_m`` metres of a point (WGS 84), its circle among it, or all ground but that.

    Distances are taken with the metres that a degree has at the latitude of the centre. They differ from those on the
    ellipsoid by up to ``0.2 * radius_m**2 * tan(latitude) / 6.3e6`` metres: 1 mm for 200 m at 40 degrees, 0.7 m for
    5 km. In degrees the disc is an ellipse, so a million points are asked as one is, to the last bit.
    """

    point: Point
    radius_m: float
    negated: bool = False
    _lon_m: float = field(init=False, repr=False, compare=False)
    _lat_m: float = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not 0.0 < self.radius_m <= LARGEST_RADIUS_M:
            mend = (f"大于 0、至多 {LARGEST_RADIUS_M:g} 米；更大的范围请画成区域",
                    f"above 0 and at most {LARGEST_RADIUS_M:g} m; draw a larger place as an area")  # fmt: skip
            raise BadInput("半径无效", "the radius cannot be so", [FieldError("radius_m", self.radius_m, *mend)])
        if abs(self.point.lat) > 85.0 or abs(self.point.lon) > 179.9:
            mend = ("纬度在 ±85 度内，经度在 ±179.9 度内", "a latitude within 85 and a longitude within 179.9 degrees")
            error = FieldError("point", [self.point.lon, self.point.lat], *mend)
            raise BadInput("圆心过于靠近两极或日期变更线", "the centre is too near a pole or the date line", [error])
        for name, value in zip(("_lon_m", "_lat_m"), metres_per_degree(self.point.lat), strict=True):
            object.__setattr__(self, name, value)

    def covers(self, lon: Any, lat: Any) -> Any:
        """Tell of one position in degrees, or of arrays of them, whether it is in the circle; NaN is not."""
        east_m, north_m = (lon - self.point.lon) * self._lon_m, (lat - self.point.lat) * self._lat_m
        return east_m * east_m + north_m * north_m <= self.radius_m * self.radius_m

    def holds(self, around: Around, point: Point) -> bool:
        """Tell whether the term holds at a point."""
        return bool(self.covers(point.lon, point.lat)) is not self.negated

    def bounds_deg(self) -> tuple[float, float, float, float]:
        """West, south, east and north of a box that surely has the whole disc in it."""
        wide, high = self.radius_m / self._lon_m + 1e-9, self.radius_m / self._lat_m + 1e-9
        return self.point.lon - wide, self.point.lat - high, self.point.lon + wide, self.point.lat + high


Term = Place | Disc
Places = tuple[tuple[Term, ...], ...]


class Discs:
    """Discs by where they lie: which of them hold a point is found without asking all of them."""

    def __init__(self, discs: Iterable[Disc]) -> None:
        self.all = tuple(dict.fromkeys(Disc(d.point, d.radius_m) for d in discs))
        self._cells: dict[tuple[int, int], list[int]] = {}
        for i, disc in enumerate(self.all):
            west, south, east, north = (floor(v / _CELL_DEG) for v in disc.bounds_deg())
            for column in range(west, east + 1):
                for row in range(south, north + 1):
                    self._cells.setdefault((column, row), []).append(i)

    def holding(self, lon: float, lat: float) -> tuple[int, ...]:
        """Positions in ``all`` of the discs that a position in degrees lies in, ascending."""
        if not self._cells:
            return ()
        near = self._cells.get((floor(lon / _CELL_DEG), floor(lat / _CELL_DEG)), ())
        return tuple([i for i in near if self.all[i].covers(lon, lat)])


def parse_places(text: str, column: str = "places") -> Places:
    """Read alternatives joined by ``;``, each of terms joined by ``&``.

    A term is ``layer:code``, ``layer:*``, ``layer?key=value`` or ``at:LON,LAT/RADIUS_M``; ``!`` before it means
    anywhere but there.
    """
    return tuple(
        tuple(_term(term.strip(), column) for term in alternative.split("&"))
        for alternative in text.split(";")
        if alternative.strip()
    )


def _term(text: str, column: str) -> Term:
    if found := _DISC.fullmatch(text):
        try:
            return Disc(Point(float(found[2]), float(found[3])), float(found[4]), found[1] == "!")
        except BadInput as e:
            mends = [FieldError(column, text, fault.mend_zh, fault.mend_en) for fault in e.errors]
            raise BadTable(e.zh, e.en, mends) from None
    found = _TERM.fullmatch(text)
    if not found or found[2] == "at":
        mend = ("写成 图层:编码、图层:*、图层?属性=值 或 at:经度,纬度/米",
                "write layer:code, layer:*, layer?key=value or at:lon,lat/metres")  # fmt: skip
        raise BadTable("地点写法无法识别", "the place cannot be read", [FieldError(column, text, *mend)])
    return Place(found[2], found[3], found[4], found[5], found[1] == "!")


def at_one(places: Places, around: Around, point: Point) -> bool:
    """Tell whether all terms of one of the alternatives hold. Plain loops: this is asked most of all."""
    for terms in places:
        for term in terms:
            if not term.holds(around, point):
                break
        else:
            return True
    return False


def _same(value: object, text: str) -> bool:
    """Compare a property with the text of a rule: numbers as numbers, flags as true or false, nothing with nothing."""
    if value is None:
        return False
    if isinstance(value, bool):
        return str(value).lower() == text.lower()
    if isinstance(value, int | float):
        try:
            return float(text) == value
        except ValueError:
            return False
    return str(value) == text
