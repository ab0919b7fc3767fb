"""What others can do: each maker prepares a control once and gives a function that answers all points.

The answer is the position of the first area that meets the point, -1 where none does: the product's own rule.
"""

import importlib.resources
from collections.abc import Callable, Iterable
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from rtree.index import Index
from shapely import STRtree
from shapely.prepared import prep

from gridsvc.store.cluster import Cluster

Floats = NDArray[np.float64]
Positions = NDArray[np.int32]
Work = Callable[[], Positions]


def least(point: NDArray[Any], area: NDArray[Any], n: int) -> Positions:
    """Reduce (point, area) pairs to the least area of each of ``n`` points, -1 for none."""
    answer = np.full(n, np.iinfo(np.int32).max, np.int32)
    np.minimum.at(answer, point, area.astype(np.int32))
    answer[answer == np.iinfo(np.int32).max] = -1
    return answer


def sjoin(areas: gpd.GeoDataFrame, xy: Floats, *, ready: bool) -> Work:
    """``geopandas.sjoin``; the points are made beforehand or within the call."""

    def points() -> gpd.GeoDataFrame:
        return gpd.GeoDataFrame(geometry=gpd.points_from_xy(xy[:, 0], xy[:, 1]), crs=areas.crs)

    made = points() if ready else None
    areas = areas[["geometry"]]

    def work() -> Positions:
        joined = gpd.sjoin(points() if made is None else made, areas, how="inner", predicate="intersects")
        return least(joined.index.to_numpy(), joined["index_right"].to_numpy(), len(xy))

    return work


def strtree(areas: gpd.GeoDataFrame, xy: Floats, *, ready: bool) -> Work:
    """shapely's STR tree; the points are made beforehand or within the call."""
    tree = STRtree(areas.geometry.values)
    made = shapely.points(xy) if ready else None
    return lambda: least(*tree.query(shapely.points(xy) if made is None else made, predicate="intersects"), len(xy))


def rtree_prepared(areas: gpd.GeoDataFrame, xy: Floats) -> Work:
    """The usual loop in Python: boxes from rtree, prepared polygons for the rest."""
    shapes = list(areas.geometry.values)
    tree = Index((i, box, None) for i, box in enumerate(shapely.bounds(areas.geometry.values)))
    prepared = [prep(shape) for shape in shapes]

    def one(x: float, y: float) -> int:
        point = shapely.Point(x, y)
        return min((i for i in tree.intersection((x, y, x, y)) if prepared[i].intersects(point)), default=-1)

    return lambda: np.array([one(x, y) for x, y in xy], np.int32)


def duckdb(areas: gpd.GeoDataFrame, xy: Floats) -> Work:
    """DuckDB's spatial join on one thread, both tables loaded and indexed by nothing but its own operator."""
    import duckdb as engine

    found = importlib.resources.files("duckdb_extension_spatial") / "extensions"
    (extension,) = Path(str(found)).rglob("spatial.duckdb_extension")
    connection = engine.connect(config={"threads": 1, "autoload_known_extensions": False})
    connection.execute(f"LOAD '{extension}'")
    wkb = pd.DataFrame({"i": np.arange(len(areas), dtype=np.int32), "wkb": shapely.to_wkb(areas.geometry.values)})
    points = pd.DataFrame({"i": np.arange(len(xy), dtype=np.int32), "x": xy[:, 0], "y": xy[:, 1]})
    connection.register("wkb", wkb).register("plain", points)
    connection.execute("CREATE TABLE area AS SELECT i, ST_GeomFromWKB(wkb) AS geom FROM wkb")
    connection.execute("CREATE TABLE point AS SELECT i, ST_Point(x, y) AS geom FROM plain")

    def work() -> Positions:
        query = "SELECT p.i AS p, a.i AS a FROM point p JOIN area a ON ST_Intersects(a.geom, p.geom)"
        pairs = connection.execute(query).fetchnumpy()
        return least(pairs["p"], pairs["a"], len(xy))

    return work


def sedona(areas: gpd.GeoDataFrame, xy: Floats) -> Work:
    """SedonaDB's spatial join on the cores this process may use, both tables in memory."""
    import sedonadb

    session = sedonadb.connect()
    cells = gpd.GeoDataFrame(
        {"i": np.arange(len(areas), dtype=np.int32)}, geometry=areas.geometry.values, crs=areas.crs
    )
    points = gpd.GeoDataFrame({"i": np.arange(len(xy), dtype=np.int32)}, geometry=shapely.points(xy), crs=areas.crs)
    session.create_data_frame(cells).to_memtable().to_view("area")
    session.create_data_frame(points).to_memtable().to_view("point")
    query = "SELECT p.i AS p, a.i AS a FROM point AS p JOIN area AS a ON ST_Intersects(a.geometry, p.geometry)"

    def work() -> Positions:
        pairs = pa.table(session.sql(query))
        return least(pairs["p"].to_numpy(), pairs["a"].to_numpy(), len(xy))

    return work


class PostGIS:
    """One psycopg2 connection to a private server that holds the areas with a GiST index."""

    def __init__(self, cluster: Cluster, areas: gpd.GeoDataFrame, database: str) -> None:
        cluster.make_database(database)
        self._connection = cluster.connect(database)
        self._cursor = self._connection.cursor()
        self._cursor.execute("CREATE TABLE area (i int PRIMARY KEY, geom geometry(Polygon, 4326))")
        self._copy("area", zip(range(len(areas)), _ewkb(areas.geometry.values), strict=True))
        self._cursor.execute("CREATE INDEX ON area USING gist (geom)")
        self._cursor.execute("VACUUM ANALYZE area")

    def _copy(self, table: str, rows: Iterable[tuple[int, str]]) -> None:
        rows = iter(rows)
        while text := "".join(f"{i}\t{geometry}\n" for i, geometry in islice(rows, 10_000)):
            self._cursor.copy_expert(f"COPY {table} FROM STDIN", StringIO(text))

    def join(self, xy: Floats) -> Work:
        """All points by one join, the points in a table of their own."""
        self._cursor.execute("CREATE TABLE point (i int, geom geometry(Point, 4326))")
        self._copy("point", zip(range(len(xy)), _ewkb(shapely.points(xy)), strict=True))
        self._cursor.execute("VACUUM ANALYZE point")
        query = "SELECT p.i, a.i FROM point p JOIN area a ON ST_Intersects(a.geom, p.geom)"

        def work() -> Positions:
            self._cursor.execute(query)
            pairs = np.array(self._cursor.fetchall(), np.int32).reshape(-1, 2)
            return least(pairs[:, 0], pairs[:, 1], len(xy))

        return work

    def prepared(self, xy: Floats) -> Work:
        """Each point by one call of a prepared statement."""
        self._cursor.execute(
            "PREPARE one (float8, float8) AS SELECT min(i) FROM area"
            " WHERE ST_Intersects(geom, ST_SetSRID(ST_MakePoint($1, $2), 4326))"
        )
        execute, fetch = self._cursor.execute, self._cursor.fetchone

        def work() -> Positions:
            answers = []
            for x, y in xy.tolist():
                execute("EXECUTE one (%s, %s)", (x, y))
                answers.append(fetch()[0])
            return np.array([-1 if a is None else a for a in answers], np.int32)

        return work

    def close(self) -> None:
        """End the connection."""
        self._connection.close()


def _ewkb(geometries: Any) -> list[str]:
    return list(shapely.to_wkb(shapely.set_srid(geometries, 4326), hex=True, include_srid=True))
