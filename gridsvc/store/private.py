"""What cases hold of private people: written beside them, read one at a time, and erased for good."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    cast,
    delete,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import JSON, JSONB, insert

from gridsvc.casework.case import OVER
from gridsvc.casework.private import PrivateRow
from gridsvc.casework.subject import key_of_subject
from gridsvc.store import attachments
from gridsvc.store.attachment_tables import case_attachment
from gridsvc.store.tables import case, case_private, idempotency

# Two runs must not count and erase the same cases; any fixed number.
_ERASE_LOCK = 7_305_844
_OF_CASE = case.outerjoin(case_private, case_private.c.case_id == case.c.id)
PRIVATE = ("case_id", "salt", "reporter", "subject", "subject_key")
_NOTHING: Mapping[str, None] = {"description": None, "address": None, "reporter": None, "subject": None}


def kept_of(rows: Mapping[UUID, PrivateRow], key: bytes) -> list[tuple[Any, ...]]:
    """What is stored of what new cases hold of private people; of one that holds nothing, nothing.

    ``key`` is the installation's secret by which subjects are found.
    """
    return [
        (id_, row.salt, row.reporter, row.subject, row.subject and key_of_subject(row.subject, key))
        for id_, row in rows.items()
        if row.salt is not None
    ]


def read_private(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, PrivateRow]:
    """Give what these cases hold of private people, an empty row where that is nothing; unknown ids are left out."""
    query = select(
        case.c.id, case_private.c.salt, case_private.c.reporter, case.c.description, case.c.address,
        case_private.c.erased_at, case_private.c.subject,
    ).select_from(_OF_CASE)  # fmt: skip
    found = {}
    for id_, salt, *rest in connection.execute(query.where(case.c.id.in_(ids))):
        found[id_] = PrivateRow(None if salt is None else bytes(salt), *rest)
    return found


def read_comment(connection: Connection, case_id: UUID) -> str | None:
    """Give what the reporter said of how a case was closed, if he did."""
    query = select(case_private.c.comment).where(case_private.c.case_id == case_id)
    return connection.execute(query).scalar()


def write_comment(connection: Connection, case_id: UUID, comment: str) -> None:
    """Keep what the reporter said of how a case was closed; nothing is kept of a case that was erased."""
    new = insert(case_private).values(case_id=case_id, comment=comment)
    unless = case_private.c.erased_at.is_(None)
    connection.execute(new.on_conflict_do_update(index_elements=["case_id"], set_={"comment": comment}, where=unless))


@dataclass(frozen=True, slots=True)
class Erasable:
    """Which cases are to be erased: one, by id and number, or a district's (None: all) reported before an instant.

    Those that are not over are left alone unless ``any_status``.
    """

    before: datetime | None = None
    district: str | None = None
    case: tuple[UUID, str] | None = None
    any_status: bool = False


class Named(NamedTuple):
    """A case as it is told from others."""

    id: UUID
    number: str
    district: str
    status: str


def named(connection: Connection, id_or_number: str, district: str | None) -> list[Named]:
    """Give the cases of this id or number; numbers begin anew in every district."""
    query = select(case.c.id, case.c.number, case.c.district, case.c.status)
    try:
        query = query.where(case.c.id == UUID(id_or_number))
    except ValueError:
        query = query.where(case.c.number == id_or_number)
    if district is not None:
        query = query.where(case.c.district == district)
    return [Named(*row) for row in connection.execute(query)]


def count_erasable(connection: Connection, wanted: Erasable) -> list[Mapping[str, Any]]:
    """Count by district: cases, and how many have a reporter, a subject, a description, an address."""
    having = {
        "reporters": case_private.c.reporter, "subjects": case_private.c.subject, "descriptions": case.c.description,
        "addresses": case.c.address,
    }  # fmt: skip
    columns = [func.count(column).label(name) for name, column in having.items()]
    query = select(case.c.district, func.count().label("cases"), *columns).select_from(_OF_CASE)
    query = query.where(_is_erasable(wanted)).group_by(case.c.district).order_by(case.c.district)
    return [dict(row) for row in connection.execute(query).mappings()]


def hold_erasing(connection: Connection) -> None:
    """Make every other erasure wait until this transaction ends."""
    connection.execute(select(func.pg_advisory_xact_lock(_ERASE_LOCK)))


def erase(
    connection: Connection, wanted: Erasable, after: tuple[datetime, UUID] | None, limit: int, at: datetime
) -> list[tuple[datetime, UUID]]:
    """Erase the next cases by report instant, at most so many, and what answers to their keys repeat of it.

    Gives the instant and the id of each, by which the next call goes on; none once all is erased.
    """
    query = select(case.c.reported_at, case.c.id).select_from(_OF_CASE).where(_is_erasable(wanted))
    if after is not None:
        query = query.where(tuple_(case.c.reported_at, case.c.id) > tuple_(*after))
    found = [
        (r.reported_at, r.id) for r in connection.execute(query.order_by(case.c.reported_at, case.c.id).limit(limit))
    ]
    if not found:
        return []
    ids = [id_ for _, id_ in found]
    own = and_(case.c.id.in_(ids), case.c.reported_at.between(found[0][0], found[-1][0]))
    connection.execute(update(case).where(own).values(description=None, address=None))
    attachments.detach(connection, ids)
    gone = {"salt": None, "reporter": null(), "subject": None, "subject_key": None, "comment": None, "erased_at": at}
    erased = insert(case_private).values([{"case_id": id_, "erased_at": at} for id_ in ids])
    connection.execute(erased.on_conflict_do_update(index_elements=["case_id"], set_=gone))
    # Its hash goes too: of a short body it could be found by trial who reported.
    emptied = cast(cast(idempotency.c.answer, JSONB).op("||")(literal(dict(_NOTHING), JSONB)), JSON)
    answers = update(idempotency).where(idempotency.c.case_id.in_(ids))
    connection.execute(answers.values(answer=emptied, body_hash=b""))
    return found


def count_answers(connection: Connection, before: datetime, district: str | None) -> int:
    """Count the kept answers to keys from before an instant."""
    query = select(func.count()).select_from(idempotency).where(_is_old(before, district))
    return int(connection.execute(query).scalar_one())


def forget_answers(connection: Connection, before: datetime, district: str | None) -> int:
    """Delete the kept answers to keys from before an instant, and the keys; gives how many."""
    return connection.execute(delete(idempotency).where(_is_old(before, district))).rowcount


def _is_old(before: datetime, district: str | None) -> ColumnElement[bool]:
    # Of reports alone: what was imported is known by its name for ever.
    about = exists().where(case.c.id == idempotency.c.case_id)
    return and_(idempotency.c.at < before, about if district is None else about.where(case.c.district == district))


def _is_erasable(wanted: Erasable) -> ColumnElement[bool]:
    # A case that was erased may be reopened, and get attachments again.
    has = or_(
        case.c.description.is_not(None), case.c.address.is_not(None),
        and_(case_private.c.case_id.is_not(None), case_private.c.erased_at.is_(None)),
        exists().where(case_attachment.c.case_id == case.c.id),
    )  # fmt: skip
    found: list[ColumnElement[bool]] = [has]
    if wanted.before is not None:
        found.append(case.c.reported_at < wanted.before)
    if wanted.district is not None:
        found.append(case.c.district == wanted.district)
    if wanted.case is not None:
        found.append(case.c.id == wanted.case[0])
    if not wanted.any_status:
        found.append(case.c.status.in_(sorted(OVER)))
    return and_(*found)
