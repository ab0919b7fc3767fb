"""Writes tables of points batch by batch to a file of any format that others read."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet
import pyogrio
import shapely

from gridsvc.errors import BadInput, FieldError
from gridsvc.spatial.bulk_read import GDAL, suffix_of

# Rows of a sheet without its header; bytes of a Shapefile's table.
MOST_SHEET_ROWS = 1_048_575
# What a spreadsheet runs as a formula: such texts get one apostrophe more, which reading takes away again.
_FORMULA = r"^('*[=+\-@\t\r])"
_GUARDED = r"^'('*[=+\-@\t\r])"
_EXACT = {"GeoJSON": {"COORDINATE_PRECISION": "15"}, "GeoJSONSeq": {"COORDINATE_PRECISION": "15"}}
LONGEST_SHP_NAME, LONGEST_SHP_TEXT = 10, 254


def write_points(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch], encoding: str | None = None) -> int:
    """Write batches whose last two columns are ``lon`` and ``lat`` (EPSG:4326); gives how many rows there were.

    Raises ``BadInput`` where a format cannot hold them: names or texts too long for a Shapefile, a sheet too short.
    """
    suffix = suffix_of(path)
    counted = _Counted(batches)
    if suffix == ".parquet":
        _parquet(path, schema, counted)
    elif suffix == ".xlsx":
        _excel(path, schema, counted)
    elif suffix in GDAL:
        _gdal(path, suffix, schema, counted, encoding)
    else:
        _csv(path, schema, counted)
    return counted.n


def refuse_too_many(path: Path, n: int) -> None:
    """Raise ``BadInput`` where a file of this kind cannot hold so many rows."""
    if n > MOST_SHEET_ROWS and suffix_of(path) == ".xlsx":
        mend = ("改用 .csv 或 .gpkg，或缩小范围", "write a .csv or .gpkg, or ask for less")
        raise BadInput("工作表放不下这么多行", "a sheet cannot hold so many rows", [FieldError("FILE", n, *mend)])


class _Counted:
    def __init__(self, batches: Iterable[pa.RecordBatch]) -> None:
        self._batches, self.n = batches, 0

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        for batch in self._batches:
            self.n += batch.num_rows
            yield batch


def _with_geometry(batch: pa.RecordBatch) -> pa.RecordBatch:
    *columns, lon, lat = batch.columns
    wkb = shapely.to_wkb(shapely.points(lon.to_numpy(zero_copy_only=False), lat.to_numpy(zero_copy_only=False)))
    shapes = pa.array(wkb, pa.binary())
    return pa.RecordBatch.from_arrays([*columns, shapes], [*batch.schema.names[:-2], "geometry"])


def _geometric(schema: pa.Schema) -> pa.Schema:
    return pa.schema([*list(schema)[:-2], pa.field("geometry", pa.binary())])


def _parquet(path: Path, schema: pa.Schema, batches: _Counted) -> None:
    column = {"encoding": "WKB", "geometry_types": ["Point"]}
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
    ours = _geometric(schema).with_metadata({"geo": json.dumps(geo)})
    with pyarrow.parquet.ParquetWriter(path, ours, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(_with_geometry(batch).cast(ours))


def _gdal(path: Path, suffix: str, schema: pa.Schema, batches: _Counted, encoding: str | None) -> None:
    driver = GDAL[suffix]
    options: dict[str, Any] = dict(_EXACT.get(driver, {}))
    rows: Iterator[pa.RecordBatch] = map(_with_geometry, batches)
    if suffix == ".shp":
        long = [name for name in schema.names[:-2] if len(name.encode()) > LONGEST_SHP_NAME]
        if long:
            mend = (
                "用名称不超过 10 个字符的方案，如 --profile short",
                "a profile of short names, as in --profile short",
            )
            raise BadInput("Shapefile 的列名至多 10 个字符", "names in a Shapefile have ten characters at most",
                           [FieldError(name, None, *mend) for name in long])  # fmt: skip
        options["encoding"] = encoding or "UTF-8"
        rows = (_short_enough(b, options["encoding"]) for b in rows)
    reader = pa.RecordBatchReader.from_batches(_geometric(schema), rows)
    pyogrio.write_arrow(reader, path, driver=driver, geometry_name="geometry", geometry_type="Point", crs="EPSG:4326",
                        **options)  # fmt: skip


def _short_enough(batch: pa.RecordBatch, encoding: str) -> pa.RecordBatch:
    for name, column in zip(batch.schema.names[:-1], batch.columns, strict=False):
        # Four bytes are the longest character; below that nobody has to count.
        if pa.types.is_string(column.type) and (pc.max(pc.utf8_length(column)).as_py() or 0) * 4 > LONGEST_SHP_TEXT:
            for text in column.to_pylist():
                if text and len(text.encode(encoding, "replace")) > LONGEST_SHP_TEXT:
                    mend = ("改用 .gpkg", "write a .gpkg")
                    raise BadInput("Shapefile 的文字至多 254 字节", "texts in a Shapefile have 254 bytes at most",
                                   [FieldError(name, text[:60], *mend)])  # fmt: skip
    return batch


def _csv(path: Path, schema: pa.Schema, batches: _Counted) -> None:
    if path.name.lower().endswith(".gz"):
        with pa.CompressedOutputStream(str(path), "gzip") as packed:
            _csv_to(packed, schema, batches)
        return
    with path.open("wb") as file:
        _csv_to(file, schema, batches)


def _csv_to(sink: Any, schema: pa.Schema, batches: _Counted) -> None:
    # The mark tells spreadsheets that this is UTF-8.
    sink.write("\ufeff".encode())
    with pyarrow.csv.CSVWriter(sink, schema) as writer:
        for batch in batches:
            columns = [_guarded(c) if pa.types.is_string(c.type) else c for c in batch.columns]
            writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))


def _guarded(column: Any) -> Any:
    return pc.replace_substring_regex(column, _FORMULA, r"'\1")


def unguarded(column: Any) -> Any:
    """A column of a CSV without the apostrophes that keep texts from being formulas."""
    return pc.replace_substring_regex(column, _GUARDED, r"\1")


def _excel(path: Path, schema: pa.Schema, batches: _Counted) -> None:
    import openpyxl  # slow to load, and few need it
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, WriteOnlyCell

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("rows")
    sheet.append(list(schema.names))

    def cell(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if ILLEGAL_CHARACTERS_RE.search(value):
            raise BadInput("工作簿不能有控制字符", "a workbook cannot have control characters",
                           [FieldError("FILE", value[:60], "改用 .gpkg", "write a .gpkg")])  # fmt: skip
        made = WriteOnlyCell(sheet, value)
        made.data_type, made.number_format = "s", "@"
        return made

    for batch in batches:
        refuse_too_many(path, batches.n)
        for row in zip(*(c.to_pylist() for c in batch.columns), strict=True):
            sheet.append([cell(v) for v in row])
    book.save(path)
