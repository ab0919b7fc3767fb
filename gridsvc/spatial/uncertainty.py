"""How sure is an area when the position has an error: probabilities of the candidates, and whether to ask.

Model: the true position is spread about the reported one as an isotropic normal distribution, and ``accuracy_m`` is
the radius that holds 68 % of it, so that one sigma is ``accuracy_m`` / 1.51. That is what Android's ``getAccuracy``
means; iOS's ``horizontalAccuracy`` is the root mean square error, which holds 63 %, close enough. Browsers are told by
the W3C to state the radius of 95 %: a door that knows its figure to be one divides it by 1.62, any other that hands
one on is merely too careful. The model's candidates are right as often as they say only where the stated accuracy is
true; ``notebooks/03_accuracy_and_datum.ipynb`` shows how far they go wrong where it is not.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from gridsvc.spatial.chains import NOWHERE
from gridsvc.spatial.coverage_index import Pairs
from gridsvc.spatial.datum import Floats, metres_per_degree
from gridsvc.values import Point

Settle = Callable[[Floats, Floats], Pairs]
Clear = Callable[[Floats, Floats], Floats]
Shares = list[tuple[int, float]]
Rows = NDArray[np.intp]
# Worst error of a probability over straight edges in any direction and distance: 1 024 points 0.7 %, 4 096 0.26 %,
# 8 192 0.15 % (0.02 % on average), 16 384 0.10 %. No set of n points does much better than n ** -0.75 at its worst.
SAMPLES = 8192
# So many of them that lie together are told apart only where a line may run between them.
_TUFTS = (1024, 128, 16)
# Points whose error is spread at a time: half a million samples at worst.
_AT_ONCE = 64
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


@lru_cache(maxsize=1)
def _tufts() -> tuple[Rows, Sequence[tuple[Rows, Floats]]]:
    """The spread in an order in which points that lie together follow each other, in tufts of tufts.

    The order, and for each size of ``_TUFTS``, as they follow each other in it, the point nearest to each tuft's middle
    and how far from that one the others reach, in sigmas.
    """
    points, tufts, sizes = np.column_stack(_standard_spread()), np.arange(SAMPLES).reshape(1, -1), []
    while tufts.shape[1] > _TUFTS[-1]:
        longer = np.argmax(np.ptp(points[tufts], axis=1), axis=1)
        along = np.take_along_axis(points[tufts], longer[:, None, None], axis=2)[:, :, 0]
        tufts = np.take_along_axis(tufts, np.argsort(along, axis=1, kind="stable"), axis=1)
        tufts = tufts.reshape(2 * len(tufts), -1)
        if tufts.shape[1] in _TUFTS:
            off = np.linalg.norm(points[tufts] - points[tufts].mean(axis=1, keepdims=True), axis=2)
            middle = np.take_along_axis(tufts, off.argmin(axis=1, keepdims=True), axis=1)
            sizes.append((middle[:, 0], np.linalg.norm(points[tufts] - points[middle], axis=2).max(axis=1)))
    return tufts.ravel(), sizes


def probabilities(
    settle: Settle, points: Sequence[Point], accuracy_m: Sequence[float], clear_m: Clear | None = None
) -> list[Shares]:
    """Give each area's probability of holding the true position of each of n points, most probable first, then by code.

    Parameters
    ----------
    settle : function
        Takes longitudes and latitudes in degrees, shape (m,), and pairs each of those points with the areas that it
        is settled to (positions of points and of areas). A point with several areas is shared equally between them;
        one with none lies outside.
    points : sequence of Point
        The reported positions.
    accuracy_m : sequence of float
        For each the radius in metres that holds 68 % of the error, more than 0.
    clear_m : function, optional
        Takes the same and gives the metres around each point in which every point is settled like itself, so that one
        of them stands for all. It changes nothing but the work.

    Returns
    -------
    list of lists of (position of the area, probability)
        They add up to less than one where some of the error lies in no area. Each is good to 0.15 % for a single
        straight edge.
    """
    some = [slice(start, start + _AT_ONCE) for start in range(0, len(points), _AT_ONCE)]
    return [shares for s in some for shares in _probabilities(settle, points[s], accuracy_m[s], clear_m)]


def _probabilities(
    settle: Settle, points: Sequence[Point], accuracy_m: Sequence[float], clear_m: Clear | None
) -> list[Shares]:
    east, north = _standard_spread()
    order, sizes = _tufts()
    sigmas_m = np.array([sigma_m(a) for a in accuracy_m])
    at_deg = np.array([(p.lon, p.lat) for p in points])
    sigma_deg = sigmas_m[:, None] / np.array([metres_per_degree(p.lat) for p in points])

    def place(row: Rows, sample: Rows) -> tuple[Floats, Floats]:
        return at_deg[row, 0] + east[sample] * sigma_deg[row, 0], at_deg[row, 1] + north[sample] * sigma_deg[row, 1]

    # Tufts that are not looked into: the row, the point that stands for all, and how many these are.
    alike: list[tuple[Rows, Rows, int]] = []
    row, tuft, size = np.arange(len(points)), np.zeros(len(points), dtype=np.intp), SAMPLES
    for smaller, (middle, reach) in zip(_TUFTS, sizes, strict=True):
        if clear_m is None:
            break
        row, tuft = _within(row, tuft, size // smaller)
        size = smaller
        clear = clear_m(*place(row, middle[tuft])) > sigmas_m[row] * reach[tuft]
        alike.append((row[clear], middle[tuft[clear]], size))
        row, tuft = row[~clear], tuft[~clear]
    row, one = _within(row, tuft, size)
    alike.append((row, order[one], 1))
    row, middles = (np.concatenate(parts) for parts in list(zip(*alike, strict=True))[:2])
    stands_for = np.repeat([n for _, _, n in alike], [len(rows) for rows, _, _ in alike]) / SAMPLES
    sample, area = settle(*place(row, middles))
    # Few areas lie around so few points: numbered anew, so that a row and an area make one small number.
    there = np.flatnonzero(np.bincount(area))
    number = np.zeros(int(area.max(initial=0)) + 1, dtype=np.intp)
    number[there] = np.arange(len(there))
    weight = stands_for[sample] / np.bincount(sample)[sample]
    share = np.bincount(row[sample] * len(there) + number[area], weight, len(points) * len(there))
    share = share.reshape(len(points), len(there))
    found: list[dict[int, float]] = [{} for _ in points]
    for i, j in zip(*(axis.tolist() for axis in np.nonzero(share)), strict=True):
        found[i][int(there[j])] = float(share[i, j])
    return [ordered(shares) for shares in found]


def _within(row: Rows, tuft: Rows, n: int) -> tuple[Rows, Rows]:
    """The ``n`` parts of each tuft of a row."""
    return np.repeat(row, n), (tuft[:, None] * n + np.arange(n)).ravel()


def with_record(shares: Shares, recorded: int) -> Shares:
    """Weigh in the area recorded for the component that the report means.

    The record holds or it does not: where it does (``RECORD_HOLDS``) the recorded area is the true one, else the
    position alone speaks.
    """
    mixed = {area: (1.0 - RECORD_HOLDS) * p for area, p in shares}
    mixed[recorded] = mixed.get(recorded, 0.0) + RECORD_HOLDS
    return ordered(mixed)


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


def ordered(shares: Mapping[int, float]) -> Shares:
    """Most probable first, then by code."""
    return sorted(shares.items(), key=lambda s: (-s[1], s[0]))
