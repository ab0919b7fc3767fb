"""Which limit a stage has where several rows would hold: the one for this place, then the one that says most."""

from collections.abc import Mapping, Sequence

from gridsvc.responsibility.places import Around, Places, at_one
from gridsvc.responsibility.table import Limit
from gridsvc.responsibility.vocabulary import Asked
from gridsvc.values import Point


def best_limits(
    limits: Sequence[tuple[Limit, Asked, Places]], attributes: Mapping[str, str], around: Around, point: Point | None
) -> tuple[Limit, ...]:
    """Give the limit of each stage that has one; see :meth:`gridsvc.responsibility.resolve.Ruleset.limits_for`."""
    best: dict[str, tuple[tuple[bool, int, bool, int], Limit]] = {}
    for limit, asked, places in limits:
        rank = bool(places), len(asked), not limit.category.endswith("*"), len(limit.category)
        held = best.get(limit.stage)
        # Of two that hold alike none may go first for the order of the rows.
        better = held is None or rank > held[0] or (rank == held[0] and _own(limit) < _own(held[1]))
        here = not places or (point is not None and at_one(places, around, point))
        if better and here and meets(attributes, asked):
            best[limit.stage] = rank, limit
    return tuple(limit for _, limit in best.values())


def _own(limit: Limit) -> tuple[str, str]:
    return limit.condition, limit.places


def meets(attributes: Mapping[str, str], asked: Asked) -> bool:
    """Tell whether attributes have one of the values that are asked for of each key."""
    return all(attributes.get(key) in values for key, values in asked.items())
