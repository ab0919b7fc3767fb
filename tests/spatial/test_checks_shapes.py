"""Single shapes: parts far from the city, exclaves and enclaves, and the islands that are neither."""

import numpy as np
import pytest
import shapely
from drawing import areas, at, edition, layer
from pyproj import Geod

from gridsvc.spatial.layer import Layer
from gridsvc.spatial.topology import Finding, check_edition

CELL_M2 = abs(Geod(ellps="WGS84").geometry_area_perimeter(areas("A")["A"])[0])
NULL_ISLAND = shapely.box(0.0, 0.0, 0.001, 0.001)


def findings(kind: str, *layers: Layer) -> list[Finding]:
    return [f for f in check_edition(edition(*layers)).findings if f.id == kind]


@pytest.mark.parametrize(
    ("picture", "found"),
    [
        ("", []),
        ("A", []),
        ("A.A", []),
        ("ABA", [("A",)]),
        ("ABBA", [("A",)]),
        ("AB.A", []),
        ("AB\nBA", [("A",), ("B",)]),
        ("AAB.B", []),
        ("AABAB", [("A",), ("B",)]),
    ],
    ids=["no area", "one area", "two islands", "cut off", "cut off by two cells", "an island beyond a neighbour",
         "touching at a point", "its own island", "each cuts the other"],
)  # fmt: skip
def test_an_area_in_several_parts_is_an_exclave_where_another_cuts_it_off(picture, found):
    assert sorted(f.codes for f in findings("exclave", layer("grid", picture))) == found


def test_an_exclave_is_a_warning_with_the_size_of_what_is_cut_off():
    [finding] = findings("exclave", layer("grid", "AABBA"))
    assert (finding.severity, finding.unit) == ("warning", "m2")
    assert finding.measure == pytest.approx(CELL_M2, rel=0.01)
    assert "飞地" in finding.zh
    assert areas("....O")["O"].contains(shapely.Point(finding.lon, finding.lat))


@pytest.mark.parametrize(
    ("picture", "found"),
    [
        ("AAA\nABA\nAAA", [("B", "A")]),
        ("AAAA\nABCA\nAAAA", []),
        ("AAAA\nAB.A\nAAAA", []),
        ("AAA\nA.A\nAAA", []),
        ("AAAA\nABAC\nAAAA", [("B", "A")]),
        ("AAAA\nAAAA\nAAAB", []),
    ],
    ids=["filled", "by two", "in part", "unfilled", "not the only neighbour's", "at the rim"],
)
def test_an_area_that_fills_a_hole_of_another_is_an_enclave(picture, found):
    assert [f.codes for f in findings("exclave", layer("grid", picture))] == found


def test_an_enclave_is_named_as_one_with_its_size():
    [finding] = findings("exclave", layer("grid", "AAA\nABA\nAAA"))
    assert ("enclave" in finding.en, "内飞地" in finding.zh, finding.severity) == (True, True, "warning")
    assert finding.measure == pytest.approx(CELL_M2, rel=0.01)


@pytest.mark.parametrize("coverage", ["cover", "free"])
def test_layers_that_share_out_no_ground_have_no_exclaves(coverage):
    assert findings("exclave", layer("zone", "ABA", coverage=coverage)) == []


CITY = areas("AABB\nCCDD")


@pytest.mark.parametrize(("coverage", "severity"), [("partition", "error"), ("cover", "error"), ("free", "warning")])
def test_an_area_far_from_all_the_rest_is_named(coverage, severity):
    [finding] = findings("invalid", layer("grid", CITY | {"Z": NULL_ISLAND}, coverage=coverage))
    assert (finding.severity, finding.layer, finding.codes, finding.unit) == (severity, "grid", ("Z",), "m")
    distance_m = Geod(ellps="WGS84").inv(*at(2, 1), 0.0005, 0.0005)[2]
    assert finding.measure == pytest.approx(distance_m, rel=0.01)
    assert (finding.lon, finding.lat) == (0.0005, 0.0005)


@pytest.mark.parametrize("code", ["A", "Z"], ids=["first", "last"])
def test_an_area_astray_spoils_no_other_check(code):
    broken = layer("grid", areas("AAA.", "..BB") | {code: NULL_ISLAND}, parent=None)
    sound = layer("street", CITY)
    found = sorted((f.id, f.layer) for f in check_edition(edition(broken, sound)).findings)
    assert found == [("invalid", "grid"), *([("overlap", "grid")] if code == "Z" else [])]


def test_one_stray_part_of_an_area_is_enough_and_only_it_is_drawn():
    [finding] = findings("invalid", layer("grid", CITY | {"A": shapely.union(CITY["A"], NULL_ISLAND)}))
    assert finding.codes == ("A",)
    assert finding.ground.equals(shapely.GeometryCollection([NULL_ISLAND]))


@pytest.mark.parametrize("swapped", ["A", "D"])
def test_swapped_axes_of_one_area_are_named(swapped):
    drawn = CITY | {swapped: shapely.transform(CITY[swapped], lambda p: p[:, ::-1])}
    assert [f.codes for f in findings("invalid", layer("grid", drawn))] == [(swapped,)]


def test_another_layer_tells_where_the_city_is():
    grids = layer("grid", {"A": NULL_ISLAND}, parent=None)
    assert [f.layer for f in findings("invalid", layer("street", CITY), grids)] == ["grid"]


def test_a_wide_province_is_not_astray():
    rng = np.random.default_rng(7)
    corners = zip(rng.uniform(113, 119, 40), rng.uniform(26, 32, 40), strict=True)
    drawn = {f"C{k}": shapely.box(x, y, x + 0.01, y + 0.01) for k, (x, y) in enumerate(corners)}
    assert findings("invalid", layer("county", drawn, coverage="free")) == []


@pytest.mark.parametrize("drawn", [{}, {"A": None}, {"A": shapely.Polygon()}], ids=["none", "missing", "empty"])
def test_without_any_ground_nothing_is_far(drawn):
    assert [f.measure for f in findings("invalid", layer("grid", drawn))] == [None] * len(drawn)
