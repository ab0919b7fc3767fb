"""Proposes mended boundaries: an edition in, another one and the list of what was changed out; changes nothing stored.

Only what one rule settles is mended: rings that cross themselves keep the polygons they can only mean; vertices said
twice are said once; and slivers, ground so thin that nobody drew it on purpose, go to the neighbour with the longest
common edge. Whatever is wider is a question for people and stays as it is.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import shapely
from shapely import STRtree

from gridsvc.spatial.checks_ground import taken_apart
from gridsvc.spatial.datum import Metric
from gridsvc.spatial.findings import POLYGON, middle_deg
from gridsvc.spatial.layer import Edition, Layer, Objects

What = Literal["vertices", "invalid", "overhang", "overlap", "gap"]
# A tenth of a millimetre: what is mended gets its vertices on this lattice, or overlaying would leave hairlines behind.
LATTICE_DEG = 1e-9
DUST_DEG2 = 1e-14  # about a square centimetre
DUST_M2 = 0.01


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that was mended: where, how much ground moved, and which areas lost and got it."""

    what: What
    layer: str
    codes: tuple[str, ...]
    area_m2: float
    lon: float
    lat: float
    zh: str
    en: str


def repaired(
    edition: Edition, tolerance_m: float | None = None, progress: Callable[[str], None] = lambda _: None
) -> tuple[Edition, list[Change]]:
    """Mend what a rule settles, parents before their children; ``progress`` is told each layer's code.

    Slivers are those that the checks name: thinner on average than the layer's own tolerance, or than ``tolerance_m``
    where it is given, and more than the layer's rounding: a gap by itself, the others together by pair or child.
    """
    metric = Metric.at(*middle_deg(edition))
    done, changes = dict(edition.layers), list[Change]()
    for code in sorted(done, key=lambda c: len(edition.ancestors(c))):
        progress(code)
        bench = _Bench(done[code], done.get(done[code].spec.parent or ""), metric, tolerance_m)
        changes += bench.mended()
        done[code] = replace(done[code], geometries=bench.shapes)
    return replace(edition, layers={code: done[code] for code in edition.layers}), changes


