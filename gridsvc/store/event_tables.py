"""The tables of what goes out and comes in: subscriptions, what could not be delivered, and others' case numbers."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY

from gridsvc.store.dated_tables import NOW, metadata

subscription = Table(
    "subscription",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False),
    Column("url", Text, nullable=False),
    # What each message is signed with; it has to be known here, and is shown once.
    Column("secret", LargeBinary, nullable=False),
    # None: all of them.
    Column("kinds", ARRAY(Text)),
    Column("district", Text, nullable=False),
    *(Column(name, Text) for name in ("layer", "area", "unit")),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("created_by", Text, nullable=False),
    Column("paused_at", DateTime(timezone=True)),
    # Everything up to this entry was delivered, was not for it, or stands in the table of deliveries.
    Column("seq", BigInteger, nullable=False),
    # How many events failed one after the other, and until when it is therefore left alone.
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("rests_until", DateTime(timezone=True)),
    # Why the last attempt failed; null once one succeeded.
    Column("error", Text),
    CheckConstraint("(layer IS NULL) = (area IS NULL)", name="area"),
)

# What was not delivered at the first attempt, or waits behind such an event of the same case; gone once it is there.
delivery = Table(
    "delivery",
    metadata,
    Column("subscription_id", BigInteger, ForeignKey("subscription.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("case_id", Uuid, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("first_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("error", Text),
    # Given up: kept until somebody sends it again.
    Column("dead_at", DateTime(timezone=True)),
    Index("ix_delivery_subscription_id_case_id_seq", "subscription_id", "case_id", "seq"),
)

# The number that a case has with another platform, by the name of the actor that the platform calls as.
foreign_number = Table(
    "foreign_number",
    metadata,
    Column("platform", Text, primary_key=True),
    Column("number", Text, primary_key=True),
    Column("case_id", Uuid, nullable=False),
    Index("ix_foreign_number_case_id", "case_id"),
)
