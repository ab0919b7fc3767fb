"""Replicas of the service under a steady load while editions are published: what each answered, and whether rightly."""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Engine

from benchmarks.processes import end, free_port
from benchmarks.record import ROOT
from gridsvc.answer import Routing
from gridsvc.bootstrap import Folder, Router
from gridsvc.report import Report
from gridsvc.router import Snapshot
from gridsvc.services import editions
from gridsvc.spatial.layer import Layer
from gridsvc.spatial.topology import CheckReport, check_edition

READY_S = 60.0
Body = dict[str, Any]
# What every answer is compared by, beside the areas.
ALSO = ("accountable", "assisting", "evaluator", "desk", "edition", "ruleset")


@dataclass(frozen=True, eq=False)
class Series:
    """Editions of one city that can be told apart by every answer.

    Names of the finest areas bear the edition's number; in every other one neighbours have each other's ground, and
    areas of all partitions their neighbours' units.
    """

    folder: Folder

    @cached_property
    def report(self) -> CheckReport:
        """What the checks say of the city; its variants have the same faults, none."""
        return check_edition(self.folder.snapshot.edition)

    @cached_property
    def finest(self) -> str:
        """The finest partition, whose areas' names bear the number of the edition."""
        finest = Router(self.folder.snapshot).locator.finest
        if finest is None:
            raise RuntimeError("a city without a partition cannot be told apart from another")
        return finest

    def code(self, k: int) -> str:
        """The name of the k-th edition."""
        return f"{self.folder.snapshot.edition.code}-{k:04d}"

    def number(self, code: str) -> int:
        """The k of an edition's name."""
        return int(code.rpartition("-")[2])

    def snapshot(self, k: int) -> Snapshot:
        """The k-th edition."""
        whole = self.folder.snapshot
        layers = dict(whole.edition.layers)
        for code, layer in layers.items():
            if layer.spec.coverage == "partition":
                swapped = _swapped(layer, code == self.finest) if k % 2 else layer
                names = [f"{name} {k}" for name in swapped.names] if code == self.finest else swapped.names
                layers[code] = replace(swapped, names=np.array(names, dtype=object))
        edition = replace(whole.edition, code=self.code(k), layers=layers, valid_from=None)
        return replace(whole, edition=edition, ruleset=replace(whole.ruleset, code=self.code(k)))

    def load(self, engine: Engine, k: int) -> None:
        """Store the k-th edition as a draft."""
        editions.load(engine, self.snapshot(k), self.folder.tables, self.report)

    def publish(self, engine: Engine, k: int) -> float:
        """Publish the k-th edition; gives when it was committed, by the monotonic clock."""
        editions.publish(engine, self.code(k), datetime.now(UTC))
        return time.monotonic()


def _swapped(layer: Layer, ground: bool) -> Layer:
    """The layer after neighbours by code, two and two under one parent, have swapped units, and ground if wanted."""
    order = np.arange(len(layer))
    pairs = [i for i in range(0, len(layer) - 1, 2) if layer.parents[i] == layer.parents[i + 1]]
    for i in pairs:
        order[[i, i + 1]] = i + 1, i
    return replace(layer, units=layer.units[order], geometries=layer.geometries[order if ground else slice(None)])


@dataclass(frozen=True, slots=True)
class Reply:
    """One request as it was sent and answered; seconds by the monotonic clock, ``_at`` by the other."""

    replica: int
    rows: list[int]
    batch: bool
    sent_s: float
    got_s: float
    sent_at: float
    got_at: float
    status: int
    answer: Any


