"""Who is the chief of one role at a place and an instant: principal, deputy or nobody, and whether on duty."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from gridsvc.responsibility.people import Person, Post, Staff
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
        for post in staff.posts_at(role, area):
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
