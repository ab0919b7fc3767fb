"""Reasons that say something."""

import pytest

from gridsvc.errors import BadInput
from gridsvc.values import LONGEST_REASON, reason_of


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("核实现场", "核实现场"),
        (" 核实现场情况。 ", "核实现场情况。"),
        ("to call him back", "to call him back"),
        ("abcdefghij", "abcdefghij"),
        ("回电 abcde", "回电 abcde"),
        ("核" * LONGEST_REASON, "核" * LONGEST_REASON),
    ],
)
def test_a_reason_is_kept_without_blanks_around_it(text: str, reason: str):
    assert reason_of(text) == reason


@pytest.mark.parametrize(
    "text", ["", " " * 20, "核实现", "abcdefghi", "1234567890123", "。，、！？；：～", "回电 abc", "核" * 501]
)
def test_what_says_nothing_is_refused_by_its_field(text: str):
    with pytest.raises(BadInput) as refused:
        reason_of(text, "why")
    assert [(e.field, e.value) for e in refused.value.errors] == [("why", text)]
