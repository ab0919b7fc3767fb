"""What each action writes into a case's history: pure, so that whole lives can be made without a database."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from gridsvc.casework.case import Entry, State, fold
from gridsvc.casework.clocks import extend, from_dicts
from gridsvc.casework.deed import Deed, PartyOf, finished, missing
from gridsvc.casework.lifecycle import BEFORE, need_legal
from gridsvc.casework.requests import KINDS, RUNGS, need_open
from gridsvc.casework.worktime import Worktime
from gridsvc.errors import BadInput, Conflict, FieldError
from gridsvc.masking import mask_text
from gridsvc.values import reason_of


def deed(
    action: str, said: Mapping[str, Any], entries: Sequence[Entry], party: PartyOf, worktime: Worktime, actor: str,
    at: datetime, state: State | None = None,
) -> tuple[str, dict[str, Any]]:  # fmt: skip
    """Give kind and payload of the entry that an action appends to a history, whose words :func:`fold` reads.

    ``state`` is what the entries add up to, where that is known. ``said`` has what the action requires and may have, by
    the names of the API; ``reason`` and ``result`` are masked. Of ``correct`` it has the new inputs and what they were
    decided (``answer``, ``trail``), of ``link`` the ``case`` (id) and ``number`` of the other one. Raises
    ``IllegalAction``, ``BadInput`` for what is missing or cannot be, and ``Conflict``.
    """
    state = state or fold(entries)
    row = need_legal(action, state)
    for name in row.requires:
        if said.get(name) in (None, "", [], {}):
            raise missing(name)
    if said.get("result") is not None and row.name in ("verify", "check") and "result" not in row.requires:
        mend = ("先派人，再填结果", "have it assigned first, then say the result")
        raise BadInput("尚未派人", "nobody was sent yet", [FieldError("result", said["result"], *mend)])
    reason = None if said.get("reason") is None else mask_text(reason_of(said["reason"]))
    own = Deed(
        row, said, entries, state, party, worktime, actor, at, row.to, reason, row.name,
        starts=list(row.starts), stops=list(row.stops),
    )  # fmt: skip
    if reason is not None:
        own.payload["reason"] = reason
    if said.get("attachments"):
        own.payload["attachments"] = list(said["attachments"])
    for name in _SAID.get(action, ()):
        if said.get(name) is not None:
            own.payload[name] = mask_text(said[name]) if name == "result" else said[name]
    if row.opens is not None:
        _open(own, row.opens)
    elif action in _EFFECTS:
        _EFFECTS[action](own)
    return own.kind, finished(own)


# What stands in the payload as it was said.
_SAID: Mapping[str, tuple[str, ...]] = {
    "verify": ("result",), "check": ("result",), "void": ("cause", "public"),
    "close": ("grade", "result", "public"), "accept": ("public",), "register": ("public",),
    "finish": ("result",), "settle": ("request", "verdict", "scores"),
    "correct": ("point", "lon", "lat", "category", "component", "accuracy_m", "attributes", "answer", "trail"),
    "link": ("case", "number", "as", "public"), "unlink": ("case",),
}  # fmt: skip


def _open(own: Deed, kind: str) -> None:
    said, state = own.said, own.state
    request: dict[str, Any] = {"kind": kind, "asked": []}
    if KINDS[kind].asked == "accountable":
        request["asked"] = [state.unit] if state.unit else []
    elif KINDS[kind].asked == "unit":
        if said["unit"] == state.unit:
            mend = ("填另一个单位", "name another unit")
            raise BadInput("案件已在该单位", "that unit has it already", [FieldError("unit", said["unit"], *mend)])
        request["asked"] = [own.party(said["unit"], "unit").unit]
    elif KINDS[kind].asked == "units":
        request["asked"] = [own.party(code, "asked").unit for code in dict.fromkeys(said["asked"])]
    if kind == "return":
        proposed = said.get("unit") and own.party(said["unit"], "unit").as_dict()
        request |= {"basis": mask_text(said["basis"]), "proposed": proposed}
    elif kind == "extension":
        # What cannot be granted is refused when it is asked for.
        extend(from_dicts(state.clocks), "disposal", said["amount"], said["unit"], own.worktime)
        request |= {"stage": "disposal", "amount": said["amount"], "unit": said["unit"]}
    elif kind == "supervision":
        request["way"] = said["way"]
    elif kind == "whistle":
        request["for"] = said["for"]
    elif kind == "escalation":
        request["rung"] = said["rung"]
        _climb(own)
    own.opened = request


def _climb(own: Deed) -> None:
    """Refuse a rung that is no higher than the last one; what was asked on that is over."""
    rungs: list[str] = []
    for entry in own.entries:
        if entry.kind == "escalate":
            rungs.append(entry.payload["request"]["rung"])
        elif entry.kind == "reopen":
            rungs.clear()
    above = RUNGS[RUNGS.index(rungs[-1]) + 1 :] if rungs else RUNGS
    if own.said["rung"] not in above:
        shown = "、".join(above) or "-", ", ".join(above) or "-"
        error = FieldError("rung", own.said["rung"], f"还可用：{shown[0]}", f"what is left: {shown[1]}")
        raise Conflict("升级只能向上", "the ladder goes up only", [error])
    own.payload["lapsed"] = [r["n"] for r in own.state.requests if r["kind"] == "escalation"]


def _decide(own: Deed) -> None:
    own.kind = "decided"
    precedent = own.said.get("precedent")
    own.rule(own.said["unit"], own.said.get("assisting", ()), precedent)
    own.payload["precedent"] = precedent


def _dispatch(own: Deed) -> None:
    own.hand_to(own.said.get("unit") or own.state.unit or "")


def _arrive(own: Deed) -> None:
    said, state = own.said, own.state
    unit, request = said.get("unit") or state.unit or "", said.get("request")
    settled = bool(said.get("settled", True))
    own.payload |= {"unit": own.party(unit, "unit").unit, "settled": settled}
    if said.get("role") is not None:
        own.payload["role"] = mask_text(said["role"])
    if request is not None:
        own.payload["request"] = request
        asked = need_open(state.requests, request)["asked"]
        if unit not in asked:
            shown = ", ".join(asked) or "-"
            error = FieldError("unit", unit, f"被请求的单位：{shown}", f"the units that are asked: {shown}")
            raise BadInput("该请求没有要求这个单位", "the request does not ask this unit", [error])
        # Who comes to help is not who the case waits for.
        own.starts, own.stops = [], []
    elif settled:
        own.starts.clear()


def _settle(own: Deed) -> None:
    said, state = own.said, own.state
    request = need_open(state.requests, said["request"])
    kind, verdict = KINDS[request["kind"]], said["verdict"]
    if verdict not in kind.verdicts:
        shown = ", ".join(kind.verdicts)
        error = FieldError("verdict", verdict, f"取值：{shown}", f"one of {shown}")
        raise BadInput(f"不能这样答复{kind.zh}", f"a {kind.en} is not answered so", [error])
    own.ended.append(request["n"])
    if verdict != kind.verdicts[0]:
        return
    for name in kind.needs:
        if not said.get(name):
            raise missing(name)
    own.to = kind.to
    if kind.name == "return" and said.get("unit"):
        _redispatch(own, said["unit"])
    elif kind.name == "return":
        own.back_to_desk()
    elif kind.name == "transfer":
        _redispatch(own, request["asked"][0])
    elif kind.name == "extension":
        own.more = request["amount"], request["unit"]
    elif kind.name == "whistle":
        _score(own, request["asked"])
    elif kind.name == "escalation":
        _settle_dispute(own)


def _redispatch(own: Deed, code: str) -> None:
    if code == own.state.unit:
        mend = ("填另一个单位，或不填", "name another unit, or none")
        raise BadInput("案件已在该单位", "that unit has it already", [FieldError("unit", code, *mend)])
    own.to = "dispatched"
    own.hand_to(code)
    own.stops += ["enforcement"]
    own.starts += ["arrival", "disposal", "hand_over"]


def _score(own: Deed, asked: Sequence[str]) -> None:
    scores = own.said["scores"]
    if set(scores) != set(asked):
        shown = ", ".join(asked)
        error = FieldError("scores", sorted(scores), f"给每个单位评分：{shown}", f"a score for each of {shown}")
        raise BadInput("评分的单位不符", "the scores are of other units", [error])


def _settle_dispute(own: Deed) -> None:
    before = own.state.unit
    precedent = own.said.get("precedent")
    own.rule(own.said["unit"], own.said.get("assisting", ()), precedent)
    own.payload["precedent"] = precedent
    own.to = None
    if own.state.status == "undecided" or (own.state.status not in BEFORE.split() and own.unit != before):
        own.back_to_desk()


def _correct(own: Deed) -> None:
    status, before = own.state.status, own.state.unit
    filed = "registered" if own.unit else "undecided"
    if status in ("registered", "undecided") and status != filed:
        own.to = "registered"
        (own.starts if own.unit else own.stops).append("dispatch")
    elif status not in BEFORE.split() and own.unit != before:
        own.back_to_desk()


def _reopen(own: Deed) -> None:
    # What was joined comes back by unlink, as it was: else two might be duplicates of each other.
    joined = [link["number"] for link in own.state.links if link["as"] == "duplicate"]
    if joined and own.state.status == "void":
        error = FieldError("case", joined[0], "用 unlink 解除并案", "take the link away by unlink")
        raise Conflict("案件已并案", "the case is joined to another one", [error])


def _link(own: Deed) -> None:
    said, state = own.said, own.state
    if any(link["case"] == said["case"] for link in state.links):
        error = FieldError("case", said["number"], "先解除原关联", "take the link away that there is")
        raise Conflict("已与该案件关联", "it is linked to that case already", [error])
    if said["as"] == "duplicate":
        if state.status not in BEFORE.split():
            mend = ("派遣前才能并案，可改为 related 或 repeat", "link it as related or repeat")
            error = FieldError("as", "duplicate", *mend)
            raise Conflict("案件已派遣，不能再并案", "it was dispatched: it cannot be joined any more", [error])
        own.to, own.rests = "void", True


def _unlink(own: Deed) -> None:
    found = [link for link in own.state.links if own.said["case"] in (link["case"], link["number"])]
    if not found:
        shown = ", ".join(link["number"] for link in own.state.links)
        error = FieldError("case", own.said["case"], f"已关联：{shown}", f"it is linked to {shown}")
        raise BadInput("未与该案件关联", "it is not linked to that case", [error])
    own.payload["case"] = found[0]["case"]
    if found[0]["as"] == "duplicate" and own.state.status == "void":
        own.to = fold([e for e in own.entries if e.n < found[0]["n"]]).status
        own.rests = False


_EFFECTS: Mapping[str, Callable[[Deed], None]] = {
    "decide": _decide, "dispatch": _dispatch, "arrive": _arrive, "settle": _settle, "correct": _correct, "link": _link,
    "unlink": _unlink, "reopen": _reopen,
}  # fmt: skip
