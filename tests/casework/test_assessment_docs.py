"""The page about assessment says what the code does: each indicator's formula, and each column of the tables."""

from pathlib import Path

import pytest

from gridsvc.casework.indicators import INDICATORS
from gridsvc.tables import COLUMNS, NEEDED, OF_SCHEMES

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = {"en": "assessment.md", "zh": "assessment.zh-CN.md"}


def rows(lang: str) -> dict[str, list[str]]:
    """Rows of all tables by what stands in their first cell."""
    lines = (DOCS / PAGES[lang]).read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| `")]
    return {row[0].strip("`"): row[1:] for row in cells}


@pytest.mark.parametrize("lang", PAGES)
def test_each_indicator_stands_there_with_its_formula_its_source_and_its_note(lang: str):
    documented = rows(lang)
    for i in INDICATORS.values():
        own = (i.zh, i.formula_zh, i.source, i.note_zh) if lang == "zh" else (i.en, i.formula_en, i.source, i.note_en)
        assert documented[i.id] == list(own)


@pytest.mark.parametrize("lang", PAGES)
def test_each_column_stands_there_and_those_that_must_be_filled_are_marked(lang: str):
    documented = rows(lang)
    for table in OF_SCHEMES:
        marked = [f"`{c}`*" if c in NEEDED[table] else f"`{c}`" for c in COLUMNS[table]]
        assert documented[table][0].split() == marked
