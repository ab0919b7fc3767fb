"""Makes vector tiles: of an edition's layers for the whole district, of cases within a reach."""

from typing import NamedTuple

from sqlalchemy import Connection, Engine

from gridsvc.errors import FieldError, NotFound
from gridsvc.rights import Reach
from gridsvc.store import tiles as store
from gridsvc.store.cases import CaseFilter
from gridsvc.store.dated_sets import DatedSet
from gridsvc.store.engine import transaction
from gridsvc.store.tiles import Box, Tile

# Of an area, beside its own properties; and of a case. All of them texts.
AREA, CASE = ("code", "name", "parent", "unit"), ("number", "status", "category", "unit", "reported_at")


class About(NamedTuple):
    """What a map wants to know of a layer: where it is, in degrees, and its attributes with their kinds in JSON."""

    box: Box | None
    attributes: dict[str, str]


def area_tile(engine: Engine, edition: DatedSet, layer: str, tile: Tile) -> bytes:
    """Give one tile of a layer of an edition, b"" where it is empty; raises ``NotFound`` for an unknown layer."""
    with transaction(engine) as connection:
        return store.area_tile(connection, _need_layer(connection, edition, layer), layer, tile)


def case_tile(engine: Engine, reach: Reach, tile: Tile) -> bytes:
    """Give one tile of the cases within a reach, b"" where it is empty."""
    with transaction(engine) as connection:
        return store.case_tile(connection, CaseFilter(reach), tile)


def about_layer(engine: Engine, edition: DatedSet, layer: str) -> About:
    """Tell of a layer of an edition; raises ``NotFound`` for an unknown one."""
    with transaction(engine) as connection:
        box, properties = store.about_layer(connection, _need_layer(connection, edition, layer))
    return About(box, dict(properties) | dict.fromkeys(AREA, "string"))


def about_cases() -> About:
    """Tell of cases, which may be anywhere."""
    return About(None, dict.fromkeys(CASE, "string"))


def _need_layer(connection: Connection, edition: DatedSet, layer: str) -> int:
    found = store.layer_id(connection, edition.id, layer)
    if found is None:
        mend = ("用 GET /v1/layers 列出的图层", "one of those that GET /v1/layers lists")
        raise NotFound("没有这个图层", "there is no such layer", [FieldError("layer", layer, *mend)])
    return found
