"""Hand-over of a shift: a note by who goes, taken over by who comes. Both sign in the audit, which nobody rewrites."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from gridsvc.errors import BadInput, Conflict, FieldError, NotFound
from gridsvc.masking import mask_text
from gridsvc.store import audit
from gridsvc.store.audit import Audited, AuditFilter
from gridsvc.store.engine import transaction

HANDED, TAKEN = "shift handed over", "shift taken over"
LONGEST_NOTE = 2000
_SHOWN = 20


def hand_over_shift(
    engine: Engine, district: str, text: str, numbers: dict[str, Any], by: str, now: datetime, zone: ZoneInfo
) -> dict[str, Any]:  # fmt: skip
    """Write the note of a shift that ends, with the numbers of what is open; telephone numbers in it are masked."""
    said = mask_text(text.strip())
    if not said:
        mend = ("写明要交接的事项", "say what is to be handed over")
        raise BadInput("交接内容为空", "the note says nothing", [FieldError("text", text, *mend)])
    with transaction(engine) as connection:
        audit.record(connection, now, by, HANDED, _subject(district), {"note": said, "numbers": numbers}, district)
        return _notes(connection, district, zone)[0]


def take_over_shift(
    engine: Engine, district: str, n: int, remark: str | None, by: str, now: datetime, zone: ZoneInfo
) -> dict[str, Any]:  # fmt: skip
    """Sign a note as the one who comes; raises ``NotFound``, and ``Conflict`` for one's own and a signed one."""
    with transaction(engine) as connection:
        # Two who sign at once come one after the other.
        audit.hold(connection)
        note = next((one for one in _notes(connection, district, zone) if one["n"] == n), None)
        if note is None:
            mend = ("用 GET /v1/shift 列出的编号", "use a number that GET /v1/shift lists")
            raise NotFound("没有这份交接单", "there is no such note", [FieldError("n", n, *mend)])
        if note["by"] == by or note["taken_by"] is not None:
            mine = ("须由接班人员签收", "somebody else has to sign it")
            done = (f"已由 {note['taken_by']} 签收", f"{note['taken_by']} has signed it")
            mend = mine if note["by"] == by else done
            raise Conflict("不能签收", "it cannot be signed", [FieldError("n", n, *mend)])
        said = {"note": n, "remark": mask_text(remark) if remark else None}
        audit.record(connection, now, by, TAKEN, _subject(district), said, district)
        return next(one for one in _notes(connection, district, zone) if one["n"] == n)


def notes(engine: Engine, district: str, zone: ZoneInfo) -> list[dict[str, Any]]:
    """List the newest notes of a district, the last one first, each with who signed it and when."""
    with transaction(engine) as connection:
        return _notes(connection, district, zone)


def _notes(connection: Connection, district: str, zone: ZoneInfo) -> list[dict[str, Any]]:
    wanted = AuditFilter(subject=_subject(district), limit=2 * _SHOWN)
    entries = audit.newest(connection, wanted)
    taken = {entry.payload["note"]: entry for entry in entries if entry.action == TAKEN}
    return [_shown(entry, taken.get(entry.n), zone) for entry in entries if entry.action == HANDED][:_SHOWN]


def _shown(note: Audited, taken: Audited | None, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "n": note.n, "by": note.actor, "at": note.at.astimezone(zone).isoformat(), "text": note.payload["note"],
        "numbers": note.payload["numbers"],
        "taken_by": None if taken is None else taken.actor,
        "taken_at": None if taken is None else taken.at.astimezone(zone).isoformat(),
        "remark": None if taken is None else taken.payload["remark"],
    }  # fmt: skip


def _subject(district: str) -> str:
    return f"shift {district}"
