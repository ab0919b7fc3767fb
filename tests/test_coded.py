"""A column as words and places: the same texts as Python objects, as JSON and as Arrow."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridsvc.coded import Coded, Words

texts = st.lists(st.one_of(st.none(), st.text()), max_size=5)


@given(texts, st.sampled_from([None, ""]), st.data())
def test_all_spellings_of_a_column_agree(given_texts, missing, data):
    place = data.draw(st.lists(st.integers(-1, len(given_texts) - 1), max_size=8))
    expected = [missing if p < 0 else given_texts[p] for p in place]
    column = Coded(Words(given_texts, missing), np.array(place, dtype=np.int32))
    assert column.objects().tolist() == expected
    assert json.loads(column.json()) == expected
    assert column.arrow().to_pylist() == expected


@pytest.mark.parametrize("kind", [np.int8, np.int32, np.int64])
def test_places_are_whole_numbers_of_any_width(kind):
    assert Coded(Words(["a", "b"]), np.array([1, -1, 0], dtype=kind)).arrow().to_pylist() == ["b", None, "a"]
