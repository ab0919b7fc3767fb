"""What was asked about cases and what was decided: pages of it, and the workbook that a joint meeting has before it."""

import io
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from gridsvc.casework.requests import KINDS
from gridsvc.errors import BadInput, FieldError
from gridsvc.store.engine import transaction
from gridsvc.store.requests import FoundRequest, RequestFilter, list_requests

# A meeting has no more before it, and a workbook of more is for nobody.
MOST_ROWS = 5000
HEADS = (
    "案件", "类别", "状态", "请求", "层级", "提出时间", "提出人", "理由", "现责任单位", "被请求单位", "时限", "结果",
    "答复时间", "答复人", "答复", "裁定单位", "判例",
)  # fmt: skip
_STATES = {"open": "未结", "settled": "已答复", "lapsed": "已失效"}
_RUNGS = {"negotiate": "协商", "competent": "主管部门", "joint_meeting": "联席会议", "district": "区政府"}


def page_of_requests(engine: Engine, wanted: RequestFilter) -> tuple[list[FoundRequest], int | None]:
    """Give one page, newest first, and where the next one begins, if there is one."""
    with transaction(engine) as connection:
        found = list_requests(connection, wanted)
    if len(found) <= wanted.limit:
        return found, None
    return found[: wanted.limit], found[wanted.limit - 1].seq


def shown_request(found: FoundRequest, zone: ZoneInfo) -> dict[str, Any]:
    """A request as it is listed: of which case, who asked what and why, and how it was answered."""
    answer: Mapping[str, Any] | None = found.answer
    decided = (answer or {}).get("answer")
    return {
        "case": {"id": str(found.case_id), "number": found.number, "status": found.status, "category": found.category},
        "accountable": found.decision.get("accountable"),
        "n": found.n,
        "at": found.at.astimezone(zone).isoformat(),
        "by": found.actor,
        "reason": found.payload.get("reason"),
        "request": found.payload["request"],
        "state": found.state,
        "answer": None if answer is None or found.answered_at is None else {
            "at": found.answered_at.astimezone(zone).isoformat(),
            "by": found.answered_by,
            "verdict": answer["verdict"],
            "reason": answer.get("reason"),
            "scores": answer.get("scores"),
            "accountable": decided and decided["accountable"],
            "precedent": answer.get("precedent"),
        },
    }  # fmt: skip


def workbook(engine: Engine, wanted: RequestFilter, zone: ZoneInfo) -> bytes:
    """Give the list as an Excel workbook, instants as wall times of the city; refuses one of too many rows."""
    # Slow to load, and few need it.
    import openpyxl
    from openpyxl.styles import Font

    found, following = page_of_requests(engine, wanted)
    if following is not None:
        mend = (f"加筛选条件，至多 {MOST_ROWS} 行", f"filter more narrowly: {MOST_ROWS} rows at most")
        raise BadInput("请求太多", "there are too many requests", [FieldError("kind", None, *mend)])
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "联席会议议题" if wanted.rung == ("joint_meeting",) else "请求"
    sheet.freeze_panes = "B2"
    for line, cells in enumerate((HEADS, *(_row(one, zone) for one in found)), start=1):
        for column, value in enumerate(cells, start=1):
            cell = sheet.cell(line, column, value)
            # What somebody wrote is a text, though it begins like a formula.
            cell.data_type = "s" if value else cell.data_type
            cell.font = Font(bold=line == 1)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _row(found: FoundRequest, zone: ZoneInfo) -> tuple[str, ...]:
    told = shown_request(found, zone)
    request, answer = told["request"], told["answer"] or {}
    cells = (
        found.number, found.category, found.status, KINDS[request["kind"]].zh, _RUNGS.get(request.get("rung"), ""),
        _wall(told["at"], zone), found.actor, told["reason"], _name(told["accountable"]), "、".join(request["asked"]),
        _wall(request.get("due_at"), zone), _STATES[found.state], _wall(answer.get("at"), zone), answer.get("by"),
        " ".join(filter(None, (answer.get("verdict"), answer.get("reason")))), _name(answer.get("accountable")),
        answer.get("precedent"),
    )  # fmt: skip
    return tuple(_plain(cell) for cell in cells)


def _plain(cell: str | None) -> str:
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    return str(ILLEGAL_CHARACTERS_RE.sub("", cell or ""))


def _name(unit: Mapping[str, str] | None) -> str:
    return f"{unit['name']}（{unit['unit']}）" if unit else ""


def _wall(instant: str | None, zone: ZoneInfo) -> str:
    return "" if instant is None else f"{datetime.fromisoformat(instant).astimezone(zone):%Y-%m-%d %H:%M}"
