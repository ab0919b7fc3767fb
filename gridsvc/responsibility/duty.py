"""Who holds the posts of a place at an instant: principal, deputy or nobody, who is on duty, and who is sent first."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from gridsvc.responsibility.people import Person, Place, Post, Staff
from gridsvc.responsibility.roles import ROLES
from gridsvc.values import AreaAt


class Chief(NamedTuple):
    """A chief who is attached to a case beside the accountable unit. ``via`` is the layer that gave him."""

    post: Post
    person: Person
    on_duty: bool
    acting: bool
    via: str


def chief_at(staff: Staff, role: str, areas: Sequence[AreaAt], instant: datetime, zone: ZoneInfo) -> Chief | None:
    """Find the chief of a role: the first area that has one decides, in the order given.

    Within an area: the principal on duty; else a deputy on duty, who is then acting; else the principal off
    duty; else, where the principal's post is vacant, a deputy off duty. None where nobody holds such a post.
    """
    for area in areas:
        best: tuple[tuple[bool, bool], Post] | None = None
        for post in staff.posts_at(role, (area.layer, area.code)):
            if post.holds_at(instant) and post.person in staff.people:
                # on duty before off duty, principals before deputies, then by code, in which order the posts come
                rank = (not post.duty.holds_at(instant, zone), post.deputy_of is not None)
                if best is None or rank < best[0]:
                    best = rank, post
                if rank == (False, False):
                    break
        if best is not None:
            (off_duty, is_deputy), post = best
            return Chief(post, staff.people[post.person], not off_duty, post.acting or is_deputy, area.layer)
    return None


class Holder(NamedTuple):
    """One who holds a post at an instant; ``acting`` where he stands in for a principal."""

    post: Post
    person: Person
    on_duty: bool
    acting: bool


class Duty(NamedTuple):
    """Who holds the posts of one role at one place, who is asked first comes first.

    ``barred`` hold such a post but may not do what it is for. ``until``: the next instant at which somebody begins,
    ends, or goes on or off duty, in UTC; None where no such is known within a month.
    """

    role: str
    place: Place
    holders: tuple[Holder, ...]
    barred: tuple[Holder, ...]
    until: datetime | None

    @property
    def is_served(self) -> bool:
        """Whether somebody is on duty who may do what the post is for."""
        return any(holder.on_duty for holder in self.holders)


def duty_at(staff: Staff, role: str, place: Place, instant: datetime, zone: ZoneInfo) -> Duty | None:
    """Tell who holds the posts of a role at a place, in the order of :func:`chief_at`; None where nobody does.

    A deputy is acting where no principal of that role and place is on duty and he comes first.
    """
    posts = staff.posts_at(role, place)
    held = [post for post in posts if post.holds_at(instant) and post.person in staff.people]
    if not held:
        return None
    ranked = sorted((not p.duty.holds_at(instant, zone), p.deputy_of is not None, n) for n, p in enumerate(held))
    holders: list[Holder] = []
    barred: list[Holder] = []
    for off_duty, is_deputy, n in ranked:
        post, person = held[n], staff.people[held[n].person]
        if _is_barred(role, person):
            barred.append(Holder(post, person, not off_duty, post.acting))
        else:
            holders.append(Holder(post, person, not off_duty, post.acting or (is_deputy and not holders)))
    return Duty(role, place, tuple(holders), tuple(barred), min(_changes(posts, instant, zone), default=None))


def duties_at(staff: Staff, places: Sequence[Place], instant: datetime, zone: ZoneInfo) -> list[Duty]:
    """Tell who holds any post at some places, place by place, the roles of the field first and in their order."""
    roles = [*(r for r in ROLES if r in staff.roles), *sorted(r for r in staff.roles if r not in ROLES)]
    found = (duty_at(staff, role, place, instant, zone) for place in places for role in roles)
    return [duty for duty in found if duty is not None]


def nearest_duty(staff: Staff, role: str, places: Sequence[Place], instant: datetime, zone: ZoneInfo) -> Duty | None:
    """Give the first place where somebody of a role is on duty, else the first where somebody holds such a post."""
    duties = [d for place in places if (d := duty_at(staff, role, place, instant, zone)) is not None]
    return next((d for d in duties if d.is_served), next((d for d in duties if d.holders), next(iter(duties), None)))


def chain_at(staff: Staff, places: Sequence[Place], instant: datetime, zone: ZoneInfo) -> Mapping[str, Duty | None]:
    """Give who is sent first, second and third, by role; ``places`` begin with the nearest one.

    Each is the nearest who is on duty. None where nobody holds such a post.
    """
    sent = sorted((role for role in ROLES.values() if role.chain is not None), key=lambda role: role.chain or 0)
    return {role.code: nearest_duty(staff, role.code, places, instant, zone) for role in sent}


def duty_of_unit(staff: Staff, role: str, unit: str, instant: datetime, zone: ZoneInfo) -> Duty | None:
    """Tell who of a role is on duty for a unit: in the unit itself, else in one above it."""
    return nearest_duty(staff, role, [(None, above.code) for above in staff.above(unit)], instant, zone)


def _is_barred(role: str, person: Person) -> bool:
    return role in ROLES and ROLES[role].enforces and person.kind not in ("", "regular")


def _changes(posts: Sequence[Post], instant: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """Give instants after this one at which a post begins or ends, and when those in force go on or off duty."""
    for post in posts:
        yield from (t.astimezone(UTC) for t in (post.valid_from, post.valid_to) if t is not None and t > instant)
        turn = post.duty.next_turn(instant, zone) if post.holds_at(instant) else None
        if turn is not None:
            yield turn
