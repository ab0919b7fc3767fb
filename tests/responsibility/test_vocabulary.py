"""Declared words: what a report may state, and what a refusal names."""

import pytest

from gridsvc.errors import BadInput
from gridsvc.responsibility.vocabulary import Vocabulary

ROWS = [
    {"key": "vehicle", "value": "", "title_zh": "车型", "title_en": "vehicle"},
    {"key": "vehicle", "value": "motor", "title_zh": "机动车", "title_en": "motor vehicle"},
    {"key": "vehicle", "value": "bus"},
    {"key": "surface", "value": "road", "title_zh": "车行道", "title_en": "carriageway"},
]
WORDS = Vocabulary.of_rows(ROWS)


def faults(vocabulary: Vocabulary, **attributes: str) -> list[tuple[str, object, str]]:
    """Field, value and English mend of each."""
    with pytest.raises(BadInput) as e:
        vocabulary.refuse(attributes)
    return [(fault.field, fault.value, fault.mend_en) for fault in e.value.errors]


@pytest.mark.parametrize("attributes", [{}, {"vehicle": "motor"}, {"vehicle": "bus", "surface": "road"},
                                        {"vertical": "above"}, {"vertical": "below"}])  # fmt: skip
def test_declared_words_pass(attributes):
    WORDS.refuse(attributes)


def test_nothing_declared_lets_anything_pass_but_a_third_level():
    Vocabulary.of_rows([]).refuse({"vehicle": "plane", "x": ""})
    assert not Vocabulary.of_rows([]).closed
    assert faults(Vocabulary(), vertical="beside")[0][:2] == ("attributes.vertical", "beside")


def test_an_unknown_value_is_refused_with_the_values_there_are_and_their_titles():
    assert faults(WORDS, vehicle="plane", surface="road") == [
        ("attributes.vehicle", "plane", "vehicle is one of motor (motor vehicle), bus")
    ]


def test_an_unknown_key_is_refused_with_the_keys_there_are():
    assert faults(WORDS, vehicel="motor") == [
        ("attributes.vehicel", "vehicel", "the keys are surface, vehicle, vertical (level)")
    ]


def test_every_fault_is_told_at_once_in_chinese_too():
    with pytest.raises(BadInput) as e:
        WORDS.refuse({"vehicle": "", "permit": "none", "surface": "road"})
    assert [(f.field, f.mend_zh) for f in e.value.errors] == [
        ("attributes.vehicle", "vehicle 可用：motor（机动车）、bus"),
        ("attributes.permit", "可用的键：surface、vehicle（车型）、vertical（上下位置）"),
    ]


def test_words_have_titles_and_without_one_they_are_called_as_they_are_written():
    assert WORDS.title("vehicle") == ("车型", "vehicle")
    assert WORDS.title("vehicle", "motor") == ("机动车", "motor vehicle")
    assert (WORDS.title("vehicle", "bus"), WORDS.title("vehicle", "x")) == (("bus", "bus"), ("x", "x"))
    assert (WORDS.title("surface"), WORDS.title("y"), WORDS.title("y", "z")) == (
        ("surface", "surface"), ("y", "y"), ("z", "z")
    )  # fmt: skip
    assert WORDS.title("vertical", "above") == ("桥面", "the deck")


def test_a_table_may_give_deck_and_ground_titles_of_its_own():
    own = Vocabulary.of_rows(
        [{"key": "vertical", "value": "above", "title_zh": "高架桥面", "title_en": "viaduct deck"}]
    )
    assert own.title("vertical", "above") == ("高架桥面", "viaduct deck")
    assert own.title("vertical", "below") == ("桥下地面", "the ground below")
