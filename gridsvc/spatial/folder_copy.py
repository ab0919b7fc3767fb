"""Writes a boundary folder that is like another but for the shapes of some layers; never touches the other one."""

import glob
import json
import shutil
from collections.abc import Collection
from pathlib import Path
from typing import Any

import shapely

from gridsvc.spatial.layer import Edition, Layer
from gridsvc.spatial.manifest import LayerSource, Manifest

MANIFEST, REPORT = "manifest.json", "repair.json"


def copy_folder(source: Path, manifest: Manifest, edition: Edition, changed: Collection[str], target: Path) -> None:
    """Write manifest, layers and tables of ``source`` to a folder that is empty, under the code of ``edition``.

    The layers in ``changed`` are written as GeoJSON in WGS 84 with the shapes of ``edition``, every column under its
    own name. All other files are copied as they are, to beside the manifest, wherever they were before; so is every
    key of the manifest that says nothing of a changed file.
    """
    raw = json.loads((source / MANIFEST).read_text(encoding="utf-8-sig"))
    raw["edition"] = edition.code
    copied: dict[Path, str] = {}
    layers = list(zip(raw["layers"], manifest.layers, strict=True))
    for entry, layer in layers:
        if layer.spec.code not in changed:
            entry["file"] = _copy(layer.path, target, layer.spec.code, copied)
    for name, table in manifest.tables.items():
        stated = raw["tables"][name]
        file = _copy(table.path, target, name, copied)
        raw["tables"][name] = file if isinstance(stated, str) else stated | {"file": file}
    # After the others: what was copied is never written over.
    for entry, layer in layers:
        if (code := layer.spec.code) in changed:
            file = _unused(target, code, f"{code}.geojson")
            entry |= {"file": file, "crs": "EPSG:4326"}
            entry.pop("encoding", None)
            entry.pop("sublayer", None)
            text = _geojson(edition.layers[code], layer)
            (target / file).write_text(text, encoding="utf-8", newline="\n")
    (target / MANIFEST).write_text(json.dumps(raw, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _copy(path: Path, target: Path, prefix: str, copied: dict[Path, str]) -> str:
    """Copy a file, or the folder that a format makes of one, unless it is there already; gives its name there."""
    path = path.resolve()
    if path not in copied:
        name = copied[path] = _unused(target, prefix, path.name)
        if path.is_dir():
            shutil.copytree(path, target / name)
            return name
        # A shapefile is several files of one name.
        family = path.parent.glob(glob.escape(path.stem) + ".*") if path.suffix.lower() == ".shp" else [path]
        for member in family:
            shutil.copy(member, target / (name.removesuffix(path.name) + member.name))
    return copied[path]


def _unused(target: Path, prefix: str, name: str) -> str:
    """Give the name, with the prefix put before it until no file there has it nor is going to."""
    while name in (MANIFEST, REPORT) or (target / name).exists():
        name = f"{prefix}-{name}"
    return name


def _geojson(layer: Layer, source: LayerSource) -> str:
    """Give a layer as a feature collection, one feature a line, with the columns that its manifest names."""
    lines = []
    for i, shape in enumerate(layer.geometries):
        own = {source.parent_code: layer.parents[i], source.unit: layer.units[i], source.name: layer.names[i],
               source.code: layer.codes[i]}  # fmt: skip
        properties: dict[str, Any] = dict(layer.props[i])
        properties |= {column: value for column, value in own.items() if column is not None}
        geometry = None if shape is None else json.loads(shapely.to_geojson(shape))
        lines.append(
            json.dumps({"type": "Feature", "properties": properties, "geometry": geometry}, ensure_ascii=False)
        )
    return '{"type": "FeatureCollection", "features": [\n' + ",\n".join(lines) + "\n]}\n"
