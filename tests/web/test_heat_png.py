"""The picture of heat: the classes that are told are the colours that are seen, and fonts are the machine's or none."""

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
import shapely
from PIL import Image

from gridsvc.errors import Unavailable
from gridsvc.spatial.layer import Edition, Layer
from gridsvc.values import LayerSpec
from gridsvc.web import fonts
from gridsvc.web.pages.heat_data import DIFFERENCE, RAMP
from gridsvc.web.pages.heat_png import HEAD_PX, MARGIN_PX, SIDE_PX, class_words, heat_picture, is_dark

NOW = datetime(2024, 6, 12, 4, tzinfo=UTC)
PERIOD = {"from": "2024-05-13T00:00:00+08:00", "to": "2024-06-12T00:00:00+08:00", "days": 30}
BREAKS = {"scheme": "s", "breaks": [0, 5, 10], "title_zh": "件", "title_en": "cases"}


def city() -> Edition:
    """Three areas side by side."""
    boxes = [shapely.box(120 + 0.01 * at, 30, 120.01 + 0.01 * at, 30.01) for at in range(3)]
    spec = LayerSpec("grid", "责任网格", "Grid", geometry="polygon", coverage="partition")
    return Edition("2024-1", {"grid": Layer.build(spec, list("ABC"), boxes)}, title="某区")


def told(*cells: tuple[str, int, bool], **more: Any) -> dict[str, Any]:
    """What heat tells of some areas: code, class, and whether they have few cases."""
    rows = [
        {"code": code, "n": 9 if few else 90, "value": None if at == -2 else 7.0, "class": at, "few": few}
        for code, at, few in cells
    ]
    return {
        "by": "grid", "period": PERIOD, **BREAKS, "classes": [0, 1, 0], "zero": 3 - len(cells), "unknown": 0, "few": 0,
        "n": 3, "set_aside": 2, "edition": "2024-1", "whole": True, "cells": rows,
    } | more  # fmt: skip


def colours_of_map(picture: bytes) -> dict[str, int]:
    """Pixels of each colour on the map, without title and legend."""
    image = Image.open(BytesIO(picture))
    assert (image.format, image.size) == ("PNG", (1600, 1000))
    map_ = image.crop((MARGIN_PX, HEAD_PX, 1600 - SIDE_PX - 2 * MARGIN_PX, 960 - HEAD_PX)).convert("RGB")
    found = map_.getcolors(2**24)
    assert found
    return {f"#{r:02X}{g:02X}{b:02X}": n for n, (r, g, b) in found}  # type: ignore[misc]


def seen(picture: bytes, ramp: tuple[str, ...]) -> set[int]:
    """The classes whose colour fills something."""
    found = colours_of_map(picture)
    return {at for at, colour in enumerate(ramp) if found.get(colour, 0) > 1000}


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    ("cells", "classes"),
    [
        ((), set()),
        ((("A", 0, False),), {0}),
        ((("A", 0, False), ("C", 2, False)), {0, 2}),
        ((("B", -2, False),), set()),
    ],
)
def test_what_is_told_is_what_is_seen(cells, classes, lang):
    assert seen(heat_picture(told(*cells), city(), lang, NOW), RAMP) == classes


def test_few_cases_are_hatched_and_the_colour_stays():
    sure, few = (
        colours_of_map(heat_picture(told(("A", 1, is_few)), city(), "en", NOW))[RAMP[1]] for is_few in (False, True)
    )
    assert 0.5 * sure < few < 0.95 * sure, few / sure


def test_unknown_is_dotted_and_nothing_is_empty():
    unknown, nothing = (colours_of_map(heat_picture(told(*c), city(), "en", NOW)) for c in ([("A", -2, False)], []))
    assert unknown["#EEF1F4"] < nothing["#EEF1F4"]


def test_a_comparison_has_colours_of_its_own():
    cell = {"code": "A", "n": 40, "value": 7.0, "class": 0, "few": False, "ratio_class": 6, "ratio_few": False}
    ratio = BREAKS | {"breaks": [0, 1 / 2, 2 / 3, 5 / 6, 6 / 5, 3 / 2, 2], "classes": [0] * 6 + [1], "period": PERIOD}
    assert seen(heat_picture(told(cells=[cell], vs=ratio), city(), "zh", NOW), DIFFERENCE) == {6}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_areas_without_earlier_cases_are_set_aside_and_in_no_class(lang):
    cell = {"code": "A", "n": 40, "value": 7.0, "class": 0, "few": False, "ratio_class": 6, "ratio_few": False}
    ratio = BREAKS | {"breaks": [0, 1 / 2, 2 / 3, 5 / 6, 6 / 5, 3 / 2, 2], "classes": [0] * 6 + [2], "period": PERIOD}
    rows = [cell | {"vs_n": 0, "ratio": None}, cell | {"code": "B", "vs_n": 10, "ratio": 4.0}]
    both, compared = (
        heat_picture(told(cells=cells, vs=ratio), city(), lang, NOW) for cells in (rows, rows[1:])
    )  # fmt: skip
    filled = [colours_of_map(picture)[DIFFERENCE[6]] for picture in (both, compared)]
    assert filled[0] == filled[1] > 1000
    assert colours_of_map(both) != colours_of_map(compared), "what is set aside is marked"


def test_a_lattice_is_drawn_where_its_cells_are():
    cell = {"x": 120.015, "y": 30.005, "n": 40, "value": 7.0, "class": 2, "few": False}
    outline = [[-0.005, -0.005], [0.005, -0.005], [0.005, 0.005], [-0.005, 0.005]]
    picture = heat_picture(told(by="hex", cells=[cell], outline=outline, size_m=200.0, zero=None), city(), "en", NOW)
    assert seen(picture, RAMP) == {2}


def test_an_edition_without_ground_has_an_empty_map():
    spec = LayerSpec("grid", "责任网格", "Grid", geometry="polygon", coverage="partition")
    empty = Edition("none", {"grid": Layer.build(spec, [], [])})
    assert seen(heat_picture(told(), empty, "en", NOW), RAMP) == set()


@pytest.mark.parametrize(
    ("lower", "is_ratio", "words"),
    [
        ([0, 5, 10], False, ["< 5", "5 – 10", "≥ 10"]),
        ([0, 1 / 2, 6 / 5], True, ["< ÷2", "÷2 – ×1.2", "≥ ×1.2"]),
    ],
)
def test_classes_are_said_by_their_bounds(lower, is_ratio, words):
    assert [class_words(lower, at, is_ratio) for at in range(3)] == words


def test_hatch_is_seen_on_every_class():
    assert [is_dark(colour) for colour in RAMP] == [False, False, False, False, True, True]


def test_without_a_chinese_font_chinese_is_refused_and_english_is_not(monkeypatch):
    fonts._chinese.cache_clear()
    monkeypatch.setenv("PATH", "")
    try:
        with pytest.raises(Unavailable) as e:
            heat_picture(told(), city(), "zh", NOW)
        assert "fonts-noto-cjk" in e.value.errors[0].mend_zh
        assert heat_picture(told(), city(), "en", NOW)
    finally:
        fonts._chinese.cache_clear()
