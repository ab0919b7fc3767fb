"""Routing for people who work in tables: GeoDataFrames become an edition, points become columns of areas."""

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from gridsvc.coded import Coded, Words, how_of
from gridsvc.errors import BadInput, FieldError
from gridsvc.router import Router
from gridsvc.spatial.datum import Datum, Metric, parse_datum
from gridsvc.spatial.layer import Edition, Layer, code_of, text_of
from gridsvc.spatial.locate import Found
from gridsvc.values import Geometry, LayerSpec

_KIND: dict[str, Geometry] = {"Polygon": "polygon", "LineString": "line", "Point": "point"}


def edition_from_frames(frames: Mapping[str, gpd.GeoDataFrame], code: str = "frames") -> Edition:
    """Make an edition of GeoDataFrames by layer, each with a ``code`` column and a CRS; layers are partitions.

    ``name``, ``parent`` and ``unit`` columns are used if present; a ``parent`` needs ``frame.attrs["parent"]``,
    the parent layer. ``frame.attrs["coverage"]`` may say ``cover`` or ``free``.
    """
    return Edition(code, {name: _layer_from_frame(name, frame) for name, frame in frames.items()})


def _layer_from_frame(name: str, frame: gpd.GeoDataFrame) -> Layer:
    if "code" not in frame.columns:
        raise BadInput(
            "缺少 code 列", "there is no code column", [FieldError(name, list(frame.columns), "加上 code 列", "add it")]
        )
    frame = in_degrees(name, frame)
    kinds = {str(k).removeprefix("Multi") for k in frame.geom_type.dropna().unique()}
    if len(kinds) > 1 or kinds - set(_KIND):
        mend = ("每个图层只用一种几何：面、线或点", "one kind a layer: polygons, lines or points")
        raise BadInput("几何类型不一", "the geometry is of several kinds", [FieldError(name, sorted(kinds), *mend)])
    spec = LayerSpec(
        name, name, name,
        geometry=_KIND[kinds.pop()] if kinds else "polygon",
        coverage=frame.attrs.get("coverage", "partition"),
        parent=frame.attrs.get("parent"),
    )  # fmt: skip
    texts = {c: [text_of(v) for v in frame[c]] for c in ("name", "parent", "unit") if c in frame}
    used = {"code", "name", "parent", "unit", frame.geometry.name}
    return Layer.build(
        spec,
        [code_of(c, name, "code", row) for row, c in enumerate(frame["code"])],
        np.asarray(frame.geometry.values, dtype=object),
        names=[t or "" for t in texts["name"]] if "name" in texts else None,
        parents=texts.get("parent"),
        units=texts.get("unit"),
        props=frame[[c for c in frame.columns if c not in used]].to_dict("records"),
    )


