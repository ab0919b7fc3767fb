"""The checks, each on a drawn fault: its name, its size to one per cent, and a place inside it."""

import json

import numpy as np
import pytest
import shapely
from drawing import areas, at, edition, layer, line, polygon
from pyproj import Geod
from six_grids import PLAN

from gridsvc.spatial.layer import Edition, Layer
from gridsvc.spatial.topology import CheckReport, Finding, check_edition
from gridsvc.values import LayerSpec

# One cell of the picture, measured on the ellipsoid rather than in the house's projection.
CELL_M2 = abs(Geod(ellps="WGS84").geometry_area_perimeter(areas("A")["A"])[0])
CLEAN_UNITS = """
    aabb
    aacb
    ddcc
"""
CLEAN_STREETS = """
    XXXX
    XXXX
    YYXX
"""


def check(*layers: Layer) -> CheckReport:
    return check_edition(edition(*layers))


def ids(*layers: Layer) -> list[str]:
    return [f.id for f in check(*layers).findings]


def only(kind: str, *layers: Layer) -> Finding:
    found = [f for f in check(*layers).findings if f.id == kind]
    assert len(found) == 1
    return found[0]


def place(finding: Finding) -> shapely.Point:
    return shapely.Point(finding.lon, finding.lat)


def city() -> list[Layer]:
    return [layer("street", CLEAN_STREETS), layer("unit_grid", CLEAN_UNITS, within=CLEAN_STREETS, parent="street"),
            layer("lane", {"L": line((0, 0), (3, 1))}, geometry="line", coverage="free"),
            layer("place", {"P": shapely.Point(at(1, 1))}, geometry="point", coverage="free")]  # fmt: skip


def test_a_clean_city_has_no_finding():
    report = check(*city())
    assert (report.findings, report.ok, report.counts) == ((), True, {"error": 0, "warning": 0})


@pytest.mark.parametrize("layers", [[], [layer("grid", {})]], ids=["no layer", "no area"])
def test_an_edition_without_areas_has_no_finding(layers):
    assert check(*layers).findings == ()


BOW = polygon((0, 0), (2, 2), (2, 0), (0, 2))


@pytest.mark.parametrize(
    ("shape", "geometry"),
    [
        (None, "polygon"),
        (shapely.Polygon(), "polygon"),
        (BOW, "polygon"),
        (line((0, 0), (1, 1)), "polygon"),
        (areas("A")["A"], "line"),
        (shapely.Point(at(0, 0)), "line"),
        (line((0, 0), (1, 1)), "point"),
    ],
    ids=[
        "missing",
        "empty",
        "self-crossing",
        "line for polygon",
        "polygon for line",
        "point for line",
        "line for point",
    ],
)
def test_a_shape_that_cannot_be_used_is_an_error_that_names_the_area(shape, geometry):
    finding = only("invalid", layer("grid", {"A": shape, "B": areas("....B")["B"]} if geometry == "polygon"
                                    else {"A": shape}, geometry=geometry, coverage="free"))  # fmt: skip
    assert (finding.severity, finding.layer, finding.codes) == ("error", "grid", ("A",))


def test_an_invalid_ring_is_shown_where_it_crosses_itself():
    finding = only("invalid", layer("grid", {"A": BOW}, coverage="free"))
    assert place(finding).distance(shapely.Point(at(1, 1))) < 1e-9


def test_two_areas_of_one_code_are_an_error():
    square = areas("A.B")
    twice = Layer.build(layer("grid", "A").spec, ["A", "A"], np.array([square["A"], square["B"]], dtype=object))
    finding = only("duplicate_code", twice)
    assert (finding.severity, finding.codes, finding.measure) == ("error", ("A",), 2.0)


def test_two_areas_of_one_name_in_one_parent_are_a_warning():
    named = layer("unit_grid", "ab", within="XX", parent="street", names={"a": "新桥", "b": "新桥"})
    finding = only("duplicate_name", layer("street", "XX"), named)
    assert (finding.severity, finding.codes) == ("warning", ("a", "b"))


@pytest.mark.parametrize(
    ("within", "names"), [("XY", {"a": "新桥", "b": "新桥"}), ("XX", {}), ("XX", {"a": "新桥", "b": "旧桥"})],
    ids=["in two parents", "without names", "different"],
)  # fmt: skip
def test_names_may_repeat_between_parents_and_be_absent(within, names):
    assert ids(layer("street", within), layer("unit_grid", "ab", within=within, parent="street", names=names)) == []


