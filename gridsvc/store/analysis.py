"""Counts cases by what they have in common: one statement over their rows, within the reach of who asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Float,
    Integer,
    Subquery,
    Text,
    and_,
    cast,
    func,
    literal,
    null,
    select,
    text,
)
from sqlalchemy import case as when

from gridsvc.casework.case import OVER
from gridsvc.codes import COMPONENT_MAJORS
from gridsvc.store.case_lists import CaseFilter, conditions
from gridsvc.store.tables import case

Period = Literal["day", "week", "month", "quarter", "year"]
Dimension = Literal[
    "type", "major", "category", "object", "place", "frequency", "unit", "source", "status", "light", "grade", "rating",
    "hour", "weekday",
]  # fmt: skip
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)
# Measures that add up; the median does not.
SUMS = (
    "cases", "disposed", "disposed_in_time", "disposed_late", "closed", "closed_in_time", "closed_late", "void",
    "returns", "rework", "rated", "satisfied",
)  # fmt: skip
# How often one object had the same trouble in the time that was asked for: once, twice or thrice, …
OFTEN = (1, 2, 4, 10)
SATISFIED = 4
# A million cases are sorted for their medians in memory, not on disk.
_WORK_MEM = text("SET LOCAL work_mem = '64MB'")


@dataclass(frozen=True, slots=True)
class Grouping:
    """By what cases are counted: up to two dimensions (or ``area:`` and a layer), a period, and whether with medians.

    The median of a million cases takes three times as long as all else together.
    """

    by: tuple[str, ...] = ()
    period: Period | None = None
    median: bool = False


def count_by(
    connection: Connection, wanted: CaseFilter, grouping: Grouping, zone: str, now: datetime
) -> list[Mapping[str, Any]]:
    """Count the cases that meet a filter by what they have in common; most cases first.

    Each row has ``k0`` and ``k1``, ``period`` (the instant at which it begins in ``zone``), the sums, ``median_hours``
    from report to close, and ``rows`` and ``total``: how many rows there are without the limit, and cases in them.
    """
    by, period = grouping.by, grouping.period
    met = and_(*conditions(wanted))
    often = _often(met) if "frequency" in by else None
    keys = [_key(name, zone, now, often).label(f"k{i}") for i, name in enumerate(by)]
    if period is not None:
        keys.append(func.date_trunc(period, case.c.reported_at, zone).label("period"))
    whole = func.count().over().label("rows"), func.sum(func.count()).over().label("total")
    query = select(*keys, *_measures(grouping.median), *whole)
    if often is not None:
        same = and_(case.c.category == often.c.category, _object() == often.c.object)
        query = query.join_from(case, often, same)
    query = query.where(met).group_by(*keys) if keys else query.where(met)
    # Of rows with as many cases the order is the keys', so that the same question has the same answer.
    query = query.order_by(func.count().desc(), *keys).limit(wanted.limit)
    connection.execute(_WORK_MEM)
    return [dict(row) for row in connection.execute(query).mappings()]


def _measures(median: bool) -> list[ColumnElement[Any]]:
    tally = case.c.tally
    sums: tuple[ColumnElement[Any], ...] = (
        func.count(),
        func.count(tally["disposed"]), *_times("disposed_in_time"), func.count(tally["closed"]),
        *_times("closed_in_time"), func.count().filter(case.c.status == "void"), _sum("returns"), _sum("rework"),
        func.count(tally["rating"]), func.count().filter(cast(tally["rating"], Integer) >= SATISFIED),
    )  # fmt: skip
    named = [one.label(name) for name, one in zip(SUMS, sums, strict=True)]
    middle = func.percentile_cont(0.5).within_group(cast(tally["hours"], Float)) if median else null()
    return [*named, middle.label("median_hours")]


def _times(word: str) -> tuple[ColumnElement[int], ColumnElement[int]]:
    in_time = cast(case.c.tally[word], Boolean)
    return func.count().filter(in_time), func.count().filter(~in_time)


def _sum(word: str) -> ColumnElement[int]:
    return func.coalesce(func.sum(cast(case.c.tally[word], Integer)), 0)


def _key(name: str, zone: str, now: datetime, often: Subquery | None) -> ColumnElement[Any]:
    of = case.c
    if name.startswith("area:"):
        area: ColumnElement[Any] = of.areas[name.removeprefix("area:")].astext
        return area
    local = func.timezone(zone, of.reported_at)
    major = func.left(of.category, 2)
    keys: dict[str, ColumnElement[Any]] = {
        "type": when((major.in_(COMPONENT_MAJORS), literal("component")), else_=literal("event")),
        "major": major,
        "object": of.component,
        "place": of.areas["unit_grid"].astext,
        **{name: of.tally[name].astext for name in ("grade", "rating")},
        "light": when(
            (of.status.in_(sorted(OVER)), null()), (of.due_at <= now, literal("red")),
            (of.amber_at <= now, literal("amber")), (of.due_at.is_not(None), literal("green")), else_=null(),
        ),
        "hour": cast(func.extract("hour", local), Text),
        "weekday": cast(func.extract("isodow", local), Text),
    }  # fmt: skip
    if often is not None and name == "frequency":
        return cast(func.width_bucket(often.c.n, text(f"ARRAY{list(OFTEN)}")), Text)
    return keys[name] if name in keys else of[name]


def _object() -> ColumnElement[str]:
    """The same object, or the same ten thousand square metres; who reports from outside the city is nobody's repeat."""
    return func.coalesce(case.c.component, case.c.areas["unit_grid"].astext, case.c.number)


def _often(met: ColumnElement[bool]) -> Subquery:
    """How many cases of its category each object had."""
    thing = _object().label("object")
    counted = select(case.c.category, thing, func.count().label("n")).where(met)
    return counted.group_by(case.c.category, thing).subquery()
