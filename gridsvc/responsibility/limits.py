"""Which limit a stage has where several rows would hold: the one for this place, then the one that says most."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from functools import cached_property

from gridsvc.chain import SpelledDict, SpelledList
from gridsvc.responsibility.places import Around, Places, at_one
from gridsvc.responsibility.table import Limit
from gridsvc.responsibility.vocabulary import Asked
from gridsvc.values import Point


class Limits(tuple[Limit, ...]):
    """The limits of a case, one a stage. There are few such lists, and each is in very many answers."""

    @cached_property
    def told(self) -> SpelledList:
        """They as an answer shows them, which knows of no stage when it begins."""
        return SpelledList(SpelledDict(stage=x.stage, amount=x.amount, unit=x.unit, due_at=None) for x in self)


class LimitTable:
    """Limits that are for one category, and those that were chosen of them before. Safe to share between threads."""

    def __init__(self, limits: Iterable[Limit]) -> None:
        self._rows = [(x, x.asked(), x.where()) for x in limits]
        keys = sorted({key for _, asked, _ in self._rows for key in asked})
        self._asked = {key: {v for _, asked, _ in self._rows for v in asked.get(key, ())} for key in keys}
        self._where = list(dict.fromkeys(places for _, _, places in self._rows if places))
        self._chosen: dict[Hashable, Limits] = {}

    def best(self, attributes: Mapping[str, str], around: Around, point: Point | None) -> Limits:
        """Give the limit of each stage that has one; see :meth:`gridsvc.responsibility.resolve.Ruleset.limits_for`."""
        # All that the limits can tell of a report.
        stated = [value if (value := attributes.get(key)) in known else None for key, known in self._asked.items()]
        there = [point is not None and at_one(places, around, point) for places in self._where]
        circumstances = *stated, *there
        chosen = self._chosen.get(circumstances)
        if chosen is None:
            chosen = self._chosen[circumstances] = _best(self._rows, attributes, around, point)
        return chosen


def _best(
    limits: Sequence[tuple[Limit, Asked, Places]], attributes: Mapping[str, str], around: Around, point: Point | None
) -> Limits:
    best: dict[str, tuple[tuple[bool, int, bool, int], Limit]] = {}
    for limit, asked, places in limits:
        rank = bool(places), len(asked), not limit.category.endswith("*"), len(limit.category)
        held = best.get(limit.stage)
        # Of two that hold alike none may go first for the order of the rows.
        better = held is None or rank > held[0] or (rank == held[0] and _own(limit) < _own(held[1]))
        here = not places or (point is not None and at_one(places, around, point))
        if better and here and meets(attributes, asked):
            best[limit.stage] = rank, limit
    return Limits(limit for _, limit in best.values())


def _own(limit: Limit) -> tuple[str, str]:
    return limit.condition, limit.places


def meets(attributes: Mapping[str, str], asked: Asked) -> bool:
    """Tell whether attributes have one of the values that are asked for of each key."""
    return all(attributes.get(key) in values for key, values in asked.items())
