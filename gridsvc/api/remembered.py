"""Answers as they were written before, for points at which only the point and the distances differ."""

import math
from collections.abc import Hashable
from functools import lru_cache

from pydantic_core import to_json

from gridsvc.answer import Explain, Routing
from gridsvc.certainty import is_clear
from gridsvc.responsibility.explain import Step, of_component
from gridsvc.router import NEAR_M, Met, Router

# Together, with about as much for their keys; then all are forgotten.
MOST_BYTES = 64 * 1024 * 1024
_KEY_BYTES = 500


class Remembered:
    """Answers to single points, of all routers. Safe to share between threads: entries are only added."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._kept: dict[Hashable, list[bytes]] = {}

    def answer(self, room: Router, met: Met, explain: Explain) -> bytes:
        """Write the answer to a point; what a point that is alike was told is not worked out again."""
        alike = _alike(room, met)
        if alike is None:
            return written(room.decide(met), explain)
        own, kept = _own(met, explain), self._kept.get((alike, explain))
        if kept is not None:
            return b"".join([part for pair in zip(kept, own, strict=False) for part in pair]) + kept[-1]
        whole = written(room.decide(met), explain)
        self._keep((alike, explain), whole, own)
        return whole

    def _keep(self, key: Hashable, whole: bytes, own: list[bytes]) -> None:
        if self._bytes > self._most_bytes:
            self._bytes, self._kept = 0, {}
        self._bytes += len(whole) + _KEY_BYTES
        kept, after = [], whole
        for part in own:
            before, after = after.split(part, 1)
            kept.append(before)
        self._kept[key] = [*kept, after]


def written(answer: Routing, explain: Explain) -> bytes:
    """Write an answer as JSON; the sentences of an explanation, which are many and come again, are written once."""
    whole = to_json(answer.as_dict("none"))
    steps = answer.because(explain)
    if not steps:
        return whole
    # No text can look like this, because quotes within texts are escaped.
    before, after = whole.split(b'"because":[]')
    return b'%b"because":[%b]%b' % (before, b",".join([_step(step) for step in steps]), after)


def _alike(room: Router, met: Met) -> Hashable | None:
    """Equal for points whose answers differ only in the point and the distances, None for one of its own."""
    report, place, finest = met.report, met.place, room.locator.finest
    # Outside, the nearest areas are of the point itself; attributes are too many to be met again.
    if report.attributes or finest is None or not place.candidates[room.locator.number[finest]]:
        return None
    if not is_clear(room.locator, report.accuracy_m, met.distance_m, NEAR_M):
        return None
    # A place belongs to one router, and so to one edition with its tables.
    return place, report.category, met.prepared.component, bool(report.accuracy_m), room.moments.of(report.at)


def _own(met: Met, explain: Explain) -> list[bytes]:
    """What a written answer says of the point itself, in its order.

    Each is the first that looks like it after the one before: of a layer by such a name no number would follow.
    """
    point, component, component_m = met.prepared.point, met.prepared.component, met.prepared.distance_m
    metres = round(met.distance_m, 3) if math.isfinite(met.distance_m) else None
    own = [to_json({"lon": point.lon, "lat": point.lat}), b'"distance_m":%b' % to_json(metres)]
    if component is not None and component_m is not None:
        own.append(b'"distance_m":%b' % to_json(round(component_m, 2)))
        if explain != "none":
            own.append(_step(of_component(component, component_m)))
    return own


@lru_cache(maxsize=10_000)
def _step(step: Step) -> bytes:
    return to_json(step.as_dict())