class _Bench:
    """One layer while it is mended: its shapes as they are now, and the layer above, which is mended already."""

    def __init__(self, layer: Layer, above: Layer | None, metric: Metric, tolerance_m: float | None) -> None:
        self.layer, self.above, self.metric = layer, above, metric
        checks = layer.spec.checks
        self.tolerance_m, self.rounding_m2 = tolerance_m or checks.tolerance_m, checks.rounding_m2
        self.shapes: Objects = layer.geometries.copy()

    def mended(self) -> Iterator[Change]:
        yield from self._rings()
        if self.layer.spec.geometry != "polygon":
            return
        if self.above is not None:
            yield from self._overhangs(self.above)
        if self.layer.spec.coverage == "partition":
            yield from self._overlaps()
            yield from self._gaps()

    def _rings(self) -> Iterator[Change]:
        """Vertices said twice, and rings that cross themselves; a shape without any polygon is left as it is."""
        is_polygon = self.layer.spec.geometry == "polygon"
        for i in np.flatnonzero(~(shapely.is_missing(self.shapes) | shapely.is_empty(self.shapes))).tolist():
            shape = self.shapes[i]
            meant = _ground(shapely.make_valid(shape)) if is_polygon and not shape.is_valid else shape
            if meant is None:
                continue
            once = shapely.remove_repeated_points(shape)
            twice = shapely.get_num_coordinates(shape) - shapely.get_num_coordinates(once)
            if twice:
                self.shapes[i] = once
                yield self._change("vertices", (i,), once, 0.0, f"去掉 {twice} 个重复的顶点",
                                   f"{twice} vertices said twice are said once")  # fmt: skip
            if meant is not shape:
                self.shapes[i] = meant
                moved_m2 = abs(self._area_m2(meant) - self._area_m2(shape))
                yield self._change("invalid", (i,), meant, moved_m2, "自相交的图形改为它所围的面",
                                   "the ring crossed itself; it is now the ground it encloses")  # fmt: skip

    def _overhangs(self, above: Layer) -> Iterator[Change]:
        """Slivers of an area beyond its parent are cut off."""
        row = [above.position_of.get(parent, -1) if parent else -1 for parent in self.layer.parents]
        nested = np.flatnonzero(np.array(row, dtype=np.intp) >= 0)
        parents = above.geometries[np.array(row, dtype=np.intp)[nested]]
        usable = shapely.is_valid(parents) & shapely.is_valid(self.shapes[nested])
        nested, parents = nested[usable], parents[usable]
        for at, piece, area_m2 in self._slivers(shapely.difference(self.shapes[nested], parents)):
            i = int(nested[at])
            if self._cut(i, piece):
                parent = self.layer.parents[i]
                yield self._change("overhang", (i,), piece, area_m2, f"伸出上级 {parent} 的碎缝已裁去",
                                   f"a sliver beyond its parent {parent} is cut off")  # fmt: skip

    def _overlaps(self) -> Iterator[Change]:
        """Slivers that two areas hold go to the one that has the longer edge with them."""
        whole = self.shapes.copy()
        whole[~shapely.is_valid(whole)] = None
        a, b = STRtree(whole).query(whole, predicate="intersects")
        a, b = a[a < b], b[a < b]
        for at, piece, area_m2 in self._slivers(shapely.intersection(whole[a], whole[b])):
            pair = [int(a[at]), int(b[at])]
            if not all(shapely.intersects(self.shapes[pair], piece)):
                continue  # a third area that overlaps here had its turn before
            rest = [shapely.difference(self.shapes[i], piece) for i in pair]
            for winner in sorted((0, 1), key=lambda n: -self._common_m(piece, rest[n])):
                if self._cut(pair[1 - winner], piece):
                    kept, lost = pair[winner], pair[1 - winner]
                    yield self._change("overlap", (kept, lost), piece, area_m2,
                                       f"重叠的碎缝归 {self.layer.codes[kept]}，不再属于 {self.layer.codes[lost]}",
                                       f"the sliver both held is {self.layer.codes[kept]}'s, no longer "
                                       f"{self.layer.codes[lost]}'s")  # fmt: skip
                    break

    def _gaps(self) -> Iterator[Change]:
        """Slivers that no area holds go to the area with the longest edge along them, within the same parent."""
        whole = self.shapes[shapely.is_valid(self.shapes) & ~shapely.is_missing(self.shapes)]
        together = shapely.union_all(whole)
        if self.above is None:
            rings = shapely.get_exterior_ring(shapely.get_parts(together))
            grounds, parents = np.array([shapely.union_all(shapely.polygons(rings))], dtype=object), [None]
        else:
            usable = np.flatnonzero(shapely.is_valid(self.above.geometries))
            grounds, parents = self.above.geometries[usable], self.above.codes[usable].tolist()
        tree = STRtree(self.shapes)
        gaps, of = shapely.get_parts(shapely.difference(grounds, together), return_index=True)
        for at, piece, area_m2 in self._slivers(gaps):
            parent = parents[of[at]]
            near = [
                int(i)
                for i in sorted(tree.query(piece, predicate="dwithin", distance=LATTICE_DEG))
                if self.shapes[i].is_valid and parent in (None, self.layer.parents[i])
            ]
            common_m = {i: self._common_m(piece, self.shapes[i]) for i in near}
            for i in sorted(near, key=lambda i: -common_m[i]):
                if self._set(i, shapely.union(self.shapes[i], piece, grid_size=LATTICE_DEG)):
                    yield self._change("gap", (i,), piece, area_m2, f"无人认领的碎缝归 {self.layer.codes[i]}",
                                       f"the sliver nobody held is {self.layer.codes[i]}'s")  # fmt: skip
                    break

    def _slivers(self, grounds: Objects) -> Iterator[tuple[int, Any, float]]:
        """Give the thin pieces of each faulty ground, with its row and the piece's area, where they are a finding."""
        parts = taken_apart(grounds, self.metric, self.tolerance_m, self.rounding_m2)
        for k in np.flatnonzero(parts.thin & parts.matters & (parts.area_m2 > DUST_M2)):
            yield int(parts.row[k]), parts.shapes[k], float(parts.area_m2[k])

    def _cut(self, i: int, piece: Any) -> bool:
        """Take a piece away from an area, unless that would tear or end it."""
        return self._set(i, shapely.difference(self.shapes[i], piece, grid_size=LATTICE_DEG))

    def _set(self, i: int, shape: Any) -> bool:
        """Give an area another shape, unless it would have more parts than before, or none."""
        after = _ground(shape)
        if after is None or shapely.get_num_geometries(after) > shapely.get_num_geometries(self.shapes[i]):
            return False
        self.shapes[i] = after
        return True

    def _common_m(self, piece: Any, area: Any) -> float:
        """Length of the edge that a piece has with an area."""
        common = shapely.intersection(shapely.boundary(piece), shapely.buffer(area, LATTICE_DEG))
        return float(shapely.length(self.metric.straight(np.array([common], dtype=object)))[0])

    def _area_m2(self, shape: Any) -> float:
        return float(shapely.area(self.metric.straight(np.array([shape], dtype=object)))[0])

    def _change(self, what: What, rows: tuple[int, ...], ground: Any, area_m2: float, zh: str, en: str) -> Change:
        inner = shapely.point_on_surface(ground)
        codes = tuple(str(self.layer.codes[i]) for i in rows)
        return Change(what, self.layer.spec.code, codes, area_m2, round(inner.x, 7), round(inner.y, 7),
                      f"{codes[0]}：{zh}", f"{codes[0]}: {en}")  # fmt: skip


def _ground(shape: Any) -> Any:
    """Keep the polygons of a shape, without the dust that overlaying leaves; None if there are none."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    kept = parts[(shapely.get_type_id(parts) == POLYGON) & (shapely.area(parts) > DUST_DEG2)]
    return None if not len(kept) else shapely.union_all(kept)
