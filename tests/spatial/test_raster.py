"""Which cells an edge touches, and between which corners it passes, against rational numbers."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridsvc.spatial.raster import Raster

# Eight by six cells from (120, 30) on; one is a binary fraction, so that its borders are exact, the other is not.
RASTERS = [Raster(120.0, 30.0, 0.25, 0.5, 8, 6), Raster(119.97, 29.96, 0.26, 0.52, 8, 6)]
rasters = pytest.mark.parametrize("raster", RASTERS, ids=["binary", "decimal"])


def numbers(first: float, last: float) -> st.SearchStrategy[float]:
    """Numbers that lie on the borders of cells, one unit in the last place beside them, or anywhere."""
    eighths = st.integers(int(first * 8), int(last * 8)).map(lambda k: k / 8)
    return eighths | eighths.map(lambda v: float(np.nextafter(v, 121.0))) | st.floats(first, last)


@st.composite
def edges(draw) -> np.ndarray:
    """Edges inside the rasters but for the outermost cells: upward, or level and to the east."""
    ends = st.tuples(numbers(120.25, 121.75), numbers(30.5, 32.5))
    found = [sorted(draw(st.tuples(ends, ends)), key=lambda p: (p[1], p[0])) for _ in range(draw(st.integers(1, 5)))]
    return np.array(found).reshape(-1, 4)


def meets(raster: Raster, cell: int, edge: list[float]) -> bool:
    """Whether an edge has a point in a cell, its sides included: the edge is cut at the sides one after the other."""
    row, column = divmod(cell, raster.columns)
    ax, ay, bx, by = map(Fraction, edge)
    first, last = Fraction(0), Fraction(1)
    for a, b, low, step in ((ax, bx, raster.west + column * raster.width, raster.width),
                            (ay, by, raster.south + row * raster.height, raster.height)):  # fmt: skip
        sides = Fraction(low) - a, Fraction(low) + Fraction(step) - a
        if a == b:
            if not sides[0] <= 0 <= sides[1]:
                return False
            continue
        enter, leave = sorted(side / (b - a) for side in sides)
        first, last = max(first, enter), min(last, leave)
    return first <= last


@rasters
@settings(max_examples=60, deadline=None)
@given(ends=edges())
def test_no_cell_that_an_edge_touches_is_left_out_and_few_others_are_listed(raster, ends):
    nothing = np.zeros(len(ends))
    cell, edge = raster.pieces(ends, nothing, nothing)
    listed = set(zip(edge.tolist(), cell.tolist(), strict=True))
    assert len(listed) == len(cell)
    every = [(e, c) for e in range(len(ends)) for c in range(raster.columns * raster.rows)]
    touched = {(e, c) for e, c in every if meets(raster, c, ends[e].tolist())}
    assert touched <= listed
    # A row's stretch of an edge is boxed, which never adds more than the columns beside it.
    assert len(listed - touched) <= 2 * raster.rows * len(ends)


@rasters
@settings(max_examples=30, deadline=None)
@given(ends=edges(), pad_x=st.floats(0, 0.6), pad_y=st.floats(0, 0.6))
def test_with_a_reach_the_cells_around_are_listed_too(raster, ends, pad_x, pad_y):
    cell, edge = raster.pieces(ends, np.full(len(ends), pad_x), np.full(len(ends), pad_y))
    listed = set(zip(edge.tolist(), cell.tolist(), strict=True))
    for e, (ax, ay, bx, by) in enumerate(ends.tolist()):
        for x, y in ((ax, ay), (bx, by), ((ax + bx) / 2, (ay + by) / 2)):
            for at_x, at_y in ((x - pad_x, y), (x + pad_x, y), (x, y - pad_y), (x, y + pad_y), (x + pad_x, y + pad_y)):
                column = min(max(int((at_x - raster.west) // raster.width), 0), raster.columns - 1)
                row = min(max(int((at_y - raster.south) // raster.height), 0), raster.rows - 1)
                assert (e, row * raster.columns + column) in listed


@rasters
@settings(max_examples=60, deadline=None)
@given(ends=edges())
def test_an_edge_passes_between_the_corners_that_it_separates(raster, ends):
    cell, edge = raster.crossings(ends)
    found = sorted(zip(edge.tolist(), cell.tolist(), strict=True))
    expected = []
    for e, (ax, ay, bx, by) in enumerate(ends.tolist()):
        for row in range(raster.rows):
            level = Fraction(raster.south + row * raster.height)
            if Fraction(ay) <= level < Fraction(by):
                there = Fraction(ax) + (level - Fraction(ay)) / (Fraction(by) - Fraction(ay)) * (
                    Fraction(bx) - Fraction(ax)
                )
                # A corner on the edge counts as right of it.
                right = [c for c in range(raster.columns) if Fraction(raster.west + c * raster.width) >= there]
                expected.append((e, row * raster.columns + right[0]))
    assert found == expected


def test_a_raster_of_one_cell_and_no_edges_lists_nothing():
    one = Raster(0.0, 0.0, 1.0, 1.0, 1, 1)
    none = np.zeros((0, 4))
    assert [len(a) for a in one.pieces(none, np.zeros(0), np.zeros(0))] == [0, 0]
    assert [len(a) for a in one.crossings(none)] == [0, 0]
