"""What a finding says: its measure for people, its place, its severity by its layer's word."""

import pytest
import shapely

from gridsvc.errors import BadInput
from gridsvc.spatial.findings import found, overruled, place_of, shown
from gridsvc.values import CHECK_IDS, LayerChecks

SQUARE = shapely.box(0, 0, 2, 2)


@pytest.mark.parametrize(
    ("measure", "unit", "text"),
    [
        (None, None, ""),
        (3.0, "areas", ""),
        (0.0, "m2", "0.0 m²"),
        (99_999.0, "m2", "99999.0 m²"),
        (100_000.0, "m2", "0.10 km²"),
        (12.34, "m", "12.3 m"),
        (12_345_678.0, "m", "12,346 km"),
    ],
)
def test_a_measure_is_shown_in_a_unit_that_people_can_picture(measure, unit, text):
    assert shown(measure, unit) == text


@pytest.mark.parametrize(
    ("ground", "place"),
    [
        (None, (None, None)),
        (shapely.Polygon(), (None, None)),
        (shapely.GeometryCollection(), (None, None)),
        (shapely.Point(1, 2), (1.0, 2.0)),
        (SQUARE, (1.0, 1.0)),
        (shapely.GeometryCollection([SQUARE]), (1.0, 1.0)),
    ],
    ids=["none", "empty", "nothing in it", "point", "polygon", "collection"],
)
def test_the_place_of_a_finding_lies_on_its_ground(ground, place):
    assert place_of(ground) == place


@pytest.mark.parametrize("kind", CHECK_IDS)
@pytest.mark.parametrize("asked", ["error", "warning", "off"])
def test_any_finding_takes_the_severity_that_its_layer_asks_for(kind, asked):
    finding = found(kind, "warning", "grid", ("A",), ("甲", "A"), SQUARE, 4.0, "m2")
    told = list(overruled(finding, LayerChecks(severity={kind: asked})))
    assert [f.severity for f in told] == ([] if asked == "off" else [asked])
    assert list(overruled(finding, LayerChecks())) == [finding]


def test_the_tolerance_says_what_is_rounding():
    assert (LayerChecks().rounding_m2, LayerChecks(tolerance_m=2.0).rounding_m2) == (1.0, 16.0)


def test_a_check_that_is_not_known_is_refused():
    with pytest.raises(BadInput) as e:
        LayerChecks(severity={"gaps": "off"})
    assert e.value.errors[0].field == "severity"
