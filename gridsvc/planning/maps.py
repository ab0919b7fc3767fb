"""What the pictures of notebooks have in common: letters for both languages, bare maps, and a key for every colour."""

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

FONTS = ["Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", "WenQuanYi Zen Hei", "DejaVu Sans"]
# Red, blue and what lies between, also for those who see no red.
HOT, COLD, NEITHER = "#b2182b", "#2166ac", "#eeeeee"


def readable() -> None:
    """Make pictures show Chinese and the minus sign, and tables whole sentences."""
    plt.rcParams["font.sans-serif"] = FONTS
    plt.rcParams["axes.unicode_minus"] = False
    plt.rcParams["figure.constrained_layout.use"] = True
    pd.set_option("display.max_colwidth", None)


def bare(axis: Any, title: str, around: gpd.GeoDataFrame | None = None, margin: float = 0.03) -> None:
    """Make a map of an axis: no ticks, metres alike in both directions, a title; shows what lies ``around`` a frame."""
    axis.set(title=title, aspect="equal")
    axis.set_axis_off()
    if around is not None and len(around):
        west, south, east, north = around.total_bounds
        beside = margin * max(east - west, north - south)
        axis.set(xlim=(west - beside, east + beside), ylim=(south - beside, north + beside))


def key(axis: Any, marks: Mapping[str, str | Mapping[str, Any]], title: str = "", columns: int = 3) -> None:
    """Say below a map what its colours mean.

    ``marks`` has for each label a colour, for ground, or what a line or point is drawn with (``color``, ``marker``,
    ``linestyle``, ``linewidth``).
    """
    handles = [_handle(label, mark) for label, mark in marks.items()]
    axis.legend(
        handles=handles, title=title or None, loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=columns,
        frameon=False,
    )  # fmt: skip


def _handle(label: str, mark: str | Mapping[str, Any]) -> Patch | Line2D:
    if isinstance(mark, str):
        return Patch(facecolor=mark, edgecolor="#bbbbbb", linewidth=0.5, label=label)
    line = "none" if "marker" in mark else "-"
    return Line2D([], [], label=label, **({"linestyle": line} | dict(mark)))
