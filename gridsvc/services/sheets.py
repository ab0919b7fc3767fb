"""Sheets of assessment after they were made: read, freeze, and show that a frozen one is as it was, or what differs."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from gridsvc.casework.period import parse_period
from gridsvc.errors import Conflict, FieldError, NotFound
from gridsvc.services.assess import Asked, Step, content_of, hash_of, room_for
from gridsvc.services.current import CurrentRouter
from gridsvc.store import assessments as store
from gridsvc.store import audit
from gridsvc.store.assessments import StoredSheet
from gridsvc.store.engine import one_state, transaction
from gridsvc.store.facts import known_now, told_since
from gridsvc.values import reason_of


def list_sheets(
    engine: Engine, district: str, zone: ZoneInfo, scheme: str | None = None, period: str | None = None,
    frozen: bool | None = None, limit: int = 1000,
) -> list[dict[str, Any]]:  # fmt: skip
    """List sheets without their content, the latest period first."""
    with transaction(engine) as connection:
        found = store.list_sheets(connection, district, scheme, period, frozen, limit)
    return [_head(row, zone) for row in found]


def _head(row: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    def instant(name: str) -> str | None:
        return None if row[name] is None else row[name].astimezone(zone).isoformat()

    return {
        "id": row["id"], "state": "draft" if row["frozen_at"] is None else "frozen", "scheme": row["scheme"],
        "period": row["period"], "edition": row["edition"], "ruleset": row["ruleset"],
        "made_by": row["made_by"], "made_at": instant("made_at"), "known_at": instant("known_at"),
        "frozen_by": row["frozen_by"], "frozen_at": instant("frozen_at"), "reason": row["reason"],
        "revises": row["revises"], "hash": bytes(row["hash"]).hex(),
    }  # fmt: skip


def shown_sheet(sheet: StoredSheet, zone: ZoneInfo) -> dict[str, Any]:
    """Give a sheet with all that it says."""
    names = ("id", "scheme", "period", "edition", "ruleset", "made_by", "made_at", "frozen_by", "frozen_at", "reason",
             "revises", "hash")  # fmt: skip
    row = {name: getattr(sheet, name) for name in names} | {"known_at": sheet.known.at}
    return {**sheet.content, **_head(row, zone)}


def get_sheet(engine: Engine, district: str, sheet_id: int) -> StoredSheet:
    """Read a sheet of a district; raises ``NotFound``."""
    with transaction(engine) as connection:
        return _need(connection, district, sheet_id)


def _need(connection: Connection, district: str, sheet_id: int, alone: bool = False) -> StoredSheet:
    found = store.read_sheet(connection, district, sheet_id, alone)
    if found is None:
        mend = ("用 GET /v1/assessments 列出的编号", "use an id that GET /v1/assessments lists")
        raise NotFound("没有这份考核表", "there is no such sheet", [FieldError("id", sheet_id, *mend)])
    return found


def freeze_sheet(
    engine: Engine, district: str, sheet_id: int, actor: str, now: datetime, reason: str | None = None
) -> StoredSheet:
    """Let a draft never change again.

    Where a sheet of its scheme and period is frozen already, a ``reason`` must say why another follows; both stay.
    Raises ``Conflict`` for a sheet that is frozen, lacks a score from outside, or was made before the period ended.
    """
    with transaction(engine) as connection:
        sheet = _need(connection, district, sheet_id, alone=True)
        if sheet.frozen_at is not None:
            raise _conflict("id", sheet_id, "已定稿，不能再改", "it is frozen already and cannot change")
        if sheet.known.at < sheet.ends_at:
            raise _conflict("period", sheet.period, "时段结束后重新生成再定稿", "make it anew once the period is over")
        if missing := sorted((line["code"], part) for line in sheet.content["lines"] for part in line["missing"]):
            shown = ", ".join(f"{code} {part}" for code, part in missing[:10])
            raise _conflict("inputs", len(missing), f"先录入缺少的评分并重新生成：{shown}",
                            f"enter the scores that are missing and make it anew: {shown}")  # fmt: skip
        standing = store.list_sheets(connection, district, sheet.scheme, sheet.period, True, 1)
        revises = standing[0]["id"] if standing else None
        if revises is not None and reason is None:
            mend = (f"已有定稿 {revises}：写明为何另行定稿", f"sheet {revises} is frozen: say why another follows")
            raise _conflict("reason", None, *mend)
        why = None if reason is None else reason_of(reason)
        store.freeze(connection, sheet_id, actor, now, why, revises)
        about = {"scheme": sheet.scheme, "period": sheet.period, "hash": sheet.hash.hex(), "reason": why}
        audit.record(connection, now, actor, "assessment frozen", str(sheet_id), about, district)
        return _need(connection, district, sheet_id)


def _conflict(field: str, value: object, zh: str, en: str) -> Conflict:
    return Conflict("考核表不能定稿", "the sheet cannot be frozen", [FieldError(field, value, zh, en)])


def check_sheet(
    engine: Engine, current: CurrentRouter, district: str, sheet_id: int, now: datetime, as_now: bool = False,
    step: Step = lambda: None,
) -> dict[str, Any]:  # fmt: skip
    """Make a sheet again out of what was known then, or is known ``as_now``, and say what differs and why.

    What came to be known later does not count for the first; ``later`` tells how much that is.
    """
    sheet = get_sheet(engine, district, sheet_id)
    zone = current.get(sheet.edition, ruleset=sheet.ruleset).zone
    period = parse_period(sheet.period, zone)
    room = room_for(current, period, now) if as_now else current.get(sheet.edition, ruleset=sheet.ruleset)
    with one_state(engine) as connection:
        asked = Asked(sheet.scheme, period, sheet.known, sheet.last_input)
        if as_now:
            asked = Asked(sheet.scheme, period, known_now(connection, now), store.last_input(connection))
        content = content_of(connection, room, asked, step)
        n, numbers = told_since(connection, district, sheet.ends_at, sheet.known)
        inputs = [one for one in store.read_inputs(connection, district, sheet.period) if one.seq > sheet.last_input]
    whole = hash_of(sheet.content) == sheet.hash
    differences = list(_differences(sheet.content, content))
    same = whole and (not differences if as_now else hash_of(content) == sheet.hash)
    why = [] if whole else [{"zh": "存档内容与其校验值不符", "en": "what is kept does not match its own hash"}]
    for name, zh, en in (("edition", "边界版次", "edition"), ("ruleset", "规则版次", "ruleset")):
        was, is_ = sheet.content[name], content[name]
        why += [] if was == is_ else [{"zh": f"{zh}由 {was} 变为 {is_}", "en": f"the {en} was {was} and is {is_}"}]
    if n and as_now:
        why.append({"zh": f"此后又有 {n} 条案件记录", "en": f"{n} entries of cases came later"})
    if inputs and as_now:
        why.append({"zh": f"此后又录入 {len(inputs)} 个评分", "en": f"{len(inputs)} scores were entered later"})
    return {
        "id": sheet.id, "same": same, "hash": sheet.hash.hex(), "made_again": hash_of(content).hex(),
        "known": "now" if as_now else "then", "differences": differences, "why": why if not same else [],
        "later": {"entries": n, "cases": numbers, "inputs": len(inputs)},
    }  # fmt: skip


def _differences(was: Mapping[str, Any], is_: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What two sheets say otherwise: rank, total and the points of each part, by subject."""
    before, after = ({line["code"]: line for line in sheet["lines"]} for sheet in (was, is_))
    for code in sorted(before.keys() | after.keys()):
        one, other = (_figures(lines.get(code)) for lines in (before, after))
        for what in dict.fromkeys([*one, *other]):
            if one.get(what) != other.get(what):
                yield {"code": code, "what": what, "was": one.get(what), "is": other.get(what)}


def _figures(line: Mapping[str, Any] | None) -> dict[str, Any]:
    if line is None:
        return {}
    parts = {part: mark["points_exact"] for part, mark in line["marks"].items()}
    return {"rank": line["rank"], "total": line["total_exact"], **parts}
