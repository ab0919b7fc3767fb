"""What publishing editions and rulesets has in common: errors are waived by name or refuse, nothing is redone."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gridsvc.errors import BadInput, CellFault, Conflict, FieldError, NotFound, RefusedToPublish
from gridsvc.store import audit, dated_sets
from gridsvc.store.dated_sets import DatedSet

Finding = Mapping[str, Any]
Standing = Sequence[tuple[str, Finding]]


@dataclass(frozen=True, slots=True)
class Published:
    """What a publication did: the set, and the span over which it holds; None is no end."""

    code: str
    start: datetime
    end: datetime | None
    waived: tuple[str, ...]


def published_already(found: DatedSet, start: datetime | None, end: datetime | None) -> Published:
    """Answer for a set that is published: as it was, or ``Conflict`` where anything else is asked for."""
    held_from, held_to = found.holds_from, found.holds_to
    if held_from is not None and start in (None, held_from) and end in (None, held_to):
        return Published(found.code, held_from, held_to, ())
    mend = ("发布后只能更正：写明理由（--correction）", "it can only be corrected, with a reason (--correction)")
    error = FieldError("from", start and start.isoformat(), *mend)
    raise Conflict(f"{found.code} 已发布", f"{found.code} is published already", [error])


def must_say_from_when(found: DatedSet, start: datetime | None) -> None:
    """Refuse a correction of a published set that does not say from when it holds."""
    if start is None:
        mend = ("写明更正的起始时刻", "say from when it holds")
        error = FieldError("from", None, *mend)
        raise BadInput(f"{found.code} 已发布", f"{found.code} is published already", [error])


def must_say(field: str, reason: str) -> None:
    """Refuse a reason without words."""
    if not reason.strip():
        mend = ("写明理由", "say why")
        raise BadInput("缺少理由", "the reason is missing", [FieldError(field, reason, *mend)])


def errors_of(findings: Iterable[Finding]) -> list[Finding]:
    """Those of the findings that refuse publication."""
    return [f for f in findings if f["severity"] == "error"]


def overtaken(follows: str, held: str) -> Finding:
    """Make the finding on rules that were loaded while other ones held than those that they would follow."""
    return {
        "id": "overtaken", "severity": "error", "table": None, "line": None, "codes": [follows, held],
        "zh": f"载入时生效的是 {follows}，届时生效的已是 {held}：请重新载入，以免丢失其改动",
        "en": f"it was loaded while {follows} held, and would follow {held}: load it again, or it may undo changes",
    }  # fmt: skip


def finding_names(findings: Sequence[Finding]) -> list[str]:
    """The names by which findings are waived, no two alike: ``id:layer:code+code``, or the table for the layer.

    Where that is not enough it is followed by ``@lon,lat``, or the line of the table, and where that is not either, by
    ``#2``, ``#3`` and so on.
    """
    plain = [f"{f['id']}:{_place(f)}:{'+'.join(f['codes'])}" for f in findings]
    often, met = Counter(plain), Counter[str]()
    names: dict[str, None] = {}
    for short, f in zip(plain, findings, strict=True):
        name = placed = short if f["codes"] and often[short] == 1 else f"{short}@{_spot(f)}"
        while name in names:
            met[placed] += 1
            name = f"{placed}#{met[placed] + 1}"
        names[name] = None
    return list(names)


def _place(f: Finding) -> str:
    return str(f["layer"] if "layer" in f else f["table"] or "")


def _spot(f: Finding) -> str:
    return f"{f['lon']},{f['lat']}" if "lon" in f else str(f["line"] or "")


def waive_errors(
    connection: Connection,
    draft: DatedSet,
    errors: Sequence[Finding],
    reasons: Mapping[str, str],
    by: str,
    now: datetime,
) -> list[tuple[str, Finding]]:
    """Store further waivers of a draft; gives the errors that stand against it all the same, with their names."""
    if draft.published_at is not None:
        mend = ("换一个版次号载入", "load it under another code")
        error = FieldError(draft.kind, draft.code, *mend)
        raise Conflict(f"{draft.code} 已发布", f"{draft.code} is published already", [error])
    names = dict.fromkeys(finding_names(errors))
    waivers = {w["finding"]: w for w in draft.waivers}
    added = {name: reason for name, reason in reasons.items() if name not in waivers}
    for name, reason in reasons.items():
        if name not in names:
            mend = ("可用：" + "、".join(names) or "-", "one of " + ", ".join(names) or "-")
            raise NotFound("没有这个问题", "there is no such finding", [FieldError("waive", name, *mend)])
        must_say("reason", reason)
        waivers.setdefault(name, {"finding": name, "reason": reason, "by": by, "at": now.isoformat()})
    standing = [(n, f) for n, f in zip(names, errors, strict=True) if n not in waivers]
    if reasons or (draft.state == "checked") != (not standing):
        dated_sets.write_waivers(connection, draft.id, list(waivers.values()), not standing)
    if added:
        audit.record(connection, now, by, "findings waived", draft.code, added, draft.district)
    return standing


def refuse_errors(code: str, standing: Standing) -> None:
    """Raise ``RefusedToPublish`` for errors that stand, each with its name, its row if it has one, and the mend."""
    if standing:
        n = len(standing)
        raise RefusedToPublish(
            f"{code} 有 {n} 个错误未改正，不能发布",
            f"{code} has {n} errors and cannot be published",
            [_refused(name, f) for name, f in standing],
        )


def _refused(name: str, f: Finding) -> FieldError:
    mend_zh, mend_en = f"改正，或 --waive {name} --reason 理由", f"mend it, or --waive {name} --reason WHY"
    if "table" in f:
        return CellFault(name, None, mend_zh, mend_en, f["table"] or "-", f["line"], f["zh"], f["en"])
    return FieldError(name, None, f"{f['zh']}（{mend_zh}）", f"{f['en']} ({mend_en})")
