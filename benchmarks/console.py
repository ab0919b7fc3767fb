"""Claim: the console of a large city can be worked with at once after it was opened, and stays so all day."""

import csv
import json
import os
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.city import City, Floats
from benchmarks.console_watch import Browser, Opened, chromium
from benchmarks.processes import free_port
from benchmarks.record import Fact, Goal, Result
from benchmarks.served import server
from benchmarks.sizes import Size
from gridsvc.bootstrap import Router, read_all
from gridsvc.casework.case import NewCase
from gridsvc.services import editions
from gridsvc.services.intake import PastCase, import_cases
from gridsvc.spatial.topology import check_edition
from gridsvc.store import migrate
from gridsvc.store.engine import make_engine
from gridsvc.store.throwaway import throwaway_cluster
from gridsvc.values import Point

DAYS = 30
PER_S = 12.0
# By then the service has made what a first look asks for.
AHEAD_S = 60.0
BODY_S = 1.0 / PER_S
OPENINGS = 5
CATEGORIES = ("06010", "07002", "08003", "09005", "01001")
UNITS = ("U1", "U2", "U3", "U4")


def run(size: Size) -> Result:
    """Open the live screen of a large city cold and again, move its map, then report cases without pause and watch."""
    n_cases, n_events = (1_000, 120) if size.quick else (100_000, 3_600)
    city = City.of(size.grids[1] if size.quick else size.grids[0])
    with _service(city, n_cases) as port, chromium() as browser:
        base = f"http://127.0.0.1:{port}"
        just_started = browser.window(base).open("/live")
        time.sleep(AHEAD_S)
        firsts = [_first(browser, base) for _ in range(OPENINGS)]
        first = browser.window(base)
        cold = first.open("/live")
        opened = [first.open("/live") for _ in range(OPENINGS)]
        drawn = first.cases_drawn()
        moved = first.moved()
        near = first.at("/live?m=16.00/" + _middle(city)).moved()
        first.at("/live")
        reports = _Reports(port, city, n_events)
        steady = first.watched(reports.send, n_events)
    wrong = n_events - steady.heard + (0 if drawn else 1)
    again_s = float(np.median([o.usable_s for o in opened]))
    first_s, bare_s = (float(np.median(column)) for column in zip(*firsts, strict=True))
    goals = (
        Goal("opened again by the same browser: list, map and cases are there, keys are answered", again_s, 3.0, 1.0,
             "less", "s"),
        Goal("a browser's first opening, beyond that of an empty map", first_s - bare_s, 3.0, 1.0, "less", "s"),
        Goal(
            f"heap after {n_events} events over the heap after a sixth of them", steady.growth, 1.1, 1.02, "less"
        ),
    )  # fmt: skip
    facts = (
        Fact("a browser's first opening", first_s, "s"),
        Fact("a browser's first opening of an empty MapLibre map", bare_s, "s"),
        *_seconds("a browser's first opening", cold),
        *_seconds("in the seconds after the service has started", just_started),
        Fact("city in view, dragged and zoomed: median gap between frames", moved.median_ms, "ms"),
        Fact("city in view, dragged and zoomed: 95 of 100 gaps are below", moved.p95_ms, "ms"),
        Fact("city in view, dragged and zoomed: longest gap", moved.longest_ms, "ms"),
        Fact("streets in view (z16), dragged and zoomed: median gap between frames", near.median_ms, "ms"),
        Fact("streets in view (z16), dragged and zoomed: 95 of 100 gaps are below", near.p95_ms, "ms"),
        Fact("streets in view (z16), dragged and zoomed: longest gap", near.longest_ms, "ms"),
        Fact("while cases come in: longest time in which the page answers nothing", steady.longest_task_ms, "ms"),
        Fact("cases that came in a second", reports.rate, "cases/s"),
        Fact("heap after a sixth of the events", steady.early_mb, "MB"),
        Fact("heap at the end", steady.late_mb, "MB"),
        Fact("memory of the page's process after a sixth of the events", steady.resident_early_mb, "MB"),
        Fact("memory of the page's process at the end", steady.resident_late_mb, "MB"),
        Fact("elements of the page at the end over those after a sixth", steady.elements, "x"),
    )
    notes = (
        f"{len(city)} unit grids, {n_cases} open cases of the last {DAYS} days, a window of 1920 x 1080, Chromium that "
        "draws without a graphics card (SwiftShader) on the two cores that PostGIS and the service share with it.",
        "Usable: the first rows of the list stand there, the map has drawn the city and its cases and come to rest, "
        "and a key was answered.",
        f"First openings are medians of {OPENINGS} new windows, each in turn with one that opens nothing but an empty "
        "MapLibre map: without a graphics card the browser itself takes that long to make graphics and shaders ready.",
        f"Events: {PER_S:.0f} cases a second are reported over HTTP, decided, stored and told to the page; the heap is "
        "read after garbage was collected. A fault: an event that the page did not hear of, or a map without cases.",
    )
    return Result((__doc__ or "").strip(), n_events + 1, wrong, (), facts, goals, notes)


def _first(browser: Browser, base: str) -> tuple[float, float]:
    """Seconds that the live screen, and then an empty map, take in windows that have opened nothing before."""
    windows = browser.window(base), browser.window(base)
    taken_s = windows[0].open("/live").usable_s, windows[1].bare_s()
    for window in windows:
        window.close()
    return taken_s


def _seconds(what: str, opened: Opened) -> tuple[Fact, ...]:
    return (
        Fact(f"{what}: page is there", opened.shell_s, "s"),
        Fact(f"{what}: rows of the list are there", opened.list_s, "s"),
        Fact(f"{what}: map with cases has come to rest", opened.map_s, "s"),
        Fact(f"{what}: a key is answered within", opened.key_s, "s"),
    )


