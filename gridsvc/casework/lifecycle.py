"""What may be done next with a case: one table of actions. Knows no actor: the door asks for the permission."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from gridsvc.casework.case import OVER, State, Status
from gridsvc.casework.requests import KINDS
from gridsvc.errors import Conflict, FieldError, IllegalAction
from gridsvc.rights import Permission

# Two centres, 监督中心 and 指挥中心, and the unit that has the case.
Centre = Literal["supervision", "command", "unit"]
While = Literal["", "desk", "asked", "linked", "whistle", "due"]


@dataclass(frozen=True, slots=True)
class Action:
    """One step that may be taken in some states; an action with two steps has two rows.

    ``to`` is the status after it (None: the same); who is to be ``registered`` while nobody is accountable is
    ``undecided``. ``requires`` names what it needs beside the version. ``starts`` and ``stops`` name the stages whose
    clocks it starts, where there are limits for them, and stops. ``opens`` is the kind of request that it is.
    ``only``: while the desk has something to settle, a request or a whistle is open, it is linked, or a reward is due.
    """

    name: str
    zh: str
    en: str
    centre: Centre
    permission: Permission
    since: frozenset[Status]
    to: Status | None = None
    requires: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    opens: str | None = None
    only: While = ""


def _row(
    name: str, zh: str, en: str, centre: Centre, permission: Permission, since: str, to: str = "", requires: str = "",
    starts: str = "", stops: str = "", opens: str | None = None, only: While = "",
) -> Action:  # fmt: skip
    states, after = cast(frozenset[Status], frozenset(since.split())), cast(Status | None, to or None)
    requires_, starts_, stops_ = (tuple(names.split()) for names in (requires, starts, stops))
    return Action(name, zh, en, centre, permission, states, after, requires_, starts_, stops_, opens, only)


BEFORE = "reported accepted verifying registered undecided"
HANDS = "dispatched in_progress"
AT_WORK = f"{HANDS} on_hold done checking rework"
ONGOING = f"registered undecided {AT_WORK}"
_SEEN = f"{BEFORE} {AT_WORK} closed void"
_DISPATCH = "arrival disposal hand_over"
_WORK = "arrival enforcement disposal hand_over"
# Where a case is on its way, in the words of the console.
PHASE_OF: Mapping[Status, str] = {
    "reported": "intake", "accepted": "intake", "verifying": "intake", "registered": "intake",
    "undecided": "undecided", "dispatched": "unit", "in_progress": "unit", "on_hold": "stopped", "done": "checking",
    "checking": "checking", "rework": "unit", "closed": "finished", "void": "finished", "archived": "finished",
}  # fmt: skip
S: Centre = "supervision"
C: Centre = "command"
U: Centre = "unit"
# Of an action with several rows the last one has the permission that more people hold: its address asks for that.
ROWS: tuple[Action, ...] = (
    _row("accept", "受理", "accept", S, "case:accept", "reported", "accepted", starts="register", stops="accept"),
    _row("verify", "派核实", "have it verified", S, "case:accept", "accepted", "verifying", starts="verify"),
    _row("verify", "核实", "verify", S, "case:inspect", "verifying", requires="result", stops="verify"),
    _row("register", "立案", "file the case", S, "case:file", "accepted verifying", "registered",
         starts="dispatch", stops="verify register"),
    _row("void", "作废", "void", S, "case:file", BEFORE, "void", "reason cause"),
    _row("decide", "定责", "settle whose it is", C, "case:decide", "reported accepted verifying registered",
         requires="unit reason", only="desk"),
    _row("decide", "定责", "settle whose it is", C, "case:decide", "undecided", "registered", "unit reason",
         starts="dispatch"),
    _row("dispatch", "派遣", "dispatch", C, "case:dispatch", "registered", "dispatched",
         starts=_DISPATCH, stops="dispatch"),
    _row("take", "接单", "take it on", U, "case:handle", "dispatched rework", "in_progress", stops="hand_over"),
    _row("arrive", "到场", "arrive", U, "case:handle", f"{HANDS} rework",
         starts="enforcement", stops="arrival enforcement"),
    _row("arrive", "报到", "arrive at a whistle", U, "case:handle", ONGOING, requires="request", only="whistle"),
    _row("return", "申请退单", "ask to return it", U, "case:handle", HANDS, requires="reason basis", opens="return"),
    _row("extend", "申请延期", "ask for more time", U, "case:handle", HANDS, requires="reason amount unit",
         opens="extension"),
    _row("hold", "申请挂账", "ask to put it on hold", U, "case:handle", HANDS, requires="reason", opens="hold"),
    _row("transfer", "移送", "hand it over", U, "case:handle", HANDS, requires="reason unit", stops="hand_over",
         opens="transfer"),
    _row("settle", "答复请求", "settle a request", C, "case:settle", _SEEN, requires="request verdict reason",
         only="asked"),
    _row("resume", "恢复处置", "resume", U, "case:handle", "on_hold", "in_progress", stops="hand_over"),
    _row("finish", "处置反馈", "report it done", U, "case:handle", "in_progress", "done", "result",
         starts="check publish", stops=_WORK),
    _row("check", "派核查", "have it checked", S, "case:file", "done", "checking"),
    _row("check", "核查", "check", S, "case:inspect", "checking", requires="result"),
    _row("rework", "返工", "have it done again", S, "case:file", "checking", "rework", "reason",
         starts="disposal", stops="check publish"),
    _row("close", "结案", "close", S, "case:file", "checking", "closed", "grade"),
    _row("reopen", "重新立案", "reopen", S, "case:file", "closed void", "registered", "reason",
         starts="dispatch whole"),
    _row("archive", "归档", "archive", S, "case:file", "closed void", "archived"),
    _row("correct", "更正", "correct place or category", S, "case:accept", f"{BEFORE} {AT_WORK}", requires="reason"),
    _row("link", "关联", "link to another case", S, "case:accept", _SEEN, requires="case as"),
    _row("unlink", "解除关联", "take a link away", S, "case:accept", _SEEN, requires="case", only="linked"),
    _row("pay", "兑现奖励", "pay the reward", S, "reward:pay", f"{ONGOING} closed archived", only="due"),
    _row("supervise", "督办", "supervise", C, "case:supervise", ONGOING, requires="reason way", opens="supervision"),
    _row("whistle", "吹哨", "call other units", C, "case:whistle", ONGOING, requires="reason for asked",
         opens="whistle"),
    _row("escalate", "升级协调", "take it up the ladder", C, "case:supervise", ONGOING, requires="reason rung",
         opens="escalation"),
)  # fmt: skip
# What the address of each action asks for; what one of its steps or a kind of request needs is asked for beside.
NEEDS: Mapping[str, Permission] = {row.name: row.permission for row in ROWS}


def legal(state: State) -> list[Action]:
    """Give the rows that a case in this state allows, at most one of each action."""
    holds: Mapping[While, bool] = {
        "": True, "desk": state.desk is not None, "asked": bool(state.requests), "linked": bool(state.links),
        "whistle": "whistle" in state.waits, "due": state.reward == "due",
    }  # fmt: skip
    found: dict[str, Action] = {}
    for row in ROWS:
        waits = row.opens in state.waits and not KINDS[row.opens].many if row.opens else False
        if state.status in row.since and holds[row.only] and not waits:
            found.setdefault(row.name, row)
    return list(found.values())


def need_legal(action: str, state: State) -> Action:
    """Give the row of an action that a case in this state allows.

    Raises ``IllegalAction``, which names what is legal.
    """
    rows = {row.name: row for row in legal(state)}
    if action not in rows:
        names = tuple(rows)
        shown = ("可用：" + "、".join(names), "one of " + ", ".join(names)) if names else ("目前没有", "none now")
        error = FieldError("action", action, *shown)
        raise IllegalAction("案件目前不能这样办理", "the case does not allow this now", [error], names)
    return rows[action]


def refuse_stale(version: int, given: int) -> None:
    """Raise ``Conflict`` where somebody acts on a version of a case that is not the newest."""
    if given != version:
        mend = (f"案件已是版本 {version}：重新读取后再办理", f"it is at version {version}: read it again, then act")
        error = FieldError("version", given, *mend)
        raise Conflict("案件已被他人更新", "somebody else has changed the case", [error])


def lapses(kind: str, to: Status | None) -> bool:
    """Whether an open request is over unanswered where a case goes to a status: its unit has the case no more."""
    return to is not None and (to in OVER or (KINDS[kind].own and to != "in_progress"))
