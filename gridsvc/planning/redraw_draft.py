"""A plan as a boundary folder: the edition it was made from with other grids, to be checked, replayed and published."""

import csv
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridsvc.bootstrap import Folder
from gridsvc.planning.plans import Plan, handed_over
from gridsvc.planning.redraw import Ground
from gridsvc.spatial.datum import Metric
from gridsvc.spatial.layer import Edition, Layer
from gridsvc.tables import COLUMNS

# A boundary street may leave the border of the grids by so much, and for this share of its length.
BESIDE_M = 1.0
ALONG = 0.9


@dataclass(frozen=True, eq=False)
class Draft:
    """What was written: the folder, and what a person has to look at before it is published.

    ``changed``: unit grids that change hands. ``streets``: boundary streets left out, since they do not run between
    grids any more or not beside their owner. ``posts``: posts that ended with their grid. ``vacant``: new grids, for
    which there are no posts yet.
    """

    folder: Path
    changed: pd.DataFrame
    streets: tuple[str, ...]
    posts: tuple[str, ...]
    vacant: tuple[str, ...]


def write_draft(
    contents: Folder, source: Path, ground: Ground, plan: Plan, out: Path, edition: str, title: str = "",
    valid_from: str | None = None, layer: str = "grid", unit_layer: str = "unit_grid",
) -> Draft:  # fmt: skip
    """Write a plan as a new edition of a boundary folder.

    Parameters
    ----------
    contents, source : Folder, Path
        The folder the ground was made of, as it was read, and where it is.
    out : Path
        Folder to write; what is in it under the same names is replaced. Files that do not change are copied.
    edition, title : str
        Code and title of the new edition.
    valid_from : str, optional
        A day or an instant from which it is to hold, as in a manifest.

    Returns
    -------
    Draft
        A grid is the exact union of its unit grids, in EPSG:4326. One whose code goes on keeps its name, unit and
        other columns; a new one is named after its area and has the unit of most grids there. Posts of grids that end
        are left out. Boundary streets of grids stay where they still run between grids and beside their owner; their
        wording (含) belongs to a border, and where that moved somebody has to decide anew. ``changes.csv`` lists unit
        grids, streets and posts.
    """
    out.mkdir(parents=True, exist_ok=True)
    city = contents.snapshot.edition
    grids = _grids(city, ground, plan, layer, unit_layer)
    made: dict[str, gpd.GeoDataFrame] = {layer: grids}
    streets: tuple[str, ...] = ()
    for other in city:
        if other.spec.settles == layer:
            made[other.spec.code], gone = _streets(other, grids)
            streets += gone
    manifest = json.loads((source / "manifest.json").read_text(encoding="utf-8-sig"))
    manifest |= {"edition": edition, "title": title or edition}
    manifest.pop("valid_from", None)
    if valid_from:
        manifest["valid_from"] = valid_from
    manifest["layers"] = [_layer_entry(source, out, entry, made) for entry in manifest["layers"]]
    manifest["tables"] = {k: _copied(source, out, v, k) for k, v in manifest.get("tables", {}).items()}
    posts: tuple[str, ...] = ()
    if "posts" in contents.tables:
        manifest["tables"]["posts"] = "posts.csv"
        posts = _posts(contents, out, layer, set(grids["code"]))
    changed = handed_over(ground, plan)
    _write_changes(out / "changes.csv", changed, streets, posts)
    (out / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    new = tuple(c for c in grids["code"] if c not in city.layers[layer].position_of)
    return Draft(out, changed, streets, posts, new)


def _grids(city: Edition, ground: Ground, plan: Plan, layer: str, unit_layer: str) -> gpd.GeoDataFrame:
    old, shapes = city.layers[layer], city.layers[unit_layer].geometries
    columns = list(dict.fromkeys(k for p in old.props for k in p))
    areas_above = city.layers.get(old.spec.parent or "")
    rows: list[dict[str, Any]] = []
    for code in sorted(set(plan.labels)):
        own = plan.labels == code
        inside = ground.inside[own][0]
        row: dict[str, Any] = {"code": code, "parent_code": inside or None}
        if code in old.position_of:
            i = old.position_of[code]
            row |= {"name": old.names[i], "unit": old.units[i]} | {k: old.props[i].get(k) for k in columns}
        else:
            near = [u for u, p in zip(old.units, old.parents, strict=True) if p == inside and u]
            above = areas_above.names[areas_above.position_of[inside]] if areas_above is not None else ""
            row |= {"name": above + code.removeprefix(inside), "unit": max(near, key=near.count) if near else None}
            row |= dict.fromkeys(columns)
        rows.append(row | {"geometry": shapely.coverage_union_all(shapes[own])})
    return gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4326")


def _streets(streets: Layer, grids: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    west, south, east, north = streets.bounds_deg
    metric = Metric.at((west + east) / 2, (south + north) / 2)
    shapes_m = metric.geometries(np.asarray(grids.geometry.values, dtype=object))
    lines_m = metric.geometries(streets.geometries)
    border_of = dict(zip(grids["code"], shapely.buffer(shapely.boundary(shapes_m), BESIDE_M), strict=True))
    between = shapely.union_all(list(border_of.values()))
    rows, gone = [], []
    for i, (code, line) in enumerate(zip(streets.codes, lines_m, strict=True)):
        owner = str(streets.props[i].get("owner") or "")
        beside = between if not owner else border_of.get(owner, shapely.Polygon())
        if shapely.length(shapely.intersection(line, beside)) < ALONG * shapely.length(line):
            gone.append(str(code))
            continue
        row = {"code": code, "name": streets.names[i]} | dict(streets.props[i])
        rows.append(row | {"geometry": streets.geometries[i]})
    columns = ["code", "name", *dict.fromkeys(k for p in streets.props for k in p), "geometry"]
    return gpd.GeoDataFrame(rows, columns=columns, geometry="geometry", crs="EPSG:4326"), tuple(gone)


def _layer_entry(
    source: Path, out: Path, entry: dict[str, Any], made: Mapping[str, gpd.GeoDataFrame]
) -> dict[str, Any]:
    code = entry["layer"]
    if code not in made:
        return entry | {"file": _copied(source, out, entry["file"], code)}
    name = f"{code}.geojson"
    (out / name).write_text(made[code].to_json(drop_id=True, ensure_ascii=False), encoding="utf-8")
    kept = {k: v for k, v in entry.items() if k not in ("sublayer", "encoding", "parent_code", "unit", "name")}
    own = {"file": name, "crs": "EPSG:4326", "code": "code", "name": "name"}
    own |= {k: k for k in ("unit", "parent_code") if k in made[code] and (k == "unit" or entry.get("parent"))}
    return kept | own


def _copied(source: Path, out: Path, entry: Any, name: str) -> Any:
    """Copy a file, or a folder, into the draft under a name of its own; of a Shapefile all its parts."""
    path = source / (entry["file"] if isinstance(entry, dict) else entry)
    suffixes = "".join(path.suffixes)
    if path.is_dir():
        shutil.copytree(path, out / (name + suffixes), dirs_exist_ok=True)
    elif path.suffix == ".shp":
        for part in path.parent.glob(path.stem + ".*"):
            shutil.copyfile(part, out / (name + part.suffix))
    else:
        shutil.copyfile(path, out / (name + suffixes))
    return entry | {"file": name + suffixes} if isinstance(entry, dict) else name + suffixes


def _posts(contents: Folder, out: Path, layer: str, codes: set[str]) -> tuple[str, ...]:
    rows = contents.tables["posts"]
    gone = [r for r in rows if r.get("layer") == layer and r.get("area") not in codes]
    with (out / "posts.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS["posts"], extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(r for r in rows if r not in gone)
    return tuple(sorted(str(r.get("code")) for r in gone))


def _write_changes(path: Path, changed: pd.DataFrame, streets: tuple[str, ...], posts: tuple[str, ...]) -> None:
    rows = [("unit_grid", *r) for r in changed[["unit_grid", "before", "after"]].itertuples(index=False)]
    rows += [("boundary_street", s, "", "") for s in streets] + [("post", p, "", "") for p in posts]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("kind", "code", "before", "after"), *rows])
