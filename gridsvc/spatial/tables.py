"""Reads the tables of a boundary folder as rows of text, and tables of points; repairs nothing, names every bad row."""

import csv
import difflib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj import CRS
from pyproj.exceptions import CRSError, ProjError

from gridsvc.errors import BadTable, FieldError
from gridsvc.spatial.cells import cell_text, in_column, is_shortened
from gridsvc.spatial.datum import Datum, Floats, convert, parse_datum
from gridsvc.spatial.excel import read_sheet
from gridsvc.spatial.files import UNREADABLE, contradicts, gdal_path, read_text
from gridsvc.spatial.table_source import TableSource
from gridsvc.tables import Faults, Row, check_header

# Column of a table of points that keeps what the file said before it was converted.
RAW = "_raw"
Lines = list[tuple[int, list[str]]]


@dataclass(frozen=True, eq=False)
class PointTable:
    """A table of points: WGS 84 degrees, shape (n,), and every other column. NaN where a row has no point.

    ``lines`` has the line of each row as a spreadsheet shows it.
    """

    lon: Floats
    lat: Floats
    rows: pd.DataFrame
    lines: Sequence[int]


@dataclass(frozen=True, eq=False)
class _Features:
    """What a layer holds: rows of text and, unless it is a plain table, points in its own reference."""

    rows: list[Row]
    xy: tuple[Floats, Floats] | None = None
    crs: str | None = None


def read_rows(source: TableSource, faults: Faults) -> list[Row]:
    """Read a table as text by column, from CSV, a sheet of Excel or a layer of a GeoPackage.

    An empty cell is an empty string; rows with nothing in them are left out. Rows that cannot be used are added to
    ``faults``; ``BadTable`` is raised where the whole table cannot be.
    """
    if source.suffix == ".gpkg":
        return _read_layer(source, faults).rows
    is_excel = source.suffix in (".xlsx", ".xlsm", ".xls")
    return _rows(source, read_sheet(source, faults) if is_excel else _read_csv(source), faults)


def read_points(source: TableSource, local: Mapping[str, str], faults: Faults) -> PointTable:
    """Read a table of points: a file with geometry and its own reference, or columns x, y and a declared ``crs``."""
    if source.suffix == ".parquet":
        return _read_geoparquet(source, local)
    if source.suffix == ".gpkg":
        found = _read_layer(source, faults)
        if found.xy is not None:
            frame = pd.DataFrame([dict(r) for r in found.rows], dtype=object)
            return _located(source, local, *found.xy, found.crs, frame, [r.line for r in found.rows])
        rows = found.rows
    else:
        rows = read_rows(source, faults)
    datum = parse_datum(source.crs, local, f"{source.path.name}.crs")
    missing = [c for c in ("x", "y") if rows and c not in rows[0]]
    if missing:
        mend = ("添加列 x 与 y，或用 columns 指明", "add columns x and y, or map them under columns")
        raise BadTable(f"{source.path.name} 缺少坐标列", f"{source.path.name} lacks its coordinate columns",
                       [FieldError(c, None, *mend) for c in missing])  # fmt: skip
    frame = pd.DataFrame([dict(r) for r in rows], columns=None if rows else ["x", "y"], dtype=object)
    x, y = (pd.to_numeric(frame[c], errors="coerce").to_numpy(np.float64) for c in ("x", "y"))
    for column, numbers in (("x", x), ("y", y)):
        for at in np.flatnonzero(np.isnan(numbers) & (frame[column] != "").to_numpy()):
            error = FieldError(column, rows[at][column], "改为数字", "give a number")
            faults.add(source.table, rows[at].line, BadTable("坐标不是数字", "the coordinate is no number", [error]))
    return _converted(x, y, datum, local, frame.drop(columns=["x", "y"]), [r.line for r in rows])


