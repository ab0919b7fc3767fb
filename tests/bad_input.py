"""The doors through which bad input comes, for the tables of ``test_bad_input.py``: each gives one kind of refusal."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from fastapi.testclient import TestClient
from small_city import TABLES, load_city, write_city
from sqlalchemy import Engine, text

from gridsvc import Router
from gridsvc import errors as e
from gridsvc.bootstrap import past_cases, read_all

GOOD = {"x": 120.005, "y": 30.005, "crs": "wgs84"}
CASE = {"point": GOOD, "category": "06010", "source": "app"}
ANY = object()  # a value that is told but not worth writing down here


@dataclass(frozen=True)
class Refusal:
    """How one bad input was refused, whatever the door: (field, value, mend_zh, mend_en) for each fault."""

    code: object
    zh: str
    en: str
    faults: Sequence[tuple[str, object, str, str]]


@dataclass(frozen=True)
class World:
    """A small city in service, with one case and a faulty draft, a folder to write into, and a command line."""

    client: TestClient
    engine: Engine
    folder: Path
    run: Callable[..., tuple[int, str]]

    def city(self, **how: Any) -> Path:
        return write_city(self.folder / "city", **({"edition": "NEW"} | how))


Act = Callable[[World], Refusal]
Row = tuple[str, Act, object, object, object]


def api(method: str, path: str, key: str | None = "new", **sent: Any) -> Act:
    """Send one request."""

    def act(world: World) -> Refusal:
        headers = {"Idempotency-Key": key} if key else {}
        answer = world.client.request(method, path, headers=headers, **sent)
        body = answer.json()
        assert body["status"] == answer.status_code
        faults = [(f["field"], f["value"], f["mend_zh"], f["mend_en"]) for f in body["errors"]]
        return Refusal(answer.status_code, body["zh"], body["en"], faults)

    return act


def ruleset(tables: Any, **more: Any) -> Act:
    """Load a draft of a ruleset over HTTP."""
    return api("POST", "/v1/rulesets", json={"code": "R1", "tables": tables} | more)


def route(**changes: Any) -> Act:
    return api("POST", "/v1/route", json={"point": GOOD} | changes)


def report(key: str | None = "new", **changes: Any) -> Act:
    return api("POST", "/v1/cases", key, json=CASE | changes)


def acting(action: str, **said: Any) -> Act:
    """Do something with the one case there is."""
    return api("POST", f"/v1/cases/240612-0001/actions/{action}", "new", json={"version": 2} | said)


def deciding(case: str = "240612-0001", key: str | None = "new", **changes: Any) -> Act:
    """Settle the one case there is at the desk, which has nothing to settle with it."""
    said = {"version": 2, "unit": "U2", "reason": "现场核实由乙处负责"} | changes
    return api("POST", f"/v1/cases/{case}/actions/decide", key, json=said)


def batch(**changes: Any) -> Act:
    return api("POST", "/v1/route/batch", json={"x": [120.005], "y": [30.005], "crs": "wgs84"} | changes)


def cli(*arguments: str, header: str = "lon,lat,名", env: Mapping[str, str] | None = None, **city: Any) -> Act:
    """Run one command in both languages; ``{city}`` is the small city with these changes, ``{points}`` a table."""

    def act(world: World) -> Refusal:
        folder = str(world.city(**city))
        points = world.folder / "points.csv"
        points.write_bytes(f"{header}\n120.005,30.005,井\n".encode("gb18030"))
        given = [a.format(city=folder, points=points, out=world.folder / "out.csv") for a in arguments]
        (code, zh), (same, en) = (world.run(given, {"GRIDSVC_LANG": lang} | dict(env or {})) for lang in ("zh", "en"))
        assert code == same
        return Refusal(code, zh.splitlines()[0], en.splitlines()[0], both_languages(zh, en))

    return act


def both_languages(zh: str, en: str) -> list[tuple[str, object, str, str]]:
    """Faults of an error text: each line is ``  field = value: mend``."""
    told = [
        [line.strip().partition(" = ") for line in said.splitlines() if line.startswith("  ") and " = " in line]
        for said in (zh, en)
    ]
    faults = []
    for (field, _, rest_zh), (_, _, rest_en) in zip(*told, strict=True):
        value, _, mend_en = rest_en.partition(": ")
        faults.append((field, value, rest_zh.partition(": ")[2], mend_en))
    return faults


def points(*more: str, header: str = "lon,lat,名") -> Act:
    """Route a table of one point, in GB18030; further options win over the right ones."""
    options = {"--boundaries": "{city}", "--x": "lon", "--y": "lat", "--crs": "wgs84", "--encoding": "GB18030"}
    options |= dict(zip(more[::2], more[1::2], strict=True))
    return cli("route", "{points}", *(part for pair in options.items() for part in pair), "-o", "{out}", header=header)


def python(call: Callable[[World], Any]) -> Act:
    """Call the package itself."""

    def act(world: World) -> Refusal:
        with pytest.raises(e.GridsvcError) as refused:
            call(world)
        error = refused.value
        return Refusal(
            type(error), error.zh, error.en, [(f.field, f.value, f.mend_zh, f.mend_en) for f in error.errors]
        )

    return act


def reading(**city: Any) -> Act:
    """Read the small city with these changes, all its tables too."""
    return python(lambda w: past_cases(read_all(w.city(**city))))


def written(name: str, content: bytes, **city: Any) -> Act:
    """Read the small city with one of its files overwritten."""
    return python(lambda w: read_all(overwritten(w.city(**city), name, content)))


def overwritten(folder: Path, name: str, content: bytes) -> Path:
    (folder / name).write_bytes(content)
    return folder


def declared(folder: Path, **keys: Any) -> Path:
    """A folder whose manifest says otherwise under these keys."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return overwritten(folder, "manifest.json", json.dumps(manifest | keys).encode())


def publishing(*grids: Any) -> Act:
    """Publish a draft with these grids, which was loaded with its errors and goes again afterwards."""

    def act(world: World) -> Refusal:
        load_city(world.engine, world.city(grids=list(grids)))
        try:
            return cli("boundaries", "publish", "NEW")(world)
        finally:
            with world.engine.begin() as connection:
                connection.execute(text("DELETE FROM dated_set WHERE code = 'NEW'"))

    return act


def tables(**changes: Sequence[Any]) -> dict[str, Any]:
    return {"tables": {**TABLES, **changes}}


def router(world: World) -> Router:
    return Router.from_folder(world.city())


def frame(crs: str | None = "EPSG:4326", **columns: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"code": ["A"]} | columns, geometry=[shapely.box(120, 30, 120.01, 30.01)], crs=crs)
