"""Normal and emergency mode of a district: rows that are only added; the last of those that cover an instant holds."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    DateTime,
    Identity,
    Index,
    Table,
    Text,
    select,
    text,
)

from gridsvc.store.dated_tables import metadata

mode_ = Table(
    "mode_",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("district", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("valid_from", DateTime(timezone=True), nullable=False),
    Column("valid_to", DateTime(timezone=True)),
    Column("reason", Text, nullable=False),
    Column("actor", Text, nullable=False),
    # When it was said; it may hold from earlier or later on.
    Column("at", DateTime(timezone=True), nullable=False),
    CheckConstraint("mode IN ('normal', 'emergency')", name="mode"),
    CheckConstraint("valid_to > valid_from", name="validity"),
    Index("ix_mode__district_id", "district", "id"),
)
_ROW = ("district", "mode", "valid_from", "valid_to", "reason", "actor", "at")
# Every report asks it: as a text it is ready, while to put a statement together takes longer than to answer it.
_HELD_AT = text(
    f"SELECT {', '.join(_ROW)} FROM mode_ WHERE district = :district AND valid_from <= :at"
    " AND (valid_to IS NULL OR valid_to > :at) ORDER BY id DESC LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class ModeRow:
    """One switch: the mode of a district from an instant on, until another or until the next switch."""

    district: str
    mode: str
    valid_from: datetime
    valid_to: datetime | None
    reason: str
    actor: str
    at: datetime

    def as_dict(self) -> dict[str, Any]:
        """The switch as doors show it, instants in UTC."""
        return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in asdict(self).items()}


def add(connection: Connection, row: ModeRow) -> None:
    """Add a switch."""
    connection.execute(mode_.insert().values(**asdict(row)))


def held_at(connection: Connection, district: str, at: datetime) -> ModeRow | None:
    """Give the switch that holds at an instant, None where none ever covered it."""
    row = connection.execute(_HELD_AT, {"district": district, "at": at}).mappings().first()
    return ModeRow(**row) if row else None


def listing(connection: Connection, district: str, most: int) -> list[ModeRow]:
    """List the switches of a district, the last one first."""
    query = select(*(mode_.c[c] for c in _ROW)).where(mode_.c.district == district).order_by(mode_.c.id.desc())
    return [ModeRow(**row) for row in connection.execute(query.limit(most)).mappings()]
