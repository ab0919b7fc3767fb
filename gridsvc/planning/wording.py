"""Boundaries in words, for planners: text to grids, owners and a review list, and grids back to text."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridsvc.frames import edition_from_frames, in_degrees, layer_frame
from gridsvc.spatial import worded_back
from gridsvc.spatial.layer import Edition, Layer
from gridsvc.spatial.worded_draft import compile_plan, draft_edition
from gridsvc.spatial.worded_ground import Wording
from gridsvc.spatial.worded_terms import Settled

_REVIEW = ["id", "grids", "phrases", "zh", "en", "measure", "unit", "lon", "lat"]


@dataclass(frozen=True, eq=False)
class WordedPlan:
    """A compiled plan: ``grids``, ``streets`` and ``review`` as tables, and all of it as a draft edition."""

    grids: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame
    review: pd.DataFrame
    edition: Edition


def compile_wording(
    texts: pd.DataFrame,
    ground: gpd.GeoDataFrame,
    *named: gpd.GeoDataFrame | Layer,
    settled: Settled | None = None,
    reach_m: float = 0.0,
    code: str = "worded-1",
    progress: Callable[[str], None] = lambda _: None,
) -> WordedPlan:
    """Compile grids in words over named lanes and areas; see ``docs/wording.md`` for the rules.

    Parameters
    ----------
    texts : DataFrame
        Columns ``code``, ``text`` and, if there are names, ``name``; a row a grid.
    ground : GeoDataFrame
        The ground that the grids share out: all its polygons together, in any declared CRS.
    *named : GeoDataFrame or Layer
        Lanes and areas with ``code`` and ``name``, in any declared CRS.
    settled : mapping, optional
        Decisions on names: (grid, name, side) to a code; ``""`` for any grid or side.
    reach_m : float
        How far loose ends of lanes are led on to meet another; each is listed.
    code : str
        Code of the draft edition.
    progress : callable
        Told the code of each grid.

    Returns
    -------
    WordedPlan
        ``grids``: code, name, whole, text, area_m2, polygons in EPSG:4326 (None where nothing is left). ``streets``:
        code, name, owner, beside, width_m, length_m, lines. ``review``: a row a doubt, with its phrases.
    """
    wordings = [
        Wording(str(row["code"]), str(row.get("name") or ""), str(row["text"])) for row in texts.to_dict("records")
    ]
    outer = shapely.union_all(in_degrees("ground", ground).geometry.to_numpy())
    plan = compile_plan(wordings, outer, _layers(named), settled=settled, reach_m=reach_m, progress=progress)
    held = plan.compiled
    grids = gpd.GeoDataFrame(
        {"code": [w.code for w in wordings], "name": [w.name for w in wordings], "whole": list(held.whole),
         "text": [w.text for w in wordings]},
        geometry=list(held.shapes), crs="EPSG:4326",
    )  # fmt: skip
    grids["area_m2"] = grids.geometry.to_crs(held.metric.epsg).area
    edition = draft_edition(plan, code)
    streets = layer_frame(edition.layers["boundary_street"], held.metric)
    review = pd.DataFrame([d.as_dict() for d in plan.doubts], columns=_REVIEW)
    return WordedPlan(grids, streets, review, edition)


def describe_grids(
    grids: gpd.GeoDataFrame | Layer, ground: gpd.GeoDataFrame, *named: gpd.GeoDataFrame | Layer
) -> pd.DataFrame:
    """Say grids in words, by the lanes and areas that bound them.

    Returns a row a grid: ``code``, ``name``, ``text`` (Chinese), ``text_en``, ``unsaid_m`` (metres of border that
    nothing named runs along) and ``border_m``.
    """
    layer = grids if isinstance(grids, Layer) else edition_from_frames({"grid": grids}).layers["grid"]
    outer = shapely.union_all(in_degrees("ground", ground).geometry.to_numpy())
    found = worded_back.describe(layer, outer, _layers(named))
    rows = [(d.code, d.name, d.text("zh"), d.text("en"), d.unsaid_m, d.border_m) for d in found]
    return pd.DataFrame(rows, columns=["code", "name", "text", "text_en", "unsaid_m", "border_m"])


def difference(one: gpd.GeoDataFrame, other: gpd.GeoDataFrame) -> pd.Series:
    """Give for each code of ``one`` the ground that only one of both holds, as a share of its own; 1 for none."""
    shapes = dict(zip(other["code"], other.to_crs(one.crs).geometry, strict=True))
    mine = one.geometry.to_numpy()
    theirs = np.array([*(shapes.get(c) or shapely.Polygon() for c in one["code"]), None], dtype=object)[:-1]
    share = shapely.area(shapely.symmetric_difference(mine, theirs)) / shapely.area(mine)
    return pd.Series(share, index=pd.Index(one["code"], name="code"))


def _layers(named: Sequence[gpd.GeoDataFrame | Layer]) -> list[Layer]:
    return [
        x if isinstance(x, Layer) else edition_from_frames({f"named{i}": x}).layers[f"named{i}"]
        for i, x in enumerate(named)
    ]
