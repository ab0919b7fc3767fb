"""One point at a time: functions that find its place, for a fraction of what arrays of one would cost."""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from gridsvc.spatial.chains import NOWHERE
from gridsvc.spatial.coverage_index import CoverageIndex, Learned
from gridsvc.spatial.edge_policy import Place
from gridsvc.spatial.overlay import NO_PLACE, UNSETTLED
from gridsvc.spatial.places import Places


class At(Protocol):
    """Finds one point's place."""

    def __call__(self, lon: float, lat: float, near_m: float = 0.0, recorded: int = NOWHERE) -> Place: ...


class Met(Protocol):
    """Finds one point's place and its metres to the nearest boundary of the finest partition."""

    def __call__(self, lon: float, lat: float, near_m: float, recorded: int) -> tuple[Place, float]: ...


def placer(index: CoverageIndex, places: Places) -> At:
    """Make the function behind :attr:`Locator.at`; what it reads each time lies at hand, in its own variables."""
    f, cells, settled, columns = index.tables.frame, index.tables.cells.data, places.settled, index.tables.frame.columns
    west, south, per_width, per_height = f.west, f.south, f.per_width, f.per_height
    # The outermost cells are empty, so that a position which rounding could put beside the raster is asked below.
    east, north = west + (f.columns - 1) * f.width, south + (f.rows - 1) * f.height

    known = places.learned
    ask = index.asker(known)

    def at(lon: float, lat: float, near_m: float = 0.0, recorded: int = NOWHERE) -> Place:
        nonlocal known, ask
        if near_m == 0.0 and west < lon < east and south < lat < north:
            number = cells[int((lat - south) * per_height) * columns + int((lon - west) * per_width)]
            if number >= 0 and (place := settled[number]) is not None:
                return place
        if known is not places.learned:
            # Another thread may do the same; each of the two functions is right by itself.
            known = places.learned
            ask = index.asker(known)
        number = ask(lon, lat, near_m)
        if number >= 0 and (place := settled[number]) is not None:
            return place
        return _settled(index, places, number, lon, lat, near_m, recorded)

    return at


def meeter(index: CoverageIndex, places: Places, finest: int | None) -> Met:
    """Make the function behind :attr:`Locator.met`."""
    settled, known = places.settled, places.learned

    def bound(learned: Learned) -> Callable[[float, float, float], tuple[int, float]]:
        if finest is not None:
            return index.meeter(learned, finest)
        ask = index.asker(learned)
        return lambda lon, lat, near_m: (ask(lon, lat, near_m), np.inf)

    meet = bound(known)

    def met(lon: float, lat: float, near_m: float, recorded: int) -> tuple[Place, float]:
        nonlocal known, meet
        if known is not places.learned:
            # Another thread may do the same; each of the two functions is right by itself.
            known = places.learned
            meet = bound(known)
        number, distance_m = meet(lon, lat, near_m)
        if number >= 0 and (place := settled[number]) is not None:
            return place, distance_m
        return _settled(index, places, number, lon, lat, near_m, recorded), distance_m

    return met


def _settled(
    index: CoverageIndex, places: Places, number: int, lon: float, lat: float, near_m: float, recorded: int
) -> Place:
    """The place of a point whose set the index found, or could not settle, when it is asked for the first time."""
    if number == UNSETTLED:
        number = places.number_of(index.describe_one(lon, lat, near_m), recorded)
    return places.place(number if number != NO_PLACE else places.none)
