"""Bad rows of a boundary folder: all of all tables are told at once, with their places, and none causes another."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from small_city import COMPONENTS, PEOPLE, POSTS, RULES, TABLES, UNITS, as_csv, changed, write_city

from gridsvc.bootstrap import past_cases, read_all
from gridsvc.errors import BadTable, CellFault

Rows = Sequence[Mapping[str, str]]
Place = tuple[str, int | None, str, object]
DUPLICATE = {"category": "06*", "radius_m": "50", "hours": "24"}
RUNG = {"categories": "09005", "times": "1", "text_zh": "责令改正"}
CASE = {"x": "120.005", "y": "30.005", "category": "06010", "source": "app", "reported_at": "2024-06-12T12:00:00Z"}


def refusal(folder: Path, **tables: Rows) -> BadTable:
    with pytest.raises(BadTable) as e:
        past_cases(read_all(write_city(folder, tables={**TABLES, **tables})))
    return e.value


def places(error: BadTable) -> list[Place]:
    """Table, line, column and value of every fault."""
    told = []
    for fault in error.errors:
        assert isinstance(fault, CellFault)
        assert all((fault.zh, fault.en, fault.mend_zh, fault.mend_en))
        told.append((fault.table, fault.line, fault.field, fault.value))
    return told


def test_bad_rows_of_several_tables_are_told_together(tmp_path):
    posts = changed(changed(POSTS, 0, person="R9"), 1, acting="yes")
    error = refusal(tmp_path, posts=posts, rules=changed(RULES, 1, lead="U1"))
    assert places(error) == [
        ("posts", 2, "person", "R9"),
        ("posts", 3, "acting", "yes"),
        ("rules", 3, "lead", "U1"),
    ]
    assert ("posts、rules" in error.zh, "3 places" in error.en, error.more) == (True, True, 0)


@pytest.mark.parametrize(
    ("tables", "place"),
    [
        ({"units": changed(UNITS, 1, parent="U9")}, ("units", 3, "parent", "U9")),
        ({"duplicates": [DUPLICATE | {"radius_m": "near"}]}, ("duplicates", 2, "radius_m", "near")),
        ({"duplicates": [DUPLICATE | {"category": "77*"}]}, ("duplicates", 2, "category", "77*")),
        ({"duplicates": [DUPLICATE, DUPLICATE]}, ("duplicates", 3, "category", "06*")),
        ({"sanctions": [RUNG | {"times": "often"}]}, ("sanctions", 2, "times", "often")),
        ({"sanctions": [RUNG | {"categories": "09005;77777"}]}, ("sanctions", 2, "categories", "77777")),
        ({"sanctions": [RUNG, RUNG]}, ("sanctions", 3, "times", "09005 1")),
        ({"posts": changed(POSTS, 0, person="R9")}, ("posts", 2, "person", "R9")),
        ({"posts": changed(POSTS, 0, unit="U9")}, ("posts", 2, "unit", "U9")),
        ({"posts": changed(POSTS, 1, deputy_of="P9")}, ("posts", 3, "deputy_of", "P9")),
        ({"posts": changed(POSTS, 1, layer="gird")}, ("posts", 3, "layer", "gird")),
        ({"posts": changed(POSTS, 1, area="Z")}, ("posts", 3, "area", "Z")),
        ({"posts": changed(POSTS, 1, layer="", area="")}, ("posts", 3, "layer", None)),
        ({"rules": changed(RULES, 0, evaluator="unit:U9")}, ("rules", 2, "evaluator", "U9")),
        ({"rules": changed(RULES, 0, places="zone:A")}, ("rules", 2, "places", "zone")),
        ({"rules": changed(RULES, 0, places="!grid:Z")}, ("rules", 2, "places", "grid:Z")),
        ({"rules": changed(RULES, 2, lead="area:gird")}, ("rules", 4, "lead", "area:gird")),
        ({"rules": changed(RULES, 1, categories="06010;99*")}, ("rules", 3, "categories", "99*")),
        ({"limits": [{"category": "99999", "stage": "check", "amount": "1", "unit": "working_day"}]},
         ("limits", 2, "category", "99999")),
        ({"components": changed(COMPONENTS, 1, code=COMPONENTS[0]["code"])},
         ("components", 3, "code", COMPONENTS[0]["code"])),
        ({"components": changed(COMPONENTS, 1, x="E120")}, ("components", 3, "x", "E120")),
        ({"components": [COMPONENTS[0] | {"accuracy_class": "D"}]}, ("components", 2, "accuracy_class", "D")),
        ({"cases": [CASE, CASE | {"source": "radio"}]}, ("cases", 3, "source", "radio")),
        ({"cases": [CASE, CASE | {"category": ""}]}, ("cases", 3, "category", None)),
    ],
)  # fmt: skip
def test_what_a_row_names_must_exist_and_its_line_is_told(tmp_path, tables, place):
    assert places(refusal(tmp_path, **tables)) == [place]


def test_a_bad_row_does_not_make_bad_those_that_name_it(tmp_path):
    error = refusal(tmp_path, units=changed(UNITS, 0, name=""), people=changed(PEOPLE, 0, name=""))
    assert places(error) == [("units", 2, "name", ""), ("people", 2, "name", "")]


def test_a_table_that_cannot_be_read_does_not_make_bad_those_that_name_its_rows(tmp_path):
    folder = write_city(tmp_path, tables={**TABLES, "posts": changed(POSTS, 0, role="")})
    (folder / "units.csv").write_bytes(as_csv(UNITS).encode("gb18030"))
    (folder / "people.csv").write_text("code;name\nR1;x\n")
    with pytest.raises(BadTable) as e:
        read_all(folder)
    assert places(e.value) == [
        ("units", None, "encoding", "UTF-8"),
        ("people", None, "code", None),
        ("people", None, "name", None),
        ("posts", 2, "role", ""),
    ]


@pytest.mark.parametrize(("crs", "value"), [({}, None), ({"crs": "utm"}, "utm")], ids=["no crs", "unknown crs"])
def test_points_without_a_reference_are_told_with_all_the_rest(tmp_path, crs, value):
    tables = {**TABLES, "people": changed(PEOPLE, 0, name="")}
    declared = {name: f"{name}.csv" for name in tables} | {"components": {"file": "components.csv", **crs}}
    folder = write_city(tmp_path, tables=tables)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(json.dumps(manifest | {"tables": declared}), encoding="utf-8")
    with pytest.raises(BadTable) as e:
        read_all(folder)
    assert places(e.value) == [("people", 2, "name", ""), ("components", None, "components.csv.crs", value)]


def test_a_repeated_row_is_told_with_the_line_of_the_first(tmp_path):
    error = refusal(tmp_path, units=[*UNITS, UNITS[0], UNITS[0]])
    assert places(error) == [("units", 4, "code", "U1"), ("units", 5, "code", "U1")]
    assert all("line 2" in f.en for f in error.errors)


def test_a_hundred_faults_are_shown_and_the_others_counted(tmp_path):
    people = [{"code": f"R{i}", "name": "" if i > 2 else "甲", "phone": ""} for i in range(1, 134)]
    error = refusal(tmp_path, people=people)
    assert (len(error.errors), error.more) == (100, 31)
    assert places(error)[0] == ("people", 4, "name", "")
    assert places(error)[-1] == ("people", 103, "name", "")


def test_a_class_may_be_left_to_a_code_of_17_digits(tmp_path):
    rows = [{k: v for k, v in c.items() if k != "class"} for c in COMPONENTS]
    read = read_all(write_city(tmp_path, tables={**TABLES, "components": rows}))
    assert [c.class_code for c in read.snapshot.components] == ["01001", "01001"]


@pytest.mark.parametrize("code", ["9909990101000001", "MANHOLE-7"], ids=["16 digits", "no digits"])
def test_no_class_is_taken_from_any_other_code(tmp_path, code):
    error = refusal(tmp_path, components=[COMPONENTS[0] | {"code": code, "class": ""}])
    assert places(error) == [("components", 2, "class", None)]
