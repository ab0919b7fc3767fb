"""What a command cost with all its processes: seconds of the clock, seconds of processors, and its largest process."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.record import ROOT

# A busy machine must not decide how many threads a library starts.
ALONE = {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}


@dataclass(frozen=True, slots=True)
class Spent:
    """``peak_mb`` is the most memory that the largest process held at once."""

    clock_s: float
    cpu_s: float
    peak_mb: float


def spent(module: str, *arguments: object, beside: Sequence[int] = ()) -> Spent:
    """Run ``python -m module``; what running processes ``beside`` it did meanwhile is counted with it (Linux)."""
    order = [sys.executable, "-m", module, *map(str, arguments)]
    before_s, began_s = sum(map(_cpu_s, beside)), time.perf_counter()
    child = subprocess.Popen(order, cwd=ROOT, env={**os.environ, **ALONE}, stderr=subprocess.PIPE, text=True)
    assert child.stderr is not None
    said = child.stderr.read()
    # The system adds up what the child and those whom it awaited have used.
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    clock_s = time.perf_counter() - began_s
    if child.returncode:
        raise RuntimeError(f"{module} ended with {child.returncode}: {said}")
    cpu_s = used.ru_utime + used.ru_stime + sum(map(_cpu_s, beside)) - before_s
    return Spent(clock_s, cpu_s, max(used.ru_maxrss / 1024, *map(most_resident_mb, beside), 0.0))


def _cpu_s(pid: int) -> float:
    """Seconds that a process and all of its threads have run."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def most_resident_mb(pid: int) -> float:
    """The most memory that a running process, without its children, has held at once, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
