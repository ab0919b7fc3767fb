"""The areas at one point as values: what is settled, what else is there, and each made once."""

import pytest
import shapely
from drawing import at, beside, edition, layer

from gridsvc.areas_at import AreasAt
from gridsvc.spatial.locate import Locator

GRIDS = """
    ab
"""
EDITION = edition(
    layer("grid", GRIDS, units={"a": "U1"}, names={"a": "甲格"}, props={"a": {"tier": 1}}),
    layer("zone", {"Y": shapely.box(*at(0, 0), *at(2, 1)), "X": shapely.box(*at(0.5, 0), *at(2, 1))}, coverage="cover"),
    layer("place", {"P": shapely.Point(at(1.5, 0.5))}, geometry="point", coverage="free", props={"P": {"radius_m": 2}}),
)
LOCATOR = Locator(EDITION)


def places_at(place: tuple[float, float], places: AreasAt | None = None):
    return (places or AreasAt(EDITION)).of(LOCATOR.at(*place, 1.0))


@pytest.mark.parametrize(
    ("place", "settled", "around"),
    [
        (at(9, 9), {}, {}),
        (at(0.2, 0.5), {"grid": ("a", "inside"), "zone": ("Y", "inside")}, {"grid": ["a"], "zone": ["Y"]}),
        (at(0.7, 0.5), {"grid": ("a", "inside"), "zone": ("X", "overlap")}, {"grid": ["a"], "zone": ["X", "Y"]}),
        (at(1, 0.5), {"grid": ("a", "edge"), "zone": ("X", "overlap")}, {"grid": ["a"], "zone": ["X", "Y"]}),
        (at(1.5, 0.5), {"grid": ("b", "inside"), "zone": ("X", "overlap"), "place": ("P", "inside")},
         {"grid": ["b"], "zone": ["X", "Y"], "place": ["P"]}),
        (beside(at(0, 0.5), -0.5, 0), {"grid": ("a", "near"), "zone": ("Y", "near")}, {"grid": ["a"]}),
    ],
    ids=["nowhere", "one zone", "two zones", "a tie", "a named place", "only near"],
)  # fmt: skip
def test_a_partition_has_its_settled_area_and_other_layers_all_that_hold_the_point(place, settled, around):
    found, others = places_at(place)
    assert {layer: (area.code, area.how) for layer, area in found.items()} == settled
    assert {layer: [area.code for area in areas] for layer, areas in others.items()} == around


def test_an_area_carries_its_own_record():
    area = places_at(at(0.2, 0.5))[0]["grid"]
    assert (area.layer, area.name, area.unit, area.props) == ("grid", "甲格", "U1", {"tier": 1})


def test_an_area_is_made_once_for_each_way_to_it():
    places = AreasAt(EDITION)
    first, again = (places_at(place, places)[0]["grid"] for place in (at(0.2, 0.5), at(0.3, 0.5)))
    tied = places_at(at(1, 0.5), places)[0]["grid"]
    assert first is again
    assert (tied.code, tied.how, first.how) == ("a", "edge", "inside")
