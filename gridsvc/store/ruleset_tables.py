"""The tables of a ruleset: units, people and posts, rules and limits, and what it declares."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Float,
    Identity,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from gridsvc.store.dated_tables import metadata, of_set

unit = Table(
    "unit",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    of_set(),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("name_en", Text, nullable=False, server_default=""),
    Column("parent", Text),
    Column("kind", Text, nullable=False, server_default=""),
    UniqueConstraint("set_id", "code"),
)

person = Table(
    "person",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    of_set(),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("phone", Text),
    Column("kind", Text, nullable=False, server_default=""),
    UniqueConstraint("set_id", "code"),
)

post = Table(
    "post",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    of_set(),
    Column("code", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("role", Text, nullable=False),
    *(Column(name, Text) for name in ("layer", "area", "unit", "deputy_of")),
    Column("acting", Boolean, nullable=False, server_default=text("false")),
    Column("duty", Text, nullable=False, server_default=""),
    Column("valid_from", DateTime(timezone=True)),
    Column("valid_to", DateTime(timezone=True)),
    UniqueConstraint("set_id", "code"),
    CheckConstraint("valid_to > valid_from", name="validity"),
)

rule = Table(
    "rule",
    metadata,
    Column("pk", BigInteger, Identity(always=True), primary_key=True),
    of_set(),
    Column("rank", Integer, nullable=False),
    Column("id", Text, nullable=False),
    Column("via", Text, nullable=False),
    *(
        Column(name, Text, nullable=False, server_default="")
        for name in (
            "categories",
            "places",
            "attributes",
            "window",
            "lead",
            "assisting",
            "evaluator",
            "source",
            "title_zh",
            "title_en",
        )
    ),
    Column("disputed", Boolean, nullable=False, server_default=text("false")),
    Column("valid_from", DateTime(timezone=True)),
    Column("valid_to", DateTime(timezone=True)),
    Column("test_lon", Float),
    Column("test_lat", Float),
    UniqueConstraint("set_id", "rank"),
    UniqueConstraint("set_id", "id"),
)

limit = Table(
    "limit_",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    of_set(),
    Column("category", Text, nullable=False),
    Column("condition", Text, nullable=False, server_default=""),
    Column("stage", Text, nullable=False),
    Column("amount", Float, nullable=False),
    Column("unit", Text, nullable=False),
    *(Column(name, Text, nullable=False, server_default="") for name in ("source", "places")),
    UniqueConstraint("set_id", "category", "condition", "stage", "places"),
    CheckConstraint("unit IN ('urgent_hour', 'working_hour', 'working_day', 'natural_day')", name="unit"),
    CheckConstraint("amount > 0", name="amount"),
)

# Tables of a ruleset that are small and of which nothing is ever asked but the whole: words, powers, calendar.
declaration = Table(
    "declaration",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    of_set(),
    Column("name", Text, nullable=False),
    Column("row", JSONB, nullable=False),
)
