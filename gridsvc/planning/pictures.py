"""Pictures for notebooks; the same pages as the service's, and they open without a network."""

import html
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import folium
import geopandas as gpd
import numpy as np

from gridsvc.bootstrap import Router
from gridsvc.spatial.pileup import labels_in
from gridsvc.values import Lang
from gridsvc.web.offline import plain, render
from gridsvc.web.pages.city_heat import city_heat


@dataclass(frozen=True, slots=True)
class Page:
    """A page that a notebook shows in a frame and ``write`` keeps as one file."""

    text: str
    height_px: int = 620

    def _repr_html_(self) -> str:
        return (
            f'<iframe srcdoc="{html.escape(self.text)}" style="width:100%;height:{self.height_px}px;border:0"></iframe>'
        )

    def write(self, path: str) -> None:
        """Write the page; it opens offline."""
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.text)


def offline(page: folium.Map, title: str, marks: Mapping[str, str] = MappingProxyType({})) -> Page:
    """Make a folium map (``tiles=None``) a page that opens without a network, with a title and a key of its colours.

    ``marks`` has for each label the colour of its points. folium alone would link files on public servers.
    """
    dots = "".join(
        f'<span style="margin-right:1.2em"><b style="color:{html.escape(colour)}">●</b> {html.escape(label)}</span>'
        for label, colour in marks.items()
    )
    top = (
        '<div style="position:absolute;z-index:1000;left:3.5em;top:.6em;padding:.3em .7em;background:#fffd;'
        f'font:15px/1.5 sans-serif"><b>{html.escape(title)}</b><br>{dots}</div>'
    )
    figure: Any = page.get_root()
    figure.title = html.escape(plain(title))
    figure.html.add_child(folium.Element(plain(top)), name="heading")
    return Page(render(page, mode="inline"))


def heat(router: Router, cases: gpd.GeoDataFrame, title: str = "", lang: Lang = "zh") -> Page:
    """Draw density and cases per square kilometre of each area; pile-ups of a bad geocoder are set aside."""
    points = cases.to_crs(4326).geometry
    page = city_heat(
        title=title or router.snapshot.edition.title, lon=np.asarray(points.x), lat=np.asarray(points.y),
        locator=router.locator, lang=lang, generated=datetime.now(UTC).astimezone(router.zone), labels=labels_in(cases),
    )  # fmt: skip
    return Page(render(page, mode="inline", lang=lang))
