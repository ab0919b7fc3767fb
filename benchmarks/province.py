"""Claim: a province of a million unit grids is loaded, located, tiled and searched by the service, on one machine."""

import http.client
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from benchmarks import controls
from benchmarks.city import City
from benchmarks.city_folder import write_folder
from benchmarks.many_points import too_far
from benchmarks.points import everyday
from benchmarks.processes import free_port
from benchmarks.record import Fact, Result
from benchmarks.served import server
from benchmarks.sizes import Size
from benchmarks.spent import Spent, most_resident_mb, spent
from benchmarks.tile_faults import busiest, faults
from gridsvc.spatial.mercator import Tile
from gridsvc.store import migrate
from gridsvc.store.engine import make_engine
from gridsvc.store.throwaway import throwaway_cluster

GRIDS = (2_000, 1_000_000)
BATCH, SEARCHES, TILES = 10_000, 200, 3
ZOOMS = range(8, 17)
EDITION, FINEST = "2026-1", "unit_grid"
UP_S, ANSWER_S = 3_600.0, 600.0


class Client:
    """One connection to the service, which is open; every answer but 200 is an error."""

    def __init__(self, port: int) -> None:
        """Connect by the first question."""
        self.open = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_S)

    def ask(self, method: str, path: str, body: Any = None) -> tuple[float, bytes]:
        """Give the seconds that an answer took, and its bytes."""
        began_s = time.perf_counter()
        self.open.request(
            method, path, None if body is None else json.dumps(body), {"Content-Type": "application/json"}
        )
        answer = self.open.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{method} {path}: {answer.status} {said[:500]!r}")
        return time.perf_counter() - began_s, said


def run(size: Size) -> Result:
    """Write the boundaries, load and publish them by the commands, serve them, and ask for points, tiles and codes."""
    city = City.of(GRIDS[0 if size.quick else 1])
    with tempfile.TemporaryDirectory(prefix="gridsvc-bench-") as place, throwaway_cluster() as cluster:
        folder, url = write_folder(city, Path(place) / "boundaries", EDITION), cluster.make_database("bench")
        engine = make_engine(url, 1)
        migrate.upgrade(engine)
        engine.dispose()
        with _database(url, Path(place)):
            loaded = spent("gridsvc", "boundaries", "load", folder)
            published = spent("gridsvc", "boundaries", "publish", EDITION)
            port = free_port()
            began_s = time.perf_counter()
            order = [sys.executable, "-m", "gridsvc", "serve", "--port", str(port)]
            with server(order, port, os.environ, Path(place) / "log", UP_S) as pid:
                _wait_until_ready(port)
                ready_s, client = time.perf_counter() - began_s, Client(port)
                held = {"ready": most_resident_mb(pid)}
                located, more = _locate(city, client, size.sample)
                held["points located"] = most_resident_mb(pid)
                searched = _search(city, client)
                held["codes searched"] = most_resident_mb(pid)
                tiled = _tile(city, client)
                held["tiles made"] = most_resident_mb(pid)
    facts = (
        *_command("boundaries load", loaded), *_command("boundaries publish", published),
        Fact("serve: until it is ready", ready_s, "s"), *more, *searched[1], *tiled[1],
        *(Fact(f"serve: peak memory, {after}", mb, "MB") for after, mb in held.items()),
    )  # fmt: skip
    compared, wrong = (sum(part[0][k] for part in ((located,), searched, tiled)) for k in (0, 1))
    return Result((__doc__ or "").strip(), compared, wrong, facts=facts, notes=_notes(city))


def _notes(city: City) -> tuple[str, ...]:
    counts = ", ".join(f"{len(frame)} {layer}" for layer, frame in city.frames.items())
    return (
        f"One edition of {counts}; {len(city.coordinates)} vertices of unit grids. The commands of the product, each a "
        "process of its own, and its service with one worker; the database on the same machine.",
        "Compared: the unit grid of each point with an STRtree, that each code searched is found, and the "
        "unit grids that tiles show with the shapes.",
        "Tiles are the fullest of each zoom, asked for once, when nothing of them had been made before.",
    )


