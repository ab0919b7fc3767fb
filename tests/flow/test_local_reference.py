"""A city in a reference of its own: declared once in the manifest, known to every door."""

import csv
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from pyproj import Transformer
from small_city import GRIDS, IN_A, IN_B, ODOUR, TABLES, load_city, write_city
from sqlalchemy import Engine
from typer.testing import CliRunner

from gridsvc.bootstrap import read_all
from gridsvc.cli.main import app
from gridsvc.services import editions
from gridsvc.spatial.topology import check_edition
from tests.conftest import NOON

TOWN = "+proj=tmerc +lat_0=0 +lon_0=120.2 +k=1 +x_0=50000 +y_0=-3300000 +datum=WGS84 +units=m +no_defs"
TO_TOWN = Transformer.from_crs("EPSG:4326", TOWN, always_xy=True)


def in_town(feature: dict[str, Any]) -> dict[str, Any]:
    """The feature as the city's surveyors write it, in metres of their own."""
    rings = [np.column_stack(TO_TOWN.transform(*np.array(r).T)).tolist() for r in feature["geometry"]["coordinates"]]
    return feature | {"geometry": feature["geometry"] | {"coordinates": rings}}


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """The small city with its grids and components in ``local:town``."""
    components = [dict(row) for row in TABLES["components"]]
    for row in components:
        row["x"], row["y"] = map(str, TO_TOWN.transform(float(row["x"]), float(row["y"])))
    tables = dict(TABLES) | {"components": components}
    folder = write_city(tmp_path / "town", grids=[in_town(g) for g in GRIDS], grid_layer={"crs": "LOCAL:Town"},
                        tables=tables, local_crs={"Town": TOWN})  # fmt: skip
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["tables"]["components"]["crs"] = "local:town"
    path.write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")
    return folder


def test_layers_and_tables_come_to_lie_where_they_are(town):
    contents = read_all(town)
    assert check_edition(contents.snapshot.edition).ok
    places = [(c.point.lon, c.point.lat) for c in contents.snapshot.components]
    assert places == [pytest.approx((120.004, 30.004), abs=1e-9), pytest.approx((120.016, 30.006), abs=1e-9)]


def test_the_command_line_routes_points_in_it(town, tmp_path):
    points, out = tmp_path / "points.csv", tmp_path / "out.csv"
    rows = ["{},{}".format(*TO_TOWN.transform(*place)) for place in (IN_A, IN_B)]
    points.write_text("\n".join(["x,y", *rows]) + "\n")
    command = ["route", points, "--boundaries", town, "--x", "x", "--y", "y", "--crs", "Local:TOWN", "-o", out]
    done = CliRunner().invoke(app, list(map(str, command)))
    assert done.exit_code == 0, done.output
    with out.open(encoding="utf-8") as file:
        assert [(row["grid"], row["grid_how"]) for row in csv.DictReader(file)] == [("A", "inside"), ("B", "inside")]


def test_the_service_answers_batches_and_stores_points_in_it(
    town, engine: Engine, empty_url: str, make_client: Callable[..., TestClient]
):
    load_city(engine, town)
    editions.publish(engine, "S1", NOON, NOON - timedelta(days=1))
    client = make_client(empty_url)
    x, y = TO_TOWN.transform(*IN_A)
    point = {"x": x, "y": y, "crs": "local:Town"}
    answer = client.post("/v1/route", json={"point": point, "category": ODOUR}).json()
    assert answer["areas"]["grid"]["code"] == "A"
    assert (answer["point"]["lon"], answer["point"]["lat"]) == pytest.approx(IN_A, abs=1e-9)
    batch = client.post("/v1/route/batch", json={"x": [x], "y": [y], "crs": "LOCAL:town"}).json()
    assert batch["columns"]["grid"] == ["A"]
    body = {"point": point, "category": ODOUR, "source": "patrol"}
    stored = client.post("/v1/cases", json=body, headers={"Idempotency-Key": "k1"})
    assert stored.status_code == 201, stored.text
    assert (stored.json()["point"]["lon"], stored.json()["point"]["lat"]) == pytest.approx(IN_A, abs=1e-9)
    unknown = client.post("/v1/route", json={"point": point | {"crs": "local:village"}})
    assert unknown.status_code == 422
    assert unknown.json()["errors"][0]["value"] == "local:village"