def in_degrees(name: str, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Give a frame in EPSG:4326; one without a declared CRS is refused by name."""
    if frame.crs is None:
        mend = ("用 set_crs 声明", "declare it with set_crs")
        raise BadInput("没有坐标系", "the frame has no CRS", [FieldError(name, None, *mend)])
    return frame.to_crs(4326)


def layer_frame(layer: Layer, metric: Metric | None = None) -> gpd.GeoDataFrame:
    """Give a layer as a GeoDataFrame in EPSG:4326, ordered by code: code, name, parent, unit, properties.

    With a metric reference a column ``area_m2`` follows for polygons, or ``length_m`` for lines.
    """
    columns: dict[str, Any] = {"code": layer.codes, "name": layer.names, "parent": layer.parents, "unit": layer.units}
    keys = dict.fromkeys(k for p in layer.props for k in p)
    columns |= {k: [p.get(k) for p in layer.props] for k in keys if k not in columns}
    frame = gpd.GeoDataFrame(columns, geometry=list(layer.geometries), crs="EPSG:4326")
    if metric is not None and layer.spec.geometry != "point":
        projected = frame.geometry.to_crs(metric.epsg)
        polygon = layer.spec.geometry == "polygon"
        frame["area_m2" if polygon else "length_m"] = projected.area if polygon else projected.length
    return frame


def route_frame(
    router: Router,
    frame: pd.DataFrame,
    *,
    x: str,
    y: str,
    crs: str,
    near_m: float = 1.0,
    layers: Sequence[str] | None = None,
    prefix: str = "",
) -> pd.DataFrame:
    """Give a copy of a table with three columns for each polygon layer.

    ``L`` is the area's code (empty if none), ``L_how`` how it was found, ``L_candidates`` the codes of all
    areas that cover the point or lie within ``near_m`` metres, joined by ``;``, where there are two or
    more. Same rows, same order, all columns kept. A column that already has such a name is refused.
    """
    wanted = layers_asked(router.snapshot.edition, layers, list(frame.columns), x, y, prefix)
    lon, lat = (coordinates(frame[c]) for c in (x, y))
    new = area_columns(router, lon, lat, crs=crs, near_m=near_m, layers=wanted, prefix=prefix)
    return frame.assign(**{name: column.objects() for name, column in new.items()})


def coordinates(column: pd.Series) -> NDArray[np.float64]:
    """Read a column of numbers or texts as coordinates; what is no number is NaN."""
    numbers = pd.to_numeric(column, errors="coerce")
    return np.asarray(numbers.to_numpy(np.float64, na_value=np.nan))


def area_columns(
    router: Router,
    x: ArrayLike,
    y: ArrayLike,
    *,
    crs: str | Datum,
    near_m: float,
    layers: Sequence[str],
    prefix: str = "",
) -> dict[str, Coded]:
    """Locate points and give the three columns of each layer, by name; see :func:`route_frame`."""
    edition = router.snapshot.edition
    datum = crs if isinstance(crs, Datum) else parse_datum(crs, edition.local_crs)
    found = router.locate(x, y, crs=datum, near_m=near_m, layers=layers)
    columns = {}
    for layer in layers:
        columns[prefix + layer] = Coded(Words(edition.layers[layer].codes, ""), found.position[layer])
        columns[f"{prefix}{layer}_how"] = how_of(found, layer)
        columns[f"{prefix}{layer}_candidates"] = joined_candidates(found, layer, edition)
    return columns


def layers_asked(
    edition: Edition, layers: Sequence[str] | None, given: Sequence[str], x: str, y: str, prefix: str
) -> list[str]:
    """Tell which layers to answer, all polygon layers by default; refuse columns that lack or have their names."""
    polygon = [layer.spec.code for layer in edition if layer.spec.geometry == "polygon"]
    wanted = list(layers) if layers is not None else polygon
    if not wanted:
        mend = ("可用：" + "、".join(polygon), "one of " + ", ".join(polygon))
        raise BadInput("没有要求任何图层", "no layer is asked for", [FieldError("layers", "", *mend)])
    for layer in wanted:
        if layer not in polygon:
            mend = ("可用：" + "、".join(polygon), "one of " + ", ".join(polygon))
            raise BadInput("没有这个面图层", "there is no such polygon layer", [FieldError("layers", layer, *mend)])
    need_columns(given, x, y)
    for column in new_columns(wanted, prefix):
        if column in given:
            mend = ("用 --prefix 改新列名", "rename the new columns with --prefix")
            raise BadInput("列名已被占用", "the column exists already", [FieldError("column", column, *mend)])
    return wanted


def new_columns(layers: Sequence[str], prefix: str) -> list[str]:
    """Names of the columns that routing adds."""
    return [prefix + layer + s for layer in layers for s in ("", "_how", "_candidates")]


def need_columns(given: Sequence[str], *needed: str) -> None:
    """Refuse a table that lacks a column."""
    for column in needed:
        if column not in given:
            shown = [str(c) for c in given]
            mend = ("可用：" + "、".join(shown), "one of " + ", ".join(shown))
            raise BadInput("没有这一列", "there is no such column", [FieldError("column", column, *mend)])


def joined_candidates(found: Found, layer: str, edition: Edition) -> Coded:
    """Codes of every candidate of each point, ascending and joined by ``;`` where there are two or more."""
    place, candidates = found.layers[layer].several()
    codes = edition.layers[layer].codes
    return Coded(Words([";".join(codes[list(areas)]) for areas in candidates], ""), place)
