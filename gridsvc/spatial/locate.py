"""Where exactly is a point: its area in every layer, how it came to it, and every other candidate.

Knows nothing of people, rules or databases.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gridsvc.errors import BadInput, FieldError
from gridsvc.spatial.ask_one import At, Met, meeter, placer
from gridsvc.spatial.chains import NOWHERE, Settled
from gridsvc.spatial.coverage_index import CoverageIndex, Floats, Ground, Pairs, Positions
from gridsvc.spatial.datum import Datum, Metric, columns, convert, metres_per_degree, parse_datum
from gridsvc.spatial.edge_policy import HOW, EdgePolicy, Place
from gridsvc.spatial.layer import Edition
from gridsvc.spatial.overlay import NO_PLACE
from gridsvc.spatial.places import CROWD, Places

_HOW_NAMES = np.array(HOW)


@dataclass(frozen=True, eq=False)
class LayerFound:
    """What one layer says of n points."""

    _found: "Found" = field(repr=False)
    _layer: int = field(repr=False)

    @cached_property
    def position(self) -> Settled:
        """The settled area: int32 per point, the row in the layer's areas ordered by code, -1 where none."""
        return np.asarray(self._found.places.position[self._layer][self._found.place], np.int32)

    @cached_property
    def how_code(self) -> NDArray[np.uint8]:
        """How each point came to it, as a place in ``HOW``."""
        return np.asarray(self._found.places.how[self._layer][self._found.place], np.uint8)

    @cached_property
    def how(self) -> NDArray[np.str_]:
        """How each point came to it: inside, edge, overlap, street, near, outside or none."""
        return np.asarray(_HOW_NAMES[self.how_code])

    def candidates_of(self, row: int) -> Positions:
        """Positions of every area that covers the point of this row or lies near it, in code order."""
        return np.array(self._found.at(row).candidates[self._layer], dtype=np.intp)

    def covering(self, row: int) -> Positions:
        """Positions of the areas that hold the point of this row, in code order."""
        return np.array(self._found.at(row).covering[self._layer], dtype=np.intp)

    def several(self) -> tuple[Settled, list[tuple[int, ...]]]:
        """Which points have two or more candidates: for each point a place in the list of these, -1 for the others."""
        places, place = self._found.places, self._found.place
        rows = np.flatnonzero(places.several[self._layer][place])
        numbers, which = np.unique(place[rows], return_inverse=True)
        out = np.full(len(place), NOWHERE, np.int32)
        out[rows] = which
        return out, [places.place(n).candidates[self._layer] for n in numbers.tolist()]

    def holding(self) -> Pairs:
        """Pairs of a point and an area that holds it, ordered by both."""
        holder = self._found.places.holder[self._layer][self._found.place]
        alone, crowd = np.flatnonzero(holder >= 0), np.flatnonzero(holder == CROWD)
        if not len(crowd):
            return alone, holder[alone].astype(np.intp)
        held = [self.covering(row) for row in crowd.tolist()]
        point = np.concatenate([alone, np.repeat(crowd, [len(areas) for areas in held])])
        area = np.concatenate([holder[alone].astype(np.intp), *held])
        order = np.argsort(point, kind="stable")
        return point[order], area[order]


@dataclass(frozen=True, eq=False)
class Found:
    """The answer of :meth:`Locator.locate` for n points (one point is an array of one).

    ``place`` has one number a point: points with one number have the same answer in every layer.
    """

    lon: Floats
    lat: Floats
    place: Settled
    places: Places = field(repr=False)
    _edition: Edition = field(repr=False)
    _asked: Mapping[str, int] = field(repr=False)

    @cached_property
    def layers(self) -> dict[str, LayerFound]:
        """The answer by layer."""
        return {code: LayerFound(self, number) for code, number in self._asked.items()}

    @cached_property
    def position(self) -> dict[str, Settled]:
        """By layer: int32 per point, the row in that layer's areas ordered by code, -1 where none."""
        return {code: found.position for code, found in self.layers.items()}

    @cached_property
    def how(self) -> dict[str, NDArray[np.str_]]:
        """By layer and point: inside, edge, overlap, street, near, outside or none."""
        return {code: found.how for code, found in self.layers.items()}

    def at(self, row: int) -> Place:
        """What every layer says of one point."""
        return self.places.place(int(self.place[row]))

    def codes(self, layer: str) -> NDArray[np.object_]:
        """Code of each point's area in one layer, None where it has none."""
        # The position of no area, -1, finds the last of these.
        codes = np.array([*self._edition.layers[layer].codes, None], dtype=object)
        return np.asarray(codes[self.layers[layer].position], dtype=object)


