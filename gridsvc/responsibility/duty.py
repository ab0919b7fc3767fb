"""Who is the chief of one role at a place and an instant: principal, deputy or nobody, and whether on duty."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from gridsvc.responsibility.people import Person, Post, Staff
from gridsvc.values import AreaAt


@dataclass(frozen=True, slots=True)
class Chief:
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
        posts = [p for p in staff.posts_at(role, area) if p.holds_at(instant) and p.person in staff.people]
        if not posts:
            continue
        # on duty before off duty, principals before deputies, then by code
        post = min(posts, key=lambda p: (not p.duty.holds_at(instant, zone), p.deputy_of is not None, p.code))
        on_duty = post.duty.holds_at(instant, zone)
        return Chief(post, staff.people[post.person], on_duty, post.acting or post.deputy_of is not None, area.layer)
    return None
