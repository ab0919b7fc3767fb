"""The ground of a redraw: unit grids as a graph with loads, who holds each today, and how a division of them does."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import geopandas as gpd
import networkx as nx
import numpy as np

from gridsvc.bootstrap import Router
from gridsvc.errors import BadInput, FieldError
from gridsvc.planning.contiguity import graph_of, neighbours
from gridsvc.spatial.datum import Floats
from gridsvc.spatial.layer import Objects
from gridsvc.spatial.ragged import Longs

LEAST_GRIDS, MOST_GRIDS = 4, 5


@dataclass(frozen=True, eq=False)
class Ground:
    """Unit grids of a city, n of them ordered by code, as a redraw sees them.

    ``inside``: code of the area that no grid may leave (the street); ``community``: of their own parent; ``today``: of
    the grid that holds each. ``shapes_m`` and ``centre_m`` (n, 2) are in the city's projected reference, in metres.
    ``pairs`` and ``shared_m``: neighbours inside one area and the length of their common edge in metres. ``locked``:
    those that must stay where they are. ``centre_of``: row of the unit grid in the middle of each grid today.
    """

    codes: Objects
    inside: Objects
    community: Objects
    today: Objects
    load: Floats
    shapes_m: Objects
    centre_m: Floats
    pairs: Longs
    shared_m: Floats
    locked: np.ndarray
    centre_of: Mapping[str, int]

    def __len__(self) -> int:
        return len(self.codes)

    @cached_property
    def graph(self) -> "nx.Graph[int]":
        """The graph of all unit grids; those of different streets are not joined."""
        return graph_of(len(self), self.pairs)

    def parts(self) -> Iterator[tuple[str, Longs]]:
        """Give each area that no grid may leave with the rows of its unit grids, ordered by code."""
        for code in sorted(set(self.inside)):
            yield code, np.flatnonzero(self.inside == code)

    def grids_of(self, inside: str) -> list[str]:
        """Codes of today's grids in one area, ascending."""
        return sorted(set(self.today[self.inside == inside]))


def ground(
    router: Router, units: gpd.GeoDataFrame, layer: str = "grid", locked: Collection[str] = (),
    unit_layer: str = "unit_grid",
) -> Ground:  # fmt: skip
    """Prepare a city for a redraw of a layer of grids.

    Parameters
    ----------
    router : Router
        Of the city as it is. Grids stay inside the areas of the parent layer of ``layer``, whichever it is there: where
        a city nests its grids in communities, communities are not cut.
    units : GeoDataFrame
        Unit grids with ``code`` and ``load``, as :func:`gridsvc.planning.unit_load.unit_loads` gives them.
    layer, unit_layer : str
        Codes of the layers of grids and of unit grids.
    locked : collection of str
        Codes of unit grids, or of grids, that stay as they are.

    Returns
    -------
    Ground
        Raises ``BadInput`` where a unit grid lies in no grid, or for a locked code that there is not.
    """
    edition, metric = router.snapshot.edition, router.locator.metric
    layers = edition.layers[unit_layer], edition.layers[layer]
    position = layers[0].position_of
    load = np.zeros(len(layers[0]))
    load[[position[c] for c in units["code"]]] = units["load"].to_numpy(np.float64)
    inner = np.asarray(gpd.GeoSeries(layers[0].geometries, crs=4326).representative_point())
    around = layers[1].spec.parent
    asked = [layer] + ([around] if around else [])
    found = router.locate([p.x for p in inner], [p.y for p in inner], crs="wgs84", layers=asked).position
    lost = layers[0].codes[np.any([found[c] < 0 for c in asked], axis=0)]
    unknown = sorted(set(locked) - set(layers[0].codes) - set(layers[1].codes))
    for codes, zh, en in ((list(lost[:20]), "单元网格不在任何网格内", "unit grids lie in no grid"),
                          (unknown, "锁定的编码不存在", "a locked code does not exist")):  # fmt: skip
        if codes:
            raise BadInput(zh, en, [FieldError(unit_layer, codes, "核对边界", "check the boundaries")])
    today = layers[1].codes[found[layer]]
    inside = edition.layers[around].codes[found[around]] if around else np.full(len(load), "", dtype=object)
    shapes_m = metric.geometries(layers[0].geometries)
    centre_m = np.array([(p.x, p.y) for p in gpd.GeoSeries(shapes_m).centroid]).reshape(-1, 2)
    pairs, shared_m = neighbours(shapes_m)
    kept = inside[pairs[:, 0]] == inside[pairs[:, 1]]
    return Ground(
        layers[0].codes, inside, layers[0].parents, today, load, shapes_m, centre_m, pairs[kept], shared_m[kept],
        np.array([c in locked or t in locked for c, t in zip(layers[0].codes, today, strict=True)], dtype=bool),
        MappingProxyType(centres(today, centre_m)),
    )  # fmt: skip


def centres(labels: Objects, centre_m: Floats) -> dict[str, int]:
    """Give for each label its own node that is nearest to the middle of all its nodes."""
    found = {}
    for label in sorted(set(labels)):
        rows = np.flatnonzero(labels == label)
        away = np.hypot(*(centre_m[rows] - centre_m[rows].mean(axis=0)).T)
        found[str(label)] = int(rows[np.argmin(away)])
    return found


def numbers_of_grids(
    ground: Ground, least: int = LEAST_GRIDS, most: int = MOST_GRIDS, slack: float = 0.02
) -> dict[str, int]:
    """Choose how many grids each area gets so that the whole city can be balanced, as near to today as that allows.

    An area of load L with k grids has one of at least L / k; the greatest of these over the mean of all grids is what
    no redraw can fall below. The least of it over all numbers from ``least`` to ``most`` is found, and each area goes
    back to today's number where that costs no more than ``slack``.
    """
    loads = {code: float(ground.load[rows].sum()) for code, rows in ground.parts()}
    today = {code: min(most, max(least, len(ground.grids_of(code)))) for code in loads}
    ways = [today]
    for heaviest in sorted({load / k for load in loads.values() for k in range(least, most + 1) if load > 0.0}):
        need = {c: max(least, int(np.ceil(load / heaviest - 1e-9))) for c, load in loads.items()}
        if max(need.values()) <= most:
            ways.append(need)
    chosen = min(ways, key=lambda way: bound_of(loads, way))
    allowed = bound_of(loads, chosen) + slack
    for code in loads:
        nearer = chosen | {code: today[code]}
        if bound_of(loads, nearer) <= allowed:
            chosen = nearer
    return chosen


def bound_of(loads: Mapping[str, float], numbers: Mapping[str, int]) -> float:
    """Tell below which imbalance (heaviest over mean) no division of areas into these numbers of grids can fall."""
    mean = sum(loads.values()) / (sum(numbers.values()) or 1)
    return max((load / numbers[c] for c, load in loads.items()), default=0.0) / mean if mean > 0.0 else 1.0


def imbalance(load: Mapping[str, float]) -> float:
    """The heaviest load over the mean; 1 where all are equal, and where there is no load."""
    values = np.array(list(load.values()))
    return float(values.max() / values.mean()) if len(values) and values.mean() > 0 else 1.0


def loads_of(ground: Ground, labels: Objects) -> dict[str, float]:
    """Sum the load of each label."""
    return {str(label): float(ground.load[labels == label].sum()) for label in sorted(set(labels))}
