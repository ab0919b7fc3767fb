"""The audit: who administered what, who signed in, who looked at whose name and number."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from gridsvc.api.auth import Caller
from gridsvc.api.deps import CallerDep, CursorDep, LimitDep, PartsDep, from_cursor, to_cursor
from gridsvc.api.schemas.common import PROBLEMS
from gridsvc.errors import BadInput, FieldError
from gridsvc.rights import ROLES
from gridsvc.services.audit import page_of_audit
from gridsvc.store.audit import AuditFilter

router = APIRouter(tags=["actors"], responses=PROBLEMS)
Wanted = Annotated[str | None, Query(max_length=200)]


@router.get("/v1/audit")
def audit(
    parts: PartsDep, caller: CallerDep, actor: Wanted = None, subject: Wanted = None, limit: LimitDep = 100,
    cursor: CursorDep = None,
) -> dict[str, Any]:  # fmt: skip
    """List entries, the newest first; of one actor, or about one subject, if these are named.

    Entries of a district are shown to its auditors, those of the whole installation to those of every district. They
    do not say in which area or unit they belong, so that who audits a part of a district alone is shown none.
    """
    districts = _districts(caller)
    wanted = AuditFilter(actor, subject, districts=districts, before=_before(cursor), limit=limit)
    rows = page_of_audit(parts.engine, wanted)
    following = to_cursor(rows[limit - 1].n) if len(rows) > limit else None
    items = [
        {
            "n": row.n,
            "at": row.at.isoformat(),
            "actor": row.actor,
            "action": row.action,
            "subject": row.subject,
            "district": row.district,
            "payload": row.payload,
            "hash": row.hash.hex(),
        }
        for row in rows[:limit]
    ]
    return {"items": items, "next": following}


def _districts(caller: Caller) -> set[str] | None:
    """The districts whose entries a caller may read, None where it is every one."""
    held = (g for g in caller.actor.grants if g.holds(caller.at) and g.area is None and g.unit is None)
    read = {g.district for g in held if "audit:read" in ROLES[g.role]}
    return None if None in read else {district for district in read if district is not None}


def _before(cursor: str | None) -> int | None:
    values = from_cursor(cursor, 1)
    if values is None:
        return None
    if not (values[0].isascii() and values[0].isdigit() and len(values[0]) < 19):
        mend = ("原样使用上一页的 next", "use the next of the page before as it is")
        raise BadInput("游标无效", "the cursor is not usable", [FieldError("cursor", cursor, *mend)])
    return int(values[0])
