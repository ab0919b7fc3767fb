"""Tables between areas: several networks over one ground, and one layer before and after a redraw."""

import geopandas as gpd
import numpy as np
import pandas as pd

from gridsvc.bootstrap import Router
from gridsvc.errors import FieldError, NotFound
from gridsvc.spatial.crosswalk import Crosswalk, case_pairs, crosswalk_rows, loss_of_cases, metric_over, overlay
from gridsvc.spatial.layer import Layer

_SHARES = ["a", "b", "m2", "share_a", "share_b", "several"]


def correspondence(router: Router, layer_a: str, layer_b: str) -> pd.DataFrame:
    """Tell which areas of two polygon layers of one city share ground, as for 多格合一.

    Returns
    -------
    DataFrame
        One row for each pair, ordered by codes: ``a``, ``b`` (codes), ``m2`` of common ground, ``share_a`` and
        ``share_b`` of either area's ground, and ``several``: the area of ``layer_a`` lies in two or more of
        ``layer_b``, by more than 1 m² in each. Raises ``NotFound`` for a layer that is not there.
    """
    a, b = _layer(router, layer_a), _layer(router, layer_b)
    return pd.DataFrame(crosswalk_rows(a, b, overlay(a, b, metric_over(router.snapshot.edition))), columns=_SHARES)


def crosswalk(
    before: Router, after: Router, layer: str, cases: gpd.GeoDataFrame | None = None
) -> tuple[pd.DataFrame, float | None]:
    """Tell how figures of a polygon layer go over to its next edition, by ground and by cases.

    Parameters
    ----------
    before, after : Router
        Of the two editions.
    layer : str
        Code of the layer, which both have.
    cases : GeoDataFrame, optional
        Points of past cases in any declared CRS; each is located exactly in both editions.

    Returns
    -------
    table : DataFrame
        ``before``, ``after`` (codes; missing where a case lies in no area), ``m2``, ``share_before``, ``share_after``
        and, with cases, ``cases``: how many truly lie in both. A pair of cases without common ground, as a boundary
        street makes it, has 0 m².
    loss : float or None
        The share of cases that ``share_before`` carries to the wrong area, see
        :func:`gridsvc.spatial.crosswalk.loss_of_cases`; None without cases, or where the layer is no partition.
    """
    old, new = _layer(before, layer), _layer(after, layer)
    walk = overlay(old, new, metric_over(before.snapshot.edition, after.snapshot.edition))
    if cases is None:
        return _named(pd.DataFrame(_pairs(walk)), old, new), None
    points = cases.to_crs(4326).geometry
    places = [r.locate(points.x, points.y, crs="wgs84", layers=[layer]).position[layer] for r in (before, after)]
    counted = pd.DataFrame(dict(zip(("before", "after", "cases"), case_pairs(*places), strict=True)))
    table = pd.DataFrame(_pairs(walk)).merge(counted, how="outer", on=["before", "after"]).fillna(0)
    table["cases"] = table["cases"].astype(np.int64)
    partition = old.spec.coverage == new.spec.coverage == "partition"
    return _named(table, old, new), loss_of_cases(walk, *places) if partition else None


def _pairs(walk: Crosswalk) -> dict[str, object]:
    return {"before": walk.before, "after": walk.after, "m2": walk.common_m2, "share_before": walk.share_before,
            "share_after": walk.share_after}  # fmt: skip


def _named(table: pd.DataFrame, old: Layer, new: Layer) -> pd.DataFrame:
    """Codes instead of rows; the row of no area, -1, finds the last."""
    for column, layer in (("before", old), ("after", new)):
        table[column] = np.array([*layer.codes, None], dtype=object)[table[column].to_numpy(np.int64)]
    return table


def _layer(router: Router, code: str) -> Layer:
    layers = router.snapshot.edition.layers
    if code not in layers:
        mend = ("可用：" + "、".join(layers), "one of " + ", ".join(layers))
        raise NotFound("没有这个图层", "there is no such layer", [FieldError("layer", code, *mend)])
    return layers[code]
