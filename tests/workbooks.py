"""Excel workbooks for tests: cells as somebody typed them, texts as texts."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl


def write_workbook(
    path: Path, sheets: Mapping[str, Sequence[Sequence[Any]]], formats: Mapping[str, str] | None = None,
    merged: Sequence[str] = (),
) -> Path:  # fmt: skip
    """Write sheets of rows; ``formats`` has the number format of cells, ``merged`` ranges of the first sheet.

    A text is stored as one, also where it looks like a formula, unless it begins with ``formula:``.
    """
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for i, row in enumerate(rows, start=1):
            for j, value in enumerate(row, start=1):
                cell = sheet.cell(i, j)
                if isinstance(value, str) and value.startswith("formula:"):
                    cell.value = value.removeprefix("formula:")
                elif value is not None:
                    cell.value = value
                    cell.data_type = "s" if isinstance(value, str) else cell.data_type
    first = book.worksheets[0]
    for cell, number_format in (formats or {}).items():
        first[cell].number_format = number_format
    for cells in merged:
        first.merge_cells(cells)
    book.save(path)
    return path
