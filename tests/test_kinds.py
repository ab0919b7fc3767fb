"""Distinct columns of a matrix of numbers, however large the numbers are."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gridsvc.kinds import distinct

small, large = st.integers(-2, 2), st.integers(-(2**40), 2**40)


@given(st.integers(1, 6), st.integers(1, 8), st.data())
def test_equal_columns_have_one_place_and_different_ones_have_not(rows, columns, data):
    number = st.one_of(small, large)
    told = np.array(
        data.draw(st.lists(st.lists(number, min_size=columns, max_size=columns), min_size=rows, max_size=rows)),
        dtype=np.int64,
    )
    first, which = distinct(told)
    assert (told[:, first][:, which] == told).all()
    assert len(first) == len({tuple(column) for column in told.T.tolist()})