@contextmanager
def _database(url: str, place: Path) -> Iterator[None]:
    """Let commands that are started work on this database, and nobody need a key."""
    own = {"GRIDSVC_DATABASE_URL": url, "GRIDSVC_OPEN": "1", "GRIDSVC_STATE_DIR": str(place / "state"),
           "GRIDSVC_LANG": "en"}  # fmt: skip
    before: Mapping[str, str] = dict(os.environ)
    os.environ.update(own)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _command(name: str, done: Spent) -> tuple[Fact, ...]:
    return (
        Fact(f"{name}: clock", done.clock_s, "s"), Fact(f"{name}: processor", done.cpu_s, "s"),
        Fact(f"{name}: peak memory", done.peak_mb, "MB"),
    )  # fmt: skip


def _wait_until_ready(port: int) -> None:
    until_s = time.monotonic() + UP_S
    while True:
        try:
            Client(port).ask("GET", "/health/ready")
            return
        except (RuntimeError, OSError):
            if time.monotonic() > until_s:
                raise
            time.sleep(0.2)


def _locate(city: City, client: Client, n: int) -> tuple[tuple[int, int], tuple[Fact, ...]]:
    xy = everyday(city, n)
    truth = controls.strtree(city.unit_grids, xy, ready=True)()
    codes = np.append(city.unit_grids["code"].to_numpy(), None)  # -1, no unit grid, is the last
    shapes = city.unit_grids.set_index("code").geometry
    at, taken_s, wrong = datetime.now(UTC).isoformat(), 0.0, 0
    for start in range(0, n, BATCH):
        part = xy[start : start + BATCH]
        asked = {"x": part[:, 0].tolist(), "y": part[:, 1].tolist(), "crs": "wgs84", "at": at}
        seconds, said = client.ask("POST", "/v1/route/batch", asked)
        taken_s += seconds
        given = np.array(json.loads(said)["columns"][FINEST], dtype=object)
        other = given != codes[truth[start : start + BATCH]]
        beside = other & (truth[start : start + BATCH] < 0)
        # Who stands beside a unit grid, but in none, is given the one beside whom he stands.
        wrong += int((other & ~beside).sum()) + too_far(given[beside], part[beside], shapes)
    return (n, wrong), (Fact("points located over HTTP, in batches of 10 000", n / taken_s, "points/s"),)


def _search(city: City, client: Client) -> tuple[tuple[int, int], tuple[Fact, ...]]:
    codes = np.random.default_rng(4).choice(city.unit_grids["code"].to_numpy(), SEARCHES)
    seconds, wrong = [], 0
    for code in codes:
        one_s, said = client.ask("GET", f"/v1/search?q={quote(code)}")
        found = {item.get("code") for group in json.loads(said)["groups"] for item in group["items"]}
        seconds.append(one_s)
        wrong += code not in found
    median, most = float(np.median(seconds)) * 1000, max(seconds) * 1000
    return (SEARCHES, wrong), (Fact("search by code: median", median, "ms"), Fact("search by code: most", most, "ms"))


def _tile(city: City, client: Client) -> tuple[tuple[int, int], tuple[Fact, ...]]:
    made: dict[Tile, bytes] = {}
    facts = []
    for z in ZOOMS:
        taken = []
        for tile in busiest(city, z, TILES):
            seconds, made[tile] = client.ask("GET", f"/tiles/{FINEST}/{tile.z}/{tile.x}/{tile.y}")
            taken.append(seconds * 1000)
        facts.append(Fact(f"tile of z{z}: most of {len(taken)}", max(taken), "ms"))
    return faults(city, made.__getitem__, [tile for tile in made if tile.z >= 13]), tuple(facts)