@dataclass(frozen=True, eq=False)
class Replicas:
    """Running replicas of one database: their ports, and a folder for files."""

    ports: Sequence[int]
    folder: Path

    def wait_until_built(self, code: str) -> None:
        """Wait until each replica has an edition, draft or not, in its memory."""
        for port in self.ports:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/layers?edition={code}", timeout=READY_S):
                pass

    @contextmanager
    def pressed(self, points: Sequence[Body], rate: float, threads: int = 8) -> Iterator[list[Reply]]:
        """Ask all replicas at ``rate`` requests a second as long as the block lasts; then the list is filled."""
        file = self.folder / "answers.jsonl"
        told = {"ports": self.ports, "points": points, "rate": rate, "threads": threads, "answers": str(file)}
        order = [sys.executable, "-m", "benchmarks.press"]
        child = subprocess.Popen(order, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        assert child.stdin is not None
        assert child.stdout is not None
        replies: list[Reply] = []
        try:
            print(json.dumps(told), file=child.stdin, flush=True)
            child.stdout.readline()
            yield replies
        finally:
            child.stdin.close()
            code = child.wait(timeout=60)
            child.stdout.close()
        if code:
            raise RuntimeError("the presser failed; its message stands above")
        with file.open(encoding="utf-8") as lines:
            replies += [Reply(**json.loads(line)) for line in lines]


@contextmanager
def replicas(url: str, n: int) -> Iterator[Replicas]:
    """Start ``n`` services on one database and wait until each is ready; ended with the block."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gridsvc-replicas-")))
        own = {"GRIDSVC_DATABASE_URL": url, "GRIDSVC_OPEN": "1", "GRIDSVC_STATE_DIR": str(folder), "GRIDSVC_LANG": "en"}
        environment = {k: v for k, v in os.environ.items() if not k.startswith("GRIDSVC_")} | own
        ports = [free_port() for _ in range(n)]
        children = [stack.enter_context(_service(port, environment, folder / f"{port}.log")) for port in ports]
        for port, child in zip(ports, children, strict=True):
            _wait_until_ready(port, child, folder / f"{port}.log")
        yield Replicas(ports, folder)


@contextmanager
def _service(port: int, environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    order = [sys.executable, "-m", "gridsvc", "serve", "--port", str(port)]
    with log.open("wb") as out:
        child = subprocess.Popen(order, env=environment, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        yield child
    finally:
        end(child)


def _wait_until_ready(port: int, child: subprocess.Popen[bytes], log: Path) -> None:
    until_s = time.monotonic() + READY_S
    while time.monotonic() < until_s and child.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"a replica is not ready: {log.read_text(errors='replace')[-2000:]}")


def faults(series: Series, points: Sequence[Body], replies: Sequence[Reply]) -> list[str]:
    """Name every reply that is an error, differs from its own edition's router, or is older than one before it."""
    rooms: dict[str, Router] = {}
    wrong = []
    for reply in replies:
        if reply.status != 200:
            wrong.append(f"replica {reply.replica}: {reply.status} {str(reply.answer)[:300]}")
            continue
        edition = reply.answer["edition"]
        if edition not in rooms:
            rooms[edition] = Router(series.snapshot(series.number(edition)))
        given, truth = _given(reply, series.finest), _truth(rooms[edition], points, reply, reply.sent_at)
        # While it was asked, a duty may have begun or ended.
        if given != truth and given != _truth(rooms[edition], points, reply, reply.got_at):
            wrong.append(f"replica {reply.replica}: {given} is not {truth}")
    return wrong + _steps_back(series, [r for r in replies if r.status == 200])


def _truth(room: Router, points: Sequence[Body], reply: Reply, at: float) -> Any:
    """What the edition's own router says in this process, of all that an answer is compared by."""
    instant = datetime.fromtimestamp(at, UTC)
    asked = [points[row] for row in reply.rows]
    x, y = ([body["point"][axis] for body in asked] for axis in ("x", "y"))
    reports = [Report(instant, body["category"]) for body in asked]
    answers = [a.as_dict("none") for a in room.route_many(x, y, crs="wgs84", reports=reports) if isinstance(a, Routing)]
    if not reply.batch:
        return _essence(answers[0])
    columns = [[a["areas"].get(room.locator.finest, {}).get("code") for a in answers]]
    columns.append([a["accountable"] and a["accountable"]["unit"] for a in answers])
    return [room.snapshot.edition.code, room.snapshot.ruleset.code, columns]


def _given(reply: Reply, finest: str) -> Any:
    answer = reply.answer
    if not reply.batch:
        return _essence(answer)
    return [answer["edition"], answer["ruleset"], [answer["columns"][name] for name in (finest, "accountable")]]


def _essence(answer: Body) -> Any:
    return [answer["areas"], *(answer[key] for key in ALSO)]


def _steps_back(series: Series, replies: Sequence[Reply]) -> list[str]:
    """Name each reply that is of an older edition than one its replica had given before it was asked."""
    wrong = []
    for replica in {r.replica for r in replies}:
        own = sorted((r for r in replies if r.replica == replica), key=lambda r: r.sent_s)
        given = sorted((r.got_s, series.number(r.answer["edition"])) for r in own)
        newest, at = -1, 0
        for reply in own:
            while at < len(given) and given[at][0] < reply.sent_s:
                newest, at = max(newest, given[at][1]), at + 1
            if series.number(reply.answer["edition"]) < newest:
                wrong.append(f"replica {replica}: {reply.answer['edition']} after number {newest}")
    return wrong


def taken_s(series: Series, published: Mapping[int, float], replies: Sequence[Reply]) -> dict[tuple[int, int], float]:
    """Seconds from each publication to a replica's first answer by it or by a later one, by number and replica."""
    good = sorted((r for r in replies if r.status == 200), key=lambda r: r.got_s)
    taken = {}
    for replica in {r.replica for r in good}:
        own = [(r.got_s, series.number(r.answer["edition"])) for r in good if r.replica == replica]
        for k, committed_s in published.items():
            first_s = next((got_s for got_s, number in own if number >= k), None)
            if first_s is not None:
                taken[k, replica] = first_s - committed_s
    return taken
