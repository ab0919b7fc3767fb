"""Where units send cases back: along which border, how often a year, and how often the first dispatch was right."""

from fractions import Fraction

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike

from gridsvc.bootstrap import Router
from gridsvc.casework.facts import ACCURATE, FIRST, RETURNED, Facts
from gridsvc.casework.indicators import Rate
from gridsvc.spatial.shared_edges import NOBODY, shared_edges

YEAR_DAYS = 365.25
BESIDE_M = 30.0
# Upper ends of the classes of distance to a border.
CLASSES_M = (10.0, 30.0, 100.0)


def dispatches(facts: Facts) -> gpd.GeoDataFrame:
    """Give every dispatch as a point.

    Returns
    -------
    GeoDataFrame
        ``number``, ``category``, ``source``, ``unit`` (to which it went), ``at`` (UTC), ``first`` (of its case),
        ``accurate`` (no return was granted and no correction moved the case) and ``returned`` (with consent); points in
        EPSG:4326, missing where a case has no place.
    """
    rows = facts.rows[facts.rows["fact"] == "dispatched"]
    cases = facts.cases.iloc[rows["case"].to_numpy()]
    flags = rows["flags"].to_numpy()
    lon, lat = (pd.to_numeric(cases[name]).to_numpy(np.float64) for name in ("lon", "lat"))
    columns = {name: cases[name].to_numpy(dtype=object) for name in ("number", "category", "source")}
    columns |= {"unit": rows["unit"].to_numpy(dtype=object)}
    told = {"first": FIRST, "accurate": ACCURATE, "returned": RETURNED}
    made = pd.DataFrame(columns | {name: (flags & bit) != 0 for name, bit in told.items()})
    made.insert(4, "at", pd.to_datetime(rows["at"].to_numpy(), unit="us", utc=True))
    points = np.where(np.isnan(lon), None, shapely.points(lon, lat))
    return gpd.GeoDataFrame(made, geometry=points, crs="EPSG:4326")


def borders(router: Router, layer: str) -> gpd.GeoDataFrame:
    """Give the borders between two areas of a layer, each once, however many pieces it has.

    Returns
    -------
    GeoDataFrame
        ``a`` and ``b`` (codes, the lesser row first), ``length_m`` and lines in EPSG:4326, ordered by codes. The rim of
        the layer is no border: nobody is beyond it. Vertices are compared bit by bit, so neighbours that do not share
        theirs have no border.
    """
    there = router.snapshot.edition.layers[layer]
    found = shared_edges([there])
    inner = (found.left != NOBODY) & (found.right != NOBODY)
    codes = np.array(there.codes, dtype=object)
    pieces = gpd.GeoDataFrame(
        {"a": codes[found.left[inner]], "b": codes[found.right[inner]]}, geometry=found.lines[inner], crs="EPSG:4326"
    )
    whole = pieces.dissolve(["a", "b"], as_index=False)
    whole.insert(2, "length_m", whole.to_crs(router.locator.metric.epsg).length)
    return whole


def beside(
    router: Router, cases: gpd.GeoDataFrame, layer: str, lines: gpd.GeoDataFrame | None = None
) -> gpd.GeoDataFrame:
    """Give the nearest border of each case: ``border`` (row of ``borders``, -1 for none) and ``border_m``.

    Metres in the projected reference of the city; of two borders equally near it is the first. Both are empty (-1 and
    NaN) for a case without a place, or in a layer of one area.
    """
    lines = borders(router, layer) if lines is None else lines
    epsg = router.locator.metric.epsg
    tree = shapely.STRtree(lines.to_crs(epsg).geometry.to_numpy())
    points = cases.to_crs(epsg).geometry.to_numpy()
    here = np.flatnonzero(np.isfinite(shapely.get_x(points)))
    (which, line), metres = tree.query_nearest(points[here], return_distance=True)
    # Ordered by point, then line: the first of each point.
    order = np.lexsort((line, which))
    which, line, metres = which[order], line[order], metres[order]
    first = np.r_[True, which[1:] != which[:-1]] if len(which) else np.zeros(0, bool)
    border, apart = np.full(len(cases), -1), np.full(len(cases), np.nan)
    border[here[which[first]]], apart[here[which[first]]] = line[first], metres[first]
    return cases.assign(border=border, border_m=apart)


