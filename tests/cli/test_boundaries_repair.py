"""``gridsvc boundaries repair``: a whole new folder and a list of changes; the old folder stays byte for byte."""

import json
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from small_city import BOW_TIE, GRIDS, STEP, area, box, write_city

from gridsvc.bootstrap import read_all
from gridsvc.spatial.datum import convert

from .conftest import Done

Run = Callable[..., Done]
WIDE = [area("A", box(0), parent="S", unit="U1"), area("B", box(0.9), parent="S", unit="U2")]
CM20 = 2e-6 / STEP


@pytest.fixture
def thin(tmp_path: Path) -> Path:
    """A city in which grid B begins 20 cm too far west and ends 20 cm too early, and says everything it can."""
    grids = [GRIDS[0], area("B", box(1 - CM20), parent="S", unit="U2", note="附注")]
    return write_city(tmp_path / "thin", grids=grids, remark="自己的备注")


def everything(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir())}


def test_the_new_folder_is_sound_and_complete_and_the_old_one_untouched(run: Run, thin: Path, tmp_path: Path):
    before, new = everything(thin), tmp_path / "new"
    assert run("boundaries", "check", thin).code == 1
    done = run("boundaries", "repair", thin, "-o", new, "--json")
    assert done.code == 0
    assert everything(thin) == before
    report = json.loads(done.out)
    assert report == json.loads((new / "repair.json").read_text(encoding="utf-8"))
    assert (report["from"], report["edition"]) == ("S1", "S1-repaired")
    assert {(c["what"], c["layer"]) for c in report["changes"]} == {("overlap", "grid"), ("gap", "grid")}
    assert report["left"]["findings"] == []
    assert run("boundaries", "check", new).code == 0
    old, made = read_all(thin), read_all(new)
    assert made.tables == old.tables
    assert made.snapshot.components == old.snapshot.components
    for mine, theirs in zip(made.snapshot.edition, old.snapshot.edition, strict=True):
        assert mine.spec == theirs.spec
        assert mine.props == theirs.props
        for column in ("codes", "names", "parents", "units"):
            assert list(getattr(mine, column)) == list(getattr(theirs, column))
    assert json.loads((new / "manifest.json").read_text(encoding="utf-8"))["remark"] == "自己的备注"


def test_what_is_left_is_named_and_ends_with_1(run: Run, tmp_path: Path):
    wide = write_city(tmp_path / "wide", grids=WIDE)
    done = run("boundaries", "repair", wide, "-o", tmp_path / "new", "--edition", "S2")
    assert done.code == 1
    assert "left grid overlap: 1" in done.out
    assert json.loads((tmp_path / "new" / "manifest.json").read_text(encoding="utf-8"))["edition"] == "S2"


def test_a_broken_ring_is_mended(run: Run, tmp_path: Path):
    broken = write_city(tmp_path / "broken", grids=[area("A", BOW_TIE, parent="S", unit="U1"), GRIDS[1]])
    report = json.loads(run("boundaries", "repair", broken, "-o", tmp_path / "new", "--json").out)
    assert [(c["what"], c["codes"]) for c in report["changes"]] == [("invalid", ["A"])]
    assert "invalid" not in {f["id"] for f in report["left"]["findings"]}


@pytest.mark.parametrize("name", ["there", "no/folder"])
def test_only_a_new_folder_is_written_to(run: Run, thin: Path, tmp_path: Path, name: str):
    (tmp_path / "there").mkdir()
    before = sorted(p.name for p in tmp_path.iterdir())
    assert run("boundaries", "repair", thin, "-o", tmp_path / name).code == 2
    assert sorted(p.name for p in tmp_path.iterdir()) == before
    assert list((tmp_path / "there").iterdir()) == []


@pytest.mark.parametrize("width", ["0", "-1", "nan", "101"])
def test_a_width_that_is_none_is_refused(run: Run, thin: Path, tmp_path: Path, width: str):
    assert run("boundaries", "repair", thin, "-o", tmp_path / "new", "--tolerance-m", width).code == 2
    assert not (tmp_path / "new").exists()


