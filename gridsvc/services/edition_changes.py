"""What changed from one stored edition to another, with the shapes before and after for the map."""

import json
from typing import Any

import shapely
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


def changes_between(engine: Engine, before: DatedSet, after: DatedSet, *, drafts: bool) -> dict[str, Any]:
    """Compare two stored editions as ``gridsvc boundaries diff`` does, each change with the shapes it is about.

    Rules are compared where both came with some, and of those that are not published only for who may know of
    ``drafts``.
    """
    with one_state(engine) as connection:
        own = [dated_sets.came_with(connection, one.code, one.district) for one in (before, after)]
        rules = own if all(one and (drafts or one.published_at) for one in own) else [None, None]
        old, new = (_snapshot(connection, *pair) for pair in zip((before, after), rules, strict=True))
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
