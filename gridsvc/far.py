"""Which positions are too far from a map to be anything but a mistake: of axes, of datum, of continent."""

import math

from gridsvc.errors import BadCoordinate, FieldError
from gridsvc.values import Point, metres_per_degree

# Farther from the map's own box than this a point is no neighbour.
FAR_M = 100_000.0
Box = tuple[float, float, float, float]


def refuse_far(point: Point, bounds_deg: Box, field: str = "point") -> None:
    """Raise ``BadCoordinate`` for a point that is farther than 100 km from a box (west, south, east, north).

    ``field`` is what the caller gave it in.
    """
    west, south, east, north = bounds_deg
    if west <= point.lon <= east and south <= point.lat <= north:
        return
    if _outside_m(point.lon, point.lat, bounds_deg) <= FAR_M:
        return
    swapped = abs(point.lon) <= 90 and _outside_m(point.lat, point.lon, bounds_deg) <= FAR_M
    raise BadCoordinate(
        "坐标远在城市之外" + ("（两轴像是颠倒了）" if swapped else ""),
        "the point is far from the city" + (" (the axes look swapped)" if swapped else ""),
        [
            FieldError(
                field,
                [point.lon, point.lat],
                "先经度后纬度" if swapped else "核对坐标和坐标系 crs",
                "longitude first, then latitude" if swapped else "check the coordinates and their crs",
            )
        ],
    )


def _outside_m(lon: float, lat: float, bounds_deg: Box) -> float:
    """Roughly how many metres a position lies outside a box."""
    west, south, east, north = bounds_deg
    lon_m, lat_m = metres_per_degree(max(min(lat, 89.0), -89.0))
    return math.hypot(max(west - lon, 0.0, lon - east) * lon_m, max(south - lat, 0.0, lat - north) * lat_m)
