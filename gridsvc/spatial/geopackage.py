"""Writes an edition, its tables and components into one GeoPackage that desktop tools can edit, with a manifest."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyogrio
import shapely

from gridsvc.errors import BadInput, FieldError
from gridsvc.spatial.layer import Edition, Layer, Objects
from gridsvc.tables import COLUMNS
from gridsvc.values import Component, LayerChecks

# Older desktop tools warn about newer versions of the format.
_VERSION = {"VERSION": "1.2"}
_NOTE = "EPSG:4326; CGCS2000 经纬度原样保留 · CGCS2000 degrees are kept as they are"
_COMPONENT = ("code", "class_code", "code_scheme", "name", "competent", "owner", "maintainer", "unit_grid", "state",
              "accuracy_class")  # fmt: skip

Tables = Mapping[str, Sequence[Mapping[str, str]]]


def write_geopackage(path: Path, edition: Edition, tables: Tables, components: Sequence[Component]) -> dict[str, Any]:
    """Write every layer, table and the components to a new GeoPackage; gives the manifest of a folder that holds it.

    Geometry is written in EPSG:4326 bit for bit, a row of text stays text. Raises ``BadInput`` where two columns
    differ only in letter case, which the format cannot hold.
    """
    taken: set[str] = set()
    layers = [_write_layer(path, layer, _free(layer.spec.code, taken)) for layer in edition]
    entries: dict[str, Any] = {}
    for name, rows in tables.items():
        columns = dict.fromkeys((key for row in rows for key in row), True) or dict.fromkeys(COLUMNS[name], True)
        entries[name] = {"file": path.name, "sublayer": _free(name, taken)}
        _write(path, entries[name]["sublayer"], {c: [row.get(c, "") for row in rows] for c in columns}, None, "")
    if components:
        entries["components"] = {"file": path.name, "sublayer": _free("components", taken)}
        texts = {c.replace("class_code", "class"): [getattr(x, c) for x in components] for c in _COMPONENT}
        places = shapely.points([(x.point.lon, x.point.lat) for x in components])
        _write(path, entries["components"]["sublayer"], texts, places, f"部件 · components; {_NOTE}")
    start = edition.valid_from and edition.valid_from.astimezone(ZoneInfo(edition.time_zone))
    about = {
        "edition": edition.code, "title": edition.title, "district": edition.district,
        "time_zone": edition.time_zone, "valid_from": start and start.isoformat(),
        "local_crs": dict(edition.local_crs),
    }  # fmt: skip
    return {k: v for k, v in about.items() if v} | {"layers": layers, "tables": entries}


def _write_layer(path: Path, layer: Layer, sublayer: str) -> dict[str, Any]:
    """Write one layer; gives its entry in the manifest."""
    spec = layer.spec
    taken = {key.lower() for props in layer.props[:1] for key in props}
    ours: dict[str, Objects] = {"code": layer.codes}
    if any(layer.names):
        ours["name"] = layer.names
    # Without the column the parents would be looked up again by geometry.
    if spec.parent is not None or any(layer.parents):
        ours["parent_code"] = layer.parents
    if any(layer.units):
        ours["unit"] = layer.units
    named = {key: _free(key.removesuffix("_code"), taken) for key in ours}
    columns: dict[str, Sequence[Any]] = {named[key]: list(values) for key, values in ours.items()}
    columns |= {key: [props.get(key) for props in layer.props] for props in layer.props[:1] for key in props}
    _write(path, sublayer, columns, layer.geometries, f"{spec.title_zh} · {spec.title_en}; {_NOTE}")
    entry = {
        "layer": spec.code, "file": path.name, "sublayer": sublayer, "crs": "EPSG:4326", **named,
        "geometry": spec.geometry, "coverage": spec.coverage, "parent": spec.parent, "priority": spec.priority,
        "chief_role": spec.chief_role, "settles": spec.settles, "title_zh": spec.title_zh, "title_en": spec.title_en,
        "checks": {k: v for k, v in asdict(spec.checks).items() if v} if spec.checks != LayerChecks() else None,
    }  # fmt: skip
    return {k: v for k, v in entry.items() if v is not None}


def _write(path: Path, sublayer: str, columns: Mapping[str, Sequence[Any]], shapes: Objects | None, about: str) -> None:
    taken = {name.lower() for name in columns}
    if len(taken) < len(columns):
        mend = ("改名，使列名不只是大小写不同", "rename one: names must differ in more than letter case")
        raise BadInput("列名只有大小写不同", "column names differ only in letter case",
                       [FieldError(sublayer, sorted(columns, key=str.lower), *mend)])  # fmt: skip
    kinds = {str(s.geom_type) for s in shapes if s is not None} if shapes is not None else set()
    pyogrio.raw.write(
        str(path),
        None if shapes is None else shapely.to_wkb(shapes),
        [_column(values) for values in columns.values()],
        list(columns),
        layer=sublayer,
        driver="GPKG",
        geometry_type=None if shapes is None else kinds.pop() if len(kinds) == 1 else "Unknown",
        crs=None if shapes is None else "EPSG:4326",
        append=path.exists(),
        dataset_options=None if path.exists() else _VERSION,
        layer_options={"FID": _free("fid", taken), "GEOMETRY_NAME": _free("geom", taken), "DESCRIPTION": about},
    )


def _column(values: Sequence[Any]) -> Any:
    """A column of one type: flags, whole numbers, numbers with gaps, else text with gaps."""
    kinds = {type(v) for v in values}
    if kinds == {bool}:
        return np.array(values, dtype=np.bool_)
    if kinds == {int}:
        return np.array(values, dtype=np.int64)
    if float in kinds and kinds <= {float, int, type(None)}:
        return np.array([np.nan if v is None else v for v in values], dtype=np.float64)
    column = np.empty(len(values), dtype=object)
    column[:] = [None if v is None else str(v) for v in values]
    return column


def _free(name: str, taken: set[str]) -> str:
    """A name that nothing has yet in any letter case; it is taken then."""
    chosen = next(c for c in _numbered(name) if c.lower() not in taken)
    taken.add(chosen.lower())
    return chosen


def _numbered(name: str) -> Iterable[str]:
    yield name
    n = 1
    while True:
        n += 1
        yield f"{name}_{n}"
