"""The places of a city: all points with the same answer in every layer are one place, settled once and numbered.

The sets that the index knows are places from the start. Others (ties, what is near, what lines reach) are learned
when a point first needs them; numbers stay, so that arrays of them stay true.
"""

import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gridsvc.spatial.chains import NOWHERE, Settled
from gridsvc.spatial.coverage_index import NOTHING_LEARNED, CoverageIndex
from gridsvc.spatial.edge_policy import HOW, At, EdgePolicy, Place, own_area_stands
from gridsvc.spatial.layer import Edition
from gridsvc.spatial.overlay import FIRST, INSIDE, ON, Described, Ints
from gridsvc.values import How

Hows = NDArray[np.uint8]
CROWD = -2
_OUTSIDE, _INSIDE = HOW.index("outside"), HOW.index("inside")


class Places:
    """Grows under a lock; readers need none. ``position`` and ``how`` have a row a layer and a column a place."""

    def __init__(self, edition: Edition, index: CoverageIndex, policy: EdgePolicy) -> None:
        self._index = index
        self._policy = policy
        self._lock = threading.Lock()
        self._n_layers = len(edition.layers)
        finest = policy.chains[0][0] if policy.chains else None
        self._finest = None if finest is None else list(edition.layers).index(finest)
        self._size = 0 if finest is None else len(edition.layers[finest])
        self._layer_of = index.tables.layer_of
        self._first = index.first.tolist()
        sets = index.tables
        self._n_sets = len(sets.set_start) - 1
        self.learned = NOTHING_LEARNED
        self._with: dict[int, int] = {}
        self._numbers: dict[bytes, int] = {}
        self._set_of: dict[tuple[int, ...], int] | None = None
        # The places that were asked for, None until then.
        self.settled: list[Place | None] = [None] * self._n_sets
        self.count = self._n_sets
        self.position, single = self._own()
        self.how: Hows = np.where(self.position >= 0, _INSIDE, _OUTSIDE).astype(np.uint8)
        # The only area that holds a place, -1 for none and -2 for several; and where several are candidates.
        self.holder = self.position.copy()
        self.several = np.zeros(self.position.shape, dtype=bool)
        agreed = single & own_area_stands(edition, policy, self.position)
        for number in np.flatnonzero(~agreed).tolist():
            self._write(number, self.place(number))
        nothing = ((),) * self._n_layers
        how: list[How] = ["none"] * self._n_layers
        none = Place((NOWHERE,) * self._n_layers, tuple(how), nothing, nothing)
        self.none = self._append(none)

    def place(self, number: int) -> Place:
        """Give the place with this number."""
        found = self.settled[number]
        if found is None:
            sets = self._index.tables
            members = sets.areas[sets.set_start[number] : sets.set_start[number + 1]]
            found = self.settled[number] = self._policy.settle(self._by_layer((members << 3).tolist()))
        return found

    def number_of(self, packed: Ints, recorded: int = NOWHERE) -> int:
        """Number the place of one description (see :func:`gridsvc.spatial.kernel_numpy.describe`)."""
        wish = self._granted(packed, recorded)
        key = packed.tobytes() + (b"" if wish < 0 else wish.to_bytes(4, "little"))
        number = self._numbers.get(key)
        if number is None:
            with self._lock:
                number = self._learn(key, packed.tolist(), wish)
                self._publish()
        return number

    def numbers_of(self, described: Described, recorded: Settled | None) -> Settled:
        """Number the places of many descriptions."""
        start, packed = described
        bounds = start.tolist()
        wishes = [NOWHERE] * (len(bounds) - 1)
        if recorded is not None:
            for row in np.flatnonzero(recorded >= 0).tolist():
                wishes[row] = self._granted(packed[bounds[row] : bounds[row + 1]], int(recorded[row]))
        held, all_bytes = self._numbers, packed.tobytes()
        out = np.empty(len(wishes), np.int32)
        unknown = []
        for row, wish in enumerate(wishes):
            key = all_bytes[4 * bounds[row] : 4 * bounds[row + 1]]
            number = held.get(key if wish < 0 else key + wish.to_bytes(4, "little"))
            if number is None:
                unknown.append(row)
            else:
                out[row] = number
        if unknown:
            with self._lock:
                for row in unknown:
                    key, wish = all_bytes[4 * bounds[row] : 4 * bounds[row + 1]], wishes[row]
                    entries = packed[bounds[row] : bounds[row + 1]].tolist()
                    out[row] = self._learn(key if wish < 0 else key + wish.to_bytes(4, "little"), entries, wish)
                self._publish()
        return out

    def _granted(self, packed: Ints, recorded: int) -> int:
        """The recorded area if the point is on its boundary, else -1: a wish that changes nothing makes no place."""
        if recorded < 0 or self._finest is None:
            return NOWHERE
        wanted = (self._first[self._finest] + recorded) << 3 | ON
        return recorded if recorded < self._size and (packed == wanted).any() else NOWHERE

    def _own(self) -> tuple[Settled, NDArray[np.bool_]]:
        """The area of each layer in each set, and whether no layer has several."""
        sets = self._index.tables
        position = np.full((self._n_layers, self._n_sets), NOWHERE, np.int32)
        of = np.repeat(np.arange(self._n_sets), np.diff(sets.set_start))
        layer = self._layer_of[sets.areas]
        layer = np.where(layer < 0, ~layer, layer)
        position[layer, of] = sets.areas - self._index.first[layer]
        single = np.ones(self._n_sets, dtype=bool)
        again = (np.diff(of, prepend=-1) == 0) & (np.diff(layer, prepend=-1) == 0)
        single[of[again]] = False
        return position, single

    def _by_layer(self, packed: Sequence[int]) -> list[list[At]]:
        at: list[list[At]] = [[] for _ in range(self._n_layers)]
        for entry in packed:
            layer = int(self._layer_of[entry >> 3])
            layer = layer if layer >= 0 else ~layer
            at[layer].append(((entry >> 3) - self._first[layer], entry & 7))
        return at

    def _learn(self, key: bytes, packed: list[int], recorded: int) -> int:
        """Settle a description that was never met; to be called with the lock held."""
        number = self._numbers.get(key)
        if number is not None:
            return number
        number = self._append(self._policy.settle(self._by_layer(packed), recorded))
        if recorded < 0 and all(entry & 3 == INSIDE for entry in packed):
            self._reached(packed, number)
        self._numbers[key] = number
        return number

    def _reached(self, packed: list[int], number: int) -> None:
        """Let the index find this place by itself, if one or two lines of different layers make it from a set."""
        reached = [entry >> 3 for entry in packed if self._layer_of[entry >> 3] < 0]
        if not 1 <= len(reached) <= 2 or sum(entry & FIRST > 0 for entry in packed) != len(reached):
            return
        ground = [entry for entry in packed if self._layer_of[entry >> 3] >= 0]
        below: int | None
        if len(reached) == 1:
            below = self._sets().get(tuple(entry >> 3 for entry in ground))
        else:
            one = sorted([*ground, reached[0] << 3 | FIRST])
            below = self._learn(np.array(one, np.int32).tobytes(), one, NOWHERE)
        if below is not None:
            self._with[below << 32 | reached[-1]] = number

    def _sets(self) -> dict[tuple[int, ...], int]:
        if self._set_of is None:
            start, areas = self._index.tables.set_start.tolist(), self._index.tables.areas.tolist()
            self._set_of = {tuple(areas[start[i] : start[i + 1]]): i for i in range(self._n_sets)}
        return self._set_of

    def _append(self, place: Place) -> int:
        number = self.count
        if number >= self.position.shape[1]:
            more = ((0, 0), (0, max(64, number // 2)))
            # One after the other is enough: a number is given out only when all three have room for it.
            self.position, self.how = np.pad(self.position, more), np.pad(self.how, more)
            self.several, self.holder = np.pad(self.several, more), np.pad(self.holder, more)
        self.settled.append(place)
        self._write(number, place)
        self.count = number + 1
        return number

    def _write(self, number: int, place: Place) -> None:
        self.position[:, number] = place.position
        self.how[:, number] = [HOW.index(how) for how in place.how]
        self.several[:, number] = [len(candidates) > 1 for candidates in place.candidates]
        held = place.covering
        self.holder[:, number] = [NOWHERE if not c else c[0] if len(c) == 1 else CROWD for c in held]

    def _publish(self) -> None:
        if len(self._with) != len(self.learned[0]):
            keys = np.array(sorted(self._with), np.int64)
            self.learned = keys, np.array([self._with[k] for k in keys.tolist()], np.int32)
