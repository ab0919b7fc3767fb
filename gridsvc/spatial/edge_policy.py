"""From all areas at a point to the one of each layer, in a stated order.

1. Of several areas of one layer the least code, where they only touch the point (edge) or overlap; of several near
   ones the nearest. A point exactly on an edge of the finest partition goes to the area recorded for the matched
   component, if that is one of the neighbours.
2. The finest partition decides and its parents follow it, so that no two of them contradict each other. What is
   only near never contradicts a parent that truly holds the point.
3. In the corridor of a boundary street the ground belongs to the street's owner, whose parents follow. Where corridors
   cross, to the owner whom most of them name, then to the least code. Finer partitions keep saying where the
   ground lies, so that beside a street between two sub-districts a unit grid's community may be the neighbour's.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from gridsvc.spatial.chains import NOWHERE, Settled, lift, parent_positions, partition_chains
from gridsvc.spatial.layer import Edition
from gridsvc.spatial.overlay import FIRST, NEAR, ON
from gridsvc.values import How

HOW: tuple[How, ...] = get_args(How)
Home = Callable[[str, int], int]
# Of an area at a point: its position in its layer and its relation to the point.
At = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """What every layer says of a point, layers in the edition's order: all points with the same answer share one.

    ``position`` is the settled area, -1 for none; ``covering`` the areas that hold the point, ``candidates`` these
    and those near it, both in code order.
    """

    position: tuple[int, ...]
    how: tuple[How, ...]
    covering: tuple[tuple[int, ...], ...]
    candidates: tuple[tuple[int, ...], ...]


@dataclass(slots=True)
class _Layer:
    """One layer's answer while it is being settled."""

    position: int
    how: How
    covering: tuple[int, ...]
    candidates: tuple[int, ...]


