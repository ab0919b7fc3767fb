"""The heat page of a city: counts its cases by grid and unit grid and hands them to the page."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import folium
import geopandas as gpd
import numpy as np
from numpy.typing import ArrayLike, NDArray

from gridsvc.frames import layer_frame
from gridsvc.spatial.heat import counts, usable
from gridsvc.spatial.lattice import Hexagons, lattice_of
from gridsvc.spatial.layer import Edition
from gridsvc.spatial.locate import Locator
from gridsvc.spatial.pileup import piled_up
from gridsvc.values import Lang, LayerSpec
from gridsvc.web.pages.heat import heat_page
from gridsvc.web.pages.heat_data import AreaLayer, LineStyle, Outline, bounds_of, hexagon_layer
from gridsvc.web.pages.heat_words import WORDS

Floats = NDArray[np.float64]
# A page with more areas than this opens too slowly to be looked at; finer layers are left to tiles.
MOST_AREAS = 20_000
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
    labels: Sequence[ArrayLike] = (),
    told: Sequence[AreaLayer] = (),
    links: Sequence[tuple[str, str]] = (),
) -> folium.Map:
    """Draw where the load is: density of the points, and cases per square kilometre of each area and hexagon.

    ``lon`` and ``lat`` are WGS 84 degrees, shape (n,); rows without a coordinate are counted as set aside.
    ``layers`` names the polygon layers to colour, by default every partition but the coarsest. Without a
    locator the density and the hexagons are drawn. ``labels`` tell the cases apart, each of shape (n,): with them
    unrelated cases that are piled up on one coordinate are set aside, as
    :func:`gridsvc.spatial.pileup.pileups` finds them. ``told`` are layers that were counted already, drawn beside the
    density in the place of all others.
    """
    coloured: list[AreaLayer] = []
    outlines: list[Outline] = []
    aside = piled_up(lon, lat, *labels) if labels else np.zeros(len(lon), dtype=bool)
    if locator is not None:
        found = locator.locate(lon, lat, "wgs84")
        wanted = list(layers) if layers is not None else partitions(locator.edition)
        shown = {code: np.where(aside, -1, found.position[code]) for code in wanted}
        coloured = [] if told else [_coloured(locator, code, shown[code], lang) for code in wanted]
        outlines = outlines_of(locator.edition, lang)
        if wanted:
            aside = np.all([shown[code] < 0 for code in wanted], axis=0) & np.isfinite(lon)
    kept = usable(lon, lat) & ~aside
    box = bounds_of([*(x.frame for x in outlines), *(x.frame for x in coloured)], lon[kept], lat[kept])
    if box is not None and not told:
        across_m, lat_deg = lattice_of(*box[0][::-1], *box[1][::-1])
        name = WORDS[lang]["hexagons"].format(m=f"{across_m:g}")
        coloured.append(hexagon_layer(name, lon[kept], lat[kept], Hexagons(across_m, lat_deg)))
    return heat_page(
        title=title, points=(lon[~aside], lat[~aside]), layers=[*told, *coloured], outlines=outlines, lang=lang,
        generated=generated, set_aside=int(aside.sum()), period=period, source=source, links=links,
    )  # fmt: skip


def days(first: datetime | None, last: datetime | None, zone: ZoneInfo) -> tuple[date, date] | None:
    """The first and the last day, in the city's own time, of what happened between two instants; None if nothing."""
    return None if first is None or last is None else (first.astimezone(zone).date(), last.astimezone(zone).date())


def partitions(edition: Edition) -> list[str]:
    """Polygon layers that share out the ground: those with grid chiefs first, then by number of areas."""
    found = [
        x for x in edition if x.spec.geometry == "polygon" and x.spec.coverage != "free" and 1 < len(x) <= MOST_AREAS
    ]
    partitions = [x for x in found if x.spec.coverage == "partition"] or found
    partitions.sort(key=lambda x: (x.spec.chief_role != "grid_chief", len(x)))
    return [x.spec.code for x in partitions]


def title_of(spec: LayerSpec, lang: Lang) -> str:
    """What a layer is called."""
    return spec.title_en if lang == "en" else spec.title_zh


def named(frame: gpd.GeoDataFrame, lang: Lang) -> gpd.GeoDataFrame:
    """Show English names where the areas have them."""
    if lang == "en" and "name_en" in frame:
        frame["name"] = frame["name_en"].fillna(frame["name"])
    return frame


def _coloured(locator: Locator, code: str, position: NDArray[np.int32], lang: Lang) -> AreaLayer:
    layer = locator.edition.layers[code]
    n, _ = counts(position, len(layer))
    frame = named(layer_frame(layer, locator.metric), lang)
    frame["n"] = n
    km2 = frame["area_m2"].to_numpy() / 1e6
    frame["value"] = np.divide(n, km2, out=np.full(len(layer), np.nan), where=km2 > 0)
    return AreaLayer(title_of(layer.spec, lang), frame[drawable(frame)])


def outlines_of(edition: Edition, lang: Lang) -> list[Outline]:
    """Lines for orientation, of the layers that an edition has."""
    found = []
    for code, style in OUTLINES:
        if code in edition.layers:
            frame = named(layer_frame(edition.layers[code]), lang)
            title = title_of(edition.layers[code].spec, lang)
            found.append(Outline(title, frame[drawable(frame)], style, labels=style == "street"))
    return found


def drawable(frame: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Areas that have a shape at all; one without was named by the checks."""
    return np.asarray(~(frame.geometry.isna() | frame.geometry.is_empty))
