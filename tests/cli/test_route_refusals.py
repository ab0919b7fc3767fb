"""``gridsvc route`` with what it cannot use: one clear error, exit code 2, and no half of a file."""

import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from .conftest import TEXT, Done

Route = Callable[..., Done]

CASES: list[tuple[str, dict[str, Any], str]] = [
    ("no such file", {"points": "nothing.csv"}, "no such file"),
    ("unknown suffix of the input", {"points": "points.xlsx"}, ".parquet"),
    ("unknown suffix of the output", {"out": "out.xlsx"}, ".parquet"),
    ("no output folder", {"out": "nothing/out.csv"}, "folder"),
    ("missing column", {"--x": "longitude"}, "编号, lon, lat"),
    ("unknown layer", {"--layers": "grid,nothing"}, "street, grid"),
    ("unknown datum", {"--crs": "wgs"}, "gcj02"),
    ("undeclared local datum", {"--crs": "local:city"}, "local:<id>"),
    ("swapped axes", {"points": "good.csv", "--x": "lat", "--y": "lon"}, "--x lon --y lat"),
    ("no boundaries", {"--boundaries": "/nonexistent"}, "manifest.json"),
    ("negative distance", {"--near-m": "-1"}, "near-m"),
    ("distance that is none", {"--near-m": "nan"}, "near-m"),
    ("wrong encoding", {"--encoding": "GB18030", "points": "utf16.csv"}, "--encoding"),
    ("encoding that does not exist", {"--encoding": "UTF-99"}, "--encoding"),
    ("text that is not UTF-8", {"points": "gb18030.csv"}, "--encoding"),
    ("empty file", {"points": "empty.csv"}, "header"),
    ("not compressed", {"points": "plain.csv.gz"}, "plain.csv.gz"),
    ("not a parquet", {"points": "plain.parquet"}, "plain.parquet"),
    ("ragged rows", {"points": "ragged.csv"}, "line 3"),
    ("column exists", {"points": "taken.csv"}, "--prefix"),
]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for name in ("points.xlsx", "plain.csv.gz", "plain.parquet"):
        (tmp_path / name).write_text(TEXT, encoding="utf-8")
    (tmp_path / "utf16.csv").write_bytes(TEXT.encode("utf-16"))
    (tmp_path / "gb18030.csv").write_bytes(TEXT.encode("gb18030"))
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "good.csv").write_text("lon,lat\n120.005,30.005\n120.015,30.005\n")
    (tmp_path / "ragged.csv").write_text("lon,lat\n1,2\n1,2,3\n")
    (tmp_path / "taken.csv").write_text("lon,lat,grid_how\n120.005,30.005,x\n")
    return tmp_path


@pytest.mark.parametrize(("how", "words"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_what_cannot_be_used_is_refused_and_named(route: Route, files: Path, how: dict[str, Any], words: str):
    before = sorted(files.iterdir())
    done = route(**how)
    assert done.code == 2, done
    assert words in done.err
    assert done.out == ""
    assert sorted(files.iterdir()) == before


def test_a_datum_must_be_named(run: Any, city: Path, files: Path):
    done = run("route", files / "gb18030.csv", "--boundaries", city, "--x", "a", "--y", "b", "-o", "-")
    assert done.code == 2
    assert "--crs" in done.err


def test_an_output_that_is_a_folder_is_refused(route: Route, tmp_path: Path):
    (tmp_path / "out.csv").mkdir()
    done = route()
    assert done.code == 2
    assert "Traceback" not in done.err


def test_an_existing_output_is_replaced_only_by_a_whole_one(route: Route, tmp_path: Path):
    (tmp_path / "out.csv").write_text("old")
    assert route(**{"--layers": "nothing"}).code == 2
    assert (tmp_path / "out.csv").read_text() == "old"
    assert route().code == 0
    assert (tmp_path / "out.csv").read_text() != "old"


SWAPPED = ["30.005,120.005"] * 5
STRAY = "0,0"


@pytest.mark.parametrize("out", ["out.csv", "out.parquet", "-"])
@pytest.mark.parametrize(
    ("rows", "code"),
    [
        (SWAPPED, 2),
        ([STRAY, STRAY, STRAY, *SWAPPED], 2),
        ([*SWAPPED, STRAY, ",", "a,b"], 2),
        ([*SWAPPED, "120.005,30.005"], 0),
        (["120.005,30.005", *SWAPPED], 0),
        ([STRAY] * 5, 0),
        ([",", ","], 0),
        ([], 0),
    ],
)
def test_swapped_axes_are_told_of_all_pieces_together(
    route: Route, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: list[str], code: int, out: str
):
    monkeypatch.setattr("gridsvc.cli.points.PIECE", 2)
    (tmp_path / "p.csv").write_text("\n".join(["lon,lat", *rows]) + "\n")
    before = sorted(tmp_path.iterdir())
    done = route(points="p.csv", out=out)
    assert done.code == code, done.err
    if code:
        assert "--x lat --y lon" in done.err
        assert (done.out, sorted(tmp_path.iterdir())) == ("", before)


@pytest.mark.parametrize("out", ["out.csv", "-"])
def test_a_fault_in_the_last_piece_leaves_nothing_of_the_first(
    route: Route, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str
):
    monkeypatch.setattr("gridsvc.cli.points.PIECE", 2)
    (tmp_path / "p.csv").write_text("lon,lat\n" + "120.005,30.005\n" * 7 + "120,30,1\n")
    done = route(points="p.csv", out=out)
    assert (done.code, done.out) == (2, "")
    assert "line 9" in done.err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["p.csv", "points.csv"]


@pytest.fixture
def many(tmp_path: Path) -> Path:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"lon": rng.uniform(120.0, 120.02, 20_000), "lat": rng.uniform(30.0, 30.01, 20_000)})
    frame.to_csv(tmp_path / "many.csv", index=False)
    return tmp_path / "many.csv"


def command(points: Path, city: Path, out: str) -> list[str]:
    given = ["--boundaries", str(city), "--x", "lon", "--y", "lat", "--crs", "wgs84"]
    return [sys.executable, "-m", "gridsvc", "route", str(points), *given, "-o", out]


def test_a_disk_that_fills_up_leaves_no_file(many: Path, city: Path, tmp_path: Path):
    """The process may write no file beyond 100 kB, which its output exceeds tenfold."""
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))  # noqa: E731
    done = subprocess.run(
        command(many, city, str(tmp_path / "out.csv")), capture_output=True, text=True, timeout=60, preexec_fn=limit
    )
    assert done.returncode in (2, 3), done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["many.csv"]


def test_a_reader_who_has_enough_ends_it_quietly(many: Path, city: Path):
    with subprocess.Popen(command(many, city, "-"), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout.readline().startswith(b"lon,lat,street")
        process.stdout.close()
        said = process.stderr.read().decode()
        process.wait(timeout=60)
    assert "Traceback" not in said
