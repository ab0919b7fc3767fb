"""Who holds the posts of every seat over some days, and when nobody answers there. Stores and decides nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from gridsvc.errors import BadInput, FieldError
from gridsvc.on_duty import place_name, titled
from gridsvc.responsibility.people import Place, Post, Staff
from gridsvc.responsibility.roles import ROLES
from gridsvc.router import Router

LONGEST_DAYS = 31
Span = tuple[datetime, datetime]
# When a window is open on a day, seconds since midnight on the wall: windows of one text are one window.
Days = dict[tuple[str, date], tuple[tuple[int, int], ...]]


class Seat(NamedTuple):
    """One role at one place, an area or a unit."""

    role: str
    place: Place


def seats_of(staff: Staff, role: str | None = None, place: str | None = None) -> list[Seat]:
    """List the seats that ever had a post: of one role, or at an area or unit by code, if these are named.

    Places in their order; within a place the roles of the field first.
    """
    order = {code: n for n, code in enumerate(ROLES)}
    seats = {
        Seat(p.role, p.place) for p in staff.posts if role in (None, p.role) and place in (None, p.place[1])
    }  # fmt: skip
    return sorted(seats, key=lambda s: (s.place[0] or "", s.place[1] or "", order.get(s.role, len(order)), s.role))


def roster(room: Router, seats: Sequence[Seat], start: datetime, end: datetime) -> list[dict[str, Any]]:
    """Give each seat with its bars, one for each time that a post is on duty, and the gaps in which nobody is.

    Half-open, from ``start`` to before ``end``. Raises ``BadInput`` where that is no time or more than a month.
    """
    if not start < end <= start + timedelta(days=LONGEST_DAYS):
        mend = (f"晚于 from，至多 {LONGEST_DAYS} 天", f"later than from, by {LONGEST_DAYS} days at most")
        raise BadInput(
            "排班时段无效", "no roster can be given for that time", [FieldError("to", end.isoformat(), *mend)]
        )
    staff, zone = room.snapshot.staff, room.zone
    open_on: Days = {}
    found = []
    for seat in seats:
        bars = []
        for post in staff.posts_at(seat.role, seat.place):
            if post.person in staff.people:
                bars += [(span, post) for span in _on_duty(post, start, end, zone, open_on)]
        bars.sort(key=lambda bar: (bar[0], bar[1].code))
        gaps = _gaps((span for span, _ in bars), start, end)
        found.append(_shown(room, seat, bars, gaps))
    return found


def _on_duty(post: Post, start: datetime, end: datetime, zone: ZoneInfo, known: Days) -> Iterator[Span]:
    """When a post is on duty between two instants: what touches is one span."""
    first, last = max(start, post.valid_from or start), min(end, post.valid_to or end)
    if first >= last:
        return
    if not post.duty.spans:
        yield first, last
        return
    day, final = first.astimezone(zone).date(), last.astimezone(zone).date()
    begun: Span | None = None
    while day <= final:
        key = post.duty.text, day
        if key not in known:
            known[key] = post.duty.open_on(day)
        for from_s, to_s in known[key]:
            span = max(first, _at(day, from_s, zone)), min(last, _at(day, to_s, zone))
            if span[0] >= span[1]:
                continue
            if begun is not None and begun[1] >= span[0]:
                begun = begun[0], span[1]
            else:
                if begun is not None:
                    yield begun
                begun = span
        day += timedelta(days=1)
    if begun is not None:
        yield begun


def _at(day: date, seconds: int, zone: ZoneInfo) -> datetime:
    days, rest = divmod(seconds, 86_400)
    clock = time(rest // 3600, rest // 60 % 60)
    return datetime.combine(day + timedelta(days=days), clock, zone)


def _gaps(spans: Iterable[Span], start: datetime, end: datetime) -> list[Span]:
    """The time between two instants that no span holds; spans come by their beginnings."""
    found, free = [], start
    for begin, until in spans:
        if begin > free:
            found.append((free, begin))
        free = max(free, until)
    return [*found, (free, end)] if free < end else found


def _shown(room: Router, seat: Seat, bars: Sequence[tuple[Span, Post]], gaps: Sequence[Span]) -> dict[str, Any]:
    layer, code = seat.place
    people = room.snapshot.staff.people

    def told(span: Span) -> Mapping[str, str]:
        return dict(zip(("from", "to"), (at.astimezone(room.zone).isoformat() for at in span), strict=True))

    return {
        **titled(seat.role), "layer": layer, "area": code if layer else None, "unit": None if layer else code,
        **place_name(room, seat.place),
        "bars": [
            {"post": post.code, "person": post.person, "name": people[post.person].name,
             "deputy": post.deputy_of is not None, "acting": post.acting, **told(span)}
            for span, post in bars
        ],
        "gaps": [told(span) for span in gaps],
    }  # fmt: skip
