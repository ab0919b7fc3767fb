"""Which actions somebody may take on a case as it stands, and the forms of these."""

from collections.abc import Mapping, Sequence
from typing import Any

from gridsvc.casework.forms import form
from gridsvc.casework.lifecycle import NEEDS, ROWS, Action, legal
from gridsvc.casework.requests import KINDS
from gridsvc.rights import May, Permission
from gridsvc.router import Router
from gridsvc.store.cases import StoredCase

Requests = Sequence[Mapping[str, Any]]
_CALLED = next(row for row in ROWS if row.only == "whistle")


def permitted(case: StoredCase, may: May | None) -> list[Action]:
    """Give the actions that a case allows, of these the ones that somebody may take; all where ``may`` is None."""
    rows = legal(case.state)
    return rows if may is None else [taken for row in rows if (taken := _taken(case, row, may)) is not None]


def forms(case: StoredCase, room: Router, may: May) -> list[dict[str, Any]]:
    """Give the actions that somebody may take, each with what it is called and the fields of its form."""
    units = room.snapshot.staff.units

    def name_of(code: str) -> tuple[str, str]:
        unit = units.get(code)
        return (code, code) if unit is None else (unit.name, unit.name_en or unit.name)

    return [
        {
            "action": row.name, "zh": row.zh, "en": row.en, "to": row.to, "requires": list(row.requires),
            "fields": [
                f.as_dict() for f in form(row, case.state, name_of, _answerable(case, row, may), may_bind(may))
            ],
        }
        for row in permitted(case, may)
    ]  # fmt: skip


def may_bind(may: May) -> bool:
    """Whether what somebody settles may be a precedent, which binds the whole district."""
    reach = may("precedent:write")
    return reach is not None and reach.is_whole


def may_on(case: StoredCase, permission: Permission, units: Sequence[str | None], may: May) -> bool:
    """Whether something may be done on a case; what a unit does, by whoever acts for one of these units."""
    reach = may(permission)
    if reach is None:
        return False
    if permission == "case:handle":
        return reach.covers(case.areas, frozenset(filter(None, units)))
    return reach.covers(case.areas, frozenset(case.parties), case.reported_by)


def _taken(case: StoredCase, row: Action, may: May) -> Action | None:
    """The row by which somebody may take a legal action, None where he may not."""
    reach = may(NEEDS[row.name])
    if reach is None or not reach.covers(case.areas, frozenset(case.parties), case.reported_by):
        return None
    if row.name != "settle" and row.only != "whistle" and may_on(case, row.permission, [case.unit], may):
        return row
    # Who is called to another unit's case arrives for the whistle alone.
    return {"settle": row, "arrive": _CALLED}.get(row.name) if _answerable(case, row, may) else None


def _answerable(case: StoredCase, row: Action, may: May) -> Requests:
    """The open requests that somebody may settle by an action, or arrive for."""
    if row.name == "settle":
        return [r for r in case.requests if may_on(case, KINDS[r["kind"]].settles, r["asked"], may)]
    if row.name != "arrive":
        return []
    whistles = [r for r in case.requests if r["kind"] == "whistle"]
    own = [{**r, "asked": [u for u in r["asked"] if may_on(case, row.permission, [u], may)]} for r in whistles]
    return [r for r in own if r["asked"]]
