"""Where exactly is a point: its area in every layer, how it came to it, and every other candidate.

The finest partition decides and its parents follow it, so that no two of them contradict each other; the corridors
of boundary streets are the one stated exception. Knows nothing of people, rules or databases.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gridsvc.errors import BadInput, FieldError
from gridsvc.spatial.chains import Settled, lift, parent_positions, partition_chains
from gridsvc.spatial.coverage_index import CoverageIndex, Positions, ReachIndex
from gridsvc.spatial.datum import Datum, Floats, Metric, columns, convert
from gridsvc.spatial.edge_policy import NOWHERE, corridor_owner, first_of_each, prefer
from gridsvc.spatial.layer import Edition

HOW = np.dtype("U8")


@dataclass(frozen=True, eq=False)
class LayerFound:
    """What one layer says of n points: settled area, how, and all (point, area) candidates ordered by both.

    ``covers`` tells which candidates hold the point; the others lie within the metres asked for.
    """

    position: Settled
    how: NDArray[np.str_]
    point: Positions
    area: Positions
    covers: NDArray[np.bool_]

    def candidates_of(self, row: int) -> Positions:
        """Positions of every area that covers the point of this row or lies near it, in code order."""
        low, high = np.searchsorted(self.point, [row, row + 1])
        return self.area[low:high]

    def covering(self, row: int) -> Positions:
        """Positions of the areas that hold the point of this row, in code order."""
        low, high = np.searchsorted(self.point, [row, row + 1])
        return self.area[low:high][self.covers[low:high]]

    def settled_as(self, position: NDArray[Any], how: NDArray[Any]) -> "LayerFound":
        """The same candidates with another settled area and how."""
        return LayerFound(position.astype(np.int32), how.astype(HOW), self.point, self.area, self.covers)


@dataclass(frozen=True, eq=False)
class Found:
    """The answer of :meth:`Locator.locate` for n points (one point is an array of one)."""

    lon: Floats
    lat: Floats
    layers: Mapping[str, LayerFound]
    _edition: Edition = field(repr=False)

    @cached_property
    def position(self) -> dict[str, Settled]:
        """By layer: int32 per point, the row in that layer's areas ordered by code, -1 where none."""
        return {code: found.position for code, found in self.layers.items()}

    @cached_property
    def how(self) -> dict[str, NDArray[np.str_]]:
        """By layer and point: inside, edge, overlap, street, near, outside or none."""
        return {code: found.how for code, found in self.layers.items()}

    def codes(self, layer: str) -> NDArray[np.object_]:
        """Code of each point's area in one layer, None where it has none."""
        position = self.layers[layer].position
        codes = np.full(len(position), None, dtype=object)
        codes[position >= 0] = self._edition.layers[layer].codes[position[position >= 0]]
        return codes


