"""Shapes in the cells of a tile: whole numbers, valid, cut at the margin, and each the shape that it was."""

from functools import partial
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridsvc.spatial.mercator import CELLS, MARGIN_CELLS, WORLD_M, Tile, metres
from gridsvc.spatial.outlines import Outlines
from gridsvc.spatial.tile_shapes import Pieces, pieces_of, valid, within

TILE = Tile(16, 54655, 26966)
MARGINS = shapely.box(-MARGIN_CELLS, -MARGIN_CELLS, CELLS + MARGIN_CELLS, CELLS + MARGIN_CELLS)


def degrees(shape: Any) -> Any:
    """Put a shape in cells of the tile on the globe."""

    def lonlat(xy: Any) -> Any:
        at = (xy / CELLS + [TILE.x, TILE.y]) / 2**TILE.z
        return np.column_stack([360 * at[:, 0] - 180, np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * at[:, 1]))))])

    return shapely.transform(shape, lonlat)


def array(*shapes: Any) -> Any:
    found = np.empty(len(shapes), dtype=object)
    found[:] = shapes
    return found


def shown(kind: Any, *cells: Any, tile: Tile = TILE) -> tuple[Pieces, list[int]]:
    outlines = Outlines.of(kind, degrees(array(*cells)))
    found, rows = within(outlines, tile, partial(pieces_of, outlines, tile.z))
    return found, rows.tolist()


def drawn(found: Pieces) -> list[Any]:
    """Put each shape together again of its rings, lines or points."""
    made = []
    for i in range(len(found.start) - 1):
        pieces = range(found.start[i], found.start[i + 1])
        told = [found.xy[found.first[p] : found.first[p + 1]] for p in pieces]
        if found.kind == "polygon":
            parts: list[Any] = []
            for ring, p in zip(told, pieces, strict=True):
                if found.outer[p]:
                    parts.append((ring, []))
                else:
                    parts[-1][1].append(ring)
            made.append(shapely.MultiPolygon(parts))
        elif found.kind == "line":
            made.append(shapely.MultiLineString(told))
        else:
            made.append(shapely.MultiPoint(np.concatenate([*told, np.zeros((0, 2))])))
    return made


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(3, 9), st.sampled_from([30.0, 3000.0, 30_000.0]))
def test_a_polygon_is_cut_where_it_leaves_the_margin_whatever_it_is(seed: int, n: int, size: float):
    random = np.random.default_rng(seed)
    corners = random.normal(random.uniform(0, CELLS, 2), size, (2, n, 2)).round(1)
    shape = shapely.MultiPolygon([shapely.Polygon(corners[0]), shapely.Polygon(corners[1])])
    found, _ = shown("polygon", shape)
    truth = shapely.intersection(shapely.make_valid(shape, method="structure"), MARGINS)
    for one in drawn(found):
        assert shapely.is_valid(one)
        assert shapely.difference(one, MARGINS).is_empty
        assert abs(one.area - truth.area) <= 1.5 * (truth.length + one.length)


def test_a_ring_that_crosses_itself_and_the_edge_of_a_tile_does_not_fill_it():
    bow = shapely.Polygon([(-500, 1000), (500, 2000), (500, 1000), (-500, 2000)])
    (one,) = drawn(shown("polygon", bow)[0])
    assert one.area == pytest.approx(500 * 500 + 64 * 64, rel=0.01)


def test_polygons_that_are_squeezed_flat_are_gone_and_holes_stay():
    ring = [(100, 100), (300, 100), (300, 300), (100, 300)]
    holed = shapely.Polygon(ring, [[(150, 150), (200, 150), (200, 200)], [(250, 250), (250.2, 250.1), (250.1, 250.2)]])
    found, rows = shown("polygon", shapely.box(10, 10, 10.2, 90), holed, shapely.box(10.4, 10.4, 10.45, 10.45))
    assert rows == [0, 1, 2]
    nothing, one, dot = drawn(found)
    assert (nothing.is_empty, dot.is_empty) == (True, True)
    assert one.area == 200 * 200 - 50 * 50 / 2
    assert shapely.is_ccw(one.geoms[0].exterior)
    assert not shapely.is_ccw(one.geoms[0].interiors[0])


def test_no_vertex_comes_twice_running():
    line = shapely.LineString([(0, 0), (0.2, 0.1), (10, 10), (10.1, 10.1), (10.2, 9.9), (20, 0)])
    stub = shapely.LineString([(30, 30), (30.1, 30.1)])
    found, _ = shown("line", line, stub)
    assert found.xy.tolist() == [[0, 0], [10, 10], [20, 0]]
    assert found.start.tolist() == [0, 1, 1]


def test_a_line_is_cut_and_goes_on_where_it_comes_back():
    line = shapely.LineString([(-300, 50), (100, 50), (100, -300), (200, -300), (200, 5000)])
    (one,) = drawn(shown("line", line)[0])
    assert [part.bounds for part in one.geoms] == [(-64, -64, 100, 50), (200, -64, 200, 4160)]


@pytest.mark.parametrize("z", [0, 10, 16, 22])
def test_a_point_is_in_exactly_one_tile_of_a_zoom(z: int):
    n = 2**z
    at = np.array([[120.2, 30.2], [0.0, 0.0], [-180.0, 85.0], [360 / n * (n // 2 + n // 4) - 180.0, 30.0]])
    outlines = Outlines.of("point", shapely.points(at))
    for i, (x, y) in enumerate(metres(at) / WORLD_M * [1, -1] + 0.5):
        tiles = {(int(x * n) + dx, int(y * n) + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)}
        there = []
        for tx, ty in tiles:
            if 0 <= tx < n and 0 <= ty < n:
                found, rows = within(outlines, Tile(z, tx, ty), partial(pieces_of, outlines, z))
                there += [
                    tuple(xy) for row, xy in zip(rows[np.diff(found.start) > 0], found.xy, strict=True) if row == i
                ]
        assert len(there) == 1
        assert 0 <= min(there[0]) <= max(there[0]) < CELLS


def test_shapes_made_valid_are_in_whole_cells_still():
    bow = shapely.Polygon([(0, 0), (10, 9), (10, 0), (0, 10)])
    (one,) = valid(array(bow))
    assert shapely.is_valid(one)
    assert not np.any(shapely.get_coordinates(one) % 1)
    assert one.area == pytest.approx(50, abs=10)


@pytest.mark.parametrize("kind", ["polygon", "line", "point"])
def test_of_nothing_nothing_is_shown(kind: Any):
    outlines = Outlines.of(kind, array())
    none, _ = within(outlines, TILE, partial(pieces_of, outlines, TILE.z))
    lost = Outlines.of(kind, array(None, None))
    assert drawn(none) == []
    assert len(within(lost, TILE, partial(pieces_of, lost, TILE.z))[1]) == 0
