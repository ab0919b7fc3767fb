"""The tables of assessment: sheets, and the scores that come from outside."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from gridsvc.store.dated_tables import metadata

# A draft is made anew as often as wanted; once frozen a sheet never changes (a trigger of the migrations keeps that).
assessment = Table(
    "assessment",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    *(Column(name, Text, nullable=False) for name in ("district", "scheme", "period")),
    *(Column(name, DateTime(timezone=True), nullable=False) for name in ("starts_at", "ends_at", "known_at")),
    # What was known: entries of histories from one ``seq`` to another, and scores up to one.
    *(Column(name, BigInteger, nullable=False) for name in ("first_seq", "last_seq", "last_input")),
    *(Column(name, Text, nullable=False) for name in ("edition", "ruleset")),
    Column("content", JSONB, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("frozen_by", Text),
    Column("frozen_at", DateTime(timezone=True)),
    # A frozen sheet that was wrong is followed by another, which says why; both stay.
    Column("reason", Text),
    Column("revises", BigInteger, ForeignKey("assessment.id")),
    UniqueConstraint("revises"),
    CheckConstraint("(frozen_at IS NULL) = (frozen_by IS NULL)", name="frozen"),
    CheckConstraint("revises IS NULL OR btrim(reason) <> ''", name="revises"),
    Index("ix_assessment_district_scheme_ends_at", "district", "scheme", "ends_at"),
    Index(
        "ix_assessment_first_frozen",
        "district",
        "scheme",
        "period",
        unique=True,
        postgresql_where=text("frozen_at IS NOT NULL AND revises IS NULL"),
    ),
)

# Append-only, and visible in the order of ``seq``: the last word of a giver on a subject counts.
assessment_input = Table(
    "assessment_input",
    metadata,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    *(Column(name, Text, nullable=False) for name in ("district", "period", "code", "subject", "giver")),
    Column("value", Numeric, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("actor", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Index("ix_assessment_input_district_period", "district", "period"),
)
