"""Keeps the record of street objects, which change every day without a new edition, and lets routers follow it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, Engine

from gridsvc.errors import BadInput, FieldError, Forbidden, NotFound
from gridsvc.rights import Reach
from gridsvc.router import Router
from gridsvc.spatial.component_index import ComponentIndex
from gridsvc.store import components as store
from gridsvc.store import dated_sets
from gridsvc.store.components import ComponentFilter
from gridsvc.store.dated_sets import DatedSet
from gridsvc.store.engine import transaction
from gridsvc.values import REMOVED, Component, in_years

Refuse = Callable[[Component], None]
# Changes that a running process takes over at once, at least.
PART = 50_000


def _nothing(_: Component) -> None:
    return None


def record_component(
    engine: Engine, district: str, given: Component, actor: str, now: datetime, refuse: Refuse = _nothing
) -> Component:
    """Record what a component is from ``given.since`` on, ``now`` if that is None; gives it as it is on record.

    A new code is a new component; a known one is moved or changed. What is on record already is not recorded again.
    Raises ``BadInput`` for a beginning that is still to come, and what ``refuse`` raises for the component as
    it would be or as it was.
    """
    refuse(given)
    since = now if given.since is None else _past(given.since, now)
    with transaction(engine) as connection:
        store.hold_changes(connection)
        known = _known(connection, district, given.code, now)
        if known is not None:
            refuse(known)
        if known is not None and replace(given, since=given.since and since) in (known, replace(known, since=None)):
            return known
        recorded = replace(given, since=since)
        store.write_change(connection, district, recorded, actor)
    return recorded


def end_component(
    engine: Engine,
    district: str,
    code: str,
    actor: str,
    now: datetime,
    since: datetime | None = None,
    refuse: Refuse = _nothing,
) -> Component:
    """Record that a component is removed from ``since`` on, else ``now``; its record stays.

    One that was removed before stays as it is. Raises ``NotFound`` for a code that is not on record, and what
    ``refuse`` raises for the component.
    """
    since = now if since is None else _past(since, now)
    with transaction(engine) as connection:
        store.hold_changes(connection)
        known = _known(connection, district, code, now)
        if known is None:
            mend = ("给出已登记的部件编码", "give the code of a recorded component")
            raise NotFound("部件不存在", "there is no such component", [FieldError("code", code, *mend)])
        refuse(known)
        if known.state == REMOVED:
            return known
        ended = replace(known, state=REMOVED, since=since)
        store.write_change(connection, district, ended, actor)
    return ended


def refuse_beyond(reach: Reach, room: Router, at: datetime, component: Component) -> None:
    """Raise ``Forbidden`` for a component beyond an actor's areas and units; its own units are those it is of."""
    found = room.route(component.point.lon, component.point.lat, crs="wgs84", at=at).areas
    areas = {layer: area.code for layer, area in found.items()}
    units = frozenset(u for u in (component.maintainer, component.owner, component.competent) if u is not None)
    if not reach.covers(areas, units):
        mend = ("请所在区域或单位的人员登记", "let somebody of that area or unit record it")
        error = FieldError("code", component.code, *mend)
        raise Forbidden("部件不在您的范围内", "the component is beyond your areas and units", [error])


def _past(since: datetime, now: datetime) -> datetime:
    if since.tzinfo is None or since > now:
        mend = ("带时区的、不晚于现在的时刻", "an instant with its offset, not after now")
        error = FieldError("since", since.isoformat(), *mend)
        raise BadInput("只能登记已经发生的变更", "only what has happened can be recorded", [error])
    return in_years(since, "since")


def _known(connection: Connection, district: str, code: str, now: datetime) -> Component | None:
    edition = dated_sets.held_at(connection, "edition", now, district)
    return store.read_component(connection, district, edition, code)


def catch_up(connection: Connection, router: Router) -> None:
    """Let a router's components take over what was recorded since they last did."""
    take_over(connection, router.snapshot.edition.district, router.components)


def take_over(connection: Connection, district: str, index: ComponentIndex, upto: int | None = None) -> None:
    """Let an index take over what was recorded since (up to a ``seq``), part by part, oldest first.

    After each part the index is what was on record at that part's end, and says so by its ``seq``.
    """
    while True:
        # Each part may mean to lay out all anew. As parts grow with what is there, all of them together cost a few
        # times what the last one costs, and never need much more memory than the index itself.
        most = max(PART, len(index) // 2)
        changes, seq = store.changes_after(connection, district, index.seq, upto, most)
        if changes:
            index.put(changes, seq)
        if len(changes) < most:
            return


def page_of_components(
    engine: Engine,
    edition: DatedSet,
    box: tuple[float, float, float, float] | None,
    class_code: str | None,
    after: str | None,
    limit: int,
) -> list[Component]:
    """Give one page of an edition's components by code, one more than ``limit`` if there is a next page."""
    with transaction(engine) as connection:
        return store.page_of_components(connection, edition, ComponentFilter(box, class_code, after, limit))
