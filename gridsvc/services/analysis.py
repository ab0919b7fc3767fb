"""What a city's cases have in common: counts by type, place, object, time and outcome, and streets of high density."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import shapely
from sqlalchemy import Engine

from gridsvc.casework import titles
from gridsvc.codes import MAJORS, category_of
from gridsvc.diff_words import name_of
from gridsvc.errors import BadInput, FieldError, UnknownCategory
from gridsvc.router import Router
from gridsvc.spatial.stretches import dense_stretches
from gridsvc.store import analysis as store
from gridsvc.store.analysis import DIMENSIONS, OFTEN, SUMS, Grouping, Period
from gridsvc.store.case_lists import CaseFilter, case_points
from gridsvc.store.engine import transaction

MOST_DIMENSIONS = 2
AREA = "area:"
MEASURES = (*SUMS, "median_hours")
Json = dict[str, Any]
_WEEKDAYS = (("周一", "Monday"), ("周二", "Tuesday"), ("周三", "Wednesday"), ("周四", "Thursday"), ("周五", "Friday"),
             ("周六", "Saturday"), ("周日", "Sunday"))  # fmt: skip
_TYPES = {"component": ("部件", "component"), "event": ("事件", "event")}
_WORDS: Mapping[str, titles.Titles] = {
    "type": _TYPES, "source": titles.SOURCES, "status": titles.STATUSES, "light": titles.LIGHTS,
    "grade": titles.GRADES, "major": {code: (major.zh, major.en) for code, major in MAJORS.items()},
    "weekday": {str(n): words for n, words in enumerate(_WEEKDAYS, start=1)},
}  # fmt: skip


def analyse(engine: Engine, room: Router, wanted: CaseFilter, grouping: Grouping, now: datetime) -> Json:
    """Count the cases that meet a filter by at most two dimensions and a period of the district's own time.

    Gives the rows with most cases, at most ``wanted.limit``, in the order of time where there is a period; how many
    rows and cases there are in all; and what was asked. Raises ``BadInput`` that names the dimensions there are.
    """
    by, period = grouping.by, grouping.period
    _refuse_unknown(room, by)
    with transaction(engine) as connection:
        rows = store.count_by(connection, wanted, grouping, room.zone.key, now)
    items = [_item(room, row, by, period) for row in rows]
    if period is not None:
        items.sort(key=lambda item: str(item["period"]))
    of = rows[0] if rows else {"rows": 0, "total": 0}
    return {
        "by": list(by), "period": period, "from": _local(room, wanted.start), "to": _local(room, wanted.end),
        "cases": int(of["total"]), "rows": int(of["rows"]), "items": items,
    }  # fmt: skip


def dense_streets(engine: Engine, room: Router, wanted: CaseFilter, metres: float, least: int) -> Json:
    """Name the stretches of lanes with at least so many of these cases along some piece of so many metres."""
    lanes = room.snapshot.edition.layers.get("lane")
    found: list[Json] = []
    if lanes is not None:
        with transaction(engine) as connection:
            points = case_points(connection, wanted)
        stretches = dense_stretches(lanes.geometries, points.lon, points.lat, metres, least)
        for one in stretches[: wanted.limit]:
            found.append({
                "lane": {"code": lanes.codes[one.lane], "name": lanes.names[one.lane]}, "n": one.n, "most": one.most,
                "from_m": round(one.start_m, 1), "to_m": round(one.end_m, 1),
                "course": shapely.geometry.mapping(shapely.set_precision(one.course, 1e-7)),
            })  # fmt: skip
    return {"metres": metres, "least": least, "items": found}


def _refuse_unknown(room: Router, by: Sequence[str]) -> None:
    layers = room.snapshot.edition.layers.items()
    known = (*DIMENSIONS, *(f"{AREA}{code}" for code, layer in layers if layer.spec.geometry == "polygon"))
    shown = ", ".join(known)
    faults = [FieldError("by", name, f"可用：{shown}", f"one of {shown}") for name in by if name not in known]
    if len(by) > MOST_DIMENSIONS or len(set(by)) < len(by):
        faults.append(FieldError("by", list(by), "至多两个，互不相同", "two at most, not the same twice"))
    if faults:
        raise BadInput("统计维度无效", "cases cannot be counted so", faults)


def _item(room: Router, row: Mapping[str, Any], by: Sequence[str], period: Period | None) -> Json:
    item: Json = {name: _named(room, name, row[f"k{i}"]) for i, name in enumerate(by)}
    if period is not None:
        item["period"] = _label(row["period"].astimezone(room.zone), period)
    hours = row["median_hours"]
    return item | {name: int(row[name]) for name in SUMS} | {"median_hours": None if hours is None else round(hours, 2)}


def _named(room: Router, name: str, code: str | None) -> Json:
    """Give a value with its titles; what has none is called by its code, and what is unstated by a dash."""
    zh, en = ("—", "—") if code is None else _titles(room, name, code) or (code, code)
    return {"code": code, "zh": zh, "en": en}


def _titles(room: Router, name: str, code: str) -> tuple[str, str] | None:
    if name in _WORDS:
        return _WORDS[name].get(code)
    if name == "category":
        try:
            found = category_of(code)
        except UnknownCategory:
            return None
        return found.zh, found.en
    if name == "unit":
        unit = room.snapshot.staff.units.get(code)
        return None if unit is None else (unit.name, unit.name_en or unit.name)
    if name == "frequency":
        first = int(code) - 1
        span = f"{OFTEN[first]}–{OFTEN[first + 1] - 1}" if first + 1 < len(OFTEN) else f"≥ {OFTEN[first]}"
        span = span if first else "1"
        return f"{span} 次", f"{span} ×"
    if name == "hour":
        return f"{code} 时", f"{int(code):02d}:00"
    layer = "unit_grid" if name == "place" else name.removeprefix(AREA)
    of = room.snapshot.edition.layers.get(layer)
    row = None if of is None else of.position_of.get(code)
    return None if of is None or row is None else (name_of(of, row, "zh"), name_of(of, row, "en"))


def _label(begin: datetime, period: Period) -> str:
    """Name a period as people sort it: 2024, 2024-Q2, 2024-06, 2024-W24, 2024-06-12."""
    if period == "week":
        year, week, _ = begin.isocalendar()
        return f"{year}-W{week:02d}"
    shown = {"day": "%Y-%m-%d", "month": "%Y-%m", "quarter": f"%Y-Q{(begin.month + 2) // 3}", "year": "%Y"}
    return begin.strftime(shown[period])


def _local(room: Router, at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(room.zone).isoformat()
