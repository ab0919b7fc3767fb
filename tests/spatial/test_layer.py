"""Layers and editions as values: ordered, frozen, without rings of parents, and hashed by what they hold."""

import math
from dataclasses import replace

import numpy as np
import pytest
import shapely
from drawing import areas, at, edition, layer, line

from gridsvc.errors import BadBoundaryFolder
from gridsvc.spatial.layer import Edition, Layer
from gridsvc.values import LayerChecks, LayerSpec

SQUARES = areas("AB")
COLUMNS = ("codes", "names", "parents", "units", "geometries")


def built(codes: list[str]) -> Layer:
    shapes = {"B": SQUARES["B"], "A": SQUARES["A"]}
    return Layer.build(
        LayerSpec("grid"), codes, np.array([shapes[c] for c in codes], dtype=object), [f"name {c}" for c in codes],
        [f"parent {c}" for c in codes], [f"unit {c}" for c in codes], [{"own": c} for c in codes],
    )  # fmt: skip


def test_a_layer_without_areas_is_a_layer():
    assert len(layer("grid", {})) == 0


def test_areas_are_ordered_by_code_with_everything_they_carry():
    one = built(["B", "A"])
    assert [list(getattr(one, c)) for c in COLUMNS[:4]] == [
        ["A", "B"], ["name A", "name B"], ["parent A", "parent B"], ["unit A", "unit B"]
    ]  # fmt: skip
    assert [one.geometries[0].equals(SQUARES["A"]), one.props[0]] == [True, {"own": "A"}]


def test_codes_are_ordered_as_texts_not_as_numbers():
    shapes = dict.fromkeys(["9", "10", "010"], SQUARES["A"])
    assert layer("grid", shapes).codes.tolist() == ["010", "10", "9"]


def test_columns_that_are_not_given_are_empty():
    one = Layer.build(LayerSpec("grid"), ["A"], np.array([SQUARES["A"]], dtype=object))
    assert (one.names[0], one.parents[0], one.units[0], one.props[0]) == ("", None, None, {})


@pytest.mark.parametrize("column", COLUMNS)
def test_columns_cannot_be_written_to(column):
    with pytest.raises(ValueError, match="read-only"):
        getattr(built(["A"]), column)[0] = None


def test_of_duplicate_codes_the_first_row_is_the_one_that_is_found():
    one = built(["B", "A", "B"])
    assert dict(one.position_of) == {"A": 0, "B": 1}


@pytest.mark.parametrize(
    ("props", "reach_m"),
    [({}, 0.0), ({"width_m": None}, 0.0), ({"width_m": 12}, 6.0), ({"radius_m": 30}, 30.0), ({"radius_m": "7.5"}, 7.5)],
)
def test_a_line_reaches_half_its_width_and_a_point_its_radius(props, reach_m):
    lane = layer("lane", {"L": line((0, 0), (1, 0))}, geometry="line", props={"L": props})
    assert lane.reach_m.tolist() == [reach_m]


@pytest.mark.parametrize("key", ["width_m", "radius_m"])
@pytest.mark.parametrize("value", ["wide", -1, math.nan, math.inf, [3]])
def test_a_reach_that_is_no_length_is_refused_by_its_property(key, value):
    lane = layer("lane", {"L": line((0, 0), (1, 0))}, geometry="line", props={"L": {key: value}})
    with pytest.raises(BadBoundaryFolder) as e:
        lane.reach_m  # noqa: B018
    assert (e.value.errors[0].field, e.value.errors[0].value) == (key, value)


def test_bounds_hold_every_area():
    west, north = at(0, 0)
    east, south = at(2, 1)
    assert layer("grid", "AB").bounds_deg == (west, south, east, north)


def test_bounds_of_an_edition_skip_layers_without_areas():
    assert edition(layer("grid", "AB"), layer("zone", {})).bounds_deg == layer("grid", "AB").bounds_deg


