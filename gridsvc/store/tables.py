"""The schema with ``dated_tables`` and ``ruleset_tables``: columns, keys and named constraints; no behaviour.

Geometry is stored in EPSG:4326. Every row belongs to a district code, its own or that of its dated set.
Whatever hangs on a dated set is immutable once the set is published (a trigger of the migrations keeps that).
"""

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSON, JSONB
from sqlalchemy.schema import SchemaItem

from gridsvc.store.dated_tables import EMPTY, NOW, metadata, of_set

layer = Table(
    "layer",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    of_set(),
    Column("code", Text, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("title_zh", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("geometry", Text, nullable=False),
    Column("coverage", Text, nullable=False),
    Column("parent", Text),
    Column("priority", Integer, nullable=False),
    Column("chief_role", Text),
    Column("settles", Text),
    UniqueConstraint("set_id", "code"),
    CheckConstraint("geometry IN ('polygon', 'line', 'point')", name="geometry"),
    CheckConstraint("coverage IN ('partition', 'cover', 'free')", name="coverage"),
)

area = Table(
    "area",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("layer_id", BigInteger, ForeignKey("layer.id", ondelete="CASCADE"), nullable=False),
    # Not unique: a draft with a duplicate code must be storable so that its report can name it.
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("parent", Text),
    Column("unit", Text),
    Column("props", JSONB, nullable=False, server_default=EMPTY),
    Column("geom", Geometry("GEOMETRY", srid=4326, spatial_index=False)),
    Index("ix_area_layer_id_code", "layer_id", "code"),
    Index("ix_area_geom", "geom", postgresql_using="gist"),
)


def _component_columns() -> list[SchemaItem]:
    required = ("code", "code_scheme", "class_code", "state", "accuracy_class")
    return [
        *(Column(name, Text, nullable=False) for name in required),
        Column("name", Text, nullable=False, server_default=""),
        *(Column(name, Text) for name in ("competent", "owner", "maintainer", "unit_grid")),
        Column("geom", Geometry("POINT", srid=4326, spatial_index=False), nullable=False),
        CheckConstraint("accuracy_class IN ('A', 'B', 'C')", name="accuracy_class"),
    ]


component = Table(
    "component",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    of_set(),
    *_component_columns(),
    UniqueConstraint("set_id", "code"),
    Index("ix_component_geom", "geom", postgresql_using="gist"),
)

# The last word on a code, whatever an edition says of it. Append-only, and visible in the order of ``seq``.
component_change = Table(
    "component_change",
    metadata,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("district", Text, nullable=False),
    # Valid time: from when it is so; beside it known time: when the database learnt of it.
    Column("since", DateTime(timezone=True), nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
    Column("actor", Text, nullable=False),
    *_component_columns(),
    Index("ix_component_change_district_code_seq", "district", "code", "seq"),
)

category = Table(
    "category",
    metadata,
    Column("code_scheme", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("zh", Text, nullable=False),
    Column("en", Text, nullable=False),
    Column("is_local_extension", Boolean, nullable=False, server_default=text("false")),
    CheckConstraint("kind IN ('component', 'matter')", name="kind"),
)

# The layers whose areas people are granted, so that the first page of an area costs what the first page of all does.
# Areas of other layers are found by the inverted index, which has no order.
ORDERED_LAYERS = ("street", "community", "grid")


def _newest_first(name: str, key: str) -> Index:
    return Index(f"ix_case__{name}_reported_at_id", text(key), text("reported_at DESC"), text("id DESC"))


case = Table(
    "case_",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("reported_at", DateTime(timezone=True), primary_key=True),
    Column("number", Text, nullable=False),
    Column("district", Text, nullable=False),
    Column("version", Integer, nullable=False),
    *(Column(name, Text, nullable=False) for name in ("status", "source", "code_scheme", "category")),
    *(Column(name, Text) for name in ("component", "description", "address")),
    Column("accuracy_m", Float),
    Column("raw", JSONB, nullable=False),
    Column("geom", Geometry("POINT", srid=4326, spatial_index=False), nullable=False),
    # Area code by layer, so that a filter by any layer is one containment test.
    Column("areas", JSONB, nullable=False),
    Column("unit", Text),
    # Whose case it is: the accountable unit and those that assist; and the actor who reported it.
    Column("parties", ARRAY(Text), nullable=False),
    Column("reported_by", Text, nullable=False),
    Column("decision", JSONB, nullable=False),
    # What the automatic decision rested on, and its fingerprint: gone as soon as another decision stands (a trigger of
    # the migrations keeps that), so that a replay looks at the decision itself.
    Column("edition", Text),
    Column("ruleset", Text),
    Column("components_seq", BigInteger),
    Column("fingerprint", LargeBinary),
    CheckConstraint("octet_length(fingerprint) = 16", name="fingerprint"),
    # Why nobody answers yet, or that somebody does only until the desk has settled it; null where it has nothing to do.
    Column("desk", Text),
    # What the history adds up to beside: its clocks, the requests that are open and their kinds, links to other cases.
    *(Column(name, JSONB, nullable=False, server_default=text("'[]'")) for name in ("clocks", "requests", "links")),
    Column("waits", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    # Of its running clocks: when the first turns amber, when the first is due, the next light that is to be noted.
    *(Column(name, DateTime(timezone=True)) for name in ("amber_at", "due_at", "turn_at")),
    # By what it was decided anew, where place or category were corrected.
    Column("corrected", JSONB(none_as_null=True)),
    # How it stands with the reward for the report: wanted, due or paid; null where nobody asked for one.
    Column("reward", Text),
    # What it has come to, for whoever counts cases.
    Column("tally", JSONB, nullable=False, server_default=EMPTY),
    Index("ix_case__parties", "parties", postgresql_using="gin"),
    Index("ix_case__geom", "geom", postgresql_using="gist"),
    Index("ix_case__areas", "areas", postgresql_using="gin", postgresql_ops={"areas": "jsonb_path_ops"}),
    *(_newest_first(layer, f"(areas ->> '{layer}')") for layer in ORDERED_LAYERS),
    *(_newest_first(name, name) for name in ("status", "category", "reported_by")),
    # What is open in my street: the list that most people look at all day.
    Index(
        "ix_case__street_status_reported_at_id",
        text("(areas ->> 'street')"),
        "status",
        text("reported_at DESC"),
        text("id DESC"),
    ),
    # What the desk has: few at any time, among very many.
    Index(
        "ix_case__desk",
        text("reported_at DESC"),
        text("id DESC"),
        postgresql_where=text("desk IS NOT NULL"),
    ),
    # What somebody waits for an answer to: as few.
    Index(
        "ix_case__waits",
        text("reported_at DESC"),
        text("id DESC"),
        postgresql_where=text("waits <> '{}'"),
    ),
    # What is due first, and whose light turns first.
    Index("ix_case__due_at_id", "due_at", "id", postgresql_where=text("due_at IS NOT NULL")),
    Index("ix_case__turn_at", "turn_at", postgresql_where=text("turn_at IS NOT NULL")),
    Index(
        "ix_case__reward",
        text("reported_at DESC"),
        text("id DESC"),
        postgresql_where=text("reward IS NOT NULL"),
    ),
    Index("ix_case__number", "number"),
    Index("ix_case__reported_at_id", text("reported_at DESC"), text("id DESC")),
    postgresql_partition_by="RANGE (reported_at)",
)

# What a case holds of private people beside its description and address, and when all of it was erased. Its history
# keeps a salted digest only.
case_private = Table(
    "case_private",
    metadata,
    Column("case_id", Uuid, primary_key=True),
    Column("salt", LargeBinary),
    Column("reporter", JSONB),
    # Whom it is against, and a keyed digest of that, by which cases against the same party are found.
    Column("subject", Text),
    Column("subject_key", LargeBinary),
    # What the reporter said when he rated how the case was closed.
    Column("comment", Text),
    Column("erased_at", DateTime(timezone=True)),
    CheckConstraint(
        "erased_at IS NULL OR (salt IS NULL AND reporter IS NULL"
        " AND subject IS NULL AND subject_key IS NULL AND comment IS NULL)",
        name="erased",
    ),
    Index("ix_case_private_subject_key", "subject_key", postgresql_where=text("subject_key IS NOT NULL")),
)

secret = Table(
    "secret",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
    CheckConstraint("octet_length(value) = 32", name="value"),
)

case_history = Table(
    "case_history",
    metadata,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("at", DateTime(timezone=True), primary_key=True),
    Column("case_id", Uuid, nullable=False),
    Column("n", SmallInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    # Each entry hashes the one before it, so that a changed or missing entry shows.
    Column("previous", LargeBinary),
    Column("hash", LargeBinary, nullable=False),
    Index("ix_case_history_case_id_n", "case_id", "n"),
    # The requests of all cases by kind: what a joint meeting has on its agenda, and what it decided.
    Index(
        "ix_case_history_request",
        text("((payload -> 'request') ->> 'kind')"),
        "seq",
        postgresql_where=text("jsonb_typeof(payload -> 'request') = 'object'"),
    ),
    CheckConstraint("(n = 1) = (previous IS NULL)", name="first_has_no_previous"),
    postgresql_partition_by="RANGE (at)",
)

case_number = Table(
    "case_number",
    metadata,
    Column("district", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("last", Integer, nullable=False),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("actor", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("body_hash", LargeBinary, nullable=False),
    Column("case_id", Uuid, nullable=False),
    # As it was written, not as it was understood: a replay gives the same bytes.
    Column("answer", JSON, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Index("ix_idempotency_case_id", "case_id"),
)
