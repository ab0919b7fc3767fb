"""The tables of a ruleset in a folder of CSV files, in one Excel workbook, or one of them in a file of its own."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from gridsvc.errors import BadInput, FieldError
from gridsvc.spatial.excel import sheet_names
from gridsvc.spatial.table_source import TableSource
from gridsvc.spatial.tables import read_rows
from gridsvc.tables import COLUMNS, OF_RULESET, Row, gathered

_BOOKS = (".xlsx", ".xlsm")
# What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

# A workbook's cell has no more characters; the rest would be cut off without a word.
_LONGEST_CELL = 32_767


def read_rule_tables(path: Path, encoding: str = "UTF-8") -> dict[str, list[Row]]:
    """Read the tables that are there: ``rules.csv`` and so on of a folder, sheets of these names, or one such file.

    A table that has only a header is there, without rows. Raises ``BadInput`` where there is none, and ``BadTable``
    that names what cannot be read; CSV is in ``encoding``.
    """
    sources = {s.table: s for s in _sources(path, encoding)}
    if not sources:
        names = ", ".join(OF_RULESET)
        mend = (f"表名为其中之一：{names}", f"name tables as one of {names}")
        raise BadInput("没有规则的表", "there is no table of rules", [FieldError("PATH", str(path), *mend)])
    tables: dict[str, list[Row]] = {}
    with gathered() as faults:
        for name in OF_RULESET:
            if name in sources:
                with faults.at(name):
                    tables[name] = read_rows(sources[name], faults)
    return tables


def _sources(path: Path, encoding: str) -> list[TableSource]:
    if path.is_dir():
        files = [(name, path / f"{name}.csv") for name in OF_RULESET]
        return [TableSource(name, file, encoding) for name, file in files if file.is_file()]
    if path.suffix.lower() in _BOOKS:
        sheets = set(sheet_names(path))
        return [TableSource(name, path, sheet=name) for name in OF_RULESET if name in sheets]
    return [TableSource(path.stem, path, encoding)] if path.stem in OF_RULESET and path.is_file() else []


def write_rule_tables(path: Path, tables: Mapping[str, Sequence[Mapping[str, str]]]) -> None:
    """Write tables, with a header where they have no rows, to a new folder of CSV files or a new workbook.

    Cells are text that no spreadsheet runs as a formula; what would look like one in a CSV is refused, and in a
    workbook what it cannot have: control characters, and texts that are too long.
    """
    if path.suffix.lower() in _BOOKS:
        _write_book(path, tables)
        return
    path.mkdir()
    for name, rows in tables.items():
        for line, row in enumerate(rows, start=2):
            for column, cell in row.items():
                if cell.startswith(_FORMULA) and not _is_number(cell):
                    mend = ("导出为 .xlsx", "export it as .xlsx")
                    raise BadInput(f"表 {name} 第 {line} 行的单元格会被当作公式",
                                   f"table {name}, line {line}: a spreadsheet would run this cell as a formula",
                                   [FieldError(column, cell, *mend)])  # fmt: skip
        # The mark tells Excel that this is UTF-8.
        with (path / f"{name}.csv").open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS[name], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _write_book(path: Path, tables: Mapping[str, Sequence[Mapping[str, str]]]) -> None:
    import openpyxl  # slow to load, and few need it
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in tables.items():
        sheet = book.create_sheet(name)
        for line, cells in enumerate((COLUMNS[name], *([row[c] for c in COLUMNS[name]] for row in rows)), start=1):
            for column, text in enumerate(cells, start=1):
                if len(text) > _LONGEST_CELL or ILLEGAL_CHARACTERS_RE.search(text):
                    mend = ("改为导出到文件夹", "export to a folder of CSV files")
                    raise BadInput(f"表 {name} 第 {line} 行的单元格无法写入工作簿",
                                   f"table {name}, line {line}: a workbook cannot have this cell",
                                   [FieldError(COLUMNS[name][column - 1], text[:100], *mend)])  # fmt: skip
                cell = sheet.cell(line, column, text or None)
                if text:
                    cell.data_type, cell.number_format = "s", "@"
    book.save(path)
