"""How sure the finest partition is of its answer: distance to a line, candidates with probabilities, whether to ask.

``confidence`` is the probability that the answer is right: that the true position lies in the area named, or in none
where none is named. Three witnesses speak for it: the position with its stated error, the stated order that settled
ties and boundary streets, and the area recorded for the component that the report means.
"""

import math
from collections.abc import Sequence

import numpy as np

from gridsvc.answer import Match
from gridsvc.spatial.chains import NOWHERE
from gridsvc.spatial.coverage_index import Pairs
from gridsvc.spatial.datum import Floats
from gridsvc.spatial.edge_policy import HOW, Place
from gridsvc.spatial.exact_shares import FAR, shares_in
from gridsvc.spatial.locate import Found, Locator
from gridsvc.spatial.uncertainty import (
    Shares,
    certain_m,
    ordered,
    probabilities,
    should_ask,
    sigma_m,
    sureness,
    with_record,
)
from gridsvc.values import Point

# Less is shown as 0, and what shares may add up to less than one by: so little of the error lies far away.
_SHOWN, _WHOLE = 0.00005, 1e-5


def match_of(
    locator: Locator,
    place: Place,
    point: Point,
    accuracy_m: float | None,
    distance_m: float,
    recorded: int = NOWHERE,
    near_m: float = 0.0,
    weighed: Shares | None = None,
) -> Match:
    """How sure the finest partition's answer is, with the candidates.

    ``accuracy_m`` is the radius that holds 68 % of the position's error, None or 0 where nothing is stated: then the
    position is taken as it is. ``distance_m`` are the metres to the nearest boundary, ``recorded`` the position of
    the area recorded for the matched component (-1 without one), ``near_m`` what ``place`` was located with,
    ``weighed`` what :func:`weigh` gives for the point, if that is known already.
    """
    finest = locator.finest
    if finest is None:
        return Match("outside", None, (), False, 0.0)
    number = locator.number[finest]
    how, position = place.how[number], place.position[number]
    if weighed is None:
        weighed = weigh(locator, [(point, accuracy_m, distance_m)], near_m)[0]
    if weighed is not None:
        shares = weighed
    elif not accuracy_m and how == "street":
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
    if not accuracy_m or locator.finest is None:
        return True
    return not locator.has_corridors and distance_m - near_m > certain_m(accuracy_m)


def weigh(locator: Locator, asked: Sequence[tuple[Point, float | None, float]], near_m: float) -> list[Shares | None]:
    """Candidates by the probability that the true position is settled to them, as the answer itself is settled.

    For each of many points with its stated error and its metres to the nearest boundary; None where :func:`is_clear`.
    """
    rows = {i: (p, a) for i, (p, a, d) in enumerate(asked) if a and not is_clear(locator, a, d, near_m)}
    found: list[Shares | None] = [None] * len(asked)
    if rows:
        points, accuracy_m = zip(*rows.values(), strict=True)
        for i, shares in zip(rows, _weigh(locator, points, accuracy_m, near_m), strict=True):
            found[i] = shares
    return found


def _weigh(locator: Locator, points: Sequence[Point], accuracy_m: Sequence[float], near_m: float) -> list[Shares]:
    if locator.has_corridors:
        return _sampled(locator, points, accuracy_m, near_m)
    found = _exactly(locator, points, accuracy_m)
    if left := [i for i, shares in enumerate(found) if shares is None]:
        sampled = _sampled(locator, [points[i] for i in left], [accuracy_m[i] for i in left], near_m)
        for i, shares in zip(left, sampled, strict=True):
            found[i] = shares
    return [shares for shares in found if shares is not None]


def _exactly(locator: Locator, points: Sequence[Point], accuracy_m: Sequence[float]) -> list[Shares | None]:
    """The same where the ground itself settles: None where areas overlap or leave ground to none of them."""
    geometries = locator.edition.layers[str(locator.finest)].geometries
    sigmas_m = np.array([sigma_m(a) for a in accuracy_m])
    lon, lat = np.array([(p.lon, p.lat) for p in points]).T
    row, area = locator.around(lon, lat, FAR * sigmas_m)
    share = shares_in(geometries[area], row, points, sigmas_m)
    is_whole = np.abs(np.bincount(row, share, len(points)) - 1.0) < _WHOLE
    found: list[dict[int, float]] = [{} for _ in points]
    for i, a, p in zip(row.tolist(), area.tolist(), share.tolist(), strict=True):
        if p > _SHOWN:
            found[i][a] = p
    return [ordered(shares) if whole else None for shares, whole in zip(found, is_whole.tolist(), strict=True)]


def _sampled(locator: Locator, points: Sequence[Point], accuracy_m: Sequence[float], near_m: float) -> list[Shares]:
    finest = str(locator.finest)

    def settle(lon: Floats, lat: Floats) -> Pairs:
        # Of what is near only those know that lie in no area; to look around everybody would take most of the time.
        point, area = _chosen(locator.locate(lon, lat, "wgs84"), finest)
        alone = np.flatnonzero(np.bincount(point, minlength=len(lon)) == 0)
        beside, near = _chosen(locator.locate(lon[alone], lat[alone], "wgs84", near_m), finest)
        return np.concatenate([point, alone[beside]]), np.concatenate([area, near])

    def clear_m(lon: Floats, lat: Floats) -> Floats:
        inside = locator.locate(lon, lat, "wgs84").layers[finest].position >= 0
        return locator.boundary_distance_m(lon, lat) - np.where(inside, 0.0, near_m)

    return probabilities(settle, points, accuracy_m, None if locator.has_corridors else clear_m)


def _chosen(located: Found, layer: str) -> Pairs:
    """The areas that points are settled to; where areas overlap a point may be in any of them."""
    found = located.layers[layer]
    position, several = found.position.astype(np.intp), found.how_code == HOW.index("overlap")
    alone, crowd = np.flatnonzero((position >= 0) & ~several), np.flatnonzero(several)
    held = [found.covering(row) for row in crowd.tolist()]
    point = np.repeat(crowd, [len(areas) for areas in held])
    return np.concatenate([alone, point]), np.concatenate([position[alone], *held])


def _equal_shares(locator: Locator, number: int, place: Place, point: Point) -> Shares:
    """Where there is nothing to weigh candidates share equally; outside, the nearest is named with 0."""
    for candidates in (place.covering[number], place.candidates[number]):
        if candidates:
            return [(a, 1.0 / len(candidates)) for a in candidates]
    return [(a, 0.0) for a in locator.nearest(point.lon, point.lat)]
