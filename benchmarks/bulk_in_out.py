"""Claim: millions of components go in and a million cases come out, at what rate and in how much memory."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from sqlalchemy import Engine, text

from benchmarks.many_cases import fill, published_city
from benchmarks.record import ROOT, Fact, Result
from benchmarks.sizes import Size

COMPONENTS, CASES = (10_000, 5_000_000), (10_000, 1_000_000)
DECIDED, PIECE, LOOK_S = 5_000, 100_000, 0.1
LAMP = "02005"


@dataclass(frozen=True, slots=True)
class Done:
    """What one command took: seconds, the most memory it ever held, and what it said."""

    seconds: float
    peak_mb: float
    out: str


def run(size: Size) -> Result:
    """Bring components in from a file, then write cases to two kinds of file; count what has arrived."""
    n_components, n_cases = (pair[0 if size.quick else 1] for pair in (COMPONENTS, CASES))
    with published_city(durable=True) as (engine, folder), tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        _write_components(place / "in.csv", n_components, folder.snapshot.edition.district)
        came = _command(engine, place, "components", "import", place / "in.csv", "--crs", "wgs84", "--json")
        told = json.loads(came.out)
        with engine.connect() as connection:
            stored = connection.execute(text("SELECT count(*) FROM component_change")).scalar_one()
        (place / "in.csv").unlink()
        fill(engine, folder, DECIDED)
        _multiply(engine, n_cases // DECIDED)
        went = {s: _command(engine, place, "cases", "export", "-o", place / f"out{s}") for s in (".parquet", ".csv.gz")}
        wrong = abs(told["added"] - n_components) + abs(stored - n_components)
        for numbers in (_numbers_of(place / "out.parquet"), _numbers_in(place / "out.csv.gz")):
            wrong += _missing_or_doubled(list(numbers), n_cases)
    facts = [Fact("components in (CSV)", n_components / came.seconds, "rows/s")]
    facts += [Fact(f"cases out ({suffix})", n_cases / done.seconds, "rows/s") for suffix, done in went.items()]
    peaks = {f"{n_components} components in": came, **{f"{n_cases} cases out ({s})": d for s, d in went.items()}}
    facts += [Fact(f"{what}: peak memory", done.peak_mb, "MB") for what, done in peaks.items()]
    notes = (
        "The commands themselves, each a process of its own; seconds include its start. Memory is the most that the "
        f"system ever saw resident in it, read every {LOOK_S} s; the database's own is not counted.",
        "A server that syncs every commit. Cases are the demo city's, multiplied in the database. Compared: how many "
        "components were added and are stored, and that the number of each case is in either file once.",
        "This ran at nice 15, behind whatever else the machine had to do." if os.nice(0) >= 15 else "",
    )
    claim = (__doc__ or "").strip()
    return Result(claim, n_components + 2 * n_cases, wrong, (), tuple(facts), (), tuple(n for n in notes if n))


def _write_components(path: Path, n: int, district: str) -> None:
    """Lamps on a lattice about the demo city, with codes of sixteen digits, piece by piece."""
    names = ("code", "class", "x", "y")
    kinds = (pa.string(), pa.string(), pa.float64(), pa.float64())
    schema = pa.schema(list(zip(names, kinds, strict=True)))
    with pyarrow.csv.CSVWriter(path, schema) as writer:
        for start in range(0, n, PIECE):
            k = np.arange(start, min(start + PIECE, n))
            codes = [f"{district}L{i:09d}" for i in k]
            x, y = 120.18 + k % 2_500 * 2e-5, 30.30 + k // 2_500 * 2e-5
            writer.write_batch(pa.record_batch([codes, [LAMP] * len(k), x, y], schema=schema))


def _multiply(engine: Engine, times: int) -> None:
    """Let there be each case so many times, under a number and an id of its own."""
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        known = text("""
            SELECT column_name FROM information_schema.columns
            WHERE table_name = 'case_' AND table_schema = 'public' AND is_generated = 'NEVER'""")
        columns = connection.execute(known).scalars().all()
        own = {"id": "gen_random_uuid()", "number": "number || '-' || k"}
        made = ", ".join(own.get(c, c) for c in columns)
        connection.execute(
            text(f"INSERT INTO case_ ({', '.join(columns)}) SELECT {made} FROM case_, generate_series(2, :times) k"),
            {"times": times},
        )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("VACUUM ANALYZE case_"))


def _command(engine: Engine, place: Path, *words: object) -> Done:
    """Run one command of the product against this database; an exit code but 0 is an error."""
    environment = {
        **os.environ, "GRIDSVC_DATABASE_URL": engine.url.render_as_string(hide_password=False), "GRIDSVC_LANG": "en",
        "GRIDSVC_STATE_DIR": str(place / "state"), "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    order = [sys.executable, "-m", "gridsvc", *map(str, words)]
    with (place / "out").open("w+") as out, (place / "err").open("w+") as err:
        began_s = time.perf_counter()
        child = subprocess.Popen(order, env=environment, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        peak_kb = 0
        while child.poll() is None:
            # The usage that wait gives counts this process too, of which the child is a copy before it begins.
            peak_kb = max(peak_kb, _most_resident_kb(child.pid))
            time.sleep(LOOK_S)
        seconds = time.perf_counter() - began_s
        out.seek(0)
        err.seek(0)
        if child.returncode:
            raise RuntimeError(f"{words}: exit {child.returncode}: {err.read()[-1000:]}")
        return Done(seconds, peak_kb / 1024, out.read())


def _most_resident_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


def _missing_or_doubled(numbers: list[str], n: int) -> int:
    different = len(set(numbers))
    return abs(n - different) + len(numbers) - different


def _numbers_of(path: Path) -> Iterator[str]:
    for batch in pyarrow.parquet.ParquetFile(path).iter_batches(columns=["number"]):
        yield from batch.column(0).to_pylist()


def _numbers_in(path: Path) -> Iterator[str]:
    quoted = pyarrow.csv.ParseOptions(newlines_in_values=True)
    # Other columns would be given the kind that their first rows seem to have.
    only = pyarrow.csv.ConvertOptions(include_columns=["number"], column_types={"number": pa.string()})
    with pyarrow.csv.open_csv(path, parse_options=quoted, convert_options=only) as batches:
        for batch in batches:
            yield from batch.column(0).to_pylist()
