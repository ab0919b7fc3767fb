"""The tables of attachments: what is kept, and which cases have it."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from gridsvc.store.dated_tables import metadata

attachment = Table(
    "attachment",
    metadata,
    # SHA-256 of the bytes that are kept, in hexadecimal.
    Column("id", Text, primary_key=True),
    Column("media_type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("width", Integer),
    Column("height", Integer),
    # As the camera said it, with an offset only where it gave one.
    Column("captured_at", Text),
    # Who sent it, each once; nobody: it may be used no more and is to be taken away.
    Column("uploaded_by", ARRAY(Text), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    # Whether the bytes are known to be there, and whether any case has it.
    Column("stored", Boolean, nullable=False, server_default=false()),
    Column("used", Boolean, nullable=False, server_default=false()),
    CheckConstraint("length(id) = 64", name="id"),
    CheckConstraint("NOT used OR (stored AND cardinality(uploaded_by) > 0)", name="used"),
    Index("ix_attachment_unused", "at", postgresql_where=text("NOT used")),
)

case_attachment = Table(
    "case_attachment",
    metadata,
    Column("case_id", Uuid, primary_key=True),
    Column("attachment", Text, ForeignKey("attachment.id"), primary_key=True),
    Column("seq", BigInteger, Identity(always=True), nullable=False),
    Index("ix_case_attachment_attachment", "attachment"),
)
