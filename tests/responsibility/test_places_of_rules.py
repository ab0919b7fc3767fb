"""Places as text and at a point: areas, what they are like, and discs to the millimetre."""

from math import cos, radians, sin, tan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from gridsvc.errors import BadInput, BadTable
from gridsvc.responsibility.places import LARGEST_RADIUS_M, Disc, Discs, Place, at_one, parse_places
from gridsvc.values import Point

GEOD = Geod(ellps="WGS84")


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("", ()),
        (" ; ", ()),
        ("zone:Z1", ((Place("zone", "Z1"),),)),
        ("zone:*", ((Place("zone", "*"),),)),
        ("!zone:Z1", ((Place("zone", "Z1", negated=True),),)),
        ("lane?tier=alley", ((Place("lane", None, "tier", "alley"),),)),
        ("!lane?tier=alley", ((Place("lane", None, "tier", "alley", True),),)),
        ("zone:Z1 & !lane:*", ((Place("zone", "Z1"), Place("lane", "*", negated=True)),)),
        ("zone:Z1; zone:Z2", ((Place("zone", "Z1"),), (Place("zone", "Z2"),))),
        ("street:330110001", ((Place("street", "330110001"),),)),
        ("at:120.1,30.2/50", ((Disc(Point(120.1, 30.2), 50.0),),)),
        ("!at:-120,-30.25/0.5", ((Disc(Point(-120.0, -30.25), 0.5, True),),)),
        (
            "zone:Z1&at:120.1,30.2/50;lane:*",
            ((Place("zone", "Z1"), Disc(Point(120.1, 30.2), 50.0)), (Place("lane", "*"),)),
        ),
    ],
)
def test_places_are_alternatives_of_terms_that_must_all_hold(text, places):
    assert parse_places(text) == places


@pytest.mark.parametrize("text", ["zone", "zone:", ":Z1", "zone:Z1&", "&zone:Z1", "!!zone:Z1", "zone=Z1", "zone?tier",
                                  "zone?=x", "zone:Z1 Z2", "1zone:Z1"])  # fmt: skip
def test_a_place_that_cannot_be_read_is_refused_by_its_column(text):
    with pytest.raises(BadTable) as e:
        parse_places(text)
    assert e.value.errors[0].field == "places"


@pytest.mark.parametrize("text", ["at:120.1,30.2", "at:120.1,30.2/", "at:120.1,30.2/-5", "at:120.1,30.2/5e1", "at:*",
                                  "at?x=y", "at:120.1/50", "at:a,b/50", "at:120.1,30.2/nan"])  # fmt: skip
def test_a_disc_that_cannot_be_read_is_refused_with_how_to_write_it(text):
    with pytest.raises(BadTable) as e:
        parse_places(text)
    assert (e.value.errors[0].field, e.value.errors[0].value) == ("places", text)
    assert "at:" in e.value.errors[0].mend_en


@pytest.mark.parametrize("text", ["at:200,30/50", "at:30.2,120.1/50", "at:120,86/50", "at:180,30/50", "at:120,30/0",
                                  "at:120,30/5001", "at:120,30/1" + "0" * 400])  # fmt: skip
def test_a_disc_that_cannot_be_is_refused_by_its_column(text):
    with pytest.raises(BadTable) as e:
        parse_places(text)
    assert {(fault.field, fault.value) for fault in e.value.errors} == {("places", text)}


centres = st.builds(Point, st.floats(-179, 179), st.floats(-80, 80))
radii_m = st.floats(0.01, LARGEST_RADIUS_M)
bearings = st.floats(0, 360)


@given(centres, radii_m, bearings, st.sampled_from([0.0, 0.5, 0.999, 1.001, 1.5, 20.0]))
def test_a_disc_is_what_the_ellipsoid_says_but_for_the_stated_error(centre, radius_m, bearing, share):
    stated_m = 0.2 * radius_m**2 * abs(tan(radians(centre.lat))) / 6.3e6
    lon, lat, _ = GEOD.fwd(centre.lon, centre.lat, bearing, radius_m * share)
    _, _, true_m = GEOD.inv(centre.lon, centre.lat, lon, lat)
    if abs(lat) > 85 or abs(lon - centre.lon) > 90 or abs(true_m - radius_m) <= stated_m + 1e-6 * radius_m + 1e-6:
        return
    assert Disc(centre, radius_m).covers(lon, lat) == (true_m < radius_m)


@given(centres, radii_m, st.lists(st.tuples(bearings, st.floats(0, 2) | st.just(1.0)), min_size=1, max_size=20))
def test_one_point_is_told_as_among_many_to_the_last_bit(centre, radius_m, ways):
    disc = Disc(centre, radius_m)
    north, east = (np.array([f(radians(b)) * radius_m * s for b, s in ways]) for f in (cos, sin))
    lon, lat = centre.lon + east / disc._lon_m, centre.lat + north / disc._lat_m
    many = disc.covers(lon, lat)
    for inside, x, y in zip(many.tolist(), lon.tolist(), lat.tolist(), strict=True):
        assert disc.holds({}, Point(x, y)) is inside
        assert Disc(centre, radius_m, True).holds({}, Point(x, y)) is not inside
        # The index by cells finds it if and only if it is there.
        assert Discs([disc]).holding(x, y) == ((0,) if inside else ())


def test_the_circle_itself_and_the_centre_are_inside_and_no_place_is_not():
    disc = Disc(Point(0.0, 0.0), 100.0)
    on_circle = 100.0 / disc._lat_m
    assert disc.covers(0.0, 0.0)
    assert disc.covers(0.0, on_circle)
    assert not disc.covers(0.0, np.nextafter(np.nextafter(on_circle, 1.0), 1.0))
    assert not disc.covers(float("nan"), 0.0)


def test_discs_are_kept_once_whether_they_are_asked_for_or_excluded():
    discs = Discs(
        [Disc(Point(120.0, 30.0), 50.0), Disc(Point(120.0, 30.0), 50.0, True), Disc(Point(120.0, 30.0), 60.0)]
    )
    assert len(discs.all) == 2
    assert discs.holding(120.0, 30.0) == (0, 1)
    assert Discs([]).holding(120.0, 30.0) == ()


def test_a_disc_and_an_area_must_both_hold_and_one_alternative_is_enough():
    places = parse_places("at:120,30/100&!at:120,30/10;at:121,30/10")
    assert not at_one(places, {}, Point(120.0, 30.0))
    assert at_one(places, {}, Point(120.0005, 30.0))
    assert at_one(places, {}, Point(121.0, 30.0))
    assert not at_one(places, {}, Point(120.002, 30.0))


def test_a_radius_that_is_no_number_is_refused():
    with pytest.raises(BadInput):
        Disc(Point(120.0, 30.0), float("nan"))
