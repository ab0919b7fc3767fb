"""The index in memory and real PostGIS agree on every point, on edges and in corners too; exact arithmetic judges."""

import gzip
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from exact import holds
from sqlalchemy import Connection, Engine, text

from gridsvc.spatial.edge_policy import first_of_each
from gridsvc.spatial.layer import Edition, Layer
from gridsvc.spatial.locate import Locator
from gridsvc.store.copy import ewkb_hex
from gridsvc.store.engine import make_engine
from gridsvc.values import LayerSpec

ASKED = """
SELECT p.i, min(a.position) AS least, count(*) AS n
FROM point p JOIN area a ON ST_Intersects(a.geom, p.geom) GROUP BY p.i
"""


@dataclass(frozen=True, eq=False)
class Answers:
    """For n points: the least area by code, -1 where none, and how many areas hold the point."""

    least: np.ndarray
    n: np.ndarray


def trial_points(layer: Layer, n: int, seed: int = 20240612) -> np.ndarray:
    """A third anywhere around, a third on real edges (middles and random shares), a third in real corners."""
    rng = np.random.default_rng(seed)
    west, south, east, north = layer.bounds_deg
    rim = 0.05 * (east - west)
    third = n // 3
    anywhere = rng.uniform((west - rim, south - rim), (east + rim, north + rim), (third, 2))
    rings = [shapely.get_coordinates(r) for r in shapely.get_rings(shapely.get_parts(layer.geometries))]
    a, b = np.vstack([r[:-1] for r in rings]), np.vstack([r[1:] for r in rings])
    edge = rng.integers(0, len(a), third)
    share = np.where(rng.random(third) < 0.3, 0.5, rng.random(third))[:, None]
    on_edges = a[edge] + share * (b[edge] - a[edge])
    corners = a[rng.integers(0, len(a), n - 2 * third)]
    return np.vstack([anywhere, on_edges, corners])


def in_memory(layer: Layer, points: np.ndarray) -> tuple[Answers, np.ndarray, np.ndarray]:
    """Answers of the index, and position and how of a locator whose edition has only this layer."""
    code = layer.spec.code
    locator = Locator(Edition("alone", {code: replace(layer, spec=LayerSpec(code, coverage=layer.spec.coverage))}))
    point, area = locator.index(code).covering(points[:, 0], points[:, 1])
    found = locator.locate(points[:, 0], points[:, 1], "wgs84")
    n = np.bincount(point, minlength=len(points))
    return Answers(first_of_each(point, area, len(points)), n), found.position[code], found.how[code]


def in_postgis(connection: Connection, layer: Layer, points: np.ndarray) -> Answers:
    """Answers of ST_Intersects, by one join over temporary tables."""
    connection.execute(text("CREATE TEMP TABLE area (position int, geom geometry(Geometry, 4326)) ON COMMIT DROP"))
    connection.execute(text("CREATE TEMP TABLE point (i int, geom geometry(Point, 4326)) ON COMMIT DROP"))
    driver = connection.connection.driver_connection
    with driver.cursor() as cursor:
        for table, shapes in (("area", layer.geometries), ("point", shapely.points(points))):
            rows = "".join(f"{k}\t{wkb}\n" for k, wkb in enumerate(ewkb_hex(shapes)))
            cursor.copy_expert(f"COPY {table} FROM STDIN", io.StringIO(rows))
    connection.execute(text("CREATE INDEX ON area USING gist (geom)"))
    connection.execute(text("ANALYZE area"))
    answers = Answers(np.full(len(points), -1), np.zeros(len(points), dtype=np.int64))
    for row in connection.execute(text(ASKED)):
        answers.least[row.i], answers.n[row.i] = row.least, row.n
    return answers


@pytest.fixture(scope="module")
def spare_engine(cluster, migrated_template: str) -> Iterator[Engine]:
    """A database of this file's own; its tables are temporary, so that all tests here may share it."""
    made = make_engine(cluster.make_database("memory_and_postgis", migrated_template), 1)
    yield made
    made.dispose()


def layer_of(file: Path, code: str, coverage: str) -> Layer:
    features = json.loads(gzip.decompress(file.read_bytes()))["features"]
    shapes = np.array([shapely.from_geojson(json.dumps(f["geometry"])) for f in features], dtype=object)
    spec = LayerSpec("area", coverage=coverage)  # type: ignore[arg-type]
    return Layer.build(spec, [f["properties"][code] for f in features], shapes)


@pytest.fixture(scope="module")
def yuhang(shared: Path) -> Layer:
    return layer_of(shared / "cn-yuhang-renshou" / "yuhang-towns.geojson.gz", "name", "partition")


@pytest.fixture(scope="module")
def councils(shared: Path) -> Layer:
    return layer_of(shared / "los-angeles" / "neighborhood-councils-2019.geojson.gz", "nc_id", "cover")


def assert_agreement(engine: Engine, layer: Layer, n: int) -> None:
    points = trial_points(layer, n)
    ours, position, how = in_memory(layer, points)
    with engine.begin() as connection:
        theirs = in_postgis(connection, layer, points)
    assert np.flatnonzero(ours.least != theirs.least).tolist() == []
    assert np.flatnonzero(ours.n != theirs.n).tolist() == []
    assert position.tolist() == theirs.least.tolist()
    expected = np.where(theirs.n == 0, "outside", np.where(theirs.n == 1, "inside", "several"))
    assert np.where(np.isin(how, ("edge", "overlap")), "several", how).tolist() == expected.tolist()


def test_a_hundred_thousand_points_of_the_demo_city_agree(spare_engine, demo):
    assert_agreement(spare_engine, demo.snapshot.edition.layers["unit_grid"], 100_000)


def test_the_streets_of_yuhang_agree(spare_engine, yuhang):
    assert_agreement(spare_engine, yuhang, 20_000)


def test_the_overlapping_councils_of_los_angeles_agree(spare_engine, councils):
    assert_agreement(spare_engine, councils, 20_000)


@pytest.mark.parametrize("name", ["demo", "yuhang"])
def test_what_both_say_is_what_exact_arithmetic_says(name, demo, request):
    layer = demo.snapshot.edition.layers["unit_grid"] if name == "demo" else request.getfixturevalue(name)
    points = trial_points(layer, 600 if name == "demo" else 90, seed=7)
    tree = shapely.STRtree(layer.geometries)
    ours, _, _ = in_memory(layer, points)
    for row, (lon, lat) in enumerate(points):
        exactly = [k for k in tree.query(shapely.Point(lon, lat)) if holds(layer.geometries[k], lon, lat)]
        assert (len(exactly), min(exactly, default=-1)) == (ours.n[row], ours.least[row])


def test_the_trial_points_lie_inside_outside_on_edges_and_in_corners(demo):
    layer = demo.snapshot.edition.layers["unit_grid"]
    ours, _, how = in_memory(layer, trial_points(layer, 9_999))
    assert set(how.tolist()) == {"inside", "outside", "edge"}
    assert ours.n.max() >= 3
