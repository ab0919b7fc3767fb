"""Lists the dated sets there are."""

from typing import Any

from sqlalchemy import Engine

from gridsvc.store import dated_sets
from gridsvc.store.dated_sets import Kind
from gridsvc.store.engine import transaction


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
