"""How sure is an area when the position has an error: probabilities of the candidates, and whether to ask.

Model: the true position is spread about the reported one as an isotropic normal distribution, and
``accuracy_m`` is the radius that holds 68 % of it (what Android reports; iOS's figure is close to it).
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from gridsvc.spatial.datum import Floats, metres_per_degree
from gridsvc.values import Point

Settle = Callable[[Floats, Floats], NDArray[np.int32]]
SAMPLES = 1024
HELD = 0.68
# Below this lead of the first candidate over the second the answer should be confirmed by a person.
ASK_BELOW_LEAD = 0.2
_GOLDEN_ANGLE = math.pi * (3.0 - math.sqrt(5.0))


def spread(accuracy_m: float, n: int = SAMPLES) -> tuple[Floats, Floats]:
    """Spread n points over the error disc, each standing for an equal share of the probability.

    Returns offsets east and north in metres, shape (n,): radii at the mid-quantiles of the Rayleigh
    distribution, directions by the golden angle; no chance is involved, so the same question has one answer.
    """
    i = np.arange(n)
    sigma_m = accuracy_m / math.sqrt(-2.0 * math.log(1.0 - HELD))
    radius_m = sigma_m * np.sqrt(-2.0 * np.log(1.0 - (i + 0.5) / n))
    return radius_m * np.cos(i * _GOLDEN_ANGLE), radius_m * np.sin(i * _GOLDEN_ANGLE)


def farthest_m(accuracy_m: float, n: int = SAMPLES) -> float:
    """Metres to the outermost of the spread points; an area that reaches farther holds them all."""
    return accuracy_m * math.sqrt(math.log(0.5 / n) / math.log(1.0 - HELD))


def probabilities(settle: Settle, point: Point, accuracy_m: float) -> list[tuple[int, float]]:
    """Give each area's probability of holding the true position, most probable first, then by code.

    ``settle`` answers longitudes and latitudes with the position of each point's area, -1 for none.
    The probabilities add up to less than one where some of the error disc lies in no area. Each is good to
    about 1 / 1024 for a single straight edge.
    """
    east_m, north_m = spread(accuracy_m)
    lon_m, lat_m = metres_per_degree(point.lat)
    lon, lat = point.lon + east_m / lon_m, point.lat + north_m / lat_m
    area, count = np.unique(settle(lon, lat), return_counts=True)
    shares = [(int(a), float(c) / len(lon)) for a, c in zip(area, count, strict=True) if a >= 0]
    return sorted(shares, key=lambda s: (-s[1], s[0]))


def should_ask(shares: list[tuple[int, float]]) -> bool:
    """Tell whether the first two candidates are too close to choose without asking; none at all asks too."""
    first, second = ([p for _, p in shares] + [0.0, 0.0])[:2]
    outside = max(0.0, 1.0 - sum(p for _, p in shares))
    return first - max(second, outside) < ASK_BELOW_LEAD
