"""Shows one name and number in full to one who says why: every such look is audited before anything is shown."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Engine

from gridsvc.errors import FieldError, NotFound
from gridsvc.responsibility.people import Person, Post
from gridsvc.rights import Reach
from gridsvc.router import CHIEF_ROLES, Snapshot
from gridsvc.services.cases import need_case
from gridsvc.spatial.layer import Edition
from gridsvc.store import audit, dated_sets, people, private
from gridsvc.store.cases import StoredCase
from gridsvc.store.engine import transaction
from gridsvc.values import reason_of

Masked = Literal["reporter", "subject", "description", "comment", "grid_chief", "street_chief"]
Shown = dict[str, Any]


def unmask_case(
    engine: Engine, reach: Reach, id_or_number: str, what: Masked, reason: str, actor: str, now: datetime
) -> Shown:
    """Give what a case shows masked in full: name and phone of a person, or the text of the description.

    A chief's are those of the edition by which the case was decided. Raises ``NotFound`` for a case outside the reach,
    and where there is nothing to show; ``BadInput`` for a reason that says nothing.
    """
    reason = reason_of(reason)
    if what in CHIEF_ROLES:
        # Anybody can report a case anywhere; that must not lead to the numbers of whoever is chief there.
        reach = replace(reach, own=None)
    with transaction(engine) as connection:
        case = need_case(connection, id_or_number, reach)
        found = _of_case(connection, case, what)
        if found is None:
            mend = ("案件没有这一项，或已删除", "the case has none, or it was erased")
            raise NotFound("没有可显示的内容", "there is nothing to show", [FieldError("what", what, *mend)])
        said = {"what": what, "reason": reason}
        audit.record(connection, now, actor, "personal data shown", case.number, said, case.district)
    return {"case": case.number, "what": what} | found


def unmask_post(
    engine: Engine, snapshot: Snapshot, reach: Reach, code: str, reason: str, actor: str, now: datetime
) -> Shown:
    """Give name and phone of who holds a post now, by the edition that holds; raises as :func:`unmask_case` does."""
    reason = reason_of(reason)
    post = next((p for p in snapshot.staff.posts if p.code == code and p.holds_at(now)), None)
    person = None if post is None else snapshot.staff.people.get(post.person)
    if post is None or person is None or not is_within(reach, snapshot.edition, post):
        mend = ("核对岗位编码", "check the code of the post")
        raise NotFound("没有这个岗位", "there is no such post", [FieldError("post", code, *mend)])
    with transaction(engine) as connection:
        audit.record(
            connection, now, actor, "personal data shown", code, {"what": "post", "reason": reason}, reach.district
        )
    return {"post": code} | _full(person)


def _of_case(connection: Connection, case: StoredCase, what: Masked) -> Shown | None:
    if what == "description":
        return None if case.description is None else {"text": case.description}
    if what == "subject":
        return None if case.subject is None else {"name": case.subject}
    if what == "comment":
        comment = private.read_comment(connection, case.id)
        return None if comment is None else {"text": comment}
    if what == "reporter":
        return None if case.reporter is None else {"name": case.reporter["name"], "phone": case.reporter["phone"]}
    chief: Mapping[str, Any] | None = case.decision.get(what)
    if chief is None:
        return None
    # The staff is stored with the ruleset.
    staff = dated_sets.find(connection, "ruleset", case.decision["ruleset"] or case.decision["edition"], case.district)
    person = None if staff is None else people.holder_of(connection, staff.id, chief["post"])
    return None if person is None else {"post": chief["post"]} | _full(person)


def _full(person: Person) -> Shown:
    return {"name": person.name, "phone": person.phone}


def is_within(reach: Reach, edition: Edition, post: Post) -> bool:
    """Whether a post's area, with the areas above it, and its own or its area's unit lie within a reach."""
    areas: dict[str, str] = {}
    units = {post.unit}
    layer, code = post.layer, post.area
    while layer is not None and code is not None and (found := edition.layers.get(layer)) is not None:
        areas[layer] = code
        position = found.position_of.get(code)
        if position is None:
            break
        if layer == post.layer:
            units.add(found.units[position])
        layer, code = found.spec.parent, found.parents[position]
    return reach.covers(areas, frozenset(unit for unit in units if unit is not None))
