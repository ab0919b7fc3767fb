"""``gridsvc boundaries export``: what is exported reads back as the same city, and an edit in it is that edit alone."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from small_city import GRIDS, TABLES, area, box, write_city

from gridsvc.bootstrap import Folder, read_all
from gridsvc.carried import carried
from gridsvc.spatial.layer import Layer

from .conftest import Done

Run = Callable[..., Done]
ROWS = ("units", "people", "posts", "rules", "limits")


def same(a: Folder, b: Folder) -> bool:
    one, other = a.snapshot, b.snapshot
    assert {k: [dict(r) for r in rows] for k, rows in a.tables.items()} == {
        k: [dict(r) for r in rows] for k, rows in b.tables.items()
    }
    assert list(one.components) == list(other.components)
    assert (one.ruleset.rules, one.ruleset.limits, one.staff.posts) == (
        other.ruleset.rules, other.ruleset.limits, other.staff.posts
    )  # fmt: skip
    return one.edition.content_hash == other.edition.content_hash


@pytest.fixture
def exported(run: Run, city: Path, tmp_path: Path) -> Path:
    assert run("boundaries", "export", city, "-o", tmp_path / "out").code == 0
    return tmp_path / "out"


def test_the_small_city_comes_back_as_it_was(run: Run, city: Path, exported: Path):
    assert sorted(p.name for p in exported.iterdir()) == ["city.gpkg", "manifest.json"]
    assert same(read_all(city), read_all(exported))
    assert run("boundaries", "check", exported).code == 0


def test_the_demo_city_comes_back_as_it_was(run: Run, demo: Folder, tmp_path: Path):
    done = run("boundaries", "export", carried("boundaries"), "-o", tmp_path / "out")
    given, made = (json.loads((at / "manifest.json").read_text()) for at in (carried("boundaries"), tmp_path / "out"))
    # Past cases are no part of an edition.
    assert set(given["tables"]) - set(made["tables"]) == {"cases"}
    told = f"{len(given['layers'])} layers, {len(made['tables'])} tables"
    assert (done.code, told in done.out) == (0, True)
    assert same(demo, read_all(tmp_path / "out"))


def test_an_export_of_an_export_is_the_same(run: Run, exported: Path, tmp_path: Path):
    assert run("boundaries", "export", exported, "-o", tmp_path / "again").code == 0
    assert same(read_all(exported), read_all(tmp_path / "again"))


def test_one_file_has_every_layer_and_table(run: Run, city: Path, tmp_path: Path):
    assert run("boundaries", "export", city, "-o", tmp_path / "one.gpkg").code == 0
    assert [p.name for p in tmp_path.iterdir()] == ["one.gpkg"]
    names = {str(name) for name in pyogrio.list_layers(tmp_path / "one.gpkg")[:, 0]}
    assert names == {"street", "grid", "components", *ROWS}


def test_a_stored_edition_is_exported_with_its_rules(run: Run, database: str, city: Path, tmp_path: Path):
    run("boundaries", "load", city)
    assert run("boundaries", "export", "S1", "-o", tmp_path / "out").code == 0
    before, after = read_all(city).snapshot, read_all(tmp_path / "out").snapshot
    assert before.edition.content_hash == after.edition.content_hash
    assert list(before.components) == list(after.components)
    assert before.ruleset.rules == after.ruleset.rules
    assert (before.staff.units, before.staff.posts) == (after.staff.units, after.staff.posts)


@pytest.mark.parametrize("made", ["file", "folder", "no parent"])
def test_nothing_that_exists_is_written_over(run: Run, city: Path, tmp_path: Path, made: str):
    target = tmp_path / ("none/out" if made == "no parent" else "out")
    if made == "file":
        target.write_text("mine")
    elif made == "folder":
        target.mkdir()
        (target / "mine").write_text("mine")
    before = {p: p.is_file() and p.read_text() for p in tmp_path.rglob("*")}
    done = run("boundaries", "export", city, "-o", target)
    assert (done.code, "-o" in done.err) == (2, True)
    assert {p: p.is_file() and p.read_text() for p in tmp_path.rglob("*")} == before


@pytest.mark.parametrize("source", ["S9", "none/here"])
def test_what_is_neither_folder_nor_edition_is_refused(run: Run, database: str, tmp_path: Path, source: str):
    done = run("boundaries", "export", source, "-o", tmp_path / "out")
    assert (done.code, "edition" in done.err, list(tmp_path.glob("*out*"))) == (2, True, [])


def test_a_folder_without_a_manifest_is_refused_by_its_file(run: Run, tmp_path: Path):
    (tmp_path / "bare").mkdir()
    done = run("boundaries", "export", tmp_path / "bare", "-o", tmp_path / "out")
    assert (done.code, "bare/manifest.json" in done.err) == (2, True)


def test_bad_rows_are_told_and_nothing_is_written(run: Run, tmp_path: Path):
    bad = write_city(tmp_path / "bad", tables={**TABLES, "people": []})
    assert run("boundaries", "export", bad, "-o", tmp_path / "out").code == 2
    assert [p.name for p in tmp_path.iterdir()] == ["bad"]


def test_faulty_shapes_can_be_exported_for_mending(run: Run, tmp_path: Path):
    gap = write_city(tmp_path / "gap", grids=[*GRIDS[:1], area("B", box(3), parent="S", unit="U2")])
    assert run("boundaries", "export", gap, "-o", tmp_path / "out").code == 0
    reports = [json.loads(run("boundaries", "check", d, "--json").out) for d in (gap, tmp_path / "out")]
    assert reports[0] == reports[1]
    assert not reports[0]["ok"]


def rows_of(layer: Layer) -> dict[str, tuple]:
    columns = zip(layer.codes, layer.names, layer.parents, layer.units, layer.geometries, layer.props, strict=True)
    return {code: (name, parent, unit, shapely.to_wkb(shape), dict(props)) for code, name, parent, unit, shape, props
            in columns}  # fmt: skip


def test_an_area_edited_as_a_desktop_tool_does_is_the_one_change(exported: Path):
    before = read_all(exported).snapshot.edition
    path = exported / "city.gpkg"
    grids = gpd.read_file(path, layer="grid")
    moved = shapely.transform(grids.geometry[0], lambda xy: np.add(xy, [0.0, 0.0001]))
    grids.loc[0, "name"], grids.loc[0, "geometry"] = "新名", moved
    pyogrio.write_dataframe(grids, path, layer="grid", append=False)
    after = read_all(exported).snapshot.edition
    assert after.content_hash != before.content_hash
    assert rows_of(after.layers["street"]) == rows_of(before.layers["street"])
    old, new = rows_of(before.layers["grid"]), rows_of(after.layers["grid"])
    assert new["B"] == old["B"]
    assert new["A"] == ("新名", *old["A"][1:3], shapely.to_wkb(moved), old["A"][4])


@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="GDAL's own programs are not on this machine")
def test_edits_and_copies_by_the_programs_of_gdal_are_read(exported: Path, tmp_path: Path):
    path = exported / "city.gpkg"
    before = read_all(exported)
    for sql in (
        "UPDATE grid SET name = '改名' WHERE code = 'B'",
        "UPDATE people SET phone = '0571-9' WHERE code = 'R2'",
        "DELETE FROM components WHERE maintainer = 'U2'",
    ):
        subprocess.run(["ogrinfo", "-q", str(path), "-sql", sql], check=True, capture_output=True)
    copied = tmp_path / "copied"
    copied.mkdir()
    shutil.copy(exported / "manifest.json", copied)
    subprocess.run(["ogr2ogr", str(copied / "city.gpkg"), str(path)], check=True, capture_output=True)
    for folder in (exported, copied):
        after = read_all(folder)
        old, new = (rows_of(x.snapshot.edition.layers["grid"]) for x in (before, after))
        assert new == old | {"B": ("改名", *old["B"][1:])}
        assert after.snapshot.staff.people["R2"].phone == "0571-9"
        assert after.snapshot.staff.people["R1"] == before.snapshot.staff.people["R1"]
        assert [c.code for c in after.snapshot.components] == [before.snapshot.components[1].code]
        assert {n: list(after.tables[n]) == list(before.tables[n]) for n in ROWS} == {n: n != "people" for n in ROWS}
