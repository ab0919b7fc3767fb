"""Replays that were asked for: how far each is, and what came of it. One runs at a time in a whole installation."""

from collections.abc import Mapping
from dataclasses import dataclass
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
    Integer,
    Row,
    Table,
    Text,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from gridsvc.store.dated_tables import NOW, metadata

replay_job = Table(
    "replay_job",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    *(Column(name, Text, nullable=False) for name in ("district", "edition", "content_hash", "actor")),
    Column("ruleset", Text),
    Column("started_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("ended_at", DateTime(timezone=True)),
    Column("done", Integer, nullable=False, server_default="0"),
    Column("of", Integer, nullable=False),
    # What came of it, or what stopped it.
    Column("result", JSONB),
    Column("problem", JSONB),
    CheckConstraint("(ended_at IS NULL) = (result IS NULL AND problem IS NULL)", name="ended"),
    Index("ix_replay_job_district_edition_id", "district", "edition", "id"),
)
# Held by the session that runs a replay, and so let go of by the database itself where that dies.
_LOCK = 0x677269645F726570
# Of one edition; older ones are dropped.
KEPT = 5


@dataclass(frozen=True, slots=True)
class Job:
    """One replay. ``content_hash`` is what the edition was when it began."""

    id: int
    district: str
    edition: str
    content_hash: str
    actor: str
    ruleset: str | None
    started_at: datetime
    ended_at: datetime | None
    done: int
    of: int
    result: Mapping[str, Any] | None
    problem: Mapping[str, str] | None


def try_lock(connection: Connection) -> bool:
    """Become the one who replays, as long as the connection is open; False where another one does."""
    return bool(connection.execute(select(func.pg_try_advisory_lock(_LOCK))).scalar_one())


def running(connection: Connection) -> int | None:
    """Give the number of the replay that runs now, None where none does."""
    query = text("SELECT max(id) FROM replay_job WHERE EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' "
                 "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
                 "AND (classid::bigint << 32) | objid::bigint = :lock)")  # fmt: skip
    found: int | None = connection.execute(query, {"lock": _LOCK}).scalar_one()
    return found


def add_job(connection: Connection, **values: Any) -> int:
    """Store that a replay begins, and drop what is too old of its edition."""
    id_ = int(connection.execute(insert(replay_job).values(**values).returning(replay_job.c.id)).scalar_one())
    own = replay_job.c.district == values["district"], replay_job.c.edition == values["edition"]
    kept = select(replay_job.c.id).where(*own).order_by(replay_job.c.id.desc()).limit(KEPT)
    connection.execute(replay_job.delete().where(*own, replay_job.c.id.not_in(kept)))
    return id_


def write_job(connection: Connection, id_: int, **values: Any) -> None:
    """Store how far a replay is, or what came of it."""
    connection.execute(update(replay_job).where(replay_job.c.id == id_).values(**values))


def jobs_of(connection: Connection, district: str, edition: str) -> list[Job]:
    """Give the replays of an edition, newest first."""
    query = select(replay_job).where(replay_job.c.district == district, replay_job.c.edition == edition)
    return [_job(row) for row in connection.execute(query.order_by(replay_job.c.id.desc()))]


def _job(row: Row[Any]) -> Job:
    return Job(**row._asdict())
