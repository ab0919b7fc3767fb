"""Reads the layers of a boundary folder into an edition; repairs nothing, names what it cannot read."""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from gridsvc.spatial.coverage_index import CoverageIndex, Ground
from gridsvc.spatial.datum import convert
from gridsvc.spatial.files import UNREADABLE, contradicts, gdal_path, read_text
from gridsvc.spatial.layer import Edition, Layer, Objects, code_of, text_of
from gridsvc.spatial.manifest import LayerSource, Manifest, read_manifest
from gridsvc.spatial.manifest_keys import bad

Progress = Callable[[str], None]


def _silent(_: str) -> None:
    return None


def read_folder(folder: Path | str, progress: Progress = _silent) -> tuple[Edition, Manifest]:
    """Read manifest and layers of a boundary folder.

    ``progress`` is told each layer's name before it is read. Faulty areas are read as they are: an invalid ring
    stays invalid and is for the checks to name.
    """
    manifest = read_manifest(Path(folder))
    layers: dict[str, Layer] = {}
    sources = {source.spec.code: source for source in manifest.layers}
    for code, source in sources.items():
        progress(code)
        layers[code] = _read_layer(source, manifest)
    for code, source in sources.items():
        above = layers.get(source.spec.parent or "")
        if above is not None and source.parent_code is None:
            layers[code] = _with_parents_by_geometry(layers[code], above)
    edition = Edition(
        manifest.edition, layers, manifest.title, manifest.district, manifest.time_zone, manifest.valid_from,
        manifest.local_crs,
    )  # fmt: skip
    return edition, manifest


def _read_layer(source: LayerSource, manifest: Manifest) -> Layer:
    where = source.path.name
    columns, wkb, file_crs = _read_features(source)
    _refuse_other_reference(source, file_crs)
    wanted = {"code": source.code, "name": source.name, "parent_code": source.parent_code, "unit": source.unit}
    for key, column in wanted.items():
        if column is not None and column not in columns:
            raise bad(f"{source.spec.code}.{key}", column, f"{where} 没有这一列", f"{where} has no such column",
                      "可用列：" + "、".join(columns), "its columns are " + ", ".join(columns))  # fmt: skip
    codes = [code_of(v, source.spec.code, source.code, i) for i, v in enumerate(columns[source.code])]
    # A ring that is not closed or has NaN in it cannot be held: it becomes a missing geometry, which the checks name.
    shapes = shapely.force_2d(shapely.from_wkb(wkb, on_invalid="ignore"))
    xy, of = shapely.get_coordinates(shapes, return_index=True)
    shapes[of[~np.isfinite(xy).all(axis=1)]] = None
    used = {source.code, source.name, source.parent_code, source.unit}
    props: list[Mapping[str, Any]] = [
        {k: _plain(v[i]) for k, v in columns.items() if k not in used} for i in range(len(codes))
    ]
    return Layer.build(
        source.spec,
        codes,
        _to_wgs84(np.asarray(shapes, dtype=object), source, manifest.local_crs),
        names=[text_of(v) or "" for v in columns[source.name]] if source.name else None,
        parents=[text_of(v) for v in columns[source.parent_code]] if source.parent_code else None,
        units=[text_of(v) for v in columns[source.unit]] if source.unit else None,
        props=props,
    )


