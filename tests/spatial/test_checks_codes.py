"""Codes that do not begin with their parent's, numbers out of order or missing, sizes far from the usual."""

from collections.abc import Mapping

import numpy as np
import pytest
import shapely
from drawing import areas, edition, layer

from gridsvc.spatial.layer import Layer
from gridsvc.spatial.topology import Finding, check_edition
from gridsvc.values import LayerChecks, LayerSpec

C1, C2 = "330110001001", "330110001002"
# One cell of the picture has 159 m2; as few as these are usual here.
SMALL = LayerChecks(size_m2=(1.0, 25_000.0))


def communities(picture: str, codes: Mapping[str, str]) -> Layer:
    drawn = areas(picture)
    return layer("community", {codes[letter]: drawn[letter] for letter in sorted(drawn)})


def units(picture: str, codes: Mapping[str, str], parent: str | Mapping[str, str] = C1, checks=SMALL) -> Layer:
    drawn = areas(picture)
    parents = [parent if isinstance(parent, str) else parent[letter] for letter in sorted(drawn)]
    spec = LayerSpec("unit_grid", coverage="partition", parent="community", checks=checks)
    shapes = np.array([*(drawn[letter] for letter in sorted(drawn)), None], dtype=object)[:-1]
    return Layer.build(spec, [codes[letter] for letter in sorted(drawn)], shapes, parents=parents)


def findings(kind: str, *layers: Layer, **asked) -> list[Finding]:
    return [f for f in check_edition(edition(*layers), **asked).findings if f.id == kind]


def numbered(letters: str, *sequence: int) -> dict[str, str]:
    return {letter: f"{C1}{n:03d}" for letter, n in zip(letters, sequence or range(1, 99), strict=False)}


ABOVE = communities("XXXX\nXXXX", {"X": C1})
FOUR = "aabb\nccdd"


@pytest.mark.parametrize(
    ("codes", "found"),
    [
        (numbered("abcd"), []),
        (numbered("abcd") | {"d": f"{C2}004"}, [f"{C2}004"]),
        (numbered("abcd") | {"d": f"{C1[:-1]}O004"}, [f"{C1[:-1]}O004"]),
        (numbered("abcd") | {"d": f"{C1}00A"}, []),
        (numbered("abcd") | {"d": C1}, [C1]),
        ({letter: f"{C2}{n:02d}" for n, letter in enumerate("abcd", 1)}, [f"{C2}{n:02d}" for n in range(1, 5)]),
        ({letter: f"G{n}" for n, letter in enumerate("abcd", 1)}, []),
        ({letter: f"{n}" for n, letter in enumerate("abcd", 7)}, []),
    ],
    ids=["all begin so", "another community's", "a letter for a digit", "a letter in the sequence", "the parent's own",
         "14 digits, all wrong", "no national codes", "short numbers"],
)  # fmt: skip
def test_national_codes_begin_with_their_parents(codes, found):
    told = findings("code_prefix", ABOVE, units(FOUR, codes))
    assert sorted(f.codes for f in told) == [(code, C1) for code in found]
    assert {f.severity for f in told} <= {"error"}


def test_codes_under_parents_without_national_codes_are_free():
    above = communities("XXXX\nXXXX", {"X": "X"})
    assert findings("code_prefix", above, units(FOUR, numbered("abcd"), parent="X")) == []


@pytest.mark.parametrize("parent", [None, "330110001009"], ids=["none", "not there"])
def test_an_area_without_a_parent_is_told_apart_from_one_with_another_prefix(parent):
    orphans = units(FOUR, numbered("abcd"), parent=dict.fromkeys("abc", C1) | {"d": parent})
    assert len(findings("nesting", ABOVE, orphans)) == 1
    assert len(findings("code_prefix", ABOVE, orphans)) == (0 if parent is None else 1)


