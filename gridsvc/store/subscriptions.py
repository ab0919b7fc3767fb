"""Subscriptions, and of each what was not delivered yet: rows in and out, no decision."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, insert, or_, select, update

from gridsvc.rights import Grant
from gridsvc.store.event_tables import delivery, subscription
from gridsvc.store.tables import case, case_history

_SUBSCRIPTION = (
    "id", "name", "url", "secret", "kinds", "district", "layer", "area", "unit", "created_at", "created_by",
    "paused_at", "seq", "failures", "rests_until", "error",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Subscription:
    """One row: where messages go, of what kinds (None: all), of which cases, and how far that has come."""

    id: int
    name: str
    url: str
    secret: bytes
    kinds: Sequence[str] | None
    district: str
    layer: str | None
    area: str | None
    unit: str | None
    created_at: datetime
    created_by: str
    paused_at: datetime | None
    seq: int
    failures: int
    rests_until: datetime | None
    error: str | None

    @property
    def grant(self) -> Grant:
        """What it gives its receiver: to see these cases."""
        return Grant("viewer", self.district, self.layer, self.area, self.unit)


@dataclass(frozen=True, slots=True)
class Undelivered:
    """An event that was not delivered yet; ``tries`` is 0 where it waits behind another of its case."""

    seq: int
    case_id: UUID
    tries: int
    first_at: datetime
    due_at: datetime
    error: str | None
    dead_at: datetime | None


@dataclass(frozen=True, slots=True)
class Letter:
    """An event that was given up, by the words of its case."""

    seq: int
    number: str
    kind: str
    at: datetime
    tries: int
    error: str | None
    dead_at: datetime


def add_subscription(connection: Connection, **values: Any) -> int:
    """Store a new subscription and give its number."""
    statement = insert(subscription).values(**values).returning(subscription.c.id)
    return int(connection.execute(statement).scalar_one())


def subscriptions_of(connection: Connection, district: str) -> list[Subscription]:
    """Give the subscriptions of a district by number."""
    return _read(connection, subscription.c.district == district)


def find_subscription(connection: Connection, id_: int, district: str) -> Subscription | None:
    """Give one subscription of a district."""
    return next(iter(_read(connection, subscription.c.id == id_, subscription.c.district == district)), None)


def claim(connection: Connection, id_: int, now: datetime) -> Subscription | None:
    """Give a subscription to work on, which nobody else does until the transaction ends; None where it is to be left.

    It is paused, at rest, gone, or somebody else is at it.
    """
    query = select(*(subscription.c[n] for n in _SUBSCRIPTION)).where(subscription.c.id == id_, _awake(now))
    row = connection.execute(query.with_for_update(skip_locked=True)).mappings().first()
    return Subscription(**row) if row else None


def with_work(connection: Connection, district: str, last: int, now: datetime) -> list[int]:
    """Give the numbers of the subscriptions that have something to do, where ``last`` is the last event's number."""
    of = delivery.c
    again = exists().where(of.subscription_id == subscription.c.id, of.dead_at.is_(None), of.due_at <= now)
    wanted = subscription.c.district == district, _awake(now), or_(subscription.c.seq < last, again)
    return list(connection.execute(select(subscription.c.id).where(*wanted).order_by(subscription.c.id)).scalars())


def change_subscription(connection: Connection, id_: int, **values: Any) -> None:
    """Store changed fields."""
    connection.execute(update(subscription).where(subscription.c.id == id_).values(**values))


def end_subscription(connection: Connection, id_: int) -> None:
    """Remove a subscription with everything that it has not delivered."""
    connection.execute(delete(subscription).where(subscription.c.id == id_))


