"""What became of each area from one edition to the next; measures and names, decides nothing.

Which areas belong together: :func:`gridsvc.spatial.kinship.groups`; whether a boundary moved or was only drawn again:
:func:`gridsvc.spatial.redraw.measure`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

import numpy as np
import shapely

from gridsvc.spatial.crosswalk import NOWHERE, Crosswalk, metric_over, overlay, twins
from gridsvc.spatial.datum import Metric
from gridsvc.spatial.kinship import Group, groups
from gridsvc.spatial.layer import Edition, Layer
from gridsvc.spatial.ragged import Longs
from gridsvc.spatial.redraw import Redraws, kept_whole, measure
from gridsvc.spatial.topology import comparable

TOLERANCE_M = 1.0
Kind = Literal[
    "split", "merge", "mixed", "new", "gone", "moved", "recoded", "renamed", "parent", "unit", "props", "redrawn"
]
# What happened to ground, in the order in which it is told; a redrawn area is the same as before.
OF_GROUND: tuple[Kind, ...] = ("split", "merge", "mixed", "new", "gone", "moved", "recoded")
KINDS: tuple[Kind, ...] = (*OF_GROUND, "renamed", "parent", "unit", "props", "redrawn")
NOTHING: Mapping[str, Any] = MappingProxyType({})


class Share(NamedTuple):
    """Common ground of an area before and an area after."""

    before: str
    after: str
    m2: float
    share_before: float
    share_after: float


class Successor(NamedTuple):
    """One step of an area's lineage: code before (None: new), code after (None: gone), and shares of their ground."""

    layer: str
    kind: Kind
    before: str | None
    after: str | None
    share_before: float | None
    share_after: float | None


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that became of one or more areas of a layer.

    ``before`` and ``after`` are codes, ``rows_before`` and ``rows_after`` their rows. ``shares``: where the ground of
    the areas before went, if it is more than one place. ``columns``: old and new value by column. ``moved_m``: the
    farthest that a vertex of either outline lies from the other; ``changed_m2``: ground in just one of both.
    ``lon`` and ``lat`` lie in or on what changed; None where nothing has a shape.
    """

    layer: str
    kind: Kind
    before: tuple[str, ...]
    after: tuple[str, ...]
    rows_before: tuple[int, ...] = ()
    rows_after: tuple[int, ...] = ()
    shares: tuple[Share, ...] = ()
    columns: Mapping[str, tuple[Any, Any]] = field(default_factory=lambda: NOTHING)
    moved_m: float | None = None
    changed_m2: float | None = None
    lon: float | None = None
    lat: float | None = None

    @property
    def real(self) -> bool:
        """False for an area that was only drawn again within the tolerance."""
        return self.kind != "redrawn"


@dataclass(frozen=True, eq=False)
class Succession:
    """What became of one layer.

    ``unchanged``: how many areas have the same code, record and shape. ``not_compared``: codes of areas that are there
    before and after, but not both times with a usable shape. ``walk`` is None for lines and points. ``ground_loss``:
    share of the ground before whose history cannot be carried whole, 0 to 1; None where the layer is no partition, or
    has no ground.
    """

    before: Layer
    after: Layer
    tolerance_m: float
    changes: tuple[Change, ...]
    unchanged: int
    not_compared: tuple[str, ...]
    walk: Crosswalk | None
    ground_loss: float | None


def successions(
    before: Edition,
    after: Edition,
    tolerance_m: float = TOLERANCE_M,
    of_layer_m: Mapping[str, float] = NOTHING,
    progress: Callable[[str], None] = lambda _: None,
) -> list[Succession]:
    """Compare every layer that both editions have with the same kind of geometry, parents before their children.

    ``of_layer_m`` has the tolerance of layers for which it is another; ``progress`` is told each layer's code before
    its turn.
    """
    metric = metric_over(before, after)
    codes = [c for c in after.layers if c in before.layers]
    became: dict[str, dict[str, str]] = {}
    done = {}
    for code in sorted(codes, key=lambda c: len(after.ancestors(c))):
        old, new = before.layers[code], after.layers[code]
        if old.spec.geometry != new.spec.geometry:
            continue
        progress(code)
        within_m = of_layer_m.get(code, tolerance_m)
        done[code] = succession(old, new, metric, within_m, became.get(new.spec.parent or "", NOTHING))
        whole = [c for c in done[code].changes if c.kind in ("recoded", "merge")]
        became[code] = {old_code: c.after[0] for c in whole for old_code in c.before}
    return [done[code] for code in codes if code in done]


def successors(found: Iterable[Succession]) -> list[Successor]:
    """The lineage of all areas that did not simply go on: what happened to ground, pair by pair of areas that share it.

    A new area, one that is gone, one that went elsewhere, lines and points have a row without shares.
    """
    rows: dict[tuple[str | None, ...], Successor] = {}
    for change in (c for one in found for c in one.changes if c.kind in OF_GROUND):
        layer, kind = change.layer, change.kind
        for share in change.shares:
            rows[layer, *share[:2]] = Successor(layer, kind, *share[:2], *share[3:])
        if len(change.before) <= 1 and len(change.after) <= 1:
            before, after = next(iter(change.before), None), next(iter(change.after), None)
            rows.setdefault((layer, before, after), Successor(layer, kind, before, after, None, None))
    return list(rows.values())


def succession(
    before: Layer,
    after: Layer,
    metric: Metric,
    tolerance_m: float = TOLERANCE_M,
    parents: Mapping[str, str] = NOTHING,
) -> Succession:
    """Compare one layer with its next edition; ``parents`` gives the codes of those that went whole into another."""
    polygons = before.spec.geometry == "polygon"
    old, new = comparable(before), comparable(after)
    walk = overlay(before, after, metric) if polygons else None
    twin = walk.twin if walk is not None else twins(before, after, old, new)
    found = groups(before, after, twin, walk)
    pairs = np.array([(*g.before, *g.after) for g in found if g.is_one], np.int64).reshape(-1, 2)
    measured = measure(old[pairs[:, 0]], new[pairs[:, 1]], metric, tolerance_m, twin[pairs[:, 0]] == pairs[:, 1])
    whole = None
    if walk is not None and before.spec.coverage == after.spec.coverage == "partition" and walk.before_m2.sum() > 0.0:
        same = np.zeros(len(old), bool)
        same[pairs[:, 0]] = measured.within
        whole = kept_whole(old, new, walk, metric, tolerance_m, same)
    telling = _Telling(before, after, old, new, walk, parents)
    changes: list[Change] = []
    unchanged, row = 0, 0
    for group in found:
        told = list(telling.of(group, measured, row))
        row += group.is_one
        unchanged += group.is_one and not told
        changes += told
    changes.sort(key=lambda c: (KINDS.index(c.kind), c.before, c.after))
    blind = [before.codes[i] for i, j in sorted(pairs.tolist()) if not (_has_shape(old[i]) and _has_shape(new[j]))]
    loss = None if walk is None or whole is None else float(walk.before_m2[~whole].sum() / walk.before_m2.sum())
    return Succession(before, after, tolerance_m, tuple(changes), int(unchanged), tuple(blind), walk, loss)


def _has_shape(shape: Any) -> bool:
    return shape is not None and not shape.is_empty


@dataclass(frozen=True, eq=False)
class _Telling:
    """Turns groups of areas into changes."""

    before: Layer
    after: Layer
    old: Any
    new: Any
    walk: Crosswalk | None
    parents: Mapping[str, str]

    def of(self, group: Group, measured: Redraws, row: int) -> Iterator[Change]:
        """What became of one group; ``row`` is its place among those that are one area."""
        i, j = group.before, group.after
        if group.is_one:
            yield from self._one(i[0], j[0], measured, row)
            return
        kind: Kind = "new" if not i else "gone" if not j else "mixed"
        if i and j and 1 in (len(i), len(j)):
            kind = "split" if len(i) == 1 else "merge"
        yield self._change(kind, i, j, shares=self._shares(i), **self._place(*(self.new[k] for k in j or ()),
                           *(self.old[k] for k in i if not j)))  # fmt: skip
        code_of = {self.before.codes[k]: k for k in i}
        for k in j:
            if (same := code_of.get(self.after.codes[k])) is not None:
                yield from self._record(same, k)

    def _one(self, i: int, j: int, measured: Redraws, row: int) -> Iterator[Change]:
        about: dict[str, Any] = {}
        if not measured.same[row]:
            m2, m = measured.changed_m2[row], measured.moved_m[row]
            about = {"moved_m": _number(m), "changed_m2": _number(m2)} | self._place(measured.changed[row])
        if not measured.within[row]:
            yield self._change("moved", (i,), (j,), shares=self._shares((i,)), **about)
        if self.before.codes[i] != self.after.codes[j]:
            yield self._change("recoded", (i,), (j,), shares=self._shares((i,)), **(about or self._place(self.new[j])))
        elif measured.within[row] and not measured.same[row]:
            yield self._change("redrawn", (i,), (j,), **about)
        yield from self._record(i, j)

    def _record(self, i: int, j: int) -> Iterator[Change]:
        """What an area's own record says otherwise than before."""
        old, new = self.before, self.after
        props = old.props[i], new.props[j]
        said = {k: (a, b) for k in sorted({*props[0], *props[1]}) if (a := props[0].get(k)) != (b := props[1].get(k))}
        # A name that is only the code again is told by the code.
        names = old.names[i], new.names[j]
        named = {"name": names} if names[0] != names[1] and names != (old.codes[i], new.codes[j]) else {}
        if named := named | {k: said.pop(k) for k in ("name_en",) if k in said}:
            yield self._change("renamed", (i,), (j,), columns=named, **self._place(self.new[j]))
        if self.parents.get(old.parents[i], old.parents[i]) != new.parents[j]:
            columns = {"parent": (old.parents[i], new.parents[j])}
            yield self._change("parent", (i,), (j,), columns=columns, **self._place(self.new[j]))
        if old.units[i] != new.units[j]:
            columns = {"unit": (old.units[i], new.units[j])}
            yield self._change("unit", (i,), (j,), columns=columns, **self._place(self.new[j]))
        if said:
            yield self._change("props", (i,), (j,), columns=said, **self._place(self.new[j]))

    def _change(self, kind: Kind, i: tuple[int, ...], j: tuple[int, ...], **about: Any) -> Change:
        codes = tuple(self.before.codes[list(i)]), tuple(self.after.codes[list(j)])
        return Change(self.before.spec.code, kind, *codes, i, j, **about)

    def _shares(self, rows: tuple[int, ...]) -> tuple[Share, ...]:
        """Where the ground of some areas before went."""
        walk = self.walk
        if walk is None:
            return ()
        k: Longs = np.concatenate([np.arange(*np.searchsorted(walk.before, (i, i + 1))) for i in rows or (NOWHERE,)])
        shares = zip(walk.common_m2[k], walk.share_before[k], walk.share_after[k], strict=True)
        codes = zip(self.before.codes[walk.before[k]], self.after.codes[walk.after[k]], strict=True)
        return tuple(Share(*c, *map(float, s)) for c, s in zip(codes, shares, strict=True))

    @staticmethod
    def _place(*shapes: Any) -> dict[str, float]:
        """A point in or on the first of some shapes that has one."""
        for shape in shapes:
            if _has_shape(shape):
                inner = shapely.point_on_surface(shape)
                return {"lon": round(inner.x, 7), "lat": round(inner.y, 7)}
        return {}


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
