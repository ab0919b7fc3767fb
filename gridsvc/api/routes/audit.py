"""The audit: who administered what, who signed in, who looked at whose name and number."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from gridsvc.api.deps import CallerDep, CursorDep, LimitDep, PartsDep, from_cursor, to_cursor
from gridsvc.api.schemas.common import PROBLEMS
from gridsvc.errors import BadInput, FieldError
from gridsvc.services.audit import page_of_audit

router = APIRouter(tags=["actors"], responses=PROBLEMS)
Wanted = Annotated[str | None, Query(max_length=200)]


@router.get("/v1/audit")
def audit(
    parts: PartsDep, caller: CallerDep, actor: Wanted = None, subject: Wanted = None, limit: LimitDep = 100,
    cursor: CursorDep = None,
) -> dict[str, Any]:  # fmt: skip
    """List entries, the newest first; of one actor, or about one subject, if these are named.

    Entries of a district are shown to its auditors, those of the whole installation to those of every district.
    """
    rows = page_of_audit(parts.engine, _before(cursor), limit, actor, subject)
    following = to_cursor(rows[limit - 1].n) if len(rows) > limit else None
    whole = any(g.district is None and g.role == "administrator" and g.holds(caller.at) for g in caller.actor.grants)
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
        if whole or (row.district is not None and caller.actor.may("audit:read", row.district, caller.at))
    ]
    return {"items": items, "next": following}


def _before(cursor: str | None) -> int | None:
    values = from_cursor(cursor, 1)
    if values is None:
        return None
    if not (values[0].isascii() and values[0].isdigit() and len(values[0]) < 19):
        mend = ("原样使用上一页的 next", "use the next of the page before as it is")
        raise BadInput("游标无效", "the cursor is not usable", [FieldError("cursor", cursor, *mend)])
    return int(values[0])
