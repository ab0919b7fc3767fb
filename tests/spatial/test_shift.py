"""A false reference is told by where the points and the edges then lie; honest data never raise an alarm."""

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from drawing import areas, edition
from hypothesis import given, settings
from hypothesis import strategies as st

from gridsvc.bootstrap import Folder, past_cases
from gridsvc.codes import category_of
from gridsvc.frames import edition_from_frames
from gridsvc.router import Router
from gridsvc.spatial.datum import convert
from gridsvc.spatial.layer import Edition, Layer
from gridsvc.spatial.locate import Locator
from gridsvc.spatial.shift import batch_warning, shifted_batch, shifted_layers
from gridsvc.spatial.topology import check_edition
from gridsvc.values import LayerSpec

DATUMS = ("wgs84", "gcj02", "bd09")
FALSE = [(a, b) for a in DATUMS for b in DATUMS if a != b]
# How far the references lie apart in the demo city, in metres.
APART_M = {("gcj02", "wgs84"): 511, ("bd09", "wgs84"): 1134, ("bd09", "gcj02"): 930}
Columns = tuple[np.ndarray, np.ndarray]


@pytest.fixture(scope="module")
def locator(demo_router: Router) -> Locator:
    return demo_router.locator


@pytest.fixture(scope="module")
def cases(demo: Folder) -> pd.DataFrame:
    new = [past.new for past in past_cases(demo)]
    classes = [category_of(one.category).component_class for one in new]
    return pd.DataFrame(
        {"lon": [n.point.lon for n in new], "lat": [n.point.lat for n in new], "class": pd.array(classes, object)}
    )


@pytest.fixture(scope="module")
def components_at(demo: Folder, locator: Locator) -> tuple[np.ndarray, np.ndarray]:
    """Where the components are, shape (n, 2), and the row of their community."""
    xy = np.array([(c.point.lon, c.point.lat) for c in demo.snapshot.components])
    return xy, locator.locate(*xy.T, "wgs84", layers=["community"]).position["community"]


def written(lon, lat, really: str) -> Columns:
    """The places as a file in that reference writes them."""
    return convert(np.asarray(lon), np.asarray(lat), "wgs84", really)


@pytest.mark.parametrize("declared", DATUMS)
def test_honest_cases_raise_no_alarm(locator, cases, declared):
    assert shifted_batch(locator, *written(cases["lon"], cases["lat"], declared), declared) is None


@pytest.mark.parametrize(("declared", "really"), FALSE)
def test_every_false_declaration_of_the_demo_cases_is_noticed(locator, cases, declared, really):
    found = shifted_batch(locator, *written(cases["lon"], cases["lat"], really), declared)
    assert (found.whose, found.declared, found.really) == ("coordinates", declared, really)
    assert found.offset_m == pytest.approx(APART_M[tuple(sorted((declared, really)))], rel=0.02)
    assert found.at_lines_really > 0.75
    assert max(found.at_lines_declared, found.at_lines_by_chance) < 0.62
    assert found.sigmas > 5.0


@pytest.mark.parametrize(("declared", "really"), FALSE)
def test_a_thousand_cases_are_enough(locator, cases, declared, really):
    some = cases.sample(1000, random_state=7)
    assert shifted_batch(locator, *written(some["lon"], some["lat"], really), declared).really == really


def test_two_hundred_cases_are_enough_if_it_is_known_which_components_they_are_about(locator, cases, demo):
    some = cases[cases["class"].notna()].sample(200, random_state=7)
    xy = written(some["lon"], some["lat"], "bd09")
    assert shifted_batch(locator, *xy, "wgs84") is None
    found = shifted_batch(locator, *xy, "wgs84", some["class"].to_numpy(), demo.snapshot.components)
    assert found.really == "bd09"


@pytest.mark.parametrize("declared", DATUMS)
def test_honest_component_matters_raise_no_alarm(locator, cases, demo, declared):
    xy = written(cases["lon"], cases["lat"], declared)
    assert shifted_batch(locator, *xy, declared, cases["class"].to_numpy(), demo.snapshot.components) is None


