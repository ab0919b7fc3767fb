"""Maps in notebooks: every colour has a name below the map, and metres are metres in both directions."""

import folium
import geopandas as gpd
import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
import shapely

from gridsvc.planning import offline
from gridsvc.planning.maps import FONTS, bare, key, readable
from gridsvc.web.offline import refuse_hosts


@pytest.fixture
def axis():
    with mpl.rc_context():
        figure, axis = plt.subplots()
        yield axis
        plt.close(figure)


def test_a_key_names_ground_lines_and_points(axis):
    key(axis, {"地 · ground": "#112233", "线 · line": {"color": "red", "linestyle": "--"}, "点": {"marker": "^"}})
    legend = axis.get_legend()
    assert [t.get_text() for t in legend.get_texts()] == ["地 · ground", "线 · line", "点"]
    ground, line, point = legend.legend_handles
    assert mpl.colors.to_hex(ground.get_facecolor()) == "#112233"
    assert (line.get_linestyle(), point.get_linestyle(), point.get_marker()) == ("--", "None", "^")


def test_a_map_shows_what_lies_around_a_frame_and_no_axes(axis):
    bare(axis, "图", gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 200, 100)], crs=32651), margin=0.1)
    assert (axis.get_xlim(), axis.get_ylim()) == ((-20.0, 220.0), (-20.0, 120.0))
    assert (axis.get_title(), axis.axison, axis.get_aspect()) == ("图", False, 1.0)


def test_a_map_of_nothing_is_empty(axis):
    bare(axis, "图", gpd.GeoDataFrame(geometry=[], crs=32651))
    assert axis.get_xlim() == (0.0, 1.0)


def test_pictures_are_set_for_both_languages():
    with mpl.rc_context():
        readable()
        assert mpl.rcParams["font.sans-serif"] == FONTS
        assert not mpl.rcParams["axes.unicode_minus"]


def test_a_folium_map_becomes_a_page_that_names_no_other_host():
    page = folium.Map([30.0, 120.0], tiles=None)
    folium.CircleMarker([30.0, 120.0], 4, popup=folium.Popup("A → B")).add_to(page)
    text = offline(page, "<更替> · {{ changes }}", {"换人 · another": "#b2182b"}).text
    refuse_hosts(text)
    assert "cdn." not in text
    assert "&lt;更替&gt; · &#123;&#123; changes }}" in text
    assert '<b style="color:#b2182b">●</b> 换人 · another' in text
