"""What work each unit grid makes: cases, components, ground and residents, and their mixture."""

from collections.abc import Mapping
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import pandas as pd

from gridsvc.bootstrap import Router
from gridsvc.errors import BadInput, FieldError, NotFound
from gridsvc.planning.frames import areas

# What a planner may change: cases are what came, components what must be looked at, ground what must be walked.
WEIGHTS: Mapping[str, float] = MappingProxyType({"cases": 0.4, "components": 0.2, "area_m2": 0.2, "residents": 0.2})
# How densely people live by land use, compared with housing; what is not named counts as 0.02.
LIVING: Mapping[str, float] = MappingProxyType({"residential": 1.0, "village": 0.6, "commercial": 0.3, "public": 0.1})
ELSEWHERE = 0.02


def unit_loads(
    router: Router,
    cases: gpd.GeoDataFrame | None = None,
    weights: Mapping[str, float] = WEIGHTS,
    layer: str = "unit_grid",
    living: Mapping[str, float] = LIVING,
) -> gpd.GeoDataFrame:
    """Measure the work in each unit grid.

    Parameters
    ----------
    router : Router
        Of the city. The parents of the unit grids have residents in a property ``residents``, or there are none.
    cases : GeoDataFrame, optional
        Points of past cases in any declared CRS. One on an edge counts where the service would put it; one outside
        all unit grids counts nowhere.
    weights : mapping
        Weight of each column in ``load``; they need not add up to 1.
    layer : str
        Code of the layer of unit grids.
    living : mapping
        How densely people live by land use. Residents of a parent are shared out by ground times this.

    Returns
    -------
    GeoDataFrame
        The layer in EPSG:4326, ordered by code, with ``cases``, ``components`` (by the unit grid each is recorded in),
        ``residents``, ``area_m2`` and ``load``: the weighted share of the city's total, which adds up to 1. A column
        whose total is 0 counts for nothing. Raises ``BadInput`` for a weight below 0, or none above.
    """
    if layer not in router.snapshot.edition.layers:
        raise NotFound("没有这个图层", "there is no such layer", [FieldError("layer", layer, "核对", "check it")])
    units = areas(router, layer)
    units["cases"] = _counted(router, cases, layer, len(units))
    recorded = pd.Series([c.unit_grid for c in router.snapshot.components], dtype=object).value_counts()
    units["components"] = units["code"].map(recorded).fillna(0).astype(np.int64)
    units["residents"] = _residents(router, units, layer, living)
    units["load"] = mixed(units, weights)
    return units


def mixed(units: pd.DataFrame, weights: Mapping[str, float]) -> pd.Series:
    """Mix columns by weight, each as its share of the column's total; gives shares of the whole load."""
    bad = {k: w for k, w in weights.items() if k not in units or not 0.0 <= w < np.inf}
    if bad or not sum(weights.values()):
        mend = ("用已有的列，权重不小于 0 且不全为 0", "name columns there are, with weights of 0 or more, not all 0")
        raise BadInput("权重无效", "the weights cannot be used", [FieldError("weights", dict(weights), *mend)])
    used = {k: w for k, w in weights.items() if w and units[k].sum()}
    total = sum((w * units[k] / units[k].sum() for k, w in used.items()), pd.Series(0.0, units.index))
    return total / (sum(used.values()) or 1.0)


def _counted(router: Router, cases: gpd.GeoDataFrame | None, layer: str, n: int) -> np.ndarray:
    if cases is None or not len(cases):
        return np.zeros(n, np.int64)
    points = cases.to_crs(4326).geometry
    rows = router.locate(points.x, points.y, crs="wgs84", layers=[layer]).position[layer]
    return np.bincount(rows[rows >= 0], minlength=n)


def _residents(router: Router, units: gpd.GeoDataFrame, layer: str, living: Mapping[str, float]) -> pd.Series:
    above = router.snapshot.edition.layers[layer].spec.parent
    if above is None:
        return pd.Series(0.0, units.index)
    parents = router.snapshot.edition.layers[above]
    of_parent = {c: float(p.get("residents") or 0.0) for c, p in zip(parents.codes, parents.props, strict=True)}
    use = units["land_use"].map(living).fillna(ELSEWHERE) if "land_use" in units else 1.0
    homes = units["area_m2"] * use
    return homes / homes.groupby(units["parent"]).transform("sum") * units["parent"].map(of_parent).fillna(0.0)
