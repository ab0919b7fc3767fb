"""Collections of features as OGC API Features has them: the areas of each layer, components, cases within a reach."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from sqlalchemy import Engine

from gridsvc.errors import FieldError, NotFound
from gridsvc.masking import mask_text
from gridsvc.rights import Reach
from gridsvc.spatial.axes import told_in
from gridsvc.spatial.layer import Edition, Layer
from gridsvc.store import features as store
from gridsvc.store.cql2 import Kind
from gridsvc.store.dated_sets import DatedSet
from gridsvc.store.engine import transaction
from gridsvc.store.features import Key, Part, Wanted
from gridsvc.store.tiles import layer_id

COMPONENTS, CASES = "components", "cases"
_KINDS: Mapping[type, str] = {str: "string", int: "number", float: "number", bool: "boolean"}


@dataclass(frozen=True, slots=True)
class Collection:
    """What is told of a collection; ``box`` in degrees, NaN where nothing is known of it."""

    id: str
    titles: tuple[str, str]
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Source:
    """Where the features of a collection are. ``newest``: the last come first; ``counted``: they are few."""

    parts: Sequence[Part]
    newest: bool = False
    counted: bool = False

    def queryables(self) -> dict[str, Kind]:
        """The properties that filters may ask for, each with its kind."""
        return {name: queryable.kind for name, queryable in self.parts[0].asked.items()}


@dataclass(frozen=True, slots=True)
class Page:
    """Features in GeoJSON, the key of the last if another page follows, and how many meet the question, if counted."""

    features: list[dict[str, Any]]
    last: Key | None
    matched: int | None


def collections_of(edition: Edition, with_cases: bool) -> list[Collection]:
    """List the collections that somebody may ask, cases only where he may read some."""
    found = [Collection(one.spec.code, (one.spec.title_zh, one.spec.title_en), one.bounds_deg) for one in edition]
    found.append(Collection(COMPONENTS, ("部件", "components"), edition.bounds_deg))
    return found + [cases_collection(edition)] * with_cases


def collection_of(edition: Edition, id_: str) -> Collection:
    """Give a collection other than that of the cases; raises ``NotFound``."""
    for one in collections_of(edition, False):
        if one.id == id_:
            return one
    raise _no_collection(edition, id_)


def cases_collection(edition: Edition) -> Collection:
    """The collection of the cases that somebody may see."""
    return Collection(CASES, ("案件", "cases"), edition.bounds_deg)


def source_of(engine: Engine, edition: Edition, found: DatedSet, id_: str) -> Source:
    """Give where the features of a layer, or the components of an edition are; raises ``NotFound``."""
    if id_ == COMPONENTS:
        return Source(store.components_of(found))
    layer = edition.layers.get(id_)
    with transaction(engine) as connection:
        key = layer_id(connection, found.id, id_)
    if layer is None or key is None:
        raise _no_collection(edition, id_)
    return Source(store.areas_of(key, kinds_of(layer)), counted=True)


def cases_source(reach: Reach) -> Source:
    """Give where the cases within a reach are."""
    return Source(store.cases_of(reach), newest=True)


def kinds_of(layer: Layer) -> dict[str, str]:
    """Of what kind each of a layer's own properties is in JSON; those that are now this and now that are left out."""
    kinds: dict[str, set[str | None]] = {}
    for props in layer.props:
        for name, value in props.items():
            if value is not None:
                kinds.setdefault(name, set()).add(_KINDS.get(type(value)))
    plain = {name: next(iter(of)) for name, of in kinds.items() if len(of) == 1}
    return {name: kind for name, kind in sorted(plain.items()) if kind is not None}


def page(engine: Engine, source: Source, wanted: Wanted, crs: str, zone: ZoneInfo) -> Page:
    """Give one page of a collection, its shapes in a reference."""
    with transaction(engine) as connection:
        found = store.page(connection, source.parts, wanted, source.newest)
        matched = store.count(connection, source.parts, wanted) if source.counted else None
    rows = found.rows[: wanted.limit]
    shapes = told_in(found.shapes[: wanted.limit], crs)
    last = None
    if len(found.rows) > wanted.limit:
        last = tuple(rows[-1][f"k{n}"] for n in range(len(source.parts[0].key)))
    return Page([_feature(row, shape, zone) for row, shape in zip(rows, shapes, strict=True)], last, matched)


def feature(engine: Engine, source: Source, wanted: Wanted, crs: str, zone: ZoneInfo) -> dict[str, Any]:
    """Give the one feature that is wanted by its id; raises ``NotFound``."""
    found = page(engine, source, wanted, crs, zone).features
    if not found:
        mend = ("核对 id", "check the id")
        raise NotFound("没有这个要素", "there is no such feature", [FieldError("feature", str(wanted.id), *mend)])
    return found[0]


def _feature(row: Mapping[str, Any], shape: Any, zone: ZoneInfo) -> dict[str, Any]:
    told = {name[2:]: value for name, value in row.items() if name.startswith("p_")}
    told = dict(told.pop("props", None) or {}) | told
    if "description" in told and "version" in told:
        # Numbers of telephones in what citizens wrote are masked at every door.
        told["description"] = mask_text(told["description"])
    for name, value in told.items():
        if isinstance(value, datetime):
            told[name] = value.astimezone(zone).isoformat()
    place = None if shape is None else shapely.geometry.mapping(shape)
    return {"type": "Feature", "id": row["id"], "geometry": place, "properties": told}


def _no_collection(edition: Edition, id_: str) -> NotFound:
    known = ", ".join([*edition.layers, COMPONENTS, CASES])
    error = FieldError("collection", id_, f"可用：{known}", f"one of {known}")
    return NotFound("没有这个集合", "there is no such collection", [error])


def extent(box: tuple[float, float, float, float]) -> dict[str, Any]:
    """The extent of a collection as OGC has it, empty where nothing is known of it."""
    return {"spatial": {"bbox": [list(box)]}} if np.isfinite(box).all() else {}
