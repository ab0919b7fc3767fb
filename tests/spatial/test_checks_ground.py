"""Ground that areas share: thin strips, tolerances by layer, equal layers; and matched edges save no fault."""

import numpy as np
import pytest
import shapely
from drawing import CELL_DEG, METRIC, areas, at, edition, layer
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from gridsvc.spatial.layer import Layer
from gridsvc.spatial.topology import Finding, check_edition
from gridsvc.values import LayerChecks

CELL_M2 = abs(Geod(ellps="WGS84").geometry_area_perimeter(areas("A")["A"])[0])
CELL_M = 11.8


def findings(*layers: Layer) -> list[Finding]:
    return list(check_edition(edition(*layers)).findings)


def strip(west: float, east: float, rows: float = 1.0) -> shapely.Polygon:
    """Ground between two columns of the picture, from its top so many rows down."""
    return shapely.box(at(west, 0)[0], at(0, rows)[1], at(east, 0)[0], at(0, 0)[1])


def pair(overlap_cells: float, **checks) -> Layer:
    drawn = {"A": strip(0, 1 + overlap_cells), "B": strip(1, 2)}
    return layer("grid", drawn, checks=LayerChecks(**checks))


def test_a_sliver_says_how_wide_it_is_and_is_a_warning():
    [finding] = findings(pair(0.02))
    assert (finding.id, finding.severity, finding.codes) == ("sliver", "warning", ("A", "B"))
    assert finding.measure == pytest.approx(0.02 * CELL_M2, rel=0.01)
    # Twice the area by the perimeter: 0.236 m wide and 13.5 m long.
    assert "0.23 m wide" in finding.en
    assert "平均宽 0.23 m" in finding.zh


@pytest.mark.parametrize(
    ("tolerance_m", "found"),
    [
        (0.01, "overlap"),
        (0.1, "overlap"),
        (0.2, "overlap"),
        (0.3, "sliver"),
        (0.8, "sliver"),
        (1.0, None),
        (50.0, None),
    ],
)
def test_each_layer_has_its_own_tolerance_in_metres(tolerance_m, found):
    # The strip is 0.236 m wide and has 3.2 m2.
    assert [f.id for f in findings(pair(0.02, tolerance_m=tolerance_m))] == ([found] if found else [])


def test_the_wide_and_the_thin_of_one_pair_are_told_apart():
    drawn = {"A": shapely.union(strip(0, 1.02, 20), strip(1, 2)), "B": strip(1, 3, 20)}
    found = {f.id: f.measure for f in findings(layer("grid", drawn))}
    # They hang together, so that the whole is one piece: thin on average, but with a whole cell in it.
    assert set(found) == {"overlap"}
    apart = {"A": shapely.union(strip(0, 1.02, 20), strip(5, 6)), "B": shapely.union(strip(1, 3, 20), strip(4.5, 6))}
    found = {f.id: f.measure for f in findings(layer("grid", apart)) if f.id != "exclave"}
    assert found == {"overlap": pytest.approx(CELL_M2, rel=0.01), "sliver": pytest.approx(0.4 * CELL_M2, rel=0.01)}


def test_a_thin_strip_beyond_the_parent_is_a_sliver():
    above = layer("street", {"X": strip(0, 2), "Y": strip(2, 4)})
    units = Layer.build(layer("unit", "a", parent="street").spec, ["a", "b"], [strip(0, 2.02), strip(2.02, 4)],
                        parents=["X", "Y"])  # fmt: skip
    assert [(f.id, f.severity, f.layer) for f in findings(above, units)] == [("sliver", "warning", "unit")]


def test_a_thin_gap_in_a_parent_is_a_sliver_of_that_parent():
    above = layer("street", {"X": strip(0, 2)})
    units = Layer.build(layer("unit", "a", parent="street").spec, ["a", "b"], [strip(0, 0.98), strip(1, 2)],
                        parents=["X", "X"])  # fmt: skip
    assert [(f.id, f.codes) for f in findings(above, units)] == [("sliver", ("X",))]


