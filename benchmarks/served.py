"""The demo city behind HTTP: our service and those it is measured by, one worker each on one core; and the load."""

import http.client
import json
import math
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import make_url

from benchmarks import apps
from benchmarks.processes import end, free_port
from benchmarks.record import ROOT
from gridsvc.bootstrap import Router, past_cases, read_all
from gridsvc.carried import carried
from gridsvc.casework.case import NewCase
from gridsvc.services import editions
from gridsvc.services.intake import prepare_months
from gridsvc.spatial.topology import check_edition
from gridsvc.store import migrate
from gridsvc.store.engine import make_engine
from gridsvc.store.throwaway import throwaway_cluster

Body = dict[str, Any]
AT = "2024-06-12T12:00:00+08:00"
UP_S = IDLE_S = 60.0


@dataclass(frozen=True, slots=True)
class Services:
    """Running services by name: ports and process ids; the key they want, a folder for files, requests to send.

    ``url`` is their database, ``control`` a copy of it in which nobody works.
    """

    ports: Mapping[str, int]
    pids: Mapping[str, int]
    key: str
    folder: Path
    bodies: Sequence[Body]
    router: Router
    url: str
    control: str

    def post(self, name: str, path: str, body: Body) -> Any:
        """Send one request outside the race and read its JSON answer; anything but 200 is an error."""
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[name], timeout=60)
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        connection.request("POST", path, json.dumps(body), headers)
        response = connection.getresponse()
        answer = response.read()
        connection.close()
        if response.status != 200:
            raise RuntimeError(f"{name}{path}: {response.status} {answer[:500]!r}")
        return json.loads(answer)


@contextmanager
def services(n_bodies: int, *, reporting: bool = False) -> Iterator[Services]:
    """Publish the demo city in a private PostGIS and serve it; ``n_bodies`` requests are its past cases.

    ``reporting``: only our service, on a server that syncs every commit, and whole reports as requests.
    """
    folder = read_all(carried("boundaries"))
    router, key = Router(folder.snapshot), secrets.token_hex(16)
    bodies = [_body(c.new, whole=reporting) for c in past_cases(folder)[:n_bodies]]
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cluster = stack.enter_context(throwaway_cluster(durable=reporting))
        url = cluster.make_database("bench")
        engine = make_engine(url, 1)
        migrate.upgrade(engine)
        editions.load(engine, folder.snapshot, folder.tables, check_edition(folder.snapshot.edition))
        editions.publish(engine, folder.snapshot.edition.code, datetime.now(UTC))
        prepare_months(engine, datetime.now(UTC))
        engine.dispose()
        control = cluster.make_database("control", "bench") if reporting else url
        answer = place / "answer.json"
        answer.write_text(json.dumps(_in_process(router, bodies[0]), ensure_ascii=False), encoding="utf-8")
        dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        environment = {
            **os.environ, "GRIDSVC_DATABASE_URL": url, "GRIDSVC_ADMIN_KEY": key, "GRIDSVC_OPEN": "",
            "GRIDSVC_STATE_DIR": str(place / "state"),
            apps.KEY: key, apps.ANSWER: str(answer), apps.DSN: dsn,
        }  # fmt: skip
        ports = {name: free_port() for name in (("gridsvc",) if reporting else ("gridsvc", "echo", "postgis"))}
        pids = {}
        for name, port in ports.items():
            own = ["-m", "gridsvc", "serve", "--port", str(port)]
            order = own if name == "gridsvc" else ["-m", "benchmarks.apps", name, str(port)]
            pids[name] = stack.enter_context(server([sys.executable, *order], port, environment, place / f"{name}.log"))
        yield Services(ports, pids, key, place, bodies, router, url, control)


def _body(new: NewCase, *, whole: bool) -> Body:
    asked = {"point": dict(new.raw), "category": new.category}
    if not whole:
        return asked
    more = ("source", "description", "address", "accuracy_m", "component", "attributes")
    return asked | {name: value for name in more if (value := getattr(new, name)) is not None}


def _in_process(router: Router, body: Body) -> Body:
    p = body["point"]
    answer = router.route(p["x"], p["y"], crs=p["crs"], category=body["category"], at=datetime.fromisoformat(AT))
    return answer.as_dict("none")


