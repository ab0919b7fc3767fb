"""Millions of components at once: staged beside the record, compared with it by the database, and read in a stream."""

import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.csv
from sqlalchemy import Connection, func, select, text, union_all

from gridsvc.store.components import on_record
from gridsvc.store.dated_sets import DatedSet
from gridsvc.store.notices import COMPONENTS

STAGED = ("code", "code_scheme", "class_code", "name", "competent", "owner", "maintainer", "unit_grid", "state",
          "accuracy_class")  # fmt: skip
_COMPARED = ", ".join((*STAGED[1:], "lon", "lat"))
_PLACE = "ST_SetSRID(ST_MakePoint(s.lon, s.lat), 4326)"


class Compared(NamedTuple):
    """How many staged rows are new, differ from what is on record, and say what is on record already."""

    added: int
    changed: int
    same: int


def stage(connection: Connection) -> None:
    """Make the place where rows wait; it goes with the transaction."""
    columns = ", ".join(f"{name} text" for name in STAGED)
    connection.execute(text(f"CREATE TEMP TABLE staged (row bigint, {columns}, since timestamptz, "
                            "lon float8, lat float8) ON COMMIT DROP"))  # fmt: skip


def put_staged(connection: Connection, batch: pa.RecordBatch) -> None:
    """Append rows: ``row``, the staged columns, ``since``, ``lon``, ``lat``."""
    out = io.BytesIO()
    pyarrow.csv.write_csv(batch, out, pyarrow.csv.WriteOptions(include_header=False))
    out.seek(0)
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor:
        cursor.copy_expert("COPY staged FROM STDIN WITH (FORMAT csv)", out)


def repeated(connection: Connection, most: int) -> tuple[int, list[tuple[int, str, int]]]:
    """Take out rows whose code an earlier row has; gives how many, and of the first ones row, code, earlier row."""
    connection.execute(text(
        "CREATE TEMP TABLE repeated ON COMMIT DROP AS SELECT row, code, first FROM "
        "(SELECT row, code, min(row) OVER (PARTITION BY code) AS first FROM staged) s WHERE row <> first"))  # fmt: skip
    n = connection.execute(text("SELECT count(*) FROM repeated")).scalar_one()
    found = connection.execute(text("SELECT row, code, first FROM repeated ORDER BY row LIMIT :n"), {"n": most})
    listed = [(r.row, r.code, r.first) for r in found]
    if n:
        connection.execute(text("DELETE FROM staged s USING repeated r WHERE s.row = r.row"))
    return n, listed


def compare(connection: Connection, district: str, edition: DatedSet | None) -> Compared:
    """Mark what each staged row would do, against all that is on record now."""
    query = union_all(*(q for q, _ in on_record(district, edition))).compile(dialect=connection.dialect)
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE known ON COMMIT DROP AS {query}", query.params)
        cursor.execute("ANALYZE known; ANALYZE staged")
        cursor.execute(
            "CREATE TEMP TABLE fresh ON COMMIT DROP AS SELECT s.*, k.code IS NULL AS is_new FROM staged s "
            f"LEFT JOIN known k USING (code) WHERE k.code IS NULL OR ROW({_qualified('s')}) IS DISTINCT FROM "
            f"ROW({_qualified('k')}) OR (s.since IS NOT NULL AND s.since IS DISTINCT FROM k.since)"
        )
        cursor.execute("SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM fresh")
        added, changed = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM staged")
        return Compared(added, changed, cursor.fetchone()[0] - added - changed)


def _qualified(alias: str) -> str:
    return ", ".join(f"{alias}.{name}" for name in _COMPARED.split(", "))


def record_staged(connection: Connection, district: str, actor: str, now: datetime) -> None:
    """Append what is new or changed to the record, in the order of the file, and tell every process."""
    columns = ", ".join(STAGED)
    connection.execute(
        text(f"INSERT INTO component_change (district, since, actor, {columns}, geom) SELECT :district, "
             f"coalesce(s.since, :now), :actor, {columns}, {_PLACE} FROM fresh s ORDER BY row"),
        {"district": district, "now": now, "actor": actor},
    )  # fmt: skip
    connection.execute(select(func.pg_notify(COMPONENTS, district)))


def stream(connection: Connection, district: str, edition: DatedSet | None, at_once: int) -> Iterator[list[Any]]:
    """All components on record now by code, so many at a time; the server keeps the rest."""
    query = union_all(*(q for q, _ in on_record(district, edition))).order_by("code")
    found = connection.execution_options(stream_results=True, yield_per=at_once).execute(query)
    for part in found.partitions():
        yield list(part)


def bounds_of(connection: Connection, edition: DatedSet) -> tuple[float, float, float, float] | None:
    """The box around all areas of an edition (west, south, east, north), None where it has none."""
    query = text("SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e) FROM (SELECT ST_Extent(a.geom) AS e FROM area "
                 "a JOIN layer l ON l.id = a.layer_id WHERE l.set_id = :id) b")  # fmt: skip
    row = connection.execute(query, {"id": edition.id}).one()
    return None if row[0] is None else (row[0], row[1], row[2], row[3])