def test_a_projected_file_made_of_phone_coordinates_is_noticed(locator, cases):
    x, y = convert(*written(cases["lon"], cases["lat"], "gcj02"), "wgs84", "EPSG:4549")
    assert shifted_batch(locator, x, y, "EPSG:4549").really == "gcj02"
    assert shifted_batch(locator, *convert(cases["lon"], cases["lat"], "wgs84", "EPSG:4549"), "EPSG:4549") is None


@pytest.mark.parametrize("really", ["gcj02", "bd09"])
def test_cases_betray_boundaries_that_are_all_declared_falsely(demo, cases, really):
    city = demo.snapshot.edition
    for code in city.layers:
        city = moved(city, code, drawn_in(really, "wgs84"))
    locator = Locator(city)
    assert shifted_layers(city, locator.metric) == {}
    found = shifted_batch(locator, cases["lon"], cases["lat"], "wgs84")
    assert (found.whose, found.declared, found.really) == ("boundaries", "wgs84", really)
    assert batch_warning(locator, cases["lon"], cases["lat"], "wgs84")[0].startswith(f"警告：边界像是 {really}，")


@pytest.mark.parametrize("n", [0, 1, 49])
def test_few_points_say_nothing(locator, cases, n):
    assert shifted_batch(locator, *written(cases["lon"][:n], cases["lat"][:n], "gcj02"), "wgs84") is None


def test_many_reports_of_one_place_are_one_witness(locator, cases):
    lon, lat = written(cases["lon"][:40], cases["lat"][:40], "gcj02")
    assert shifted_batch(locator, np.tile(lon, 100), np.tile(lat, 100), "wgs84") is None


def test_rows_without_a_position_neither_count_nor_harm(locator, cases):
    lon, lat = written(cases["lon"], cases["lat"], "gcj02")
    alone = shifted_batch(locator, lon, lat, "wgs84")
    nothing = [np.nan, np.inf, np.nan, 400.0]
    assert shifted_batch(locator, [*nothing, *lon], [30.0, 30.0, np.nan, 30.0, *lat], "wgs84") == alone
    assert shifted_batch(locator, nothing, nothing, "wgs84") is None


@pytest.mark.parametrize("declared", DATUMS)
def test_points_of_another_city_say_nothing(locator, cases, declared):
    assert shifted_batch(locator, cases["lon"] + 1.0, cases["lat"], declared) is None


@settings(max_examples=8, deadline=None)
@given(declared=st.sampled_from(DATUMS), seed=st.integers(0, 10_000), n=st.integers(0, 3000))
def test_points_strewn_at_random_raise_no_alarm(demo_router, declared, seed, n):
    west, south, east, north = demo_router.snapshot.edition.bounds_deg
    random_ = np.random.default_rng(seed)
    lon, lat = random_.uniform(west, east, n), random_.uniform(south, north, n)
    assert shifted_batch(demo_router.locator, *written(lon, lat, declared), declared) is None


@settings(max_examples=8, deadline=None)
@given(declared=st.sampled_from(DATUMS), community=st.integers(0, 28), least=st.integers(0, 4000))
def test_honest_components_of_one_neighbourhood_raise_no_alarm(components_at, locator, declared, community, least):
    xy, of = components_at
    lon, lat = xy[(of == community) | (np.arange(len(xy)) < least)].T
    assert shifted_batch(locator, *written(lon, lat, declared), declared) is None


