"""Signing in and out: by password, or after a provider said who it is. Guessing gets slower with every failure."""

import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from math import ceil

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import Connection, Engine, text

from gridsvc.errors import BadInput, FieldError, NotAuthenticated, TooManyRequests
from gridsvc.services.identity import digest_of
from gridsvc.store import actors, audit, sessions
from gridsvc.store.actors import StoredActor
from gridsvc.store.engine import transaction
from gridsvc.store.sessions import StoredSession

LASTS = timedelta(hours=12)
FEWEST, MOST = 12, 200
# Failures after which every further attempt must wait, twice as long each time, up to the longest pause.
_FREE: Mapping[str, int] = {"pair": 5, "address": 30, "account": 50}
_LONGEST = timedelta(minutes=15)
_FORGOTTEN_AFTER = timedelta(days=1)
# Argon2id as RFC 9106 recommends where memory is short: 64 MiB and some 50 ms each, so not many at once.
_HASHER = PasswordHasher()
_AT_ONCE = threading.BoundedSemaphore(2)


def hash_password(password: str, name: str) -> str:
    """Give the Argon2id hash of a new password; one that is too short, or is the name, is refused."""
    mend = (f"至少 {FEWEST} 个字符，且不含账号名", f"at least {FEWEST} characters, and not with the name in it")
    if not FEWEST <= len(password) <= MOST or name.casefold() in password.casefold() or len(set(password)) < 5:
        raise BadInput("密码太弱", "the password is too weak", [FieldError("password", None, *mend)])
    with _AT_ONCE:
        return _HASHER.hash(password)


def sign_in(engine: Engine, name: str, password: str, address: str, now: datetime) -> tuple[str, StoredActor]:
    """Open a session and give its cookie and whose it is; refuses what :func:`check_password` refuses."""
    with _checked(engine, name, password, address, now) as (connection, holder):
        return open_session(connection, holder, now, address=address), holder


def check_password(engine: Engine, name: str, password: str, address: str, now: datetime) -> StoredActor:
    """Give the actor whose password this is, or raise ``NotAuthenticated``, after many failures ``TooManyRequests``.

    ``address`` is where the attempt comes from.
    """
    with _checked(engine, name, password, address, now) as (_, holder):
        return holder


@contextmanager
def _checked(
    engine: Engine, name: str, password: str, address: str, now: datetime
) -> Iterator[tuple[Connection, StoredActor]]:
    """Check a password and let the transaction go on in which it was found right."""
    # No name is longer; a longer one only has to be counted.
    name = name[:200]
    subjects = {"pair": f"{name}\n{address}", "address": f"\n{address}", "account": f"{name}\n"}
    with transaction(engine) as connection:
        _one_at_a_time(connection, subjects)
        if (wait := _pause(connection, subjects, now)) > timedelta():
            raise _too_many(wait)
        failed = sessions.failures(connection, [subjects["address"]], now - _FORGOTTEN_AFTER)
        # Counted first and forgiven later, or a hundred attempts at once would all be the first.
        sessions.note_failure(connection, list(subjects.values()), now, _FORGOTTEN_AFTER)
        found = actors.find_actor(connection, name)
    hashed = found.password if found is not None and found.ended_at is None else None
    matches = _matches(hashed, password)
    with transaction(engine) as connection:
        _one_at_a_time(connection, subjects)
        # While it was verified the password may have been changed, or the actor ended.
        holder = actors.find_actor(connection, name, alone=True)
        if matches and holder is not None and holder.ended_at is None and holder.password == hashed:
            if _HASHER.check_needs_rehash(holder.password or ""):
                actors.change_actor(connection, holder.id, password=_HASHER.hash(password))
            last_at = failed[0][1] if failed else now
            sessions.forgive(connection, [subjects["pair"], subjects["account"]], subjects["address"], now, last_at)
            yield connection, holder
            return
        # What nobody is called may be a password in the wrong field, and the audit is for good.
        who = "" if found is None else name
        audit.record(connection, now, "", "sign-in refused", who, {"address": address})
    error = FieldError("name", None, "核对账号和密码", "check name and password")
    raise NotAuthenticated("账号或密码不对", "the name or the password is wrong", [error])


def sign_in_subject(engine: Engine, issuer: str, subject: str, address: str, now: datetime) -> str | None:
    """Open a session for whom a provider vouches for and give its cookie; None where nobody here is that."""
    with transaction(engine) as connection:
        holder = actors.actor_of_subject(connection, issuer, subject)
        if holder is None or holder.ended_at is not None:
            how = {"issuer": issuer, "address": address}
            audit.record(connection, now, "", "sign-in refused", subject[:200], how)
            return None
        return open_session(connection, holder, now, address=address, issuer=issuer)


def open_session(connection: Connection, holder: StoredActor, now: datetime, **how: str) -> str:
    """Store a new session of an actor and give its cookie, which is nowhere else."""
    cookie = secrets.token_urlsafe(32)
    sessions.add_session(connection, StoredSession(digest_of(cookie), holder.id, now, now, now + LASTS))
    audit.record(connection, now, holder.name, "sign-in", holder.name, how)
    return cookie


def sign_out(engine: Engine, cookie: str, now: datetime) -> None:
    """End the session of a cookie; one that is over already stays so."""
    digest = digest_of(cookie)
    with transaction(engine) as connection:
        found = sessions.find_session(connection, digest)
        holder = None if found is None else actors.actor_by_id(connection, found.actor_id)
        if holder is not None:
            sessions.end_sessions(connection, holder.id, digest)
            audit.record(connection, now, holder.name, "sign-out", holder.name)


def _matches(hashed: str | None, password: str) -> bool:
    with _AT_ONCE:
        try:
            # Somebody who is not there takes as long as somebody who is.
            return _HASHER.verify(hashed or _nobodys(), password[:MOST]) and hashed is not None
        except (Argon2Error, InvalidHashError):
            return False


@cache
def _nobodys() -> str:
    return _HASHER.hash(secrets.token_urlsafe(32))


def _one_at_a_time(connection: Connection, subjects: Mapping[str, str]) -> None:
    """Let no other attempt from this address or on this account be counted until the transaction ends.

    Always in this order: two attempts that share both would otherwise wait for each other.
    """
    for kind in ("address", "account"):
        key = {"key": f"sign-in\n{subjects[kind]}"}
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), key)


def _pause(connection: Connection, subjects: Mapping[str, str], now: datetime) -> timedelta:
    """How long the next attempt must wait."""
    waits = [timedelta()]
    for kind, subject in subjects.items():
        for failures, last_at in sessions.failures(connection, [subject], now - _FORGOTTEN_AFTER):
            if (over := failures - _FREE[kind]) >= 0:
                waits.append(last_at + min(timedelta(seconds=2 ** min(over, 20)), _LONGEST) - now)
    return max(waits)


def _too_many(wait: timedelta) -> TooManyRequests:
    wait_s = ceil(wait.total_seconds())
    mend = (f"{wait_s} 秒后再试", f"try again in {wait_s} s")
    return TooManyRequests(
        "失败次数过多", "too many failed attempts", [FieldError("name", None, *mend)], retry_after_s=wait_s
    )