def _read_csv(source: TableSource) -> Lines:
    """Read a CSV; a line is a row as a spreadsheet shows it, even where a cell has line breaks in it."""
    try:
        text = read_text(source.path, source.encoding)
    except UNREADABLE as e:
        mend = ("重新压缩或改用未压缩的文件", "compress it again, or use the plain file")
        raise _unreadable(source, e, source.path.name, None, mend) from None
    except (UnicodeError, LookupError) as e:
        mend = ('在 manifest 中写出真实编码，如 {"file":…, "encoding": "GB18030"}',
                'declare the true one in the manifest, as in {"file": …, "encoding": "GB18030"}')  # fmt: skip
        raise BadTable(f"{source.path.name} 的编码不对：{e}", f"{source.path.name} is in another encoding: {e}",
                       [FieldError("encoding", source.encoding, *mend)]) from None  # fmt: skip
    reader = csv.reader(io.StringIO(text, newline=None), strict=True)
    rows: Lines = []
    try:
        for cells in reader:
            rows.append((len(rows) + 1, [cell.strip() for cell in cells]))
    except csv.Error as e:
        mend = ("修正此行的引号", "mend the quotes in this line")
        raise _unreadable(source, e, source.path.name, reader.line_num, mend) from None
    return rows


def _unreadable(source: TableSource, error: object, field: str, value: object, mend: tuple[str, str]) -> BadTable:
    name = source.path.name
    return BadTable(f"{name} 无法读取：{error}", f"{name} cannot be read: {error}", [FieldError(field, value, *mend)])


def _rows(source: TableSource, lines: Lines, faults: Faults) -> list[Row]:
    """Name the cells of every line that has any; the first such line is the header."""
    filled = [(line, cells) for line, cells in lines if any(cells) or faults.has(source.table, line)]
    if not filled:
        raise BadTable(f"{source.path.name} 是空表", f"{source.path.name} is empty",
                       [FieldError(source.path.name, "", "至少要有表头", "give at least the header line")])  # fmt: skip
    header = filled[0][1]
    position = _positions(source, header)
    rows = []
    for line, cells in filled[1:]:
        for column, cell in enumerate(cells):
            if cell and not (column < len(header) and header[column]):
                mend = ("补上列名，或删去多余单元格", "name the column, or remove the cell")
                error = FieldError(f"#{column + 1}", cell, *mend)
                faults.add(source.table, line, BadTable("单元格没有列名", "a cell lies under no column", [error]))
            elif is_shortened(cell):
                mend = ("从原始数据取回完整的数字，按文字保存", "take the whole number from its source, saved as text")
                error = FieldError(header[column], cell, *mend)
                faults.add(source.table, line, BadTable("长数字被电子表格截短", "a long number was cut short", [error]))
        rows.append(Row({name: cells[at] if at < len(cells) else "" for name, at in position.items()}, line))
    return rows


def _positions(source: TableSource, header: Sequence[str]) -> dict[str, int]:
    """Where each column is, by our name for it; a column that another is mapped over is left out."""
    names = [name for name in header if name]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        mend = ("每列一个不同的列名", "give every column a name of its own")
        raise BadTable("列名重复", "a column name occurs twice", [FieldError(n, None, *mend) for n in repeated])
    for ours, theirs in source.columns.items():
        if theirs not in names:
            near = difflib.get_close_matches(theirs, names, 1, 0.6) or names
            mend = ("现有：" + "、".join(near), "there are " + ", ".join(near))
            raise BadTable("columns 所指的列不存在", "a column that is mapped is not there",
                           [FieldError(f"columns.{ours}", theirs, *mend)])  # fmt: skip
    mapped = {*source.columns, *source.columns.values()}
    found = {name: at for at, name in enumerate(header) if name and name not in mapped}
    found |= {ours: header.index(theirs) for ours, theirs in source.columns.items()}
    check_header(source.table, list(found))
    return found


