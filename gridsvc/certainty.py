"""How sure the finest partition is of its answer: distance to a line, candidates with probabilities, whether to ask.

``confidence`` is the probability that the answer is right: that the true position lies in the area named, or in none
where none is named. Three witnesses speak for it: the position with its stated error, the stated order that settled
ties and boundary streets, and the area recorded for the component that the report means.
"""

import math

import numpy as np

from gridsvc.answer import Match
from gridsvc.spatial.chains import NOWHERE
from gridsvc.spatial.coverage_index import Pairs
from gridsvc.spatial.datum import Floats
from gridsvc.spatial.edge_policy import Place
from gridsvc.spatial.locate import Locator
from gridsvc.spatial.ragged import counted
from gridsvc.spatial.uncertainty import Shares, certain_m, probabilities, should_ask, sureness, with_record
from gridsvc.values import Point


def match_of(
    locator: Locator,
    place: Place,
    point: Point,
    accuracy_m: float | None,
    distance_m: float,
    recorded: int = NOWHERE,
    near_m: float = 0.0,
) -> Match:
    """How sure the finest partition's answer is, with the candidates.

    ``accuracy_m`` is the radius that holds 68 % of the position's error, None or 0 where nothing is stated: then the
    position is taken as it is. ``distance_m`` are the metres to the nearest boundary, ``recorded`` the position of
    the area recorded for the matched component (-1 without one), ``near_m`` what ``place`` was located with.
    """
    finest = locator.finest
    if finest is None:
        return Match("outside", None, (), False, 0.0)
    number = locator.number[finest]
    how, position = place.how[number], place.position[number]
    if accuracy_m:
        shares = _weighed(locator, number, place, point, accuracy_m, distance_m, near_m)
    elif how == "street":
        shares = [(position, 1.0)]
    else:
        shares = _equal_shares(locator, number, place, point)
    if recorded != NOWHERE:
        shares = with_record(shares, recorded)
    # With neither an error nor a record to weigh, the stated order stands except where the map itself is at fault.
    weighs = bool(accuracy_m) or recorded != NOWHERE
    ask = should_ask(shares, position) if weighs else how in ("overlap", "near")
    codes = locator.edition.layers[finest].codes
    metres = distance_m if math.isfinite(distance_m) else None
    candidates = tuple((finest, codes[a], round(p, 4)) for a, p in shares)
    return Match(how, metres, candidates, ask, round(sureness(shares, position), 4))


def is_clear(locator: Locator, accuracy_m: float | None, distance_m: float, near_m: float) -> bool:
    """Whether the stated error reaches no line, so that its size says nothing more."""
    return not accuracy_m or _clear_m(locator, distance_m, near_m) > certain_m(accuracy_m)


def _clear_m(locator: Locator, distance_m: float, near_m: float) -> float:
    """Metres around a point in which nothing changes."""
    return 0.0 if locator.finest is None or _has_corridors(locator, locator.finest) else max(0.0, distance_m - near_m)


def _weighed(
    locator: Locator, number: int, place: Place, point: Point, accuracy_m: float, distance_m: float, near_m: float
) -> Shares:
    """Candidates by the probability that the true position is settled to them, as the answer itself is settled."""
    if is_clear(locator, accuracy_m, distance_m, near_m):
        return _equal_shares(locator, number, place, point)

    def settle(lon: Floats, lat: Floats) -> Pairs:
        located = locator.locate(lon, lat, "wgs84", near_m)
        numbers, which = np.unique(located.place, return_inverse=True)
        chosen = [_chosen(located.places.place(n), number) for n in numbers.tolist()]
        flat = np.array([area for areas in chosen for area in areas], dtype=np.intp)
        last = np.cumsum([len(areas) for areas in chosen])
        first = last - [len(areas) for areas in chosen]
        point, at = counted(first[which], last[which] - 1)
        return point, flat[at]

    return probabilities(settle, point, accuracy_m, _clear_m(locator, distance_m, near_m))


def _chosen(place: Place, layer: int) -> tuple[int, ...]:
    """The area that a place is settled to; where areas overlap it may be any of them."""
    if place.how[layer] == "overlap":
        return place.covering[layer]
    return (place.position[layer],) if place.position[layer] >= 0 else ()


def _has_corridors(locator: Locator, finest: str) -> bool:
    """Whether boundary streets move the finest partition's ground, so that its own lines are not all there is."""
    edition = locator.edition
    settled = [layer.spec.settles for layer in edition if layer.spec.settles is not None]
    return any(finest in (code, *edition.ancestors(code)) for code in settled)


def _equal_shares(locator: Locator, number: int, place: Place, point: Point) -> Shares:
    """Where there is nothing to weigh candidates share equally; outside, the nearest is named with 0."""
    for candidates in (place.covering[number], place.candidates[number]):
        if candidates:
            return [(a, 1.0 / len(candidates)) for a in candidates]
    return [(a, 0.0) for a in locator.nearest(point.lon, point.lat)]
