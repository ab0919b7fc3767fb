"""What one party may ask of another about a case, in one table: who settles it, what it pauses, what follows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from gridsvc.casework.case import Status
from gridsvc.errors import BadInput, FieldError
from gridsvc.rights import Permission

Asked = Literal["centre", "unit", "units", "accountable"]
# The ladder of a dispute: each rung once, and only upwards. 协商 → 主管部门 → 联席会议 → 区政府
RUNGS = ("negotiate", "competent", "joint_meeting", "district")
RungName = Literal["negotiate", "competent", "joint_meeting", "district"]


@dataclass(frozen=True, slots=True)
class RequestKind:
    """One kind of request, opened by the action ``by``.

    ``asked``: the command centre, one unit or several that are named, or the accountable one. Who settles it needs
    ``settles`` over the case; with ``answered`` he must act for an asked unit. It has a clock of its own where the
    limits have a row for the stage of its name, and ``pauses`` the clocks of other stages while it is open.
    ``verdicts``: the first one has effects, for which it needs ``needs``; then the case goes to the status ``to``.
    ``own``: it is over unanswered as soon as the unit does not have the case any more. ``many``: another one may be
    opened beside it.
    """

    name: str
    zh: str
    en: str
    by: str
    asked: Asked
    settles: Permission
    verdicts: tuple[str, ...] = ("granted", "refused")
    needs: tuple[str, ...] = ()
    to: Status | None = None
    pauses: tuple[str, ...] = ()
    answered: bool = False
    own: bool = False
    many: bool = False


_GRANT = ("granted", "refused")
KINDS: Mapping[str, RequestKind] = {
    kind.name: kind
    for kind in (
        RequestKind("return", "退单", "return", "return", "centre", "case:dispatch", _GRANT,
                    to="registered", pauses=("disposal",), own=True),
        RequestKind("extension", "延期", "extension", "extend", "centre", "case:dispatch", _GRANT, own=True),
        RequestKind("hold", "挂账", "hold", "hold", "centre", "case:dispatch", _GRANT, to="on_hold", own=True),
        RequestKind("transfer", "移送", "transfer", "transfer", "unit", "case:handle", _GRANT,
                    to="dispatched", answered=True, own=True),
        RequestKind("supervision", "督办", "supervision", "supervise", "accountable", "case:handle", ("answered",),
                    answered=True, many=True),
        RequestKind("whistle", "吹哨", "whistle", "whistle", "units", "case:whistle", ("answered",),
                    needs=("scores",), many=True),
        RequestKind("escalation", "升级协调", "escalation", "escalate", "centre", "case:decide", _GRANT,
                    needs=("unit",), to="registered", many=True),
    )
}  # fmt: skip


def need_open(requests: Sequence[Mapping[str, Any]], n: object) -> Mapping[str, Any]:
    """Give the open request of a number; raises ``BadInput``, which lists those that are open."""
    for request in requests:
        if request["n"] == n:
            return request
    shown = ", ".join(f"{r['n']} ({r['kind']})" for r in requests) or "-"
    error = FieldError("request", n, f"未结的请求：{shown}", f"those that are open: {shown}")
    raise BadInput("没有这个未结请求", "no such request is open", [error])
