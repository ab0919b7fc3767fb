"""Claim: area tiles cost no more to make than with any other server, and once made no more than their bytes."""

import gzip
import http.client
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import numpy as np
from sqlalchemy import Engine, make_url, text

from benchmarks import apps
from benchmarks.city import City
from benchmarks.processes import free_port
from benchmarks.race import Method, Run, race
from benchmarks.record import Fact, Goal, Result
from benchmarks.served import need_wrk, on_core, server
from benchmarks.sizes import Size
from benchmarks.tile_faults import Way, busiest, faults
from gridsvc.frames import edition_from_frames
from gridsvc.router import Snapshot
from gridsvc.services import editions
from gridsvc.spatial.findings import CheckReport
from gridsvc.spatial.mercator import Tile
from gridsvc.store import migrate
from gridsvc.store.engine import make_engine
from gridsvc.store.throwaway import throwaway_cluster

OURS, TIPG, BARE = "gridsvc, never made before", "TiPg", "bare ST_AsMVT, no server"
KEPT, STATIC = "gridsvc, made before", "bare ASGI app, the same bytes"
EDITION, LAYER = "bench", "unit_grid"
TILES = 6
# Zooms that are measured together, and by what.
GROUPS = {"z15 and z16": (15, 16), "z13 and z14": (13, 14), "z10 to z12": (10, 11, 12)}
_BARE = text("""
    SELECT ST_AsMVT(mvt.*, 'unit_grid', 4096, 'geom') FROM (
        SELECT code, name, parent, ST_AsMVTGeom(geom, ST_TileEnvelope(:z, :x, :y), 4096, 64) AS geom
        FROM tiled.unit_grid
        WHERE geom && ST_TileEnvelope(:z, :x, :y, margin => 64.0 / 4096)
    ) AS mvt""")


@dataclass(frozen=True, slots=True)
class Services:
    """Running services by name, the key that ours wants, and the database beneath all of them."""

    ports: Mapping[str, int]
    key: str
    engine: Engine
    open: dict[str, http.client.HTTPConnection] = field(default_factory=dict)

    def get(self, name: str, path: str) -> bytes:
        """Ask for one address over a connection that stays open; anything but 200 is an error."""
        if name not in self.open:
            self.open[name] = http.client.HTTPConnection("127.0.0.1", self.ports[name], timeout=60)
        headers = {"Authorization": f"Bearer {self.key}", "Accept-Encoding": "gzip"}
        try:
            self.open[name].request("GET", path, headers=headers)
            answer = self.open[name].getresponse()
        except ConnectionError:
            # Closed by the other side, which was not asked anything for a while.
            self.open[name].close()
            self.open[name].request("GET", path, headers=headers)
            answer = self.open[name].getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{name}{path}: {answer.status} {body[:300]!r}")
        return gzip.decompress(body) if answer.headers.get("content-encoding") == "gzip" else body


def run(size: Size) -> Result:
    """Make tiles of a city of unit grids anew by every way, then ask for one that was made before."""
    need_wrk()
    city = City.of(size.grids[1] if size.quick else size.grids[0])
    tables, goals, facts, wrong, compared = [], [], [], 0, 0
    with _services(city) as there:
        for title, zooms in GROUPS.items():
            tiles = [tile for z in zooms for tile in busiest(city, z, TILES if z >= 13 else 1)]
            ways = {OURS: _ours(there, "cold"), TIPG: _tipg(there), BARE: _bare(there.engine)}
            for way in ways.values():
                n, more = faults(city, way, tiles)
                compared, wrong = compared + n, wrong + more
            methods = [Method(name, _all_of(way, tiles), len(tiles)) for name, way in ways.items()]
            table = race(f"{title}, {len(tiles)} tiles", "tiles/s", TIPG, methods, size.rounds)
            tables.append(table)
            if zooms[0] >= 13:
                most, aim = (0.75, 0.5) if zooms[0] == 15 else (1.0, 0.75)
                goals.append(Goal(f"{title}: time over TiPg's", table.ratio(TIPG, OURS), most, aim, "less"))
            else:
                goals.append(Goal(f"{title}: time over bare ST_AsMVT's", table.ratio(BARE, OURS), 1.1, 0.25, "less"))
            bytes_of = {name: sum(len(gzip.compress(way(tile), 6)) for tile in tiles) for name, way in ways.items()}
            facts.append(Fact(f"{title}: bytes, packed, over bare ST_AsMVT's", bytes_of[OURS] / bytes_of[BARE], "x"))
        tile = busiest(city, 14, 1)[0]
        warm = race(
            f"a tile of z14 that was made before, {CONNECTIONS} connections", "requests/s", STATIC,
            [Method(name, _pressed(there, name, tile, size.load_s), 1) for name in (KEPT, STATIC)], size.rounds,
            np.zeros(1, np.int64),
        )  # fmt: skip
    goals.append(Goal("made before: share of a bare ASGI app returning the same bytes", warm.ratio(KEPT), 0.6, 0.8))
    notes = (
        f"{len(city)} unit grids with code, name and parent; rights on: every request to us has its key checked.",
        "The cold service is ours with nothing kept, and packs each tile; it has laid out layer and zoom once before.",
        "TiPg serves a table of shapes in EPSG:3857 with an index; bare ST_AsMVT is asked of that table by psycopg2.",
        "TiPg may put any number of shapes into a tile, and not 10 000 as it does by itself.",
        "A fault: an area that shows well within a tile and is missing, or one that lies outside and is there.",
    )
    wrong += warm.wrong
    return Result((__doc__ or "").strip(), compared, wrong, (*tables, warm), tuple(facts), tuple(goals), notes)


CONNECTIONS = 16


def _ours(there: Services, name: str) -> Way:
    return lambda tile: there.get(name, f"/tiles/{LAYER}/{tile.z}/{tile.x}/{tile.y}?edition={EDITION}")


def _tipg(there: Services) -> Way:
    path = f"/collections/tiled.{LAYER}/tiles/WebMercatorQuad"
    return lambda tile: there.get("tipg", f"{path}/{tile.z}/{tile.x}/{tile.y}?f=mvt")


def _bare(engine: Engine) -> Way:
    def ask(tile: Tile) -> bytes:
        with engine.connect() as connection:
            return bytes(connection.execute(_BARE, {"z": tile.z, "x": tile.x, "y": tile.y}).scalar_one())

    return ask


def _all_of(way: Way, tiles: Sequence[Tile]) -> Run:
    def run() -> tuple[float, None]:
        began_s = time.perf_counter()
        for tile in tiles:
            way(tile)
        return time.perf_counter() - began_s, None

    return run


def _pressed(there: Services, name: str, tile: Tile, seconds: float) -> Run:
    """Press one service with wrk; gives seconds a request, and as the answer how many failed."""
    port, path = there.ports["warm" if name == KEPT else "static"], f"/tiles/{LAYER}/{tile.z}/{tile.x}/{tile.y}"
    order = [
        "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(int(seconds), 1)}s", "--timeout", "30s", "-H",
        f"Authorization: Bearer {there.key}", "-H", "Accept-Encoding: gzip",
        f"http://127.0.0.1:{port}{path}?edition={EDITION}",
    ]  # fmt: skip

    def run() -> tuple[float, np.ndarray]:
        done = subprocess.run(order, capture_output=True, text=True, check=True, preexec_fn=on_core(client=True)).stdout
        rate = re.search(r"Requests/sec:\s+([\d.]+)", done)
        failed = re.search(r"Non-2xx or 3xx responses: (\d+)", done)
        if rate is None or not float(rate[1]):
            raise RuntimeError(f"{name} answered nothing in {seconds} s: {done}")
        return 1.0 / float(rate[1]), np.array([int(failed[1]) if failed else 0])

    return run


@contextmanager
def _services(city: City) -> Iterator[Services]:
    """Publish the city in a private PostGIS; serve it with nothing kept, with all, by TiPg, and one tile by hand."""
    key = secrets.token_hex(16)
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cluster = stack.enter_context(throwaway_cluster())
        url = cluster.make_database("bench")
        engine = make_engine(url, 2)
        stack.callback(engine.dispose)
        migrate.upgrade(engine)
        edition = replace(edition_from_frames(city.frames, EDITION), district="990102")
        editions.load(engine, Snapshot(edition), {}, CheckReport(EDITION, ()))
        editions.publish(engine, EDITION, datetime.now(UTC))
        with engine.begin() as connection:
            connection.execute(text("CREATE SCHEMA tiled"))
            connection.execute(
                text("""
                    CREATE TABLE tiled.unit_grid AS SELECT a.id, a.code, a.name, a.parent,
                        CAST(ST_Transform(a.geom, 3857) AS geometry(Geometry, 3857)) AS geom
                    FROM area a JOIN layer l ON l.id = a.layer_id WHERE l.code = 'unit_grid'""")
            )
            connection.execute(text("ALTER TABLE tiled.unit_grid ADD PRIMARY KEY (id)"))
            connection.execute(text("CREATE INDEX ON tiled.unit_grid USING gist (geom)"))
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE tiled.unit_grid"))
        answer = place / "tile.mvt"
        parts = make_url(url)
        tipg = f"postgresql://{parts.username}@{quote(str(parts.query['host']), safe='')}:{parts.query['port']}/bench"
        environment = {
            **os.environ, "GRIDSVC_DATABASE_URL": url, "GRIDSVC_ADMIN_KEY": key, "GRIDSVC_OPEN": "",
            "GRIDSVC_STATE_DIR": str(place / "state"), apps.ANSWER: str(answer), apps.KEY: key, apps.DSN: tipg,
            "DATABASE_URL": tipg, "TIPG_DB_SCHEMAS": '["tiled"]', "TIPG_TILE_BUFFER": "64",
            "TIPG_MAX_FEATURES_PER_TILE": "1000000",
        }  # fmt: skip
        ports = {name: free_port() for name in ("cold", "warm", "tipg", "static")}
        orders = {
            "warm": ["gridsvc", "serve", "--port", str(ports["warm"])],
            "cold": ["benchmarks.apps", "nothing_kept", str(ports["cold"])],
            "tipg": ["uvicorn", "tipg.main:app", "--port", str(ports["tipg"]), "--log-level", "error"],
            "static": ["benchmarks.apps", "echo", str(ports["static"])],
        }

        def serve(name: str) -> None:
            order = [sys.executable, "-m", *orders[name]]
            stack.enter_context(server(order, ports[name], environment, place / f"{name}.log"))

        there = Services(ports, key, engine)
        for name in ("cold", "warm", "tipg"):
            serve(name)
        tile = busiest(city, 14, 1)[0]
        for name in ("cold", "warm"):
            # What a service lays out by itself once it is up is done then, and takes no time from what is measured.
            for layer in (*city.frames, "edges"):
                there.get(name, f"/tiles/{layer}/{tile.z}/{tile.x}/{tile.y}")
            made = _ours(there, name)(tile)
        answer.write_bytes(gzip.compress(made, 6))
        serve("static")
        yield there
