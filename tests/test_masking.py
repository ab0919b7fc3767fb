"""Numbers and names as they are shown: enough to know again, too little to call."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gridsvc.masking import STARS, mask_name, mask_phone, mask_text

MOBILES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
LANDLINES = st.from_regex(r"0(10|2[0-9]|[3-9][0-9]{2})-?[2-8][0-9]{7}", fullmatch=True)


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        (None, None),
        ("", None),
        (" ", "****"),
        ("无", "****"),
        ("微信 zhang", "****"),
        ("1", "****"),
        ("110", "****"),
        ("1234", "****"),
        ("12345", "****5"),
        ("8765432", "****432"),
        ("87654321", "****4321"),
        ("13800000001", "138****0001"),
        ("138 0000-0001", "138****0001"),
        ("+86 138 0000 0001", "138****0001"),
        ("008613800000001", "138****0001"),
        ("8613800000001", "138****0001"),
        ("１３８０００００００１", "138****0001"),
        ("0571-00000001", "0571****0001"),
        ("（0571）88886666", "0571****6666"),
        ("010 88886666", "010****6666"),
        ("0571-8888666", "0571****666"),
        ("+86 571 8888 6666", "0571****6666"),
        ("0571-88886666转801", "0571****6801"),
        ("13800000001/13900000002", "****0002"),
        ("+852 9123 4567", "****4567"),
        ("12000000001", "****0001"),
        ("1" * 300, "****1111"),
        ("138****0001", "138****0001"),
        ("****", "****"),
        ("1*380000000*1", "138****0001"),
    ],
    ids=repr,
)
def test_a_number_is_masked_by_its_kind(phone: str | None, masked: str | None):
    assert mask_phone(phone) == masked


@given(st.text(max_size=40) | st.from_regex(r"[+0-9 ()\-]{1,30}", fullmatch=True) | MOBILES | LANDLINES)
@example("0086" + "0" * 10)
def test_of_any_number_four_digits_are_hidden_and_masking_again_changes_nothing(phone: str):
    masked = mask_phone(phone)
    assert mask_phone(masked) == masked
    if masked is not None and masked != phone:
        assert re.fullmatch(r"\d{0,4}\*{4}\d{0,4}", masked)
        digits = sum(c in "0123456789" for c in unicodedata.normalize("NFKC", phone))
        # A country code may give way to the 0 of an area code.
        assert sum(c.isdigit() for c in masked) <= max(0, digits + 1 - 4)


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        (None, None),
        ("", None),
        (" ", "**"),
        ("王", "王**"),
        ("王大锤", "王**"),
        ("欧阳修", "欧**"),
        (" 李 四 ", "李**"),
        ("阿布都热依木·买买提", "阿**"),
        ("𠮷田", "𠮷**"),
        ("John Smith", "J**"),
        ("é", "é**"),
        ("13800000001", "**"),
        ("*王", "**"),
        ("王**", "王**"),
    ],
    ids=repr,
)
def test_a_name_shows_its_first_letter_and_not_how_long_it_is(name: str | None, masked: str | None):
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (None, None),
        ("", ""),
        ("路灯不亮", "路灯不亮"),
        ("请回电13800000001。", "请回电138****0001。"),
        ("请回电 138-0000-0001 或 138 0000 0002", "请回电 138****0001 或 138****0002"),
        ("138.0000.0001、138/0000/0002、138_0000_0003", "138****0001、138****0002、138****0003"),
        ("138  0000\t0001，138 - 0000 - 0002，138·0000·0003", "138****0001，138****0002，138****0003"),
        ("0571 - 8888  6666", "0571****6666"),
        ("高程 13.8 米，6.5 级，版本 1.3.0", "高程 13.8 米，6.5 级，版本 1.3.0"),
        ("+8613800000001", "138****0001"),
        ("138\u200d0000\u20600001，138\ufeff0000\ufeff0002", "138****0001，138****0002"),
        ("转拨013800000001", "转拨****0001"),
        ("打１３８０００００００１吧", "打138****0001吧"),
        ("座机0571-88886666，分机1", "座机0571****6666，分机1"),
        ("（0571）88886666", "0571****6666"),
        ("+86 571 8888 6666", "0571****6666"),
        ("邻居87654321常在家", "邻居****4321常在家"),
        ("call 8765432 now", "call ****432 now"),
        ("13800000001 87654321", "138****0001 ****4321"),
        ("井盖 33011001002000123 缺失", "井盖 33011001002000123 缺失"),
        ("单元网格 330110010020001", "单元网格 330110010020001"),
        ("2024年6月12日", "2024年6月12日"),
        ("20240612 到 2024-06-13 08:00", "20240612 到 2024-06-13 08:00"),
        ("在 120.2345678, 30.2345678", "在 120.2345678, 30.2345678"),
        ("灯杆 L8765432 与 B87654321-2", "灯杆 L8765432 与 B87654321-2"),
        ("06010 类，5 公里，12345 热线", "06010 类，5 公里，12345 热线"),
        ("138****0001", "138****0001"),
    ],
    ids=repr,
)
def test_numbers_in_a_text_are_masked_and_nothing_else(text: str | None, masked: str | None):
    assert mask_text(text) == masked


WORDS = st.text(st.characters(exclude_categories=("Nd", "Cs"), exclude_characters="-+*.()（）"), max_size=20)


@given(WORDS, MOBILES | LANDLINES, st.sampled_from("，。 请a\n"), WORDS)
def test_no_number_stays_in_a_text_and_every_word_does(before: str, phone: str, gap: str, after: str):
    masked = mask_text(before + gap + phone + gap + after)
    assert masked is not None
    assert phone not in masked
    assert STARS in masked
    assert masked.startswith(before)
    assert masked.endswith(after)
    assert mask_text(masked) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("身份证11010119900307123X，请核实", "身份证****，请核实"),
        ("身份证 110101199003071234", "身份证 ****"),
        ("身份证１１０１０１１９９００３０７１２３Ｘ吧", "身份证****吧"),
        ("110101 19900307 1234，110101-1990-0307-1234", "****，****"),
        ("110101\u200b19900307\u20601234", "****"),
        # One digit less, one more, no such month: codes of other things.
        ("11010119900307123", "11010119900307123"),
        ("1101011990030712345", "1101011990030712345"),
        ("110101199023071234", "110101199023071234"),
    ],
)
def test_identity_numbers_are_never_shown(text: str, masked: str):
    assert mask_text(text) == masked