def _middle(city: City) -> str:
    west, south, east, north = city.unit_grids.total_bounds
    return f"{(south + north) / 2:.5f}/{(west + east) / 2:.5f}"


def _anywhere(city: City, n: int, seed: int) -> Floats:
    """Points of the box around the city, shape (n, 2)."""
    west, south, east, north = city.unit_grids.total_bounds
    return np.random.default_rng(seed).uniform((west, south), (east, north), (n, 2))


class _Reports:
    """Reports cases over HTTP, so many a second, from one thread."""

    def __init__(self, port: int, city: City, n: int) -> None:
        self.port, self.n, self.rate = port, n, 0.0
        self.points = _anywhere(city, n, 7)

    def send(self) -> threading.Thread:
        """Begin; gives the thread, which ends with the last report."""
        thread = threading.Thread(target=self._send, daemon=True)
        thread.start()
        return thread

    def _send(self) -> None:
        connection, began_s = HTTPConnection("127.0.0.1", self.port, timeout=60), time.monotonic()
        for i, (lon, lat) in enumerate(self.points.tolist()):
            body = {"point": {"x": lon, "y": lat, "crs": "wgs84"}, "category": CATEGORIES[i % len(CATEGORIES)],
                    "source": "patrol"}  # fmt: skip
            headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
            connection.request("POST", "/v1/cases", json.dumps(body), headers)
            answer = connection.getresponse()
            said = answer.read()
            if answer.status != 201:
                raise RuntimeError(f"a report was answered {answer.status}: {said[:300]!r}")
            time.sleep(max(began_s + (i + 1) * BODY_S - time.monotonic(), 0.0))
        self.rate = self.n / (time.monotonic() - began_s)


@contextmanager
def _service(city: City, n_cases: int) -> Iterator[int]:
    """Serve a city with its open cases, unlocked on loopback; gives the port."""
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cluster = stack.enter_context(throwaway_cluster(durable=True))
        url = cluster.make_database("bench")
        engine = make_engine(url, 2)
        migrate.upgrade(engine)
        folder = read_all(_write(place / "city", city))
        editions.load(engine, folder.snapshot, folder.tables, check_edition(folder.snapshot.edition))
        editions.publish(engine, folder.snapshot.edition.code, datetime.now(UTC))
        import_cases(engine, Router(folder.snapshot), list(_open_cases(city, n_cases)), "bench")
        engine.dispose()
        port = free_port()
        environment = {**os.environ, "GRIDSVC_DATABASE_URL": url, "GRIDSVC_OPEN": "1",
                       "GRIDSVC_STATE_DIR": str(place / "state")}  # fmt: skip
        order = [sys.executable, "-m", "gridsvc", "serve", "--port", str(port)]
        stack.enter_context(server(order, port, environment, place / "serve.log"))
        yield port


def _open_cases(city: City, n: int) -> Iterator[PastCase]:
    """Cases around twelve places and all over the city, reported one after the other until now."""
    random = np.random.default_rng(20261)
    bounds = city.unit_grids.total_bounds
    anywhere = _anywhere(city, n, 3)
    middles = _anywhere(city, 12, 4)
    crowded = middles[random.integers(0, len(middles), n)] + random.normal(0.0, 0.01, (n, 2))
    crowded = np.clip(crowded, bounds[:2] + 1e-4, bounds[2:] - 1e-4)
    lonlat = np.where(random.random((n, 1)) < 0.6, crowded, anywhere)
    now = datetime.now(UTC)
    ago_s = np.sort(random.uniform(60.0, DAYS * 86_400.0, n))[::-1]
    for i, ((lon, lat), s) in enumerate(zip(lonlat.tolist(), ago_s.tolist(), strict=True)):
        raw = {"x": lon, "y": lat, "crs": "wgs84"}
        new = NewCase(Point(lon, lat), raw, CATEGORIES[i % len(CATEGORIES)], "patrol")
        yield PastCase(new, now - timedelta(seconds=s))


def _write(folder: Path, city: City) -> Path:
    """The city as a boundary folder: every responsibility grid has a unit, which answers for what lies in it."""
    folder.mkdir()
    layers = []
    above = {"street": None, "community": "street", "grid": "street", "unit_grid": "community"}
    for name, parent in above.items():
        frame = city.frames[name].copy()
        frame["name"] = frame["code"]
        if name == "grid":
            frame["unit"] = [UNITS[i % len(UNITS)] for i in range(len(frame))]
        frame.to_file(folder / f"{name}.gpkg", layer=name, driver="GPKG")
        layer = {"layer": name, "file": f"{name}.gpkg", "crs": "EPSG:4326", "code": "code", "name": "name",
                 "coverage": "partition"}  # fmt: skip
        layer |= {"parent": parent, "parent_code": "parent"} if parent else {}
        layers.append(layer | ({"unit": "unit"} if name == "grid" else {}))
    tables: Mapping[str, Sequence[Mapping[str, str]]] = {
        "units": [{"code": u, "name": f"处置单位{u}", "name_en": f"Unit {u}", "parent": "", "kind": "department"}
                  for u in UNITS],
        "rules": [{"rank": "900", "id": "LOCAL", "via": "locality", "lead": "area:grid", "disputed": "false",
                   "source": "bench"}],
        "limits": [{"category": c, "condition": "", "stage": "disposal", "amount": "5", "unit": "working_day",
                    "source": "bench"} for c in CATEGORIES],
    }  # fmt: skip
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, list(rows[0]))
            table.writeheader()
            table.writerows(rows)
    manifest: dict[str, Any] = {
        "edition": "bench", "title": "bench", "district": "990102", "valid_from": "2020-01-01", "layers": layers,
        "tables": {name: f"{name}.csv" for name in tables},
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder
