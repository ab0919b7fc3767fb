"""Who a key, a cookie or a provider's subject stands for: asked of the database at most once a minute, then known."""

import hashlib
import hmac
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from gridsvc.errors import FieldError, Forbidden, NotAuthenticated, Unavailable
from gridsvc.rights import ALL, Actor, everything
from gridsvc.store import actors as store
from gridsvc.store import audit, sessions
from gridsvc.store.actors import StoredActor
from gridsvc.store.engine import transaction

KEY = re.compile(r"gk_([0-9a-f]{12})_[A-Za-z0-9_-]{43}")
# What was read is taken for so long without asking again, if no word of a change comes; and for so long at most while
# nobody can be asked, because the database is away.
ASK_AGAIN = timedelta(minutes=1)
AWAY = timedelta(minutes=10)
# A session that was not used for so long is over.
IDLE = timedelta(hours=2)
_MOST = 20_000
# What is audited and takes nothing from anybody; whatever is not named here may.
HARMLESS = frozenset(
    {"sign-in", "sign-in refused", "personal data shown", "personal data erased", "cases imported", "findings waived",
     "edition loaded", "edition published", "subscription made", "subscription paused", "subscription resumed",
     "subscription ended", "events sent again"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """Whom a credential stands for, how often it may be used in a second, and until when.

    ``rate_per_s`` None is the rate of the settings, ``expires_at`` None never.
    """

    actor: Actor
    rate_per_s: float | None = None
    expires_at: datetime | None = None
    is_unlimited: bool = False


@dataclass(frozen=True, slots=True)
class _Read:
    known: Known
    at: datetime


class Identities:
    """Knows who calls. Safe to share between threads; a change made by any process counts as soon as it is told."""

    def __init__(self, engine: Engine, admin_key: str | None = None) -> None:
        self._engine = engine
        self._admin = None if admin_key is None else digest_of(admin_key)
        self._read: dict[bytes, _Read] = {}
        self._keeping = threading.Lock()
        self._head = -1
        self.generation = 0

    def look(self) -> None:
        """Forget what was known where something was audited since the last look that may have changed rights."""
        with transaction(self._engine) as connection:
            head, _ = audit.head(connection)
            # Before the first look nothing is known; and a head that went back is that of another past.
            done = audit.actions_between(connection, self._head, head) if 0 <= self._head < head else None
        if head == self._head:
            return
        with self._keeping:
            self._head = head
            if done is None or done - HARMLESS:
                self._read = {}
                self.generation += 1

    def of_key(self, key: str, now: datetime) -> Known:
        """Give whom a key stands for; raises ``NotAuthenticated`` for one that nobody holds, or that is over."""
        digest = digest_of(key)
        if self._admin is not None and hmac.compare_digest(digest, self._admin):
            return Known(everything("admin"), is_unlimited=True)
        form = KEY.fullmatch(key)
        if form is None:
            raise _no_key()
        lookup = form[1]
        return self._of(digest, now, lambda c: _key(c, lookup, digest, now), _no_key)

    def of_session(self, cookie: str, now: datetime) -> Known:
        """Give whose session a cookie opens; raises ``NotAuthenticated`` where it is over or never was."""
        digest = digest_of(cookie)
        return self._of(digest, now, lambda c: _session(c, digest, now), _no_session)

    def of_subject(self, issuer: str, subject: str, now: datetime) -> Actor:
        """Give the actor whom a provider knows by this subject; raises ``Forbidden`` where nobody here is that."""
        digest = digest_of(f"{issuer}\n{subject}")
        return self._of(digest, now, lambda c: _subject(c, issuer, subject), lambda: no_subject(subject)).actor

    def _of(
        self,
        digest: bytes,
        now: datetime,
        read: Callable[[Connection], Known | None],
        refusal: Callable[[], Exception],
    ) -> Known:
        kept = self._read.get(digest)
        if kept is not None and kept.at <= now < kept.at + ASK_AGAIN:
            found: Known | None = kept.known
        else:
            generation = self.generation
            try:
                with transaction(self._engine) as connection:
                    found = read(connection)
            except Unavailable:
                if kept is None or now >= kept.at + AWAY:
                    raise
                ends = [kept.at + AWAY] + ([] if kept.known.expires_at is None else [kept.known.expires_at])
                found = replace(kept.known, expires_at=min(ends))
            else:
                if found is not None:
                    self._keep(digest, _Read(found, now), generation)
        if found is None or (found.expires_at is not None and found.expires_at <= now):
            raise refusal()
        return found

    def _keep(self, digest: bytes, read: _Read, generation: int) -> None:
        with self._keeping:
            # What was read before a change that was told meanwhile may be what was changed.
            if generation == self.generation:
                if len(self._read) >= _MOST:
                    self._read = {}
                self._read[digest] = read


def digest_of(secret: str) -> bytes:
    """Keys and cookies have 256 random bits, so that one round of a plain hash is enough for them."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _key(connection: Connection, lookup: str, digest: bytes, now: datetime) -> Known | None:
    key = store.find_key(connection, lookup)
    if key is None or not hmac.compare_digest(key.digest, digest):
        return None
    holder = store.actor_by_id(connection, key.actor_id)
    if holder is None or holder.ended_at is not None:
        return None
    store.note_use(connection, {key.id: now})
    # What a later version of this table allows, an older one that runs beside it does not know.
    only = None if key.permissions is None else ALL & frozenset(key.permissions)
    actor = _actor(connection, holder)
    return Known(Actor(actor.name, actor.grants, only), key.rate_per_s, key.expires_at)


def _session(connection: Connection, digest: bytes, now: datetime) -> Known | None:
    found = sessions.find_session(connection, digest)
    if found is None or now - found.seen_at >= IDLE:
        return None
    holder = store.actor_by_id(connection, found.actor_id)
    if holder is None or holder.ended_at is not None:
        return None
    sessions.note_seen(connection, digest, now)
    return Known(_actor(connection, holder), expires_at=found.expires_at)


def _subject(connection: Connection, issuer: str, subject: str) -> Known | None:
    holder = store.actor_of_subject(connection, issuer, subject)
    return None if holder is None or holder.ended_at is not None else Known(_actor(connection, holder))


def _actor(connection: Connection, holder: StoredActor) -> Actor:
    return Actor(holder.name, tuple(g.grant for g in store.grants_of(connection, [holder.id])))


def _no_key() -> NotAuthenticated:
    mend = ("带上 Authorization: Bearer KEY", "send Authorization: Bearer KEY")
    return NotAuthenticated("需要有效的密钥", "a valid key is needed", [FieldError("Authorization", None, *mend)])


def _no_session() -> NotAuthenticated:
    error = FieldError("Cookie", None, "请重新登录", "sign in again")
    return NotAuthenticated("登录已失效", "this session is over", [error])


def no_subject(subject: str) -> Forbidden:
    """Make the refusal of whom a provider vouches for and nobody here knows: it says what to ask for."""
    mend = (f"请管理员把 {subject} 登记到您的账号", f"ask an administrator to record {subject} with your account")
    return Forbidden("该统一身份未登记", "nobody here has this identity", [FieldError("subject", subject, *mend)])
