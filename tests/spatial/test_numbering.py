"""The order of unit grids' numbers: as a page is read, and which numbers break it."""

import numpy as np
import pytest
import shapely
from drawing import areas
from hypothesis import given, settings
from hypothesis import strategies as st

from gridsvc.spatial.numbering import misplaced, reading_order

CELL_M2 = 159.0


def in_order(picture: str, numbered: str) -> np.ndarray:
    """The areas of a picture in the order of their numbers."""
    drawn = areas(picture)
    return np.array([*(drawn[letter] for letter in numbered), None], dtype=object)[:-1]


@pytest.mark.parametrize(
    ("picture", "numbered", "named"),
    [
        ("a", "", ""),
        ("a", "a", ""),
        ("abc", "abc", ""),
        ("abc\ndef", "abcdef", ""),
        ("abc\ndef", "bacdef", "b"),
        ("abc\ndef", "abcdfe", "f"),
        ("a\nb", "ba", "b"),
        ("abc\ndef\nghi", "bcdefghia", "a"),
        ("abc\ndef\nghi", "defghiabc", "abc"),
        (".b.\na.c", "abc", ""),
        ("..d\n.c.\nb..\na..", "abcd", "ab"),
    ],
    ids=["none", "one", "a row", "two rows", "two swapped", "two swapped below", "a column from below",
         "the first is last", "rows swapped", "a row by eye", "too steep for a row"],
)  # fmt: skip
def test_numbers_that_break_the_order_are_named(picture, numbered, named):
    wrong = misplaced(in_order(picture, numbered), CELL_M2)
    assert "".join(letter for letter, bad in zip(numbered, wrong, strict=True) if bad) == named


def test_the_size_of_the_grids_says_how_high_a_row_may_be():
    steep = in_order("..c\n.b.\na..", "abc")
    assert misplaced(steep, CELL_M2).any()
    assert not misplaced(steep, 4 * CELL_M2).any()


@pytest.mark.parametrize("lost", [None, shapely.Polygon()], ids=["missing", "empty"])
def test_what_has_no_place_breaks_no_order(lost):
    shapes = in_order("ab", "ba")
    assert misplaced(np.array([lost, *shapes, lost], dtype=object), CELL_M2).sum() == 1
    assert not misplaced(np.array([lost, lost], dtype=object), CELL_M2).any()


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 0.01), st.floats(0, 0.01)), max_size=30), st.floats(20, 400))
def test_no_number_given_in_reading_order_is_ever_named(places, side_m):
    drawn = [shapely.box(120 + x, 30 + y, 120 + x + 1e-4, 30 + y + 1e-4) for x, y in places]
    shapes = np.array([*drawn, None], dtype=object)[:-1]
    assert not misplaced(shapes[reading_order(shapes, side_m)], side_m**2).any()
