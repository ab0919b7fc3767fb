"""Boundary streets: each has exactly one owner, which lies beside it. On the six-grid plan and on drawn faults."""

import pytest
import shapely
from drawing import at, edition, layer, line
from six_grids import GRID, PLAN, STREET, STREETS, corridors

from gridsvc.spatial.layer import Layer
from gridsvc.spatial.topology import Finding, check_edition

STREET_CHECKS = ("unowned_street", "contested_street")


def street_findings(*layers: Layer) -> list[Finding]:
    return [f for f in check_edition(edition(*layers)).findings if f.id in STREET_CHECKS]


def of_plan(**streets: tuple[shapely.LineString, str | None]) -> list[Finding]:
    return street_findings(STREET, GRID, corridors(streets))


def test_of_the_county_plan_the_street_that_no_grid_claims_is_the_only_finding():
    [finding] = street_findings(*PLAN)
    assert (finding.id, finding.severity, finding.codes) == ("unowned_street", "warning", ("卫生路",))
    assert "无人认领" in finding.zh
    assert shapely.Point(finding.lon, finding.lat).distance(STREETS["卫生路"][0]) < 1e-6


@pytest.mark.parametrize(
    ("owner", "severity", "codes"),
    [(None, "warning", ("R",)), ("", "warning", ("R",)), ("9", "error", ("R",)), ("6", "error", ("R", "6")),
     ("5", None, ())],
    ids=["none", "empty", "not there", "does not touch", "beside"],
)  # fmt: skip
def test_the_owner_of_a_street_exists_and_lies_beside_it(owner, severity, codes):
    found = of_plan(R=(line((4, 3), (7, 3)), owner))
    assert [(f.id, f.severity, f.codes) for f in found] == (
        [("unowned_street", severity, codes)] if severity else []
    )  # fmt: skip


def test_an_owner_that_does_not_touch_its_street_is_measured_in_metres():
    [finding] = of_plan(R=(line((4, 3), (7, 3)), "6"))
    # Three rows of cells, each 13.5 m high.
    assert (finding.unit, finding.measure) == ("m", pytest.approx(40.6, abs=0.2))


def test_a_street_without_geometry_is_nobodys_fault_but_its_own():
    assert of_plan(R=(None, "5")) == []


@pytest.mark.parametrize(
    "shape",
    [line((4, 3), (4, 3)), shapely.LineString(), shapely.LineString([at(4, 3), (0.0, 0.0)])],
    ids=["no length", "empty", "a vertex at null island"],
)
def test_a_street_that_is_drawn_wrongly_spoils_no_check(shape):
    found = check_edition(edition(STREET, GRID, corridors(STREETS | {"Z": (shape, "5")}))).findings
    assert sorted((f.id, f.codes) for f in found) == [("invalid", ("Z",)), ("unowned_street", ("卫生路",))]


def test_one_street_that_two_areas_claim_is_contested():
    again = corridors({"甲": (line((4, 3), (7, 3)), "5")})
    twice = Layer.build(again.spec, ["甲", "甲"], [again.geometries[0]] * 2, props=[{"owner": "5"}, {"owner": "3"}])
    [finding] = street_findings(STREET, GRID, twice)
    assert (finding.id, finding.severity, finding.codes) == ("contested_street", "error", ("甲",))
    assert "3, 5" in finding.en


# Corridors of 8 m: on the same ground for more than 32 m is no crossing.
@pytest.mark.parametrize(
    ("other", "owner", "contested"),
    [
        (line((3, 3), (7, 3)), "2", True),
        (line((3, 3.1), (7, 3.1)), "2", True),
        (line((3, 3), (7, 3)), "5", False),
        (line((3, 3), (7, 3)), None, False),
        (line((3, 4), (7, 4)), "4", False),
        (line((4, 0), (4, 3)), "2", False),
        (line((5.5, 0), (5.5, 6)), "3", False),
        (line((1, 3), (4, 3)), "4", False),
        (line((4, 3), (6, 3)), "2", False),
    ],
    ids=["same line", "beside", "same owner", "unclaimed", "apart", "a junction", "a crossing", "its continuation",
         "shorter than a crossing may be"],
)  # fmt: skip
def test_ground_that_two_streets_claim_beyond_a_crossing_is_contested(other, owner, contested):
    found = [f for f in of_plan(A=(line((4, 3), (7, 3)), "5"), B=(other, owner)) if f.id == "contested_street"]
    assert [f.codes for f in found] == ([("A", "B")] if contested else [])


def test_the_contested_ground_is_measured_and_drawn():
    [finding] = of_plan(A=(line((3, 3), (7, 3)), "5"), B=(line((3, 3), (7, 3)), "2"))
    assert (finding.unit, finding.measure) == ("m", pytest.approx(4 * 11.8, abs=0.5))
    assert finding.ground.contains(shapely.Point(at(5, 3)))


def test_lines_that_settle_nothing_are_not_asked_for_owners():
    lanes = layer("lane", {"L": line((4, 3), (7, 3))}, geometry="line", coverage="free")
    assert street_findings(STREET, GRID, lanes) == []