def _read_features(source: LayerSource) -> tuple[dict[str, Any], Objects, str | None]:
    """Let GDAL read the file; a text format is decoded first, so that a wrong encoding shows and is not guessed at."""
    suffixes = [x.lower() for x in source.path.suffixes]
    try:
        if {".geojson", ".json"} & set(suffixes):
            meta, _, wkb, values = pyogrio.raw.read(
                read_text(source.path, source.encoding).encode(), layer=source.sublayer
            )
        elif ".csv" in suffixes:
            # GDAL knows this format only by the name of the file.
            with tempfile.TemporaryDirectory() as folder:
                copy = Path(folder) / "features.csv"
                copy.write_bytes(read_text(source.path, source.encoding).encode())
                meta, _, wkb, values = pyogrio.raw.read(str(copy), layer=source.sublayer)
        else:
            path = gdal_path(source.path)
            meta, _, wkb, values = pyogrio.raw.read(path, layer=source.sublayer, encoding=source.encoding)
    except (UnicodeError, LookupError) as e:
        raise bad(f"{source.spec.code}.encoding", source.encoding, f"{source.path.name} 不是这种编码：{e}",
                  f"{source.path.name} is not in this encoding: {e}", "写出真实编码，如 GB18030",
                  "declare the true encoding, as in GB18030") from None  # fmt: skip
    except (DataSourceError, DataLayerError, *UNREADABLE) as e:
        raise bad(f"{source.spec.code}.file", source.path.name, f"无法读取：{e}", f"cannot be read: {e}",
                  "检查格式与 sublayer", "check the format and the sublayer") from None  # fmt: skip
    if wkb is None:
        raise bad(f"{source.spec.code}.file", source.path.name, "没有几何", "it has no geometry",
                  "提供带几何的文件", "give a file with geometry")  # fmt: skip
    columns = zip(meta["fields"], values, meta["dtypes"], strict=True)
    return {name: _flags(column) if kind == "bool" else column for name, column, kind in columns}, wkb, meta["crs"]


def _flags(column: Objects) -> Objects:
    """Give true and false as such; where some have neither, GDAL's reader makes numbers of them."""
    return column if column.dtype == bool else np.array([None if v != v else bool(v) for v in column], dtype=object)


def _refuse_other_reference(source: LayerSource, file_crs: str | None) -> None:
    """The declared reference rules, but a file that says a contradicting one of its own is not silently overruled."""
    if own := contradicts(source.path, source.datum, file_crs):
        raise bad(f"{source.spec.code}.crs", source.datum.label, f"文件自称 {own}", f"the file itself says {own}",
                  "核实后改正 manifest 或文件", "find out which is true and mend the manifest or the file")  # fmt: skip


def _to_wgs84(shapes: Objects, source: LayerSource, local: Mapping[str, str]) -> Objects:
    if source.datum.label not in ("wgs84", "cgcs2000"):
        shapes = shapely.transform(
            shapes, lambda p: np.column_stack(convert(p[:, 0], p[:, 1], source.datum, "wgs84", local))
        )
    if not len(shapes):
        return shapes
    west, south, east, north = shapely.total_bounds(shapes)
    if west < -180 or east > 180 or south < -90 or north > 90:
        raise bad(f"{source.spec.code}.crs", source.datum.label, f"{source.path.name} 的坐标超出经纬度范围",
                  f"{source.path.name} has coordinates beyond longitude and latitude",
                  "坐标系写错了，或经纬度两轴颠倒", "the reference is wrong, or the axes are swapped")  # fmt: skip
    return np.asarray(shapes, dtype=object)


def _with_parents_by_geometry(layer: Layer, above: Layer) -> Layer:
    """Give each area the parent that holds a point inside it; none if no single parent does."""
    inner = shapely.point_on_surface(layer.geometries)
    index = CoverageIndex.over([Ground(above.geometries)])
    child, parent = index.covering(np.asarray(shapely.get_x(inner)), np.asarray(shapely.get_y(inner)))
    single = np.bincount(child, minlength=len(layer))[child] == 1
    chosen = dict(zip(child[single].tolist(), above.codes[parent[single]], strict=True))
    parents: list[str | None] = [chosen.get(row) for row in range(len(layer))]
    return Layer.build(
        layer.spec,
        list(layer.codes),
        layer.geometries,
        list(layer.names),
        parents,
        list(layer.units),
        list(layer.props),
    )


def _plain(value: Any) -> Any:
    """Turn a column value into what JSON can hold."""
    if value is None or (isinstance(value, float) and not np.isfinite(value)):
        return None
    if isinstance(value, np.generic):
        return _plain(value.item())
    return value if isinstance(value, str | int | float | bool) else str(value)
