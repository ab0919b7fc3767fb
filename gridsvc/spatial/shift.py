"""Do points, or the edges of a layer, lie shifted by the offset of GCJ-02 or BD-09? Tells and measures; moves nothing.

A city's cases lie along its streets and its areas share edges. So every other reference that the coordinates might
really be in is tried: which share of the places then lies at a line of the map? A false declaration is believed only
if the true reading fits far better than the declared one *and* than seven controls, the same offset turned by eighths
of a circle: what fits better by chance, or because lines are denser next door, fits as well when moved elsewhere.
Where nothing is shifted (outside the box of :mod:`gridsvc.spatial.datum`) all readings are one and nothing is told.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely import STRtree

from gridsvc.spatial.datum import Datum, Floats, Metric, columns, convert, parse_datum
from gridsvc.spatial.layer import Edition, Layer
from gridsvc.spatial.locate import Locator
from gridsvc.values import Component

Bools = NDArray[np.bool_]
# Tells for places in metres which of them lie at the line or object where they should.
Fit = Callable[[Floats, Floats], Bools]

Whose = Literal["coordinates", "boundaries"]
WHOSE: Mapping[Whose, tuple[str, str]] = MappingProxyType(
    {"coordinates": ("坐标", "coordinates"), "boundaries": ("边界", "boundaries")}
)
READINGS = ("wgs84", "gcj02", "bd09")
ALL_WGS84: Mapping[str, str] = MappingProxyType({})
CONTROLS_DEG = (45, 90, 135, 180, 225, 270, 315)
# Places nearer to each other than this count once: ten reports of one pothole are one witness.
APART_M = 50.0
# Of larger batches rows at equal steps are looked at, and so many places are enough.
MOST_ROWS, MOST_PLACES = 100_000, 2000
# One chance in thirty thousand for places that have nothing to do with the lines, against each rival alone.
LEAST_SIGMAS = 4.0
# Half a wide street: as near to its middle line as people stand. Shared edges of layers are drawn to a metre or two.
CASE_AT_M, EDGE_AT_M = 15.0, 5.0
LEAST_PLACES = {"batch": 50, "layer": 30}
LEAST_GAIN = {"batch": 0.1, "layer": 0.2}


@dataclass(frozen=True, slots=True)
class Shifted:
    """Evidence that coordinates are ``really`` in another reference than ``declared``.

    ``whose`` are these: a batch may also betray that the boundaries, all of them, are declared falsely. ``places`` were
    compared, ``offset_m`` is how far the two readings lie apart. The shares of places at a line of the map: read as
    declared, read as they really are, and the best of the controls; ``sigmas`` is the least standard score by which
    the true reading beats each of the others.
    """

    whose: Whose
    declared: str
    really: str
    places: int
    offset_m: float
    at_lines_declared: float
    at_lines_really: float
    at_lines_by_chance: float
    sigmas: float

    @property
    def zh(self) -> str:
        """What was found, in Chinese."""
        return (
            f"{WHOSE[self.whose][0]}像是 {self.really}，而不是所声明的 {self.declared}："
            f"两种读法相差约 {self.offset_m:.0f} m；"
            f"比较 {self.places:,} 处，落在图上线条处的，按 {self.really} 为 {self.at_lines_really:.0%}，"
            f"按声明只有 {self.at_lines_declared:.0%}（随意平移也有 {self.at_lines_by_chance:.0%}）。"
            "请核对 crs，未作改动"
        )

    @property
    def en(self) -> str:
        """What was found, in English."""
        return (
            f"the {WHOSE[self.whose][1]} look like {self.really}, not {self.declared} as declared: the two readings "
            f"lie about {self.offset_m:.0f} m apart; of {self.places:,} places {self.at_lines_really:.0%} lie at a "
            f"line of the map if read as {self.really}, {self.at_lines_declared:.0%} as declared (moved anywhere: "
            f"{self.at_lines_by_chance:.0%}). Check the crs; nothing was changed"
        )


def shifted_batch(
    locator: Locator,
    x: ArrayLike,
    y: ArrayLike,
    crs: str | Datum,
    classes: ArrayLike | None = None,
    components: Iterable[Component] = (),
) -> Shifted | None:
    """Tell whether a batch of points looks as if declared in a false reference.

    Parameters
    ----------
    locator : Locator
        The city: lines are its line layers and the edges of its finest partition.
    x, y : array, shape (n,)
        Coordinates as declared; rows that are no position say nothing. Points declared ``wgs84`` also tell of
        boundaries that are all in another reference (``whose`` is then ``boundaries``).
    crs : str or Datum
        The declared reference. What is neither ``gcj02`` nor ``bd09`` is taken for ``wgs84``, in whose axes a shifted
        point can hide as well (a projected file made of phone coordinates).
    classes : array of str or None, shape (n,), optional
        Component class that each case is about. Such a case belongs at a component of its class in ``components``,
        not at a line.

    Returns
    -------
    Shifted or None
        None also where fewer than 50 places can be compared. Only places that are inside the city in both readings
        count, so that reports from over the district's border cannot pull.
    """
    edition, metric = locator.edition, locator.metric
    datum = crs if isinstance(crs, Datum) else parse_datum(crs, edition.local_crs)
    x, y = columns(x, y)
    some = slice(None, None, max(1, len(x) // MOST_ROWS))
    lon, lat = convert(x[some], y[some], datum, "wgs84", edition.local_crs)
    edges = [_lines(layer, metric) for layer in edition if layer.spec.geometry == "line"]
    ground = None
    if (finest := locator.finest) is not None:
        edges.append(_lines(edition.layers[finest], metric))
        coarsest = (finest, *edition.ancestors(finest))[-1]
        holders = edition.layers[coarsest].geometries
        ground = STRtree(metric.geometries(holders[metric.reaches(holders)]))
    if not any(len(e) for e in edges):
        return None
    kept = _places(lon, lat, metric)
    wanted = np.full(len(x), None) if classes is None else np.asarray(classes, dtype=object)
    fit = _fit_of_cases(STRtree(np.concatenate(edges)), wanted[some][kept], components, metric)
    return _best(lon[kept], lat[kept], datum.label, metric, fit, ground, "batch")


def shifted_layers(
    edition: Edition, metric: Metric, declared: Mapping[str, str] = ALL_WGS84, before: Edition | None = None
) -> dict[str, Shifted]:
    """Tell which layers of lines or polygons look as if declared in a false reference.

    Each layer's edges are compared with those of all other line layers and partitions, its parent among them.
    ``declared`` names the reference of each layer's file, ``wgs84`` where it is silent. An edition that is shifted as
    a whole agrees with itself and shows nothing so; its cases and components will, see :func:`shifted_batch`. Where
    the edition ``before`` is given the edges are compared with all of its layers instead.
    """
    drawn = [layer for layer in edition if layer.spec.geometry != "point"]
    trees = {x.spec.code: STRtree(_lines(x, metric)) for x in before or edition if _shares_edges(x)}
    found = {}
    for layer in drawn:
        code = layer.spec.code
        others = [tree for other, tree in trees.items() if before is not None or other != code]
        lon, lat = _along(layer)
        kept = _places(lon, lat, metric)

        def at_an_edge(x_m: Floats, y_m: Floats, others: list[STRtree] = others) -> Bools:
            return np.asarray(np.any([_at(tree, x_m, y_m, EDGE_AT_M) for tree in others], axis=0))

        if others and (
            shift := _best(lon[kept], lat[kept], declared.get(code, "wgs84"), metric, at_an_edge, None, "layer")
        ):
            found[code] = shift
    return found


def batch_warning(locator: Locator, x: ArrayLike, y: ArrayLike, crs: str | Datum) -> tuple[str, str] | None:
    """One line in Chinese and in English if a batch looks falsely declared; see :func:`shifted_batch`."""
    found = shifted_batch(locator, x, y, crs)
    return None if found is None else (f"警告：{found.zh}", f"warning: {found.en}")


def _best(
    lon: Floats, lat: Floats, label: str, metric: Metric, fit: Fit, ground: STRtree | None, kind: str
) -> Shifted | None:
    """The other reading that fits so much better that it must be the true one, if there is one."""
    declared = label if label in READINGS else "wgs84"
    if len(lon) < LEAST_PLACES[kind]:
        return None
    here = np.array(metric.xy(lon, lat))
    at_declared, in_declared = fit(*here), _inside(ground, here)
    if at_declared.mean() > 1.0 - LEAST_GAIN[kind]:
        return None
    raw = convert(lon, lat, "wgs84", declared)
    readings: list[tuple[Whose, str, tuple[Floats, Floats]]] = [
        ("coordinates", really, convert(*raw, really, "wgs84")) for really in READINGS if really != declared
    ]
    if kind == "batch" and declared == "wgs84":
        readings += [("boundaries", really, convert(*raw, "wgs84", really)) for really in READINGS[1:]]
    best: Shifted | None = None
    for whose, really, moved in readings:
        there = np.array(metric.xy(*moved))
        offset_m = float(np.median(np.hypot(*(there - here))))
        if not offset_m > APART_M:
            continue
        at, inside = fit(*there), _inside(ground, there)
        rivals = [(at_declared, in_declared)]
        for degrees in CONTROLS_DEG:
            c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
            control = here + np.array([[c, -s], [s, c]]) @ (there - here)
            rivals.append((fit(*control), _inside(ground, control)))
        compared = [(at[both], rival[both]) for rival, rival_in in rivals for both in [inside & rival_in]]
        places = len(compared[0][0])
        if min(len(a) for a, _ in compared) < LEAST_PLACES[kind]:
            continue
        gain = min(a.mean() - b.mean() for a, b in compared)
        sigmas = min(_sigmas(a, b) for a, b in compared)
        if gain >= LEAST_GAIN[kind] and sigmas >= LEAST_SIGMAS and (best is None or sigmas > best.sigmas):
            chance = max(float(b.mean()) for _, b in compared[1:])
            (a, b), *_ = compared
            best = Shifted(whose, declared, really, places, offset_m, float(b.mean()), float(a.mean()), chance, sigmas)
    return best


def _sigmas(a: Bools, b: Bools) -> float:
    """Standard score of the paired difference (McNemar): how many places only one of two readings puts at a line."""
    for_a, for_b = int((a & ~b).sum()), int((b & ~a).sum())
    return (for_a - for_b) / math.sqrt(max(for_a + for_b, 1))


def _fit_of_cases(lines: STRtree, classes: NDArray[np.object_], components: Iterable[Component], metric: Metric) -> Fit:
    places: dict[str, list[tuple[float, float]]] = {}
    for component in components:
        places.setdefault(component.class_code, []).append((component.point.lon, component.point.lat))
    trees = {
        code: (classes == code, STRtree(shapely.points(np.column_stack(metric.xy(*np.array(places[code]).T)))))
        for code in places.keys() & set(classes.tolist())
    }

    def fit(x_m: Floats, y_m: Floats) -> Bools:
        found = _at(lines, x_m, y_m, CASE_AT_M)
        for of_class, tree in trees.values():
            found[of_class] = _at(tree, x_m[of_class], y_m[of_class], CASE_AT_M)
        return found

    return fit


def _at(tree: STRtree, x_m: Floats, y_m: Floats, within_m: float) -> Bools:
    found = np.zeros(len(x_m), dtype=bool)
    found[tree.query(shapely.points(x_m, y_m), predicate="dwithin", distance=within_m)[0]] = True
    return found


def _inside(ground: STRtree | None, xy_m: Floats) -> Bools:
    return np.ones(xy_m.shape[1], dtype=bool) if ground is None else _at(ground, xy_m[0], xy_m[1], 0.0)


def _shares_edges(layer: Layer) -> bool:
    return layer.spec.geometry == "line" or (layer.spec.geometry == "polygon" and layer.spec.coverage == "partition")


def _lines(layer: Layer, metric: Metric) -> NDArray[np.object_]:
    shapes = metric.geometries(layer.geometries[metric.reaches(layer.geometries)])
    return np.asarray(shapely.boundary(shapes) if layer.spec.geometry == "polygon" else shapes, dtype=object)


def _along(layer: Layer) -> tuple[Floats, Floats]:
    """Places along a layer's lines or edges in degrees, about every fifty metres; of very many areas only some."""
    # GEOS cannot divide a line without length; made valid, it is a point.
    shapes = np.asarray(shapely.make_valid(layer.geometries[:: max(1, len(layer) // MOST_PLACES)]))
    lines = shapely.boundary(shapes) if layer.spec.geometry == "polygon" else shapes
    xy = shapely.get_coordinates(shapely.segmentize(lines, 5e-4))
    return xy[:, 0], xy[:, 1]


def _places(lon: Floats, lat: Floats, metric: Metric) -> NDArray[np.intp]:
    """Rows of usable positions, one in each cell of fifty metres, at most ``MOST_PLACES``, spread over the batch."""
    usable = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat) & (np.abs(lon) <= 180.0) & (np.abs(lat) < 90.0))
    xy = np.column_stack(metric.xy(lon[usable], lat[usable]))
    usable, xy = usable[np.isfinite(xy).all(axis=1)], xy[np.isfinite(xy).all(axis=1)]
    first = np.sort(np.unique(np.floor(xy / APART_M), axis=0, return_index=True)[1])
    return usable[first][:: max(1, -(-len(first) // MOST_PLACES))]
