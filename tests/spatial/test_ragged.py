"""Lists of different lengths in flat arrays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridsvc.spatial.ragged import ascending, counted, place_in


def longs(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ([], []),
        ([(3, 2)], []),
        ([(3, 3)], [(0, 3)]),
        ([(5, -9), (0, 2), (7, 6), (-1, 0)], [(1, 0), (1, 1), (1, 2), (3, -1), (3, 0)]),
    ],
    ids=["none", "empty range", "one number", "several"],
)
def test_every_number_between_two_bounds(bounds, expected):
    of, number = counted(longs(*(a for a, _ in bounds)), longs(*(b for _, b in bounds)))
    assert list(zip(of.tolist(), number.tolist(), strict=True)) == expected


@pytest.mark.parametrize(
    ("group", "place"),
    [([], []), ([0], [0]), ([4], [0]), ([0, 0, 0], [0, 1, 2]), ([0, 2, 2, 5, 9, 9], [0, 0, 1, 0, 0, 1])],
)
def test_the_place_in_a_group_counts_from_nought(group, place):
    assert place_in(longs(*group)).tolist() == place


@given(st.lists(st.integers(0, 2**62)))
def test_the_different_numbers_in_order(numbers):
    assert ascending(longs(*numbers)).tolist() == sorted(set(numbers))
