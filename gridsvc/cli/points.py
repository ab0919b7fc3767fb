"""Tables of points on disk: read as they are, written with the same rows, order and texts."""

import csv
import gzip
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from gridsvc.errors import BadInput, FieldError


def kind_of(path: str) -> str:
    """Tell a table's kind by its suffix; ``-`` is CSV."""
    if path == "-":
        return ".csv"
    for suffix in (".csv.gz", ".csv", ".parquet"):
        if path.lower().endswith(suffix):
            return suffix
    mend = ("用 .csv、.csv.gz 或 .parquet", "use .csv, .csv.gz or .parquet")
    raise BadInput("不认识的文件类型", "the kind of file is not known", [FieldError("path", path, *mend)])


def read_points(path: Path, encoding: str = "utf-8") -> pd.DataFrame:
    """Read a table. A CSV keeps every cell as the text it is, empty ones too."""
    kind = kind_of(str(path))
    if not path.is_file():
        mend = ("核对路径", "check the path")
        raise BadInput("文件不存在", "there is no such file", [FieldError("POINTS", str(path), *mend)])
    if kind == ".parquet":
        try:
            # Arrow's own types, since pandas would turn whole numbers with gaps into rounded ones.
            frame = pd.read_parquet(path, dtype_backend="pyarrow")
        except (ValueError, OSError) as e:
            raise _unreadable(path, e) from None
        return frame if isinstance(frame.index, pd.RangeIndex) else frame.reset_index()
    try:
        return _read_csv(path, encoding)
    except (UnicodeError, LookupError):
        mend = ("用 --encoding 写出真实编码，如 GB18030", "name the true one with --encoding, as in GB18030")
        raise BadInput("文件不是这种编码", "the file is in another encoding",
                       [FieldError("encoding", encoding, *mend)]) from None  # fmt: skip
    except (csv.Error, OSError, EOFError, zlib.error) as e:
        raise _unreadable(path, e) from None


def _read_csv(path: Path, encoding: str) -> pd.DataFrame:
    """Read cell by cell: guessing readers shift, drop or rename what does not suit them."""
    open_text = gzip.open if path.suffix.lower() == ".gz" else open
    with open_text(path, "rt", encoding=encoding, newline="") as file:
        rows = csv.reader(file, strict=True)
        header = next(rows, [])
        if header:
            header[0] = header[0].removeprefix("\ufeff")
        repeated = sorted({name for name in header if header.count(name) > 1})
        if repeated or not header:
            mend = ("每列一个不同的列名", "give every column a name of its own")
            raise BadInput("表头缺失或列名重复", "the header is missing or repeats a name",
                           [FieldError(path.name, repeated, *mend)])  # fmt: skip
        cells: list[list[str]] = []
        for row in rows:
            if len(row) != len(header):
                mend = (f"应有 {len(header)} 格，实有 {len(row)} 格", f"it has {len(row)} cells, not {len(header)}")
                raise BadInput(f"第 {rows.line_num} 行的格数不对", f"line {rows.line_num} has another number of cells",
                               [FieldError(f"{path.name}:{rows.line_num}", row, *mend)])  # fmt: skip
            cells.append(row)
    return pd.DataFrame(cells, columns=header, dtype=str)


def write_points(frame: pd.DataFrame, path: str) -> None:
    """Write a table by its suffix; ``-`` writes CSV to stdout. The file appears whole or not at all."""
    kind = kind_of(path)
    if kind != ".parquet":
        frame = _without_bytes(frame)
    if path == "-":
        frame.to_csv(sys.stdout, index=False)
        return
    with whole_file(Path(path)) as part:
        if kind == ".parquet":
            # Without pandas' own notes, so that any reader sees plain columns.
            pq.write_table(pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None), part)
        else:
            frame.to_csv(part, index=False, compression={"method": "gzip", "mtime": 0} if kind == ".csv.gz" else None)


def _without_bytes(frame: pd.DataFrame) -> pd.DataFrame:
    """Spell bytes, such as the geometry of GeoParquet, in hexadecimal, which spatial tools read as WKB."""
    binary = [c for c in frame.columns if len(frame) and isinstance(frame[c].iloc[0], bytes)]
    return frame.assign(**{c: [v.hex() if isinstance(v, bytes) else v for v in frame[c]] for c in binary})


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


def _unreadable(path: Path, error: Exception) -> BadInput:
    mend = (f"检查内容：{error}", f"check its contents: {error}")
    return BadInput("文件无法读取", "the file cannot be read", [FieldError("POINTS", str(path), *mend)])