@settings(max_examples=8, deadline=None)
@given(block_m=st.integers(60, 500), aside_m=st.floats(0.0, 40.0), seed=st.integers(0, 1000))
def test_a_chessboard_of_streets_raises_no_alarm_for_honest_points(block_m, aside_m, seed):
    size_m, random_ = 4000.0, np.random.default_rng(seed)
    at_m = np.arange(0.0, size_m, block_m)
    streets = [[(a, 0.0), (a, size_m)] for a in at_m] + [[(0.0, a), (size_m, a)] for a in at_m]
    east_deg, north_deg = 1 / 96_000, 1 / 111_000
    lines = np.array([shapely.LineString([(120 + x * east_deg, 30 + y * north_deg) for x, y in s]) for s in streets])
    roads = Layer.build(LayerSpec("lane", geometry="line"), [f"{i:03}" for i in range(len(lines))], lines)
    along, beside = (
        random_.uniform(0, size_m, 1500),
        random_.choice(at_m, 1500) + random_.choice([-1, 1], 1500) * aside_m,
    )
    turned = random_.random(1500) < 0.5
    x, y = np.where(turned, along, beside), np.where(turned, beside, along)
    city = Locator(Edition("chess", {"lane": roads}))
    assert shifted_batch(city, 120 + x * east_deg, 30 + y * north_deg, "wgs84") is None


def test_an_edition_without_lines_or_areas_says_nothing(cases):
    assert shifted_batch(Locator(edition()), cases["lon"], cases["lat"], "wgs84") is None


def test_the_warning_names_the_reference_and_the_numbers_in_both_languages(locator, cases):
    zh, en = batch_warning(locator, *written(cases["lon"], cases["lat"], "gcj02"), "wgs84")
    assert zh.startswith("警告：坐标像是 gcj02，而不是所声明的 wgs84：两种读法相差约 511 m")
    assert en.startswith("warning: the coordinates look like gcj02, not wgs84 as declared")
    assert "511 m" in en
    assert batch_warning(locator, cases["lon"], cases["lat"], "wgs84") is None


def moved(city: Edition, code: str, move: Callable[[np.ndarray], np.ndarray]) -> Edition:
    """The same edition with every vertex of one layer elsewhere."""
    old = city.layers[code]
    return replace(city, layers={**city.layers, code: replace(old, geometries=shapely.transform(old.geometries, move))})


def drawn_in(really: str, declared: str) -> Callable[[np.ndarray], np.ndarray]:
    """Where a vertex comes to lie if the file is in one reference and the manifest says another."""
    return lambda p: np.column_stack(convert(*convert(p[:, 0], p[:, 1], "wgs84", really), declared, "wgs84"))


def test_the_demo_city_has_no_shifted_layer(demo, locator):
    assert shifted_layers(demo.snapshot.edition, locator.metric) == {}


@pytest.mark.parametrize("really", ["gcj02", "bd09"])
@pytest.mark.parametrize("code", ["street", "unit_grid", "lane", "zone"])
def test_the_one_shifted_layer_is_named_and_no_other(demo, locator, code, really):
    found = shifted_layers(moved(demo.snapshot.edition, code, drawn_in(really, "wgs84")), locator.metric)
    assert {k: (v.declared, v.really) for k, v in found.items()} == {code: ("wgs84", really)}


@pytest.mark.parametrize(("declared", "really"), [("gcj02", "wgs84"), ("bd09", "wgs84"), ("gcj02", "bd09")])
def test_a_layer_falsely_declared_as_shifted_is_named(demo, locator, declared, really):
    city = moved(demo.snapshot.edition, "grid", drawn_in(really, declared))
    found = shifted_layers(city, locator.metric, {"grid": declared})
    assert {k: v.really for k, v in found.items()} == {"grid": really}


@pytest.mark.parametrize("east_m", [50, 450])
def test_a_layer_that_lies_elsewhere_for_another_reason_is_not_called_shifted(demo, locator, east_m):
    city = moved(demo.snapshot.edition, "grid", lambda p: p + np.array([east_m / 96_000, 0.0]))
    assert shifted_layers(city, locator.metric) == {}


