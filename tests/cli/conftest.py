"""The command line as people call it, inside this process: exit code, stdout and stderr of one command."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest
from small_city import SOUND, write_city

from gridsvc.cli.main import main

# A table of points with odd texts, and the areas of each: street, how, candidates, grid, how, candidates.
HEADER = "编号,lon,lat,备注"
ROWS = [
    ('007,120.0050,30.005,"逗号,引号""和\n换行"', ["S", "inside", "", "A", "inside", ""]),
    ("NA,120.01,30.005,", ["S", "inside", "", "A", "edge", "A;B"]),
    ("1e5,120.0200001,30.005,null", ["S", "near", "", "B", "near", ""]),
    (" x ,120.0100001,30.0100001,", ["S", "near", "", "B", "near", "A;B"]),
    ("5,120.5,30.5,外面", ["", "outside", "", "", "outside", ""]),
    ("6,,,", ["", "none", "", "", "none", ""]),
    ("7,abc,30.005,", ["", "none", "", "", "none", ""]),
    ("8,400,30.005,", ["", "none", "", "", "none", ""]),
    ("9,30.005,120.005,", ["", "none", "", "", "none", ""]),
]
TEXT = "\n".join([HEADER, *(r for r, _ in ROWS)]) + "\n"


@dataclass(frozen=True)
class Done:
    """What one command left behind."""

    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def quiet_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the machine reaches a command, and no command reaches the machine's own cluster."""
    for name in [n for n in os.environ if n.startswith("GRIDSVC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GRIDSVC_LANG", "en")
    monkeypatch.setenv("GRIDSVC_STATE_DIR", str(tmp_path / "state"))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    def called(*arguments: object, **environment: str) -> Done:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["gridsvc", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Done(ended.value.code or 0, said.out, said.err)

    return called


@pytest.fixture
def database(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database of the command's own."""
    monkeypatch.setenv("GRIDSVC_DATABASE_URL", empty_url)
    return empty_url


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small city, without a fault."""
    return write_city(tmp_path_factory.mktemp("city"), tables=SOUND)


@pytest.fixture
def open_dir() -> Iterator[Path]:
    """A folder that the server's user may pass, which pytest's own is not where the tests run as root."""
    folder = Path(tempfile.mkdtemp(prefix="gridsvc-t-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    rmtree(folder, ignore_errors=True)


@pytest.fixture
def route(run: Callable[..., Done], city: Path, tmp_path: Path) -> Callable[..., Done]:
    """Route ``points.csv`` of this test's folder; further arguments win over the usual ones."""

    def routed(*arguments: object, points: str = "points.csv", out: str = "out.csv", **options: Any) -> Done:
        usual = {"--boundaries": city, "--x": "lon", "--y": "lat", "--crs": "wgs84"} | options
        given = [part for pair in usual.items() for part in pair]
        output = out if out == "-" else tmp_path / out
        return run("route", tmp_path / points, *given, *arguments, "-o", output)

    (tmp_path / "points.csv").write_text(TEXT, encoding="utf-8")
    return routed
