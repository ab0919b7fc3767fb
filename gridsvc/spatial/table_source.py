"""Where a table of a boundary folder comes from, as its entry in the manifest says."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from gridsvc.spatial.manifest_keys import bad, file_in, need_text, refuse_typos
from gridsvc.tables import COLUMNS

TABLE_TEXT = ("file", "encoding", "crs", "sheet", "sublayer")


@dataclass(frozen=True, slots=True)
class TableSource:
    """Where one table comes from.

    ``crs`` is needed only where the file has coordinates and no reference; ``sheet`` names one of an Excel file,
    ``sublayer`` one of a GeoPackage. ``columns`` has the file's name for each of our columns that it calls otherwise.
    """

    table: str
    path: Path
    encoding: str = "UTF-8"
    crs: str | None = None
    sheet: str | None = None
    sublayer: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)

    @property
    def suffix(self) -> str:
        """What kind of file it is, in lower case and without ``.gz``."""
        return Path(self.path.name.lower().removesuffix(".gz")).suffix


def table_source(folder: Path, name: str, entry: Any) -> TableSource:
    """Read one entry under ``tables``: a file name, or an object that says more; raises ``BadBoundaryFolder``."""
    record = {"file": entry} if isinstance(entry, str) else entry
    if not isinstance(record, dict):
        raise bad(f"tables.{name}", entry, "应为文件名", "a file name is expected", "写成文件名", "write a file name")
    path = file_in(folder, need_text(record, "file", f"tables.{name}"), f"tables.{name}")
    refuse_typos(record, (*TABLE_TEXT, "columns"), f"tables.{name}.")
    for key in TABLE_TEXT:
        if record.get(key) is not None and not isinstance(record[key], str):
            raise bad(
                f"tables.{name}.{key}", record[key], "应为文字", "text is expected", "写成字符串", "write a string"
            )
    source = TableSource(
        name, path, record.get("encoding") or "UTF-8", record.get("crs"), record.get("sheet") or None,
        record.get("sublayer") or None, _columns(name, record),
    )  # fmt: skip
    for key, suffixes in (("sheet", (".xlsx", ".xlsm")), ("sublayer", (".gpkg",))):
        if getattr(source, key) and source.suffix not in suffixes:
            raise bad(f"tables.{name}.{key}", record[key], "这种文件没有工作表或子图层",
                      "a file of this kind has none", "删去此键：sheet 用于 .xlsx，sublayer 用于 .gpkg",
                      "remove the key: sheet is for .xlsx, sublayer for .gpkg")  # fmt: skip
    return source


def _columns(name: str, record: Mapping[str, Any]) -> Mapping[str, str]:
    """Our columns that the file calls otherwise; every one of them must be a column of this table."""
    field, known = f"tables.{name}.columns", COLUMNS.get(name, ())
    given = record.get("columns") or {}
    if not isinstance(given, dict):
        raise bad(field, given, "应为对象", "an object is expected", "写成 {…}", "write {…}")
    for ours, theirs in given.items():
        if ours not in known:
            near = difflib.get_close_matches(ours, known, 1, 0.6) or known
            raise bad(f"{field}.{ours}", theirs, "此表没有这一列", "the table has no such column",
                      "可用：" + "、".join(near), "one of " + ", ".join(near))  # fmt: skip
        need_text(given, ours, f"{field}.{ours}")
    return MappingProxyType({ours: theirs.strip() for ours, theirs in given.items()})