def test_the_check_finds_the_layer_and_how_far_it_lies_off(demo):
    city = moved(demo.snapshot.edition, "lane", drawn_in("gcj02", "wgs84"))
    [finding] = [f for f in check_edition(city).findings if f.id == "shifted_datum"]
    assert (finding.severity, finding.layer, finding.unit) == ("error", "lane", "m")
    assert finding.measure == pytest.approx(511, rel=0.02)
    assert "图层 街巷：坐标像是 gcj02，而不是所声明的 wgs84" in finding.zh
    assert "layer Lane: the coordinates look like gcj02, not wgs84" in finding.en


def test_layers_too_small_to_judge_are_left_alone(locator):
    square = areas("A")["A"]
    shapes = np.array([square, None, shapely.Polygon()])
    specs = [LayerSpec(code, coverage="partition") for code in ("street", "grid")]
    city = edition(*(Layer.build(spec, ["A", "B", "C"], shapes) for spec in specs))
    assert shifted_layers(city, locator.metric) == {}


def real_city(shared: Path, *files: tuple[str, str, str]) -> Edition:
    """An edition of real layers: (code, file, column of codes)."""
    frames = {}
    for code, file, column in files:
        features = json.loads(gzip.decompress((shared / file).read_bytes()))["features"]
        frame = gpd.GeoDataFrame.from_features(features, crs=4326).rename(columns={column: "code"})
        frames[code] = frame[["code", "geometry"]]
    return edition_from_frames({c: f[f.geom_type.isin(["Polygon", "MultiPolygon"])] for c, f in frames.items()})


TAIPEI = [("district", "tw-taipei/districts-2021.geojson.gz", "TOWNCODE"),
          ("village", "tw-taipei/villages-2021.geojson.gz", "VILLCODE")]  # fmt: skip
YUHANG = [("street", "cn-yuhang-renshou/yuhang-towns.geojson.gz", "name")]
RENSHOU = [("street", "cn-yuhang-renshou/renshou-towns.geojson.gz", "name")]
LOS_ANGELES = [("cd", "los-angeles/council-districts-2012.geojson.gz", "name"),
               ("nc", "los-angeles/neighborhood-councils-2019.geojson.gz", "nc_id")]  # fmt: skip


@pytest.mark.parametrize("files", [TAIPEI, YUHANG, RENSHOU, LOS_ANGELES], ids=["taipei", "yuhang", "renshou", "la"])
@pytest.mark.parametrize("declared", ["wgs84", "gcj02", "bd09"])
def test_real_cities_raise_no_alarm(shared, files, declared):
    city = real_city(shared, *files)
    locator = Locator(city)
    assert shifted_layers(city, locator.metric, dict.fromkeys(city.layers, declared)) == {}
    # Honest points: inside the areas, and along their edges as cases lie along streets.
    shapes = np.concatenate([layer.geometries for layer in city])
    inner = shapely.get_coordinates(shapely.point_on_surface(shapes))
    edges = shapely.get_coordinates(shapely.segmentize(shapes, 0.002))
    for xy in (inner, edges, np.vstack([inner, edges])):
        assert shifted_batch(locator, *written(*xy.T, declared), declared) is None


@pytest.mark.parametrize("really", ["gcj02", "bd09"])
def test_a_real_district_drawn_from_a_phone_map_is_noticed(shared, really):
    towns = real_city(shared, *YUHANG).layers["street"]
    outline = shapely.transform(shapely.union_all(towns.geometries), lambda p: np.column_stack(written(*p.T, really)))
    district = Layer.build(LayerSpec("district", coverage="partition"), ["330110"], np.array([outline]))
    city = Edition("yuhang", {"district": district, "street": towns})
    found = shifted_layers(city, Locator(city).metric)
    assert {code: shift.really for code, shift in found.items()} == {"district": really}


@pytest.mark.parametrize("year", ["2017", "2020"])
@pytest.mark.parametrize("declared", DATUMS)
def test_real_cases_abroad_are_in_all_references_at_once(shared, year, declared):
    cases = pd.read_csv(shared / "los-angeles" / f"cases-{year}.csv.gz")
    locator = Locator(real_city(shared, *LOS_ANGELES))
    assert shifted_batch(locator, cases["longitude"], cases["latitude"], declared) is None
