"""Answers as they were written before, for points at which only the point and the distances differ."""

from collections.abc import Hashable
from datetime import datetime
from functools import lru_cache
from math import isfinite
from typing import NamedTuple

from pydantic_core import to_json

from gridsvc.answer import Explain, Routing
from gridsvc.certainty import is_clear
from gridsvc.codes import category_of
from gridsvc.responsibility.explain import Step, of_component
from gridsvc.router import NEAR_M, Met, Router
from gridsvc.values import Component, Point

# Together, with about as much for their keys; then all are forgotten.
MOST_BYTES = 64 * 1024 * 1024
_KEY_BYTES = 500


class Remembered:
    """Answers to single points, of all routers. Safe to share between threads: entries are only added."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._kept: dict[Hashable, _Kept] = {}

    def of_place(
        self, room: Router, lon: float, lat: float, category: str | None, at: datetime, explain: Explain
    ) -> bytes | None:
        """Write the answer to a report of nothing but a place, in degrees of WGS 84, and a matter.

        None where such a place was not answered yet. Finds what :meth:`Router.meet` finds, and makes nothing of it.
        """
        sought, component, component_m = _sought(category), None, None
        if sought is not None and (found := room.components.nearest(Point(lon, lat), sought, None)) is not None:
            component, component_m = found
        place, distance_m = room.locator.met(lon, lat, NEAR_M, room.recorded_of(component))
        meant = None if component is None else component.code
        discs = room.snapshot.ruleset.discs.holding(lon, lat)
        kept = self._kept.get((room.moments, place, discs, category, meant, False, room.moments.of(at), explain))
        if kept is None or kept.component is not component:
            return None
        return kept.form % _own(lon, lat, distance_m, component, component_m, explain)

    def answer(self, room: Router, met: Met, explain: Explain) -> bytes:
        """Write the answer to a point; what a point that is alike was told is not worked out again."""
        report, component = met.report, met.prepared.component
        # Outside, the nearest areas are of the point itself; attributes are too many to be met again.
        if report.attributes or not room.in_finest(met.place):
            return written(room.decide(met), explain)
        if not is_clear(room.locator, report.accuracy_m, met.distance_m, NEAR_M):
            return written(room.decide(met), explain)
        # A place belongs to one edition, moments to one router and so to its rules; a component may change in place.
        meant = None if component is None else component.code
        point, moment = met.prepared.point, room.moments.of(report.at)
        discs = room.snapshot.ruleset.discs.holding(point.lon, point.lat)
        alike = room.moments, met.place, discs, report.category, meant, bool(report.accuracy_m), moment, explain
        kept = self._kept.get(alike)
        own = _own(point.lon, point.lat, met.distance_m, component, met.prepared.distance_m, explain)
        if kept is not None and kept.component is component:
            return kept.form % own
        whole = written(room.decide(met), explain)
        self._keep(alike, component, whole, own)
        return whole

    def _keep(self, key: Hashable, component: Component | None, whole: bytes, own: tuple[bytes, ...]) -> None:
        if self._bytes > self._most_bytes:
            self._bytes, self._kept = 0, {}
        self._bytes += len(whole) + _KEY_BYTES
        form, after = [], whole
        for before, part in zip(_BEFORE, own, strict=False):
            # Each is the first that looks like it after the one before: of a layer by such a name nothing would follow.
            start = after.index(before + part) + len(before)
            form.append(after[:start].replace(b"%", b"%%"))
            after = after[start + len(part) :]
        self._kept[key] = _Kept(b"%b".join([*form, after.replace(b"%", b"%%")]), component)


class _Kept(NamedTuple):
    """An answer with room for what is of a point itself, and the component it names."""

    form: bytes
    component: Component | None


def written(answer: Routing, explain: Explain) -> bytes:
    """Write an answer as JSON; the sentences of an explanation, which are many and come again, are written once."""
    whole = to_json(answer.as_dict("none"))
    steps = answer.because(explain)
    if not steps:
        return whole
    # No text can look like this, because quotes within texts are escaped.
    before, after = whole.split(b'"because":[]')
    return b'%b"because":[%b]%b' % (before, b",".join([_step(step) for step in steps]), after)


# What stands before that which a written answer says of the point itself, in its order.
_BEFORE = (b'"lon":', b'"lat":', b'"distance_m":', b'"distance_m":', b'"because":[')


def _own(
    lon: float, lat: float, distance_m: float, component: Component | None, component_m: float | None, explain: Explain
) -> tuple[bytes, ...]:
    """What a written answer says of the point itself: where it is, its distances, and how its component was met."""
    metres = round(distance_m, 3) if isfinite(distance_m) else None
    if component is None or component_m is None:
        return tuple(to_json((lon, lat, metres))[1:-1].split(b","))
    own = tuple(to_json((lon, lat, metres, round(component_m, 2)))[1:-1].split(b","))
    return own if explain == "none" else (*own, _step(of_component(component, component_m)))


@lru_cache(maxsize=10_000)
def _sought(category: str | None) -> str | None:
    """The class of component that a matter is about."""
    return None if category is None else category_of(category).component_class


@lru_cache(maxsize=10_000)
def _step(step: Step) -> bytes:
    return to_json(step.as_dict())
