"""The one file that sees every floor but the doors: it makes routers from folders, frames and databases."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, TypeVar
from zoneinfo import ZoneInfo

import geopandas as gpd
import numpy as np
import pandas as pd
from sqlalchemy import Connection, Engine, func, select

from gridsvc.bundle.file import read_bundle
from gridsvc.bundle.seal import Head
from gridsvc.casework.case import NewCase
from gridsvc.casework.scheme_rows import read_schemes
from gridsvc.codes import CURRENT_SCHEME, parse_component_code
from gridsvc.errors import BadInput, BadTable, FieldError, NotFound
from gridsvc.frames import edition_from_frames, route_frame
from gridsvc.responsibility.check import check_references
from gridsvc.responsibility.read import read_ruleset, read_staff
from gridsvc.router import Router as PlainRouter
from gridsvc.router import Snapshot
from gridsvc.services.edition_check import edition_before
from gridsvc.services.editions import Outcome, load, read_snapshot
from gridsvc.services.holding import Pair, pair_at, pair_of
from gridsvc.services.intake import PastCase
from gridsvc.services.publishing import Finding
from gridsvc.services.rule_report import check as check_rules
from gridsvc.spatial.boundary_folder import read_folder
from gridsvc.spatial.heat_scheme import read_heat
from gridsvc.spatial.layer import Edition
from gridsvc.spatial.manifest import Manifest
from gridsvc.spatial.tables import RAW, read_points, read_rows
from gridsvc.spatial.topology import CheckReport, check_edition
from gridsvc.store import dated_sets
from gridsvc.store.database_url import normalise_url
from gridsvc.store.engine import make_engine, one_state, transaction
from gridsvc.tables import NEEDED, OF_RULESET, Faults, Row, gathered
from gridsvc.values import Component, Point, parse_instant

Progress = Callable[[str], None]
T = TypeVar("T")


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
    with gathered() as faults:
        return read_tables(edition, manifest, faults, progress)


def load_folder(
    engine: Engine, contents: Folder, now: datetime, by: str, progress: Progress = _silent
) -> tuple[Outcome, CheckReport, list[Finding]]:
    """Check what was read of a boundary folder and store it as a draft; gives what was found on edition and rules."""
    snapshot, declared = contents.snapshot, contents.manifest.declared
    with transaction(engine) as connection:
        before = edition_before(connection, snapshot.edition, now)
    points = np.array([(c.point.lon, c.point.lat) for c in snapshot.components]).reshape(-1, 2)
    places = points[:, 0], points[:, 1]
    report = check_edition(snapshot.edition, progress, declared, components=places, before=before)
    rules = check_rules(snapshot, contents.tables, now, snapshot.edition.valid_from)
    return load(engine, snapshot, contents.tables, report, by, rules, declared), report, rules


def check_tables(edition: Edition, manifest: Manifest, progress: Progress = _silent) -> None:
    """Read every table of a boundary folder, past cases too; raises ``BadTable`` with all rows that cannot be used."""
    with gathered() as faults:
        read_tables(edition, manifest, faults, progress)
        progress("cases")
        _read_cases(manifest, faults)


def read_tables(edition: Edition, manifest: Manifest, faults: Faults, progress: Progress = _silent) -> Folder:
    """Read the tables that belong to an edition; what is wrong with them is added to ``faults``."""
    zone = ZoneInfo(manifest.time_zone)
    tables: dict[str, list[Row]] = {}
    for name in OF_RULESET:
        if name in manifest.tables:
            with faults.at(name):
                tables[name] = read_rows(manifest.tables[name], faults)
    staff = read_staff(tables, zone, faults)
    # With any table of rules a ruleset of its name comes with it; without one the ruleset that holds goes on.
    came = any(name in manifest.tables for name in OF_RULESET)
    ruleset = read_ruleset(manifest.edition if came else "", tables, staff, zone, faults)
    read_schemes(tables, faults)
    read_heat(tables, faults)
    check_references(ruleset, staff, {layer.spec.code: layer.position_of for layer in edition}, tables, faults)
    components: list[Component] = []
    if "components" in manifest.tables:
        progress("components")
        components = _each(manifest, "components", _component, faults, lambda c: c.code)
    return Folder(Snapshot(edition, ruleset, staff, components), manifest, tables)


def _each(
    manifest: Manifest, name: str, make: Callable[[Mapping[str, Any], Point], T], faults: Faults,
    key: Callable[[T], str] | None = None,
) -> list[T]:  # fmt: skip
    """Make a value of each row of a table of points; an empty cell is None. ``key`` may occur only once."""
    made: list[T] = []
    try:
        table = read_points(manifest.tables[name], manifest.local_crs, faults)
    except BadInput as e:
        faults.add(name, None, e)
        return made
    rows = table.rows.astype(object).where(table.rows.notna(), None).to_dict("records")
    seen: dict[str, int] = {}
    for line, row, lon, lat in zip(table.lines, rows, table.lon.tolist(), table.lat.tolist(), strict=True):
        if faults.has(name, line):
            continue
        with faults.at(name, line):
            _refuse_empty(name, row)
            value = make(row, Point(lon, lat))
            if key is not None and (first := seen.setdefault(key(value), line)) != line:
                error = FieldError("code", key(value), "每个只出现一次", "let each occur once")
                raise BadTable(f"与第 {first} 行重复", f"it occurs in line {first} already", [error])
            made.append(value)
    return made


def _refuse_empty(name: str, row: Mapping[str, Any]) -> None:
    empty = [column for column in NEEDED[name] if row.get(column) in (None, "")]
    if empty:
        mend = ("必填", "it must be given")
        raise BadTable("单元格为空", "a cell is empty", [FieldError(column, None, *mend) for column in empty])


def _component(row: Mapping[str, Any], point: Point) -> Component:
    code = str(row["code"])
    return Component(
        code=code,
        code_scheme=row.get("code_scheme") or CURRENT_SCHEME,
        class_code=str(row.get("class") or _class_of(code)),
        name=row.get("name") or "",
        point=point,
        competent=row.get("competent") or None,
        owner=row.get("owner") or None,
        maintainer=row.get("maintainer") or None,
        unit_grid=row.get("unit_grid") or None,
        state=row.get("state") or "intact",
        accuracy_class=row.get("accuracy_class") or "B",
    )


def _class_of(code: str) -> str:
    """The class that an identifier of the current scheme states in its digits 7 to 11."""
    try:
        parts = parse_component_code(code)
    except BadInput:
        parts = None
    if parts is None or parts.code_scheme != CURRENT_SCHEME:
        mend = ("填写部件类别；仅 17 位标识码可省略", "give the class; only codes of 17 digits state it")
        raise BadTable("没有部件类别", "there is no class", [FieldError("class", None, *mend)])
    return parts.category


def past_cases(contents: Folder) -> list[PastCase]:
    """Make the past cases of a folder's table ``cases``; raises ``BadTable`` that names the rows."""
    with gathered() as faults:
        return _read_cases(contents.manifest, faults)