def test_an_overlap_of_a_partition_is_an_error_with_its_size_and_place():
    finding = only("overlap", layer("grid", areas("AAA.", "..BB", ".A..")))
    assert (finding.severity, finding.codes, finding.unit) == ("error", ("A", "B"), "m2")
    assert finding.measure == pytest.approx(CELL_M2, rel=0.01)
    assert areas("..O")["O"].contains(place(finding))


@pytest.mark.parametrize("coverage", ["cover", "free"])
def test_layers_that_may_overlap_are_not_blamed_for_it(coverage):
    assert "overlap" not in ids(layer("zone", areas("AAA.", "..BB"), coverage=coverage))


def test_areas_that_share_only_an_edge_or_a_corner_do_not_overlap():
    assert "overlap" not in ids(layer("grid", "AB\nBA"))


def shifted_east(shape: shapely.Polygon, cells: float) -> shapely.Polygon:
    return shapely.transform(shape, lambda p: np.add(p, (at(cells, 0)[0] - at(0, 0)[0], 0.0)))


# One cell has 159 m2 and is 11.8 m wide: these shares of it are 0.2, 0.8, 1.2, 6 and 8 m2, the last wider than 0.5 m.
STRIPS = [(0.001, None), (0.005, None), (0.0075, "sliver"), (0.04, "sliver"), (0.05, "wide")]


@pytest.mark.parametrize(("share", "found"), STRIPS)
def test_overlaps_are_rounding_then_slivers_then_errors(share, found):
    drawn = areas("A.") | {"B": shifted_east(areas(".B")["B"], -share)}
    assert ids(layer("grid", drawn)) == {None: [], "sliver": ["sliver"], "wide": ["overlap"]}[found]


@pytest.mark.parametrize(("share", "found"), STRIPS)
def test_gaps_are_rounding_then_slivers_then_errors(share, found):
    west, east = at(0, 0)[0], at(3, 0)[0]
    slit = shapely.box(at(1, 0)[0], at(0, 2)[1], at(1 + share, 0)[0], at(0, 1)[1])
    whole = shapely.box(west, at(0, 3)[1], east, at(0, 0)[1])
    assert ids(layer("grid", {"A": whole.difference(slit)})) == {None: [], "sliver": ["sliver"], "wide": ["gap"]}[found]


def test_enclosed_ground_of_a_partition_is_an_error_with_its_size_and_place():
    finding = only("gap", layer("grid", """
        AAB
        A.B
        ABB
    """))  # fmt: skip
    assert (finding.severity, finding.codes, finding.unit) == ("error", (), "m2")
    assert finding.measure == pytest.approx(CELL_M2, rel=0.01)
    assert polygon((1, 1), (2, 1), (2, 2), (1, 2)).contains(place(finding))


def test_ground_inside_a_parent_that_no_child_holds_is_a_gap_that_names_the_parent():
    finding = only("gap", layer("street", "XXX"), layer("unit_grid", "ab.", within="XXX", parent="street"))
    assert finding.codes == ("X",)
    assert finding.measure == pytest.approx(CELL_M2, rel=0.01)
    assert areas("..O")["O"].contains(place(finding))


@pytest.mark.parametrize(("coverage", "severities"), [("partition", ["error"]), ("cover", ["warning"]), ("free", [])])
def test_how_grave_a_gap_is_depends_on_what_the_layer_promises(coverage, severities):
    report = check(layer("grid", "AAA\nA.A\nAAA", coverage=coverage))
    assert [f.severity for f in report.findings] == severities


def test_ground_between_separate_parts_is_no_gap():
    assert ids(layer("grid", "A.B")) == []


def test_two_gaps_are_two_findings_the_larger_first():
    report = check(layer("grid", "AAAAAA\nA.A..A\nAAAAAA"))
    assert [f.measure for f in report.findings] == pytest.approx([2 * CELL_M2, CELL_M2], rel=0.01)


def test_an_area_beyond_its_parent_is_an_error_with_its_size_and_place():
    units = layer("unit_grid", "aab", parent="street", within="XYY")
    finding = only("nesting", layer("street", "XYY"), units)
    assert (finding.severity, finding.codes) == ("error", ("a", "X"))
    assert finding.measure == pytest.approx(CELL_M2, rel=0.01)
    assert areas(".O")["O"].contains(place(finding))


