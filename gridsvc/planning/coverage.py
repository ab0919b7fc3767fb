"""What is within reach of what: ground within a distance of places, gaps as polygons with the people in them."""

from collections.abc import Iterable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from gridsvc.bootstrap import Router
from gridsvc.errors import BadInput, FieldError
from gridsvc.frames import in_degrees
from gridsvc.spatial.datum import Metric

# A toilet within 500 m everywhere in the main urban area.
TOILET_M = 500.0
# Sides of a quarter of a circle: its polygon reaches 0.005 percent less far than the circle.
QUARTER = 64
# Smaller gaps come from the corners of polygons; nobody stands in them.
LEAST_M2 = 100.0


@dataclass(frozen=True, eq=False)
class Coverage:
    """How much of an area is covered. ``gaps``: in EPSG:4326, the largest first, with ``area_m2`` and ``people``.

    ``share``: of the area's ground, 0 to 1; ``people_share``: of the people in it, NaN where none are known.
    """

    area_m2: float
    covered_m2: float
    people: float
    gaps: gpd.GeoDataFrame

    @property
    def share(self) -> float:
        """Covered share of the ground."""
        return self.covered_m2 / self.area_m2 if self.area_m2 else 1.0

    @property
    def people_share(self) -> float:
        """Covered share of the people."""
        return 1.0 - float(self.gaps["people"].sum()) / self.people if self.people else np.nan


def components_of(router: Router, class_code: str) -> gpd.GeoDataFrame:
    """Give the components of a class as points in EPSG:4326 with ``code`` and ``name``; removed ones are left out."""
    own = [c for c in router.snapshot.components if c.class_code == class_code and c.state != "removed"]
    points = gpd.points_from_xy([c.point.lon for c in own], [c.point.lat for c in own])
    columns = {"code": [c.code for c in own], "name": [c.name for c in own]}
    return gpd.GeoDataFrame(columns, geometry=points, crs="EPSG:4326")


def within(
    area: gpd.GeoDataFrame, places: gpd.GeoDataFrame, metres: float = TOILET_M, people: gpd.GeoDataFrame | None = None
) -> Coverage:
    """Tell what of an area lies within a straight-line distance of a place.

    Parameters
    ----------
    area : GeoDataFrame
        Polygons of the ground in question, in any declared CRS; overlaps count once.
    places : GeoDataFrame
        Points, in any declared CRS. None at all covers nothing.
    metres : float
        At exactly this distance a place still covers.
    people : GeoDataFrame, optional
        Polygons with ``residents``, as :func:`gridsvc.planning.unit_load.unit_loads` gives them, taken to live evenly
        on the ground of each.

    Returns
    -------
    Coverage
        Circles have 64 sides a quarter and reach 0.005 percent short; gaps below 100 m² are not told.
    """
    if not 0.0 < metres < np.inf:
        raise BadInput("距离无效", "the distance cannot be used",
                       [FieldError("metres", metres, "大于 0 的米数", "metres above 0")])  # fmt: skip
    metric = metric_of(area)
    discs = shapely.buffer(in_metres("places", places, metric), metres, quad_segs=QUARTER)
    return _coverage(area, shapely.union_all(discs), metric, people)


def covered_by(area: gpd.GeoDataFrame, reached: gpd.GeoDataFrame, people: gpd.GeoDataFrame | None = None) -> Coverage:
    """Tell what of an area lies in polygons that are said to be covered, such as those of a reach along streets."""
    metric = metric_of(area)
    return _coverage(area, shapely.union_all(in_metres("reached", reached, metric)), metric, people)


def _coverage(
    area: gpd.GeoDataFrame, covered: BaseGeometry, metric: Metric, people: gpd.GeoDataFrame | None
) -> Coverage:
    ground = shapely.union_all(in_metres("area", area, metric))
    left = shapely.difference(ground, covered)
    gaps = [g for g in shapely.get_parts(left) if shapely.area(g) >= LEAST_M2 and shapely.get_dimensions(g) == 2]
    gaps.sort(key=lambda g: -shapely.area(g))
    frame = gpd.GeoDataFrame(
        {"area_m2": [shapely.area(g) for g in gaps], "people": _people(gaps, metric, people)},
        geometry=np.asarray(gaps, dtype=object), crs=metric.epsg,
    )  # fmt: skip
    whole = float(shapely.area(ground))
    total = float(sum(_people([ground], metric, people)))
    return Coverage(whole, whole - float(frame["area_m2"].sum()), total, frame.to_crs(4326))


def _people(shapes: list[BaseGeometry], metric: Metric, people: gpd.GeoDataFrame | None) -> list[float]:
    """People in each shape, by the share of each polygon's ground that lies in it."""
    if people is None or not shapes:
        return [0.0] * len(shapes)
    homes = in_metres("people", people, metric)
    residents, area_m2 = people["residents"].to_numpy(np.float64), shapely.area(homes)
    found = np.zeros(len(shapes))
    shape, home = shapely.STRtree(homes).query(shapes, predicate="intersects")
    common = shapely.area(shapely.intersection(np.asarray(shapes, dtype=object)[shape], homes[home]))
    np.add.at(found, shape, residents[home] * common / np.maximum(area_m2[home], 1e-9))
    return [float(x) for x in found]