@pytest.mark.parametrize("shapes", [{}, {"A": None}, {"A": shapely.Polygon()}], ids=["no area", "missing", "empty"])
def test_an_edition_without_ground_has_no_bounds(shapes):
    assert all(math.isnan(b) for b in edition(layer("grid", shapes)).bounds_deg)


def test_an_edition_without_layers_has_no_bounds():
    assert all(math.isnan(b) for b in edition().bounds_deg)


@pytest.mark.parametrize("key", ["parent", "settles"])
def test_a_layer_that_names_a_layer_that_is_not_there_is_refused(key):
    with pytest.raises(BadBoundaryFolder) as e:
        edition(layer("grid", "AB", **{key: "street"}))
    assert (e.value.errors[0].field, e.value.errors[0].value) == (f"layers.grid.{key}", "street")


def test_a_layer_that_should_equal_a_layer_that_is_not_there_is_refused():
    with pytest.raises(BadBoundaryFolder) as e:
        edition(layer("station", "AB", checks=LayerChecks(equals="street")))
    assert (e.value.errors[0].field, e.value.errors[0].value) == ("layers.station.checks.equals", "street")


@pytest.mark.parametrize("other", ["station", "lane"], ids=["itself", "a layer of lines"])
def test_a_layer_can_equal_only_another_of_polygons(other):
    lanes = layer("lane", {"L": shapely.LineString([(120, 30), (121, 31)])}, geometry="line", coverage="free")
    with pytest.raises(BadBoundaryFolder, match="cannot be asked to equal"):
        edition(layer("station", "AB", checks=LayerChecks(equals=other)), lanes)


@pytest.mark.parametrize("parents", [{"a": "a"}, {"a": "b", "b": "a"}, {"a": "b", "b": "c", "c": "b"}])
def test_a_ring_of_parents_is_refused(parents):
    with pytest.raises(BadBoundaryFolder, match="form a ring"):
        edition(*(layer(code, "A", parent=parents.get(code)) for code in "abc"))


def test_ancestors_are_named_nearest_first():
    three = edition(layer("unit_grid", "A", parent="community"), layer("community", "A", parent="street"),
                    layer("street", "A"))  # fmt: skip
    assert three.ancestors("unit_grid") == ("community", "street")
    assert three.ancestors("street") == ()


def content(**changes: object) -> str:
    return Edition("e", {"grid": replace(built(["A", "B"]), **changes)}).content_hash


def objects(*values: object) -> np.ndarray:
    return np.array([*values, None], dtype=object)[:-1]


def moved_by_one_bit() -> np.ndarray:
    west = shapely.get_coordinates(SQUARES["A"])[:, 0].min()
    step = np.nextafter(west, 0.0) - west
    return objects(shapely.transform(SQUARES["A"], lambda p: np.where(p == west, p + step, p)), SQUARES["B"])


@pytest.mark.parametrize("changes", [
    {"codes": objects("A", "C")}, {"names": objects("name A", "")}, {"parents": objects("parent A", None)},
    {"units": objects("unit A", "unit A")}, {"props": ({"own": "A"}, {"own": "C"})}, {"geometries": moved_by_one_bit()},
    {"geometries": objects(SQUARES["A"], None)}, {"spec": LayerSpec("grid", coverage="cover")},
], ids=lambda c: next(iter(c)))  # fmt: skip
def test_whatever_changes_in_a_layer_changes_the_hash_of_its_edition(changes):
    assert content(**changes) != content()


def test_what_a_layer_asks_of_the_checks_is_no_part_of_the_contents():
    assert content(spec=replace(built(["A", "B"]).spec, checks=LayerChecks(tolerance_m=2.0))) == content()


def test_the_order_in_which_areas_were_read_does_not_change_the_hash():
    assert Edition("e", {"grid": built(["B", "A"])}).content_hash == content()


def test_the_order_of_layers_does_not_change_the_hash():
    one, other = layer("grid", "AB"), layer("zone", "AB")
    assert edition(one, other).content_hash == edition(other, one).content_hash
