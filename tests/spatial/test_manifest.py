"""The manifest of a boundary folder: what may be left out, and that each mistake is named with its field."""

import json
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gridsvc.errors import BadBoundaryFolder, BadDatum, BadInput, GridsvcError
from gridsvc.spatial.manifest import read_manifest
from gridsvc.values import LayerChecks, LayerSpec

BARE = {"layer": "street", "file": "street.geojson", "crs": "EPSG:4326", "code": "code"}
FULL = BARE | {
    "name": "NAME", "parent": "district", "parent_code": "DISTRICT_ID", "coverage": "partition", "geometry": "line",
    "priority": 10, "encoding": "GB18030", "sublayer": "streets", "title_zh": "街道", "title_en": "Street",
    "chief_role": "street_chief", "settles": "grid", "unit": "UNIT",
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("street.geojson", "units.csv", "cases.csv", "units.xlsx", "city.gpkg"):
        (tmp_path / name).write_text("")
    return tmp_path


def write(folder: Path, manifest: object) -> Path:
    (folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")
    return folder


def manifest(*layers: object, **top: object) -> dict[str, object]:
    return {"edition": "2024-1", "layers": list(layers) or [BARE]} | top


def refusal(folder: Path, content: object) -> tuple[str, object]:
    with pytest.raises(GridsvcError) as e:
        read_manifest(write(folder, content))
    return e.value.errors[0].field, e.value.errors[0].value


def test_what_is_left_out_takes_the_stated_defaults(folder):
    read = read_manifest(write(folder, manifest()))
    assert (read.edition, read.title, read.district, read.time_zone, read.valid_from, dict(read.tables)) == (
        "2024-1", "", "", "Asia/Shanghai", None, {}
    )  # fmt: skip
    source = read.layers[0]
    assert source.spec == LayerSpec("street", "street", "street", "polygon", "free", None, 100, None, None)
    assert (source.code, source.name, source.parent_code, source.unit, source.sublayer, source.encoding) == (
        "code", None, None, None, None, "UTF-8"
    )  # fmt: skip


def test_every_optional_key_of_a_layer_is_taken(folder):
    source = read_manifest(write(folder, manifest(FULL))).layers[0]
    assert source.spec == LayerSpec(
        "street", "街道", "Street", "line", "partition", "district", 10, "street_chief", "grid"
    )
    assert (source.name, source.parent_code, source.unit, source.sublayer, source.encoding) == (
        "NAME", "DISTRICT_ID", "UNIT", "streets", "GB18030"
    )  # fmt: skip


def test_every_optional_key_of_the_manifest_is_taken(folder):
    read = read_manifest(write(folder, manifest(
        title="余杭", district="330110", time_zone="Asia/Urumqi", valid_from="2024-01-01",
        local_crs={"YuTan": "EPSG:4549"},
        tables={"units": "units.csv", "cases": {"file": "cases.csv", "encoding": "GB18030", "crs": "gcj02"}},
    )))  # fmt: skip
    assert (read.title, read.district, dict(read.local_crs)) == ("余杭", "330110", {"yutan": "EPSG:4549"})
    assert read.valid_from == datetime(2024, 1, 1, tzinfo=ZoneInfo("Asia/Urumqi"))
    assert (read.tables["cases"].encoding, read.tables["cases"].crs) == ("GB18030", "gcj02")
    assert read.tables["units"].path == folder / "units.csv"


@pytest.mark.parametrize("key", ["name", "parent", "parent_code", "unit", "sublayer", "encoding", "title_zh",
                                 "title_en", "chief_role", "settles", "checks"])  # fmt: skip
def test_null_means_left_out_in_a_layer(folder, key):
    plain = read_manifest(write(folder, manifest())).layers
    assert read_manifest(write(folder, manifest(BARE | {key: None}))).layers == plain


CHECKS = {
    "tolerance_m": 2, "severity": {"size": "error", "gap": "off"}, "size_m2": [5000, 20000], "equals": "station",
}  # fmt: skip


def test_what_a_layer_asks_of_the_checks_is_taken(folder):
    asked = read_manifest(write(folder, manifest(BARE | {"checks": CHECKS}))).layers[0].spec.checks
    assert asked == LayerChecks(2, {"size": "error", "gap": "off"}, (5000, 20000), "station")


@pytest.mark.parametrize("checks", [None, {}, dict.fromkeys(CHECKS), {"note": "agreed 2024"}])
def test_a_layer_that_asks_nothing_of_the_checks_has_the_defaults(folder, checks):
    read = read_manifest(write(folder, manifest(BARE | {"checks": checks}))).layers[0].spec.checks
    assert read == LayerChecks(tolerance_m=0.5, severity={}, size_m2=None, equals=None)


@pytest.mark.parametrize(
    ("checks", "field", "value"),
    [
        ("strict", "", "strict"),
        ([], "", []),
        ({"tolerence_m": 1}, ".tolerence_m", 1),
        ({"tolerance_m": "1"}, ".tolerance_m", "1"),
        ({"tolerance_m": 0}, ".tolerance_m", 0),
        ({"tolerance_m": -1}, ".tolerance_m", -1),
        ({"tolerance_m": 1000}, ".tolerance_m", 1000),
        ({"tolerance_m": True}, ".tolerance_m", True),
        ({"severity": "off"}, ".severity", "off"),
        ({"severity": {"gaps": "off"}}, ".severity", {"gaps": "off"}),
        ({"severity": {"gap": "none"}}, ".severity", {"gap": "none"}),
        ({"severity": {"gap": ["off"]}}, ".severity", {"gap": ["off"]}),
        ({"size_m2": 10000}, ".size_m2", 10000),
        ({"size_m2": [1]}, ".size_m2", [1]),
        ({"size_m2": [2, 1]}, ".size_m2", [2, 1]),
        ({"size_m2": [-1, 1]}, ".size_m2", [-1, 1]),
        ({"size_m2": ["1", "2"]}, ".size_m2", ["1", "2"]),
        ({"equals": 1}, ".equals", 1),
        ({"equals": ""}, ".equals", ""),
    ],
)
def test_a_mistake_in_what_a_layer_asks_of_the_checks_is_refused_with_its_field(folder, checks, field, value):
    assert refusal(folder, manifest(BARE | {"checks": checks})) == (f"layers[0].checks{field}", value)


def test_the_declared_references_are_those_of_layers_and_of_tables_that_say_one(folder):
    tables = {"cases": {"file": "cases.csv", "crs": "GCJ02"}, "units": "units.csv"}
    read = read_manifest(write(folder, manifest(BARE | {"crs": "EPSG:4326"}, tables=tables)))
    assert read.declared == {"street": "wgs84", "cases": "gcj02"}


@pytest.mark.parametrize("key", ["title", "district", "valid_from"])
def test_null_means_left_out_in_the_manifest(folder, key):
    plain = read_manifest(write(folder, manifest()))
    assert getattr(read_manifest(write(folder, manifest(**{key: None}))), key) == getattr(plain, key)


def test_a_start_may_be_an_instant_with_its_offset(folder):
    read = read_manifest(write(folder, manifest(valid_from="2024-01-01T08:00:00+08:00")))
    assert read.valid_from == datetime.fromisoformat("2024-01-01T00:00:00+00:00")


def test_a_byte_order_mark_is_no_obstacle(folder):
    (folder / "manifest.json").write_text("\ufeff" + json.dumps(manifest()), encoding="utf-8")
    assert read_manifest(folder).edition == "2024-1"


def test_a_note_of_the_owner_is_left_alone(folder):
    assert read_manifest(write(folder, manifest(BARE | {"source": "民政局"}, comment="draft"))).edition == "2024-1"


def test_a_layer_may_use_a_local_reference_that_the_manifest_declares(folder):
    content = manifest(BARE | {"crs": "local:YuTan"}, local_crs={"yutan": "EPSG:4549"})
    assert read_manifest(write(folder, content)).layers[0].datum.proj == "EPSG:4549"


def test_the_letter_case_of_a_local_reference_does_not_matter_in_its_declaration_either(folder):
    content = manifest(BARE | {"crs": "local:yutan"}, local_crs={"YuTan": "EPSG:4549"})
    assert read_manifest(write(folder, content)).layers[0].datum.proj == "EPSG:4549"


@pytest.mark.parametrize("make", [lambda p: p, lambda p: p / "nowhere", lambda p: p / "street.geojson"],
                         ids=["without manifest", "no such folder", "a file"])  # fmt: skip
def test_what_is_no_boundary_folder_is_refused_with_its_path(folder, make):
    with pytest.raises(BadBoundaryFolder) as e:
        read_manifest(make(folder))
    assert str(folder) in e.value.errors[0].field


@pytest.mark.parametrize("raw", [b"", b"{", b'{"edition": "\xd3\xe0"}', b"[1,]", b"null", b"[]", b'"text"', b"7"])
def test_a_manifest_that_is_no_json_object_in_utf8_is_refused(folder, raw):
    (folder / "manifest.json").write_bytes(raw)
    with pytest.raises(BadBoundaryFolder, match=r"manifest\.json"):
        read_manifest(folder)


@pytest.mark.parametrize(
    ("content", "field", "value"),
    [
        ({"layers": [BARE]}, "edition", None),
        (manifest(edition=""), "edition", ""),
        (manifest(edition=" "), "edition", " "),
        (manifest(edition=2024), "edition", 2024),
        ({"edition": "e"}, "layers", None),
        ({"edition": "e", "layers": []}, "layers", []),
        ({"edition": "e", "layers": {"street": BARE}}, "layers", {"street": BARE}),
        (manifest("street"), "layers[0]", "street"),
        (manifest(BARE, BARE), "layers", ["street"]),
        (manifest(time_zone="Asia/Hangzhou"), "time_zone", "Asia/Hangzhou"),
        (manifest(time_zone=""), "time_zone", ""),
        (manifest(time_zone="../../etc/passwd"), "time_zone", "../../etc/passwd"),
        (manifest(valid_from="soon"), "valid_from", "soon"),
        (manifest(valid_from="2024-01-01T08:00:00"), "valid_from", "2024-01-01T08:00:00"),
        (manifest(valid_from=2024), "valid_from", "2024"),
        (manifest(tables={"units": "missing.csv"}), "tables.units", "missing.csv"),
        (manifest(tables={"units": 7}), "tables.units", 7),
        (manifest(tables={"units": {"encoding": "UTF-8"}}), "tables.units", None),
        (manifest(tables={"units": {"file": "units.xlsx", "sheets": "x"}}), "tables.units.sheets", "x"),
        (manifest(tables={"units": {"file": "units.xlsx", "sheet": 1}}), "tables.units.sheet", 1),
        (manifest(tables={"units": {"file": "units.csv", "sheet": "x"}}), "tables.units.sheet", "x"),
        (manifest(tables={"units": {"file": "units.xlsx", "sublayer": "x"}}), "tables.units.sublayer", "x"),
        (manifest(tables={"units": {"file": "units.csv", "columns": ["code"]}}), "tables.units.columns", ["code"]),
        (manifest(tables={"units": {"file": "units.csv", "columns": {"cod": "ID"}}}), "tables.units.columns.cod", "ID"),
        (manifest(tables={"units": {"file": "units.csv", "columns": {"code": ""}}}), "tables.units.columns.code", ""),
        (manifest(tables={"units": {"file": "units.csv", "columns": {"code": 7}}}), "tables.units.columns.code", 7),
    ],
)
def test_a_mistake_in_the_manifest_is_named_with_its_field_and_value(folder, content, field, value):
    assert refusal(folder, content) == (field, value)


@pytest.mark.parametrize("key", ["layer", "file", "crs", "code"])
def test_a_layer_without_a_required_key_is_refused_by_that_key(folder, key):
    assert refusal(folder, manifest({k: v for k, v in BARE.items() if k != key})) == (f"layers[0].{key}", None)


@pytest.mark.parametrize(
    ("changes", "value"),
    [
        ({"layer": ""}, ""),
        ({"layer": "1st"}, "1st"),
        ({"layer": "街道"}, "街道"),
        ({"layer": "a;b"}, "a;b"),
        ({"file": "missing.geojson"}, "missing.geojson"),
        ({"crs": "utm"}, "utm"),
        ({"crs": "local:yutan"}, "local:yutan"),
        ({"code": 7}, 7),
        ({"name": 7}, 7),
        ({"encoding": 65001}, 65001),
        ({"coverage": "full"}, "full"),
        ({"geometry": "multipolygon"}, "multipolygon"),
        ({"priority": "first"}, "first"),
        ({"priority": None}, None),
        ({"priority": [1]}, [1]),
    ],
    ids=str,
)
def test_a_mistake_in_a_layer_is_named_with_its_field_and_value(folder, changes, value):
    assert refusal(folder, manifest(BARE | changes)) == (f"layers[0].{next(iter(changes))}", value)


def test_a_mistake_is_named_with_the_place_of_its_layer(folder):
    assert refusal(folder, manifest(BARE, BARE | {"layer": "grid", "crs": None})) == ("layers[1].crs", None)


@pytest.mark.parametrize(
    ("content", "field", "meant"),
    [
        (manifest(valid_form="2024-01-01"), "valid_form", "valid_from"),
        (manifest(timezone="Asia/Shanghai"), "timezone", "time_zone"),
        (manifest(table={}), "table", "tables"),
        (manifest(BARE | {"converage": "partition"}), "layers[0].converage", "coverage"),
        (manifest(BARE | {"parentcode": "x"}), "layers[0].parentcode", "parent_code"),
        (manifest(BARE | {"Coverage": "partition"}), "layers[0].Coverage", "coverage"),
    ],
)
def test_a_key_that_nearly_spells_a_known_one_is_refused_with_the_one_meant(folder, content, field, meant):
    with pytest.raises(BadBoundaryFolder) as e:
        read_manifest(write(folder, content))
    assert e.value.errors[0].field == field
    assert meant in e.value.errors[0].mend_en


@pytest.mark.parametrize("top", [{"tables": ["units.csv"]}, {"local_crs": ["EPSG:4549"]},
                                 {"local_crs": "EPSG:4549"}], ids=str)  # fmt: skip
def test_tables_and_local_references_that_are_no_object_are_refused(folder, top):
    with pytest.raises(BadInput) as e:
        read_manifest(write(folder, manifest(**top)))
    assert e.value.errors[0].field == next(iter(top))


def test_an_unknown_reference_is_a_bad_datum(folder):
    with pytest.raises(BadDatum):
        read_manifest(write(folder, manifest(BARE | {"crs": "gcj-02"})))


def test_every_key_of_a_table_is_taken(folder):
    tables = {
        "units": {"file": "units.xlsx", "sheet": "单位", "columns": {"code": " 编号 "}},
        "people": {"file": "city.gpkg", "sublayer": "people", "crs": "gcj02", "encoding": "GB18030"},
        "posts": {"file": "units.csv", "sheet": None, "columns": None, "note": "mine"},
    }
    read = read_manifest(write(folder, manifest(tables=tables))).tables
    assert (read["units"].sheet, dict(read["units"].columns)) == ("单位", {"code": "编号"})
    assert (read["people"].sublayer, read["people"].crs, read["people"].encoding) == ("people", "gcj02", "GB18030")
    assert (read["posts"].sheet, dict(read["posts"].columns), read["posts"].encoding) == (None, {}, "UTF-8")


def test_a_column_nobody_has_is_refused_with_the_nearest(folder):
    with pytest.raises(BadBoundaryFolder) as e:
        read_manifest(write(folder, manifest(tables={"units": {"file": "units.csv", "columns": {"cod": "ID"}}})))
    assert e.value.errors[0].mend_en == "one of code"
