"""Local metres to WGS 84 degrees and back for the invented district; knows nothing of what stands there."""

import math
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

LON0 = 120.225
LAT0 = 30.320
DECIMALS = 7
GRID_DEG = 1e-7

_PHI = math.radians(LAT0)
M_PER_DEG_LAT = 111132.954 - 559.822 * math.cos(2 * _PHI) + 1.175 * math.cos(4 * _PHI)
M_PER_DEG_LON = 111412.84 * math.cos(_PHI) - 93.5 * math.cos(3 * _PHI) + 0.118 * math.cos(5 * _PHI)

Array = NDArray[np.float64]


def to_degrees(xy: Array) -> Array:
    """Turn metres east and north of the district's origin into unrounded longitude and latitude."""
    return np.column_stack([LON0 + xy[:, 0] / M_PER_DEG_LON, LAT0 + xy[:, 1] / M_PER_DEG_LAT])


def to_metres(lonlat: Array) -> Array:
    """Turn longitude and latitude into metres east and north of the district's origin."""
    return np.column_stack([(lonlat[:, 0] - LON0) * M_PER_DEG_LON, (lonlat[:, 1] - LAT0) * M_PER_DEG_LAT])


def degrees(geometry: Any) -> Any:
    """Move a geometry (or an array of them) from metres to unrounded degrees."""
    return shapely.transform(geometry, to_degrees)


def metres(geometry: Any) -> Any:
    """Move a geometry (or an array of them) from degrees to metres."""
    return shapely.transform(geometry, to_metres)


def rounded(geometry: Any) -> Any:
    """Round every coordinate to the nearest double of seven decimals, so that text and memory agree bit by bit."""
    return shapely.transform(geometry, lambda c: np.round(c, DECIMALS))


def stage_rng(seed: int, stage: str) -> np.random.Generator:
    """Give each stage its own stream, so that a change in one stage leaves the others as they were."""
    return np.random.default_rng([seed, *stage.encode()])
