"""Reads what the map is made of: lists of dated sets, pages of components."""

from typing import Any

from sqlalchemy import Engine

from gridsvc.store import components as component_store
from gridsvc.store import dated_sets
from gridsvc.store.components import ComponentFilter
from gridsvc.store.dated_sets import Kind
from gridsvc.store.engine import transaction
from gridsvc.values import Component


def editions_of(engine: Engine, kind: Kind) -> list[dict[str, Any]]:
    """List the dated sets of a kind with state, validity and number of findings."""
    with transaction(engine) as connection:
        found = dated_sets.listing(connection, kind)
    return [
        {
            "code": s.code,
            "title": s.title,
            "district": s.district,
            "state": s.state,
            "valid_from": s.holds_from or s.valid_from,
            "valid_to": s.holds_to,
            "recorded_at": s.recorded_at,
            "published_at": s.published_at,
            "content_hash": s.content_hash,
            "counts": s.counts,
        }
        for s in found
    ]


def page_of_components(
    engine: Engine,
    set_id: int,
    box: tuple[float, float, float, float] | None,
    class_code: str | None,
    after: str | None,
    limit: int,
) -> list[Component]:
    """Give one page of an edition's components by code, one more than ``limit`` if there is a next page."""
    with transaction(engine) as connection:
        return component_store.page_of_components(connection, set_id, ComponentFilter(box, class_code, after, limit))