def _read_layer(source: TableSource, faults: Faults) -> _Features:
    """Read one layer of a GeoPackage, with or without points; row n of its attribute table is line n + 1."""
    try:
        path = gdal_path(source.path)
        layers = [str(name) for name in pyogrio.list_layers(path)[:, 0]]
        if source.sublayer not in layers and (source.sublayer is not None or len(layers) != 1):
            mend = ("写明 sublayer，可用：" + "、".join(layers), "name a sublayer, one of " + ", ".join(layers))
            raise BadTable(f"{source.path.name} 要读哪一层不明", f"{source.path.name}: which layer is not clear",
                           [FieldError("sublayer", source.sublayer, *mend)])  # fmt: skip
        meta, _, wkb, values = pyogrio.raw.read(path, layer=source.sublayer)
    except (DataSourceError, DataLayerError, *UNREADABLE) as e:
        mend = ("检查格式与 sublayer", "check the format and the sublayer")
        raise _unreadable(source, e, source.path.name, source.sublayer, mend) from None
    header = [str(name) for name in meta["fields"]]
    position = _positions(source, header)
    rows = []
    for line, cells in enumerate(zip(*values, strict=True), start=2):
        row = Row({}, line)
        for name, at in position.items():
            try:
                row[name] = cell_text(cells[at])
            except BadTable as e:
                row[name] = ""
                faults.add(source.table, line, in_column(e, header[at]))
        rows.append(row)
    if wkb is None:
        return _Features(rows)
    shapes = shapely.from_wkb(wkb)
    _refuse_other_shapes(source, {str(s.geom_type) for s in shapes if s is not None})
    return _Features(rows, (shapely.get_x(shapes), shapely.get_y(shapes)), meta["crs"])


def _read_geoparquet(source: TableSource, local: Mapping[str, str]) -> PointTable:
    import geopandas as gpd  # heavy, and only planners' tables need it

    try:
        frame = gpd.read_parquet(source.path)
    except (ValueError, OSError) as e:
        mend = ("写成带坐标系的 GeoParquet", "write GeoParquet with a CRS")
        raise BadTable(f"{source.path.name} 不是 GeoParquet：{e}", f"{source.path.name} is not GeoParquet: {e}",
                       [FieldError(source.path.name, None, *mend)]) from None  # fmt: skip
    _refuse_other_shapes(source, set(frame.geometry.geom_type.dropna()))
    x, y = frame.geometry.x.to_numpy(np.float64), frame.geometry.y.to_numpy(np.float64)
    crs = frame.crs.to_wkt() if frame.crs is not None else None
    plain = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    position = _positions(source, [str(name) for name in plain.columns])
    named = plain.iloc[:, list(position.values())].set_axis(list(position), axis=1)
    return _located(source, local, x, y, crs, named, range(2, len(named) + 2))


def _refuse_other_shapes(source: TableSource, kinds: set[str]) -> None:
    if kinds - {"Point"}:
        mend = ("每行一个点", "one point a row")
        raise BadTable(f"{source.path.name} 不是点表", f"{source.path.name} is no table of points",
                       [FieldError("geometry", ", ".join(sorted(kinds)), *mend)])  # fmt: skip


def _located(
    source: TableSource, local: Mapping[str, str], x: Floats, y: Floats, crs: str | None, rows: pd.DataFrame,
    lines: Sequence[int],
) -> PointTable:  # fmt: skip
    """Points of a file that has geometry: in the reference that was declared, else in the file's own."""
    if source.crs is not None:
        datum = parse_datum(source.crs, local, f"{source.path.name}.crs")
        if own := contradicts(source.path, datum, crs):
            mend = ("核实后改正 manifest 或文件", "find out which is true and mend the manifest or the file")
            raise BadTable(f"文件自称 {own}", f"the file itself says {own}", [FieldError("crs", source.crs, *mend)])
        return _converted(x, y, datum, local, rows, lines)
    if crs is None:
        raise BadTable(f"{source.path.name} 没有坐标系", f"{source.path.name} declares no reference",
                       [FieldError("crs", None, "写入坐标系", "write the CRS into the file")])  # fmt: skip
    if CRS.from_user_input(crs).to_epsg() == 4326:
        return PointTable(x, y, rows, lines)
    try:
        lon, lat = convert(x, y, Datum("file", crs), "wgs84")
    except (CRSError, ProjError) as e:
        mend = ("换一种坐标系，或在 manifest 声明 crs", "use another reference, or declare crs in the manifest")
        raise _unreadable(source, e, "crs", crs[:80], mend) from None
    return PointTable(lon, lat, rows, lines)


def _converted(
    x: Floats, y: Floats, datum: Datum, local: Mapping[str, str], rows: pd.DataFrame, lines: Sequence[int]
) -> PointTable:
    lon, lat = convert(x, y, datum, "wgs84", local)
    raw: list[Any] = [{"x": a, "y": b, "crs": datum.label} for a, b in zip(x.tolist(), y.tolist(), strict=True)]
    return PointTable(lon, lat, rows.assign(**{RAW: raw}), lines)
