"""Lists the dated sets there are, and what held when as was known when."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from gridsvc.store import dated_sets, tenures
from gridsvc.store.dated_sets import Kind
from gridsvc.store.engine import transaction


def editions_of(engine: Engine, kind: Kind) -> list[dict[str, Any]]:
    """List the dated sets of a kind with state, the spans over which they hold, number of findings and waivers."""
    with transaction(engine) as connection:
        found = dated_sets.listing(connection, kind)
    return [
        {
            "code": s.code,
            "title": s.title,
            "district": s.district,
            "state": s.state,
            "time_zone": s.time_zone,
            "valid_from": s.valid_from,
            "holds_from": s.holds_from,
            "holds_to": s.holds_to,
            "holds": [{"from": span.lower, "to": span.upper} for span in s.holds],
            "recorded_at": s.recorded_at,
            "published_at": s.published_at,
            "content_hash": s.content_hash,
            "counts": s.counts,
            "waivers": s.waivers,
        }
        for s in found
    ]


def history_of(
    engine: Engine, kind: Kind, at: datetime | None = None, known: datetime | None = None
) -> list[dict[str, Any]]:
    """List what holds at ``at`` as was known at ``known``; see :func:`gridsvc.store.tenures.history`."""
    with transaction(engine) as connection:
        found = tenures.history(connection, kind, at, known)
    return [{k: v for k, v in asdict(t).items() if k not in ("id", "set_id")} for t in found]
