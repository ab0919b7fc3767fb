"""Shares of ground between two layers, and what carrying figures by them loses."""

from fractions import Fraction

import numpy as np
import pytest
import shapely
from drawing import METRIC, areas, edition, layer, line
from hypothesis import given, settings
from hypothesis import strategies as st
from shapes import damaged_lattice, lattice

from gridsvc.errors import BadInput
from gridsvc.spatial.crosswalk import case_pairs, crosswalk_rows, loss_of_cases, metric_over, overlay
from gridsvc.spatial.layer import Layer
from gridsvc.values import LayerSpec

seeds = st.integers(0, 2**32 - 1)
CELL_M2 = float(shapely.area(METRIC.straight(np.array([areas("A")["A"]], dtype=object)))[0])


def partition(shapes, prefix="u"):
    codes = [f"{prefix}{k:03d}" for k in range(len(shapes))]
    return Layer.build(LayerSpec("grid", coverage="partition"), codes, np.array([*shapes, None], dtype=object)[:-1])


def shares(a: str, b: str) -> dict[str, tuple[float, float]]:
    one, other = layer("a", a), layer("b", b)
    walk = overlay(one, other, METRIC)
    pairs = zip(one.codes[walk.before], other.codes[walk.after], walk.share_before, walk.share_after, strict=True)
    return {i + j: (round(float(x), 4), round(float(y), 4)) for i, j, x, y in pairs}


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("AB", "AB", {"AA": (1, 1), "BB": (1, 1)}),
        ("AABB", "XXXX", {"AX": (1, 0.5), "BX": (1, 0.5)}),
        ("AAAA", "XYYY", {"AX": (0.25, 1), "AY": (0.75, 1)}),
        ("AABB", "XYYZ", {"AX": (0.5, 1), "AY": (0.5, 0.5), "BY": (0.5, 0.5), "BZ": (0.5, 1)}),
        ("AA..", "..XX", {}),
        ("AAAA", "..XX", {"AX": (0.5, 1)}),
        ("ABA", "XXX", {"AX": (1, 0.6667), "BX": (1, 0.3333)}),
    ],
)
def test_common_ground_of_drawn_layers(a: str, b: str, expected: dict[str, tuple[float, float]]):
    assert shares(a, b) == expected


def test_ground_is_measured_in_square_metres():
    walk = overlay(layer("a", "AAB"), layer("b", "AXX"), METRIC)
    assert walk.before_m2 == pytest.approx([2 * CELL_M2, CELL_M2], rel=1e-6)
    assert walk.common_m2 == pytest.approx([CELL_M2, CELL_M2, CELL_M2], rel=1e-6)


def test_an_empty_layer_shares_nothing():
    empty, some = partition([]), layer("b", "AB")
    for one, other in ((empty, some), (some, empty), (empty, empty)):
        walk = overlay(one, other, METRIC)
        assert len(walk.before) == len(walk.share_before) == 0
        assert (len(walk.before_m2), len(walk.after_m2)) == (len(one), len(other))
    nothing = edition(empty)
    assert metric_over(nothing).epsg == metric_over(nothing, nothing).epsg
    assert metric_over(nothing, edition(some)) == METRIC


def test_lines_have_no_ground_and_are_refused():
    lanes = layer("lane", {"L": line((0, 0), (1, 1))}, geometry="line", coverage="free")
    with pytest.raises(BadInput, match="only areas"):
        overlay(layer("a", "A"), lanes, METRIC)


@settings(max_examples=30, deadline=None)
@given(seeds)
def test_shares_of_every_covered_area_sum_to_one_both_ways(seed):
    rng = np.random.default_rng(seed)
    shapes, _ = lattice(rng, 6, 5)
    whole = shapely.coverage_union_all(shapes)
    # Another partition of the same ground: the strips of a fan of lines.
    west, south, east, north = whole.bounds
    cuts = [shapely.LineString([(x, south - 1), (x + rng.uniform(-1e-3, 1e-3), north + 1)])
            for x in rng.uniform(west, east, 4)]  # fmt: skip
    strips = [p for p in shapely.get_parts(shapely.polygonize(shapely.get_parts(shapely.union_all(
        [whole.boundary, *cuts])))) if whole.contains(p.representative_point())]  # fmt: skip
    walk = overlay(partition(shapes), partition(strips, "s"), METRIC)
    # Touching slivers below what counts may be missing from a sum.
    assert np.bincount(walk.before, walk.share_before) == pytest.approx(np.ones(len(shapes)), abs=1e-4)
    assert np.bincount(walk.after, walk.share_after) == pytest.approx(np.ones(len(strips)), abs=1e-2)


