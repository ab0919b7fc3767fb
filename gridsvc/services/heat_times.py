"""When the load is: cases by weekday and hour, and day by day, week by week, month by month."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Literal

from sqlalchemy import Engine

from gridsvc.errors import BadInput, FieldError
from gridsvc.router import Router
from gridsvc.services.heat import bounds, length_of, period_of
from gridsvc.store.analysis import Grouping, count_by
from gridsvc.store.case_lists import CaseFilter
from gridsvc.store.engine import transaction

Json = dict[str, Any]
Step = Literal["day", "week", "month"]
MOST_STEPS = 1000
_LEAST_DAYS = {"day": 1, "week": 7, "month": 28}


def by_hour(engine: Engine, room: Router, wanted: CaseFilter, now: datetime) -> Json:
    """Count the cases of a filter by weekday, Monday first, and hour of the city's own time."""
    told = period_of(room, *bounds(wanted))
    hours = [[0] * 24 for _ in range(7)]
    with transaction(engine) as connection:
        rows = count_by(connection, replace(wanted, limit=7 * 24), Grouping(("weekday", "hour")), room.zone.key, now)
    for row in rows:
        hours[int(row["k0"]) - 1][int(row["k1"])] = int(row["cases"])
    n = sum(map(sum, hours))
    return {"period": told, "n": n, "hours": hours, "whole": wanted.reach.is_whole}


def by_step(engine: Engine, room: Router, wanted: CaseFilter, step: Step, now: datetime) -> Json:
    """Count the cases of a filter by days, weeks or months of the city's own calendar, those without a case too.

    The first and the last step are cut by the period. Raises ``BadInput`` for more than 1 000 steps.
    """
    start, end = bounds(wanted)
    if length_of(start, end) / _LEAST_DAYS[step] > MOST_STEPS:
        mend = (f"至多 {MOST_STEPS} 步，改用更长的步长", f"{MOST_STEPS} steps at most: take longer ones")
        raise BadInput("时段过长", "the period is too long", [FieldError("step", step, *mend)])
    edges = [start, *_begins(room, start, end, step), end]
    with transaction(engine) as connection:
        rows = count_by(connection, replace(wanted, limit=2 * MOST_STEPS), Grouping((), step), room.zone.key, now)
    counted = {max(row["period"], start): int(row["cases"]) for row in rows}
    items = [
        {"from": low.astimezone(room.zone).isoformat(), "to": high.astimezone(room.zone).isoformat(),
         "n": counted.get(low, 0)}
        for low, high in pairwise(edges)
    ]  # fmt: skip
    n = sum(counted.values())
    return {"step": step, "period": period_of(room, start, end), "n": n, "items": items, "whole": wanted.reach.is_whole}


def _begins(room: Router, start: datetime, end: datetime, step: Step) -> Iterator[datetime]:
    """Where the steps within a period begin, after its start."""
    at = start.astimezone(room.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    at -= timedelta(days=at.weekday() if step == "week" else at.day - 1 if step == "month" else 0)
    while at < end:
        if at > start:
            yield at
        days = {"day": 1, "week": 7, "month": 32}[step]
        at += timedelta(days=days)  # by the wall: in the city's zone a day may have 23 hours
        at = at.replace(day=1) if step == "month" else at
