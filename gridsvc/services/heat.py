"""Heat: cases by place as rates that can be compared, in the classes of a named scheme; by hour and by day."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine

from gridsvc.diff_words import name_of
from gridsvc.errors import BadInput, FieldError
from gridsvc.rights import Reach
from gridsvc.router import Router
from gridsvc.spatial.heat import NO_CASE, UNKNOWN, classify
from gridsvc.spatial.heat_cells import (
    AreaGround,
    LatticeGround,
    count_in,
    density_in,
    ground_of,
    residents_in,
)
from gridsvc.spatial.heat_scheme import HeatScheme, Rate, choose, read_heat
from gridsvc.spatial.pileup import piled_up
from gridsvc.spatial.rates import few, ratios, scaled
from gridsvc.store import dated_sets
from gridsvc.store.case_lists import CaseFilter, CasePoints, case_points
from gridsvc.store.engine import transaction
from gridsvc.store.heat import heat_points
from gridsvc.store.rules import declared_rows
from gridsvc.tables import Faults
from gridsvc.values import Lang

Floats = NDArray[np.float64]
Json = dict[str, Any]
LANGS: tuple[Lang, ...] = ("zh", "en")
MEASURE_NAMES = {
    "km2": "cases_per_km2_30d", "components": "cases_per_1000_components_30d",
    "residents": "cases_per_1000_residents_30d", "none": "cases_30d",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What heat is asked for beside the filter of cases, whose times are the period.

    ``hours`` and ``weekdays`` (1 is Monday) are of the city's own time; ``before`` is the period that is compared.
    """

    by: str = "grid"
    rate: Rate = "km2"
    scheme: str | None = None
    hours: tuple[int, ...] = ()
    weekdays: tuple[int, ...] = ()
    before: tuple[datetime, datetime] | None = None


@dataclass(frozen=True, eq=False)
class _Counts:
    """One period: cases by cell (of a density about how many make it), the rate, and who is in no cell."""

    n: Floats
    value: Floats
    days: float
    total: int
    aside: dict[str, int]


def points_between(
    engine: Engine, reach: Reach, start: datetime | None = None, end: datetime | None = None
) -> CasePoints:
    """Points of the cases within the reach that were reported in [start, end), and what tells the cases apart."""
    return points_of(engine, CaseFilter(reach, start=start, end=end))


def points_of(engine: Engine, wanted: CaseFilter) -> CasePoints:
    """Points of the cases that meet a filter, and what tells them apart."""
    with transaction(engine) as connection:
        return case_points(connection, wanted)


def heat(engine: Engine, room: Router, wanted: CaseFilter, asked: Asked) -> Json:
    """Count the cases of a filter by place, scale them to 30 days and to what there is, and class them.

    ``wanted`` has a start and an end. Cells without a case are left out, those whose denominator is unknown come with
    a value of None; the highest first. Raises ``BadInput`` for places, rates and schemes that there are not.
    """
    ground = ground_of(room.locator, asked.by)
    of = _denominators(room, ground, asked)
    with transaction(engine) as connection:
        this = _count(connection, room, wanted, asked, ground, of)
        then = None
        if asked.before is not None:
            start, end = asked.before
            then = _count(connection, room, replace(wanted, start=start, end=end), asked, ground, of)
        declared = schemes_of(connection, room)
    on = _day(room, wanted)
    scheme = choose(declared, asked.rate, asked.by, on, asked.scheme)
    told = {
        "by": asked.by, "rate": asked.rate, "measure": MEASURE_NAMES[asked.rate], **_said(scheme),
        "period": period_of(room, *bounds(wanted)), "n": this.total, **_aside(this),
        "edition": room.snapshot.edition.code, "whole": wanted.reach.is_whole,
    }  # fmt: skip
    shown = (this.n > 0) | np.isnan(this.value)
    classes = classify(this.value, scheme.lower)
    columns: dict[str, Any] = {"n": this.n, "value": this.value, "class": classes, "few": few(this.n)}
    areas = isinstance(ground, AreaGround)
    if then is not None and asked.before is not None:
        shown |= then.n > 0
        how = choose(declared, "ratio", asked.by, on, None)
        ratio, low, high = ratios(this.n, this.days, then.n, then.days)
        compared = np.where(np.isnan(ratio), NO_CASE, np.searchsorted(how.lower, np.nan_to_num(ratio), "right") - 1)
        columns |= {
            "vs_n": then.n, "vs_value": then.value, "ratio": ratio, "low": low, "high": high,
            "ratio_class": compared, "ratio_few": few(this.n, then.n),
        }  # fmt: skip
        told["vs"] = {
            "period": period_of(room, *asked.before), "n": then.total, **_aside(then), **_said(how),
            "classes": _tally(compared[shown], len(how.lower)),
        }  # fmt: skip
    told |= {
        "classes": _tally(classes, len(scheme.lower)), "unknown": int((classes == UNKNOWN).sum()),
        "zero": int((classes == NO_CASE).sum()) if areas else None, "few": int(columns["few"].sum()),
    }  # fmt: skip
    return told | _cells(ground, np.flatnonzero(shown), columns)


def schemes_of(connection: Connection, room: Router) -> tuple[HeatScheme, ...]:
    """Read the schemes of classes that the room's ruleset declares; what cannot be used was refused when it came."""
    code, district = room.snapshot.ruleset.code, room.snapshot.edition.district
    found = dated_sets.find(connection, "ruleset", code, district)
    return () if found is None else read_heat({"heat": declared_rows(connection, "heat", found.id)}, Faults())


