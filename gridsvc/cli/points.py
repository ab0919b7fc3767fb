"""Tables of points on disk: read as they are, written with the same rows, order and texts."""

import sys
from pathlib import Path

import pandas as pd

from gridsvc.errors import BadInput, FieldError

SUFFIXES = (".csv", ".csv.gz", ".parquet")


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
            return pd.read_parquet(path)
        except (ValueError, OSError) as e:
            raise _unreadable(path, e) from None
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False, encoding=encoding)
    except (UnicodeDecodeError, LookupError):
        mend = ("用 --encoding 写出真实编码,如 GB18030", "name the true one with --encoding, as in GB18030")
        raise BadInput("文件不是这种编码", "the file is in another encoding",
                       [FieldError("encoding", encoding, *mend)]) from None  # fmt: skip
    except (pd.errors.ParserError, pd.errors.EmptyDataError, OSError, EOFError) as e:
        raise _unreadable(path, e) from None


def write_points(frame: pd.DataFrame, path: str) -> None:
    """Write a table by its suffix; ``-`` writes CSV to stdout. The file appears whole or not at all."""
    kind = kind_of(path)
    if path == "-":
        frame.to_csv(sys.stdout, index=False)
        return
    target = Path(path)
    if not target.parent.is_dir():
        mend = ("先建好文件夹", "make the folder first")
        raise BadInput("输出文件夹不存在", "the folder of the output does not exist", [FieldError("-o", path, *mend)])
    part = target.with_name(f".{target.name}.part{kind}")
    try:
        if kind == ".parquet":
            frame.to_parquet(part, index=False)
        else:
            frame.to_csv(part, index=False, compression={"method": "gzip", "mtime": 0} if kind == ".csv.gz" else None)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _unreadable(path: Path, error: Exception) -> BadInput:
    mend = (f"检查内容:{error}", f"check its contents: {error}")
    return BadInput("文件无法读取", "the file cannot be read", [FieldError("POINTS", str(path), *mend)])
