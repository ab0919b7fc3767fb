"""Pictures for notebooks; the same pages as the service's, and they open without a network."""

import html
from dataclasses import dataclass
from datetime import UTC, datetime

import geopandas as gpd
import numpy as np

from gridsvc.bootstrap import Router
from gridsvc.spatial.pileup import labels_in
from gridsvc.values import Lang
from gridsvc.web.offline import render
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


def heat(router: Router, cases: gpd.GeoDataFrame, title: str = "", lang: Lang = "zh") -> Page:
    """Draw density and cases per square kilometre of each area; pile-ups of a bad geocoder are set aside."""
    points = cases.to_crs(4326).geometry
    page = city_heat(
        title=title or router.snapshot.edition.title, lon=np.asarray(points.x), lat=np.asarray(points.y),
        locator=router.locator, lang=lang, generated=datetime.now(UTC).astimezone(router.zone), labels=labels_in(cases),
    )  # fmt: skip
    return Page(render(page, mode="inline", lang=lang))
