"""The heat page as text: figures that add up, nothing from data becomes markup, wrong frames refused."""

import json
import re
from html.parser import HTMLParser

import geopandas as gpd
import numpy as np
import pytest

from gridsvc.errors import BadInput
from gridsvc.spatial.lattice import Hexagons, Squares
from gridsvc.web.offline import render
from gridsvc.web.pages.heat_data import (
    AreaLayer,
    Outline,
    area_features,
    cells,
    hexagon_layer,
    outline_features,
)
from gridsvc.web.pages.heat_words import WORDS


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)

    def handle_data(self, data):
        self.text += data + "\n"


def read(html: str) -> Tags:
    tags = Tags()
    tags.feed(html)
    tags.close()
    return tags


def setup_of(html: str) -> dict:
    return json.JSONDecoder().raw_decode(html[html.index("gridsvcHeat.setup(") + len("gridsvcHeat.setup(") :])[0]


@pytest.mark.parametrize("mode", ["inline", "linked"])
def test_hostile_names_stay_text(make_page, mode):
    html = render(make_page(), mode=mode)
    tame = render(make_page(title="t", layers=[], outlines=[], source=""), mode=mode)
    assert sorted(read(html).seen) == sorted(read(tame).seen)


def test_total_shown_and_set_aside_add_up(make_page):
    figures = re.findall(r"<dt>(.*?)</dt><dd>([\d,]+)</dd>", render(make_page(), mode="linked"))
    assert figures == [("案件总数", "240"), ("已上图", "235"), ("未上图", "5")]


def test_the_page_says_period_time_and_source(make_page):
    html = render(make_page(source="演示城市"), mode="linked")
    assert "2024-03-01 至 2024-05-31" in html
    assert setup_of(html)["notes"][-3:] == ["数据：演示城市", "生成：2024-06-01 08:30 +0000", "绘图：Leaflet"]


def test_a_city_without_cases_still_has_a_page(make_page, areas):
    empty = areas.assign(n=0, value=0.0)
    html = render(make_page(points=([], []), set_aside=0, layers=[AreaLayer("网格", empty)]), mode="linked")
    assert "L.heatLayer(" not in html
    assert setup_of(html)["areas"][0]["breaks"] == {"rate": [], "count": []}


def test_both_languages_have_the_same_words():
    assert WORDS["zh"].keys() == WORDS["en"].keys()
    slots = [{key: sorted(re.findall(r"{(\w+)}", text)) for key, text in words.items()} for words in WORDS.values()]
    assert slots[0] == slots[1]


def test_the_english_page_has_no_chinese_of_its_own(make_page):
    html = render(make_page(lang="en", title="t", layers=[], outlines=[], source="s"), mode="linked", lang="en")
    assert not re.search(r"[\u4e00-\u9fff]", html)


def test_an_area_without_cases_and_one_without_a_rate_differ(areas):
    unknown = areas.assign(value=[1.0, 2.0, np.nan, 0.0])
    features = area_features(AreaLayer("网格", unknown))[0]["features"]
    assert [(f["properties"]["v"], f["properties"]["a"]) for f in features] == [
        (1.0, 0),
        (2.0, 5),
        (None, -2),
        (0.0, -1),
    ]


def test_fixed_bounds_are_kept(areas):
    scheme = area_features(AreaLayer("网格", areas, lower=(0, 5, 10, 20, 50, 100)))[1]
    assert scheme["breaks"]["rate"] == [0, 5, 10, 20, 50, 100]
    assert scheme["colours"]["rate"] == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("lower", [(), (1, 2), (0, 5, 5), (0, 2, 1), (0, 1, 2, 3, 4, 5, 6)])
def test_bounds_that_make_no_scheme_are_refused(areas, lower):
    with pytest.raises(BadInput):
        AreaLayer("网格", areas, lower=lower)


def test_neighbours_keep_their_common_edge(areas):
    shapes = [f["geometry"]["coordinates"][0] for f in area_features(AreaLayer("网格", areas))[0]["features"]]
    assert len({tuple(p) for p in shapes[0]} & {tuple(p) for p in shapes[1]}) == 2


def test_a_label_stands_inside_its_area():
    import shapely

    horseshoe = shapely.Polygon([(0, 0), (9, 0), (9, 9), (6, 9), (6, 1), (3, 1), (3, 9), (0, 9)])
    frame = gpd.GeoDataFrame({"name": ["马蹄"]}, geometry=[horseshoe], crs=4326)
    spot = outline_features(Outline("界", frame, "street", labels=True))["features"][-1]
    assert spot["properties"]["n"] == "马蹄"
    assert horseshoe.contains(shapely.geometry.shape(spot["geometry"]))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda f: f.drop(columns="value"), "value"),
        (lambda f: f.to_crs(4549), "crs"),
        (lambda f: f.set_crs(None, allow_override=True), "crs"),
        (lambda f: f.set_geometry([None, *f.geometry[1:]], crs=4326), "geometry"),
    ],
    ids=["column", "metres", "no crs", "no shape"],
)
def test_a_frame_that_cannot_be_drawn_is_refused_by_field(areas, change, field):
    with pytest.raises(BadInput) as e:
        AreaLayer("网格", change(areas))
    assert e.value.errors[0].field == field


def test_a_million_points_fit_on_a_page():
    rng = np.random.default_rng(1)
    rows, cell_m = cells(rng.normal(120, 0.1, 1_000_000), rng.normal(30, 0.1, 1_000_000), Squares(25, 30))
    assert len(rows) <= 20_000
    assert cell_m > 25
    assert sum(row[2] for row in rows) == 1_000_000


def test_hexagons_hold_every_case_at_its_rate():
    rng = np.random.default_rng(2)
    lon, lat = rng.normal(120, 0.01, 3_000), rng.normal(30, 0.01, 3_000)
    frame = hexagon_layer("六边形", lon, lat, Hexagons(200, 30)).frame
    assert frame["n"].sum() == 3_000
    assert frame["n"].min() >= 1
    assert frame["code"].is_unique
    by_ground = frame["n"] / (frame.to_crs(4549).area / 1e6)
    assert frame["value"].to_numpy() == pytest.approx(by_ground.to_numpy(), rel=0.01)


def test_without_cases_the_hexagons_are_none():
    features, scheme = area_features(hexagon_layer("六边形", np.empty(0), np.empty(0), Hexagons(200, 30)))
    assert features["features"] == []
    assert scheme["breaks"] == {"rate": [], "count": []}


def test_the_scale_of_a_page_does_not_follow_its_cases(areas, make_page, cases):
    scales = [setup_of(render(make_page(points=points), mode="linked")) for points in (cases, ([120.101], [30.201]))]
    assert [(s["kernel_m"], s["cell_m"]) for s in scales] == [(200, 25), (200, 25)]
