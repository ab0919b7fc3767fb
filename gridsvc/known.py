"""Rows of a batch that were decided before, told from tables: no row among them takes a step of its own in Python.

What decides a row is its kind (see :mod:`gridsvc.kinds`). A kind that was never met, and whatever is wrong or doubtful
with a row, goes to :mod:`gridsvc.bulk`, which this asks, learns from and never contradicts. It needs the compiler.
"""

import threading
from bisect import bisect_right
from collections.abc import Hashable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, get_args
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from gridsvc.bulk import Decided, kinds_of, route_columns
from gridsvc.codes import category_of, matters
from gridsvc.errors import GridsvcError
from gridsvc.far import FAR_M
from gridsvc.keepers import NEVER, NEW, Full, Keepers, Numbers
from gridsvc.report import Report
from gridsvc.responsibility.resolve import Decision
from gridsvc.router import NEAR_M, Router
from gridsvc.spatial.compiler import compiled_columns
from gridsvc.spatial.component_columns import UNSTATED_ACCURACY_M
from gridsvc.spatial.datum import Floats
from gridsvc.spatial.locate import Found
from gridsvc.spatial.overlay import NO_PLACE
from gridsvc.values import Point, Via

Ints = NDArray[np.int32]
# By what number a row's matter is known here; behind them no matter at all, and one that nobody knows.
CODES: tuple[str | None, ...] = (*matters(), None, "")
VIAS: tuple[str, ...] = get_args(Via)
NO_MATTER, UNKNOWN = len(CODES) - 2, len(CODES) - 1
# Kinds that are kept, twelve bytes each in a table that is at most half full; then all are forgotten.
MOST_KINDS = 500_000
_LEAST_SLOTS = 1 << 12
_LONGEST_DEGREE_M = 112_000.0
_SECOND, _EPOCH = timedelta(seconds=1), datetime(1970, 1, 1, tzinfo=UTC)


class Rows(NamedTuple):
    """n rows that were routed: the number of each one's place, and of its unit, of the kind of rule and of its error.

    The last three are positions in ``Known.units``, ``VIAS`` and ``errors``; -1 for none.
    """

    place: Ints
    unit: Ints
    via: Ints
    error: Ints
    errors: Sequence[GridsvcError] = ()


