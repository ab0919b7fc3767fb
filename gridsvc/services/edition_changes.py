"""What changed from one stored edition to another, with the shapes before and after for the map."""

import json
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import shapely
from pydantic_core import to_json
from sqlalchemy import Connection, Engine

from gridsvc.diff import diff
from gridsvc.router import Snapshot
from gridsvc.services.editions import read_rules_of
from gridsvc.spatial.layer import Layer
from gridsvc.store import dated_sets
from gridsvc.store.areas import read_edition
from gridsvc.store.dated_sets import DatedSet
from gridsvc.store.engine import one_state

# Real changes come first; beyond these the list goes on without shapes.
MOST_DRAWN = 3000
MOST_BYTES = 32 * 1024 * 1024
_Pair = tuple[DatedSet, DatedSet | None]
_Key = tuple[tuple[int, str] | None, ...]


class Differences:
    """What changed between editions, written once for all who ask of the same contents. Safe to share between threads.

    The ones asked for last are kept, so many bytes of them.
    """

    def __init__(self, engine: Engine, most_bytes: int = MOST_BYTES) -> None:
        self._engine = engine
        self._most_bytes = most_bytes
        # By use, the last one last.
        self._kept: OrderedDict[_Key, bytes] = OrderedDict()
        self._keeping, self._comparing = threading.Lock(), threading.Lock()

    def between(self, before: DatedSet, after: DatedSet, *, drafts: bool) -> bytes:
        """Compare two stored editions as ``gridsvc boundaries diff`` does, as JSON with the shapes of each change.

        Rules are compared where both came with some, and of those that are not published only for who may know of
        ``drafts``.
        """
        with one_state(self._engine) as connection:
            known = self._known(_key(_sets(connection, before, after, drafts)))
        if known is not None:
            return known
        # One at a time, so that many who ask at once neither do the same nor take all cores.
        with self._comparing, one_state(self._engine) as connection:
            sets = _sets(connection, before, after, drafts)
            known = self._known(_key(sets))
            if known is None:
                old, new = (_snapshot(connection, *pair) for pair in sets)
                known = to_json(_told(old, new))
                self._keep(_key(sets), known)
            return known

    def _known(self, key: _Key) -> bytes | None:
        with self._keeping:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def _keep(self, key: _Key, written: bytes) -> None:
        with self._keeping:
            self._kept[key] = written
            while sum(map(len, self._kept.values())) > self._most_bytes:
                self._kept.popitem(last=False)


def _sets(connection: Connection, before: DatedSet, after: DatedSet, drafts: bool) -> list[_Pair]:
    """The editions as they are in this state, which may have been drawn in since they were found, and their rules."""
    editions = [dated_sets.need(connection, "edition", one.code, one.district) for one in (before, after)]
    own = [dated_sets.came_with(connection, one.code, one.district) for one in editions]
    rules = own if all(one and (drafts or one.published_at) for one in own) else [None, None]
    return list(zip(editions, rules, strict=True))


def _key(sets: Sequence[_Pair]) -> _Key:
    """What tells contents from all others: a draft keeps its id when it is drawn in, but not its hash."""
    return tuple(None if one is None else (one.id, one.content_hash) for pair in sets for one in pair)


def _told(old: Snapshot, new: Snapshot) -> dict[str, Any]:
    found = diff(old, new)
    told = found.as_dict()
    pairs = [(change, one) for one in found.layers for change in one.changes]
    gravest = sorted(zip(told["changes"], pairs, strict=True), key=lambda p: not p[1][0].real)
    for n, (entry, (change, one)) in enumerate(gravest):
        entry["real"] = change.real
        for side, layer, rows in (("old", one.before, change.rows_before), ("new", one.after, change.rows_after)):
            entry[side] = _shape(layer, rows) if n < MOST_DRAWN else None
    return told


def _snapshot(connection: Connection, edition: DatedSet, ruleset: DatedSet | None) -> Snapshot:
    return Snapshot(read_edition(connection, edition), *read_rules_of(connection, ruleset))


def _shape(layer: Layer, rows: tuple[int, ...]) -> Any:
    """The areas as one GeoJSON collection; None where none of them has a shape."""
    shapes = [layer.geometries[row] for row in rows if layer.geometries[row] is not None]
    if not shapes:
        return None
    return json.loads(shapely.to_geojson(shapely.GeometryCollection(shapes)))
