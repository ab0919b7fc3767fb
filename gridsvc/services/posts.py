"""Hands over posts: who held one ends, who follows begins, and what was known before stays known."""

import re
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from gridsvc.errors import BadInput, Conflict, FieldError, NotFound
from gridsvc.responsibility.people import Post, Staff
from gridsvc.rights import Reach
from gridsvc.services.personal import is_within
from gridsvc.services.rulesets import amend_within
from gridsvc.spatial.layer import Edition
from gridsvc.store import dated_sets, tenures
from gridsvc.store.dated_sets import DatedSet
from gridsvc.store.engine import transaction
from gridsvc.store.people import read_staff
from gridsvc.store.rules import read_texts
from gridsvc.tables import Row

_SUCCESSOR = re.compile(r"(.+)-[0-9]+")


class HandedOver(NamedTuple):
    """The post that ended, the one that began at that instant, and the ruleset that says so."""

    ended: str
    begun: str
    at: datetime
    ruleset: str


def hand_over(
    engine: Engine,
    post: str,
    to: str,
    at: datetime,
    reason: str,
    *,
    by: str,
    now: datetime,
    district: str | None = None,
    within: tuple[Reach, Edition] | None = None,
) -> HandedOver:
    """Let the person ``to`` hold a post's seat from an instant on, past or to come, for as long as it would have held.

    The post ends then and a new one of the same seat begins: ``P1-2`` after ``P1``. Deputies are deputies of the seat
    and stay. ``within`` limits it to posts within a reach, on the ground of an edition. The ruleset that holds is
    amended and published, and refused like any publication: two holders of a sole seat are among the errors.

    Raises ``NotFound`` for a post or person that is not on record, ``BadInput`` where he holds it already, and
    ``Conflict`` where the post does not hold then, or where another ruleset begins later, which knows nothing of it.
    """
    with transaction(engine) as connection:
        tenures.begin_change(connection)
        held, start = _to_amend(connection, at, now, district)
        staff, rows = read_staff(connection, held.id), read_texts(connection, held.id).get("posts", [])
        old = next((row for row in rows if row["code"] == post), None)
        current = next((p for p in staff.posts if p.code == post), None)
        if old is None or current is None or not (within is None or is_within(*within, current)):
            raise NotFound("没有这个岗位", "there is no such post", [FieldError("post", post, *_SEE_LIST)])
        _refuse(staff, current, to, at, ZoneInfo(held.time_zone))
        begun = _next_code(post, {row["code"] for row in rows})
        turn = at.isoformat()
        # Who follows is appointed, even where who went before was acting.
        ended, begins = {"valid_to": turn}, {"code": begun, "person": to, "valid_from": turn, "acting": "false"}
        changes = {"posts": [Row(old | cells, old.line) for cells in (ended, begins)]}
        made = amend_within(connection, changes, now=now, by=by, reason=reason, district=held.district, start=start)
        return HandedOver(post, begun, at, made.code)


_SEE_LIST = ("用 gridsvc posts list 列出的编码", "use a code that gridsvc posts list shows")


def _to_amend(
    connection: Connection, at: datetime, now: datetime, district: str | None
) -> tuple[DatedSet, datetime | None]:
    """Give the ruleset to be amended and from when on; None is now, which does for an instant to come as well."""
    held = dated_sets.held_at(connection, "ruleset", at, district)
    if held is None:
        mend = ("先发布在该时刻有效的规则版次", "publish a ruleset that holds then first")
        raise Conflict("该时刻没有规则版次", "no ruleset holds then", [FieldError("at", at.isoformat(), *mend)])
    begins = {
        span.lower: one.code
        for one in dated_sets.listing(connection, "ruleset") if one.district == held.district
        for span in one.holds if span.lower is not None
    }  # fmt: skip
    later = min((t for t in begins if t > at), default=None)
    if later is not None:
        code, when = begins[later], later.isoformat()
        mend = (f"改为 {when} 或以后", f"let it be at {when} or later")
        error = FieldError("at", at.isoformat(), *mend)
        zh, en = f"规则版次 {code} 在其后开始，不含这次交接", f"the ruleset {code} begins after it and would undo it"
        raise Conflict(zh, en, [error])
    return held, at if at < now or any(now < t for t in begins) else None


def _refuse(staff: Staff, post: Post, to: str, at: datetime, zone: ZoneInfo) -> None:
    """Refuse whom nobody knows, who holds the post already, and a post that does not hold then."""
    if to not in staff.people:
        mend = ("先在 people 表中登记", "record him in the table people first")
        raise NotFound("没有这个人员", "there is no such person", [FieldError("to", to, *mend)])
    if to == post.person:
        mend = ("写另一个人员的编码", "name another person")
        raise BadInput("已由此人担任", "he holds this post already", [FieldError("to", to, *mend)])
    if not post.holds_at(at) or post.valid_from == at:
        told = at.astimezone(zone).isoformat()
        holding = ", ".join(p.code for p in staff.posts_at(post.role, post.place) if _follows(p, post, at)) or "-"
        mend = (f"该席位届时的岗位：{holding}", f"posts of this seat then: {holding}")
        zh, en = f"岗位 {post.code} 在 {told} 之前并不在任", f"the post {post.code} does not hold up to {told}"
        raise Conflict(zh, en, [FieldError("at", told, *mend)])


def _follows(other: Post, post: Post, at: datetime) -> bool:
    return other.holds_at(at) and other.valid_from != at and (other.deputy_of is None) == (post.deputy_of is None)


def _next_code(code: str, known: Collection[str]) -> str:
    """``P1-2`` after ``P1``, ``P1-3`` after ``P1-2``; the first that is free."""
    found = _SUCCESSOR.fullmatch(code)
    root = found[1] if found is not None and found[1] in known else code
    n = 2
    while f"{root}-{n}" in known:
        n += 1
    return f"{root}-{n}"