class Locator:
    """Locates points in one edition. Building it indexes all layers; it is safe to share between threads."""

    def __init__(self, edition: Edition, compiled: bool = True, index: CoverageIndex | None = None) -> None:
        """Index an edition, unless its index is at hand."""
        self.edition = edition
        west, south, east, north = edition.bounds_deg
        empty = not np.isfinite(west)
        self.metric = Metric.at(0.0, 0.0) if empty else Metric.at((west + east) / 2, (south + north) / 2)
        self.number = {code: i for i, code in enumerate(edition.layers)}
        self.index = index or index_of(edition, compiled)
        self._policy = EdgePolicy(edition, self._holder_of)
        self.places = Places(edition, self.index, self._policy)

    @property
    def finest(self) -> str | None:
        """Code of the finest partition layer, which decides; None if the edition has no partition."""
        return self._policy.chains[0][0] if self._policy.chains else None

    @cached_property
    def has_corridors(self) -> bool:
        """Whether boundary streets move the finest partition's ground, so that its own lines are not all there is."""
        settled = [layer.spec.settles for layer in self.edition if layer.spec.settles is not None]
        return any(self.finest in (code, *self.edition.ancestors(code)) for code in settled)

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
            Answer only these layers; all of them by default.

        Returns
        -------
        Found
        """
        if not near_m >= 0.0:
            mend = ("不小于 0 的米数", "metres, 0 or more")
            raise BadInput("near_m 无效", "near_m is not usable", [FieldError("near_m", near_m, *mend)])
        lon, lat = columns(x, y)
        datum = crs if isinstance(crs, Datum) else parse_datum(crs, self.edition.local_crs)
        if datum.label != "wgs84":
            lon, lat = convert(lon, lat, datum, "wgs84")
        place = self.index.sets_of(lon, lat, near_m, self.places.learned)
        special = np.flatnonzero(place < 0)
        if len(special):
            missing = place[special] == NO_PLACE
            place[special[missing]] = self.places.none
            if missing.any():
                lon, lat = lon.copy(), lat.copy()
                lon[special[missing]] = lat[special[missing]] = np.nan
            rows = special[~missing]
            wish = None if recorded is None else np.asarray(recorded, np.int32)[rows]
            described = self.index.describe(lon[rows], lat[rows], near_m)
            place[rows] = self.places.numbers_of(described, wish)
        asked = self.number if layers is None else {code: self.number[code] for code in layers}
        return Found(lon, lat, place, self.places, self.edition, asked)

    @cached_property
    def met(self) -> Met:
        """Find one point's place, as :attr:`at` does, and its metres to the nearest boundary, both in one go."""
        return meeter(self.index, self.places, None if self.finest is None else self.number[self.finest])

    @cached_property
    def at(self) -> At:
        """Find one point's place, degrees in WGS 84, as :meth:`locate` does, at a fraction of its cost.

        A function of longitude, latitude and, if wanted, ``near_m`` and ``recorded``.
        """
        return placer(self.index, self.places)

    def boundary_distance_m(self, lon: Floats, lat: Floats) -> Floats:
        """Metres from each point to the nearest boundary of the finest partition, infinite where there is none."""
        if self.finest is None:
            return np.full(len(lon), np.inf)
        return self.index.boundary_distance_m(lon, lat, self.number[self.finest])

    def boundary_distance_of(self, lon: float, lat: float) -> float:
        """One point's metres to the nearest boundary, as :meth:`boundary_distance_m` gives them."""
        if self.finest is None:
            return np.inf
        return self.index.boundary_distance_of(lon, lat, self.number[self.finest])

    def nearest(self, lon: float, lat: float) -> list[int]:
        """Positions of the finest partition's areas whose boundary is nearest to a point."""
        return [] if self.finest is None else self.index.nearest(lon, lat, self.number[self.finest])[0]

    def around(self, lon: Floats, lat: Floats, near_m: Floats) -> Pairs:
        """Pairs of a point and an area of the finest partition, ordered by both.

        All areas are among them that hold the point or lie within so many metres of it, and few others.
        """
        if self._finest_boxes is None:
            return np.zeros(0, np.intp), np.zeros(0, np.intp)
        lon_m, lat_m = np.array([metres_per_degree(y) for y in lat.tolist()]).T
        east, north = near_m / lon_m, near_m / lat_m
        point, area = self._finest_boxes.query(shapely.box(lon - east, lat - north, lon + east, lat + north))
        order = np.lexsort((area, point))
        return point[order], area[order]

    @cached_property
    def _finest_boxes(self) -> shapely.STRtree | None:
        return None if self.finest is None else shapely.STRtree(self.edition.layers[self.finest].geometries)

    def _holder_of(self, layer: str, finest: int) -> int:
        """Position of the area of a layer that holds a point inside an area of the finest partition."""
        inner = shapely.point_on_surface(self.edition.layers[self._policy.chains[0][0]].geometries[finest])
        held = self.index.covering(np.array([inner.x]), np.array([inner.y]), self.number[layer])[1]
        return int(held[0]) if len(held) else NOWHERE


def index_of(edition: Edition, compiled: bool = True) -> CoverageIndex:
    """Compile the index of an edition, its layers in the edition's order."""
    ground = [Ground(x.geometries, None if x.spec.geometry == "polygon" else x.reach_m) for x in edition]
    return CoverageIndex.over(ground, compiled)
