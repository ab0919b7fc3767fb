"""Components as a batch needs them: who keeps each, and the area it is recorded in, as numbers in arrays."""

from collections.abc import Hashable, Sequence, Set
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridsvc.router import Router
from gridsvc.spatial.component_columns import SPARE, UNSTATED_ACCURACY_M, WIDEST_M, Catalogue
from gridsvc.values import Component

Ints = NDArray[np.int32]
# Instead of a number: not known yet; and where -1 means none, never looked at.
NEW, NEVER = -1, -2


class Full(Exception):
    """There are more things than numbers for them."""


class Numbers:
    """Numbers from 0 for things, and no more of them than fit into so many bits."""

    def __init__(self, bits: int = 31) -> None:
        self._of: dict[Hashable, int] = {}
        self._most = 1 << bits

    def number(self, *thing: Hashable) -> int:
        """Give the number of a thing; raises ``Full``."""
        number = self._of.setdefault(thing, len(self._of))
        if number >= self._most:
            raise Full
        return number


class Keepers:
    """Components by their row in a catalogue: who keeps each, in numbers, and the area it is recorded in."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        reach_m = SPARE * (UNSTATED_ACCURACY_M + WIDEST_M)
        self.wide_deg = np.array([reach_m / narrowest_m for narrowest_m in catalogue.narrowest_m], np.float64)
        # One row more, so that there is always one to be read.
        self.keeper = np.full(len(catalogue.components) + 1, NEW, np.int32)
        self.recorded = np.full(len(catalogue.components) + 1, NEVER, np.int32)
        self.changed: Set[str] = frozenset()
        self._others: list[Component] = []
        self._row: dict[int, int] = {}
        self._classes: dict[Any, Ints] = {}

    def class_of(self, classes: Sequence[str | None]) -> Ints:
        """By matter the row of its class, -1 where it has none, -2 where that changed of late."""
        made = self._classes.get(self.changed)
        if made is None:
            number = {code: i for i, code in enumerate(self.catalogue.classes)}
            rows = [-1 if c is None else -2 if c in self.changed else number.get(c, -1) for c in classes]
            self._classes = {self.changed: np.array(rows, np.int32)}
            made = self._classes[self.changed]
        return made

    def component(self, row: int) -> Component | None:
        """The component of a row, None for -1."""
        n = len(self.catalogue.components)
        return None if row < 0 else self.catalogue.components[row] if row < n else self._others[row - n]

    def row_of(self, component: Component) -> int:
        """The row of a component that was found in another way: behind the others, where it gets one when first met."""
        n = len(self.catalogue.components)
        row = self._row.setdefault(id(component), n + len(self._others))
        if row == n + len(self._others):
            # Kept here, so that nothing else is ever found under its number.
            self._others.append(component)
            if row + 1 >= len(self.keeper):
                more = 64 + len(self._others)
                self.keeper = np.concatenate([self.keeper, np.full(more, NEW, np.int32)])
                self.recorded = np.concatenate([self.recorded, np.full(more, NEVER, np.int32)])
        return row

    def tell(self, room: Router, keeping: Numbers, component: Ints) -> None:
        """Look at the components that were never met."""
        meant = component[component >= 0]
        for row in np.unique(meant[self.keeper[meant] < 0]).tolist():
            c = self.component(row)
            assert c is not None
            self.recorded[row] = room.recorded_of(c)
            self.keeper[row] = keeping.number(c.maintainer, c.owner, c.competent)
