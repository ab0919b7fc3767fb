"""How sure the finest partition is of its answer: distance to a line, candidates with probabilities, whether to ask."""

import math

import numpy as np
from numpy.typing import NDArray

from gridsvc.answer import Match
from gridsvc.spatial.datum import Floats
from gridsvc.spatial.locate import Found, Locator
from gridsvc.spatial.uncertainty import farthest_m, probabilities, should_ask
from gridsvc.values import Point


def match_of(locator: Locator, found: Found, row: int, accuracy_m: float | None, distance_m: float) -> Match:
    """How sure the finest partition's answer is, with the candidates."""
    finest = locator.finest
    if finest is None:
        return Match("outside", None, (), False, 0.0)
    answer = found.layers[finest]
    how, position = str(answer.how[row]), int(answer.position[row])
    if accuracy_m:
        shares = _weighed(locator, finest, found, row, accuracy_m, distance_m)
        ask, sure = should_ask(shares), dict(shares).get(position, 0.0)
    elif how == "street":
        shares, ask, sure = [(position, 1.0)], False, 1.0
    else:
        shares = _equal_shares(locator, finest, found, row)
        ask, sure = how in ("overlap", "near"), dict(shares).get(position, 0.0)
    codes = locator.edition.layers[finest].codes
    metres = distance_m if math.isfinite(distance_m) else None
    return Match(how, metres, tuple((finest, codes[a], round(p, 4)) for a, p in shares), ask, round(sure, 4))


def _weighed(
    locator: Locator, finest: str, found: Found, row: int, accuracy_m: float, distance_m: float
) -> list[tuple[int, float]]:
    """Candidates by the probability that the true position lies in them."""
    position = int(found.position[finest][row])
    if distance_m > farthest_m(accuracy_m) and found.how[finest][row] == "inside":
        return [(position, 1.0)]

    def settle(lon: Floats, lat: Floats) -> NDArray[np.int32]:
        return locator.locate(lon, lat, "wgs84", layers=(finest,)).position[finest]

    return probabilities(settle, Point(float(found.lon[row]), float(found.lat[row])), accuracy_m)


def _equal_shares(locator: Locator, finest: str, found: Found, row: int) -> list[tuple[int, float]]:
    """Without a stated error there is nothing to weigh: candidates share equally; outside, the nearest has 0."""
    answer = found.layers[finest]
    for candidates in (answer.covering(row), answer.candidates_of(row)):
        if len(candidates):
            return [(int(a), 1.0 / len(candidates)) for a in candidates]
    return [(a, 0.0) for a in locator.nearest(float(found.lon[row]), float(found.lat[row]))]
