"""Tables of points on disk, piece by piece: read as they are, written with the same rows, order and texts."""

import csv
import gzip
import io
import shutil
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TextIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import ArrayLike

from gridsvc.coded import Coded
from gridsvc.errors import BadInput, FieldError
from gridsvc.frames import coordinates, need_columns
from gridsvc.spatial.datum import Floats
from gridsvc.spatial.pileup import LABELS, labels_in

# Rows in memory at a time; also a row group of what is written.
PIECE = 100_000
# A column of one row group is read through a window of this many bytes, however large the group is.
_WINDOW_BYTES = 1 << 20
# Characters; a cell may have 131 072.
_LONGEST_LINE = 1 << 26
Write = Callable[[pa.RecordBatch, Mapping[str, Coded]], None]


@dataclass(frozen=True, eq=False)
class Points:
    """An open table: its columns, how many rows it has where that is known, and the rows, to be read once."""

    schema: pa.Schema
    rows: int | None
    pieces: Iterator[pa.RecordBatch]

    def cases(self, x: str, y: str) -> tuple[Floats, Floats, list[ArrayLike]]:
        """Read all of two columns, where what is no number is NaN, and of those that tell cases apart."""
        need_columns(self.schema.names, x, y)
        names = list(dict.fromkeys([x, y, *(name for name in LABELS if name in self.schema.names)]))
        schema = pa.schema([self.schema.field(name) for name in names])
        frame = pa.Table.from_batches([piece.select(names) for piece in self.pieces], schema).to_pandas()
        return coordinates(frame[x]), coordinates(frame[y]), labels_in(frame)


def places(piece: pa.RecordBatch, x: str, y: str) -> tuple[Floats, Floats]:
    """The coordinates of one piece."""
    a, b = (coordinates(piece.column(name).to_pandas()) for name in (x, y))
    return a, b


def kind_of(path: str) -> str:
    """Tell a table's kind by its suffix; ``-`` is CSV."""
    if path == "-":
        return ".csv"
    for suffix in (".csv.gz", ".csv", ".parquet"):
        if path.lower().endswith(suffix):
            return suffix
    mend = ("用 .csv、.csv.gz 或 .parquet", "use .csv, .csv.gz or .parquet")
    raise BadInput("不认识的文件类型", "the kind of file is not known", [FieldError("path", path, *mend)])


@contextmanager
def open_points(path: Path, encoding: str = "utf-8") -> Iterator[Points]:
    """Open a table. A CSV keeps every cell as the text it is, empty ones too; a Parquet keeps its types."""
    kind = kind_of(str(path))
    if not path.is_file():
        mend = ("核对路径", "check the path")
        raise BadInput("文件不存在", "there is no such file", [FieldError("POINTS", str(path), *mend)])
    if kind == ".parquet":
        with _telling(path, encoding):
            # Read ahead, pyarrow would keep every group that it has read until the end.
            file = pq.ParquetFile(path, buffer_size=_WINDOW_BYTES, pre_buffer=False)
        with file:
            schema = file.schema_arrow.remove_metadata()
            _refuse_repeated(schema.names, path)
            yield Points(schema, file.metadata.num_rows, _parquet_pieces(file, schema, path))
        return
    open_text: Callable[..., TextIO] = gzip.open if kind == ".csv.gz" else open
    with _telling(path, encoding):
        text = open_text(path, "rt", encoding=encoding, newline="")
    with text:
        # A line without end, which a small packed file can hold, is read in pieces that the reader takes for bad rows.
        rows = csv.reader(iter(partial(text.readline, _LONGEST_LINE), ""), strict=True)
        with _telling(path, encoding):
            header = next(rows, [])
        if header:
            header[0] = header[0].removeprefix("\ufeff")
        _refuse_repeated(header, path)
        schema = pa.schema([(name, pa.string()) for name in header])
        yield Points(schema, None, _csv_pieces(rows, schema, path, encoding))


@contextmanager
def _telling(path: Path, encoding: str) -> Iterator[None]:
    """Say of a file that cannot be read what is wrong with it."""
    try:
        yield
    except (pa.ArrowException, csv.Error, OSError, EOFError, zlib.error) as e:
        mend = (f"检查内容：{e}", f"check its contents: {e}")
        raise BadInput("文件无法读取", "the file cannot be read", [FieldError("POINTS", str(path), *mend)]) from None
    except (UnicodeError, LookupError):
        mend = ("用 --encoding 写出真实编码，如 GB18030", "name the true one with --encoding, as in GB18030")
        raise BadInput("文件不是这种编码", "the file is in another encoding",
                       [FieldError("encoding", encoding, *mend)]) from None  # fmt: skip


def _refuse_repeated(names: list[str], path: Path) -> None:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated or not names:
        mend = ("每列一个不同的列名", "give every column a name of its own")
        raise BadInput("表头缺失或列名重复", "the header is missing or repeats a name",
                       [FieldError(path.name, repeated, *mend)])  # fmt: skip