class Known:
    """What is known of one snapshot. Safe to share between threads, of which one at a time looks."""

    def __init__(self, router: Router, way: Any) -> None:
        snapshot = router.snapshot
        rules = snapshot.ruleset.rules
        self._way = way
        self.units = tuple(sorted({unit.code for unit in snapshot.staff.units.values()}))
        self._unit = {code: i for i, code in enumerate(self.units)}
        self._via = {via: i for i, via in enumerate(VIAS)}
        self._changes = sorted({t for r in rules for t in (r.valid_from, r.valid_to) if t is not None})
        self._bounds_deg = snapshot.edition.bounds_deg
        self._discs = snapshot.ruleset.discs
        self._boxes = np.array([d.bounds_deg() for d in self._discs.all], np.float64).reshape(-1, 4)
        self._classes = [category_of(code).component_class if code else None for code in CODES]
        self._looking = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        way = self._way
        self._asking, self._kinds, self._places = Numbers(way.ASKED_BITS), Numbers(), Numbers(way.PLACE_BITS)
        self._keeping, self._in_discs = Numbers(way.KEEPER_BITS), Numbers(way.DISCS_BITS)
        # The first stands for no component, and for no disc.
        self._keeping.number(None)
        self._in_discs.number(())
        self._kind_of = np.full(0, NEW, np.int32)
        self._asked: dict[Hashable, Ints] = {}
        self._catalogue: Keepers | None = None
        self._keys, self._values = np.full(_LEAST_SLOTS, NEW, np.int64), np.zeros(_LEAST_SLOTS, np.int32)
        self._count = 0

    def rows(
        self, room: Router, lon: Floats, lat: Floats, whose: Ints, at: datetime, *, at_once: bool = False
    ) -> Rows | None:
        """Route n points, degrees in WGS 84, with the matters ``CODES[whose]``, by the router that this is of.

        None where there is no room for what is new; with ``at_once`` wherever something is, or another thread looks.
        """
        if not self._looking.acquire(blocking=not at_once):
            return None
        try:
            seen = self._seen(room, lon, lat, whose, at)
        except Full:
            self._forget()
            return None
        finally:
            self._looking.release()
        if not seen.missing:
            return seen.rows([])
        return None if at_once else self._with_missing(room, seen, lon, lat, whose, at)

    def _seen(self, room: Router, lon: Floats, lat: Floats, whose: Ints, at: datetime) -> "_Seen":
        way, n = self._way, len(lon)
        near = np.empty(n, np.bool_)
        way.near_rows(lon, lat, *self._bounds_deg, FAR_M / _LONGEST_DEGREE_M, near)
        value = np.where(near & (whose != UNKNOWN), NEW, NEVER).astype(np.int32)
        there = self._keepers(room)
        component = np.empty(n, np.int32)
        if way.components_of(lon, lat, whose, there.class_of(self._classes), there.catalogue.start, there.wide_deg,
                             UNSTATED_ACCURACY_M, there.catalogue.there, component):  # fmt: skip
            for row in np.flatnonzero(component == way.ASK).tolist():
                of = self._classes[whose[row]] if value[row] == NEW else None
                found = None if of is None else room.components.nearest(Point(lon[row], lat[row]), of, None)
                component[row] = -1 if found is None else there.row_of(found[0])
        there.tell(room, self._keeping, component)
        place = _located(room, lon, lat, there, component)
        self._see(room, place)
        asked = self._asked_at(room, at, whose)
        key = np.empty(n, np.int64)
        missing = way.known_rows(place, whose, component, self._discs_at(lon, lat), self._kind_of, asked,
                                 there.keeper, self._keys, self._values, key, value)  # fmt: skip
        return _Seen(place, component, key, value, missing, there)

    def _keepers(self, room: Router) -> "Keepers":
        catalogue, changed = room.components.catalogue()
        held = self._catalogue
        if held is None or held.catalogue is not catalogue:
            held = self._catalogue = Keepers(catalogue)
        held.changed = changed
        return held

    def _see(self, room: Router, place: Ints) -> None:
        """Number the kinds of places that were never seen."""
        places = room.locator.places
        if len(self._kind_of) < places.count:
            more = np.full(places.count + places.count // 2 - len(self._kind_of), NEW, np.int32)
            self._kind_of = np.concatenate([self._kind_of, more])
        new = np.unique(place[self._kind_of[place] < 0])
        if not len(new):
            return
        nowhere = np.zeros(len(new))
        locator = room.locator
        found = Found(nowhere, nowhere, new, places, locator.edition, locator.number)
        told = kinds_of(room.snapshot).of_places(self._kinds, found, locator.finest)
        for number, kind in zip(new.tolist(), np.array(told, np.int64).reshape(-1, len(new)).T.tolist(), strict=True):
            self._kind_of[number] = self._places.number(*kind)

    def _asked_at(self, room: Router, at: datetime, whose: Ints) -> Ints:
        """By matter the number of what is asked at this instant; of those only that are asked."""
        # Only validity changes within a second (see Moments).
        moment = (at - _EPOCH) // _SECOND, bisect_right(self._changes, at)
        asked = self._asked.get(moment)
        if asked is None:
            if len(self._asked) >= 16:
                self._asked = {}
            asked = self._asked[moment] = np.full(len(CODES), NEW, np.int32)
        used = np.bincount(whose, minlength=len(CODES)) > 0
        for i in np.flatnonzero(used & (asked < 0)).tolist():
            asked[i] = self._asking.number(kinds_of(room.snapshot).asked(self._kinds, Report(at, CODES[i])))
        return asked

    def _discs_at(self, lon: Floats, lat: Floats) -> Ints:
        inside = np.zeros(len(lon), np.int32)
        if len(self._boxes) and self._way.in_boxes(lon, lat, self._boxes, inside):
            for row in np.flatnonzero(inside).tolist():
                inside[row] = self._in_discs.number(self._discs.holding(float(lon[row]), float(lat[row])))
        return inside

    def _with_missing(self, room: Router, seen: "_Seen", lon: Floats, lat: Floats, whose: Ints, at: datetime) -> Rows:
        """Decide what is not known in the plain way, and learn it."""
        rows = np.flatnonzero(seen.value < 0)
        codes, which = np.unique(whose[rows], return_inverse=True)
        reports = [Report(at, CODES[i]) for i in codes.tolist()]
        decided = route_columns(room, lon[rows], lat[rows], crs="wgs84", reports=reports, whose=which)
        errors = np.full(len(lon), -1, np.int32)
        errors[rows] = decided.error
        seen.place[rows] = decided.found.place
        with self._looking:
            values = [self._value(d) for d in decided.decisions]
            told = np.array([*values, 0], np.int32)[decided.decision]
            if seen.there is self._catalogue:
                self._learn(seen, rows, told, decided)
        seen.value[rows] = told
        return seen.rows(decided.errors, errors)

    def _value(self, decision: Decision) -> int:
        """Number a decision's unit and kind of rule together; 0 is neither."""
        unit, rule = decision.unit, decision.rule
        return (0 if unit is None else self._unit[unit.code] + 1) << 8 | (
            0 if rule is None else self._via[rule.via] + 1
        )

    def _learn(self, seen: "_Seen", rows: NDArray[np.intp], told: Ints, decided: Decided) -> None:
        for i, row in enumerate(rows.tolist()):
            # A component may have changed in between.
            same = decided.components.get(i) is seen.there.component(int(seen.component[row]))
            if decided.decision[i] >= 0 and seen.key[row] >= 0 and same:
                self._count += self._way.put_key(self._keys, self._values, int(seen.key[row]), int(told[i]))
                self._make_room()

    def _make_room(self) -> None:
        if self._count > MOST_KINDS:
            self._keys, self._values, self._count = np.full_like(self._keys, NEW), self._values, 0
        elif 2 * self._count > len(self._keys):
            keys, values = self._keys, self._values
            self._keys = np.full(2 * len(keys), NEW, np.int64)
            self._values = np.zeros(2 * len(keys), np.int32)
            for at in np.flatnonzero(keys >= 0).tolist():
                self._way.put_key(self._keys, self._values, int(keys[at]), int(values[at]))


class _Seen(NamedTuple):
    """What was found of n rows: ``value`` joins unit and kind of rule, below 0 where it is not known."""

    place: Ints
    component: Ints
    key: NDArray[np.int64]
    value: Ints
    missing: int
    there: "Keepers"

    def rows(self, errors: Sequence[GridsvcError], error: Ints | None = None) -> Rows:
        none = np.full(len(self.place), -1, np.int32) if error is None else error
        return Rows(self.place, (self.value >> 8) - 1, (self.value & 255) - 1, none, errors)


def _located(room: Router, lon: Floats, lat: Floats, there: Keepers, component: Ints) -> Ints:
    """What :meth:`gridsvc.spatial.locate.Locator.locate` finds, in numbers."""
    locator = room.locator
    places = locator.places
    place: Ints = locator.index.sets_of(lon, lat, NEAR_M, places.learned)
    special = np.flatnonzero(place < 0)
    if len(special):
        place[special[place[special] == NO_PLACE]] = places.none
        rows = special[place[special] != places.none]
        meant = component[rows]
        recorded = np.where(meant >= 0, there.recorded[meant], -1).astype(np.int32)
        place[rows] = places.numbers_of(locator.index.describe(lon[rows], lat[rows], NEAR_M), recorded)
    return place


_KNOWN: "WeakKeyDictionary[Router, Known]" = WeakKeyDictionary()


def known_of(router: Router) -> Known | None:
    """Give what is known of a router, as long as it lasts; None without a compiler."""
    known = _KNOWN.get(router)
    if known is None and (way := compiled_columns()) is not None:
        known = _KNOWN.setdefault(router, Known(router, way))
    return known


def at_hand(router: Router) -> Known | None:
    """Give what is known of a router if anybody asked before."""
    return _KNOWN.get(router)
