"""Claim: a province of a million unit grids is loaded, located, tiled and searched by the service, on one machine."""

import http.client
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from benchmarks import controls
from benchmarks.city import City, Floats
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
ZOOMS, COMPARED_FROM = range(8, 17), 13
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


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the service: points with the code of their unit grid (None: in none), codes, and tiles."""

    xy: Floats
    truth: NDArray[np.object_]
    codes: Sequence[str]
    tiles: Sequence[Tile]

    @classmethod
    def of(cls, city: City, n_points: int) -> "Asked":
        """Choose everyday points, some codes, and the fullest tiles of each zoom."""
        xy, codes = everyday(city, n_points), city.unit_grids["code"].to_numpy()
        found = controls.strtree(city.unit_grids, xy, ready=True)()
        searched = np.random.default_rng(4).choice(codes, SEARCHES).tolist()
        tiles = [tile for z in ZOOMS for tile in busiest(city, z, TILES)]
        # The last one stands for none: the tree says -1.
        return cls(xy, np.array([*codes, None], dtype=object)[found], searched, tiles)


@dataclass(frozen=True, slots=True)
class Told:
    """What the service answered: the code of each point's unit grid, codes that were not found, tiles; and facts."""

    given: NDArray[np.object_]
    missed: int
    tiles: Mapping[Tile, bytes]
    facts: Sequence[Fact]


def run(size: Size) -> Result:
    """Write the boundaries, load and publish them by the commands, serve them, and ask for points, tiles and codes."""
    n_grids = GRIDS[0 if size.quick else 1]
    with tempfile.TemporaryDirectory(prefix="gridsvc-bench-") as place, throwaway_cluster() as cluster:
        city = City.of(n_grids)
        folder = write_folder(city, Path(place) / "boundaries", EDITION)
        asked, notes = Asked.of(city, size.sample), _notes(city)
        # The service needs the memory; the same city is made again to compare with.
        del city
        engine = make_engine(url := cluster.make_database("bench"), 1)
        migrate.upgrade(engine)
        engine.dispose()
        with _database(url, Path(place)):
            commands = [
                fact for name, more in (("load", folder), ("publish", EDITION))
                for fact in _command(f"boundaries {name}", spent("gridsvc", "boundaries", name, more))
            ]  # fmt: skip
            told = _served(asked, Path(place))
    city = City.of(n_grids)
    other = told.given != asked.truth
    beside = other & np.array([code is None for code in asked.truth])
    # Who stands beside a unit grid, but in none, is given the one beside whom he stands.
    shapes = city.unit_grids.set_index("code").geometry
    wrong = int((other & ~beside).sum()) + too_far(told.given[beside], asked.xy[beside], shapes) + told.missed
    shown, more = faults(city, told.tiles.__getitem__, [tile for tile in asked.tiles if tile.z >= COMPARED_FROM])
    compared = len(asked.xy) + len(asked.codes) + shown
    return Result((__doc__ or "").strip(), compared, wrong + more, facts=(*commands, *told.facts), notes=notes)


def _served(asked: Asked, place: Path) -> Told:
    port, began_s = free_port(), time.perf_counter()
    order = [sys.executable, "-m", "gridsvc", "serve", "--port", str(port)]
    with server(order, port, os.environ, place / "log", UP_S) as pid:
        _wait_until_ready(port)
        facts, client = [Fact("serve: until it is ready", time.perf_counter() - began_s, "s")], Client(port)
        held = {"ready": most_resident_mb(pid)}
        given, rate = _locate(asked.xy, client)
        held["points located"] = most_resident_mb(pid)
        missed, seconds = _search(asked.codes, client)
        held["codes searched"] = most_resident_mb(pid)
        made = {tile: client.ask("GET", f"/tiles/{FINEST}/{tile.z}/{tile.x}/{tile.y}") for tile in asked.tiles}
        held["tiles made"] = most_resident_mb(pid)
    facts += [Fact(f"points located over HTTP, in batches of {BATCH}", rate, "points/s")]
    facts += [Fact(f"search by code: {n}", f(seconds) * 1000, "ms") for n, f in (("median", np.median), ("most", max))]
    for z in ZOOMS:
        taken = [seconds for tile, (seconds, _) in made.items() if tile.z == z]
        facts.append(Fact(f"tile of z{z}: most of {len(taken)}", max(taken) * 1000, "ms"))
    facts += [Fact(f"serve: peak memory, {after}", mb, "MB") for after, mb in held.items()]
    return Told(given, missed, {tile: body for tile, (_, body) in made.items()}, facts)


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


def _locate(xy: Floats, client: Client) -> tuple[NDArray[np.object_], float]:
    """Give the code of each point's unit grid, and points a second."""
    at, taken_s, given = datetime.now(UTC).isoformat(), 0.0, list[str | None]()
    for start in range(0, len(xy), BATCH):
        x, y = xy[start : start + BATCH].T.tolist()
        seconds, said = client.ask("POST", "/v1/route/batch", {"x": x, "y": y, "crs": "wgs84", "at": at})
        taken_s += seconds
        given += json.loads(said)["columns"][FINEST]
    return np.array(given, dtype=object), len(xy) / taken_s


def _search(codes: Sequence[str], client: Client) -> tuple[int, list[float]]:
    """Give how many codes were not found, and the seconds of each search."""
    missed, taken_s = 0, []
    for code in codes:
        seconds, said = client.ask("GET", f"/v1/search?q={quote(code)}")
        taken_s.append(seconds)
        missed += code not in {item.get("code") for group in json.loads(said)["groups"] for item in group["items"]}
    return missed, taken_s
