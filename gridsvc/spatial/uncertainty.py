"""How sure is an area when the position has an error: probabilities of the candidates, and whether to ask.

Model: the true position is spread about the reported one as an isotropic normal distribution, and ``accuracy_m`` is
the radius that holds 68 % of it, so that one sigma is ``accuracy_m`` / 1.51. That is what Android's ``getAccuracy``
means; iOS's ``horizontalAccuracy`` is the root mean square error, which holds 63 %, close enough. Browsers are told by
the W3C to state the radius of 95 %: a door that knows its figure to be one divides it by 1.62, any other that hands
one on is merely too careful. The model's candidates are right as often as they say only where the stated accuracy is
true; ``notebooks/02_how_sure.ipynb`` shows how far they go wrong where it is not.
"""

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from gridsvc.spatial.chains import NOWHERE
from gridsvc.spatial.coverage_index import Pairs
from gridsvc.spatial.datum import Floats, metres_per_degree
from gridsvc.values import Point

Settle = Callable[[Floats, Floats], Pairs]
Shares = list[tuple[int, float]]
# Worst error of a probability over straight edges in any direction and distance: 1 024 points 0.7 %, 4 096 0.26 %,
# 8 192 0.15 % (0.02 % on average), 16 384 0.10 %. No set of n points does much better than n ** -0.75 at its worst.
SAMPLES = 8192
HELD = 0.68
# A share of the error smaller than what the points can tell does not count.
NEGLECTED = 0.001
# Below this lead over its strongest rival an answer should be confirmed by a person. At the threshold it is wrong one
# time in four: a question takes seconds, a return by the wrong unit a working day. In the demo city that asks about
# one report in seven and leaves 3 % wrong instead of 9 % at 8 m (one in three, 6 % instead of 20 %, at 20 m); a lead
# of 0.2 would leave 5 % and 13 %.
ASK_BELOW_LEAD = 0.5
# How often the area recorded for a matched component is that of the object meant: in the demo city 99 % of reports
# good to 8 m, 94 % at 20 m. The record may be old and the report may mean the next object, so a little less is trusted.
RECORD_HOLDS = 0.9
_GOLDEN_ANGLE = math.pi * (3.0 - math.sqrt(5.0))


def sigma_m(accuracy_m: float) -> float:
    """Metres of one standard deviation along either axis: the Rayleigh distribution's quantile solved for sigma."""
    return accuracy_m / math.sqrt(-2.0 * math.log(1.0 - HELD))


def certain_m(accuracy_m: float) -> float:
    """Metres beyond which only 0.1 % of the error lies; an area that reaches farther is certain."""
    return sigma_m(accuracy_m) * math.sqrt(-2.0 * math.log(NEGLECTED))


def spread(accuracy_m: float) -> tuple[Floats, Floats]:
    """Spread points over the error, each standing for an equal share of the probability, from the middle outwards.

    Returns offsets east and north in metres, shape (SAMPLES,). No chance is involved, so the same question has one
    answer.
    """
    east, north = _standard_spread()
    return sigma_m(accuracy_m) * east, sigma_m(accuracy_m) * north


@lru_cache(maxsize=1)
def _standard_spread() -> tuple[Floats, Floats]:
    """The spread for a sigma of one: radii at the Rayleigh distribution's mid-quantiles, turned by the golden angle."""
    i = np.arange(SAMPLES)
    radius = np.sqrt(-2.0 * np.log(1.0 - (i + 0.5) / SAMPLES))
    return radius * np.cos(i * _GOLDEN_ANGLE), radius * np.sin(i * _GOLDEN_ANGLE)


def _within(accuracy_m: float, radius_m: float) -> int:
    """How many of the spread's points lie nearer to the reported position than a radius in metres."""
    sigmas = radius_m / sigma_m(accuracy_m)
    return math.floor(SAMPLES * -math.expm1(-0.5 * sigmas * sigmas))


def probabilities(settle: Settle, point: Point, accuracy_m: float, clear_m: float = 0.0) -> Shares:
    """Give each area's probability of holding the true position, most probable first, then by code.

    Parameters
    ----------
    settle : function
        Takes longitudes and latitudes in degrees, shape (n,), and pairs each of those points with the areas that it
        is settled to (positions of points and of areas). A point with several areas is shared equally between them;
        one with none lies outside.
    point : Point
        The reported position.
    accuracy_m : float
        Radius in metres that holds 68 % of the error, more than 0.
    clear_m : float
        Metres around the point in which every point is known to be settled alike, so that one of them stands for all.

    Returns
    -------
    list of (position of the area, probability)
        They add up to less than one where some of the error lies in no area. Each is good to 0.15 % for a single
        straight edge.
    """
    east_m, north_m = spread(accuracy_m)
    lon_m, lat_m = metres_per_degree(point.lat)
    alike = max(_within(accuracy_m, clear_m) - 1, 0)
    sample, area = settle(point.lon + east_m[alike:] / lon_m, point.lat + north_m[alike:] / lat_m)
    if not len(area):
        return []
    stands_for = np.ones(SAMPLES - alike)
    stands_for[0] += alike
    share = np.bincount(area, (stands_for / SAMPLES)[sample] / np.bincount(sample)[sample])
    return _ordered({int(a): float(share[a]) for a in np.flatnonzero(share)})


def with_record(shares: Shares, recorded: int) -> Shares:
    """Weigh in the area recorded for the component that the report means.

    The record holds or it does not: where it does (``RECORD_HOLDS``) the recorded area is the true one, else the
    position alone speaks.
    """
    mixed = {area: (1.0 - RECORD_HOLDS) * p for area, p in shares}
    mixed[recorded] = mixed.get(recorded, 0.0) + RECORD_HOLDS
    return _ordered(mixed)


def sureness(shares: Shares, answer: int) -> float:
    """Probability that the answer is right: the area named, or -1 for lying in no area."""
    return _with_outside(shares).get(answer, 0.0)


def lead(shares: Shares, answer: int) -> float:
    """How far the answer (an area, or -1 for none) is more probable than its strongest rival; below 0 where it is less.

    Lying in no area is a rival like any other.
    """
    rivals = [p for area, p in _with_outside(shares).items() if area != answer]
    return sureness(shares, answer) - max(rivals, default=0.0)


def should_ask(shares: Shares, answer: int) -> bool:
    """Tell whether the answer leads by too little to stand without a person's word."""
    return lead(shares, answer) < ASK_BELOW_LEAD


def _with_outside(shares: Shares) -> dict[int, float]:
    return dict(shares) | {NOWHERE: max(0.0, 1.0 - sum(p for _, p in shares))}


def _ordered(shares: dict[int, float]) -> Shares:
    return sorted(shares.items(), key=lambda s: (-s[1], s[0]))