class Locator:
    """Locates points in one edition. Building it indexes every layer; it is immutable and safe to share."""

    def __init__(self, edition: Edition) -> None:
        self.edition = edition
        west, south, east, north = edition.bounds_deg
        empty = not np.isfinite(west)
        self.metric = Metric.at(0.0, 0.0) if empty else Metric.at((west + east) / 2, (south + north) / 2)
        self._polygons = {
            layer.spec.code: CoverageIndex(layer.geometries, self.metric)
            for layer in edition
            if layer.spec.geometry == "polygon"
        }
        self._reaches = {
            layer.spec.code: ReachIndex(layer.geometries, layer.reach_m, self.metric)
            for layer in edition
            if layer.spec.geometry != "polygon"
        }
        self._chains = partition_chains(edition)
        self._parent = {code: parent_positions(edition, layer) for code, layer in edition.layers.items()}

    @property
    def finest(self) -> str | None:
        """Code of the finest partition layer, which decides; None if the edition has no partition."""
        return self._chains[0][0] if self._chains else None

    def index(self, layer: str) -> CoverageIndex:
        """Give the index of one polygon layer."""
        return self._polygons[layer]

    def locate(
        self,
        x: ArrayLike,
        y: ArrayLike,
        crs: str | Datum,
        near_m: float = 0.0,
        recorded: ArrayLike | None = None,
        layers: Collection[str] | None = None,
    ) -> Found:
        """Find every point's area in every layer.

        Parameters
        ----------
        x, y : scalar or array, shape (n,)
            Coordinates in ``crs``, longitude or easting first. Rows that are NaN, infinite, out of range or not
            convertible are answered with how ``none``.
        crs : str or Datum
            The declared reference; there is no default.
        near_m : float
            A point in no area belongs to the nearest one within this many metres (how ``near``).
        recorded : array of int, shape (n,), optional
            Positions in the finest partition of the area recorded for each point's component, -1 for none;
            settles points exactly on a shared edge.
        layers : codes, optional
            Answer only these layers (and work out only what they rest on); all of them by default.

        Returns
        -------
        Found
        """
        if not near_m >= 0.0:
            mend = ("不小于 0 的米数", "metres, 0 or more")
            raise BadInput("near_m 无效", "near_m is not usable", [FieldError("near_m", near_m, *mend)])
        lon, lat = convert(*columns(x, y), crs, "wgs84", self.edition.local_crs)
        bad = ~(np.isfinite(lon) & np.isfinite(lat) & (np.abs(lon) <= 180.0) & (np.abs(lat) <= 90.0))
        lon, lat = np.where(bad, np.nan, lon), np.where(bad, np.nan, lat)
        wish = np.full(len(lon), NOWHERE, np.int32) if recorded is None else np.asarray(recorded, np.int32)
        wanted = self.edition.layers if layers is None else self._rests_on(layers, near_m > 0.0)
        own = {code: self._alone(code, lon, lat, near_m) for code in self.edition.layers if code in wanted}
        settled = self._with_corridors(self._with_parents(own, wish), lon, lat)
        return Found(lon, lat, settled if layers is None else {code: settled[code] for code in layers}, self.edition)

    def _rests_on(self, layers: Collection[str], with_near: bool) -> set[str]:
        """The layers themselves and the finest ones of their chains; what is only near rests on the parents too."""
        chains = [chain for chain in self._chains if any(code in chain for code in layers)]
        leading = [chain if with_near else chain[:1] for chain in (*chains, *(self._chains[:1] if chains else ()))]
        return {*layers, *(code for chain in leading for code in chain)}

    def _alone(self, code: str, lon: Floats, lat: Floats, near_m: float) -> LayerFound:
        """Answer by this layer's own geometry; ties go to the least code."""
        if code in self._reaches:
            return _by_reach(self._reaches[code], lon, lat, near_m)
        index, n = self._polygons[code], len(lon)
        point, area = index.covering(lon, lat)
        position = first_of_each(point, area, n)
        how = np.where(position >= 0, "inside", np.where(np.isnan(lon), "none", "outside")).astype(HOW)
        covers = np.bincount(point, minlength=n)
        tied = covers[point] > 1
        if tied.any():
            on_line = index.on_boundary(lon[point[tied]], lat[point[tied]], area[tied])
            how[point[tied]] = "edge"
            how[point[tied][~on_line]] = "overlap"
        if near_m > 0.0:
            near_point, near_area, distance_m = index.near(lon, lat, near_m)
            order = np.lexsort((near_area, distance_m, near_point))
            nearest = first_of_each(near_point[order], near_area[order], n)
            reached = (position < 0) & (nearest >= 0)
            position, how = np.where(reached, nearest, position), np.where(reached, "near", how).astype(HOW)
            held = np.column_stack([point, area])
            pairs = np.unique(np.vstack([held, np.column_stack([near_point, near_area])]), axis=0)
            width = len(self.edition.layers[code]) + 1
            covers_pair = np.isin(pairs @ [width, 1], held @ [width, 1])
            return LayerFound(position, how, pairs[:, 0], pairs[:, 1], covers_pair)
        return LayerFound(position, how, point, area, np.ones(len(point), dtype=bool))

    def _with_parents(self, own: Mapping[str, LayerFound], wish: Settled) -> dict[str, LayerFound]:
        """Let each chain's finest partition settle its ties and its parents follow, the finest chain first."""
        settled = dict(own)
        first = self._chains[0] if self._chains else ()
        led = np.zeros(len(wish), dtype=bool)
        for chain in self._chains:
            finest = settled.get(chain[0])
            if finest is None:
                continue
            wanted = wish if chain is first else self._home(chain[0], settled[first[0]])
            wanted = np.where(finest.how == "edge", wanted, NOWHERE).astype(np.int32)
            position = prefer(finest.position, finest.point, finest.area, wanted)
            refused = self._contradicted(settled, chain, position)
            position, how = np.where(refused, NOWHERE, position), np.where(refused, "outside", finest.how)
            settled[chain[0]] = finest.settled_as(position, how)
            leads = position >= 0
            for ancestor in (code for code in chain[1:] if code in settled):
                # What the first chain has settled stands; another chain only fills what it left open.
                shared = chain is not first and ancestor in first
                self._follow(settled, chain, ancestor, leads & ~led if shared else leads)
            if chain is first:
                led = leads
        return settled

    def _contradicted(
        self, settled: dict[str, LayerFound], chain: tuple[str, ...], position: NDArray[Any]
    ) -> NDArray[np.bool_]:
        """Points that only lie near their finest area while another parent than its own truly holds them."""
        near, up = settled[chain[0]].how == "near", position
        refused = np.zeros(len(near), dtype=bool)
        for below, ancestor in pairwise(chain):
            up = lift(self._parent[below], up)
            own = settled.get(ancestor)
            if own is not None:
                held = np.isin(own.how, ("inside", "edge", "overlap"))
                refused |= near & held & (up != own.position)
        return refused

    def _follow(
        self, settled: dict[str, LayerFound], chain: tuple[str, ...], ancestor: str, leads: NDArray[np.bool_]
    ) -> None:
        """Give an ancestor the parent of the finest area; a point tied between areas of one parent is inside it."""
        below, own = settled[chain[0]], settled[ancestor]
        up: Settled = below.position
        candidates: NDArray[Any] = below.area
        for layer in chain[: chain.index(ancestor)]:
            up, candidates = lift(self._parent[layer], up), lift(self._parent[layer], candidates)
        known = leads & (up >= 0)
        divided = np.zeros(len(up), dtype=bool)
        divided[below.point[candidates != up[below.point]]] = True
        how = np.where(divided & np.isin(below.how, ("edge", "overlap")), below.how, "inside")
        # Beside the finest partition the point may still be inside its parent.
        how = np.where(below.how == "near", np.where(own.position == up, own.how, "near"), how)
        settled[ancestor] = own.settled_as(np.where(known, up, own.position), np.where(known, how, own.how))

    def _home(self, layer: str, finest: LayerFound) -> Settled:
        """For points settled on an edge: the area of another partition that holds the settled finest area."""
        wanted = np.full(len(finest.position), NOWHERE, dtype=np.int32)
        tied = np.flatnonzero(np.isin(finest.how, ("edge", "overlap")))
        if len(tied):
            inner = self._inner_points[finest.position[tied]]
            point, area = self._polygons[layer].covering(inner[:, 0], inner[:, 1])
            wanted[tied] = first_of_each(point, area, len(tied))
        return wanted

    @cached_property
    def _inner_points(self) -> Floats:
        """One point strictly inside each area of the finest partition, shape (areas, 2)."""
        inner = shapely.point_on_surface(self.edition.layers[self._chains[0][0]].geometries)
        return np.column_stack([shapely.get_x(inner), shapely.get_y(inner)])

    def _with_corridors(self, settled: dict[str, LayerFound], lon: Floats, lat: Floats) -> dict[str, LayerFound]:
        """Hand the ground of boundary streets to their owners, and let the owners' parents follow.

        Only the layer that is settled and its parents move. A finer partition keeps saying where the ground lies, so
        that beside a street between two sub-districts a unit grid's community may be the neighbour's.
        """
        for street, (target, owners) in self._owners.items():
            chain = [target, *self.edition.ancestors(target)]
            if not any(code in settled for code in chain):
                continue
            point, corridor, _ = self._reaches[street].near(lon, lat, 0.0)
            owner = corridor_owner(point, owners[corridor], len(lon))
            for code in chain:
                if code in settled:
                    old = settled[code]
                    moved = (owner >= 0) & ((owner != old.position) | (code == target))
                    position, how = np.where(moved, owner, old.position), np.where(moved, "street", old.how)
                    settled[code] = old.settled_as(position, how)
                owner = lift(self._parent[code], owner)
        return settled

    @cached_property
    def _owners(self) -> dict[str, tuple[str, Settled]]:
        """For each layer of boundary streets: the layer it settles, and each street's owner there (-1 for none)."""
        found = {}
        for layer in self.edition:
            if layer.spec.settles is not None:
                areas = self.edition.layers[layer.spec.settles].position_of
                owners = [areas.get(str(p.get("owner") or ""), NOWHERE) for p in layer.props]
                found[layer.spec.code] = (layer.spec.settles, np.array(owners, dtype=np.int32))
        return found


def _by_reach(index: ReachIndex, lon: Floats, lat: Floats, near_m: float) -> LayerFound:
    """Answer for a layer of lines or points: the nearest feature whose reach holds the point."""
    n = len(lon)
    point, feature, beyond_m = index.near(lon, lat, near_m)
    order = np.lexsort((feature, beyond_m, point))
    position = first_of_each(point[order], feature[order], n)
    least_m = np.full(n, np.inf)
    np.minimum.at(least_m, point, beyond_m)
    how = np.where(least_m <= 0.0, "inside", np.where(position >= 0, "near", "outside"))
    return LayerFound(position, np.where(np.isnan(lon), "none", how).astype(HOW), point, feature, beyond_m <= 0.0)
