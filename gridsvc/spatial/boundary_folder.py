"""Reads a boundary folder into an edition and its tables into rows; repairs nothing, names what it cannot read."""

import csv
import gzip
import io
import tempfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyogrio
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj import CRS

from gridsvc.errors import BadTable, FieldError
from gridsvc.spatial.coverage_index import CoverageIndex, Ground
from gridsvc.spatial.datum import Datum, Floats, convert, parse_datum
from gridsvc.spatial.layer import Edition, Layer, code_of, text_of
from gridsvc.spatial.manifest import LayerSource, Manifest, TableSource, bad, read_manifest

Row = Mapping[str, str]
Objects = NDArray[np.object_]
Progress = Callable[[str], None]
# Column of a table of points that keeps what the file said before it was converted.
RAW = "_raw"
REST = "_rest"


@dataclass(frozen=True, eq=False)
class PointTable:
    """A table of points: WGS 84 degrees, shape (n,), and every other column. NaN where a row has no point."""

    lon: Floats
    lat: Floats
    rows: pd.DataFrame


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
            meta, _, wkb, values = pyogrio.raw.read(_decoded(source), layer=source.sublayer)
        elif ".csv" in suffixes:
            # GDAL knows this format only by the name of the file.
            with tempfile.TemporaryDirectory() as folder:
                copy = Path(folder) / "features.csv"
                copy.write_bytes(_decoded(source))
                meta, _, wkb, values = pyogrio.raw.read(str(copy), layer=source.sublayer)
        else:
            path = "/vsigzip/" + str(source.path) if suffixes[-1:] == [".gz"] else str(source.path)
            meta, _, wkb, values = pyogrio.raw.read(path, layer=source.sublayer, encoding=source.encoding)
    except (UnicodeError, LookupError) as e:
        raise bad(f"{source.spec.code}.encoding", source.encoding, f"{source.path.name} 不是这种编码：{e}",
                  f"{source.path.name} is not in this encoding: {e}", "写出真实编码，如 GB18030",
                  "declare the true encoding, as in GB18030") from None  # fmt: skip
    except (DataSourceError, DataLayerError, OSError, EOFError, zlib.error) as e:
        raise bad(f"{source.spec.code}.file", source.path.name, f"无法读取：{e}", f"cannot be read: {e}",
                  "检查格式与 sublayer", "check the format and the sublayer") from None  # fmt: skip
    if wkb is None:
        raise bad(f"{source.spec.code}.file", source.path.name, "没有几何", "it has no geometry",
                  "提供带几何的文件", "give a file with geometry")  # fmt: skip
    return dict(zip(meta["fields"], values, strict=True)), wkb, meta["crs"]


def _decoded(source: LayerSource) -> bytes:
    return read_bytes(source.path).decode(source.encoding).removeprefix("\ufeff").encode()


def read_bytes(path: Path) -> bytes:
    """Read a file, unpacking gzip by its suffix."""
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix.lower() == ".gz" else data


def _refuse_other_reference(source: LayerSource, file_crs: str | None) -> None:
    """The declared reference rules, but a file that says a contradicting one of its own is not silently overruled."""
    if file_crs is None:
        return
    own = CRS.from_user_input(file_crs).to_2d()
    is_plain = any(own.equals(CRS.from_epsg(n), ignore_axis_order=True) for n in (4326, 4490))
    # GeoJSON cannot say anything but WGS 84; a shifted datum no file can say.
    if is_plain and source.path.name.lower().removesuffix(".gz").endswith((".geojson", ".json")):
        return
    if source.datum.proj is not None:
        agrees = own.equals(CRS.from_user_input(source.datum.proj), ignore_axis_order=True)
    else:
        agrees = is_plain or (source.datum.label in ("gcj02", "bd09") and own.is_geographic)
    if not agrees:
        raise bad(f"{source.spec.code}.crs", source.datum.label,
                  f"文件自称 {own.name}", f"the file itself says {own.name}",
                  "核实后改正 manifest 或文件", "find out which is true and mend the manifest or the file")  # fmt: skip


def _to_wgs84(shapes: Objects, source: LayerSource, local: Mapping[str, str]) -> Objects:
    if source.datum.label not in ("wgs84", "cgcs2000"):
        shapes = shapely.transform(
            shapes, lambda p: np.column_stack(convert(p[:, 0], p[:, 1], source.datum, "wgs84", local))
        )
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