def _read_cases(manifest: Manifest, faults: Faults) -> list[PastCase]:
    return _each(manifest, "cases", _past_case, faults) if "cases" in manifest.tables else []


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


def _held(connection: Connection, at: datetime, known: datetime | None) -> Pair:
    found = pair_at(connection, at, None, known)
    if found is None:
        mend = ("先发布一个版次", "publish an edition first")
        raise NotFound("该时刻没有版次", "no edition holds at that instant", [FieldError("at", at.isoformat(), *mend)])
    return found


class Router(PlainRouter):
    """The front room with its loaders; what ``import gridsvc`` gives."""

    # The head of the bundle that it was read from.
    bundle: Head | None = None

    @classmethod
    def from_folder(cls, folder: Path | str, progress: Progress = _silent) -> Self:
        """Make a router of a boundary folder; no database is needed."""
        return cls(read_all(folder, progress).snapshot)

    @classmethod
    def from_database(
        cls,
        url: str,
        edition: str | None = None,
        at: datetime | None = None,
        known: datetime | None = None,
        ruleset: str | None = None,
    ) -> Self:
        """Make a router of what a database holds: what held at ``at`` (its own now), or a named edition or ruleset.

        ``known``: as was known at that instant, instead of today; later corrections count for nothing. Which ruleset
        goes with a named edition says :func:`gridsvc.services.holding.pair_of`.
        """
        engine = make_engine(normalise_url(url), pool_size=1)
        try:
            with one_state(engine) as connection:
                instant = at or connection.execute(select(func.now())).scalar_one()
                if edition is not None:
                    pair = pair_of(connection, dated_sets.need(connection, "edition", edition), ruleset, instant)
                else:
                    pair = _held(connection, instant, known)
                    if ruleset is not None:
                        pair = pair_of(connection, pair.edition, ruleset, instant)
                return cls(read_snapshot(connection, pair.edition, pair.ruleset, at, known))
        finally:
            engine.dispose()

    @classmethod
    def from_bundle(cls, path: Path | str, public_key: str | None = None, now: datetime | None = None) -> Self:
        """Make a router of a bundle's file; no database and no network is needed.

        It answers as of ``router.bundle.as_of``, and knows no telephone numbers. ``public_key``: whose signature the
        bundle must have, in hexadecimal digits; without it a bundle of any signer is read, if it is whole. Raises
        ``BadInput`` for a bundle that was changed, or has expired by ``now`` (the clock's, if not given).
        """
        found = read_bundle(Path(path).read_bytes(), now or datetime.now(UTC), public_key)
        made = cls(found.snapshot)
        made.bundle = found.head
        return made

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
