"""``gridsvc route --dask``: two workers of a cluster give what one process gives."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gridsvc.cli import points, route_parts

from .conftest import Done

distributed = pytest.importorskip("distributed", reason="Dask is not installed here: pip install gridsvc[dask]")
Route = Callable[..., Done]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """Two workers, each a process of its own."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0", host="127.0.0.1"
    ) as cluster:
        yield cluster.scheduler_address


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pa.Table:
    monkeypatch.setattr(points, "PIECE", 5)
    monkeypatch.setattr(route_parts, "PART_ROWS", 20)
    rng = np.random.default_rng(3)
    table = pa.table({"lon": rng.uniform(119.99, 120.03, 200), "lat": rng.uniform(29.99, 30.02, 200)})
    pq.write_table(table, tmp_path / "p.parquet", row_group_size=10)
    return table


def test_two_workers_write_what_one_process_writes(route: Route, given: pa.Table, scheduler: str, tmp_path: Path):
    for name, more in (("one", ()), ("two", ("--dask", scheduler))):
        assert route(*more, points="p.parquet", out=f"{name}.parquet").code == 0
        assert route(*more, points="p.parquet", out=name).code == 0
    expected = pq.read_table(tmp_path / "one.parquet")
    assert expected.select(given.column_names).equals(given)
    assert pq.read_table(tmp_path / "two.parquet").equals(expected)
    parts = sorted((tmp_path / "two").iterdir())
    assert [p.name for p in parts] == [f"part-{i:05d}.parquet" for i in range(10)]
    assert pa.concat_tables(map(pq.read_table, parts)).equals(expected)


def test_a_csv_goes_through_the_workers_too(route: Route, scheduler: str, tmp_path: Path):
    assert route(out="one.csv").code == route("--dask", scheduler, out="two.csv").code == 0
    assert (tmp_path / "two.csv").read_bytes() == (tmp_path / "one.csv").read_bytes()


def test_what_is_refused_is_told_and_leaves_nothing(route: Route, given: pa.Table, scheduler: str, tmp_path: Path):
    done = route("--dask", scheduler, points="p.parquet", out="two", **{"--x": "lat", "--y": "lon"})
    assert (done.code, "axes look swapped" in done.err) == (2, True)
    assert not (tmp_path / "two").exists()


def test_a_scheduler_that_is_not_there_ends_with_3(route: Route, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("gridsvc.cli.route_dask._PATIENCE_S", 1)
    assert route("--dask", "tcp://127.0.0.1:9", out="two").code == 3
    assert route("--dask", "nonsense://x", out="two").code == 3
