"""What became of an edition's areas in the next edition: rows beside the later set, as immutable as its other rows."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    Float,
    ForeignKey,
    Identity,
    Index,
    Table,
    Text,
    func,
    select,
    update,
)

from gridsvc.spatial.succession import Successor
from gridsvc.store.copy import copy_rows
from gridsvc.store.dated_sets import DatedSet
from gridsvc.store.dated_tables import EMPTY, dated_set, metadata

successor = Table(
    "successor",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    # The edition after, and the one that held until it.
    Column("set_id", BigInteger, ForeignKey("dated_set.id", ondelete="CASCADE"), nullable=False),
    Column("before_id", BigInteger, ForeignKey("dated_set.id"), nullable=False),
    Column("layer", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("before", Text),
    Column("after", Text),
    Column("share_before", Float),
    Column("share_after", Float),
    CheckConstraint("before IS NOT NULL OR after IS NOT NULL", name="somebody"),
    Index("ix_successor_set_id_layer", "set_id", "layer"),
    Index("ix_successor_before_id", "before_id"),
)
# Under this key of a set's report stands the code of the edition with which it was compared.
_NOTE = "compared"
_COLUMNS = ("layer", "kind", "before", "after", "share_before", "share_after")


def write_successors(connection: Connection, set_id: int, before: DatedSet, rows: Iterable[Successor]) -> None:
    """Store what became of the areas of the edition before, and which that was; the edition after is still a draft."""
    # Beside the rows, since there are none where every area was kept.
    noted = func.coalesce(dated_set.c.report, EMPTY).op("||")(func.jsonb_build_object(_NOTE, before.code))
    connection.execute(update(dated_set).where(dated_set.c.id == set_id).values(report=noted))
    copy_rows(connection, successor, ("set_id", "before_id", *_COLUMNS), ((set_id, before.id, *r) for r in rows))


def compared_with(connection: Connection, set_id: int) -> str | None:
    """Give the code of the edition to which the stored successors go back; None where none was compared."""
    query = select(dated_set.c.report[_NOTE].astext).where(dated_set.c.id == set_id)
    return connection.execute(query).scalar_one_or_none()


def page_of_successors(
    connection: Connection, set_id: int, layer: str | None, after_id: int, limit: int
) -> list[tuple[int, Successor]]:
    """Give one page of an edition's successors in the order in which they were stored, each with its id."""
    query = select(successor.c.id, *(successor.c[c] for c in _COLUMNS)).where(
        successor.c.set_id == set_id, successor.c.id > after_id, *([successor.c.layer == layer] if layer else [])
    )
    rows: Any = connection.execute(query.order_by(successor.c.id).limit(limit)).all()
    return [(row[0], Successor(*row[1:])) for row in rows]
