"""Who looks where: the people on patrol in each area, and what others saw there that no patrol found."""

from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.stats import binom, binomtest

from gridsvc.bootstrap import Router
from gridsvc.planning.hotspots import located
from gridsvc.planning.quietly import esda

PATROL = "patrol"
# A post's ground may stand out of its area by as much as drawing does.
SPARE = 1.01


def posted(areas: gpd.GeoDataFrame, posts: gpd.GeoDataFrame, roles: Iterable[str]) -> pd.Series:
    """Count the people in posts of some roles in each area, each once, as a denominator of what they find.

    Parameters
    ----------
    areas : GeoDataFrame
        Polygons with ``code``.
    posts : GeoDataFrame
        With ``role``, ``person`` and the ground of the post, in any CRS, as :func:`gridsvc.planning.read` gives them.
    roles : iterable of str
        Such as ``grid_worker``.

    Returns
    -------
    Series
        Indexed as ``areas``. A post counts in the area that holds the middle of its ground, unless its ground is larger
        than that: who answers for a whole district is not posted in the community at its centre.
    """
    own = posts[posts["role"].isin(list(roles)) & posts["person"].notna() & posts.geometry.notna()].to_crs(areas.crs)
    shapes = areas.geometry.to_numpy()
    size = shapely.area(own.geometry.to_numpy())
    middle = own.geometry.representative_point().to_numpy()
    post, area = shapely.STRtree(shapes).query(middle, predicate="intersects")
    fits = size[post] <= SPARE * shapely.area(shapes[area])
    # In one area only, though a lane on a border touches two.
    found = pd.DataFrame({"post": post[fits], "area": area[fits]}).sort_values(["post", "area"]).drop_duplicates("post")
    pairs = found.assign(person=own["person"].to_numpy()[found["post"]])[["area", "person"]].drop_duplicates()
    return pd.Series(np.bincount(pairs["area"], minlength=len(areas)), index=areas.index, name="people")


def overlooked(
    router: Router, cases: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, layer: str, level: float = 0.05
) -> gpd.GeoDataFrame:
    """Name the areas where more of the cases come from others than from patrols, beyond chance.

    Few finds of patrols need not mean clean streets: who reports from outside shows what patrols walk past.

    Parameters
    ----------
    cases : GeoDataFrame
        Points in any CRS with ``source``.
    level : float
        Share of false discoveries that is accepted (Benjamini and Hochberg 1995).

    Returns
    -------
    GeoDataFrame
        ``areas`` with ``n``, ``patrol`` and ``others`` (cases), ``percent`` (others of all) with ``low`` and ``high``
        (Wilson's 95 % interval), ``p`` (that at the share of the whole city as many or more come from others) and
        ``overlooked``. NaN where there is no case.
    """
    codes = located(router, cases, layer)
    own = cases.loc[codes.index, "source"] == PATROL
    found, others = (areas["code"].map(codes[rows].value_counts()).fillna(0).astype(int) for rows in (own, ~own))
    k = others.to_numpy()
    n = k + found.to_numpy()
    some = n > 0
    shares = np.full((len(n), 3), np.nan)
    for row in np.flatnonzero(some):
        ends = binomtest(int(k[row]), int(n[row])).proportion_ci(method="wilson")
        shares[row] = 100 * k[row] / n[row], 100 * ends.low, 100 * ends.high
    p = np.where(some, binom.sf(k - 1, n, k.sum() / max(n.sum(), 1)), np.nan)
    named = esda.fdr(p[some], level) if some.any() else 0.0
    made = areas.assign(n=n, patrol=found, others=others, p=p, overlooked=some & (p <= named))
    made[["percent", "low", "high"]] = shares
    return made