@settings(max_examples=30, deadline=None)
@given(seeds)
def test_both_ways_through_the_overlay_agree_and_so_does_brute_force(seed):
    rng = np.random.default_rng(seed)
    shapes = damaged_lattice(rng, 5, 4)
    moved = [shapely.affinity.translate(s, 1e-4, 0) if rng.random() < 0.3 else s for s in shapes]
    free = [Layer.build(LayerSpec("z", coverage="free"), [f"u{k:03d}" for k in range(len(s))], s)
            for s in (shapes, np.array([*moved, None], dtype=object)[:-1])]  # fmt: skip
    there, back = overlay(*free, METRIC), overlay(*free[::-1], METRIC)
    assert sorted(zip(there.before, there.after, strict=True)) == sorted(zip(back.after, back.before, strict=True))
    table = np.zeros((len(shapes), len(moved)))
    table[there.before, there.after] = there.common_m2
    common = shapely.intersection(free[0].geometries[:, None], free[1].geometries[None, :])
    brute = shapely.area(METRIC.straight(common.ravel())).reshape(table.shape)
    assert table == pytest.approx(brute, abs=0.011)


@pytest.mark.parametrize(
    ("a", "b", "cases", "expected"),
    [
        # Cases: areas before and after. Half of A's ground went to Y, and with it as many cases as the ground says.
        ("AA", "XY", [(0, 0), (0, 1)], 0),
        # All cases are in the other half.
        ("AA", "XY", [(0, 0), (0, 0)], Fraction(1, 2)),
        ("AA", "XY", [(0, 0), (0, 0), (0, 0), (0, 1)], Fraction(1, 4)),
        # A merge carries everything, whatever the cases.
        ("AB", "XX", [(0, 0), (0, 0), (1, 0)], 0),
        # Half of A's ground is nobody's now, but its cases are all in what is left.
        ("AA", "X.", [(0, 0), (0, 0)], Fraction(1, 2)),
        ("AA", "X.", [(0, 0), (0, -1)], 0),
        # A boundary street moved cases although no area changed.
        ("AB", "AB", [(0, 0), (0, 1), (1, 1), (1, 1)], Fraction(1, 4)),
        # Cases outside all areas before have no history to carry.
        ("AA", "XY", [(-1, 0), (-1, -1), (0, 0), (0, 1)], 0),
    ],
)
def test_the_loss_is_the_least_share_of_cases_that_change_place(a, b, cases, expected):
    walk = overlay(layer("a", a), layer("b", b), METRIC)
    before, after = np.array(cases, np.int32).T
    assert loss_of_cases(walk, before, after) == pytest.approx(float(expected), abs=1e-9)


def test_without_cases_nothing_is_known_of_their_loss():
    walk = overlay(layer("a", "A"), layer("b", "A"), METRIC)
    none = np.zeros(0, np.int32)
    assert loss_of_cases(walk, none, none) is None
    assert loss_of_cases(walk, np.array([-1]), np.array([0])) is None
    assert [len(x) for x in case_pairs(none, none)] == [0, 0, 0]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(-1, 2), st.integers(-1, 2)), max_size=30))
def test_every_case_is_counted_once_and_the_loss_is_a_share(cases):
    before, after = np.array(cases, np.int32).reshape(-1, 2).T
    i, j, n = case_pairs(before, after)
    assert sorted((a, b) for a, b, k in zip(i, j, n, strict=True) for _ in range(k)) == sorted(cases)
    loss = loss_of_cases(overlay(layer("a", "AABBCC"), layer("b", "XXXYYZ"), METRIC), before, after)
    assert loss is None or 0.0 <= loss <= 1.0 + 1e-12


def test_cells_in_several_areas_of_another_network_are_marked():
    one, other = layer("unit_grid", "AABBCC"), layer("police", "XXXYYY")
    rows = crosswalk_rows(one, other, overlay(one, other, METRIC))
    assert [(r["a"], r["b"], round(r["share_a"], 3), round(r["share_b"], 3), r["several"]) for r in rows] == [
        ("A", "X", 1.0, 0.667, False), ("B", "X", 0.5, 0.333, True), ("B", "Y", 0.5, 0.333, True),
        ("C", "Y", 1.0, 0.667, False),
    ]  # fmt: skip
