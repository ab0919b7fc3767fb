"""The page and the picture of a check as text and values: every edge once, findings placed, nothing becomes markup."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree

import numpy as np
import pytest
import shapely
from checked import HOSTILE, checked_city
from hypothesis import given
from hypothesis import strategies as st
from test_heat_page import read

from gridsvc.spatial.layer import Edition, Layer
from gridsvc.spatial.topology import CheckReport, Finding, check_edition
from gridsvc.values import LayerSpec
from gridsvc.web.offline import render
from gridsvc.web.pages.check import check_page
from gridsvc.web.pages.check_data import DECIMALS, gravest, lines_of, packed
from gridsvc.web.pages.check_picture import check_picture
from gridsvc.web.pages.check_words import CHECKS, WORDS

AT = datetime(2024, 6, 1, 8, 30, tzinfo=UTC)


def edition(*shapes: object, kind: str = "polygon") -> Edition:
    spec = LayerSpec("grid", "网格", "Grid", geometry=kind, coverage="partition" if kind == "polygon" else "free")
    geometries = np.empty(len(shapes), dtype=object)
    geometries[:] = shapes
    return Edition("E1", {"grid": Layer.build(spec, [f"G{i}" for i in range(len(shapes))], geometries)})


def page(city: Edition, report: CheckReport, lang: str = "zh") -> str:
    return render(check_page(city, report, lang=lang, generated=AT), mode="linked", lang=lang)


def config_of(html: str) -> dict:
    start = html.index("gridsvcCheck.start(")
    return json.JSONDecoder().raw_decode(html[html.index("{", start) :])[0]


def unpacked(runs: list[list[int]]) -> list:
    """What the browser draws, by the other way round."""
    return [shapely.LineString(np.cumsum(np.reshape(run, (-1, 2)), axis=0) / 10**DECIMALS) for run in runs]


def test_an_edge_of_two_neighbours_is_drawn_once():
    drawn = lines_of(edition(shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)))[0].shape
    assert drawn.length == pytest.approx(7)


@pytest.mark.parametrize(
    ("shapes", "length"),
    [
        ([], 0),
        ([None, shapely.Polygon()], 0),
        ([shapely.box(0, 0, 3, 3) - shapely.box(1, 1, 2, 2)], 16),
        ([shapely.union_all([shapely.box(0, 0, 1, 1), shapely.box(5, 5, 6, 6)])], 8),
    ],
    ids=["no area", "no shape", "hole", "two parts"],
)
def test_the_lines_are_all_edges_of_the_layer(shapes: list, length: float):
    drawn = lines_of(edition(*shapes))[0].shape
    assert drawn.length == pytest.approx(length)
    assert sum(line.length for line in unpacked(packed(drawn))) == pytest.approx(length)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=8, unique=True))
def test_packed_lines_are_the_edges_of_the_areas(corners: list):
    boxes = [shapely.box(x / 10, y / 10, (x + 1) / 10, (y + 1) / 10) for x, y in corners]
    drawn = lines_of(edition(*boxes))[0].shape
    edges = shapely.union_all(shapely.boundary(boxes))
    assert sum(line.length for line in unpacked(packed(drawn))) == pytest.approx(edges.length)
    assert shapely.hausdorff_distance(shapely.union_all(unpacked(packed(drawn))), edges) < 2 / 10**DECIMALS


def finding(severity: str = "error", codes: tuple = (), measure: float | None = None, **more: object) -> Finding:
    given = {"lon": None, "lat": None, "zh": "有问题", "en": "a fault", "unit": None}
    return Finding("overlap", severity, "grid", codes, measure=measure, **(given | more))


def test_errors_come_before_warnings_and_larger_before_smaller():
    report = CheckReport("E1", (finding("warning", measure=9.0), finding(measure=1.0), finding(), finding(measure=5.0)))
    shown = [s.finding for s in gravest(report, edition())]
    assert [(f.severity, f.measure) for f in shown] == [("error", 5), ("error", 1), ("error", None), ("warning", 9)]


def test_a_finding_without_ground_shows_the_areas_it_names():
    city = edition(shapely.box(0, 0, 1, 1), shapely.box(3, 0, 4, 1), None)
    shown = gravest(CheckReport("E1", (finding(codes=("G0", "G1", "G2")), finding(codes=("G2",)))), city)
    assert shown[0].shape.area == 2
    assert shown[0].shape.contains(shapely.Point(shown[0].lonlat)) or shown[0].shape.touches(
        shapely.Point(shown[0].lonlat)
    )
    assert (shown[1].shape, shown[1].lonlat) == (None, None)


def test_a_finding_on_what_is_no_layer_is_listed_without_a_place():
    report = CheckReport("E1", (replace(finding(), layer="components"),))
    row = config_of(page(edition(), report))["findings"][0]
    assert (row["layer"], row["at"], row["shape"]) == ("components", None, None)


def test_the_ground_of_an_overlap_has_no_stray_lines_and_points():
    mixed = shapely.GeometryCollection(
        [shapely.Point(0, 0), shapely.LineString([(0, 0), (1, 1)]), shapely.box(0, 0, 1, 1)]
    )
    shown = gravest(CheckReport("E1", (finding(ground=mixed, lon=0.5, lat=0.5),)), edition())
    assert shown[0].shape.geom_type == "Polygon"
    assert shown[0].lonlat == (0.5, 0.5)


def test_an_invalid_shape_is_drawn_as_it_is():
    bow_tie = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    city = edition(bow_tie)
    report = check_edition(city)
    assert [f.id for f in report.findings] == ["invalid"]
    row = config_of(page(city, report))["findings"][0]
    assert row["shape"]["coordinates"] == [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]


def test_of_very_many_findings_the_gravest_are_shown_and_the_page_says_so():
    report = CheckReport("E1", tuple(finding(measure=float(n)) for n in range(6_000)))
    config = config_of(page(edition(), report))
    assert len(config["findings"]) == 5_000
    assert "6,000" in config["notes"][0]
    assert "5,000" in config["notes"][0]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_speaks_one_language(lang: str):
    config = config_of(page(*checked_city(), lang))
    assert config["words"] == WORDS[lang]
    assert {row["text"] for row in config["findings"]} == {getattr(f, lang) for f in checked_city()[1].findings}
    assert config["lines"][0]["title"] == {"zh": "网格" + HOSTILE, "en": "Grid"}[lang]


def test_both_languages_have_the_same_words():
    assert WORDS["zh"].keys() == WORDS["en"].keys()
    assert CHECKS["zh"].keys() == CHECKS["en"].keys()


def test_hostile_names_stay_text():
    hostile, tame = page(*checked_city()), page(*checked_city(name="甲"))
    assert sorted(read(hostile).seen) == sorted(read(tame).seen)


@pytest.mark.parametrize("template", ["{{ 7*191*7 }}", "{% raise %}", "{# gone #}"])
def test_text_from_outside_is_never_a_template(template: str):
    html = page(*checked_city(name=template))
    assert "9359" not in html
    assert template.replace("{", "\\u007b") in html
    assert "\ue07b" not in html


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_picture_is_xml_with_a_mark_for_each_finding(lang: str):
    city, report = checked_city()
    picture = ElementTree.fromstring(check_picture(city, report, lang))
    spot = "{http://www.w3.org/2000/svg}"
    assert len(picture.findall(f"{spot}circle")) == len(report.findings)
    texts = [node.text for node in picture.findall(f"{spot}text")]
    assert HOSTILE in texts[0]
    assert sum(int(text.split()[-1]) for text in texts[2:]) == len(report.findings)


def test_the_picture_of_a_sound_city_says_so():
    texts = check_picture(edition(shapely.box(0, 0, 1, 1)), CheckReport("E1", ()), "zh")
    assert WORDS["zh"]["none"] in texts
    assert "<circle" not in texts


def test_the_picture_of_nothing_is_a_picture():
    assert ElementTree.fromstring(check_picture(edition(), CheckReport("E1", ()), "en")).attrib["width"] == "1200"


def test_north_is_up_and_proportions_hold_in_the_picture():
    square = shapely.box(10, 60, 10.02, 60.01)  # at 60 degrees a degree of longitude is half one of latitude
    picture = ElementTree.fromstring(check_picture(edition(square), CheckReport("E1", ()), "en"))
    path = picture.find("{http://www.w3.org/2000/svg}path").attrib["d"]
    xy = np.array([part.split(",") for part in path.removeprefix("M").split("L")], dtype=float)
    width, height = np.ptp(xy, axis=0)
    assert width == pytest.approx(height, rel=0.01)
    assert float(picture.attrib["height"]) > height
