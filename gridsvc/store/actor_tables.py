"""The tables of who may do what: actors, their dated grants, keys and sessions; and the audit of all of it."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSTZRANGE

from gridsvc.store.dated_tables import NOW, metadata


def _of_actor() -> Column[int]:
    return Column("actor_id", BigInteger, ForeignKey("actor.id"), nullable=False)


actor = Table(
    "actor",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    # For life, and never given to another: histories know an actor by it.
    Column("name", Text, nullable=False),
    Column("title", Text, nullable=False, server_default=""),
    Column("kind", Text, nullable=False),
    # Argon2id with its own salt and costs; None: no sign-in by password.
    Column("password", Text),
    # Who this is to the city's OpenID provider.
    Column("issuer", Text),
    Column("subject", Text),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("ended_at", DateTime(timezone=True)),
    UniqueConstraint("name"),
    UniqueConstraint("issuer", "subject"),
    CheckConstraint("kind IN ('person', 'program')", name="kind"),
    CheckConstraint("(issuer IS NULL) = (subject IS NULL)", name="subject"),
)

role_grant = Table(
    "role_grant",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    _of_actor(),
    Column("role", Text, nullable=False),
    # None: every district of the installation.
    *(Column(name, Text) for name in ("district", "layer", "area", "unit")),
    Column("valid", TSTZRANGE, nullable=False),
    Index("ix_role_grant_actor_id", "actor_id"),
    CheckConstraint("(layer IS NULL) = (area IS NULL)", name="area"),
    CheckConstraint("district IS NOT NULL OR (area IS NULL AND unit IS NULL)", name="district"),
    # Every grant has a beginning; an empty range, from which nothing follows any more, has none that belongs to it.
    CheckConstraint("isempty(valid) OR (lower_inc(valid) AND NOT upper_inc(valid))", name="valid_half_open"),
)

api_key = Table(
    "api_key",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    _of_actor(),
    Column("name", Text, nullable=False),
    # The part of the key by which its row is found; it opens nothing.
    Column("lookup", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    # None: all that its actor may do.
    Column("permissions", ARRAY(Text)),
    Column("rate_per_s", Float),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("expires_at", DateTime(timezone=True)),
    Column("used_at", DateTime(timezone=True)),
    UniqueConstraint("lookup"),
    Index("ix_api_key_actor_id", "actor_id"),
    CheckConstraint("rate_per_s > 0", name="rate_per_s"),
)

session = Table(
    "session",
    metadata,
    # Of what the cookie holds; the cookie itself is nowhere here.
    Column("digest", LargeBinary, primary_key=True),
    _of_actor(),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("seen_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Index("ix_session_actor_id", "actor_id"),
)

# Failed attempts to sign in, by account and by address, for the pause before the next one.
attempt = Table(
    "attempt",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", DateTime(timezone=True), nullable=False),
)

# Append-only, and each entry sealed by the one before it.
audit = Table(
    "audit",
    metadata,
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("district", Text),
    Column("payload", JSONB, nullable=False),
    Column("previous", LargeBinary),
    Column("hash", LargeBinary, nullable=False),
    Index("ix_audit_actor_n", "actor", "n"),
    Index("ix_audit_subject_n", "subject", "n"),
    CheckConstraint("(n = 1) = (previous IS NULL)", name="first_has_no_previous"),
)

# The last entry's number and hash: whoever appends holds this row, and a chain cut short does not reach it.
audit_head = Table(
    "audit_head",
    metadata,
    Column("one", Boolean, primary_key=True, server_default=text("true")),
    Column("n", BigInteger, nullable=False),
    Column("hash", LargeBinary),
    CheckConstraint("one", name="one"),
)
