"""Simplified outlines: neighbours stay neighbours, nothing is moved by more than half a pixel, near is exact."""

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridsvc.bootstrap import Folder
from gridsvc.spatial.mercator import WORLD_M, metres
from gridsvc.spatial.outlines import EXACT_Z, OFF_PX, TILE_PX, Outlines, joined

SQUARE = shapely.box(120.0, 30.0, 120.01, 30.01)
LINE = shapely.LineString([(120.0, 30.0), (120.0 + 1e-6, 30.005), (120.0, 30.01)])


def off_m(z: int) -> float:
    return OFF_PX * WORLD_M / 2**z / TILE_PX


def drawn(outlines: Outlines, z: int) -> Any:
    return outlines.at(z, np.arange(len(outlines.box)))


def array(*shapes: Any) -> Any:
    found = np.empty(len(shapes), dtype=object)
    found[:] = shapes
    return found


@pytest.mark.parametrize(
    ("kind", "shapes", "vertices"),
    [
        ("polygon", [], []), ("line", [], []), ("point", [], []),
        ("polygon", [None, shapely.Polygon(), LINE, shapely.Point(120, 30), SQUARE], [0, 0, 0, 0, 5]),
        ("polygon", [shapely.MultiPolygon([SQUARE, shapely.box(121, 30, 121.01, 30.01)])], [10]),
        ("polygon", [shapely.GeometryCollection([SQUARE]), SQUARE], [0, 5]),
        ("line", [None, shapely.LineString(), SQUARE, LINE, shapely.MultiLineString([LINE])], [0, 0, 0, 3, 3]),
        ("point", [None, shapely.Point(), shapely.Point(120, 30), LINE], [0, 0, 1, 0]),
    ],
)  # fmt: skip
def test_what_is_missing_or_of_another_kind_is_empty(kind: Any, shapes: list[Any], vertices: list[int]):
    outlines = Outlines.of(kind, array(*shapes))
    for z in (0, 10, 16, 22):
        found = drawn(outlines, z)[: len(shapes)]
        assert [bool(shapely.is_empty(shape)) for shape in found] == [n == 0 for n in vertices]
    assert list(shapely.get_num_coordinates(drawn(outlines, 22)))[: len(shapes)] == vertices


@pytest.mark.parametrize("z", [EXACT_Z, 19, 22])
def test_near_by_nothing_is_simplified(demo: Folder, z: int):
    for code in ("unit_grid", "lane"):
        layer = demo.snapshot.edition.layers[code]
        found = drawn(Outlines.of(layer.spec.geometry, layer.geometries), z)
        truth = shapely.transform(layer.geometries, metres)
        assert np.array_equal(shapely.get_coordinates(found), shapely.get_coordinates(truth))


@pytest.mark.parametrize("z", [0, 8, 11, 13, 15])
def test_further_out_fewer_vertices_are_left_and_lines_stay_within_half_a_pixel(demo: Folder, z: int):
    for code in ("unit_grid", "street", "lane", "zone"):
        layer = demo.snapshot.edition.layers[code]
        outlines = Outlines.of(layer.spec.geometry, layer.geometries)
        found, truth = drawn(outlines, z), shapely.transform(layer.geometries, metres)
        left = ~shapely.is_empty(found)
        rims = [shapely.boundary(s) if layer.spec.geometry == "polygon" else s for s in (found[left], truth[left])]
        assert np.all(shapely.hausdorff_distance(*rims) <= off_m(z) * (1 + 1e-9))
        assert shapely.get_num_coordinates(found).sum() <= shapely.get_num_coordinates(drawn(outlines, z + 1)).sum()


@pytest.mark.parametrize("z", [10, 12, 13, 14, 15, 16])
def test_neighbours_stay_neighbours(demo: Folder, z: int):
    for code in ("unit_grid", "grid", "community", "street"):
        found = drawn(Outlines.of("polygon", demo.snapshot.edition.layers[code].geometries), z)
        assert shapely.coverage_is_valid(found)
        assert not shapely.is_empty(found).any()


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 40), st.integers(0, 2**32 - 1), st.integers(8, 15))
def test_the_two_sides_of_any_boundary_are_alike(n: int, seed: int, z: int):
    """Two areas that share a jagged line; whatever is dropped of it, they still meet everywhere and nowhere overlap."""
    random = np.random.default_rng(seed)
    shared = np.column_stack([120.0 + random.normal(0, 2e-4, n), np.sort(30.0 + random.random(n) * 0.01)])
    shared[:, 1] += np.arange(n) * 1e-9  # no two at one height, so that the line does not cross itself
    west, east = (
        shapely.Polygon([*shared, (x, shared[-1, 1]), (x, shared[0, 1])]) for x in (119.99, 120.01)
    )  # fmt: skip
    found = drawn(Outlines.of("polygon", array(west, east)), z)
    rims = [{tuple(xy) for xy in shapely.get_coordinates(shape)} for shape in found]
    line = {tuple(xy) for xy in metres(shared)}
    assert rims[0] & line == rims[1] & line
    assert shapely.area(found).sum() == pytest.approx(shapely.union_all(found).area, rel=1e-6) or z < 12


@pytest.mark.parametrize("at_once", [1, 3, 100])
def test_however_many_edges_are_joined_at_a_time_the_lines_are_the_same(at_once: int, monkeypatch: Any):
    rng = np.random.default_rng(7)
    ends, group = rng.integers(0, 9, (500, 4)).astype(float), rng.integers(0, 12, (500, 2))
    whole = joined(ends, group)
    monkeypatch.setattr("gridsvc.spatial.outlines.AT_ONCE", at_once)
    lines, edge = joined(ends, group)
    assert [line.wkb for line in lines] == [line.wkb for line in whole[0]]
    assert edge.tolist() == whole[1].tolist()


def test_a_ring_that_has_too_little_left_is_gone_and_its_holes_with_it():
    speck = shapely.Polygon(
        [(120, 30), (120.0001, 30), (120.0001, 30.0001), (120, 30.0001)],
        [[(120.00002, 30.00002), (120.00004, 30.00002), (120.00004, 30.00004)]],
    )
    holed = shapely.Polygon(SQUARE.exterior, speck.interiors)
    outlines = Outlines.of("polygon", array(speck, holed))
    far, near = drawn(outlines, 8), drawn(outlines, EXACT_Z)
    assert shapely.is_empty(far).tolist() == [True, False]
    assert [shapely.get_num_interior_rings(shapely.get_parts(far[1])[0])] == [0]
    assert [shapely.get_num_interior_rings(shapely.get_parts(shape)[0]) for shape in near] == [1, 1]
