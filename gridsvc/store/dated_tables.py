"""The tables of time: sets of rows that are checked and published whole, and from when to when each of them holds."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE, ExcludeConstraint

CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=CONVENTION)
NOW = text("now()")
EMPTY = text("'{}'::jsonb")


def of_set() -> Column[int]:
    """Give the column by which a row hangs on its dated set and goes with it."""
    return Column("set_id", BigInteger, ForeignKey("dated_set.id", ondelete="CASCADE"), nullable=False)


# A set that has a tenure, or ever had one, is published: from then on nothing of it changes (triggers keep that).
dated_set = Table(
    "dated_set",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("district", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("title", Text, nullable=False, server_default=""),
    Column("time_zone", Text, nullable=False),
    Column("local_crs", JSONB, nullable=False, server_default=EMPTY),
    Column("content_hash", Text, nullable=False),
    # The start its own folder asks for; when it really holds is a matter of its tenures.
    Column("valid_from", DateTime(timezone=True)),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("report", JSONB),
    # Whether nothing in the report stands against publishing, or nothing that is not waived.
    Column("checked", Boolean, nullable=False, server_default=text("false")),
    Column("waivers", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    UniqueConstraint("kind", "district", "code"),
    UniqueConstraint("id", "kind", "district"),
    CheckConstraint("kind IN ('edition', 'ruleset', 'calendar', 'scheme')", name="kind"),
)

# What holds when (``valid``), and since and until when that was believed (``known``). Append-only but for the end of
# an open ``known``, which is written once, when something else comes to be known.
tenure = Table(
    "tenure",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("set_id", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("district", Text, nullable=False),
    Column("valid", TSTZRANGE, nullable=False),
    Column("known", TSTZRANGE, nullable=False),
    Column("actor", Text, nullable=False),
    # Why history was rewritten; None where an edition simply followed another.
    Column("reason", Text),
    ForeignKeyConstraint(["set_id", "kind", "district"], ["dated_set.id", "dated_set.kind", "dated_set.district"]),
    Index("ix_tenure_set_id", "set_id"),
    # An empty range has no lower bound that belongs to it either.
    CheckConstraint("lower_inc(valid) AND NOT upper_inc(valid)", name="valid_half_open"),
    CheckConstraint("lower_inc(known) AND NOT upper_inc(known)", name="known_half_open"),
    CheckConstraint("btrim(reason) <> ''", name="reason"),
    # At any instant, as known at any instant, at most one set of a kind holds in a district.
    ExcludeConstraint(
        ("kind", "="), ("district", "="), ("valid", "&&"), ("known", "&&"), name="ex_tenure_valid_known", using="gist"
    ),
)
