"""Metres between points and edges, on the plane that touches the ellipsoid at the point.

Right to a thousandth within ten kilometres, and digit for digit what :mod:`kernel_steps` computes for one point.
"""

from collections.abc import Callable
from typing import Any, cast

import numpy as np

from gridsvc.spatial.datum import metres_per_degree
from gridsvc.spatial.edges import Floats


def apart_m(ends: Floats, lon: Floats, lat: Floats) -> Floats:
    """Metres between points and edges, on the plane that touches the ellipsoid at the point."""
    lon_m, lat_m = metres_at(lat)
    ax, ay = (ends[:, 0] - lon) * lon_m, (ends[:, 1] - lat) * lat_m
    dx, dy = (ends[:, 2] - ends[:, 0]) * lon_m, (ends[:, 3] - ends[:, 1]) * lat_m
    square = dx * dx + dy * dy
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(square > 0.0, np.clip(-(ax * dx + ay * dy) / square, 0.0, 1.0), 0.0)
    return np.asarray(np.sqrt((ax + share * dx) ** 2 + (ay + share * dy) ** 2))


def metres_at(lat: Floats) -> tuple[Floats, Floats]:
    """Metres a degree of longitude and latitude at each point, digit for digit as one point alone would have them."""
    of_many: Callable[[Floats], tuple[Floats, Floats]] = cast(Any, metres_per_degree)
    return of_many(lat)
