"""Real reports of Los Angeles through the command line, against the district and council that the city wrote down."""

import json
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
import shapely

from gridsvc.spatial.boundary_folder import read_folder
from gridsvc.spatial.topology import CheckReport, check_edition

LAYERS = [
    {"layer": "cd", "file": "council-districts-2012.geojson.gz", "crs": "EPSG:4326", "code": "name",
     "coverage": "partition"},
    {"layer": "nc", "file": "neighborhood-councils-2019.geojson.gz", "crs": "EPSG:4326", "code": "nc_id",
     "name": "name", "coverage": "cover"},
]  # fmt: skip


@dataclass(frozen=True, eq=False)
class Run:
    """One run of the command line: what went in, what came out, both as the text of every cell."""

    given: pd.DataFrame
    routed: pd.DataFrame

    @property
    def labelled(self) -> pd.DataFrame:
        return self.routed[self.routed["our_cd_how"] != "none"]


@pytest.fixture(scope="module")
def folder(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("los-angeles")
    for layer in LAYERS:
        shutil.copy(shared / "los-angeles" / layer["file"], made)
    content = {"edition": "la-2019", "time_zone": "America/Los_Angeles", "layers": LAYERS}
    (made / "manifest.json").write_text(json.dumps(content))
    return made


def gridsvc_route(points: Path, folder: Path, out: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gridsvc", "--lang", "en", "route", points, "--boundaries", folder,
               "--x", "longitude", "--y", "latitude", "--crs", "wgs84", "-o", out, *more]  # fmt: skip
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, timeout=120)


def cells(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


@pytest.fixture(scope="module", params=["2017", "2020"])
def year(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def run(shared: Path, folder: Path, year: str) -> Run:
    points = shared / "los-angeles" / f"cases-{year}.csv.gz"
    out = folder / f"routed-{year}.csv"
    done = gridsvc_route(points, folder, out, "--prefix", "our_")
    assert done.returncode == 0, done.stderr
    return Run(cells(points), cells(out))


def test_same_rows_same_order_and_every_input_cell_as_it_was(run):
    assert list(run.routed)[: len(run.given.columns)] == list(run.given)
    pd.testing.assert_frame_equal(run.routed[list(run.given)], run.given)


def test_three_columns_a_layer_are_added(run):
    assert list(run.routed)[len(run.given.columns) :] == [
        "our_cd", "our_cd_how", "our_cd_candidates", "our_nc", "our_nc_how", "our_nc_candidates",
    ]  # fmt: skip


@pytest.mark.parametrize("layer", ["cd", "nc"])
def test_rows_without_a_coordinate_are_kept_as_none(run, year, layer):
    none = run.routed[run.routed[f"our_{layer}_how"] == "none"]
    assert len(none) == {"2017": 1753, "2020": 11}[year]
    assert ((none["latitude"] == "") | (none["longitude"] == "")).all()
    assert (none[[f"our_{layer}", f"our_{layer}_candidates"]] == "").all(axis=None)


def test_the_district_is_the_one_that_the_city_wrote_down(run, year):
    labelled = run.labelled[run.labelled["cd"] != ""]
    assert len(labelled) == {"2017": 8246, "2020": 9989}[year]
    agree = (labelled["cd"] == labelled["our_cd"]).mean()
    assert agree >= {"2017": 0.997, "2020": 0.9955}[year]


def test_the_council_that_the_city_wrote_down_is_the_answer_or_a_candidate(run, year):
    labelled = run.labelled[run.labelled["nc"] != ""]
    assert len(labelled) == {"2017": 8156, "2020": 9962}[year]
    hits = [
        label == code or label in candidates.split(";")
        for label, code, candidates in labelled[["nc", "our_nc", "our_nc_candidates"]].itertuples(index=False)
    ]
    assert sum(hits) / len(hits) >= {"2017": 0.988, "2020": 0.981}[year]


@pytest.mark.parametrize("how", ["inside", "overlap", "outside", "near"])
def test_overlapping_councils_and_ground_without_one_are_ordinary_answers(run, how):
    assert (run.routed["our_nc_how"] == how).any()


def test_an_overlap_names_every_council_and_the_least_answers(run):
    overlaps = run.routed[run.routed["our_nc_how"] == "overlap"]
    for code, candidates in overlaps[["our_nc", "our_nc_candidates"]].itertuples(index=False):
        names = candidates.split(";")
        assert len(names) >= 2
        assert names == sorted(names)
        assert code in names


def test_districts_never_overlap(run):
    assert not (run.routed["our_cd_how"] == "overlap").any()


@pytest.fixture(scope="module")
def councils(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> CheckReport:
    """The councils checked as what they would have to be to share out the ground."""
    made = tmp_path_factory.mktemp("councils")
    layer = LAYERS[1] | {"coverage": "partition"}
    shutil.copy(shared / "los-angeles" / layer["file"], made)
    (made / "manifest.json").write_text(json.dumps({"edition": "la", "layers": [layer]}))
    return check_edition(read_folder(made)[0])


def test_all_large_overlaps_of_the_councils_are_found(councils):
    sizes = [f.measure for f in councils.findings if f.id == "overlap"]
    assert sum(size > 1000.0 for size in sizes) == 44
    assert max(sizes) == pytest.approx(8e6, rel=0.05)


def test_thousands_of_drawn_noise_are_slivers_or_less_and_the_land_without_a_council_is_a_gap(councils):
    count = Counter((f.id, f.severity) for f in councils.findings)
    assert count["sliver", "warning"] > 10 * count["gap", "error"] > 0
    assert sum(count.values()) < 1500
    assert max(f.measure for f in councils.findings if f.id == "gap") > 1e7


def test_every_finding_has_a_place_in_the_city_and_a_shape_around_it(councils):
    for finding in councils.findings:
        if finding.id != "duplicate_code":
            assert shapely.intersects_xy(finding.ground.buffer(1e-6), finding.lon, finding.lat), finding.en


def test_without_a_prefix_the_taken_column_is_named_and_nothing_is_written(shared, folder):
    out = folder / "refused.csv"
    done = gridsvc_route(shared / "los-angeles" / "cases-2020.csv.gz", folder, out)
    assert (done.returncode, done.stdout, out.exists()) == (2, "", False)
    assert "the column exists already" in done.stderr
    assert "'cd'" in done.stderr
    assert "--prefix" in done.stderr
