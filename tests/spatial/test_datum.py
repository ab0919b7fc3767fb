"""Datums: what may be declared, the shifted references against four implementations, and the city's metres."""

import csv
import math
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from gridsvc.errors import BadDatum
from gridsvc.spatial.datum import Datum, Metric, convert, metres_per_degree, parse_datum

IMPLEMENTATIONS = ("eviltransform", "prcoords", "gcoord", "coordtransform_js")
SHIFTED = ("gcj02", "bd09")
UTM51 = "+proj=utm +zone=51 +datum=WGS84"
CHINA = {"lon": st.floats(74.0, 134.0), "lat": st.floats(18.5, 53.0)}


@pytest.fixture(scope="module")
def vectors(shared: Path) -> list[dict[str, str]]:
    with (shared / "coordinate-reference" / "wgs-gcj-bd.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def column(vectors: list[dict[str, str]], name: str) -> np.ndarray:
    return np.array([float(row[name]) for row in vectors])


def metres(lon_a, lat_a, lon_b, lat_b) -> np.ndarray:
    east_m, north_m = np.vectorize(metres_per_degree)(lat_a)
    return np.hypot((lon_a - lon_b) * east_m, (lat_a - lat_b) * north_m)


@pytest.mark.parametrize("text", [
    "", None, "   ", 4326, 4326.0, True, ["wgs84"], "wgs", "WGS 84", "gcj-02", "bd09ll", "utm", "4326", "EPSG",
    "EPSG:", "EPSG:123", "EPSG:999999", "EPSG:4326x", "EPSG:-4326", "EPSG: 4326", "EPSG:٤٣٢٦", "local", "local:",
    "local:yutan", "wgs84;gcj02", "+proj=longlat",
])  # fmt: skip
def test_a_reference_that_is_missing_or_unknown_is_refused(text):
    with pytest.raises(BadDatum) as e:
        parse_datum(text, field="layers[2].crs")
    assert (e.value.errors[0].field, e.value.errors[0].value) == ("layers[2].crs", text)


@pytest.mark.parametrize("text", ["", None])
def test_an_absent_reference_is_told_apart_from_an_unknown_one(text):
    with pytest.raises(BadDatum, match="no coordinate reference is declared"):
        parse_datum(text)


@pytest.mark.parametrize(
    ("text", "label", "proj"),
    [
        ("wgs84", "wgs84", None),
        (" WGS84\n", "wgs84", None),
        ("Epsg:4326", "wgs84", None),
        ("CGCS2000", "cgcs2000", None),
        ("EPSG:4490", "cgcs2000", None),
        ("GCJ02", "gcj02", None),
        ("Bd09", "bd09", None),
        ("epsg:4549", "EPSG:4549", "EPSG:4549"),
        ("EPSG:32611", "EPSG:32611", "EPSG:32611"),
    ],
)
def test_a_reference_is_read_in_any_letter_case(text, label, proj):
    assert parse_datum(text) == Datum(label, proj)


@pytest.mark.parametrize("text", ["EPSG:4610", "EPSG:4978", "EPSG:4979", "EPSG:5773", "EPSG:9518"])
def test_a_reference_without_a_true_way_to_a_place_on_the_ground_is_refused(text):
    # Xian 1980, geocentric, three-dimensional, a height, a compound of position and height
    with pytest.raises(BadDatum):
        parse_datum(text)


def test_a_declared_local_system_is_read_in_any_letter_case():
    assert parse_datum("Local:Yutan", {"yutan": UTM51}) == Datum("local:yutan", UTM51)


def test_a_local_system_whose_parameters_proj_cannot_read_is_refused():
    with pytest.raises(BadDatum):
        parse_datum("local:yutan", {"yutan": "+proj=nonsense"})


def test_points_in_a_local_system_are_converted_by_its_parameters():
    x, y = Transformer.from_crs(4326, UTM51, always_xy=True).transform(121.0, 30.0)
    assert convert(x, y, "local:yutan", "wgs84", {"yutan": UTM51}) == pytest.approx((121.0, 30.0), abs=1e-11)


def test_there_are_203_reference_points(vectors):
    assert len(vectors) == 203


@pytest.mark.parametrize("whose", IMPLEMENTATIONS)
@pytest.mark.parametrize(("datum", "short"), [("gcj02", "gcj"), ("bd09", "bd")])
def test_every_reference_point_agrees_with_every_implementation(vectors, datum, short, whose):
    lon, lat = convert(column(vectors, "wgs_lon"), column(vectors, "wgs_lat"), "wgs84", datum)
    theirs = column(vectors, f"{short}_lon_{whose}"), column(vectors, f"{short}_lat_{whose}")
    assert metres(lon, lat, *theirs).max() < 0.05


@pytest.mark.parametrize("whose", IMPLEMENTATIONS)
@pytest.mark.parametrize(("datum", "short"), [("gcj02", "gcj"), ("bd09", "bd")])
def test_every_implementation_is_led_back_to_the_reference_point(vectors, datum, short, whose):
    lon, lat = convert(column(vectors, f"{short}_lon_{whose}"), column(vectors, f"{short}_lat_{whose}"), datum, "wgs84")
    assert metres(lon, lat, column(vectors, "wgs_lon"), column(vectors, "wgs_lat")).max() < 0.05


@pytest.mark.parametrize("whose", IMPLEMENTATIONS)
@pytest.mark.parametrize(("source", "target"), [("gcj", "bd"), ("bd", "gcj")])
def test_every_reference_point_is_led_from_one_shifted_reference_to_the_other(vectors, source, target, whose):
    lon, lat = (column(vectors, f"{source}_{axis}_{whose}") for axis in ("lon", "lat"))
    found = convert(lon, lat, *({"gcj": "gcj02", "bd": "bd09"}[name] for name in (source, target)))
    theirs = (column(vectors, f"{target}_{axis}_{whose}") for axis in ("lon", "lat"))
    assert metres(*found, *theirs).max() < 0.05


# Two of the four implementations, run for these places, agree to a centimetre: no special rule in any of them.
@pytest.mark.parametrize(
    ("place", "gcj", "bd"),
    [
        ((114.1694, 22.3193), (114.17436707, 22.31655080), (114.18092760, 22.32222238)),  # Hong Kong
        ((113.5439, 22.1987), (113.54900330, 22.19576084), (113.55549551, 22.20177777)),  # Macau
        ((121.5654, 25.0330), (121.56917313, 25.03006599), (121.57559668, 25.03638740)),  # Taipei
        ((120.3014, 22.6273), (120.30534208, 22.62453409), (120.31190269, 22.63018633)),  # Kaohsiung
        ((126.9780, 37.5665), (126.98308274, 37.56740211), (126.98955005, 37.57353923)),  # Seoul, inside the box
    ],
)
def test_one_rule_holds_in_the_whole_box_hong_kong_macau_and_taiwan_included(place, gcj, bd):
    for datum, theirs in (("gcj02", gcj), ("bd09", bd)):
        assert metres(*convert(*place, "wgs84", datum), *theirs) < 0.05
        assert metres(*convert(*theirs, datum, "wgs84"), *place) < 0.05


def test_the_size_of_the_shift_is_the_recorded_one(vectors):
    lon, lat = column(vectors, "wgs_lon"), column(vectors, "wgs_lat")
    # The file measures on a sphere, we on the ellipsoid: 0.4 % apart.
    assert metres(*convert(lon, lat, "wgs84", "gcj02"), lon, lat) == pytest.approx(
        column(vectors, "wgs_gcj_offset_m"), rel=0.005
    )


@pytest.mark.parametrize("datum", SHIFTED)
def test_reference_points_return_to_within_ten_micrometres(vectors, datum):
    lon, lat = column(vectors, "wgs_lon"), column(vectors, "wgs_lat")
    back = convert(*convert(lon, lat, "wgs84", datum), datum, "wgs84")
    assert metres(lon, lat, *back).max() < 1e-5


@pytest.mark.parametrize("datum", SHIFTED)
@given(**CHINA)
def test_any_point_of_china_returns_to_within_ten_micrometres(datum, lon, lat):
    there = convert(lon, lat, "wgs84", datum)
    assert metres(lon, lat, *convert(*there, datum, "wgs84")) < 1e-5


@given(**CHINA)
def test_the_two_shifted_references_convert_into_each_other_through_wgs84(lon, lat):
    gcj = convert(lon, lat, "wgs84", "gcj02")
    assert metres(*convert(*gcj, "gcj02", "bd09"), *convert(lon, lat, "wgs84", "bd09")) < 1e-5


@given(**CHINA)
def test_a_shift_moves_a_point_by_tens_to_a_thousand_metres_never_more(lon, lat):
    assert 5.0 < metres(lon, lat, *convert(lon, lat, "wgs84", "gcj02")) < 1500.0


@pytest.mark.parametrize("datum", SHIFTED)
@pytest.mark.parametrize(
    "place",
    [
        (-118.25, 34.05),
        (139.6917, 35.6895),
        (-0.1276, 51.5072),
        (0.0, 0.0),
        (72.0, 30.0),
        (137.9, 30.0),
        (100.0, 0.8),
        (100.0, 55.9),
        (-105.0, -35.0),
    ],
)
def test_outside_the_box_nothing_is_shifted(datum, place):
    assert convert(*place, "wgs84", datum) == place
    assert convert(*place, datum, "wgs84") == place


@pytest.mark.parametrize("datum", [*SHIFTED, "cgcs2000", "EPSG:4549"])
def test_nan_stays_nan_and_spoils_no_other_row(datum):
    lon, lat = convert([math.nan, 120.0, 120.0], [30.0, math.nan, 30.0], "wgs84", datum)
    assert np.isnan([lon, lat]).any(axis=0).tolist() == [True, True, False]


@pytest.mark.parametrize("datum", ["EPSG:4549", "EPSG:3857"])
def test_what_proj_cannot_convert_is_nan_not_infinite(datum):
    x, y = convert([math.inf, 0.0], [0.0, math.inf], "wgs84", datum)
    assert np.isnan([x, y]).all()


def test_no_points_make_no_points():
    lon, lat = convert([], [], "gcj02", "wgs84")
    assert (lon.shape, lat.shape) == ((0,), (0,))


def test_scalars_give_floats_and_arrays_give_arrays_of_the_same_shape():
    lon, lat = convert(120.0, 30.0, "wgs84", "gcj02")
    assert (type(lon), type(lat)) == (float, float)
    many = convert(np.full((2, 3), 120.0), np.full((2, 3), 30.0), "wgs84", "gcj02")
    assert many[0].shape == many[1].shape == (2, 3)
    assert (many[0] == lon).all()
    assert (many[1] == lat).all()


def test_arrays_handed_in_are_left_as_they_were():
    x, y = np.array([120.0]), np.array([30.0])
    for given_x, _ in (convert(x, y, "wgs84", "wgs84"), convert(x, y, "wgs84", "gcj02")):
        given_x[:] = 0.0
    assert (x[0], y[0]) == (120.0, 30.0)


def test_cgcs2000_keeps_its_coordinates():
    assert convert(120.123456789, 30.1, "cgcs2000", "wgs84") == (120.123456789, 30.1)


def test_gauss_kruger_agrees_with_proj():
    x, y = convert(120.2, 30.3, "wgs84", "EPSG:4549")
    theirs = Transformer.from_crs(4490, 4549, always_xy=True).transform(120.2, 30.3)
    assert (x, y) == pytest.approx(theirs, abs=1e-6)
    assert convert(x, y, "EPSG:4549", "wgs84") == pytest.approx((120.2, 30.3), abs=1e-11)


@given(lon=st.floats(118.6, 121.4), lat=st.floats(18.5, 53.0))
def test_a_projected_point_returns_to_within_ten_micrometres(lon, lat):
    assert metres(lon, lat, *convert(*convert(lon, lat, "wgs84", "EPSG:4549"), "EPSG:4549", "wgs84")) < 1e-5


@pytest.mark.parametrize(
    ("place", "epsg"),
    [
        ((120.0, 30.0), 4549),
        ((118.5001, 30.0), 4549),
        ((121.4999, 30.0), 4549),
        ((121.5001, 30.0), 4550),
        ((117.0, 39.0), 4548),
        ((126.6, 45.8), 4551),
        ((73.6, 39.5), 4534),
        ((135.0, 48.4), 4554),
        ((137.5, 45.0), 4554),
        ((-118.25, 34.05), 32611),
        ((0.0, 0.0), 32631),
        ((151.2, -33.9), 32756),
        ((180.0, 10.0), 32660),
        ((-180.0, 10.0), 32601),
    ],
)
def test_the_metres_of_a_city_are_measured_in_the_zone_of_its_longitude(place, epsg):
    assert Metric.at(*place).epsg == epsg


@pytest.mark.parametrize("meridian", range(75, 136, 3))
def test_each_gauss_kruger_zone_of_china_has_its_own_central_meridian(meridian):
    x, _ = Metric.at(meridian, 30.0).xy(np.array([meridian]), np.array([30.0]))
    assert x[0] == pytest.approx(500_000, abs=1e-6)


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
@pytest.mark.parametrize("worst", [math.inf, -math.inf, 1e308, -1e308, 1e200, math.nan])
def test_what_is_no_place_spoils_no_other_and_warns_of_nothing(datum: str, worst: float):
    pairs = [(worst, 30.0), (120.0, worst), (worst, worst), (120.0, 30.0)]
    x, y = (np.array(column) for column in zip(*pairs, strict=True))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for way in (("wgs84", datum), (datum, "wgs84")):
            lon, lat = convert(x, y, *way)
            assert (lon[3], lat[3]) == convert(120.0, 30.0, *way)
            if math.isfinite(worst):
                assert (lon[0], lat[1]) == (worst, worst)
            else:
                assert np.isnan([lon[:3], lat[:3]]).all()


def test_metres_return_to_degrees_and_nan_stays_nan():
    metric = Metric.at(120.0, 30.0)
    lon, lat = metric.lonlat(*metric.xy(np.array([120.1, np.nan]), np.array([30.1, 30.0])))
    assert (lon[0], lat[0]) == pytest.approx((120.1, 30.1), abs=1e-11)
    assert np.isnan([lon[1], lat[1]]).all()


def test_missing_geometries_stay_missing_when_projected():
    assert Metric.at(120.0, 30.0).geometries(np.array([None], dtype=object))[0] is None


@pytest.mark.parametrize("lat_deg", [0.0, 30.0, 60.0])
def test_a_degree_has_the_length_that_the_projection_measures(lat_deg):
    metric = Metric(4549)
    x, y = metric.xy(np.array([120.0, 120.01, 120.0]), np.array([lat_deg, lat_deg, lat_deg + 0.01]))
    east_m, north_m = metres_per_degree(lat_deg)
    assert (math.hypot(x[1] - x[0], y[1] - y[0]), y[2] - y[0]) == pytest.approx((east_m / 100, north_m / 100), rel=1e-4)
