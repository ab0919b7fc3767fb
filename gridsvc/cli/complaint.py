"""How the command line says on stderr what it cannot use: a sentence, a table of bad rows, or JSON for a program."""

import json
import sys
from dataclasses import asdict

from rich.table import Table
from rich.text import Text

from gridsvc.cli.terminal import errors
from gridsvc.errors import BadTable, CellFault, FieldError, GridsvcError
from gridsvc.values import Lang

HEADS = {
    "zh": ("表", "行", "列", "值", "问题", "改法"),
    "en": ("table", "line", "column", "value", "what is wrong", "mend"),
}


def complain(error: GridsvcError, lang: Lang, *, as_json: bool) -> None:
    """Print an error on stderr: one line of JSON, else text, where a terminal shows bad rows as a table."""
    more = error.more if isinstance(error, BadTable) else 0
    if as_json:
        told = {"zh": error.zh, "en": error.en, "errors": [_plain(e) for e in error.errors], "more": more}
        sys.stderr.write(json.dumps(told, ensure_ascii=False) + "\n")
        return
    cells = [e for e in error.errors if isinstance(e, CellFault)]
    if cells and errors.is_terminal:
        errors.print(_table(error, cells, lang), soft_wrap=False)
    else:
        errors.print(error.text(lang), markup=False)
    if more:
        errors.print(f"  另有 {more} 处" if lang == "zh" else f"  and {more} more", markup=False)


def _plain(error: FieldError) -> dict[str, object]:
    value = error.value if isinstance(error.value, str | int | None) else str(error.value)
    return asdict(error) | {"value": value}


def _table(error: GridsvcError, cells: list[CellFault], lang: Lang) -> Table:
    zh = lang == "zh"
    table = Table(title=Text(error.zh if zh else error.en))
    for head in HEADS[lang]:
        table.add_column(head, overflow="fold")
    for e in cells:
        line, value = "" if e.line is None else str(e.line), "" if e.value is None else str(e.value)
        what, mend = (e.zh, e.mend_zh) if zh else (e.en, e.mend_en)
        table.add_row(*map(Text, (e.table, line, e.field, value, what, mend)))
    return table
