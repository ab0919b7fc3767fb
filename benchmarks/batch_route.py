"""Claim: a thousand points a call, as columns, are decided at many times the rate of single calls."""

import io
import time
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from benchmarks.race import Method, race
from benchmarks.record import Goal, Result
from benchmarks.served import AT, Body, Load, Services, need_wrk, services
from benchmarks.sizes import Size

BATCH, SINGLE = "batch of 1 000 as JSON, 2 connections", "single calls, 16 connections"
# What somebody who writes a client chooses between: one after another on one connection, this or that.
ALONE, BATCH_ALONE = "single calls, 1 connection", "batch of 1 000 as JSON, 1 connection"
BINARY, ARROW = "batch of 1 000 as Arrow, 2 connections", "application/vnd.apache.arrow.stream"
POINTS = 1_000


def run(size: Size) -> Result:
    """Compare a batch with single calls row by row, then press both in turn."""
    need_wrk()
    with services(5 * POINTS) as served:
        batches = [_columns(served.bodies[i : i + POINTS]) for i in range(0, len(served.bodies), POINTS)]
        by_address, streams = f"/v1/route/batch?crs={batches[0]['crs']}", [_stream(batch) for batch in batches]
        compared, wrong = _faults(served, size.single)
        for batch in batches:
            served.post("gridsvc", "/v1/route/batch", batch)
        began_s = time.perf_counter()
        served.post("gridsvc", "/v1/route/batch", batches[0])
        # Long enough for several batches on each connection, however long one takes.
        press_s = max(size.load_s, 6 * (time.perf_counter() - began_s))
        methods = [
            Method(SINGLE, Load(served, "gridsvc", "/v1/route?explain=none", served.bodies, 16, size.load_s).run, 1),
            Method(BATCH, Load(served, "gridsvc", "/v1/route/batch", batches, 2, press_s).run, POINTS),
            Method(ALONE, Load(served, "gridsvc", "/v1/route?explain=none", served.bodies, 1, size.load_s).run, 1),
            Method(BATCH_ALONE, Load(served, "gridsvc", "/v1/route/batch", batches, 1, press_s).run, POINTS),
            Method(BINARY, Load(served, "gridsvc", by_address, streams, 2, press_s, ARROW).run, POINTS),
        ]
        zero = np.zeros(1, np.int64)
        table = race("POST /v1/route/batch beside /v1/route", "points/s", SINGLE, methods, size.rounds, zero)
    goals = (
        Goal("points/s over single calls of 16 connections", table.ratio(BATCH), 100, 200),
        Goal(
            "points/s over single calls, both one after another on one connection",
            table.ratio(BATCH_ALONE, ALONE),
            100,
            200,
        ),
        Goal("binary columns over JSON columns", table.ratio(BINARY, BATCH), None, 2),
    )
    notes = (
        "The same five batches and 5 000 single requests come again and again: nearly all of both is remembered.",
        "Single calls of 16 connections come in together and share the cost of the network; one client alone does not.",
    )
    return Result(__doc__ or "", compared, wrong + table.wrong, (table,), goals=goals, notes=notes)


def _columns(bodies: Sequence[Body]) -> Body:
    (crs,) = {b["point"]["crs"] for b in bodies}
    x, y = ([b["point"][axis] for b in bodies] for axis in ("x", "y"))
    return {"x": x, "y": y, "crs": crs, "category": [b["category"] for b in bodies]}


def _stream(columns: Body) -> bytes:
    """The same columns as an Arrow stream."""
    batch = pa.record_batch({name: columns[name] for name in ("x", "y", "category")})
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    return sink.getvalue()


def _faults(served: Services, n: int) -> tuple[int, int]:
    some = list(served.bodies[: min(n, POINTS)])
    columns = served.post("gridsvc", "/v1/route/batch", _columns(some) | {"at": AT})["columns"]
    wrong = 0
    for row, body in enumerate(some):
        answer = served.post("gridsvc", "/v1/route?explain=none", body | {"at": AT})
        same = all(columns[layer][row] == area["code"] for layer, area in answer["areas"].items())
        unit = answer["accountable"] and answer["accountable"]["unit"]
        wrong += not (same and columns["accountable"][row] == unit and columns["error"][row] is None)
    return len(some), wrong