def demand_points(area: gpd.GeoDataFrame, people: gpd.GeoDataFrame, step_m: float = 50.0) -> gpd.GeoDataFrame:
    """Stand people on a square lattice over an area: points in EPSG:4326 with ``people`` and ``area_m2``.

    Each point stands for the square of ``step_m`` around it, as far as that lies in the area. Points whose square only
    touches the area from outside are kept where the centre lies in it, and dropped else; their ground with them.
    """
    metric = metric_of(area)
    ground = shapely.union_all(in_metres("area", area, metric))
    west, south, east, north = shapely.bounds(ground)
    x, y = np.meshgrid(np.arange(west + step_m / 2, east, step_m), np.arange(south + step_m / 2, north, step_m))
    shapely.prepare(ground)
    inside = shapely.contains_xy(ground, x.ravel(), y.ravel())
    x, y = x.ravel()[inside], y.ravel()[inside]
    squares = shapely.intersection(shapely.box(x - step_m / 2, y - step_m / 2, x + step_m / 2, y + step_m / 2), ground)
    columns = {"people": _people(list(squares), metric, people), "area_m2": shapely.area(squares)}
    return gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy(x, y), crs=metric.epsg).to_crs(4326)


def staff_density(router: Router, layer: str, roles: Iterable[str], least_per_km2: float = 20.0) -> pd.DataFrame:
    """Count the people in posts of some roles against the ground of the areas they are posted in.

    Returns
    -------
    DataFrame
        One row an area, ordered by code: ``code``, ``name``, ``people`` (each once, whatever posts they hold there;
        those of areas below it in the tree count too), ``km2``, ``per_km2``, ``enough`` (at least ``least_per_km2``)
        and ``short``: people that are missing, rounded up.
    """
    edition, metric = router.snapshot.edition, router.locator.metric
    wanted, own = set(roles), edition.layers[layer]
    above = {(c, code): parent for c, below in edition.layers.items()
             for code, parent in zip(below.codes, below.parents, strict=True)}  # fmt: skip
    held: dict[str, set[str]] = {code: set() for code in own.codes}
    for post in router.snapshot.staff.posts:
        at: tuple[str, str | None] = (post.layer or "", post.area)
        while at[0] != layer and at[1] is not None and at[0] in edition.layers:
            at = edition.layers[at[0]].spec.parent or "", above.get((at[0], at[1]))
        if post.role in wanted and at[0] == layer and at[1] in held and post.person:
            held[at[1]].add(post.person)
    km2 = shapely.area(metric.geometries(own.geometries)) / 1e6
    frame = pd.DataFrame(
        {"code": own.codes, "name": own.names, "people": [len(held[c]) for c in own.codes], "km2": km2}
    )
    frame["per_km2"] = frame["people"] / frame["km2"]
    frame["short"] = np.maximum(0, np.ceil(least_per_km2 * frame["km2"] - frame["people"] - 1e-9)).astype(np.int64)
    frame["enough"] = frame["short"] == 0
    return frame


def share_of_length(
    lanes: gpd.GeoDataFrame, flagged: Iterable[str], tiers: Iterable[str], least: float = 0.4
) -> pd.DataFrame:
    """Tell what share of the roads of some tiers is flagged, such as deep-cleaned, by length.

    ``lanes`` has ``code``, ``tier`` and ``length_m``; ``flagged`` are codes. One row a tier and one, ``all``, for all
    of them: ``roads``, ``length_m``, ``flagged_m``, ``share`` (NaN without roads) and ``enough``. Raises ``BadInput``
    for a code that is no lane of these tiers.
    """
    wanted, codes = list(tiers), set(flagged)
    own = lanes[lanes["tier"].isin(wanted)]
    if unknown := sorted(codes - set(own["code"])):
        mend = ("核对街巷编码与等级", "check the codes and tiers of the lanes")
        raise BadInput("没有这些道路", "there are no such roads", [FieldError("flagged", unknown, *mend)])
    rows = []
    for tier, some in [*((t, own[own["tier"] == t]) for t in wanted), ("all", own)]:
        whole, part = some["length_m"].sum(), some.loc[some["code"].isin(codes), "length_m"].sum()
        rows.append((tier, len(some), whole, part, part / whole if whole else np.nan))
    table = pd.DataFrame(rows, columns=["tier", "roads", "length_m", "flagged_m", "share"])
    table["enough"] = table["share"] >= least
    return table


def metric_of(frame: gpd.GeoDataFrame) -> Metric:
    """Give the projected reference for the middle of a frame."""
    west, south, east, north = in_degrees("area", frame).total_bounds
    return Metric.at((west + east) / 2, (south + north) / 2)


def in_metres(name: str, frame: gpd.GeoDataFrame, metric: Metric) -> np.ndarray:
    """Give the shapes of a frame in metres; one without a declared CRS is refused by name."""
    return metric.geometries(np.asarray(in_degrees(name, frame).geometry.values, dtype=object))