@pytest.mark.parametrize(
    ("severity", "found"),
    [({}, "error"), ({"overlap": "warning"}, "warning"), ({"overlap": "off"}, None), ({"gap": "off"}, "error")],
    ids=["as it is", "lowered", "off", "another"],
)
def test_a_layer_may_say_how_grave_a_finding_is(severity, found):
    assert [f.severity for f in findings(pair(0.5, severity=severity))] == ([found] if found else [])


def test_the_severity_of_one_layer_is_not_that_of_another():
    lenient = layer("police", {"A": strip(0, 1.5), "B": strip(1, 2)}, checks=LayerChecks(severity={"overlap": "off"}))
    assert [f.layer for f in findings(pair(0.5), lenient)] == ["grid"]


def stations(drawn: str, **checks) -> Layer:
    return layer("station", drawn, checks=LayerChecks(equals="street", **checks))


TWO = "XXYY\nXXYY"


@pytest.mark.parametrize(
    ("picture", "found"),
    [
        ("aabb\naabb", []),
        ("aaab\naabb", [("nesting", ("a", "Y"), 1)]),
        ("aaaa\naaaa", [("nesting", ("a", "Y"), 4)]),
        ("aacc\naabb", [("nesting", ("c", "Y"), 2)]),
        ("aabb\naab.", [("gap", ("Y",), 1)]),
        ("aabbb\naabb.", [("nesting", ("b",), 1)]),
        ("aa..\naa..", [("gap", ("Y",), 4)]),
        ("", [("gap", ("X",), 4), ("gap", ("Y",), 4)]),
    ],
    ids=[
        "equal",
        "a corner differs",
        "one for two",
        "two for one",
        "short of it",
        "beyond it",
        "one is missing",
        "none",
    ],
)
def test_each_difference_of_a_layer_from_its_equal_is_one_finding(picture, found):
    told = [f for f in findings(layer("street", TWO), stations(picture)) if f.layer == "station"]
    assert [(f.id, f.codes) for f in told] == [(kind, codes) for kind, codes, _ in found]
    assert [f.measure for f in told] == [pytest.approx(cells * CELL_M2, rel=0.01) for *_, cells in found]
    assert {f.severity for f in told} <= {"error"}


@settings(deadline=None)
@given(
    st.lists(st.tuples(*[st.integers(0, 6)] * 2, *[st.integers(1, 4)] * 2), min_size=1, max_size=7),
    st.booleans(),
)
def test_matched_edges_save_no_overlap_and_no_gap(boxes, bent):
    """What the checks find among areas of any kind is what comparing every two of them finds."""
    drawn = {}
    for k, (column, row, width, height) in enumerate(boxes):
        west, north = at(column, row)
        shape = shapely.box(west, north - height * CELL_DEG, west + width * CELL_DEG, north)
        drawn[f"A{k}"] = shapely.segmentize(shape, CELL_DEG) if bent and k % 2 else shape
    found = findings(layer("grid", drawn))
    codes, shapes = list(drawn), np.array(list(drawn.values()), dtype=object)
    pairs = {
        (codes[i], codes[j]): METRIC.geometries(np.array([shapely.intersection(shapes[i], shapes[j])]))[0].area
        for i in range(len(codes))
        for j in range(i + 1, len(codes))
    }
    overlaps = {f.codes: f.measure for f in found if f.id == "overlap"}
    assert overlaps == {k: pytest.approx(v, rel=0.01) for k, v in pairs.items() if v > 1.0}
    union = shapely.union_all(shapes)
    holes = [shapely.Polygon(r) for p in shapely.get_parts(union) for r in p.interiors]
    gaps = [f.ground for f in found if f.id == "gap"]
    nested = shapely.difference(shapely.union_all(holes), union) if holes else shapely.Polygon()
    assert shapely.union_all(gaps).symmetric_difference(nested).area < 1e-12