def test_files_of_other_folders_and_of_several_parts_come_along(run: Run, thin: Path, tmp_path: Path):
    later = tmp_path / "thin" / "later"
    later.mkdir()
    shape = gpd.GeoDataFrame(
        {"code": ["P"]}, geometry=[gpd.GeoSeries.from_wkt(["POINT (120.005 30.005)"])[0]], crs=4326
    )
    shape.to_file(later / "place.shp")
    manifest = json.loads((thin / "manifest.json").read_text(encoding="utf-8"))
    for entry in manifest["layers"]:
        entry["file"] = "../" + entry["file"]
    place = {"layer": "place", "file": "place.shp", "crs": "EPSG:4326", "code": "code", "geometry": "point"}
    manifest["layers"].append(place)
    tables = manifest["tables"].items()
    manifest["tables"] = {k: {**v, "file": "../" + v["file"]} if isinstance(v, dict) else "../" + v for k, v in tables}
    (later / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert run("boundaries", "repair", later, "-o", tmp_path / "new").code == 0
    moved = (tmp_path / "new").rename(tmp_path / "elsewhere")
    assert read_all(moved).tables == read_all(thin).tables
    assert len(read_all(moved).snapshot.edition.layers["place"]) == 1


def test_a_layer_in_another_reference_is_written_in_degrees(run: Run, tmp_path: Path):
    def shifted(ring: list) -> list:
        return [list(convert(*corner, "wgs84", "gcj02")) for corner in ring]

    grids = [
        area("A", shifted(box(0)), parent="S", unit="U1"),
        area("B", shifted(box(1 - CM20)), parent="S", unit="U2"),
    ]
    moved = write_city(tmp_path / "moved", grids=grids, grid_layer={"crs": "gcj02"})
    assert run("boundaries", "repair", moved, "-o", tmp_path / "new").code == 0
    layers = json.loads((tmp_path / "new" / "manifest.json").read_text(encoding="utf-8"))["layers"]
    assert [entry["crs"] for entry in layers] == ["EPSG:4326", "EPSG:4326"]
    assert read_all(tmp_path / "new").snapshot.edition.bounds_deg == pytest.approx((120.0, 30.0, 120.02, 30.01))


def test_a_changed_layer_is_never_written_over_a_file_that_was_copied(run: Run, thin: Path, tmp_path: Path):
    """``police`` asks nothing and is no partition: it is copied, and its file has the name of the layer that is not."""
    manifest = json.loads((thin / "manifest.json").read_text(encoding="utf-8"))
    police = {"layer": "police", "file": "grid.geojson", "crs": "EPSG:4326", "code": "code", "coverage": "free"}
    (thin / "repair.json").write_bytes((thin / "street.geojson").read_bytes())
    station = police | {"layer": "station", "file": "repair.json"}
    manifest["layers"] += [police, station]
    (thin / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    before = read_all(thin).snapshot.edition
    assert run("boundaries", "repair", thin, "-o", tmp_path / "new").code == 0
    after = read_all(tmp_path / "new").snapshot.edition
    for copied in ("street", "police", "station"):
        assert shapely.equals_identical(after.layers[copied].geometries, before.layers[copied].geometries).all()
    assert not shapely.equals_identical(after.layers["grid"].geometries, before.layers["grid"].geometries).all()
    assert "changes" in json.loads((tmp_path / "new" / "repair.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("asked_m", "given", "code"),
    [(0.5, [], 0), (0.1, [], 1), (0.1, ["--tolerance-m", "0.3"], 0), (0.5, ["--tolerance-m", "0.1"], 1)],
)
def test_each_layers_own_tolerance_holds_unless_one_is_given(
    run: Run, tmp_path: Path, asked_m: float, given: list[str], code: int
):
    grids = [GRIDS[0], area("B", box(1 - CM20), parent="S", unit="U2")]
    city = write_city(tmp_path / "city", grids=grids, grid_layer={"checks": {"tolerance_m": asked_m}})
    done = run("boundaries", "repair", city, "-o", tmp_path / "new", "--json", *given)
    within_m = float(given[1]) if given else asked_m
    assert json.loads(done.out)["tolerance_m"] == {"street": within_m if given else 0.5, "grid": within_m}
    assert done.code == code
