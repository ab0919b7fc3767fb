"""How much there is to do and for how many: rates that can be compared, when it comes, and where it comes back."""

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import chi2, nbinom, poisson
from sklearn.cluster import DBSCAN

from gridsvc.planning.quietly import Empirical_Bayes, esda
from gridsvc.spatial import rates as kept

DAYS_OF_WEEK = ("一 Mon", "二 Tue", "三 Wed", "四 Thu", "五 Fri", "六 Sat", "日 Sun")


def rated(areas: gpd.GeoDataFrame, days: float, of: ArrayLike, count: str = "n") -> gpd.GeoDataFrame:
    """Scale numbers of cases to 30 days and to what there is of something, and say how far each can be trusted.

    Parameters
    ----------
    areas : GeoDataFrame
        With a column of counts.
    days : float
        Length of the period, above 0.
    of : array, shape (n,)
        Denominators: km², residents, components, staff; 0 or NaN is unknown.
    count : str
        Name of the column of counts.

    Returns
    -------
    GeoDataFrame
        With ``rate`` as on the heat map (cases in 30 days per unit of ``of``), ``low`` and ``high`` (exact 95 %
        interval of a Poisson count, Garwood 1936), ``smoothed`` (empirical Bayes, Marshall 1991, by esda: areas with
        little to go by are drawn towards the mean of all) and ``few`` (some cases, but fewer than ten). NaN where
        ``of`` is unknown.
    """
    n, there = areas[count].to_numpy(np.float64), np.broadcast_to(np.asarray(of, np.float64), len(areas))
    known = np.isfinite(there) & (there > 0)
    low, high = chi2.ppf(0.025, 2 * n) / 2, chi2.ppf(0.975, 2 * (n + 1)) / 2
    smoothed = np.full(len(n), np.nan)
    if known.sum() > 1 and n[known].sum() > 0:
        made = Empirical_Bayes(n[known], there[known] * days / kept.DAYS).r
        smoothed[known] = np.asarray(made, np.float64).ravel()
    return areas.assign(
        rate=kept.scaled(n, days, there), low=kept.scaled(np.where(n > 0, low, 0.0), days, there),
        high=kept.scaled(high, days, there), smoothed=smoothed, few=kept.few(n),
    )  # fmt: skip


def quiet(areas: gpd.GeoDataFrame, of: ArrayLike, count: str = "n", level: float = 0.05) -> gpd.GeoDataFrame:
    """Name the areas with fewer cases than what is there makes believable: is nothing wrong, or does nobody look?

    Parameters
    ----------
    areas : GeoDataFrame
        With a column of counts.
    of : array, shape (n,)
        What cases come of: residents, components; 0 or NaN is unknown.
    level : float
        Share of false discoveries that is accepted (Benjamini and Hochberg 1995).

    Returns
    -------
    GeoDataFrame
        With ``expected`` (cases, at the rate of all areas together), ``p`` (that a count is this low or lower),
        ``quiet`` and ``unseen``: the share of the mean rate that could be there and still show no case at all in one
        period of twenty. Above 1, an area without cases tells nothing. ``attrs["dispersion"]`` is how many times as
        much as Poisson's the counts vary.

    Notes
    -----
    Cases come in clusters, so counts differ more than Poisson's; the p is that of the negative binomial with the
    variance that Pearson's chi-square finds (McCullagh and Nelder 1989), which is Poisson's where it finds no more.
    """
    n, there = areas[count].to_numpy(np.float64), np.broadcast_to(np.asarray(of, np.float64), len(areas))
    known = np.isfinite(there) & (there > 0)
    mean = n[known].sum() / there[known].sum() if known.any() else np.nan
    expected = np.where(known, mean * there, np.nan)
    excess = np.nansum((n - expected) ** 2 / expected) / max(int(known.sum()) - 1, 1) if mean > 0 else 1.0
    low = poisson.cdf(n, expected) if excess <= 1.0 else nbinom.cdf(n, expected / (excess - 1.0), 1.0 / excess)
    p = np.where(known, low, np.nan)
    named = esda.fdr(p[known], level) if known.any() else 0.0
    with np.errstate(divide="ignore"):
        unseen = -np.log(0.05) / expected
    made = areas.assign(expected=expected, p=p, quiet=known & (p <= named), unseen=unseen)
    made.attrs["dispersion"] = max(float(excess), 1.0)
    return made


def hours(cases: gpd.GeoDataFrame, by: str | None = None) -> pd.DataFrame:
    """Count cases by weekday and hour, and by another column such as ``category`` where one is named.

    ``reported_at`` bears the city's own offset. Rows are weekdays (after the values of ``by``), columns the hours
    0 to 23; what never occurs is 0.
    """
    at = cases["reported_at"].dt
    week = pd.Categorical.from_codes(at.day_of_week.to_numpy(), list(DAYS_OF_WEEK), ordered=True)
    hour = pd.Categorical(at.hour, range(24))
    keys = [week] if by is None else [cases[by].to_numpy(), week]
    names = ["weekday"] if by is None else [by, "weekday"]
    found = pd.crosstab(keys, hour, rownames=names, colnames=["hour"], dropna=False)
    return found.reindex(columns=range(24), fill_value=0)


def recurring(cases: gpd.GeoDataFrame, within_m: float = 20.0, at_least: int = 5) -> gpd.GeoDataFrame:
    """Find the places to which the same matter comes back.

    Parameters
    ----------
    cases : GeoDataFrame
        Points in a CRS in metres, with ``category`` and ``reported_at``.
    within_m : float
        Two cases of a category this near belong together, and so do chains of them (DBSCAN, Ester et al. 1996).
    at_least : int
        Fewer are no place.

    Returns
    -------
    GeoDataFrame
        ``category``, ``cases``, ``months`` in which there was one, ``first``, ``last``, ``reach_m`` (from the middle to
        the farthest) and the middle as a point; most cases first.

    Raises
    ------
    ValueError
        Where the CRS is not one in metres.
    """
    if cases.crs is None or not cases.crs.is_projected:
        raise ValueError("distances need a CRS in metres: give cases.to_crs(router.locator.metric.epsg)")
    rows = []
    for category, own in cases.groupby("category", observed=True):
        xy = own.geometry.get_coordinates().to_numpy()
        labels = DBSCAN(eps=within_m, min_samples=at_least).fit_predict(xy)
        for label in range(labels.max() + 1):
            rows.append({"category": category} | _place(own[labels == label]))
    columns = ["category", "cases", "months", "first", "last", "reach_m", "geometry"]
    found = gpd.GeoDataFrame(pd.DataFrame(rows, columns=columns), geometry="geometry", crs=cases.crs)
    return found.sort_values(["cases", "category"], ascending=[False, True], ignore_index=True)


def _place(own: gpd.GeoDataFrame) -> dict[str, object]:
    middle = own.geometry.union_all().centroid
    at = own["reported_at"]
    months = at.dt.year * 12 + at.dt.month
    reach_m = float(own.distance(middle).max())
    return {"cases": len(own), "months": int(months.nunique()), "first": at.min(), "last": at.max(),
            "reach_m": reach_m, "geometry": middle}  # fmt: skip
