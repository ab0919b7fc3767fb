"""Somebody who knows nothing of actions and fills in forms: what is asked, with the least that each field takes."""

from collections.abc import Mapping, Sequence
from typing import Any

from gridsvc.casework.case import State
from gridsvc.casework.forms import form
from gridsvc.casework.lifecycle import legal

from .lives import WHY, Life, come_to

LEAST: Mapping[str, Any] = {
    "reason": WHY, "text": "已处理", "unit": "U2", "units": ["U2"], "flag": True, "category": "06020", "case": "3",
    "component": "33011001002", "attributes": {"vertical": "above"}, "attachments": [],
    "point": {"x": 120.005, "y": 30.005, "crs": "wgs84"}, "precedent": {"scope": "grid"},
}  # fmt: skip


def pressed(status: str) -> Life:
    """A case on which somebody waits for an answer in every way that its status allows."""
    life = come_to(status)
    for action in ("supervise", "whistle", "escalate", "return", "link"):
        if action in [row.name for row in legal(life.state)]:
            life.go(action)
    return life


def shown(state: State, action: str, may_bind: bool = True) -> list[dict[str, Any]]:
    """The form of an action that a state allows, to one who may answer all that is open."""
    row = next(row for row in legal(state) if row.name == action)
    kinds = {"settle": None, "arrive": "whistle"}
    open_ = [r for r in state.requests if action in kinds and kinds[action] in (None, r["kind"])]
    return [field.as_dict() for field in form(row, state, lambda code: (f"{code} 处", code), open_, may_bind)]


def is_asked(field: Mapping[str, Any], said: Mapping[str, Any]) -> bool:
    """Whether a form asks for a field, by what was filled in before it."""
    meets = all(said.get(name) in values for name, values in field.get("when", {}).items())
    return meets and not any(said.get(name) in values for name, values in field.get("unless", {}).items())


def filled(fields: Sequence[Mapping[str, Any]], whole: bool, choose: int = 0) -> dict[str, Any]:
    """Fill in a form: all of it, or what is required; of several choices the one that is numbered.

    What has a default bears it from the beginning.
    """
    said: dict[str, Any] = {}
    for field in fields:
        if not is_asked(field, said):
            continue
        if whole or (field["required"] and "default" not in field):
            said[field["name"]] = _value(field, choose)
        elif "default" in field:
            said[field["name"]] = field["default"]
    return said


def _value(field: Mapping[str, Any], choose: int) -> Any:
    values = [choice["value"] for choice in field.get("choices", ())]
    if field["kind"] == "scores":
        return dict.fromkeys(values, field["most"])
    if field["kind"] == "number":
        return field["above"] + 1 if "above" in field else field["least"]
    return values[min(choose, len(values) - 1)] if values else LEAST[field["kind"]]
