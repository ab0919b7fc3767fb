"""Reads one sheet of an Excel workbook as text; what a person cannot see in it is refused, not guessed."""

import io
import warnings
from pathlib import Path
from typing import Any

from gridsvc.errors import BadTable, FieldError
from gridsvc.spatial.cells import cell_text, in_column
from gridsvc.spatial.files import UNREADABLE, read_bytes, refuse_zip_bomb
from gridsvc.spatial.table_source import TableSource
from gridsvc.tables import Faults

# A million rows of twenty columns.
MOST_CELLS = 20_000_000
# All that a damaged or encrypted workbook makes its readers raise.
_BROKEN = (*UNREADABLE, LookupError, ValueError, TypeError, AttributeError, SyntaxError, RuntimeError)


def read_sheet(source: TableSource, faults: Faults) -> list[tuple[int, list[str]]]:
    """Give the rows of the declared sheet, else the first, with the line each has there.

    Raises ``BadTable`` where the workbook or the sheet cannot be used; cells that cannot be are added to ``faults``.
    """
    sheet = _sheet(source, with_results=False)
    n = sheet.max_row * sheet.max_column
    if n > MOST_CELLS:
        # A single cell in the last corner makes a table of 17 thousand million.
        mend = (
            f"至多 {MOST_CELLS:,} 格；删去表格以外的单元格",
            f"at most {MOST_CELLS:,}; remove the cells beyond the table",
        )
        raise BadTable(f"工作表有 {n:,} 个单元格", f"the sheet has {n:,} cells",
                       [FieldError(sheet.title, sheet.dimensions, *mend)])  # fmt: skip
    if sheet.merged_cells.ranges:
        mend = ("取消合并并逐格填写", "unmerge them and fill in every cell")
        raise BadTable("有合并单元格", "there are merged cells",
                       [FieldError(str(found), None, *mend) for found in sheet.merged_cells.ranges])  # fmt: skip
    if any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row):
        formulas, sheet = sheet, _sheet(source, with_results=True)
    else:
        formulas = None
    rows: list[tuple[int, list[str]]] = []
    for line, row in enumerate(sheet.iter_rows(), start=1):
        texts = []
        for cell in row:
            try:
                texts.append(_text(cell, formulas))
            except BadTable as e:
                texts.append("")
                header: list[str] = next((filled for _, filled in rows if any(filled)), [])
                column = header[cell.column - 1] if cell.column <= len(header) else ""
                faults.add(source.table, line, in_column(e, column or cell.column_letter))
        rows.append((line, texts))
    return rows


def _text(cell: Any, formulas: Any) -> str:
    if cell.data_type == "e":
        mend = ("改正公式或填写文字", "mend the formula or fill in text")
        raise BadTable("单元格是错误值", "the cell holds an error", [FieldError("cell", cell.value, *mend)])
    if formulas is not None and cell.value is None and cell.data_type == "n":
        formula = formulas.cell(cell.row, cell.column)
        if formula.data_type == "f":
            mend = ("用 Excel 打开并保存，或填写文字", "open and save it in Excel, or fill in text")
            error = FieldError("cell", str(formula.value), *mend)
            raise BadTable("公式没有保存结果", "the formula has no stored result", [error])
    return cell_text(cell.value, cell.number_format)


def sheet_names(path: Path) -> list[str]:
    """Give the names of the sheets of a workbook; raises ``BadTable`` where it cannot be read."""
    return [sheet.title for sheet in _book(path, with_results=False).worksheets]


def _sheet(source: TableSource, *, with_results: bool) -> Any:
    """Open the sheet with its formulas, or with what Excel last made of them."""
    book = _book(source.path, with_results=with_results)
    names = [sheet.title for sheet in book.worksheets]
    if not names or source.sheet not in (None, *names):
        mend = ("可用：" + "、".join(names), "one of " + ", ".join(names))
        raise BadTable(f"{source.path.name} 没有这个工作表", f"{source.path.name} has no such sheet",
                       [FieldError("sheet", source.sheet, *mend)])  # fmt: skip
    return book[source.sheet or names[0]]


def _book(path: Path, *, with_results: bool) -> Any:
    import openpyxl  # slow to load, and few folders need it

    try:
        with warnings.catch_warnings():
            # About parts of a workbook that have no cells in them.
            warnings.simplefilter("ignore")
            content = io.BytesIO(read_bytes(path))
            refuse_zip_bomb(content)
            return openpyxl.load_workbook(content, data_only=with_results)
    except _BROKEN as e:
        mend = ("用 Excel 另存为 .xlsx", "save it as .xlsx in Excel")
        name = path.name
        raise BadTable(f"{name} 不是可读的 Excel 文件：{e}", f"{name} is no readable workbook: {e}",
                       [FieldError(name, None, *mend)]) from None  # fmt: skip
