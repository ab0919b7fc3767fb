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
from sqlalchemy import Connection, func, select

from gridsvc.casework.case import NewCase
from gridsvc.codes import CURRENT_SCHEME
from gridsvc.errors import BadInput, BadTable, FieldError, NotFound
from gridsvc.frames import edition_from_frames, route_frame
from gridsvc.responsibility.check import check_references
from gridsvc.responsibility.read import read_ruleset, read_staff
from gridsvc.router import Router as PlainRouter
from gridsvc.router import Snapshot
from gridsvc.services.editions import read_snapshot
from gridsvc.services.intake import PastCase
from gridsvc.spatial.boundary_folder import RAW, PointTable, Row, read_folder, read_points, read_rows
from gridsvc.spatial.manifest import Manifest
from gridsvc.store import dated_sets
from gridsvc.store.database_url import normalise_url
from gridsvc.store.dated_sets import DatedSet
from gridsvc.store.engine import make_engine, transaction
from gridsvc.values import Component, Point, parse_instant

Progress = Callable[[str], None]
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


def read_all(folder: Path | str, progress: Progress = _silent) -> Folder:
    """Read layers and tables of a boundary folder; ``progress`` is told what is being read."""
    edition, manifest = read_folder(folder, progress)
    zone = ZoneInfo(manifest.time_zone)
    tables = {name: read_rows(manifest.tables[name]) for name in ROW_TABLES if name in manifest.tables}
    staff = read_staff(tables, zone)
    ruleset = read_ruleset(manifest.edition if "rules" in tables else "", tables, staff, zone)
    check_references(ruleset, staff, {layer.spec.code: layer.position_of for layer in edition})
    components: list[Component] = []
    if "components" in manifest.tables:
        progress("components")
        components = components_of(read_points(manifest.tables["components"], manifest.local_crs))
    return Folder(Snapshot(edition, ruleset, staff, components), manifest, tables)


def components_of(table: PointTable) -> list[Component]:
    """Make components of a table of points; raises ``BadTable`` that names the row."""
    made = _each(table, "components", ("code", "class"), _component)
    seen: set[str] = set()
    for line, component in enumerate(made, start=2):
        if component.code in seen:
            error = FieldError("code", component.code, "每个部件一个编码", "one code a component")
            zh, en = f"表 components 第 {line} 行：编码重复", f"table components, line {line}: code twice"
            raise BadTable(zh, en, [error])
        seen.add(component.code)
    return made


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
            for column in needed:
                if row[column] in (None, ""):
                    mend = ("必填", "it must be given")
                    raise BadTable("单元格为空", "a cell is empty", [FieldError(column, None, *mend)])
            made.append(make(row, Point(float(lon), float(lat))))
        except BadInput as e:
            raise BadTable(f"表 {name} 第 {line} 行：{e.zh}", f"table {name}, line {line}: {e.en}", e.errors) from None
    return made


def _component(row: Mapping[str, Any], point: Point) -> Component:
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
        accuracy_class=row.get("accuracy_class") or "B",
    )


def past_cases(contents: Folder) -> list[PastCase]:
    """Make the past cases of a folder's table ``cases``; raises ``BadTable`` that names the row."""
    source = contents.manifest.tables.get("cases")
    if source is None:
        return []
    table = read_points(source, contents.manifest.local_crs)
    return _each(table, "cases", ("reported_at", "category", "source"), _past_case)


def _past_case(row: Mapping[str, Any], point: Point) -> PastCase:
    at = row["reported_at"]
    new = NewCase(
        point=point,
        raw=row.get(RAW) or {"x": point.lon, "y": point.lat, "crs": "wgs84"},
        category=str(row["category"]),
        source=row["source"],
        description=row.get("description") or None,
        accuracy_m=_number(row, "accuracy_m"),
        component=row.get("component") or None,
        attributes=_attributes(row.get("attributes")),
    )
    return PastCase(new, at if isinstance(at, datetime) and at.tzinfo else parse_instant(str(at), "reported_at"))


def _number(row: Mapping[str, Any], column: str) -> float | None:
    value = row.get(column)
    try:
        return None if value in (None, "") else float(str(value))
    except ValueError:
        mend = ("改为数字", "give a number")
        raise BadTable("不是数字", "this is no number", [FieldError(column, value, *mend)]) from None


def _attributes(value: Any) -> dict[str, str]:
    try:
        found = json.loads(value or "{}")
    except (TypeError, ValueError):
        found = None
    if not isinstance(found, dict):
        mend = ('写成 {"键": "值"}', 'write {"key": "value"}')
        raise BadTable(
            "情形不是 JSON 对象", "the attributes are no JSON object", [FieldError("attributes", value, *mend)]
        )
    return {str(k): str(v) for k, v in found.items()}


def _held(connection: Connection, at: datetime) -> DatedSet:
    found = dated_sets.held_at(connection, "edition", at)
    if found is None:
        mend = ("先发布一个版次", "publish an edition first")
        raise NotFound("该时刻没有版次", "no edition holds at that instant", [FieldError("at", at.isoformat(), *mend)])
    return found


class Router(PlainRouter):
    """The front room with its loaders; what ``import gridsvc`` gives."""

    @classmethod
    def from_folder(cls, folder: Path | str, progress: Progress = _silent) -> Self:
        """Make a router of a boundary folder; no database is needed."""
        return cls(read_all(folder, progress).snapshot)

    @classmethod
    def from_database(cls, url: str, edition: str | None = None, at: datetime | None = None) -> Self:
        """Make a router of what a database holds: a named edition, or the one that held at ``at`` (its own now)."""
        engine = make_engine(normalise_url(url), pool_size=1)
        try:
            with transaction(engine) as connection:
                if edition is not None:
                    found = dated_sets.need(connection, "edition", edition)
                else:
                    found = _held(connection, at or connection.execute(select(func.now())).scalar_one())
                return cls(read_snapshot(connection, found, at))
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
