"""The page of a difference: what it draws, what it lists, and that hostile names stay text."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
import shapely
from drawing import areas, at, edition, layer, line

from gridsvc.diff import Diff, diff
from gridsvc.diff_words import TITLES
from gridsvc.router import Snapshot
from gridsvc.web.offline import render
from gridsvc.web.pages.diff import COLOURS, diff_page
from gridsvc.web.pages.diff_words import WORDS

HOSTILE = "</script><script>document.documentElement.dataset.hacked=1</script><img src=x onerror=alert(1)>&amp;{{'\""
MADE = datetime(2024, 6, 1, 8, 30, tzinfo=UTC)
STREETS = "AAAAAA\nAAAAAA\nBBBBBB\nBBBBBB"
BEFORE = "CCDDEE\nCCDDEE\nFFGGHH\nFFGGHH"
AFTER = "CCXDEE\nCCXDEE\nFFFFHH\nFFFFHH"
NAMES = {"C": HOSTILE, "X": "新 " + HOSTILE}


def found() -> Diff:
    """Grids: D loses a half to X, G merges into F, C has another name; a lane moves, a zone is gone."""
    lanes = {"L": line((0, 0), (6, 4))}, {"L": line((0, 0), (6, 3))}
    old = edition(
        layer("street", STREETS), layer("grid", BEFORE, parent="street", within=STREETS),
        layer("lane", lanes[0], geometry="line", coverage="free"),
        layer("zone", {"Z": areas("ZZ")["Z"]}, coverage="free"),
    )  # fmt: skip
    new = edition(
        layer("street", STREETS), layer("grid", AFTER, parent="street", within=STREETS, names=NAMES),
        layer("lane", lanes[1], geometry="line", coverage="free"), layer("zone", {}, coverage="free"),
    )  # fmt: skip
    return diff(Snapshot(old), Snapshot(new), cases=tuple(np.array([at(0.5, 0.5), at(3.5, 0.5)]).T))


def drawn(page: str) -> list[dict[str, Any]]:
    """Every collection of features that the page adds, in order."""
    calls = re.findall(r"geo_json_\w+_add\((\{.*\})\);", page)
    return [json.loads(text) for text in calls]


def config(page: str) -> dict[str, Any]:
    return json.loads(re.search(r"gridsvcDiff\.setup\((.*?)\);\n", page)[1])


def sides(features: list[dict[str, Any]]) -> list[tuple[str, str | None, str | None]]:
    return [(f["properties"]["s"], f["properties"].get("c"), f["properties"].get("k")) for f in features]


@pytest.fixture(scope="module")
def page() -> str:
    return render(diff_page(found(), "zh", MADE), mode="inline")


def test_each_changed_layer_is_drawn_with_what_changed_and_what_is_no_more(page: str):
    outline, grids, zones, lanes = (c["features"] for c in drawn(page))
    assert len(outline) == 4  # two streets and their names
    assert sides(grids) == [
        ("u", "E", None), ("u", "H", None), ("a", "C", "renamed"), ("a", "D", "split"), ("a", "F", "merge"),
        ("a", "X", "split"), ("v", None, None),
    ]  # fmt: skip
    assert sides(zones) == [("b", "Z", "gone")]
    assert sides(lanes) == [("a", "L", "moved"), ("v", None, None)]


def test_the_line_that_is_no_more_is_the_one_between_the_merged(page: str):
    vanished = shapely.geometry.shape(drawn(page)[1]["features"][-1]["geometry"])
    between = line((2, 2), (2, 4))
    assert vanished.hausdorff_distance(between) < 2e-5
    assert vanished.geom_type == "LineString"


def test_the_list_says_everything_once_and_leads_to_it(page: str):
    told = config(page)
    layers = {x["title"]: x for x in told["layers"]}
    assert list(layers) == ["grid", "zone", "lane"]
    assert layers["grid"]["counts"] == [["split", 1], ["merge", 1], ["renamed", 1]]
    assert [e["kind"] for e in layers["grid"]["entries"]] == ["split", "merge", "renamed"]
    (south, west), (north, east) = layers["grid"]["entries"][0]["box"]
    assert (west, north) == pytest.approx(at(2, 0), abs=1e-6)
    assert (east, south) == pytest.approx(at(4, 2), abs=1e-6)
    assert (layers["grid"]["more"], layers["grid"]["unchanged"], layers["grid"]["cases"]) == (0, 2, 2)
    assert layers["grid"]["ground_loss"] == pytest.approx(1 / 6, abs=1e-4)
    assert layers["lane"]["ground_loss"] is None


def test_names_from_data_are_never_markup(page: str):
    assert HOSTILE not in page
    assert "<img src=x" not in page


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_change_is_a_page_too(lang: str):
    one = Snapshot(edition(layer("grid", "AB")))
    text = render(diff_page(diff(one, one), lang, MADE), mode="inline", lang=lang)
    assert config(text)["layers"] == []
    assert WORDS[lang]["nothing"] in json.dumps(config(text), ensure_ascii=False)
    nothing = Snapshot(edition(layer("grid", {})))
    assert config(render(diff_page(diff(nothing, nothing), lang, MADE), mode="inline"))["layers"] == []


def test_both_languages_have_the_same_words_and_every_kind_a_colour():
    assert set(WORDS["zh"]) == set(WORDS["en"])
    assert set(COLOURS) == set(TITLES)
    assert len(set(COLOURS.values())) == len(COLOURS)
