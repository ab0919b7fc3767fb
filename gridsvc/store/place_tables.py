"""The names by which the areas of an edition are found, and where each of them is."""

from geoalchemy2 import Geometry
from sqlalchemy import BigInteger, Column, Float, ForeignKey, Identity, Index, Integer, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY

from gridsvc.store.dated_tables import metadata, of_set
from gridsvc.store.tables import component

# Filled by the function ``fill_place_names`` when an edition is loaded. ``key`` is a name, an English name or a code as
# ``place_key`` writes it, ``grams`` its pairs of characters, where it is searched by these; ``road`` and ``house`` are
# the parts of an address. No part of the area is farther from ``point`` than ``extent_m``.
place_name = Table(
    "place_name",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    of_set(),
    Column("area_id", BigInteger, ForeignKey("area.id", ondelete="CASCADE"), nullable=False),
    Column("key", Text, nullable=False),
    Column("grams", ARRAY(Text)),
    Column("road", Text),
    Column("house", Integer),
    Column("point", Geometry("POINT", srid=4326, spatial_index=False), nullable=False),
    Column("extent_m", Float, nullable=False),
    Index("ix_place_name_set_id_key", "set_id", "key"),
    Index("ix_place_name_set_id_road_house", "set_id", "road", "house"),
    Index("ix_place_name_area_id", "area_id"),
    Index("ix_place_name_grams", "grams", postgresql_using="gin"),
)
Index("ix_component_code_trgm", component.c.code, postgresql_using="gin", postgresql_ops={"code": "gin_trgm_ops"})
