"""Hot spots by kept libraries: Getis-Ord and local Moran on areas that touch, over space and over time."""

import warnings
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from libpysal.graph import Graph
from numpy.typing import NDArray
from scipy.stats import kendalltau

from gridsvc.bootstrap import Router
from gridsvc.planning.frames import pileups
from gridsvc.planning.quietly import esda

Floats = NDArray[np.float64]
QUADRANTS = ("", "high-high", "low-high", "low-low", "high-low")
# How an area was hot over time, as emerging hot spot analysis names it, with what planners here call it.
PATTERNS: Mapping[str, str] = MappingProxyType({
    "new": "新增", "intensifying": "加剧", "persistent": "持续", "diminishing": "减弱", "sporadic": "间歇",
    "historical": "已退",
})  # fmt: skip
# Of the usual width of an area: nearer ones touch.
APART = 1e-4
# Share of the periods in which an area that is always hot is hot.
ALWAYS = 0.9


def counted(router: Router, cases: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, layer: str) -> gpd.GeoDataFrame:
    """Count cases in each area of a layer, with what a failing geocoder piled up set aside.

    Parameters
    ----------
    router : Router
        Decides which area a case lies in; a case on an edge is in exactly one.
    cases : GeoDataFrame
        Points in any CRS.
    areas : GeoDataFrame
        The layer as :func:`gridsvc.planning.areas` gives it.
    layer : str
        Its code.

    Returns
    -------
    GeoDataFrame
        ``areas`` with ``n``. ``attrs["set_aside"]`` and ``attrs["outside"]`` are how many cases are in no number.
    """
    codes = located(router, cases, layer)
    made = areas.assign(n=areas["code"].map(codes.value_counts()).fillna(0).astype(int))
    made.attrs |= {"set_aside": len(cases) - len(codes), "outside": int(len(codes) - made["n"].sum())}
    return made


def located(router: Router, cases: gpd.GeoDataFrame, layer: str) -> pd.Series:
    """Give the code of the area of each case, indexed alike; missing outside, no row where cases are piled up."""
    piled = [label for rows in pileups(cases)["rows"] for label in rows]
    rest = cases.drop(index=piled).to_crs(4326).geometry
    codes = router.locate(rest.x.to_numpy(), rest.y.to_numpy(), crs="wgs84").codes(layer)
    return pd.Series(codes, index=rest.index, dtype=object)


def touching(areas: gpd.GeoDataFrame) -> Graph:
    """Give which areas share ground, an edge or a corner, by position; what touches none is an isolate.

    Of a layer without overlaps and gaps this is queen contiguity. Real layers have both: areas that overlap, or lie
    apart by less than a ten-thousandth of their usual width, touch too.
    """
    shapes = areas.geometry.to_numpy()
    width = float(np.sqrt(np.median(shapely.area(shapes)))) if len(shapes) else 0.0
    a, b = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=APART * width)
    pairs = pd.Series(1, index=pd.MultiIndex.from_arrays([a, b], names=["focal", "neighbor"]), name="weight")
    alone = np.setdiff1d(np.arange(len(shapes)), a[a != b])
    zeros = pd.Series(0, index=pd.MultiIndex.from_arrays([alone, alone], names=["focal", "neighbor"]), name="weight")
    return Graph(pd.concat([pairs[a != b], zeros]).sort_index())


