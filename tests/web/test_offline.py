"""A folium page without a network: nothing outside is named, and what would be is refused by name."""

import re

import folium
import pytest
from branca.element import CssLink, JavascriptLink
from folium.plugins import FastMarkerCluster, HeatMap

from gridsvc.errors import BadInput
from gridsvc.web.offline import OWN, refuse_hosts, render
from gridsvc.web.pages.heat_data import AreaLayer, Outline

MODES = ["inline", "linked"]


def plain() -> folium.Map:
    page = folium.Map(tiles=None)
    HeatMap([[30.0, 120.0, 1.0]]).add_to(page)
    folium.Marker([30.0, 120.0], popup="x").add_to(page)
    return page


@pytest.mark.parametrize("mode", MODES)
def test_no_script_style_or_picture_names_a_host(mode):
    html = render(plain(), mode=mode)
    fetched = re.findall(r"<(?:script|link|img|iframe)[^>]*\b(?:src|href)=\"([^\"]*)\"", html)
    assert fetched
    assert all(url.startswith(("/static/", "data:")) for url in fetched)
    assert not re.search(r"url\(\s*['\"]?(?:https?:)?//|@import", html)


def test_an_inline_page_is_one_file():
    html = render(plain(), mode="inline")
    assert not re.search(r"<script[^>]+src=|<link[^>]+stylesheet", html)
    assert "L.heatLayer=" in html
    assert "Content-Security-Policy" in html


def test_a_linked_page_names_our_files_with_their_version():
    assert re.search(
        r'src="/here/leaflet/leaflet\.js\?v=[0-9a-f]{12}"', render(plain(), mode="linked", base_url="/here/")
    )


@pytest.mark.parametrize("base_url", ["https://a.example/", "//a.example/", "/static", "\\\\a/", ""])
def test_a_base_that_names_a_host_or_no_folder_is_refused(base_url):
    with pytest.raises(BadInput):
        render(plain(), mode="linked", base_url=base_url)


def test_what_nothing_uses_is_dropped():
    html = render(plain(), mode="linked")
    assert not re.search(r"bootstrap|fontawesome|awesome|rotate\.min", html)


def test_the_map_knows_its_greatest_zoom():
    assert '"maxZoom": 19' in render(plain(), mode="linked")


def outside() -> list[folium.Map]:
    def empty() -> folium.Map:
        return folium.Map(tiles=None)

    base, cluster, icon, wms, image, css, script = folium.Map(), *(empty() for _ in range(6))
    FastMarkerCluster([[30, 120]]).add_to(cluster)
    folium.Marker([30, 120], icon=folium.Icon()).add_to(icon)
    folium.WmsTileLayer("https://tiles.example/wms", layers="a").add_to(wms)
    folium.raster_layers.ImageOverlay("https://tiles.example/a.png", [[0, 0], [1, 1]]).add_to(image)
    css.get_root().header.add_child(CssLink("https://tiles.example/a.css"))
    script.get_root().header.add_child(JavascriptLink("https://tiles.example/a.js"))
    return [base, cluster, icon, wms, image, css, script]


@pytest.mark.parametrize("page", outside(), ids=["tiles", "plugin", "icon", "wms", "image", "css", "script"])
@pytest.mark.parametrize("mode", MODES)
def test_whatever_would_need_another_host_is_refused_with_a_mend(page, mode):
    with pytest.raises(BadInput) as e:
        render(page, mode=mode)
    assert e.value.errors[0].mend_zh
    assert e.value.errors[0].value


@pytest.mark.parametrize(
    "leak",
    [
        '<img src="https://a.example/x.png">',
        '<img srcset="x.png 1x, //a.example/x.png 2x">',
        "<script src='//a.example/x.js'></script>",
        "<link rel=stylesheet href=http://a.example/x.css>",
        '<div style="background: url( //a.example/x.png )"></div>',
        "<style>@import 'https://a.example/x.css';</style>",
        "<style>a{background:url(https://a.example/x.png)}</style>",
        '<iframe src="https://a.example"></iframe>',
        '<base href="https://a.example/">',
        '<meta http-equiv="refresh" content="0; url=https://a.example/">',
        '<svg><image xlink:href="https://a.example/x.png"/></svg>',
        '<script>L.icon({"iconUrl": "https://a.example/x.png"})</script>',
        "<script>fetch('https://a.example/')</script>",
    ],
)
def test_a_leak_in_raw_markup_is_found(leak):
    with pytest.raises(BadInput):
        refuse_hosts(f"<html><body>{leak}</body></html>")


@pytest.mark.parametrize(
    "harmless",
    [
        '<a href="https://a.example/">source</a>',
        "<p>https://a.example/</p>",
        '<script>var text = "see https://a.example/";</script>',
        '<img src="data:image/png;base64,AA//AA">',
    ],
)
def test_a_plain_link_or_text_is_no_leak(harmless):
    refuse_hosts(f"<html><body>{harmless}</body></html>")


def test_the_end_of_a_script_inside_a_script_is_disarmed(monkeypatch):
    monkeypatch.setattr("gridsvc.web.offline.asset", lambda name: b'a = "</script><!-- <SCRIPT>"; b = "</ScRipt>";')
    page = folium.Map(tiles=None)
    page.get_root().header.add_child(JavascriptLink(OWN + "own/heat.js"))
    html = render(page, mode="inline")
    assert '"<\\/script><\\!-- <SCRIPT>"; b = "<\\/ScRipt>"' in html


@pytest.mark.parametrize(("lang", "tag"), [("zh", "zh-CN"), ("en", "en")])
def test_the_page_says_its_language_and_brings_its_favicon(lang, tag):
    html = render(plain(), mode="inline", lang=lang)
    assert f'<html lang="{tag}">' in html
    assert '<link rel="icon" type="image/svg+xml" href="data:image/svg+xml;base64,' in html


def test_a_page_may_be_enlarged_by_hand():
    assert "user-scalable" not in render(plain(), mode="linked")


@pytest.mark.parametrize("template", ["{{ 98765*43211 }}", "{% raise %}", "{# gone #}", "{{ lipsum.__globals__ }}"])
def test_text_from_outside_is_never_a_template(make_page, areas, template):
    named = areas.assign(name=template, code=[f"{template}{i}" for i in range(len(areas))])
    layer, outline = AreaLayer(template, named), Outline(template, named, "street", labels=True)
    page = render(make_page(title=template, source=template, layers=[layer], outlines=[outline]), mode="inline")
    assert str(98765 * 43211) not in page  # short numbers occur in the random names of elements
    assert "<h1>" + template.replace("{", "&#123;") in page
    assert template.replace("{", "\\u007b") in page
    assert "\ue07b" not in page