def next_due(connection: Connection, id_: int, now: datetime) -> Undelivered | None:
    """Give the first event that is to be tried again now, before which none of its case waits."""
    earlier = delivery.alias("earlier")
    behind = exists().where(
        earlier.c.subscription_id == id_, earlier.c.case_id == delivery.c.case_id,
        earlier.c.dead_at.is_(None), earlier.c.seq < delivery.c.seq,
    )  # fmt: skip
    due = _of(id_), delivery.c.dead_at.is_(None), delivery.c.due_at <= now, ~behind
    query = select(*(delivery.c[n] for n in Undelivered.__slots__)).where(*due).order_by(delivery.c.seq).limit(1)
    row = connection.execute(query).mappings().first()
    return Undelivered(**row) if row else None


def is_waiting(connection: Connection, id_: int, case_id: UUID) -> bool:
    """Whether an event of this case waits to be tried again."""
    query = select(exists().where(_of(id_), delivery.c.case_id == case_id, delivery.c.dead_at.is_(None)))
    return bool(connection.execute(query).scalar_one())


def add_undelivered(connection: Connection, id_: int, one: Undelivered) -> None:
    """Store an event that was not delivered."""
    values = {name: getattr(one, name) for name in Undelivered.__slots__}
    connection.execute(insert(delivery).values(subscription_id=id_, **values))


def change_undelivered(connection: Connection, id_: int, one: Undelivered) -> None:
    """Store how another attempt ended."""
    values = {name: getattr(one, name) for name in Undelivered.__slots__}
    connection.execute(update(delivery).where(_of(id_), delivery.c.seq == one.seq).values(**values))


def drop_undelivered(connection: Connection, id_: int, seq: int) -> None:
    """Forget an event that was delivered in the end."""
    connection.execute(delete(delivery).where(_of(id_), delivery.c.seq == seq))


def counted(connection: Connection, ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """Give how many events of each subscription wait to be tried again, and how many were given up."""
    waiting, dead = (func.count().filter(w) for w in (delivery.c.dead_at.is_(None), delivery.c.dead_at.is_not(None)))
    query = select(delivery.c.subscription_id, waiting, dead).where(delivery.c.subscription_id.in_(ids))
    return {row[0]: (row[1], row[2]) for row in connection.execute(query.group_by(delivery.c.subscription_id))}


def dead_letters(connection: Connection, id_: int, after: int, most: int) -> list[Letter]:
    """Give the first ``most`` events after a number that were given up."""
    query = (
        select(delivery.c.seq, case.c.number, case_history.c.kind, case_history.c.at, delivery.c.tries,
               delivery.c.error, delivery.c.dead_at)
        # Cases first: whoever makes the partitions of a month locks the two tables in this order.
        .join(case, case.c.id == delivery.c.case_id)
        .join(case_history, case_history.c.seq == delivery.c.seq)
        .where(_of(id_), delivery.c.dead_at.is_not(None), delivery.c.seq > after)
        .order_by(delivery.c.seq)
        .limit(most)
    )  # fmt: skip
    return [Letter(**row) for row in connection.execute(query).mappings()]


def revive(connection: Connection, id_: int, seqs: Collection[int] | None, now: datetime) -> int:
    """Let events that were given up, these or all, be tried again from now on; gives how many."""
    wanted = [_of(id_), delivery.c.dead_at.is_not(None)]
    if seqs is not None:
        wanted.append(delivery.c.seq.in_(seqs))
    done = connection.execute(update(delivery).where(and_(*wanted)).values(dead_at=None, tries=0, due_at=now))
    return int(done.rowcount)


def _of(id_: int) -> ColumnElement[bool]:
    return delivery.c.subscription_id == id_


def _awake(now: datetime) -> ColumnElement[bool]:
    rests = subscription.c.rests_until
    return and_(subscription.c.paused_at.is_(None), or_(rests.is_(None), rests <= now))


def _read(connection: Connection, *wanted: ColumnElement[bool]) -> list[Subscription]:
    query = select(*(subscription.c[n] for n in _SUBSCRIPTION)).where(*wanted).order_by(subscription.c.id)
    return [Subscription(**row) for row in connection.execute(query).mappings()]
