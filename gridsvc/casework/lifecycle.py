"""What may be done next with a case: one table of actions. Knows no actor: the door asks for the permission."""

from collections.abc import Mapping
from dataclasses import dataclass

from gridsvc.casework.case import Status
from gridsvc.errors import Conflict, FieldError, IllegalAction
from gridsvc.rights import Permission


@dataclass(frozen=True, slots=True)
class Action:
    """One action: what it needs beside the version, who may do it, and from which states.

    ``at_desk``: only while the desk has something to settle.
    """

    name: str
    requires: tuple[str, ...]
    permission: Permission
    since: frozenset[Status]
    at_desk: bool = False


_BEFORE_DISPATCH: frozenset[Status] = frozenset({"reported", "accepted", "verifying", "registered", "undecided"})
ACTIONS: Mapping[str, Action] = {
    a.name: a for a in (Action("decide", ("unit", "reason"), "case:decide", _BEFORE_DISPATCH, at_desk=True),)
}


def legal(status: str, desk: str | None) -> list[Action]:
    """Give the actions that a case in this state allows; ``desk`` as :class:`~gridsvc.casework.case.State` has it."""
    return [a for a in ACTIONS.values() if status in a.since and (desk is not None or not a.at_desk)]


def refuse_stale(version: int, given: int) -> None:
    """Raise ``Conflict`` where somebody acts on a version of a case that is not the newest."""
    if given != version:
        mend = (f"案件已是版本 {version}：重新读取后再办理", f"it is at version {version}: read it again, then act")
        error = FieldError("version", given, *mend)
        raise Conflict("案件已被他人更新", "somebody else has changed the case", [error])


def refuse_illegal(action: str, status: str, desk: str | None) -> None:
    """Raise ``IllegalAction``, which names what is legal, where a case in this state does not allow an action."""
    names = tuple(a.name for a in legal(status, desk))
    if action not in names:
        shown = ("可用：" + "、".join(names), "one of " + ", ".join(names)) if names else ("目前没有", "none now")
        error = FieldError("action", action, *shown)
        raise IllegalAction("案件目前不能这样办理", "the case does not allow this now", [error], names)