def disputed(
    router: Router, dispatched: gpd.GeoDataFrame, layer: str, days: float, within_m: float = BESIDE_M
) -> gpd.GeoDataFrame:
    """Draw returned cases on the borders beside which they lie, and rank these by returns a year.

    Parameters
    ----------
    dispatched : GeoDataFrame
        As :func:`dispatches` gives it.
    layer : str
        Polygons, such as ``grid`` or ``street``.
    days : float
        Length of the period, above 0.
    within_m : float
        A case farther from every border is a matter of competence, not of place, and counts in
        ``attrs["inside"]`` only.

    Returns
    -------
    GeoDataFrame
        :func:`borders` with ``dispatched`` and ``returned`` (how many beside it), ``per_year`` and ``per_km_year``
        (returns), ``percent``, ``low`` and ``high`` (returned of dispatched, Wilson's 95 % interval; NaN of none),
        most returns first. ``attrs`` has ``returned`` (all), ``beside`` and ``inside``, which add up to it.
    """
    lines = borders(router, layer)
    near = beside(router, dispatched, layer, lines)
    counted = near[(near["border"] >= 0) & (near["border_m"] <= within_m)]
    n, back = (
        np.bincount(rows["border"], minlength=len(lines))
        for rows in (counted, counted[counted["returned"].astype(bool)])
    )
    made = lines.assign(dispatched=n, returned=back, per_year=back * YEAR_DAYS / days)
    made["per_km_year"] = made["per_year"] / (made["length_m"] / 1000)
    made[["percent", "low", "high"]] = _shares(back, n)
    made = made.sort_values(["returned", "a", "b"], ascending=[False, True, True], ignore_index=True)
    whole = int(dispatched["returned"].sum())
    made.attrs |= {"returned": whole, "beside": int(back.sum()), "inside": whole - int(back.sum())}
    return gpd.GeoDataFrame(made)


def first_dispatch(dispatched: pd.DataFrame, by: str | pd.Series | None = None) -> pd.DataFrame:
    """Tell how often the first dispatch was right (首次派遣准确率), by a column or by classes of one's own.

    Returns
    -------
    DataFrame
        ``accurate``, ``of``, ``percent``, ``low`` and ``high`` (Wilson's 95 % interval), as the indicator
        ``first_dispatch`` counts them; one row, ``all``, without ``by``.
    """
    first = dispatched[dispatched["first"]]
    named = pd.Series("all", index=dispatched.index) if by is None else by
    keys = first[named] if isinstance(named, str) else named[first.index]
    found = first.groupby(keys, observed=True)["accurate"].agg(accurate="sum", of="size")
    found[["percent", "low", "high"]] = _shares(found["accurate"], found["of"])
    return found


def classes_of(metres: pd.Series, ends_m: tuple[float, ...] = CLASSES_M) -> pd.Series:
    """Sort distances into classes, each with its upper end; what is unknown stays so."""
    edges = [0.0, *ends_m, np.inf]
    names = [f"≤ {end:g} m" for end in ends_m] + [f"> {ends_m[-1]:g} m"]
    return pd.cut(metres, edges, labels=names, include_lowest=True)


def _shares(good: ArrayLike, of: ArrayLike) -> np.ndarray:
    """Percent and both ends of its interval, one row each; NaN of nothing."""
    found = np.full((len(np.asarray(of)), 3), np.nan)
    for row, (part, whole) in enumerate(zip(np.asarray(good).tolist(), np.asarray(of).tolist(), strict=True)):
        rate = Rate(Fraction(part), whole)
        if rate.percent is not None and (ends := rate.interval()) is not None:
            found[row] = [float(rate.percent), *map(float, ends)]
    return found
