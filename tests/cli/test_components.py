"""``gridsvc components``: the report, the exit code, and an export that comes back the same."""

import json
from pathlib import Path

import pytest

GOOD = "code,class,x,y\nL1,02005,120.001,30.001\n"


@pytest.fixture
def published(run, city: Path, database: str):
    assert run("boundaries", "load", city).code == 0
    assert run("boundaries", "publish", "S1").code == 0
    return run


def test_components_go_in_with_a_report_and_out_again(published, tmp_path: Path):
    file, report, out = tmp_path / "c.csv", tmp_path / "report.json", tmp_path / "out.gpkg"
    file.write_text(GOOD)
    done = published("components", "import", file, "--crs", "wgs84", "--report", report)
    assert (done.code, "1 added" in done.out) == (0, True)
    told = json.loads(report.read_text())
    assert (told["read"], told["added"], told["recorded"]) == (1, 1, True)
    assert published("components", "export", "-o", out).code == 0
    back = json.loads(published("components", "import", out, "--json").out)
    assert (back["added"], back["changed"], back["same"]) == (0, 0, back["read"])
    assert published("components", "export", "-o", out).code == 2


def test_refused_rows_are_findings_and_a_file_without_a_reference_is_bad_input(published, tmp_path: Path):
    file = tmp_path / "c.csv"
    file.write_text(GOOD + "L2,99999,120.001,30.001\n")
    done = published("components", "import", file, "--crs", "wgs84")
    assert (done.code, "row 2, class = 99999" in done.err, "nothing was recorded" in done.err) == (1, True, True)
    assert published("components", "import", file).code == 2


def test_a_shapefile_is_exported_as_a_folder(published, tmp_path: Path):
    assert published("components", "export", "-o", tmp_path / "out.shp", "--profile", "short").code == 0
    assert {p.suffix for p in (tmp_path / "out").iterdir()} >= {".shp", ".dbf", ".cpg", ".prj"}
    assert published("components", "export", "-o", tmp_path / "long.shp").code == 2
    assert not (tmp_path / "long").exists()
