"""Sessions of browsers, by the digest of their cookie, and failed attempts to sign in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, case, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from gridsvc.store.actor_tables import attempt, session


@dataclass(frozen=True, slots=True)
class StoredSession:
    """One open session; ``digest`` is of the cookie."""

    digest: bytes
    actor_id: int
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


def add_session(connection: Connection, made: StoredSession) -> None:
    """Store a session; those that are over are cleared away on the occasion."""
    connection.execute(delete(session).where(session.c.expires_at <= made.created_at))
    connection.execute(insert(session).values(**{name: getattr(made, name) for name in StoredSession.__slots__}))


def find_session(connection: Connection, digest: bytes) -> StoredSession | None:
    """Give the session of a cookie, also one that is over."""
    row = connection.execute(select(session).where(session.c.digest == digest)).mappings().first()
    return StoredSession(**dict(row) | {"digest": bytes(row["digest"])}) if row else None


def note_seen(connection: Connection, digest: bytes, at: datetime) -> None:
    """Note that a session was used."""
    connection.execute(update(session).where(session.c.digest == digest, session.c.seen_at < at).values(seen_at=at))


def end_sessions(connection: Connection, actor_id: int, digest: bytes | None = None) -> int:
    """End one session of an actor, or all of them; gives how many there were."""
    ended = delete(session).where(session.c.actor_id == actor_id)
    return connection.execute(ended if digest is None else ended.where(session.c.digest == digest)).rowcount


def failures(connection: Connection, subjects: Sequence[str], since: datetime) -> list[tuple[int, datetime]]:
    """Give number and last instant of the failed attempts of each of these subjects that had some since then."""
    query = select(attempt.c.failures, attempt.c.last_at)
    query = query.where(attempt.c.subject.in_(subjects), attempt.c.last_at >= since)
    return [(row.failures, row.last_at) for row in connection.execute(query)]


def note_failure(connection: Connection, subjects: Sequence[str], at: datetime, forget_after: timedelta) -> None:
    """Count a failed attempt for each of these subjects; what is older than so long counts no more."""
    connection.execute(delete(attempt).where(attempt.c.last_at < at - forget_after))
    for subject in sorted(subjects):
        added = upsert(attempt).values(subject=subject, failures=1, last_at=at)
        values = {"failures": attempt.c.failures + 1, "last_at": at}
        connection.execute(added.on_conflict_do_update(index_elements=["subject"], set_=values))


def forgive(connection: Connection, forgotten: Sequence[str], one_of: str, at: datetime, last_at: datetime) -> None:
    """Forget the failed attempts of some subjects and one of those of another, after an attempt that succeeded.

    It was counted at ``at``; the other's last one was at ``last_at``, from which its pause goes on to be reckoned.
    """
    connection.execute(delete(attempt).where(attempt.c.subject.in_(forgotten)))
    as_before = case((attempt.c.last_at == at, last_at), else_=attempt.c.last_at)
    connection.execute(
        update(attempt)
        .where(attempt.c.subject == one_of, attempt.c.failures > 0)
        .values(failures=attempt.c.failures - 1, last_at=as_before)
    )