def read_rows(source: TableSource) -> list[Row]:
    """Read a CSV table as text by column; an empty cell is an empty string. Line 2 is the first row."""
    try:
        text = read_bytes(source.path).decode(source.encoding).removeprefix("\ufeff")
    except (OSError, EOFError, zlib.error) as e:
        mend = ("重新压缩或改用未压缩的文件", "compress it again, or use the plain file")
        raise BadTable(
            f"{source.path.name} 无法读取：{e}",
            f"{source.path.name} cannot be read: {e}",
            [FieldError(source.path.name, None, *mend)],
        ) from None
    except (UnicodeError, LookupError) as e:
        mend = (
            '在 manifest 中写 {"file":…, "encoding": "GB18030"}',
            'write {"file": …, "encoding": "GB18030"} in the manifest',
        )
        raise BadTable(f"{source.path.name} 的编码不对：{e}", f"{source.path.name} is in another encoding: {e}",
                       [FieldError("encoding", source.encoding, *mend)]) from None  # fmt: skip
    reader = csv.DictReader(io.StringIO(text, newline=None), restval="", restkey=REST)
    rows: list[Row] = []
    try:
        for row in reader:
            if any(cell.strip() for cell in row.pop(REST, [])):
                raise csv.Error(f"line {reader.line_num} has more cells than the header")
            rows.append({k: (v or "").strip() for k, v in row.items()})
    except csv.Error as e:
        mend = ("修正这一行", "mend this line")
        raise BadTable(f"{source.path.name} 无法读取：{e}", f"{source.path.name} cannot be read: {e}",
                       [FieldError(source.path.name, reader.line_num, *mend)]) from None  # fmt: skip
    if reader.fieldnames is None:
        raise BadTable(f"{source.path.name} 是空文件", f"{source.path.name} is empty",
                       [FieldError(source.path.name, "", "至少要有表头", "give at least the header line")])  # fmt: skip
    return rows


def read_points(source: TableSource, local: Mapping[str, str]) -> PointTable:
    """Read a table of points: GeoParquet with its own reference, or columns x, y and a declared ``crs``."""
    if source.path.suffix.lower() == ".parquet":
        return _read_geoparquet(source)
    frame = pd.DataFrame(read_rows(source), dtype=object)
    missing = [c for c in ("x", "y") if c not in frame]
    if missing:
        raise BadTable(f"{source.path.name} 缺少坐标列", f"{source.path.name} lacks its coordinate columns",
                       [FieldError(c, None, "添加列 x 与 y", "add columns x and y") for c in missing])  # fmt: skip
    datum = parse_datum(source.crs, local, f"{source.path.name}.crs")
    x, y = (pd.to_numeric(frame[c], errors="coerce").to_numpy(np.float64) for c in ("x", "y"))
    lon, lat = convert(x, y, datum, "wgs84", local)
    frame[RAW] = [{"x": a, "y": b, "crs": datum.label} for a, b in zip(x.tolist(), y.tolist(), strict=True)]
    return PointTable(lon, lat, frame.drop(columns=["x", "y"]))


def _read_geoparquet(source: TableSource) -> PointTable:
    import geopandas as gpd  # heavy, and only planners' tables need it

    try:
        frame = gpd.read_parquet(source.path)
    except (ValueError, OSError) as e:
        mend = ("写成带坐标系的 GeoParquet", "write GeoParquet with a CRS")
        raise BadTable(f"{source.path.name} 不是 GeoParquet:{e}", f"{source.path.name} is not GeoParquet: {e}",
                       [FieldError(source.path.name, None, *mend)]) from None  # fmt: skip
    if frame.crs is None:
        raise BadTable(f"{source.path.name} 没有坐标系", f"{source.path.name} declares no reference",
                       [FieldError("crs", None, "写入坐标系", "write the CRS into the file")])  # fmt: skip
    if not frame.geometry.geom_type.dropna().isin(["Point"]).all():
        kinds = ", ".join(sorted(set(frame.geometry.geom_type.dropna())))
        raise BadTable(
            f"{source.path.name} 不是点表",
            f"{source.path.name} is no table of points",
            [FieldError("geometry", kinds, "每行一个点", "one point a row")],
        )
    x, y = frame.geometry.x.to_numpy(np.float64), frame.geometry.y.to_numpy(np.float64)
    lon, lat = convert(x, y, Datum("file", frame.crs.to_wkt()), "wgs84") if frame.crs.to_epsg() != 4326 else (x, y)
    return PointTable(lon, lat, pd.DataFrame(frame.drop(columns=frame.geometry.name)))