def _parquet_pieces(file: pq.ParquetFile, schema: pa.Schema, path: Path) -> Iterator[pa.RecordBatch]:
    with _telling(path, ""):
        for piece in file.iter_batches(PIECE):
            yield pa.RecordBatch.from_arrays(piece.columns, schema=schema)


def _csv_pieces(rows: Any, schema: pa.Schema, path: Path, encoding: str) -> Iterator[pa.RecordBatch]:
    """Read cell by cell: guessing readers shift, drop or rename what does not suit them."""
    with _telling(path, encoding):
        cells: list[list[str]] = []
        for row in rows:
            if len(row) != len(schema):
                mend = (f"应有 {len(schema)} 格，实有 {len(row)} 格", f"it has {len(row)} cells, not {len(schema)}")
                raise BadInput(f"第 {rows.line_num} 行的格数不对", f"line {rows.line_num} has another number of cells",
                               [FieldError(f"{path.name}:{rows.line_num}", row, *mend)])  # fmt: skip
            cells.append(row)
            if len(cells) == PIECE:
                yield _batch(cells, schema)
                cells = []
        yield _batch(cells, schema)


def _batch(cells: list[list[str]], schema: pa.Schema) -> pa.RecordBatch:
    columns = zip(*cells, strict=True) if cells else ([] for _ in schema)
    return pa.RecordBatch.from_arrays([pa.array(c, pa.string()) for c in columns], schema=schema)


@contextmanager
def new_table(path: str, schema: pa.Schema, added: list[str]) -> Iterator[Write]:
    """Write a table by its suffix, with text columns added to those of ``schema``; ``-`` is CSV on stdout.

    It appears whole or not at all, on stdout too.
    """
    kind = kind_of(path)
    if path == "-":
        with tempfile.TemporaryFile("w+", encoding="utf-8", newline="") as text:
            yield _csv_writer(text, [*schema.names, *added])
            text.seek(0)
            shutil.copyfileobj(text, sys.stdout)
        return
    with whole_file(Path(path)) as part:
        if kind == ".parquet":
            for name in added:
                schema = schema.append(pa.field(name, pa.string()))
            with pq.ParquetWriter(part, schema) as parquet:
                yield _parquet_writer(parquet, schema)
            return
        with (
            part.open("wb") as file,
            _compressed(file, kind) as raw,
            io.TextIOWrapper(raw, "utf-8", newline="") as text,
        ):
            yield _csv_writer(text, [*schema.names, *added])


def _compressed(file: io.BufferedWriter, kind: str) -> Any:
    """The same input gives the same bytes: no name and no time is written."""
    return gzip.GzipFile("", "wb", 6, file, mtime=0) if kind == ".csv.gz" else file


def _parquet_writer(parquet: pq.ParquetWriter, schema: pa.Schema) -> Write:
    def write(piece: pa.RecordBatch, added: Mapping[str, Coded]) -> None:
        columns = [*piece.columns, *(column.arrow() for column in added.values())]
        parquet.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))

    return write


def _csv_writer(text: TextIO, header: list[str]) -> Write:
    plain = csv.writer(text, lineterminator="\n")
    quoted = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    plain.writerow(header)

    def write(piece: pa.RecordBatch, added: Mapping[str, Coded]) -> None:
        given = [c.dictionary_decode() if pa.types.is_dictionary(c.type) else c for c in piece.columns]
        # A lone carriage return ends a row for most readers, but is not put into quotes by itself.
        returns = any(pc.any(pc.match_substring(c, "\r")).as_py() for c in given if _is_text(c.type))
        columns = [*(_cells(c) for c in given), *(c.objects().tolist() for c in added.values())]
        (quoted if returns else plain).writerows(zip(*columns, strict=True))

    return write


def _cells(column: pa.Array) -> list[Any]:
    """Cells of CSV: nothing for what is missing, and bytes, such as geometry, as hexadecimal WKB for spatial tools."""
    if pa.types.is_floating(column.type):
        column = pc.if_else(pc.is_nan(column), None, column)
    cells: list[Any] = column.to_pylist()
    return [v.hex() if isinstance(v, bytes) else v for v in cells] if _is_binary(column.type) else cells


def _is_text(kind: pa.DataType) -> bool:
    return any(test(kind) for test in (pa.types.is_string, pa.types.is_large_string))


def _is_binary(kind: pa.DataType) -> bool:
    return any(test(kind) for test in (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary))


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """Give a place beside the target to write to; it becomes the target only when all went well."""
    if not target.parent.is_dir():
        mend = ("先建好文件夹", "make the folder first")
        error = FieldError("-o", str(target), *mend)
        raise BadInput("输出文件夹不存在", "the folder of the output does not exist", [error])
    part = target.with_name(f".{target.name}.part")
    try:
        yield part
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
