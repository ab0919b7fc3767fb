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
from shapes import damaged_lattice, exactly_covering, trial_points
from sqlalchemy import Connection, Engine, text

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


def in_memory(layer: Layer, points: np.ndarray, compiled: bool = True) -> tuple[Answers, np.ndarray, np.ndarray]:
    """Answers of the index, and position and how of a locator whose edition has only this layer."""
    code = layer.spec.code
    alone = replace(layer, spec=LayerSpec(code, coverage=layer.spec.coverage))
    locator = Locator(Edition("alone", {code: alone}), compiled)
    point, area = locator.index.covering(points[:, 0], points[:, 1])
    first = np.flatnonzero(np.diff(point, prepend=-1))
    least = np.full(len(points), -1)
    least[point[first]] = area[first]
    found = locator.locate(points[:, 0], points[:, 1], "wgs84")
    return Answers(least, np.bincount(point, minlength=len(points))), found.position[code], found.how[code]


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
    made = make_engine(cluster.make_database("memory_and_postgis", migrated_template), 1, statement_timeout_s=240.0)
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


@pytest.fixture(scope="module")
def damaged() -> Layer:
    """Five thousand areas with gaps, overlaps, copies, holes and exclaves."""
    shapes = damaged_lattice(np.random.default_rng(7), 90, 60)
    return Layer.build(LayerSpec("area", coverage="cover"), [f"{k:04d}" for k in range(len(shapes))], shapes)


def assert_agreement(engine: Engine, layer: Layer, points: np.ndarray) -> None:
    with engine.begin() as connection:
        theirs = in_postgis(connection, layer, points)
    for compiled in (True, False):
        ours, position, how = in_memory(layer, points, compiled)
        assert np.flatnonzero(ours.least != theirs.least).tolist() == []
        assert np.flatnonzero(ours.n != theirs.n).tolist() == []
        assert np.array_equal(position, theirs.least)
        expected = np.where(theirs.n == 0, "outside", np.where(theirs.n == 1, "inside", "several"))
        assert np.array_equal(np.where(np.isin(how, ("edge", "overlap")), "several", how), expected)


def points_of(layer: Layer, n: int, seed: int = 20240612) -> np.ndarray:
    """About so many points: anywhere, in corners, on edges, level with corners, and beside all these."""
    return trial_points(layer.geometries, np.random.default_rng(seed), n // 7 + 1)[:n]


def test_a_hundred_thousand_points_of_the_demo_city_agree(spare_engine, demo):
    layer = demo.snapshot.edition.layers["unit_grid"]
    assert_agreement(spare_engine, layer, points_of(layer, 100_000))


@pytest.mark.slow
def test_a_million_points_of_a_damaged_city_agree(spare_engine, damaged):
    points = points_of(damaged, 1_000_000)
    assert len(points) == 1_000_000
    assert_agreement(spare_engine, damaged, points)


def test_the_streets_of_yuhang_agree(spare_engine, yuhang):
    assert_agreement(spare_engine, yuhang, points_of(yuhang, 20_000))


def test_the_overlapping_councils_of_los_angeles_agree(spare_engine, councils):
    assert_agreement(spare_engine, councils, points_of(councils, 20_000))


@pytest.mark.parametrize(("name", "n"), [("demo", 600), ("damaged", 1000), ("yuhang", 90)])
def test_what_both_say_is_what_exact_arithmetic_says(name, n, demo, request):
    layer = demo.snapshot.edition.layers["unit_grid"] if name == "demo" else request.getfixturevalue(name)
    points = points_of(layer, n, seed=7)
    ours, _, _ = in_memory(layer, points)
    for row, exactly in enumerate(exactly_covering(layer.geometries, points)):
        assert (len(exactly), min(exactly, default=-1)) == (ours.n[row], ours.least[row])


def test_the_trial_points_lie_inside_outside_on_edges_and_in_corners(demo):
    layer = demo.snapshot.edition.layers["unit_grid"]
    ours, _, how = in_memory(layer, points_of(layer, 9_999))
    assert set(how.tolist()) == {"inside", "outside", "edge"}
    assert ours.n.max() >= 3
