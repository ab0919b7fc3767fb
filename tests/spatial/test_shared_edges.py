"""Boundaries of several layers as lines: each piece once, of the highest layer, its sides told apart."""

from typing import Any

import numpy as np
import pytest
import shapely

from gridsvc.bootstrap import Folder
from gridsvc.spatial.layer import Layer
from gridsvc.spatial.shared_edges import NOBODY, shared_edges
from gridsvc.values import LayerSpec


def layer(code: str, **areas: Any) -> Layer:
    shapes = np.empty(len(areas), dtype=object)
    shapes[:] = list(areas.values())
    return Layer.build(LayerSpec(code), list(areas), shapes)


WEST, EAST = shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)
BOTH = shapely.Polygon([(0, 0), (1, 0), (2, 0), (2, 1), (1, 1), (0, 1)])


def told(*layers: Layer) -> list[tuple[str, str | None, str | None, float]]:
    """Level, codes of the two sides and length of each line."""
    found, rows = shared_edges(layers), []
    for line, level, left, right in zip(found.lines, found.level, found.left, found.right, strict=True):
        codes = [None if row == NOBODY else layers[level].codes[row] for row in (left, right)]
        rows.append((layers[level].spec.code, codes[0], codes[1], float(line.length)))
    return sorted(rows, key=str)


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([], []), ([layer("a")], []),
        ([layer("a", X=None, Y=shapely.Polygon(), Z=shapely.LineString([(0, 0), (1, 1)]))], []),
        ([layer("a", X=WEST)], [("a", None, "X", 4.0)]),
        ([layer("a", X=WEST, Y=EAST)], [("a", "X", "Y", 1.0), ("a", None, "X", 3.0), ("a", None, "Y", 3.0)]),
        ([layer("a", P=BOTH), layer("b", X=WEST, Y=EAST)], [("a", None, "P", 6.0), ("b", "X", "Y", 1.0)]),
        # A hole is a boundary, and what fills it is on its other side.
        ([layer("a", X=WEST - shapely.box(0.4, 0.4, 0.6, 0.6), Y=shapely.box(0.4, 0.4, 0.6, 0.6))],
         [("a", "X", "Y", pytest.approx(0.8)), ("a", None, "X", 4.0)]),
        # What an area has on both sides bounds nothing.
        ([layer("a", X=shapely.MultiPolygon([WEST, EAST]))], [("a", None, "X", 6.0)]),
    ],
)  # fmt: skip
def test_each_piece_of_boundary_is_one_line_of_the_highest_layer(layers: list[Layer], expected: list[Any]):
    assert told(*layers) == expected


def test_the_sides_are_as_they_are_seen_in_the_direction_of_the_line(demo: Folder):
    layers = [demo.snapshot.edition.layers[code] for code in ("district", "street", "community", "unit_grid")]
    found = shared_edges(layers)
    assert set(found.level) == {0, 1, 2, 3}
    checked = 0
    for line, level, *sides in zip(found.lines, found.level, found.left, found.right, strict=True):
        (x0, y0), (x1, y1) = shapely.get_coordinates(line)[:2]
        mid, across = np.array([x0 + x1, y0 + y1]) / 2, np.array([y0 - y1, x1 - x0]) * 1e-3
        shapes = layers[level].geometries
        for row, spot in zip(sides, (mid + across, mid - across), strict=True):
            if row != NOBODY:
                assert shapely.contains_xy(shapes[row], *spot)
                checked += 1
    assert checked > 5_000


def test_no_piece_is_left_out_and_none_is_there_twice(demo: Folder):
    layers = [demo.snapshot.edition.layers[code] for code in ("street", "community", "unit_grid")]
    found = shared_edges(layers)
    whole = shapely.union_all(np.concatenate([shapely.boundary(one.geometries) for one in layers]))
    assert shapely.length(found.lines).sum() == pytest.approx(whole.length, rel=1e-9)
    # Lines end where boundaries meet: between two areas there is one line wherever they touch.
    pairs = list(zip(found.level, found.left, found.right, strict=True))
    assert len(pairs) < 1.2 * len(set(pairs))