class EdgePolicy:
    """Settles points of one edition. ``home`` tells which area of a layer holds an area of the finest partition."""

    def __init__(self, edition: Edition, home: Home) -> None:
        self.chains = partition_chains(edition)
        self.parent = {code: parent_positions(edition, layer) for code, layer in edition.layers.items()}
        self._polygonal = {code: layer.spec.geometry == "polygon" for code, layer in edition.layers.items()}
        self._home = home
        self._up = {code: parents.tolist() for code, parents in self.parent.items()}
        self._owners: dict[str, tuple[tuple[str, ...], list[int]]] = {}
        for layer in edition:
            if layer.spec.settles is not None:
                target = layer.spec.settles
                areas = edition.layers[target].position_of
                owners = [areas.get(str(p.get("owner") or ""), NOWHERE) for p in layer.props]
                self._owners[layer.spec.code] = (target, *edition.ancestors(target)), owners

    def settle(self, at: Sequence[Sequence[At]], recorded: int = NOWHERE) -> Place:
        """Settle one point.

        Parameters
        ----------
        at : for each layer the areas at the point, ascending
            Relations are those of :func:`gridsvc.spatial.kernel_numpy.describe`.
        recorded : int
            Position in the finest partition of the area recorded for the point's component, -1 for none.
        """
        found = {
            code: _alone(areas, polygonal) for (code, polygonal), areas in zip(self._polygonal.items(), at, strict=True)
        }
        self._with_parents(found, recorded)
        self._with_corridors(found)
        layers = found.values()
        return Place(
            tuple(x.position for x in layers), tuple(x.how for x in layers),
            tuple(x.covering for x in layers), tuple(x.candidates for x in layers),
        )  # fmt: skip

    def _lift(self, layer: str, position: int) -> int:
        return self._up[layer][position] if position >= 0 else NOWHERE

    def _with_parents(self, found: dict[str, _Layer], recorded: int) -> None:
        """Let each chain's finest partition settle its ties and its parents follow, the finest chain first."""
        led = False
        for chain in self.chains:
            first, finest = self.chains[0], found[chain[0]]
            if finest.how == "edge":
                wanted = recorded if chain is first else self._beside(chain[0], found[first[0]])
                if wanted in finest.covering:
                    finest.position = wanted
            if finest.how == "near" and self._contradicted(found, chain):
                finest.position, finest.how = NOWHERE, "outside"
            leads = finest.position >= 0
            for ancestor in chain[1:]:
                # What the first chain has settled stands; another chain only fills what it left open.
                if leads and not (led and chain is not first and ancestor in first):
                    self._follow(found, chain, ancestor)
            led = led or (chain is first and leads)

    def _beside(self, layer: str, finest: _Layer) -> int:
        """For a point on an edge: the area of another partition that holds the settled finest area."""
        if finest.position < 0 or finest.how not in ("edge", "overlap"):
            return NOWHERE
        return self._home(layer, finest.position)

    def _contradicted(self, found: dict[str, _Layer], chain: tuple[str, ...]) -> bool:
        """Whether another parent than its own truly holds a point that only lies near its finest area."""
        up = found[chain[0]].position
        for below, ancestor in pairwise(chain):
            up, own = self._lift(below, up), found[ancestor]
            if own.how in ("inside", "edge", "overlap") and own.position != up:
                return True
        return False

    def _follow(self, found: dict[str, _Layer], chain: tuple[str, ...], ancestor: str) -> None:
        """Give an ancestor the parent of the finest area; a point tied between areas of one parent is inside it."""
        below, own = found[chain[0]], found[ancestor]
        up, tied = below.position, set(below.covering)
        for layer in chain[: chain.index(ancestor)]:
            up, tied = self._lift(layer, up), {self._lift(layer, c) for c in tied}
        if up < 0:
            return
        how: How = "inside"
        if below.how == "near":
            # Beside the finest partition the point may still be inside its parent.
            how = own.how if own.position == up else "near"
        elif below.how in ("edge", "overlap") and tied != {up}:
            how = below.how
        own.position, own.how = up, how

    def _with_corridors(self, found: dict[str, _Layer]) -> None:
        """Hand the ground of boundary streets to their owners, and let the owners' parents follow."""
        for street, (chain, owners) in self._owners.items():
            votes = Counter(owners[corridor] for corridor in found[street].covering)
            votes.pop(NOWHERE, None)
            owner = min(votes, key=lambda o: (-votes[o], o), default=NOWHERE)
            for code in chain:
                if owner >= 0 and (owner != found[code].position or code == chain[0]):
                    found[code].position, found[code].how = owner, "street"
                owner = self._lift(code, owner)


def _alone(areas: Sequence[At], polygonal: bool) -> _Layer:
    """Answer by the layer's own geometry."""
    candidates = tuple(a for a, _ in areas)
    covering = tuple(a for a, relation in areas if relation & NEAR == 0)
    nearest = next((a for a, relation in areas if relation & FIRST), NOWHERE)
    if polygonal and covering:
        how: How = "inside"
        if len(covering) > 1:
            how = "edge" if all(relation == ON for _, relation in areas if relation & NEAR == 0) else "overlap"
        return _Layer(covering[0], how, covering, candidates)
    how = "inside" if covering else "near" if nearest >= 0 else "outside"
    return _Layer(nearest, how, covering, candidates)


def own_area_stands(edition: Edition, policy: EdgePolicy, position: Settled) -> NDArray[np.bool_]:
    """Tell for points in at most one area a layer whether each layer's own area is the settled one.

    It is where every known parent of a chain's finest area is the parent layer's own area. ``position`` has a row a
    layer and a column a point.
    """
    order = {code: i for i, code in enumerate(edition.layers)}
    agreed = np.ones(position.shape[1], dtype=bool)
    for chain in policy.chains:
        up = position[order[chain[0]]]
        for below, ancestor in pairwise(chain):
            up = lift(policy.parent[below], up)
            agreed &= (up < 0) | (up == position[order[ancestor]])
    return agreed
