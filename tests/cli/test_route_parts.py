"""``gridsvc route`` in portions: several processes and folders of parts give what one process gives, row for row."""

import gzip
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gridsvc.cli import points, route_parts

from .conftest import TEXT, Done

Route = Callable[..., Done]
TWO = ("--processes", 2)


@pytest.fixture(autouse=True)
def small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(points, "PIECE", 2)
    monkeypatch.setattr(route_parts, "PART_ROWS", 4)


def parquet(path: Path, n: int = 23) -> pa.Table:
    rng = np.random.default_rng(7)
    table = pa.table(
        {"lon": rng.uniform(119.99, 120.03, n), "lat": rng.uniform(29.99, 30.02, n), "名": [f"点{i}" for i in range(n)]}
    )
    pq.write_table(table, path, row_group_size=3)
    return table


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_two_processes_write_the_same_text_as_one_packed_or_plain(route: Route, tmp_path: Path):
    one, plain, packed = route(out="one.csv"), route(*TWO, out="-"), route(*TWO, out="two.csv.gz")
    assert (one.code, plain.code, packed.code) == (0, 0, 0)
    expected = (tmp_path / "one.csv").read_bytes()
    assert plain.out.encode() == expected
    assert gzip.decompress((tmp_path / "two.csv.gz").read_bytes()) == expected
    counted = [[x for x in done.err.splitlines() if " in " not in x] for done in (one, plain)]
    assert counted[0] == counted[1]


def test_two_processes_write_the_same_parquet_as_one_and_the_parts_are_it(route: Route, tmp_path: Path):
    given = parquet(tmp_path / "p.parquet")
    route(points="p.parquet", out="one.parquet")
    assert route(*TWO, points="p.parquet", out="two.parquet").code == 0
    assert route(*TWO, points="p.parquet", out="parts").code == 0
    assert route(points="p.parquet", out="alone").code == 0
    expected = pq.read_table(tmp_path / "one.parquet")
    assert expected.select(given.column_names).equals(given)
    assert pq.read_table(tmp_path / "two.parquet").equals(expected)
    assert names(tmp_path / "parts") == names(tmp_path / "alone") == [f"part-{i:05d}.parquet" for i in range(4)]
    for folder in ("parts", "alone"):
        assert pa.concat_tables(map(pq.read_table, sorted((tmp_path / folder).iterdir()))).equals(expected)
    # What was written in parts is read in parts.
    assert route(points="parts", out="again", **{"--prefix": "b_"}).code == 0
    again = pa.concat_tables(map(pq.read_table, sorted((tmp_path / "again").iterdir())))
    assert again.select(expected.column_names).equals(expected)
    assert again["b_grid"].equals(expected["grid"])


def test_an_empty_input_keeps_its_columns(route: Route, tmp_path: Path):
    pq.write_table(
        pa.table({"lon": pa.array([], pa.float64()), "lat": pa.array([], pa.float64())}), tmp_path / "e.parquet"
    )
    assert route(points="e.parquet", out="out").code == 0
    found = pd.read_parquet(tmp_path / "out" / "part-00000.parquet")
    assert (len(found), list(found.columns[:3])) == (0, ["lon", "lat", "street"])


def test_a_bad_row_far_down_and_exchanged_axes_are_refused_and_leave_nothing(route: Route, tmp_path: Path):
    (tmp_path / "bad.csv").write_text(TEXT + "x,1\n", encoding="utf-8")
    parquet(tmp_path / "p.parquet")
    before = names(tmp_path)
    for given in ({"points": "bad.csv"}, {"points": "p.parquet", "--x": "lat", "--y": "lon"}):
        for processes in (1, 2):
            done = route("--processes", processes, out="parts", **given)
            assert (done.code, names(tmp_path)) == (2, before), given


def test_folders_that_are_none_are_refused_by_name(route: Route, tmp_path: Path):
    (tmp_path / "none").mkdir()
    (tmp_path / "mixed").mkdir()
    parquet(tmp_path / "mixed" / "a.parquet")
    pq.write_table(pa.table({"lon": [1.0]}), tmp_path / "mixed" / "b.parquet")
    assert "no parts" in route(points="none").err
    assert "b.parquet" in route(points="mixed").err
    assert route(out="none").code == 2
    assert route(*("--processes", 0)).code == 2


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    rng = np.random.default_rng(1)
    n = 3_000_000
    table = pa.table({"lon": rng.uniform(120.0, 120.02, n), "lat": rng.uniform(30.0, 30.01, n)})
    pq.write_table(table, tmp_path / "many.parquet", row_group_size=100_000)
    return tmp_path / "many.parquet"


def children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(p) for p in found]


def gone(pids: list[int]) -> bool:
    return not any(alive(Path(f"/proc/{pid}/stat")) for pid in pids)


def alive(stat: Path) -> bool:
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def command(points: Path, city: Path, out: Path) -> list[str]:
    given = ["--boundaries", city, "--x", "lon", "--y", "lat", "--crs", "wgs84", *TWO, "-o", out]
    return [*map(str, [sys.executable, "-m", "gridsvc", "route", points, *given])]


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupt_leaves_no_process_and_no_half_output(slow: Path, city: Path, tmp_path: Path, how: signal.Signals):
    with subprocess.Popen(
        command(slow, city, tmp_path / "out"), stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        until_s = time.monotonic() + 60
        while not any(tmp_path.glob(".out.part/part-*")) and time.monotonic() < until_s:
            time.sleep(0.02)
        workers = children(process.pid)
        assert len(workers) >= 2
        if how == signal.SIGINT:
            os.killpg(process.pid, how)
        else:
            process.kill()
        process.communicate(timeout=60)
    while not gone(workers) and time.monotonic() < until_s:
        time.sleep(0.02)
    assert gone(workers)
    assert not (tmp_path / "out").exists()
    if how == signal.SIGINT:
        assert names(tmp_path) == ["many.parquet"]


@pytest.mark.slow
def test_a_worker_that_dies_is_told_and_leaves_nothing(slow: Path, city: Path, tmp_path: Path):
    with subprocess.Popen(command(slow, city, tmp_path / "out"), stderr=subprocess.PIPE, text=True) as process:
        until_s = time.monotonic() + 60
        while not any(tmp_path.glob(".out.part/part-*")) and time.monotonic() < until_s:
            time.sleep(0.02)
        os.kill(children(process.pid)[-1], signal.SIGKILL)
        said = process.communicate(timeout=60)[1]
    assert process.returncode == 3, said
    assert "Traceback" not in said
    assert names(tmp_path) == ["many.parquet"]
