"""The stated order that settles ties, on bare pairs of points and areas."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridsvc.spatial.edge_policy import NOWHERE, corridor_owner, first_of_each, prefer


def i(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.intp)


def s(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int32)


@pytest.mark.parametrize(
    ("point", "area", "n", "settled"),
    [
        (i(), i(), 0, []),
        (i(), i(), 2, [-1, -1]),
        (i(1), i(5), 3, [-1, 5, -1]),
        (i(0, 0, 2), i(3, 4, 1), 3, [3, -1, 1]),
    ],
)
def test_each_point_gets_its_first_area_or_none(point, area, n, settled):
    assert first_of_each(point, area, n).tolist() == settled


@pytest.mark.parametrize(
    ("wanted", "settled"),
    [(NOWHERE, 3), (3, 3), (7, 7), (5, 3)],
    ids=["no wish", "the same", "a neighbour", "no neighbour"],
)
def test_a_wish_is_granted_only_among_the_points_own_areas(wanted, settled):
    assert prefer(s(3), i(0, 0), i(3, 7), s(wanted)).tolist() == [settled]


def test_a_wish_of_one_point_does_not_touch_another():
    assert prefer(s(3, 3), i(0, 0, 1, 1), i(3, 7, 3, 7), s(7, NOWHERE)).tolist() == [7, 3]


def test_a_wish_for_a_point_in_no_area_is_ignored():
    assert prefer(s(NOWHERE), i(), i(), s(4)).tolist() == [NOWHERE]


def test_granting_a_wish_leaves_the_array_handed_in_as_it_was():
    settled = s(3)
    prefer(settled, i(0, 0), i(3, 7), s(7))
    assert settled.tolist() == [3]


@pytest.mark.parametrize(
    ("point", "owner", "n", "settled"),
    [
        (i(), s(), 2, [-1, -1]),
        (i(0), s(NOWHERE), 1, [-1]),
        (i(0), s(4), 1, [4]),
        (i(0, 0), s(NOWHERE, 4), 1, [4]),
        (i(0, 0), s(5, 4), 1, [4]),
        (i(0, 0, 0), s(5, 4, 5), 1, [5]),
        (i(0, 0, 0, 0), s(5, 4, 5, 4), 1, [4]),
        (i(0, 2, 2), s(9, 3, 1), 3, [9, -1, 1]),
    ],
    ids=["none", "unclaimed", "one", "one claimed", "tie: least", "most named", "even: least", "each its own"],
)
def test_a_corridor_goes_to_the_owner_most_named_then_to_the_least(point, owner, n, settled):
    assert corridor_owner(point, owner, n).tolist() == settled


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(-1, 4)), max_size=30))
def test_the_order_of_corridors_does_not_matter(pairs):
    def owners(rows):
        return corridor_owner(i(*(p for p, _ in rows)), s(*(o for _, o in rows)), 6).tolist()

    assert owners(pairs) == owners(sorted(pairs)) == owners(pairs[::-1])
