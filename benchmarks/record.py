"""What a benchmark hands back, and the file that keeps the last result of each."""

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

import shapely

from benchmarks.race import Row, Table

HERE = Path(__file__).parent
ROOT = HERE.parent  # where child processes start, so that they find this package
RESULTS = HERE / "results.json"
NAMED = (
    "numpy", "shapely", "geopandas", "numba", "scipy", "duckdb", "sedonadb", "tzfpy", "psycopg2-binary", "asyncpg",
    "fastapi", "uvicorn", "uvloop", "httptools",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure that the design asks for. ``value`` None means: the product cannot do this yet."""

    what: str
    value: float | None
    must: float | None
    aim: float
    better: Literal["more", "less"] = "more"
    unit: str = "x"

    @property
    def met(self) -> str:
        """aim, must (or short, where nothing must hold), no, or open where there is nothing to measure."""
        if self.value is None:
            return "open"
        sign = 1 if self.better == "more" else -1
        if sign * self.value >= sign * self.aim:
            return "aim"
        if self.must is None:
            return "short"
        return "must" if sign * self.value >= sign * self.must else "no"


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure without a control."""

    what: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Result:
    """One benchmark's outcome: what was claimed, raced, measured, and how many answers were compared and wrong."""

    claim: str
    compared: int
    wrong: int
    tables: tuple[Table, ...] = ()
    facts: tuple[Fact, ...] = ()
    goals: tuple[Goal, ...] = ()
    notes: tuple[str, ...] = ()


def together(claim: str, parts: Sequence[Result]) -> Result:
    """Make one result of several; a note that all of them have is said once."""
    return Result(
        claim,
        sum(p.compared for p in parts),
        sum(p.wrong for p in parts),
        tuple(t for p in parts for t in p.tables),
        tuple(f for p in parts for f in p.facts),
        tuple(g for p in parts for g in p.goals),
        tuple(dict.fromkeys(n for p in parts for n in p.notes)),
    )


@dataclass(frozen=True, slots=True)
class Record:
    """A result with where and when it was measured."""

    name: str
    at: str
    machine: dict[str, Any]
    result: Result


def machine() -> dict[str, Any]:
    """Read what the figures depend on: processor, memory, load, and the versions of everything that took part."""
    return {
        "processor": _line("/proc/cpuinfo", "model name") or platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "cache": _line("/proc/cpuinfo", "cache size"),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9),
        "load_before": round(os.getloadavg()[0], 2),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "geos": shapely.geos_version_string,
        "commit": _commit(),
        "versions": {name: version for name in NAMED if (version := _version(name))},
    }


def _line(file: str, key: str) -> str | None:
    try:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(key)), None)


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _commit() -> str | None:
    try:
        asked = ["git", "-C", str(HERE), "describe", "--always", "--dirty", "--abbrev=10"]
        return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def record(name: str, where: dict[str, Any], result: Result) -> Record:
    """Date a result; the machine was read before the run, so that its load is that of others."""
    return Record(name, datetime.now(UTC).isoformat(timespec="minutes"), where, result)


def keep(fresh: Record, file: Path = RESULTS) -> dict[str, Record]:
    """Put a record in the place of the last one of its name and give all of them."""
    records = {**kept(file), fresh.name: fresh}
    text = json.dumps([asdict(r) for r in records.values()], ensure_ascii=False, indent=1, allow_nan=False)
    file.write_text(text + "\n", encoding="utf-8")
    return records


def kept(file: Path = RESULTS) -> dict[str, Record]:
    """Read the records that are kept; none where there is no file."""
    if not file.exists():
        return {}
    return {r["name"]: Record(**{**r, "result": _result(r["result"])}) for r in json.loads(file.read_text("utf-8"))}


def _result(r: dict[str, Any]) -> Result:
    tables = tuple(
        Table(**{**t, "rows": tuple(Row(row["method"], tuple(row["rates"]), row["wrong"]) for row in t["rows"])})
        for t in r["tables"]
    )
    facts, goals = tuple(Fact(**f) for f in r["facts"]), tuple(Goal(**g) for g in r["goals"])
    return Result(r["claim"], r["compared"], r["wrong"], tables, facts, goals, tuple(r["notes"]))
