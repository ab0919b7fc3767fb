"""Reports that may be of the same thing as another: a suggestion to whoever decides; nothing is linked by itself."""

from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from gridsvc.casework.duplicates import Likeness, Told, compared
from gridsvc.responsibility.repeats import duplicate_rule
from gridsvc.rights import Reach
from gridsvc.router import Router
from gridsvc.services.cases import need_case
from gridsvc.store.engine import transaction
from gridsvc.store.near_cases import NearCase, near_cases
from gridsvc.values import Point

MOST = 5
# A place where more than so many lie within the hours needs a look at all of it, not at each of them.
_LOOKED_AT = 200


def similar(
    connection: Connection, room: Router, told: Told, category: str, reach: Reach, but: UUID | None = None
) -> list[dict[str, Any]]:
    """Give the cases within a reach that may be of the same thing, likeliest first; at most ``MOST``.

    By the row of the table ``duplicates`` for the category; without one there are none. A component is looked for
    around the report and around itself.
    """
    rule = duplicate_rule(room.snapshot.ruleset.duplicates, category)
    if rule is None:
        return []
    around = [Point(told.lon, told.lat)]
    component = room.components.get(told.component) if told.component else None
    if component is not None:
        around.append(component.point)
    span = told.reported_at - timedelta(hours=rule.hours), told.reported_at + timedelta(hours=rule.hours)
    patterns = [f"{category[:2]}*" if rule.match == "major" else category]
    found = near_cases(connection, reach, around, rule.radius_m, patterns, span, but, _LOOKED_AT)
    others = [Told(c.lon, c.lat, c.reported_at, c.component, c.description) for c in found]
    ranked = compared(told, others, rule.radius_m, rule.hours)
    return [_shown(found[position], likeness, room.zone) for position, likeness in ranked[:MOST]]


def similar_to(engine: Engine, room: Router, id_or_number: str, reach: Reach) -> dict[str, Any]:
    """Give the cases that may be of the same thing as a stored one, before it or after it; raises ``NotFound``."""
    with transaction(engine) as connection:
        case = need_case(connection, id_or_number, reach)
        told = Told(case.lon, case.lat, case.reported_at, case.component, case.description)
        return {"items": similar(connection, room, told, case.category, reach, case.id)}


def _shown(case: NearCase, like: Likeness, zone: ZoneInfo) -> dict[str, Any]:
    zh, en = zip(*like.because, strict=True)
    return {
        "id": str(case.id), "number": case.number, "status": case.status, "category": case.category,
        "reported_at": case.reported_at.astimezone(zone).isoformat(), "point": {"lon": case.lon, "lat": case.lat},
        "distance_m": round(like.distance_m, 1), "same_component": like.same_component,
        "text": None if like.text is None else round(like.text, 3), "score": round(like.score, 3),
        "zh": "\uff1b".join(zh), "en": "; ".join(en),
    }  # fmt: skip
