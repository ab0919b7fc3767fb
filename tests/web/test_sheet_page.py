"""A sheet on paper and in a workbook: hostile texts stay texts, numbers are numbers, and nothing is fetched."""

import io
from html import escape

import openpyxl
import pytest
from checked import HOSTILE
from sheets import FORMULA, sheet

from gridsvc.web.offline import refuse_hosts
from gridsvc.web.pages.sheet import sheet_page
from gridsvc.web.pages.sheet_words import WORDS
from gridsvc.web.workbook import workbook_of


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("inline", [True, False])
def test_hostile_texts_stay_texts_and_nothing_is_fetched(lang: str, inline: bool):
    page = sheet_page(sheet(), lang, inline=inline)
    refuse_hosts(page)
    assert "<script" not in page
    assert "<img" not in page
    assert escape(HOSTILE) in page
    assert ("/static/" in page) is not inline


def test_the_page_says_what_is_missing_and_what_was_not_due():
    page = sheet_page(sheet(), "zh")
    for said in ("911 / 972 = 93.72 %", "无应办", "缺评分", "案件过少，不排名", "−10", "加减分 −0.5",
                 "扣款 −100,000 元", "诫勉谈话 (连续2次)", "5,000,000"):  # fmt: skip
        assert said in page
    assert page.count("240601-0003") == 1


def test_a_sheet_of_nobody_says_so():
    assert WORDS["zh"]["none"] in sheet_page(sheet(lines=[], inputs=[], deductions=[]), "zh")
    assert openpyxl.load_workbook(io.BytesIO(workbook_of(sheet(lines=[]), "en"))).worksheets[0].max_row == 3


def test_both_languages_have_the_same_words():
    assert WORDS["zh"].keys() == WORDS["en"].keys()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_text_of_a_workbook_is_a_formula_and_every_number_is_one(lang: str):
    book = openpyxl.load_workbook(io.BytesIO(workbook_of(sheet(frozen_by="a\x07b"), lang)))
    cells = [cell for page in book.worksheets for row in page.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert FORMULA in {cell.value for cell in cells}
    ranking = book.worksheets[0]
    first = [cell.value for cell in ranking[4]]
    assert first[0] == 1
    # A part with what a rank in it added.
    assert first[3:7] == [19.5, 20, 20, 60]
    assert [cell.value for cell in book.worksheets[2][2]][3:6] == [911, 972, 93.72]
    assert ranking.print_title_rows == "$3:$3"
