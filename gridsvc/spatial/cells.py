"""Cells that a spreadsheet or a database column holds as numbers and dates, as the text a person sees there."""

import math
import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import numpy as np

from gridsvc.errors import BadTable, FieldError

# A spreadsheet keeps fifteen digits of a number; what came after them has become zeros.
_EXACT = 10**15
_PLAIN = re.compile(r"(General|@|[#,]*0?(\.[0#]+)?([eE]\+?0+)?)[_) ]*", re.IGNORECASE)
# What a spreadsheet makes of a number of twelve digits or more when it saves it as text: the others are gone.
_SHORTENED = re.compile(r"[1-9](\.[0-9]+)?E\+(1[1-9]|[2-9][0-9])")
_PADDED = re.compile(r"(0{2,})[_) ]*")


def cell_text(value: Any, number_format: str = "General") -> str:
    """Give a cell as text; empty where there is nothing.

    A date without a time is written YYYY-MM-DD. Raises ``BadTable`` without a column where digits were lost, or
    where the number shown is not the number kept.
    """
    if isinstance(value, np.integer):
        return str(value)  # of a database column, which keeps every digit
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat() if value.time() != time() or value.tzinfo else value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float) and math.isfinite(value):
        return _number_text(value, number_format.split(";")[0])
    raise _bad(str(value), "这种单元格无法当作文字", "a cell of this kind cannot be taken as text")


def in_column(error: BadTable, column: str) -> BadTable:
    """Name the column of a cell that was refused."""
    return BadTable(error.zh, error.en, [FieldError(column, e.value, e.mend_zh, e.mend_en) for e in error.errors])


def is_shortened(text: str) -> bool:
    """Tell whether a text is a long number that a spreadsheet saved without most of its digits: 1.10101E+14."""
    return _SHORTENED.fullmatch(text) is not None


def _number_text(value: int | float, shown_as: str) -> str:
    whole = int(value) if float(value).is_integer() else None
    if whole is not None and abs(whole) >= _EXACT:
        raise _bad(str(whole), "数字超过 15 位，后面的位数已丢失", "a number of more than 15 digits, the rest is lost")
    padded = _PADDED.fullmatch(shown_as)
    if padded and whole is not None and whole >= 0:
        return str(whole).zfill(len(padded[1]))
    if padded or not _PLAIN.fullmatch(shown_as):
        raise _bad(str(value), f"显示格式 {shown_as} 与所存的数不同", f"{shown_as} shows another number than is kept")
    return str(whole) if whole is not None else format(Decimal(repr(value)), "f")


def _bad(value: str, zh: str, en: str) -> BadTable:
    mend = ("把该列设为“文本”格式后重新填写", "format the column as text and fill it in again")
    return BadTable(zh, en, [FieldError("cell", value, *mend)])