@pytest.mark.parametrize(
    ("sequence", "codes", "words"),
    [
        ((1, 2, 3, 4), None, ""),
        ((2, 1, 3, 4), (f"{C1}001",), "not from west to east"),
        ((3, 4, 1, 2), (f"{C1}001", f"{C1}002"), "not from west to east"),
        ((1, 2, 3, 5), (), "4 missing"),
        ((2, 3, 4, 5), (), "1 missing"),
        ((1, 2, 4, 9), (), "3, 5, 6, 7, 8 missing"),
        ((1, 2, 20, 30), (), "3, 4, 5, 6, 7 and others missing"),
        ((5, 1, 3, 4), (f"{C1}005",), "2 missing; 5 not from west to east"),
    ],
    ids=["in order", "two swapped", "rows swapped", "one missing", "the first missing", "five missing", "many missing",
         "both"],
)  # fmt: skip
def test_numbers_run_west_to_east_and_north_to_south_without_gaps(sequence, codes, words):
    told = findings("numbering", ABOVE, units(FOUR, numbered("abcd", *sequence)))
    assert [(f.codes, f.severity) for f in told] == ([] if codes is None else [((C1, *codes), "warning")])
    assert all(words in f.en for f in told)


def test_there_is_one_finding_a_parent():
    above = communities("XXYY\nXXYY", {"X": C1, "Y": C2})
    codes = numbered("ac", 2, 1) | {"b": f"{C2}002", "d": f"{C2}001"}
    both = units(FOUR, codes, parent={"a": C1, "c": C1, "b": C2, "d": C2})
    assert sorted(f.codes[0] for f in findings("numbering", above, both)) == [C1, C2]


def test_numbers_that_the_edition_before_used_up_are_not_missed():
    now = units(FOUR, numbered("abcd", 1, 2, 3, 5))
    before = edition(ABOVE, units("abcd", numbered("abcd", 1, 2, 3, 4)))
    assert len(findings("numbering", ABOVE, now)) == 1
    assert findings("numbering", ABOVE, now, before=before) == []


@pytest.mark.parametrize("sequence", ["0A1", "9" * 30, ""], ids=["a letter", "far too long", "none"])
def test_what_is_no_number_of_a_unit_grid_is_left_out_of_the_order(sequence):
    codes = numbered("abc") | {"d": f"{C1}{sequence}"}
    assert findings("numbering", ABOVE, units(FOUR, codes)) == []


def test_a_grid_without_geometry_breaks_no_order():
    drawn = units(FOUR, numbered("abcd"))
    lost = Layer.build(drawn.spec, list(drawn.codes), [None, *drawn.geometries[1:]], parents=list(drawn.parents))
    assert findings("numbering", ABOVE, lost) == []


@pytest.mark.parametrize("checks", [LayerChecks(severity={"size": "off"}), SMALL], ids=["off", "asked for"])
def test_grids_of_a_usual_size_are_not_named(checks):
    assert findings("size", ABOVE, units(FOUR, numbered("abcd"), checks=checks)) == []


def test_unit_grids_are_by_their_codes_expected_near_ten_thousand_square_metres():
    told = findings("size", ABOVE, units(FOUR, numbered("abcd"), checks=LayerChecks()))
    assert sorted((f.severity, f.codes, f.unit) for f in told) == [
        ("warning", (code,), "m2") for code in numbered("abcd").values()
    ]
    assert [f.measure for f in told] == pytest.approx([318.6] * 4, rel=0.01)
    assert "1,000" in told[0].en


@pytest.mark.parametrize(
    ("limits", "named"),
    [((1.0, 100.0), "BC"), ((100.0, 200.0), "BC"), ((200.0, 400.0), "AC"), ((150.0, 500.0), "")],
    ids=["all but none too large", "two and three cells too large", "small and large", "all within"],
)
def test_any_layer_may_say_how_large_its_areas_are(limits, named):
    told = findings("size", layer("lot", "A.BB.CCC", coverage="free", checks=LayerChecks(size_m2=limits)))
    assert sorted(f.codes[0] for f in told) == sorted("ABC" if limits[1] == 100.0 else named)


def test_other_layers_have_no_usual_size():
    assert findings("size", layer("grid", {"1": shapely.box(120, 30, 121, 31)})) == []
