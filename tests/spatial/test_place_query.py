"""What words for a place may mean: every split into two lanes, and components by number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridsvc.codes import load_categories
from gridsvc.errors import BadInput
from gridsvc.spatial.place_query import LONGEST, Numbered, classes_called, crossings_in, numbered_in, tidy


@pytest.mark.parametrize("words", ["", "  ", "路", "。，！", "a", "路" * (LONGEST + 1), "人民\0路", "人民\ud800路"])
def test_words_that_name_nothing_are_refused(words: str):
    with pytest.raises(BadInput) as refused:
        tidy(words)
    assert refused.value.errors[0].field == "q"


@pytest.mark.parametrize(
    ("words", "plain"), [("　人民路　１２号 ", "人民路 12号"), ("ＬＡＭＰ\t0123", "LAMP 0123"), ("人民", "人民")]
)
def test_full_width_characters_and_blanks_are_evened_out(words: str, plain: str):
    assert tidy(words) == plain


@pytest.mark.parametrize(
    ("words", "pair"),
    [
        ("人民路与建设路交叉口", ("人民路", "建设路")),
        ("建设路/人民路路口", ("建设路", "人民路")),
        ("人民路、建设路的交汇处", ("人民路", "建设路")),
        ("人民路建设路路口", ("人民路", "建设路")),
        ("人民路建设路口", ("人民路", "建设路")),
        ("人民路和建设路", ("人民路", "建设路")),
        # A name may hold what joins two others, and end in what stands behind them.
        ("人和大道与文昌路路口", ("人和大道", "文昌路")),
        ("文昌路人和大道路口", ("文昌路", "人和大道")),
        ("人民路与渡口路口", ("人民路", "渡口路")),
        ("corner of Renmin Road and Jianshe Road", ("Renmin Road", "Jianshe Road")),
        ("the intersection of Renmin Road & Jianshe Road", ("Renmin Road", "Jianshe Road")),
        ("Renmin Road at Jianshe Road", ("Renmin Road", "Jianshe Road")),
    ],
)  # fmt: skip
def test_a_crossing_is_one_of_the_readings(words: str, pair: tuple[str, str]):
    assert pair in crossings_in(tidy(words))


@pytest.mark.parametrize("words", ["人民路", "人民路12号", "人民路口", "农贸市场", "路口", "corner of Renmin Road"])
def test_one_lane_alone_is_no_crossing(words: str):
    assert crossings_in(words) == []


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("路灯", None),
        ("123", None),
        ("路灯 12", None),
        ("0123", Numbered("", "0123")),
        ("99010101037000123", Numbered("", "99010101037000123")),
        ("路灯杆 0123", Numbered("路灯杆", "0123")),
        ("路灯杆编号0123", Numbered("路灯杆", "0123")),
        ("路灯0123号", Numbered("路灯", "0123")),
        ("lamp post no. 0123", Numbered("lamp post", "0123")),
    ],
)
def test_a_component_is_told_by_a_part_of_its_code(words: str, meant: Numbered | None):
    assert numbered_in(words) == meant


@pytest.mark.parametrize(
    ("what", "first"),
    [("人民路", None), ("路灯杆", "01037"), ("路灯", "01037"), ("street lamp", "01037"), ("井盖", "01001")],
)
def test_words_for_an_object_name_its_classes(what: str, first: str | None):
    assert next(iter(classes_called(what, load_categories())), None) == first


def test_a_whole_name_goes_before_names_that_only_hold_the_words():
    assert classes_called("路灯", load_categories()) == ["01037"]  # not the lamps' manholes and cabinets


@given(st.text(max_size=LONGEST))
def test_no_text_breaks_the_readings(words: str):
    try:
        plain = tidy(words)
    except BadInput:
        return
    for one, other in crossings_in(plain):
        assert one in plain
        assert other in plain
    numbered = numbered_in(plain)
    assert numbered is None or numbered.part in plain
