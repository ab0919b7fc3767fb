"""The declared reference of layers, of components and of a whole edition against the one before."""

import numpy as np
import pytest
import shapely
from drawing import at, edition, layer

from gridsvc.bootstrap import Folder
from gridsvc.spatial.datum import convert
from gridsvc.spatial.layer import Edition, Layer
from gridsvc.spatial.topology import Finding, check_edition


def moved(city: Edition, source: str, target: str) -> Edition:
    """The edition as somebody would have it who took one reference for the other."""

    def shift(one: Layer) -> Layer:
        shapes = shapely.transform(one.geometries, lambda p: np.column_stack(convert(p[:, 0], p[:, 1], source, target)))
        return Layer.build(one.spec, list(one.codes), shapes, list(one.names), list(one.parents), list(one.units),
                           list(one.props))  # fmt: skip

    return Edition(city.code, {code: shift(one) for code, one in city.layers.items()})


def shifts(city: Edition, *args, **asked) -> list[Finding]:
    return [f for f in check_edition(city, *args, **asked).findings if f.id == "shifted_datum"]


@pytest.fixture(scope="module")
def streets(demo: Folder) -> Edition:
    """What of the demo city tells where it lies."""
    kept = ("street", "unit_grid", "lane")
    layers = demo.snapshot.edition.layers
    spec = {code: layers[code].spec for code in kept}
    return Edition("streets", {
        code: Layer.build(type(s)(code, geometry=s.geometry, coverage=s.coverage), list(layers[code].codes),
                          layers[code].geometries)
        for code, s in spec.items()
    })  # fmt: skip


@pytest.fixture(scope="module")
def components(demo: Folder) -> tuple[np.ndarray, np.ndarray]:
    lon, lat = zip(*[(c.point.lon, c.point.lat) for c in demo.snapshot.components], strict=True)
    return np.array(lon), np.array(lat)


def test_components_along_the_streets_are_no_finding(streets, components):
    assert shifts(streets, components=components) == []


@pytest.mark.parametrize("really", ["gcj02", "bd09"])
def test_components_in_another_reference_than_declared_are_an_error(streets, components, really):
    [finding] = shifts(streets, components=convert(*components, "wgs84", really))
    assert (finding.severity, finding.layer, finding.unit) == ("error", "components", "m")
    assert f"look like {really}, not wgs84 as declared" in finding.en


def test_components_that_were_unshifted_without_need_are_an_error(streets, components):
    read = convert(*components, "gcj02", "wgs84")
    [finding] = shifts(streets, declared={"components": "gcj02"}, components=read)
    assert "look like wgs84, not gcj02 as declared" in finding.en


def test_components_half_of_which_lie_outside_are_an_error(streets, components):
    [finding] = shifts(streets, components=components[::-1])
    assert (finding.severity, finding.layer) == ("error", "components")
    assert "lie in no area" in finding.en


@pytest.mark.parametrize("n", [0, 3])
def test_few_components_some_without_a_place_prove_nothing(n):
    city = edition(layer("grid", "AABB\nAABB"))
    places = np.array([at(1 + k / 4, 1) for k in range(n)] + [(np.nan, np.nan)])
    assert shifts(city, components=(places[:, 0], places[:, 1])) == []


def test_components_say_nothing_where_no_layer_shares_out_the_ground():
    city = edition(layer("zone", "AABB", coverage="free"))
    assert shifts(city, components=(np.array([0.0]), np.array([0.0]))) == []


def test_an_edition_shifted_as_a_whole_shows_against_the_one_before(streets):
    whole = moved(streets, "wgs84", "gcj02")
    assert shifts(whole) == []
    found = shifts(whole, before=streets)
    assert {f.layer for f in found} == set(streets.layers)
    assert all("look like gcj02, not wgs84 as declared" in f.en for f in found)


def test_the_same_edition_again_is_not_shifted(streets):
    assert shifts(streets, before=streets) == []


def test_an_edition_before_without_any_line_proves_nothing(streets):
    assert shifts(streets, before=Edition("empty", {})) == []
