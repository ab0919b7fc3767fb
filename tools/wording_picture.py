"""Draws the picture of docs/wording.md: the six grids of a county in words, compiled."""

import sys
from pathlib import Path

import geopandas as gpd
import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
from worded_plans import COUNTY_LANES, COUNTY_SETTLED, county  # noqa: E402

from gridsvc.spatial.worded_draft import draft_edition  # noqa: E402

FILL = ["#F3D9B1", "#CFE3C8", "#C7DCEB", "#E7CFE0", "#DDD8C2", "#CBD5DF"]
OWNED, NOBODY, PLAIN = "#355C7D", "#B3123A", "#9A9A9A"


def main() -> None:
    """Write docs/wording.png."""
    plt.rcParams["font.sans-serif"] = ["Noto Sans CJK SC", "DejaVu Sans"]
    plan = county(settled=COUNTY_SETTLED)
    streets = draft_edition(plan, "county").layers["boundary_street"]
    figure, axes = plt.subplots(figsize=(7.2, 6.4), dpi=110)
    gpd.GeoSeries([line for _, line in COUNTY_LANES.values()]).plot(ax=axes, color=PLAIN, linewidth=0.8)
    for one, shape, fill in zip(plan.compiled.wordings, plan.compiled.shapes, FILL, strict=True):
        gpd.GeoSeries([shape]).plot(ax=axes, color=fill, zorder=0)
        place = shape.representative_point()
        axes.annotate(one.code, (place.x, place.y), fontsize=20, ha="center", va="center", color="#333333")
    for line, props in zip(streets.geometries, streets.props, strict=True):
        own = props["owner"] is not None
        style = {"color": OWNED, "linewidth": 3.0} if own else {"color": NOBODY, "linewidth": 3.0, "linestyle": "--"}
        gpd.GeoSeries([line]).plot(ax=axes, zorder=3, **style)
    for name, line in COUNTY_LANES.values():
        (x0, y0), (x1, y1) = line.coords[0], line.coords[-1]
        level = y0 == y1
        axes.annotate(name, (min(x0, x1), y0) if level else (x0, max(y0, y1)), fontsize=9, ha="right" if level else
                      "center", va="center" if level else "bottom", color="#222222")  # fmt: skip
    axes.set_axis_off()
    axes.set_title("蓝：有主的界路 · owned    红虚线：无人认领 · claimed by nobody", fontsize=10, y=-0.06)
    figure.savefig(ROOT / "docs" / "wording.png", bbox_inches="tight", metadata={"Software": ""})


if __name__ == "__main__":
    main()
