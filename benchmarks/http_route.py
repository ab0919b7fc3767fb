"""Claim: a full decision over HTTP costs little more than HTTP itself, and a fraction of asking PostGIS each time."""

from importlib.util import find_spec
from typing import Any

import numpy as np

from benchmarks.race import Method, Table, race
from benchmarks.record import Fact, Goal, Result
from benchmarks.served import Load, Services, faults, need_wrk, services
from benchmarks.sizes import Size

OURS, FULL = "gridsvc, explain=none", "gridsvc, explain=full"
ECHO, POSTGIS = "bare ASGI echo", "FastAPI + PostGIS a request"
MANY, ONE = 16, 1


def run(size: Size) -> Result:
    """Compare answers, then press all services in turn: with 16 connections, then with one."""
    need_wrk()
    with services(2_000) as served:
        checks = [faults(served, name, size.single) for name in ("gridsvc", "postgis")]
        many, facts = _race(served, MANY, size)
        one, more = _race(served, ONE, size)
    goals = (
        Goal("share of a bare ASGI echo, 16 connections", many.ratio(OURS), 0.5, 0.75),
        Goal("over the same endpoint asking PostGIS, 16 connections", many.ratio(OURS, POSTGIS), 5, 10),
        Goal("with full explanation: share of a bare ASGI echo", many.ratio(FULL), None, 0.4),
    )
    notes = (
        f"uvicorn with {_first('uvloop', 'asyncio')} and {_first('httptools', 'h11')} for all.",
        "One worker, every server on the first core, wrk on the last; PostgreSQL may use both.",
        "The echo answers as many bytes as explain=none. The PostGIS service looks up areas and decides nothing.",
        "The same 2 000 requests come again and again, so that nearly all of our answers are remembered.",
    )
    compared = sum(n for n, _ in checks)
    wrong = sum(w for _, w in checks) + many.wrong + one.wrong
    return Result(__doc__ or "", compared, wrong, (many, one), (*facts, *more), goals, notes)


def _race(served: Services, connections: int, size: Size) -> tuple[Table, list[Fact]]:
    asked: dict[str, tuple[str, str]] = {
        ECHO: ("echo", "/v1/route?explain=none"),
        OURS: ("gridsvc", "/v1/route?explain=none"),
        FULL: ("gridsvc", "/v1/route?explain=full"),
        POSTGIS: ("postgis", "/v1/route"),
    }
    loads: dict[str, Any] = {
        title: Load(served, name, path, served.bodies, connections, size.load_s)
        for title, (name, path) in asked.items()
    }
    methods = [Method(title, load.run, 1) for title, load in loads.items()]
    title = f"POST /v1/route, {connections} connection{'s' * (connections > 1)}"
    table = race(title, "requests/s", ECHO, methods, size.rounds, np.zeros(1, np.int64))
    facts = []
    for name, load in loads.items():
        for what, values in (("p50", load.p50_ms), ("p99", load.p99_ms)):
            facts.append(Fact(f"{title}: {name}: {what}", round(float(np.median(values)), 2), "ms"))
    return table, facts


def _first(wanted: str, otherwise: str) -> str:
    return wanted if find_spec(wanted) else otherwise
