"""The heat page of a city: counts its cases by grid and unit grid and hands them to the page."""

from collections.abc import Sequence
from datetime import date, datetime

import folium
import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from gridsvc.spatial.heat import counts
from gridsvc.spatial.locate import Locator
from gridsvc.values import Lang, LayerSpec
from gridsvc.web.pages.heat import heat_page
from gridsvc.web.pages.heat_data import AreaLayer, LineStyle, Outline

Floats = NDArray[np.float64]
# Layers drawn as outlines where the edition has them, lowest first.
OUTLINES: tuple[tuple[str, LineStyle], ...] = (("lane", "road"), ("street", "street"), ("district", "district"))


def city_heat(
    *,
    title: str,
    lon: Floats,
    lat: Floats,
    locator: Locator | None,
    lang: Lang,
    generated: datetime,
    layers: Sequence[str] | None = None,
    period: tuple[date, date] | None = None,
    source: str = "",
) -> folium.Map:
    """Draw where the load is: density of the points, and cases per square kilometre of each area.

    ``lon`` and ``lat`` are WGS 84 degrees, shape (n,); rows without a coordinate are counted as set aside.
    ``layers`` names the polygon layers to colour, by default every partition but the coarsest. Without a
    locator only the density is drawn.
    """
    coloured: list[AreaLayer] = []
    outlines: list[Outline] = []
    if locator is not None:
        found = locator.locate(lon, lat, "wgs84")
        for code in layers if layers is not None else _partitions(locator):
            coloured.append(_coloured(locator, code, found.position[code], lang))
        for code, style in OUTLINES:
            if code in locator.edition.layers and code not in (layers or ()):
                outlines.append(_outline(locator, code, style, lang))
    return heat_page(
        title=title, points=(lon, lat), layers=coloured, outlines=outlines, lang=lang, generated=generated,
        period=period, source=source,
    )  # fmt: skip


def _partitions(locator: Locator) -> list[str]:
    """Polygon partitions with fewest areas first, without those of a single area."""
    found = [x for x in locator.edition if x.spec.geometry == "polygon" and x.spec.coverage == "partition"]
    return [x.spec.code for x in sorted(found, key=len) if len(x) > 1 and x.spec.code not in ("district", "street")]


def _title(spec: LayerSpec, lang: Lang) -> str:
    return spec.title_en if lang == "en" else spec.title_zh


def _coloured(locator: Locator, code: str, position: NDArray[np.int32], lang: Lang) -> AreaLayer:
    layer = locator.edition.layers[code]
    n, _ = counts(position, len(layer))
    frame = gpd.GeoDataFrame(
        {"code": layer.codes, "name": layer.names, "n": n}, geometry=list(layer.geometries), crs="EPSG:4326"
    )
    km2 = frame.to_crs(locator.metric.epsg).area.to_numpy() / 1e6
    frame["value"] = np.divide(n, km2, out=np.full(len(layer), np.nan), where=km2 > 0)
    return AreaLayer(_title(layer.spec, lang), frame)


def _outline(locator: Locator, code: str, style: LineStyle, lang: Lang) -> Outline:
    layer = locator.edition.layers[code]
    columns = {"name": layer.names, "tier": [p.get("tier") for p in layer.props]}
    frame = gpd.GeoDataFrame(columns, geometry=list(layer.geometries), crs="EPSG:4326")
    return Outline(_title(layer.spec, lang), frame, style, labels=style == "street")
