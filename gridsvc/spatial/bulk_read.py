"""Reads files of points batch by batch, as text and coordinates, never the whole file at once."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet
import pyogrio
import shapely
from numpy.typing import NDArray

from gridsvc.errors import BadInput, FieldError
from gridsvc.spatial.files import gdal_path

AT_ONCE = 20_000
GDAL = {".gpkg": "GPKG", ".fgb": "FlatGeobuf", ".geojson": "GeoJSON", ".geojsonl": "GeoJSONSeq",
        ".geojsons": "GeoJSONSeq", ".shp": "ESRI Shapefile"}  # fmt: skip
SUFFIXES = (*GDAL, ".parquet", ".csv", ".csv.gz", ".xlsx")
# Doubles hold whole numbers up to here; longer codes kept as numbers have lost digits.
_EXACT = 2**53
_READING = (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pa.ArrowException, OSError, UnicodeError,
            LookupError, ValueError)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """An open file: its columns, the reference it states itself, and its batches of columns and geometry (or None)."""

    header: tuple[str, ...]
    crs: str | None
    has_geometry: bool
    batches: Iterator[pa.RecordBatch]
    geometry: str | None


def suffix_of(path: Path) -> str:
    """The format of a file by its name; raises ``BadInput`` for others than are read and written."""
    name = path.name.lower()
    found = next((s for s in SUFFIXES if name.endswith(s)), None)
    if found is None:
        listed = " ".join(SUFFIXES)
        raise BadInput("不认识这种文件", "files of this kind are not known",
                       [FieldError("FILE", path.name, f"用 {listed} 之一", f"one of {listed}")])  # fmt: skip
    return found


@contextmanager
def opened(path: Path, encoding: str | None = None) -> Iterator[Source]:
    """Open a file for reading; whatever its reader cannot do is told as ``BadInput``, also while batches are read."""
    suffix = suffix_of(path)
    if not path.is_file():
        raise BadInput("没有这个文件", "there is no such file", [FieldError("FILE", str(path), "核对路径", "check it")])
    try:
        if suffix in GDAL:
            with _gdal(path, suffix, encoding) as source:
                yield source
        elif suffix == ".parquet":
            yield _parquet(path)
        elif suffix == ".xlsx":
            yield _excel(path)
        else:
            yield _csv(path, encoding or "UTF-8")
    except _READING as e:
        mend = ("核对文件及其编码 --encoding", "check the file and its --encoding")
        raise BadInput(f"文件无法读取：{e}", f"the file cannot be read: {e}",
                       [FieldError("FILE", path.name, *mend)]) from e  # fmt: skip


@contextmanager
def _gdal(path: Path, suffix: str, encoding: str | None) -> Iterator[Source]:
    if suffix == ".shp" and encoding is None and not path.with_suffix(".cpg").is_file():
        mend = ("用 --encoding 指明，如 GB18030", "say it with --encoding, as in GB18030")
        raise BadInput("Shapefile 没有 .cpg，编码不明", "the Shapefile has no .cpg that tells its encoding",
                       [FieldError("--encoding", None, *mend)])  # fmt: skip
    options: dict[str, Any] = {"encoding": encoding} if encoding and suffix == ".shp" else {}
    with pyogrio.open_arrow(gdal_path(path), batch_size=AT_ONCE, use_pyarrow=True, **options) as (meta, reader):
        geometry = meta["geometry_name"] or "wkb_geometry"
        names = tuple(n for n in reader.schema.names if n != geometry and n in set(meta["fields"]))
        yield Source(names, meta["crs"], True, iter(reader), geometry)


def _parquet(path: Path) -> Source:
    file = pyarrow.parquet.ParquetFile(path)
    stated = json.loads((file.schema_arrow.metadata or {}).get(b"geo", b"null"))
    geometry = stated["primary_column"] if stated else None
    crs = None
    if stated:
        column = stated["columns"][geometry]
        # Without a word on it the format means longitude and latitude of WGS 84.
        crs = json.dumps(column["crs"]) if column.get("crs") else "EPSG:4326"
        if column.get("encoding") != "WKB":
            raise ValueError("geometry must be WKB")
    names = tuple(n for n in file.schema_arrow.names if n != geometry)
    return Source(names, crs, geometry is not None, file.iter_batches(AT_ONCE), geometry)


def _csv(path: Path, encoding: str) -> Source:
    reading = pyarrow.csv.ReadOptions(encoding=encoding, block_size=1 << 20)
    parsing = pyarrow.csv.ParseOptions(newlines_in_values=True)
    with pyarrow.csv.open_csv(path, reading, parsing) as first:
        header = first.schema.names
    text = pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=True,
                                      quoted_strings_can_be_null=False, null_values=[""])  # fmt: skip
    reader = pyarrow.csv.open_csv(path, reading, parsing, text)
    return Source(tuple(n.removeprefix("\ufeff") for n in header), None, False, iter(reader), None)


def _excel(path: Path) -> Source:
    import openpyxl  # slow to load, and few need it

    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    rows = book.worksheets[0].iter_rows(values_only=True)
    header = tuple(str(c) for c in next(rows, ()) if c is not None)

    def batches() -> Iterator[pa.RecordBatch]:
        kept: list[list[str | None]] = []
        for row in rows:
            kept.append([None if c is None else _cell(c) for c in row[: len(header)]])
            if len(kept) == AT_ONCE:
                yield _batch(header, kept)
                kept = []
        if kept:
            yield _batch(header, kept)
        book.close()

    return Source(header, None, False, batches(), None)


def _cell(value: Any) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return str(int(value))
    return str(value)


def _batch(header: tuple[str, ...], rows: list[list[str | None]]) -> pa.RecordBatch:
    columns = list(zip(*rows, strict=True)) if header else []
    return pa.RecordBatch.from_arrays([pa.array(c, pa.string()) for c in columns], list(header))


def text_column(column: Any) -> Any:
    """A column as text without blanks around it, null where there is nothing.

    Numbers are whole; raises ``ValueError`` where digits of them are lost.
    """
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_floating(column.type):
        if pc.any(pc.greater_equal(pc.abs(column), float(_EXACT))).as_py():
            raise ValueError("codes kept as floating numbers have lost digits; store them as text")
        whole = pc.all(pc.equal(pc.floor(column), column)).as_py() is not False
        column = column.cast(pa.int64()) if whole else column
    text = pc.utf8_trim_whitespace(column.cast(pa.string()))
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)


def positions(batch: pa.RecordBatch, geometry: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coordinates of the points of a batch, NaN where there is no point."""
    shapes = shapely.from_wkb(batch.column(geometry).to_numpy(zero_copy_only=False))
    points = np.where(shapely.get_type_id(shapes) == 0, shapes, None)
    return shapely.get_x(points), shapely.get_y(points)


def numbers(column: Any) -> NDArray[np.float64]:
    """Coordinates of a column, NaN where there is no number."""
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)
    good = pc.match_substring_regex(column, r"^\s*[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?\s*$")
    kept = pc.if_else(pc.fill_null(good, False), pc.utf8_trim_whitespace(column), pa.scalar(None, pa.string()))
    return np.asarray(kept.cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)
