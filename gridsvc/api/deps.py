"""What routes ask for: the caller, the current router, the database, boxes and pages."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Depends, Header, Query, Request
from sqlalchemy import Engine

from gridsvc.api.auth import Caller, Doorkeeper, require
from gridsvc.api.measures import Measures
from gridsvc.api.policy import needed
from gridsvc.api.provider import Provider
from gridsvc.api.visit import Returned
from gridsvc.errors import BadInput, FieldError, Forbidden, KeyMissing, NotFound, Unavailable
from gridsvc.rights import forbidden
from gridsvc.router import Router
from gridsvc.services.bundles import Bundles
from gridsvc.services.current import CurrentRouter
from gridsvc.services.edition_changes import Differences
from gridsvc.services.events import Feed
from gridsvc.services.outgoing import Sender
from gridsvc.services.replay_jobs import Replays
from gridsvc.services.search import Search
from gridsvc.services.summary import Summaries
from gridsvc.services.tiles import Tiles
from gridsvc.settings import Settings
from gridsvc.store.blobs import Blobs
from gridsvc.store.dated_sets import DatedSet
from gridsvc.values import storable

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything one application holds; made once by ``create_app``."""

    settings: Settings
    engine: Engine
    current: CurrentRouter
    doorkeeper: Doorkeeper
    now: Callable[[], datetime]
    blobs: Blobs
    feed: Feed
    summaries: Summaries
    search: Search
    sender: Sender
    replays: Replays
    tiles: Tiles
    bundles: Bundles
    differences: Differences
    provider: Provider | None = None
    returned: Returned = field(default_factory=Returned)
    measures: Measures = field(default_factory=Measures)


# What waits for nobody is asynchronous, so that no thread is asked to do it.
async def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


PartsDep = Annotated[Parts, Depends(_parts)]


def zone_at_hand(parts: Parts) -> str:
    """The name of the city's time zone, empty where there is no city yet: pages come up before it and say so."""
    try:
        return parts.current.get().zone.key
    except Unavailable:
        return ""


def _caller(request: Request, parts: PartsDep) -> Caller | None:
    """Admit the caller by the line that the policy has for this address, None where anybody may come in."""
    line = needed(request.method, request.scope["route"].path)
    if line is None:
        raise Forbidden("该地址没有权限规定", "this address has no line in the policy, and is closed")
    if line.needs == "nobody":
        return None
    caller = parts.doorkeeper.admit(request, request.method, parts.current.district() or "", parts.now())
    if line.needs != "anybody":
        require(caller, line.needs)
        if line.over == "whole" and not caller.actor.reach(line.needs, caller.district, caller.at).is_whole:
            raise forbidden(line.needs, caller.district)
    return caller


async def _known_caller(caller: Annotated[Caller | None, Depends(_caller)]) -> Caller:
    if caller is None:
        raise Forbidden("该地址不问来者", "this address asks nobody who he is")
    return caller


# Every route of the application depends on this one, whether it asks for its caller or not.
POLICED = Depends(_caller)
CallerDep = Annotated[Caller, Depends(_known_caller)]


async def _idempotency_key(idempotency_key: Annotated[str | None, Header(max_length=200)] = None) -> str:
    if not idempotency_key:
        mend = (
            "每次操作生成一个唯一键并在重试时重用",
            "make one unique key for each change and use it again when you retry",
        )
        error = FieldError("Idempotency-Key", None, *mend)
        raise KeyMissing("缺少 Idempotency-Key", "Idempotency-Key is missing", [error])
    return idempotency_key


IdempotencyKeyDep = Annotated[str, Depends(_idempotency_key)]


def room_of(
    parts: Parts,
    caller: Caller,
    edition: str | None = None,
    at: datetime | None = None,
    now: datetime | None = None,
    ruleset: str | None = None,
) -> Router:
    """Give the router of what held at ``at``, of now's, or of a named edition or ruleset; drafts only to who may."""
    if edition is not None:
        named(parts, caller, "edition", edition)
    if ruleset is not None:
        named(parts, caller, "ruleset", ruleset)
    return parts.current.get(edition, at, now, ruleset)


def set_of(parts: Parts, caller: Caller, edition: str | None) -> DatedSet:
    """Give the row of the named edition, or of the one that holds now; a draft only to who may know of it."""
    held = parts.current.set_at_hand()
    if held is not None and edition in (None, held.code):
        return held
    return parts.current.set_of() if edition is None else named(parts, caller, "edition", edition)


def named(parts: Parts, caller: Caller, kind: Literal["edition", "ruleset"], code: str) -> DatedSet:
    """Give the row of a named edition or ruleset; a draft only to who may know of it."""
    if caller.may("draft:read"):
        return parts.current.named(kind, code)
    try:
        found = parts.current.named(kind, code)
    except NotFound:
        found = None
    if found is None or found.published_at is None:
        # The same answer for a draft as for nothing, and without the names of drafts.
        mend = (f"用 GET /v1/{kind}s 列出的版次", f"one of those that GET /v1/{kind}s lists")
        raise NotFound(f"没有版次 {code}", f"there is no {kind} {code}", [FieldError(kind, code, *mend)])
    return found


async def _box(
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
