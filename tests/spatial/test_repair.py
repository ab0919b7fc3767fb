"""Proposed repairs: what a rule settles is gone and nothing new is there; the rest stays as it is."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gridsvc.spatial.layer import Edition, Layer
from gridsvc.spatial.repair import repaired
from gridsvc.spatial.topology import check_edition
from gridsvc.values import LayerChecks, LayerSpec

WEST, SOUTH, STEP = 120.0, 30.0, 0.01  # a step is about 1 km
CM20 = 2e-6


def box(west: float, east: float, south: float = 0.0, north: float = 1.0) -> shapely.Polygon:
    """A box in steps east and north of the corner."""
    return shapely.box(WEST + west * STEP, SOUTH + south * STEP, WEST + east * STEP, SOUTH + north * STEP)


def layer(code: str, shapes: Sequence[Any], parents: Sequence[str] | None = None, **spec: Any) -> Layer:
    geometries = np.empty(len(shapes), dtype=object)
    geometries[:] = shapes
    spec = {"coverage": "partition", "parent": "street" if parents else None} | spec
    codes = [f"{code[0].upper()}{i}" for i in range(len(shapes))]
    return Layer.build(LayerSpec(code, code, code, **spec), codes, geometries, parents=parents and list(parents))


def edition(*layers: Layer) -> Edition:
    return Edition("E1", {x.spec.code: x for x in layers})


def mend(*layers: Layer, tolerance_m: float | None = None) -> tuple[Edition, list[tuple[str, tuple[str, ...]]]]:
    after, changes = repaired(edition(*layers), tolerance_m)
    return after, [(c.what, c.codes) for c in changes]


def ids(city: Edition) -> list[str]:
    return [f.id for f in check_edition(city).findings]


OVER, UNDER = 1 + CM20 / STEP, 1 - CM20 / STEP
BOW_TIE = shapely.Polygon([(WEST, SOUTH), (WEST + STEP, SOUTH + STEP), (WEST + STEP, SOUTH), (WEST, SOUTH + STEP)])


@pytest.mark.parametrize(
    "layers",
    [
        (layer("grid", []),),
        (layer("grid", [None, shapely.Polygon()]),),
        (layer("grid", [box(0, 1), box(1, 2)]),),
        (layer("street", [box(0, 2)]), layer("grid", [box(0, 1), box(1, 2)], ["S0", "S0"])),
        (layer("grid", [box(0, 1), box(0.5, 2)]),),
        (layer("grid", [box(0, 1), box(1.1, 2), box(0, 2, 1, 2), box(0, 2, -1, 0)]),),
        (layer("grid", [box(0, OVER), box(1, 2)], coverage="cover"),),
        (layer("lane", [shapely.LineString([(WEST, SOUTH), (WEST + 1, SOUTH)])], geometry="line", coverage="free"),),
    ],
    ids=["no area", "no shape", "sound", "nested", "wide overlap", "wide gap", "no partition", "line"],
)
def test_what_no_rule_settles_stays_as_it_is(layers: tuple[Layer, ...]):
    after, changes = mend(*layers)
    assert changes == []
    assert after.content_hash == edition(*layers).content_hash


def test_a_ring_that_crosses_itself_keeps_the_ground_it_encloses():
    after, changes = mend(layer("grid", [BOW_TIE]))
    assert changes == [("invalid", ("G0",))]
    assert after.layers["grid"].geometries[0].area == pytest.approx(STEP * STEP / 2)
    assert ids(after) == []


def test_a_ring_without_any_ground_is_left():
    flat = shapely.Polygon([(WEST, SOUTH), (WEST + 1, SOUTH), (WEST, SOUTH)])
    after, changes = mend(layer("grid", [flat]))
    assert changes == []
    assert ids(after) == ids(edition(layer("grid", [flat]))) == ["invalid"]


def test_vertices_said_twice_are_said_once():
    ring = list(box(0, 1).exterior.coords)
    after, changes = mend(layer("grid", [shapely.Polygon([ring[0], *ring])]))
    assert changes == [("vertices", ("G0",))]
    assert shapely.get_num_coordinates(after.layers["grid"].geometries[0]) == 5


def test_an_overlapping_sliver_goes_to_the_longer_edge():
    # The sliver lies along the whole of G1, and G0 has only its two ends.
    low, long_ = box(0, OVER, 0.4, 0.6), box(1, 2)
    after, changes = mend(layer("grid", [low, long_]))
    assert changes == [("overlap", ("G1", "G0"))]
    kept, got = after.layers["grid"].geometries
    assert kept.area == pytest.approx(box(0, 1, 0.4, 0.6).area)
    assert got.equals_exact(long_, 1e-8)
    assert ids(after) == []


def test_a_gap_goes_to_the_longer_edge_and_the_street_is_full():
    street = layer("street", [box(0, 2)])
    grids = [box(0, UNDER), box(1, 2, 0, 0.3), box(1, 2, 0.3, 1)]
    after, changes = mend(street, layer("grid", grids, ["S0"] * 3))
    assert changes == [("gap", ("G0",))]
    assert ids(after) == []
    assert shapely.area(after.layers["grid"].geometries).sum() == pytest.approx(box(0, 2).area)


def test_a_gap_is_never_given_to_another_parents_area():
    street = layer("street", [box(0, 1), box(1, 2)])
    # Only G1 touches the whole gap, but it belongs to the other street; G0 touches it at its long side, too.
    after, changes = mend(street, layer("grid", [box(0, UNDER), box(1, 2)], ["S0", "S1"]))
    assert changes == [("gap", ("G0",))]
    assert ids(after) == []


def test_what_hangs_over_the_parent_is_cut_and_then_shared_out_there():
    street = layer("street", [box(0, 1), box(1, 2)])
    after, changes = mend(street, layer("grid", [box(0, OVER), box(OVER, 2)], ["S0", "S1"]))
    assert changes == [("overhang", ("G0",)), ("gap", ("G1",))]
    assert ids(after) == []


def test_children_follow_a_parent_that_was_mended():
    street = layer("street", [box(0, OVER), box(1, 2)])
    after, changes = mend(street, layer("grid", [box(0, OVER), box(OVER, 2)], ["S0", "S1"]))
    assert [what for what, _ in changes] in (["overlap", "overhang", "gap"], ["overlap"])
    assert ids(after) == []


def test_an_area_is_not_torn_for_a_sliver():
    # The sliver crosses G0 from edge to edge, so only G1, which is nothing else, could lose it: and it would end.
    sliver = box(-0.1, 2.1, 0.5, 0.5 + CM20 / STEP)
    shapes = [box(0, 2), sliver]
    after, changes = mend(layer("grid", shapes))
    assert changes == []
    assert [shapely.get_num_geometries(s) for s in after.layers["grid"].geometries] == [1, 1]


def test_the_tolerance_says_what_is_a_sliver():
    grids = layer("grid", [box(0, OVER), box(1, 2)])
    assert mend(grids, tolerance_m=0.1)[1] == []
    assert [what for what, _ in mend(grids, tolerance_m=0.3)[1]] == ["overlap"]


@pytest.mark.parametrize(
    ("asked_m", "given_m", "mended"),
    [(0.1, None, False), (0.3, None, True), (0.1, 0.3, True), (0.3, 0.1, False), (7.0, None, True), (7.5, None, False),
     (7.5, 0.5, False)],
)  # fmt: skip
def test_a_layers_own_tolerance_and_rounding_say_what_is_a_sliver(asked_m, given_m, mended):
    # 0.19 m wide and 213 m2: a sliver within 0.3 m, and rounding within 7.3 m, the half side of a square of that size.
    grids = layer("grid", [box(0, OVER), box(1, 2)], checks=LayerChecks(tolerance_m=asked_m))
    assert [what for what, _ in mend(grids, tolerance_m=given_m)[1]] == ["overlap"] * mended


def test_a_change_tells_where_and_how_much():
    [change] = repaired(edition(layer("grid", [box(0, OVER), box(1, 2)])), 0.5)[1]
    assert change.area_m2 == pytest.approx(1110 * 0.19, rel=0.05)
    assert change.lon == pytest.approx(WEST + STEP, abs=3e-6)
    assert SOUTH < change.lat < SOUTH + STEP
    assert all(code in change.zh and code in change.en for code in change.codes)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.floats(-3.0, 3.0), min_size=1, max_size=6), st.booleans())
def test_slivers_of_any_row_are_gone_and_nothing_new_is_found(shifts_dm: list[float], with_street: bool):
    edges = [0.0, *(n + dm * 1e-6 / STEP for n, dm in enumerate(shifts_dm, start=1)), len(shifts_dm) + 1.0]
    ends = [*range(1, len(shifts_dm) + 1), edges[-1]]
    shapes = [box(west, east) for west, east in zip(edges[:-1], ends, strict=True)]
    street = [layer("street", [box(0, edges[-1])])] if with_street else []
    grids = layer("grid", shapes, ["S0"] * len(shapes) if with_street else None)
    before = edition(*street, grids)
    hash_before = before.content_hash
    after, _ = repaired(before, 0.5)
    assert before.content_hash == hash_before
    assert ids(after) == []
    if with_street:
        assert shapely.area(after.layers["grid"].geometries).sum() == pytest.approx(box(0, edges[-1]).area, rel=1e-6)


@settings(deadline=None, max_examples=30)
@example([1.0, 2.0], 8.0)  # two gaps, each of them rounding
@given(st.lists(st.floats(-3.0, 3.0), min_size=1, max_size=6), st.floats(0.2, 20.0))
def test_what_is_mended_is_what_the_checks_call_a_sliver(shifts_dm: list[float], tolerance_m: float):
    # From 0.2 m: half a tenth of a millimetre, to which shapes are mended, is 0.05 m2 along these edges of a kilometre.
    edges = [0.0, *(n + dm * 1e-6 / STEP for n, dm in enumerate(shifts_dm, start=1)), len(shifts_dm) + 1.0]
    ends = [*range(1, len(shifts_dm) + 1), edges[-1]]
    shapes = [box(west, east) for west, east in zip(edges[:-1], ends, strict=True)]
    grids = layer("grid", shapes, ["S0"] * len(shapes), checks=LayerChecks(tolerance_m=tolerance_m))
    before = edition(layer("street", [box(0, edges[-1])]), grids)
    after, changes = repaired(before)
    assert bool(changes) == ("sliver" in ids(before))
    assert ids(after) == [kind for kind in ids(before) if kind != "sliver"]
