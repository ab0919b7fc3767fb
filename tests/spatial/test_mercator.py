"""Squares of the world map."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from squares import HALF_WORLD_M, to_metres

from gridsvc.errors import BadInput
from gridsvc.spatial.mercator import MOST_Z, Tile


@pytest.mark.parametrize("zxy", [(0, 0, 0), (1, 1, 1), (22, 2**22 - 1, 2**22 - 1), (22, 0, 0)])
def test_a_tile_is_within_the_world(zxy: tuple[int, int, int]):
    assert Tile(*zxy).z == zxy[0]


@pytest.mark.parametrize(
    ("zxy", "field"),
    [
        ((-1, 0, 0), "z"), ((23, 0, 0), "z"), ((10**9, 0, 0), "z"), ((0, 1, 0), "x"), ((0, 0, 1), "y"),
        ((3, 8, 0), "x"), ((3, 0, 8), "y"), ((3, -1, 0), "x"), ((3, 0, -1), "y"), ((22, 2**22, 0), "x"),
    ],
)  # fmt: skip
def test_a_tile_beyond_the_world_is_refused_by_name(zxy: tuple[int, int, int], field: str):
    with pytest.raises(BadInput) as refused:
        Tile(*zxy)
    assert [e.field for e in refused.value.errors] == [field]


@given(st.integers(0, MOST_Z).flatmap(lambda z: st.tuples(st.just(z), *[st.integers(0, 2**z - 1)] * 2)))
def test_the_box_of_a_tile_is_that_of_its_square_in_metres(zxy: tuple[int, int, int]):
    z, x, y = zxy
    west, south, east, north = Tile(z, x, y).box_deg(0)
    side_m = 2 * HALF_WORLD_M / 2**z
    (left, right), (low, high) = to_metres([west, east], [south, north])
    assert (left, right) == pytest.approx((x * side_m - HALF_WORLD_M, (x + 1) * side_m - HALF_WORLD_M), abs=1e-6)
    assert (low, high) == pytest.approx((HALF_WORLD_M - (y + 1) * side_m, HALF_WORLD_M - y * side_m), abs=1e-6)
