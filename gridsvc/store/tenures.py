"""What holds when, and since when that is known: the entry of a set into the history, and the history itself."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import Range

from gridsvc.errors import BadInput, Conflict, FieldError
from gridsvc.store.dated_sets import DatedSet, Kind, known_at
from gridsvc.store.dated_tables import dated_set, tenure


@dataclass(frozen=True, slots=True)
class Tenure:
    """A set holds over ``[holds_from, holds_to)``, as is known over ``[known_from, known_to)``; None is no end yet.

    ``reason`` says why the history was rewritten, None where one set simply followed another.
    """

    id: int
    set_id: int
    code: str
    district: str
    holds_from: datetime
    holds_to: datetime | None
    known_from: datetime
    known_to: datetime | None
    actor: str
    reason: str | None

    @property
    def valid(self) -> Range[datetime]:
        """The span over which the set holds."""
        return Range(self.holds_from, self.holds_to)


def history(
    connection: Connection,
    kind: Kind,
    at: datetime | None = None,
    known: datetime | None = None,
    district: str | None = None,
) -> list[Tenure]:
    """Give what holds at ``at`` as is known now, or all that was known at ``known``, or with both what held then.

    With neither everything that was ever known, in the order in which it came to be.
    """
    bounds = [
        bound(tenure.c[column]).label(f"{name}_{end}")
        for column, name in (("valid", "holds"), ("known", "known"))
        for bound, end in ((func.lower, "from"), (func.upper, "to"))
    ]
    own = (tenure.c[name] for name in ("id", "set_id", "district", "actor", "reason"))
    query = select(*own, dated_set.c.code, *bounds).join(dated_set, dated_set.c.id == tenure.c.set_id)
    query = query.where(tenure.c.kind == kind)
    if district is not None:
        query = query.where(tenure.c.district == district)
    if at is not None:
        query = query.where(tenure.c.valid.contains(at))
    if at is not None or known is not None:
        query = query.where(known_at(known))
    ordered = query.order_by(tenure.c.district, func.lower(tenure.c.known), tenure.c.valid)
    return [Tenure(**row) for row in connection.execute(ordered).mappings()]


def begin_change(connection: Connection) -> None:
    """Keep everybody else from publishing until the transaction ends; who had to wait sees what the other one did."""
    connection.execute(text("LOCK TABLE tenure IN SHARE ROW EXCLUSIVE MODE"))


def known_from(connection: Connection) -> datetime:
    """Give the instant from which a begun change is known, later than those of all before it.

    Until the commit, who asks what was known then is still told otherwise: ask for it last, just before :func:`enter`.
    """
    after_last = select(func.max(func.lower(tenure.c.known)) + timedelta(microseconds=1)).scalar_subquery()
    known: datetime = connection.execute(select(func.greatest(func.clock_timestamp(), after_last))).scalar_one()
    return known


def enter(
    connection: Connection,
    given: DatedSet,
    start: datetime,
    end: datetime | None = None,
    *,
    known: datetime,
    now: datetime,
    actor: str = "",
    reason: str | None = None,
) -> datetime | None:
    """Let a set hold from ``start`` to ``end``, as is known from ``known`` (of :func:`known_from`) on.

    Without an end it holds until the next one begins, if there is a next one. Gives the end of the whole span in which
    it holds then, since it may have held on either side before; None is no end. Whatever else held there gives way: it
    is trimmed, cut in two, or gone. It goes on answering to who asks what was known before. Where anything held
    something holds.

    Ordinary is a draft that takes the rest of what holds at its start, or free ground, and reaches beyond ``now``.
    Everything else is a correction: without a ``reason`` it raises ``Conflict``.
    """
    standing = history(connection, given.kind, known=known, district=given.district)
    if end is None:
        end = min((t.holds_from for t in standing if t.holds_from > start), default=None)
    elif end <= start:
        mend = (f"晚于 {start.isoformat()}", f"later than {start.isoformat()}")
        error = FieldError("to", end.isoformat(), *mend)
        raise BadInput("终止时刻不晚于起始时刻", "the end is not after the start", [error])
    span = Range(start, end)
    own = [t for t in standing if t.set_id == given.id and (t.valid.overlaps(span) or t.valid.adjacent_to(span))]
    others = [t for t in standing if t.set_id != given.id and t.valid.overlaps(span)]
    for one in own:
        if one.valid.contains(span):
            return one.holds_to
    if reason is None:
        _refuse_to_rewrite(given, start, end, [t for t in others if t.holds_from >= start], now)
    whole = span
    for one in own:
        whole = whole.union(one.valid)
    entered = [(given.id, whole), *((t.set_id, rest) for t in others for rest in _rest(t, start, end))]
    touched = tenure.c.id.in_([t.id for t in (*own, *others)])
    connection.execute(update(tenure).where(touched).values(known=func.tstzrange(func.lower(tenure.c.known), known)))
    common = {
        "kind": given.kind, "district": given.district, "known": Range(known), "actor": actor, "reason": reason
    }  # fmt: skip
    connection.execute(insert(tenure), [common | {"set_id": i, "valid": valid} for i, valid in entered])
    return whole.upper


def _rest(held: Tenure, start: datetime, end: datetime | None) -> Iterator[Range[datetime]]:
    """What is left of a tenure before ``start`` and from ``end`` on."""
    if held.holds_from < start:
        yield Range(held.holds_from, start)
    if end is not None and (held.holds_to is None or held.holds_to > end):
        yield Range(end, held.holds_to)


def _refuse_to_rewrite(
    given: DatedSet, start: datetime, end: datetime | None, replaced: Sequence[Tenure], now: datetime
) -> None:
    if given.published_at is None and not replaced and (end is None or end > now):
        return
    mend = ("写明更正的理由（--correction）", "state it as a correction with its reason (--correction)")
    if replaced:
        last = max(t.holds_from for t in replaced).isoformat()
        mend = (f"晚于 {last}，或{mend[0]}", f"later than {last}, or {mend[1]}")
    codes = ", ".join(sorted({t.code for t in replaced}))
    raise Conflict(
        f"{given.code} 会改写已有的记录 {codes}".strip(),
        f"{given.code} would rewrite what is on record {codes}".strip(),
        [FieldError("from", start.isoformat(), *mend)],
    )