def faults(served: Services, name: str, n: int) -> tuple[int, int]:
    """Send ``n`` requests and compare with the router in this process; gives how many, and how many differ.

    Our service must give the whole answer, another one the same code in every layer that is a partition.
    """
    wrong = 0
    layers = [layer.spec.code for layer in served.router.snapshot.edition if layer.spec.coverage == "partition"]
    for body in served.bodies[:n]:
        got = served.post(name, "/v1/route?explain=none", body | {"at": AT})
        truth = _in_process(served.router, body)
        if name == "gridsvc":
            wrong += got != json.loads(json.dumps(truth))
        else:
            settled_otherwise = {layer for layer, area in truth["areas"].items() if area["how"] == "street"}
            codes = [
                {code: answer["areas"].get(code, {}).get("code") for code in layers if code not in settled_otherwise}
                for answer in (got, truth)
            ]
            wrong += codes[0] != codes[1]
    return len(served.bodies[:n]), wrong


@dataclass(eq=False)
class Load:
    """wrk with one kind of request: its ``run`` gives seconds a request, and as its answer how many failed.

    ``bodies`` are sent as JSON, or as they are where they are bytes of the media type ``kind``. With ``once`` each
    request has an idempotency key of its own. ``answered`` counts what was answered in all.
    """

    served: Services
    name: str
    path: str
    bodies: Sequence[Body] | Sequence[bytes]
    connections: int
    seconds: float
    kind: str = "application/json"
    once: bool = False
    answered: int = 0
    p50_ms: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)

    def run(self) -> tuple[float, np.ndarray[Any, Any]]:
        """Press for some seconds."""
        file = self.served.folder / f"{self.name}-{self.path}-{self.kind}".replace("/", "_")
        if not file.exists():
            sent = [b if isinstance(b, bytes) else json.dumps(b).encode() for b in self.bodies]
            file.write_bytes(b"".join(b"%d\n%b\n" % (len(b), b) for b in sent))
        url = f"http://127.0.0.1:{self.served.ports[self.name]}{self.path}"
        order = [
            "wrk", "-t1", f"-c{self.connections}", f"-d{math.ceil(self.seconds)}s", "--timeout", "30s",
            "-s", str(Path(__file__).with_name("post.lua")), url, "--", str(file), self.served.key, self.kind,
            *([secrets.token_hex(8)] if self.once else []),
        ]  # fmt: skip
        done = subprocess.run(order, capture_output=True, text=True, check=True, preexec_fn=on_core(client=True))
        _wait_until_idle(self.served.pids[self.name])
        told = json.loads(done.stdout.strip().splitlines()[-1])
        if not told["requests"]:
            raise RuntimeError(f"{self.name}{self.path} answered nothing in {self.seconds} s")
        self.answered += told["requests"] - told["failed"]
        self.p50_ms.append(told["p50_ms"])
        self.p99_ms.append(told["p99_ms"])
        return told["seconds"] / told["requests"], np.array([told["failed"]])


def need_wrk() -> None:
    """Say what is missing before anything is started."""
    if shutil.which("wrk") is None:
        raise RuntimeError("wrk is needed to press the services (Debian package wrk; ./run bench installs it)")


def on_core(*, client: bool) -> Callable[[], None]:
    """Servers stay on the first core, the client on the last one; PostgreSQL may use both."""

    def pin() -> None:
        if hasattr(os, "sched_setaffinity"):
            cores = os.sched_getaffinity(0)
            os.sched_setaffinity(0, {max(cores) if client else min(cores)})

    return pin


def _wait_until_idle(pid: int) -> None:
    """Wait until a server has done with requests whose sender is gone, which would slow the next one's turn."""
    stat, busy = Path(f"/proc/{pid}/stat"), True
    until_s = time.monotonic() + IDLE_S
    while busy and stat.exists() and time.monotonic() < until_s:
        before = _cpu_ticks(stat)
        time.sleep(0.2)
        busy = _cpu_ticks(stat) - before > 2


def _cpu_ticks(stat: Path) -> int:
    user, system = stat.read_text(encoding="utf-8").rpartition(")")[2].split()[11:13]
    return int(user) + int(system)


@contextmanager
def server(
    order: Sequence[str], port: int, environment: Mapping[str, str], log: Path, up_s: float = UP_S
) -> Iterator[int]:
    """Run a server until the block ends; gives its process id once it listens."""
    with log.open("wb") as out:
        child = subprocess.Popen(
            order,
            env=dict(environment),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            preexec_fn=on_core(client=False),
        )
    try:
        until_s = time.monotonic() + up_s
        while not _listens(port):
            if child.poll() is not None or time.monotonic() > until_s:
                raise RuntimeError(f"{order[1:]} did not start: {log.read_text(errors='replace')[-1000:]}")
            time.sleep(0.1)
        yield child.pid
    finally:
        end(child)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0
