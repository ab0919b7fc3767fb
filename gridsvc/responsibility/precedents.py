"""Precedents: rows of the table made of what the desk settled; their ranks, their ground, and while they hold."""

from collections.abc import Mapping
from datetime import datetime
from itertools import chain
from typing import Literal

from gridsvc.errors import BadInput, Conflict, FieldError
from gridsvc.responsibility.resolve import Ruleset
from gridsvc.responsibility.table import Rule
from gridsvc.values import Point

State = Literal["in_force", "ahead", "expired"]


def state_of(rule: Rule, at: datetime) -> State:
    """Say whether a row is in force at an instant."""
    if rule.valid_to is not None and rule.valid_to <= at:
        return "expired"
    return "ahead" if rule.valid_from is not None and rule.valid_from > at else "in_force"


def precedents_of(ruleset: Ruleset) -> list[Rule]:
    """Give the rows that are precedents, by rank."""
    return [rule for rule in ruleset.rules if rule.via == "precedent"]


def next_rank(ruleset: Ruleset) -> int:
    """Give the rank of the next precedent: after all of them if there is room, before the first row of the locality.

    Raises ``Conflict`` where none is free between the last other row and that.
    """
    taken: set[int] = {rule.rank for rule in ruleset.rules}
    upper = min((r.rank for r in ruleset.rules if r.via == "locality"), default=max(taken, default=0) + 2)
    before = [r for r in ruleset.rules if r.rank < upper]
    lower = max((r.rank for r in before if r.via != "precedent"), default=0)
    after = max((r.rank for r in before), default=0) + 1
    free = next((n for n in chain(range(after, upper), range(lower + 1, after)) if n not in taken), None)
    if free is None:
        mend = (
            f"修订规则：给属地行更大的序位，或删去已失效的判例（现为 {lower} 与 {upper} 之间）",
            f"amend the rules: give the rows of the locality higher ranks, or take out precedents that have expired "
            f"(they stand between {lower} and {upper})",
        )
        raise Conflict("判例的序位已用完", "no rank is left for a precedent", [FieldError("precedent", None, *mend)])
    return free


def places_for(scope: str, areas: Mapping[str, str], finest: str | None, point: Point) -> str:
    """Write the ground of a precedent as the rules do.

    ``scope`` is ``area`` (the finest partition's), the code of a layer in which the point has an area, or
    ``disc:METRES`` around the point. ``areas`` has the area's code of each layer.
    """
    kind, _, radius_m = scope.partition(":")
    if kind == "disc" and radius_m:
        return f"at:{point.lon:.7f},{point.lat:.7f}/{radius_m}"
    layer = finest if scope == "area" else scope
    if layer is None or layer not in areas:
        known = ", ".join(["area", *areas, "disc:50"])
        mend = (f"可用：{known}，或 {{places}}", f"one of {known}, or {{places}}")
        error = FieldError("precedent.scope", scope, *mend)
        raise BadInput("判例的范围无法确定", "the precedent has no such ground", [error])
    return f"{layer}:{areas[layer]}"
