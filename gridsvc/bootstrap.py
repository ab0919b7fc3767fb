"""The one file that sees every floor but the doors: it makes routers from folders, frames and databases."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self, TypeVar
from zoneinfo import ZoneInfo

import geopandas as gpd
import pandas as pd
from sqlalchemy import Connection

from gridsvc.casework.case import NewCase
from gridsvc.codes import CURRENT_SCHEME
from gridsvc.errors import BadInput, BadTable, FieldError, NotFound
from gridsvc.frames import edition_from_frames, route_frame
from gridsvc.responsibility.read import read_ruleset, read_staff
from gridsvc.router import Router as PlainRouter
from gridsvc.router import Snapshot
from gridsvc.services.editions import read_snapshot
from gridsvc.services.intake import PastCase
from gridsvc.spatial.boundary_folder import PointTable, Row, read_folder, read_points, read_rows
from gridsvc.spatial.manifest import Manifest
from gridsvc.store import dated_sets
from gridsvc.store.database_url import normalise_url
from gridsvc.store.dated_sets import DatedSet
from gridsvc.store.engine import make_engine, transaction
from gridsvc.values import Component, Point, parse_instant

Report = Callable[[str], None]
T = TypeVar("T")
ROW_TABLES = ("units", "people", "posts", "rules", "limits")


def _silent(_: str) -> None:
    return None


@dataclass(frozen=True, eq=False)
class Folder:
    """A boundary folder that was read: the snapshot, its manifest, and the tables as text."""

    snapshot: Snapshot
    manifest: Manifest
    tables: Mapping[str, Sequence[Row]]


def read_all(folder: Path | str, report: Report = _silent) -> Folder:
    """Read layers and tables of a boundary folder; ``report`` is told what is being read."""
    edition, manifest = read_folder(folder, report)
    zone = ZoneInfo(manifest.time_zone)
    tables = {name: read_rows(manifest.tables[name]) for name in ROW_TABLES if name in manifest.tables}
    staff = read_staff(tables, zone)
    ruleset = read_ruleset(manifest.edition if "rules" in tables else "", tables, staff, zone)
    components: list[Component] = []
    if "components" in manifest.tables:
        report("components")
        components = components_of(read_points(manifest.tables["components"], manifest.local_crs))
    return Folder(Snapshot(edition, ruleset, staff, components), manifest, tables)


def components_of(table: PointTable) -> list[Component]:
    """Make components of a table of points; raises ``BadTable`` that names the row."""
    return _each(table, "components", ("code", "class"), _component)


def _each(
    table: PointTable, name: str, needed: Sequence[str], make: Callable[[Mapping[str, Any], Point], T]
) -> list[T]:
    """Make a value of each row of a table of points; an empty cell is None."""
    for column in needed:
        if column not in table.rows:
            mend = ("补上这一列", "add this column")
            error = FieldError(column, None, *mend)
            raise BadTable(f"表 {name} 缺列", f"table {name} lacks a column", [error])
    rows = table.rows.astype(object).where(table.rows.notna(), None).to_dict("records")
    made = []
    for line, (row, lon, lat) in enumerate(zip(rows, table.lon, table.lat, strict=True), start=2):
        try:
            made.append(make(row, Point(float(lon), float(lat))))
        except BadInput as e:
            raise BadTable(f"表 {name} 第 {line} 行:{e.zh}", f"table {name}, line {line}: {e.en}", e.errors) from None
    return made


def _component(row: Mapping[str, Any], point: Point) -> Component:
    accuracy = row.get("accuracy_class") or "B"
    if accuracy not in ("A", "B", "C"):
        mend = ("A、B 或 C", "A, B or C")
        raise BadTable("精度等级无效", "the accuracy class is unknown", [FieldError("accuracy_class", accuracy, *mend)])
    return Component(
        code=str(row["code"]),
        code_scheme=row.get("code_scheme") or CURRENT_SCHEME,
        class_code=str(row["class"]),
        name=row.get("name") or "",
        point=point,
        competent=row.get("competent") or None,
        owner=row.get("owner") or None,
        maintainer=row.get("maintainer") or None,
        unit_grid=row.get("unit_grid") or None,
        state=row.get("state") or "intact",
        accuracy_class=accuracy,  # type: ignore[arg-type]  # checked above
    )


def past_cases(contents: Folder) -> list[PastCase]:
    """Make the past cases of a folder's table ``cases``; raises ``BadTable`` that names the row."""
    source = contents.manifest.tables.get("cases")
    if source is None:
        return []
    table = read_points(source, contents.manifest.local_crs)
    return _each(table, "cases", ("reported_at", "category", "source"), _past_case)


def _past_case(row: Mapping[str, Any], point: Point) -> PastCase:
    at = row.get("reported_at")
    new = NewCase(
        point=point,
        raw={"x": point.lon, "y": point.lat, "crs": "wgs84"},
        category=str(row.get("category")),
        source=row.get("source"),  # type: ignore[arg-type]  # checked when the case is made
        description=row.get("description"),
        accuracy_m=row.get("accuracy_m"),
        component=row.get("component"),
        attributes=json.loads(row.get("attributes") or "{}"),
    )
    return PastCase(new, at if isinstance(at, datetime) and at.tzinfo else parse_instant(str(at), "reported_at"))


def _held(connection: Connection, at: datetime) -> DatedSet:
    found = dated_sets.held_at(connection, "edition", at)
    if found is None:
        mend = ("先发布一个版次", "publish an edition first")
        raise NotFound("该时刻没有版次", "no edition holds at that instant", [FieldError("at", at.isoformat(), *mend)])
    return found


class Router(PlainRouter):
    """The front room with its loaders; what ``import gridsvc`` gives."""

    @classmethod
    def from_folder(cls, folder: Path | str, report: Report = _silent) -> Self:
        """Make a router of a boundary folder; no database is needed."""
        return cls(read_all(folder, report).snapshot)

    @classmethod
    def from_database(cls, url: str, edition: str | None = None, at: datetime | None = None) -> Self:
        """Make a router of what a database holds: a named edition, or the one that holds at an instant."""
        engine = make_engine(normalise_url(url), pool_size=1)
        try:
            with transaction(engine) as connection:
                if edition is not None:
                    found = dated_sets.need(connection, "edition", edition)
                elif at is not None:
                    found = _held(connection, at)
                else:
                    mend = ("给出 edition 或 at", "give edition or at")
                    raise BadInput(
                        "没有说明要哪个版次", "no edition is asked for", [FieldError("edition", None, *mend)]
                    )
                return cls(read_snapshot(connection, found))
        finally:
            engine.dispose()

    @classmethod
    def from_frames(cls, frames: Mapping[str, gpd.GeoDataFrame]) -> Self:
        """Make a router of GeoDataFrames by layer, each with a ``code`` column and a CRS."""
        return cls(Snapshot(edition_from_frames(frames)))

    def route_frame(
        self,
        frame: pd.DataFrame,
        *,
        x: str,
        y: str,
        crs: str,
        near_m: float = 1.0,
        layers: Sequence[str] | None = None,
        prefix: str = "",
    ) -> pd.DataFrame:
        """Give a copy of a table with the area of each polygon layer; see :func:`gridsvc.frames.route_frame`."""
        return route_frame(self, frame, x=x, y=y, crs=crs, near_m=near_m, layers=layers, prefix=prefix)