def length_of(start: datetime, end: datetime) -> float:
    """Length of a period in days; one that is empty is refused."""
    if end <= start:
        mend = ("to 应晚于 from", "let to be later than from")
        raise BadInput("时段为空", "the period is empty", [FieldError("to", end.isoformat(), *mend)])
    return (end - start).total_seconds() / 86_400


def period_of(room: Router, start: datetime, end: datetime) -> Json:
    """Say a period in the city's own time."""
    local = (at.astimezone(room.zone).isoformat() for at in (start, end))
    return {"from": next(local), "to": next(local), "days": round(length_of(start, end), 3)}


def bounds(wanted: CaseFilter) -> tuple[datetime, datetime]:
    """Give the period of a filter, which must have one."""
    if wanted.start is None or wanted.end is None:
        mend = ("写明 from 和 to", "give from and to")
        raise BadInput("缺少时段", "the period is missing", [FieldError("from", None, *mend)])
    return wanted.start, wanted.end


def _denominators(room: Router, ground: AreaGround | LatticeGround, asked: Asked) -> Floats:
    if asked.rate == "km2":
        return ground.km2
    if asked.rate == "none":
        return np.ones(ground.size)
    if isinstance(ground, LatticeGround) and (asked.rate == "residents" or asked.by == "kde"):
        mend = ("改为 km2，或按区域统计", "take km2, or count by areas")
        raise BadInput("此口径不适用", "there is no such rate here", [FieldError("rate", asked.rate, *mend)])
    if isinstance(ground, AreaGround) and asked.rate == "residents":
        return residents_in(room.snapshot.edition, ground.layer) / 1000
    cell = ground.of(*room.components.places())
    return np.bincount(cell[cell >= 0], minlength=ground.size) / 1000


def _count(
    connection: Connection, room: Router, wanted: CaseFilter, asked: Asked, ground: AreaGround | LatticeGround,
    of: Floats,
) -> _Counts:  # fmt: skip
    days = length_of(*bounds(wanted))
    points = heat_points(connection, wanted, room.zone.key, asked.hours, asked.weekdays)
    piled = piled_up(points.lon, points.lat, *points.labels)
    counted = count_in(ground, points.lon, points.lat, points.accuracy_m, piled)
    aside = {"outside": counted.outside, "piled_up": counted.piled_up, "vague": counted.vague}
    if asked.by == "kde" and isinstance(ground, LatticeGround):
        kept = counted.kept
        per_km2, about = density_in(ground, points.lon[kept], points.lat[kept])
        # What less than half a case would make is the rim of a Gaussian, not load.
        n = np.rint(about)
        value = np.where(n > 0, scaled(per_km2, days), 0.0)
    else:
        n = counted.n.astype(np.float64)
        value = scaled(n, days, of)
    return _Counts(n, value, days, len(points.lon), aside)


def _said(scheme: HeatScheme) -> Json:
    titles = {"title_zh": scheme.title_zh, "title_en": scheme.title_en}
    return {"scheme": scheme.scheme, "breaks": list(scheme.lower), **titles}


def _aside(counts: _Counts) -> Json:
    return {"set_aside": sum(counts.aside.values()), "set_aside_why": counts.aside}


def _day(room: Router, wanted: CaseFilter) -> date:
    """The day of which the scheme is: the one on which the period ends."""
    return bounds(wanted)[1].astimezone(room.zone).date()


def _tally(classes: NDArray[np.integer[Any]], n: int) -> list[int]:
    tallied: list[int] = np.bincount(classes[classes >= 0], minlength=n).tolist()
    return tallied


def _cells(ground: AreaGround | LatticeGround, rows: NDArray[np.intp], columns: dict[str, Any]) -> Json:
    """The cells in rows, highest value first, unknown ones last."""
    value = np.nan_to_num(columns["value"][rows], nan=-1.0)
    rows = rows[np.lexsort((rows, -columns["n"][rows], -value))]
    named = _area_names(ground, rows) if isinstance(ground, AreaGround) else _lattice_names(ground, rows)
    listed = named | {name: _plain(name, values[rows]) for name, values in columns.items()}
    cells = [dict(zip(listed, row, strict=True)) for row in zip(*listed.values(), strict=True)]
    if isinstance(ground, AreaGround):
        return {"cells": cells}
    return {"cells": cells, "size_m": ground.side_m, "outline": np.round(ground.outline_deg, 9).tolist()}


def _area_names(ground: AreaGround, rows: NDArray[np.intp]) -> dict[str, list[Any]]:
    layer = ground.layer
    named: dict[str, list[Any]] = {"code": layer.codes[rows].tolist()}
    if any(layer.names):
        named |= {f"name_{lang}": [name_of(layer, row, lang) for row in rows] for lang in LANGS}
    return named


def _lattice_names(ground: LatticeGround, rows: NDArray[np.intp]) -> dict[str, list[Any]]:
    column, row = ground.names(rows)
    x, y = ground.centres(rows)
    codes = [f"{c},{r}" for c, r in zip(column.tolist(), row.tolist(), strict=True)]
    return {"code": codes, "x": np.round(x, 7).tolist(), "y": np.round(y, 7).tolist()}


def _plain(name: str, values: NDArray[Any]) -> list[Any]:
    """Numbers as JSON has them: counts whole, values to five digits, None for what there is not or has no end."""
    if name in ("n", "vs_n"):
        whole: list[Any] = values.astype(np.int64).tolist()
        return whole
    if values.dtype.kind != "f":
        plain: list[Any] = values.tolist()
        return plain
    return [float(f"{v:.5g}") if np.isfinite(v) else None for v in values.tolist()]