def hot_spots(
    areas: gpd.GeoDataFrame, column: str, *, level: float = 0.05, permutations: int = 9999, seed: int = 0
) -> gpd.GeoDataFrame:
    """Find areas that are high or low together with those that they touch.

    Parameters
    ----------
    areas : GeoDataFrame
        Polygons, one row an area, in any CRS.
    column : str
        Numbers, a rate rather than a count where areas differ in size; NaN is unknown and takes no part.
    level : float
        Share of false discoveries that is accepted among all that are named (Benjamini and Hochberg 1995).
    permutations : int
        Conditional permutations of each area; no p is below ``2 / (permutations + 1)``.
    seed : int
        The same seed gives the same answer.

    Returns
    -------
    GeoDataFrame
        The same rows with ``gi_z`` and ``gi_p`` (Getis-Ord Gi*, two-sided), ``spot`` (``hot``, ``cold`` or empty),
        ``moran_i``, ``moran_p``, ``cluster`` (``high-high``, ``low-low``, outliers ``high-low`` and ``low-high``, or
        empty) and ``took_part``: False where the number is unknown or the area touches none that is known; there the
        others are NaN and empty. Up to ``attrs["level_gi"]`` and ``attrs["level_moran"]`` a p names an area.

    Notes
    -----
    Ord and Getis (1995) and Anselin (1995), both by esda; the area itself counts among its neighbours for Gi*.
    """
    known = areas[areas[column].notna()]
    graph = touching(known)
    part = known.index[~np.isin(np.arange(len(known)), graph.isolates)]
    made = areas.assign(took_part=areas.index.isin(part))
    if len(part) < 3 or areas.loc[part, column].nunique() < 2:
        # Where nothing differs nothing stands out.
        return made.assign(gi_z=np.nan, gi_p=np.nan, spot="", moran_i=np.nan, moran_p=np.nan, cluster="")
    values = areas.loc[part, column].to_numpy(np.float64)
    graph = touching(areas.loc[part])
    with warnings.catch_warnings():
        # Its p is one-sided, as it will not always be; it is made two-sided below.
        warnings.filterwarnings("ignore", "The alternative hypothesis for conditional", DeprecationWarning)
        gi = esda.G_Local(values, graph, transform="B", permutations=permutations, star=True, seed=seed, n_jobs=1)
        moran = esda.Moran_Local(values, graph, permutations=permutations, seed=seed, n_jobs=1)
    columns, levels = {}, {}
    for name, found, z in (("gi", gi, gi.Zs), ("moran", moran, moran.Is)):
        p = np.minimum(2.0 * found.p_sim, 1.0)
        levels[f"level_{name}"] = named = float(esda.fdr(p, level))
        columns[name] = (np.asarray(z, np.float64), p, p <= named)
    z, p, stands_out = columns["gi"]
    own = pd.DataFrame({"gi_z": z, "gi_p": p}, index=part)
    own["spot"] = np.select([stands_out & (z > 0), stands_out & (z < 0)], ["hot", "cold"], "")
    own["moran_i"], own["moran_p"], stands_out = columns["moran"]
    own["cluster"] = np.where(stands_out, np.array(QUADRANTS, object)[moran.q], "")
    made = made.join(own)
    made[["spot", "cluster"]] = made[["spot", "cluster"]].fillna("")
    made.attrs |= levels
    return made


def emerging(
    areas: gpd.GeoDataFrame, periods: pd.DataFrame, *, level: float = 0.05, permutations: int = 9999, seed: int = 0
) -> gpd.GeoDataFrame:
    """Say of each area how hot it was in period after period.

    Parameters
    ----------
    areas : GeoDataFrame
        Polygons.
    periods : DataFrame
        The same index; a column of rates for each period, in order of time, at least four.

    Returns
    -------
    GeoDataFrame
        With ``hot_periods`` (in how many it was hot), ``trend`` (Kendall's tau of Gi* over time) and ``trend_p``
        (Mann 1945, Kendall 1975) and ``pattern``: ``new`` (hot in the last period only), ``intensifying``,
        ``persistent`` and ``diminishing`` (hot nearly always, and by the trend), ``sporadic`` (now and then, and now),
        ``historical`` (before, and not now), or empty.

    Notes
    -----
    The patterns are those that planners know from emerging hot spot analysis, fewer and each by one rule.
    """
    if periods.shape[1] < 4:
        raise ValueError(f"a trend needs four periods at least, these are {periods.shape[1]}")
    each = [
        hot_spots(areas.assign(rate=periods[name]), "rate", level=level, permutations=permutations, seed=seed)
        for name in periods
    ]
    hot = np.column_stack([one["spot"] == "hot" for one in each])
    z = np.column_stack([one["gi_z"].to_numpy(np.float64) for one in each])
    trends = [_trend(row) for row in z]
    made = areas.assign(hot_periods=hot.sum(axis=1), trend=[t for t, _ in trends], trend_p=[p for _, p in trends])
    rising = [("up" if t > 0 else "down") if p <= level else "" for t, p in trends]
    return made.assign(pattern=[_pattern(h, r) for h, r in zip(hot, rising, strict=True)])


def parts_of(at: pd.Series, n: int) -> pd.Series:
    """Number the equal parts of the whole time, from 0, in which instants lie; the last instant is in the last part."""
    whole = (at.max() - at.min()).total_seconds()
    since = (at - at.min()).dt.total_seconds()
    return np.minimum((since / (whole or 1.0) * n).astype(int), n - 1)


def _trend(z: Floats) -> tuple[float, float]:
    """Kendall's tau over time and its p; nothing is known where a period is."""
    if np.isnan(z).any() or len(set(z)) < 2:
        return 0.0, 1.0
    found: Any = kendalltau(np.arange(len(z)), z)
    return float(found.statistic), float(found.pvalue)


def _pattern(hot: Sequence[bool] | NDArray[np.bool_], trend: str) -> str:
    n, last = int(np.sum(hot)), bool(hot[-1])
    if not n:
        return ""
    if last and n == 1:
        return "new"
    if n >= ALWAYS * len(hot):
        return {"up": "intensifying", "down": "diminishing"}.get(trend, "persistent")
    return "sporadic" if last else "historical"
