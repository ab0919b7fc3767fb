"""The event stream: what happens to cases within the caller's reach, as it is committed, and what holds by now."""

import asyncio
import random
import re
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Header, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event

from gridsvc.api.auth import Caller
from gridsvc.api.deps import CallerDep, Parts, PartsDep, split
from gridsvc.api.schemas.common import PROBLEMS
from gridsvc.errors import GridsvcError
from gridsvc.rights import Reach
from gridsvc.router import Router
from gridsvc.store.engine import to_json
from gridsvc.store.events import Event

router = APIRouter(tags=["events"], responses=PROBLEMS)
# A console that hears nothing for twice as long takes the stream for dead.
PING_S = 5.0
# After how many milliseconds a browser comes back; not all of them at once when a service has been started anew.
COME_BACK_MS = (1_000, 5_000)


class EventStream(StreamingResponse):
    """Server-sent events; the framework's own response for them admits nobody anew once it has begun."""

    media_type = "text/event-stream"


ONE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "event": {"type": "string", "enum": ["case", "edition", "resync"]},
        "id": {"type": "string", "description": "number of the last entry that this and all before it tell of"},
        "data": {"type": "string", "contentMediaType": "application/json"},
        "retry": {"type": "integer"},
    },
}


@router.get(
    "/v1/events", response_class=EventStream, responses={200: {"content": {"text/event-stream": {"schema": ONE}}}}
)
def events(
    request: Request,
    parts: PartsDep,
    caller: CallerDep,
    unit: Annotated[str | None, Query(description="only cases of these accountable units")] = None,
    street: Annotated[str | None, Query(description="only cases in these streets")] = None,
    kind: Annotated[str | None, Query(description="only entries of these kinds, as in a case's history")] = None,
    after: Annotated[
        int | None, Query(ge=0, le=2**62, description="everything after this id; Last-Event-ID counts before it")
    ] = None,
    once: Annotated[bool, Query(description="end as soon as there is nothing more for now")] = False,
    last_event_id: Annotated[str | None, Header(description="the id of the last event that was received")] = None,
) -> Any:
    """Follow what happens to cases, as it is committed.

    `event: case` tells of each entry of a history, with its number over all cases as `id`; `event: edition` comes at
    the beginning and whenever another edition or ruleset holds; after `event: resync` read anew what you show: what was
    missed is not kept any more. Without an id only what comes from now on is told.
    """
    parts.feed.refuse_crowd(caller.actor.name)
    wanted = _Wanted(*(frozenset(split(given)) for given in (unit, street, kind)))
    stream = _Stream(parts, request, _View.of(parts, caller), wanted)
    # Whatever was committed before the call is neither missed nor, without an id, told.
    start = _position(parts.feed.catch_up(), last_event_id, after)
    return EventStream(stream.told(start, once), headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})


def _position(last: int, last_event_id: str | None, after: int | None) -> int:
    """Where to go on; -1, from which nobody can, for an id that is not one of ours."""
    if last_event_id is None:
        return last if after is None else after
    return int(last_event_id) if re.fullmatch("[0-9]{1,18}", last_event_id) else -1


@dataclass(frozen=True, slots=True)
class _View:
    """Who follows, and what he may see while a router answers for now."""

    caller: Caller
    room: Router
    reach: Reach

    @classmethod
    def of(cls, parts: Parts, caller: Caller) -> "_View":
        room = parts.current.get()
        return cls(caller, room, caller.reach("case:read", room))

    @property
    def holds(self) -> dict[str, str | None]:
        """What holds, as it is told."""
        edition, ruleset = self.room.snapshot.edition.code, self.room.snapshot.ruleset.code
        return {"edition": edition, "ruleset": ruleset or None}


class _Wanted(NamedTuple):
    """What a follower asks for, as far as he says so."""

    units: frozenset[str]
    streets: frozenset[str]
    kinds: frozenset[str]

    def has(self, event: Event) -> bool:
        return (
            (not self.units or event.unit in self.units)
            and (not self.streets or event.areas.get("street") in self.streets)
            and (not self.kinds or event.kind in self.kinds)
        )


class _Stream:
    """What one follower is told."""

    def __init__(self, parts: Parts, request: Request, view: _View, wanted: _Wanted) -> None:
        self._parts = parts
        self._request = request
        self._view = view
        self._wanted = wanted

    async def told(self, position: int, once: bool) -> AsyncIterator[bytes]:
        """Give pieces of the stream until somebody ends it, or the follower's rights to it do."""
        feed, news = self._parts.feed, asyncio.Event()
        holds: object = None
        with suppress(GridsvcError), feed.followed(self._view.caller.actor.name, _told_in(news)):
            while not feed.is_over:
                news.clear()
                await self._look_again()
                if self._view.holds != holds:
                    holds = self._view.holds
                    yield _line("edition", holds, None if position < 0 else position, random.randint(*COME_BACK_MS))
                found = feed.after(position)
                if found is None:
                    position = feed.last
                    yield _line("resync", {}, position)
                    continue
                if found:
                    position = found[-1].seq
                    if piece := b"".join(self._case(e) for e in found if self._is_for_us(e)):
                        yield piece
                elif once:
                    return
                else:
                    try:
                        await asyncio.wait_for(news.wait(), PING_S)
                    except TimeoutError:
                        # Also what was not for us need not be told again.
                        yield f": ping\nid: {position}\n\n".encode()

    async def _look_again(self) -> None:
        """Ask anew who this is and what he may see, where that may have changed. Raises where he may nothing."""
        parts, now = self._parts, self._parts.now()
        caller, room = self._view.caller, parts.current.at_hand()
        if room in (None, self._view.room) and parts.doorkeeper.still_admits(caller, now):
            return

        def again() -> _View:
            admitted = parts.doorkeeper.admit(self._request, "GET", caller.district, now)
            return _View.of(parts, admitted)

        self._view = await run_in_threadpool(again)

    def _is_for_us(self, event: Event) -> bool:
        reach = self._view.reach
        return (
            event.district == reach.district
            and self._wanted.has(event)
            and reach.covers(event.areas, event.parties, event.reported_by)
        )

    def _case(self, event: Event) -> bytes:
        return _line("case", told(event, self._view.room), event.seq)


def told(event: Event, room: Router) -> dict[str, Any]:
    """What is told of an event: nothing of people, and nothing that who may see the case does not see there."""
    said = {
        "case": str(event.id),
        "number": event.number,
        "n": event.n,
        "kind": event.kind,
        "at": event.at.astimezone(room.zone).isoformat(),
        "version": event.version,
        "status": event.status,
        "unit": event.unit,
        "category": event.category,
        "point": {"lon": event.lon, "lat": event.lat},
    }
    return said if event.lights is None else said | {"lights": event.lights}


def _told_in(news: asyncio.Event) -> Callable[[], None]:
    """Make what tells a task of the running loop that there is something new, from any thread."""
    loop = asyncio.get_running_loop()

    def tell() -> None:
        # A loop that is closed has nobody left to tell.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(news.set)

    return tell


def _line(event: str, data: Any, id_: int | None, retry_ms: int | None = None) -> bytes:
    return format_sse_event(
        event=event, data_str=to_json(data), id=None if id_ is None else str(id_), retry=retry_ms
    )  # fmt: skip
