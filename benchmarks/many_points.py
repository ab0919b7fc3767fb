"""Claim: 50 million points in Parquet find their areas in bounded memory, alike by one process, two or a cluster."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from benchmarks import controls
from benchmarks.city import LAT_M, LON_M, City, Floats
from benchmarks.city_folder import write_folder
from benchmarks.points import everyday
from benchmarks.race import Row, Table
from benchmarks.record import Fact, Result
from benchmarks.sizes import Size
from benchmarks.spent import Spent, spent

ONE, TWO, DASK = "gridsvc route, one process", "gridsvc route --processes 2", "gridsvc route --dask, two workers"
FLOOR = "floor: pyarrow reads and writes the routed table"
PART, GROUP = 1_000_000, 250_000
# Millions of points, and the unit grids under five million of them.
MILLIONS, GRIDS, UNDER = (1, 5, 20, 50), (2_000, 20_000, 100_000, 500_000), (1, 5)
CITY = 20_000
NEAR_M = 1.0  # as the command has it
NOTES = (
    "Rates are by seconds of processors, of all processes together and from start to end: others were at work on the "
    "machine, so the clock says little. The clock of each run stands among what was also measured.",
    "Every run reads partitioned Parquet, of parts of a million rows, and writes a folder of parts with code, how and "
    "candidates of four layers; the parts are compared row by row with those of one process, and a sample with an "
    "STRtree; a point within a metre of an area but in none must lie within a metre of the one it was given.",
    "The floor is pyarrow with one thread, which reads and writes the finished parts and locates nothing.",
    "Where points or unit grids change, the cost of a point is what more points cost more; the cost of the start, "
    "with interpreter, boundary folder and index, is what is left of the run with the fewest points.",
)


class Bench:
    """A folder with one city's boundaries and points, and what was run on it."""

    def __init__(self, room: Path, city: City) -> None:
        """Write the boundaries."""
        self.room, self.city = room, city
        self.boundaries = write_folder(city, room / f"city-{len(city)}")
        self.points = room / f"points-{len(city)}"
        self.points.mkdir()
        self.parts = 0

    def need(self, n_points: int) -> None:
        """Write parts until there are so many points."""
        while self.parts * PART < n_points:
            rows = min(PART, n_points - self.parts * PART)
            xy = everyday(self.city, rows, seed=100 + self.parts)
            report = np.arange(rows) + self.parts * PART
            table = pa.table({"report": report, "lon": xy[:, 0], "lat": xy[:, 1]})
            pq.write_table(table, self.points / f"part-{self.parts:05d}.parquet", row_group_size=GROUP)
            self.parts += 1

    def some(self, n_points: int) -> Path:
        """A folder of the first parts, by links to them."""
        self.need(n_points)
        folder = self.room / f"first-{len(self.city)}-{n_points}"
        if not folder.exists():
            folder.mkdir()
            for part in sorted(self.points.iterdir())[: -(-n_points // PART)]:
                (folder / part.name).hardlink_to(part)
        return folder

    def route(self, n_points: int, output: Path, *more: str, beside: Sequence[int] = ()) -> Spent:
        """Run the command into a new folder."""
        shutil.rmtree(output, ignore_errors=True)
        asked = ("--boundaries", self.boundaries, "--x", "lon", "--y", "lat", "--crs", "wgs84", "-o", output)
        return spent("gridsvc", "route", self.some(n_points), *asked, *more, beside=beside)


def run(size: Size) -> Result:
    """Grow the points, then the unit grids, then run the four ways in turn at the most points."""
    unit = 100_000 if size.quick else 1_000_000
    grids = (400, 2_000) if size.quick else GRIDS
    millions = (1, 5) if size.quick else MILLIONS
    with tempfile.TemporaryDirectory(prefix="gridsvc-bench-") as folder:
        bench = Bench(Path(folder), City.of(grids[1] if size.quick else CITY))
        bench.route(unit, bench.room / "grown")  # a new checkout makes its machine code here
        grown = [bench.route(m * unit, bench.room / "grown") for m in millions]
        by_points = _by_points(millions, unit, grown)
        by_grids = _by_grids(Path(folder), grids, unit)
        most = millions[-1] * unit
        ways, wrong, compared, peaks, clocks = _in_turn(bench, most, size)
    facts = (
        *(Fact(f"{m * unit} points: peak memory of one process", s.peak_mb, "MB")
          for m, s in zip(millions, grown, strict=True)),
        *(Fact(f"{name}: peak memory of its largest process", mb, "MB") for name, mb in peaks.items()),
        *(Fact(f"{name}: clock", s, "s") for name, s in clocks.items()),
    )  # fmt: skip
    return Result(__doc__ or "", compared, wrong, (ways, by_points, *by_grids), facts, notes=NOTES)


def _by_points(millions: Sequence[int], unit: int, grown: Sequence[Spent]) -> Table:
    rows = [Row(f"{m * unit} points", (m * unit / s.cpu_s,), None) for m, s in zip(millions, grown, strict=True)]
    return Table("One process, more points", "points/CPU s", rows[0].method, tuple(rows))


def _by_grids(room: Path, grids: Sequence[int], unit: int) -> tuple[Table, ...]:
    """Give the points a second beyond the start, and the unit grids a second of the start."""
    located, started = [], []
    few, many = (n * unit for n in UNDER)
    for n in grids:
        bench = Bench(room / f"of-{n}", City.of(n))
        less, more = (bench.route(k, bench.room / "out").cpu_s for k in (few, many))
        shutil.rmtree(bench.room)
        if not less < more < (many / few) * less:
            continue  # so few points that the noise of the machine is larger than what they cost
        a_point_s = (more - less) / (many - few)
        located.append(Row(f"{len(bench.city)} unit grids", (1 / a_point_s,), None))
        started.append(Row(f"{len(bench.city)} unit grids", (len(bench.city) / (less - few * a_point_s),), None))
    told = (("beyond the start", "points/CPU s", located), ("the start", "unit grids/CPU s", started))
    return tuple(
        Table(f"One process, more unit grids: {what}", unit, rows[0].method, tuple(rows))
        for what, unit, rows in told if rows
    )  # fmt: skip


def _in_turn(
    bench: Bench, n_points: int, size: Size
) -> tuple[Table, int, int, dict[str, float], dict[str, float]]:  # fmt: skip
    """Run the ways in turn; gives the table, wrong answers, answers compared, peaks in MB and median clocks."""
    first = bench.room / "one"
    bench.route(n_points, first)
    missed, compared = _sampled(bench, first, size.sample)
    found: dict[str, list[Spent]] = {}
    wrong: dict[str, int] = {ONE: missed}
    with _cluster() as (address, workers):
        ways: dict[str, Callable[[Path], Spent]] = {
            ONE: lambda out: bench.route(n_points, out),
            TWO: lambda out: bench.route(n_points, out, "--processes", "2"),
            DASK: lambda out: bench.route(n_points, out, "--dask", address, beside=workers),
            FLOOR: partial(_copied, first),
        }
        for turn in range(1 if size.quick else size.rounds):
            order = list(ways)
            for name in order[turn % len(ways) :] + order[: turn % len(ways)]:
                out = bench.room / "again"
                found.setdefault(name, []).append(ways[name](out))
                wrong[name] = wrong.get(name, 0) + differing(first, out)
                compared += n_points
                shutil.rmtree(out)
    rows = tuple(Row(name, tuple(n_points / s.cpu_s for s in found[name]), wrong[name]) for name in ways)
    table = Table(f"{n_points} points, {len(bench.city)} unit grids", "points/CPU s", FLOOR, rows)
    peaks = {name: max(s.peak_mb for s in runs) for name, runs in found.items()}
    clocks = {name: float(np.median([s.clock_s for s in runs])) for name, runs in found.items()}
    return table, sum(wrong.values()), compared, peaks, clocks


def _copied(first: Path, out: Path) -> Spent:
    return spent("benchmarks.copied", first, out)


def differing(one: Path, other: Path) -> int:
    """Count rows in which two folders of parts differ; a part that only one has differs in all of its rows."""
    wrong = 0
    for name in sorted({p.name for folder in (one, other) for p in folder.iterdir()}):
        if not ((one / name).is_file() and (other / name).is_file()):
            wrong += pq.read_metadata(one / name if (one / name).is_file() else other / name).num_rows
            continue
        a, b = pq.read_table(one / name), pq.read_table(other / name)
        if not a.equals(b):
            wrong += max(len(a), len(b)) if a.schema != b.schema or len(a) != len(b) else _rows_apart(a, b)
    return wrong


def _rows_apart(a: pa.Table, b: pa.Table) -> int:
    left, right = a.to_pandas(), b.to_pandas()
    same = (left == right) | (left.isna() & right.isna())
    return int((~same.all(axis=1)).sum())


def _sampled(bench: Bench, routed: Path, n: int) -> tuple[int, int]:
    """Compare the unit grids of the first points with those an STRtree finds."""
    table = pq.read_table(routed / "part-00000.parquet").slice(0, n)
    xy = np.column_stack([table["lon"], table["lat"]])
    areas = bench.city.unit_grids
    truth = controls.strtree(areas, xy, ready=True)()
    codes = np.append(areas["code"].to_numpy(), "")[truth]
    told, near = (np.array(table[name].to_pylist(), dtype=object) for name in ("unit_grid", "unit_grid_how"))
    near = near == "near"
    # To a point outside of every area but near one we give that area; an STRtree gives none.
    wrong = int((np.where(near, "", told) != codes).sum()) + too_far(
        told[near], xy[near], areas.set_index("code").geometry
    )
    return wrong, len(told)


def too_far(codes: Sequence[str], xy: Floats, areas: gpd.GeoSeries) -> int:
    """Count points that lie farther than near is from the area they were given."""
    scale = np.array([LON_M, LAT_M])
    shapes = shapely.transform(areas.loc[list(codes)].values, lambda at: at * scale)
    return int((shapely.distance(shapes, shapely.points(xy * scale)) > NEAR_M * 1.02).sum())


@contextmanager
def _cluster() -> Iterator[tuple[str, list[int]]]:
    """Two workers, each a process of one thread; gives the scheduler's address and the workers' numbers."""
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        raise RuntimeError("Dask is needed: pip install gridsvc[dask]") from None
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as cluster,
        Client(cluster) as client,
    ):
        yield cluster.scheduler_address, list(client.run(os.getpid).values())