@pytest.mark.parametrize("parent", [None, "Z"])
def test_an_area_without_a_parent_is_an_error(parent):
    orphan = Layer.build(layer("unit_grid", "a", parent="street").spec, ["a"], layer("unit_grid", "a").geometries,
                         parents=[parent])  # fmt: skip
    finding = only("nesting", layer("street", "X"), orphan)
    assert (finding.severity, finding.codes) == ("error", ("a",))


def test_a_broken_ring_does_not_hide_the_faults_around_it():
    drawn = {"A": BOW, **areas("...BB..", "....CCC")}
    assert sorted(ids(layer("grid", drawn))) == ["invalid", "overlap"]


@pytest.mark.parametrize("coverage", ["partition", "cover", "free"])
def test_a_layer_without_a_single_polygon_is_named_area_by_area(coverage):
    drawn = {"A": line((0, 0), (1, 1)), "B": shapely.Point(at(5, 5))}
    assert ids(layer("grid", drawn, coverage=coverage)) == ["invalid", "invalid"]


def test_checking_repairs_nothing():
    broken = layer("grid", {"A": BOW})
    before = shapely.to_wkb(broken.geometries).tolist()
    check(broken)
    assert shapely.to_wkb(broken.geometries).tolist() == before


def test_errors_come_before_warnings_and_both_are_counted():
    report = check(layer("zone", "AAA\nA.A\nAAA", coverage="cover"), layer("grid", areas("AA", ".B")))
    assert [f.severity for f in report.findings] == ["error", "warning"]
    assert (report.counts, report.ok) == ({"error": 1, "warning": 1}, False)


def test_warnings_alone_do_not_stand_against_publishing():
    assert check(layer("zone", "AAA\nA.A\nAAA", coverage="cover")).ok


def test_the_machine_readable_report_has_the_keys_of_the_contract():
    report = check(layer("grid", areas("AA", ".B"))).as_dict()
    assert list(report) == ["edition", "ok", "counts", "findings"]
    assert list(report["findings"][0]) == [
        "id", "severity", "layer", "codes", "measure", "unit", "lon", "lat", "zh", "en",
    ]  # fmt: skip
    assert report["findings"][0]["codes"] == ["A", "B"]


def test_a_report_of_every_kind_of_measure_is_json():
    report = check(*PLAN, layer("zone", {"A": BOW, **areas("...BB..", "....CCC")}), layer("lot", "ABA"))
    assert {f.unit for f in report.findings} == {None, "m2"}
    assert json.loads(json.dumps(report.as_dict())) == report.as_dict()


def test_a_finding_carries_its_ground_for_maps_and_keeps_it_out_of_the_report():
    finding = only("overlap", layer("grid", areas("AAA.", "..BB")))
    assert finding.ground.equals_exact(areas("..O")["O"], 1e-9, normalize=True)
    assert "ground" not in finding.as_dict()


def test_every_finding_speaks_both_languages():
    broken = {"A": BOW, **areas("...BB..", "....CCC")}
    for finding in check(layer("grid", broken)).findings:
        assert finding.zh
        assert finding.en.isascii() or "²" in finding.en


def test_each_layer_is_announced_before_its_turn():
    told: list[str] = []
    check_edition(edition(*city()), told.append)
    assert told == ["street", "unit_grid", "lane", "place"]


def test_the_report_bears_the_code_of_the_edition():
    assert check_edition(Edition("2024-2", {"grid": layer("grid", "A")})).edition == "2024-2"


def test_a_long_parent_edge_without_the_vertices_of_its_children_is_no_gap():
    """Straight in degrees, the edges lie on each other; in a projected reference they would not."""
    box = shapely.box
    halves = np.array([box(120.00, 30.0, 120.05, 30.1), box(120.05, 30.0, 120.10, 30.1)], dtype=object)
    grid = Layer.build(
        LayerSpec("grid", coverage="partition", parent="street"), ["G1", "G2"], halves, parents=["S", "S"]
    )
    whole = np.array([box(120.0, 30.0, 120.1, 30.1)], dtype=object)
    street = Layer.build(LayerSpec("street", coverage="partition"), ["S"], whole)
    assert check_edition(Edition("e", {"grid": grid, "street": street})).findings == ()
