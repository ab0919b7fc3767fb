"""The shift: who is on duty now, what is open, the roster of the days around it, and its hand-over."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from gridsvc.api.deps import CallerDep, CursorDep, LimitDep, PartsDep, from_cursor, room_of, to_cursor
from gridsvc.api.schemas.common import PROBLEMS, Instant, documented
from gridsvc.api.schemas.shifts import ShiftNoteIn, TakeOverIn
from gridsvc.on_duty import on_duty_now
from gridsvc.rights import Permission
from gridsvc.roster import LONGEST_DAYS, roster, seats_of
from gridsvc.services.shifts import hand_over_shift, notes, take_over_shift
from gridsvc.store.case_lists import CaseFilter

router = APIRouter(tags=["duty"], responses=PROBLEMS)
HANDS_OVER: Permission = "case:supervise"


@router.get("/v1/roster")
def week(
    parts: PartsDep,
    caller: CallerDep,
    start: Annotated[Instant | None, Query(alias="from", description="else now")] = None,
    end: Annotated[
        Instant | None, Query(alias="to", description=f"else a week later; {LONGEST_DAYS} days at most")
    ] = None,
    role: Annotated[str | None, Query(description="only seats of this role")] = None,
    area: Annotated[str | None, Query(description="code of an area or a unit")] = None,
    limit: LimitDep = 100,
    cursor: CursorDep = None,
) -> dict[str, Any]:
    """Give the bars of every seat, one for each time that a post is on duty, and the gaps in which nobody answers.

    Of the ruleset that holds at the beginning. A page has so many seats, in the order of their places.
    """
    begin = start or caller.at
    until = end or begin + timedelta(days=7)
    room = room_of(parts, caller, at=begin, now=caller.at)
    seats = seats_of(room.snapshot.staff, role, area)
    values = from_cursor(cursor, 1)
    first = int(values[0]) if values and values[0].isdigit() and len(values[0]) < 9 else 0
    some = seats[first : first + limit]
    following = to_cursor(first + limit) if len(seats) > first + limit else None
    items = roster(room, some, begin, until)
    span = {"from": begin.astimezone(room.zone).isoformat(), "to": until.astimezone(room.zone).isoformat()}
    return {**span, "items": items, "next": following}


@router.get("/v1/shift")
def shift(parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """Tell who leads and who answers now, where nobody does, what is open, and the notes of the last hand-overs.

    `open` counts what the caller may see, `notes` are for who hands shifts over; both are null for others.
    """
    room = parts.current.get(now=caller.at)
    where = caller.where(room)
    reads, hands = where("case:read"), where(HANDS_OVER)
    district = room.snapshot.edition.district
    return {
        **on_duty_now(room, caller.at),
        "open": None if reads is None else parts.summaries.of(CaseFilter(reads), room.zone, caller.at),
        "notes": None if hands is None or not hands.is_whole else notes(parts.engine, district, room.zone),
    }


@router.post("/v1/shift/notes", status_code=201)
def hand_over(body: ShiftNoteIn, parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """Hand the shift over: a note with the numbers of what is open, signed by the caller, for who comes to sign."""
    room = parts.current.get(now=caller.at)
    told = parts.summaries.of(CaseFilter(caller.reach("case:read", room)), room.zone, caller.at)
    numbers = {name: told[name] for name in ("open", "due_soon", "overdue", "undecided")}
    return hand_over_shift(
        parts.engine, room.snapshot.edition.district, body.text, numbers, caller.actor.name, caller.at, room.zone
    )


@router.post("/v1/shift/notes/{n}/sign", responses={409: documented("one's own note, or one that is signed")})
def take_over(
    n: Annotated[int, Path(ge=1, le=2**62)], body: TakeOverIn, parts: PartsDep, caller: CallerDep
) -> dict[str, Any]:  # fmt: skip
    """Take the shift over: sign the note of who goes."""
    room = parts.current.get(now=caller.at)
    return take_over_shift(
        parts.engine, room.snapshot.edition.district, n, body.remark, caller.actor.name, caller.at, room.zone
    )
