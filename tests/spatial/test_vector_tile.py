"""Vector tiles as another program reads them: every shape, every attribute, each in its kind."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from decoded import decoded
from hypothesis import given, settings
from hypothesis import strategies as st

from gridsvc.spatial.mercator import CELLS, WORLD_M, Tile
from gridsvc.spatial.tile_shapes import Pieces, valid
from gridsvc.spatial.vector_tile import Attributes, encoded

TILE = Tile(16, 54655, 26966)


def pieces(kind: Any, *shapes: Any) -> Pieces:
    found = np.empty(len(shapes), dtype=object)
    found[:] = shapes
    return Pieces.of(kind, valid(found) if kind == "polygon" else found, np.arange(len(shapes)), len(shapes))


def read(tile: bytes, folder: Path) -> Any:
    """Give what GDAL reads, in cells again."""
    found = decoded(tile, TILE, folder, cut=False)
    side_m = WORLD_M / 2**TILE.z
    corner = (TILE.x * side_m - WORLD_M / 2, WORLD_M / 2 - TILE.y * side_m)
    found["cells"] = shapely.transform(
        found.geometry.to_numpy(), lambda xy: np.rint((xy - corner) * [1, -1] * CELLS / side_m)
    )
    return found


SHAPES = {
    "polygon": [
        shapely.box(0, 0, 4000, 3000), shapely.Polygon(),
        shapely.Polygon([(0, 0), (90, 0), (0, 90)], [[(10, 10), (20, 10), (10, 20)]]),
        shapely.MultiPolygon([shapely.box(-64, -64, -1, -1), shapely.box(4100, 4100, 4160, 4160)]),
    ],
    "line": [
        shapely.LineString([(0, 0), (4096, 1), (5, 4160)]), shapely.LineString(),
        shapely.MultiLineString([[(1, 2), (3, 4)], [(-64, 9), (8, -7), (6, 5)]]),
    ],
    "point": [shapely.Point(7, 9), shapely.Point(), shapely.MultiPoint([(1, 2), (4095, 0), (3, 3)])],
}  # fmt: skip


@pytest.mark.parametrize("kind", SHAPES)
def test_each_shape_is_read_as_it_was_written(kind: Any, tmp_path: Path):
    shapes = SHAPES[kind]
    told = Attributes.of([{"code": str(i)} for i in range(len(shapes))])
    found = read(encoded("层", pieces(kind, *shapes), told, np.arange(len(shapes))), tmp_path)
    there = [i for i, shape in enumerate(shapes) if not shape.is_empty]
    assert found["code"].tolist() == [str(i) for i in there]
    for i, one in zip(there, found["cells"], strict=True):
        assert shapely.equals(one, shapes[i])


def test_attributes_keep_their_kind_and_what_is_missing_is_left_out(tmp_path: Path):
    rows: list[dict[str, Any]] = [
        {"text": "桥 \U0001f309", "whole": 0, "real": 1.5, "truth": True, "none": None, "list": [1], "long": -(2**40)},
        {"text": "", "whole": 2**40, "real": -0.25, "truth": False, "object": {}, "long": 300},
        {"text": "x", "huge": 10**30},
        {},
    ]
    told = Attributes.of(rows)
    found = read(encoded("a", pieces("point", *[shapely.Point(i, i) for i in range(4)]), told, np.arange(4)), tmp_path)
    assert set(found.columns) == {"text", "whole", "real", "truth", "long", "huge", "geometry", "cells"}
    first, second, third, last = found.to_dict("records")
    assert [first[k] for k in ("text", "whole", "real", "long")] == ["桥 \U0001f309", 0, 1.5, -(2**40)]
    assert [second[k] for k in ("text", "whole", "real", "long")] == ["", 2**40, -0.25, 300]
    assert (bool(first["truth"]), bool(second["truth"]), third["huge"]) == (True, False, str(10**30))
    assert all(last[k] is None or last[k] != last[k] for k in ("text", "whole", "real", "huge"))


def test_one_and_true_and_one_as_text_stay_different_values(tmp_path: Path):
    told = Attributes.of([{"a": 1, "b": True, "c": "1", "d": 1.0}])
    found = read(encoded("a", pieces("point", shapely.Point(1, 1)), told, np.arange(1)), tmp_path).iloc[0]
    assert (found["a"], bool(found["b"]), found["c"], found["d"]) == (1, True, "1", 1.0)
    assert [len(value) for value in told.values] == [4, 4, 5, 11]


def test_features_come_in_the_order_of_their_rows(tmp_path: Path):
    told = Attributes.of([{"code": c} for c in "abcd"])
    found = read(
        encoded("a", pieces("point", *[shapely.Point(i, 0) for i in range(3)]), told, np.array([3, 0, 2])), tmp_path
    )
    assert found["code"].tolist() == ["a", "c", "d"]
    assert [p.x for p in found["cells"]] == [1, 2, 0]


def test_a_layer_without_shapes_is_nothing():
    told = Attributes.of([{"code": "a"}])
    assert encoded("a", pieces("line", shapely.LineString()), told, np.arange(1)) == b""
    assert encoded("a", pieces("line"), Attributes.of([]), np.arange(0)) == b""


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.tuples(*[st.integers(-64, 4160)] * 2), min_size=2, max_size=40), min_size=1, max_size=200))
def test_any_lines_are_read_as_they_were_written(tmp_path_factory: Any, lines: list[list[tuple[int, int]]]):
    shapes = [shapely.LineString(line) for line in lines]
    told = Attributes.of([{"n": i, "text": str(i) * 70} for i in range(len(shapes))])
    found = read(encoded("a", pieces("line", *shapes), told, np.arange(len(shapes))), tmp_path_factory.mktemp("tile"))
    for n, one in zip(found["n"] if len(found) else [], found["cells"], strict=True):
        kept = [xy for i, xy in enumerate(lines[n]) if i == 0 or xy != lines[n][i - 1]]
        assert shapely.get_coordinates(one).tolist() == [list(xy) for xy in kept]
    assert len(found) == sum(len(set(line)) > 1 for line in lines)
