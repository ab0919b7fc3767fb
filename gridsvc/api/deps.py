"""What routes ask for: the caller, the current router, the database, boxes and pages."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Header, Query, Request
from sqlalchemy import Engine

from gridsvc.api.auth import Actor, actor_of
from gridsvc.errors import BadInput, FieldError
from gridsvc.services.current import CurrentRouter
from gridsvc.settings import Settings
from gridsvc.values import storable

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything one application holds; made once by ``create_app``."""

    settings: Settings
    engine: Engine
    current: CurrentRouter
    now: Callable[[], datetime]


def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


PartsDep = Annotated[Parts, Depends(_parts)]


def _actor(
    request: Request, parts: PartsDep, authorization: Annotated[str | None, Header(include_in_schema=False)] = None
) -> Actor:
    return actor_of(
        parts.settings, authorization, request.client.host if request.client else None, request.url.hostname
    )


ActorDep = Annotated[Actor, Depends(_actor)]


def _box(
    bbox: Annotated[str | None, Query(description="minlon,minlat,maxlon,maxlat in WGS 84 degrees")] = None,
) -> Box | None:
    if bbox is None:
        return None
    try:
        west, south, east, north = (float(v) for v in bbox.split(","))
    except ValueError:
        west = south = east = north = float("nan")
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        mend = ("写成 minlon,minlat,maxlon,maxlat", "write minlon,minlat,maxlon,maxlat")
        raise BadInput("范围框无效", "the box is not usable", [FieldError("bbox", bbox, *mend)])
    return west, south, east, north


BoxDep = Annotated[Box | None, Depends(_box)]
LimitDep = Annotated[int, Query(ge=1, le=1000, description="rows on a page")]
CursorDep = Annotated[str | None, Query(description="the value of next on the page before")]


def to_cursor(*values: object) -> str:
    """Make an opaque cursor of the last row's sort values."""
    return base64.urlsafe_b64encode(json.dumps([str(v) for v in values]).encode()).decode()


def from_cursor(cursor: str | None, n: int) -> list[str] | None:
    """Read a cursor of ``n`` values; one that we did not make is refused."""
    if cursor is None:
        return None
    try:
        values: Any = json.loads(base64.urlsafe_b64decode(cursor.encode()))
    except (ValueError, RecursionError):
        values = None
    if not (isinstance(values, list) and len(values) == n and all(isinstance(v, str) and storable(v) for v in values)):
        mend = ("原样使用上一页的 next", "use the next of the page before as it is")
        raise BadInput("游标无效", "the cursor is not usable", [FieldError("cursor", cursor, *mend)])
    return values


def split(values: str | None) -> tuple[str, ...]:
    """Read comma-separated values."""
    return tuple(v.strip() for v in values.split(",") if v.strip()) if values else ()
