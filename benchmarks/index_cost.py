"""Claim: the index is built in seconds, is small, and is shared by all workers of a machine through one file."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapely import Point, STRtree

from benchmarks import controls
from benchmarks.city import City
from benchmarks.points import everyday
from benchmarks.product import build_index, index_bytes, save_index
from benchmarks.race import Answer, Method, on_one_core, race, untold
from benchmarks.record import ROOT, Fact, Goal, Result, together
from benchmarks.sizes import Size

OURS, TREE = "gridsvc, build", "STRtree, build"
# What must hold and what is aimed at; seconds in the smaller and in the larger city, bytes a unit grid, seconds.
BUILD_S = ((1.0, 0.5), (10.0, 5.0))
BYTES_A_GRID, LOAD_S = (5_000.0, 2_000.0), (0.2, 0.1)
WORKERS = 2


def run(size: Size) -> Result:
    """Build at each size beside shapely's tree of the same polygons; then save, map and share, if the index can."""
    with on_one_core():
        build_index(City.of(100).unit_grids)  # compiles, if there is something to compile
        parts = [_cost(City.of(n), size, build_s) for n, build_s in zip(size.grids, BUILD_S, strict=True)]
    return together(__doc__ or "", parts)


def _cost(city: City, size: Size, build_s: tuple[float, float]) -> Result:
    areas, name = city.unit_grids, f"{len(city)} unit grids"
    methods = [
        Method(OURS, untold(lambda: build_index(areas)), len(areas)),
        Method(TREE, untold(lambda: STRtree(areas.geometry.values).query(Point(0, 0))), len(areas)),
    ]
    table = race(f"{name}, one core", "unit grids/s", TREE, methods, size.rounds)
    index = build_index(areas)
    xy = everyday(city, size.sample)
    truth = controls.strtree(areas, xy, ready=True)()
    compared, wrong = len(xy), int((controls.least(*index.covering(*xy.T), len(xy)) != truth).sum())
    n_bytes = index_bytes(index)
    with tempfile.TemporaryDirectory() as folder:
        save_index(Path(folder) / "index", index)
        shared = _shared(Path(folder) / "index", xy, truth)
    compared, wrong = compared + shared["compared"], wrong + shared["wrong"]
    facts = [
        Fact(f"{name}: mapped by each worker", shared["rss"], "bytes"),
        Fact(f"{name}: of it the worker's own", shared["own"], "bytes"),
    ]
    goals = (
        Goal(f"{name}: build", len(areas) / table.rows[0].rate, *build_s, "less", "s"),
        Goal(f"{name}: bytes a unit grid", n_bytes / len(areas), *BYTES_A_GRID, "less", "bytes"),
        Goal(f"{name}: map a saved index", shared["load_s"], *LOAD_S, "less", "s"),
        Goal(f"{name}: share of the file that {WORKERS} workers hold in common", shared["common"], 0.9, 0.99),
    )
    return Result("", compared, wrong, (table,), tuple(facts), goals)


def _shared(path: Path, xy: NDArray[np.float64], truth: Answer) -> dict[str, Any]:
    """Let workers map the same file, answer the same points, and tell what of the file each holds alone."""
    np.save(path.with_suffix(".points.npy"), xy)
    order = [sys.executable, "-m", "benchmarks.sharing", str(path)]
    workers = [
        subprocess.Popen(order, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        for _ in range(WORKERS)
    ]
    told: list[dict[str, Any]] = [json.loads(_ask(worker, None)) for worker in workers]
    # Only now, with all of them there, does the system know what they share.
    held = [json.loads(_ask(worker, "measure")) for worker in workers]
    for worker in workers:
        worker.communicate()
    answers = [np.array(t["answer"], np.int32) for t in told]
    return {
        "load_s": float(np.median([t["load_s"] for t in told])),
        "compared": sum(map(len, answers)),
        "wrong": sum(int((a != truth).sum()) for a in answers),
        "rss": float(np.mean([h["rss"] for h in held])),
        "own": float(np.mean([h["own"] for h in held])),
        "common": float(np.mean([1 - h["own"] / max(h["rss"], 1) for h in held])),
    }


def _ask(worker: "subprocess.Popen[str]", word: str | None) -> str:
    assert worker.stdin is not None
    assert worker.stdout is not None
    if word is not None:
        print(word, file=worker.stdin, flush=True)
    return worker.stdout.readline()
