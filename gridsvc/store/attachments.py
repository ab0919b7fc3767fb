"""Rows of attachments: what came in, which cases have it, and what nobody has any more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, and_, case, delete, exists, func, literal, not_, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY, TEXT, insert

from gridsvc.rights import Reach
from gridsvc.store.attachment_tables import attachment, case_attachment
from gridsvc.store.rights import within_reach
from gridsvc.store.tables import case as case_table

_SHOWN = ("id", "media_type", "size", "captured_at", "width", "height")
_NOBODYS = and_(not_(attachment.c.used), func.cardinality(attachment.c.uploaded_by) == 0)


@dataclass(frozen=True, slots=True)
class Attachment:
    """What is kept under the SHA-256 of its bytes; ``captured_at`` as a camera said it, sizes in pixels, of pictures.

    ``size`` is in bytes.
    """

    id: str
    media_type: str
    size: int
    captured_at: str | None = None
    width: int | None = None
    height: int | None = None


def announce(connection: Connection, new: Attachment, actor: str, at: datetime) -> None:
    """Write down what is about to be stored, so that whatever happens then, its row knows of it."""
    mine = insert(attachment).values(
        **{name: getattr(new, name) for name in _SHOWN}, uploaded_by=[actor], at=at, stored=False
    )
    others = attachment.c.uploaded_by
    again = mine.on_conflict_do_update(
        index_elements=["id"],
        set_={
            "at": at,
            "captured_at": func.coalesce(attachment.c.captured_at, mine.excluded.captured_at),
            "uploaded_by": case((others.contains([actor]), others), else_=others.concat(literal([actor], ARRAY(TEXT)))),
            # What was nobody's may have been taken away already.
            "stored": and_(attachment.c.stored, func.cardinality(others) > 0),
        },
    )
    connection.execute(again)


def confirm(connection: Connection, id_: str) -> Attachment:
    """Say that the bytes are there, and give what is on record of them."""
    confirmed = update(attachment).where(attachment.c.id == id_).values(stored=True)
    return _attachment(connection.execute(confirmed.returning(*_columns())).one())


def attach(connection: Connection, case_id: UUID, ids: Sequence[str], actor: str) -> set[str]:
    """Let a case have what an actor uploaded; gives the ids of which there is none that he did."""
    own = and_(attachment.c.id.in_(ids), attachment.c.stored, attachment.c.uploaded_by.contains([actor]))
    # Always in the same order, so that no two wait for each other.
    locked = select(attachment.c.id).where(own).order_by(attachment.c.id).with_for_update()
    if missing := set(ids) - set(connection.execute(locked).scalars()):
        return missing
    connection.execute(update(attachment).where(attachment.c.id.in_(ids)).values(used=True))
    rows = [{"case_id": case_id, "attachment": id_} for id_ in dict.fromkeys(ids)]
    connection.execute(insert(case_attachment).values(rows).on_conflict_do_nothing())
    return set()


def detach(connection: Connection, case_ids: Sequence[UUID]) -> None:
    """Take from cases what they have; what no other case has is nobody's from here on."""
    taken = delete(case_attachment).where(case_attachment.c.case_id.in_(case_ids))
    ids = set(connection.execute(taken.returning(case_attachment.c.attachment)).scalars())
    if not ids:
        return
    # Whoever is giving it to another case just now is waited for, and his case seen by the next statement.
    locked = select(attachment.c.id).where(attachment.c.id.in_(ids)).order_by(attachment.c.id).with_for_update()
    connection.execute(locked).all()
    others = exists().where(case_attachment.c.attachment == attachment.c.id)
    free = update(attachment).where(attachment.c.id.in_(ids), not_(others))
    connection.execute(free.values(used=False, uploaded_by=[]))


def readable(connection: Connection, id_: str, reach: Reach, actor: str) -> Attachment | None:
    """Give what a case within the reach has, or what the actor uploaded and no case has yet."""
    within = exists().where(
        case_attachment.c.attachment == attachment.c.id,
        case_table.c.id == case_attachment.c.case_id,
        within_reach(reach, case_table.c),
    )
    own = and_(not_(attachment.c.used), attachment.c.uploaded_by.contains([actor]))
    query = select(*_columns()).where(attachment.c.id == id_, attachment.c.stored, or_(within, own))
    row = connection.execute(query).first()
    return None if row is None else _attachment(row)


def of_case(connection: Connection, case_id: UUID) -> list[Attachment]:
    """Give what a case has, in the order in which it came to it."""
    query = select(*_columns()).join(case_attachment).where(case_attachment.c.case_id == case_id)
    return [_attachment(row) for row in connection.execute(query.order_by(case_attachment.c.seq))]


def disown(connection: Connection, before: datetime) -> None:
    """Let what was uploaded before an instant, and no case has, be nobody's."""
    whose = func.cardinality(attachment.c.uploaded_by) > 0
    old = update(attachment).where(not_(attachment.c.used), attachment.c.at < before, whose)
    connection.execute(old.values(uploaded_by=[]))


def nobodys(connection: Connection) -> list[str]:
    """Give the ids of what is to be taken away."""
    return list(connection.execute(select(attachment.c.id).where(_NOBODYS).order_by(attachment.c.id)).scalars())


def hold_nobodys(connection: Connection, id_: str) -> bool:
    """Whether something still is nobody's; nobody uploads it until the transaction ends. Skips what others hold."""
    query = select(attachment.c.id).where(attachment.c.id == id_, _NOBODYS).with_for_update(skip_locked=True)
    return connection.execute(query).first() is not None


def forget(connection: Connection, id_: str) -> None:
    """Delete the row of what was taken away."""
    connection.execute(delete(attachment).where(attachment.c.id == id_))


def count(connection: Connection) -> dict[str, int]:
    """Count what is kept: all, of these used by a case, and the bytes of all."""
    columns = func.count(), func.count().filter(attachment.c.used), func.coalesce(func.sum(attachment.c.size), 0)
    all_, used, size = connection.execute(select(*columns).where(attachment.c.stored)).one()
    return {"attachments": int(all_), "used": int(used), "bytes": int(size)}


def after(connection: Connection, id_: str, limit: int) -> list[Attachment]:
    """Give the next of all that is kept, by id."""
    query = select(*_columns()).where(attachment.c.stored, attachment.c.id > id_).order_by(attachment.c.id)
    return [_attachment(row) for row in connection.execute(query.limit(limit))]


def is_kept(connection: Connection, id_: str) -> bool:
    """Whether there is a row that says that the bytes are there."""
    query = select(attachment.c.id).where(attachment.c.id == id_, attachment.c.stored)
    return connection.execute(query).first() is not None


def _columns() -> list[Any]:
    return [attachment.c[name] for name in _SHOWN]


def _attachment(row: Any) -> Attachment:
    return Attachment(*row)
