"""Pages of the heat that the API tells: the same numbers in the same classes, as areas, over time; nothing is counted.

What is said in ``gridsvc.services.heat.heat`` becomes layers of the heat page.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import folium
import numpy as np
import shapely
from geopandas import GeoDataFrame

from gridsvc.frames import layer_frame
from gridsvc.spatial.layer import Edition
from gridsvc.values import Lang
from gridsvc.web.offline import plain
from gridsvc.web.pages.city_heat import drawable, named, outlines_of, title_of
from gridsvc.web.pages.heat import Step, heat_page
from gridsvc.web.pages.heat_data import AreaLayer
from gridsvc.web.pages.heat_words import WORDS

Told = Mapping[str, Any]


def told_layer(told: Told, edition: Edition, lang: Lang) -> AreaLayer:
    """Give the areas of a layer, or the cells of a lattice, with the numbers that are told and their classes."""
    classes = {"rate": told[f"title_{lang}"], "lower": told["breaks"]}
    layer = edition.layers.get(told["by"])
    if layer is None:
        title = WORDS[lang][f"by_{told['by']}"].format(m=f"{told['size_m']:g}")
        return AreaLayer(title, _lattice(told), **classes)
    frame = named(layer_frame(layer), lang)
    of = {cell["code"]: cell for cell in told["cells"]}
    # Cells that are left out have no case; those of which the rate is unknown are told.
    frame["n"] = [of[code]["n"] if code in of else 0 for code in frame["code"]]
    frame["value"] = [_value(of[code]) if code in of else 0.0 for code in frame["code"]]
    return AreaLayer(title_of(layer.spec, lang), frame[drawable(frame)], **classes)


def choropleth(
    told: Told, edition: Edition, *, title: str, lang: Lang, generated: datetime, source: str = "",
    steps: Sequence[Told] = (), links: Sequence[tuple[str, str]] = (),
) -> folium.Map:  # fmt: skip
    """Draw one rate by area as the API tells it; with ``steps`` a slider goes through them, the last one shown."""
    layer = told_layer(told, edition, lang)
    frames = [
        Step(f"{one['period']['from'][:10]} – {_last(one):%Y-%m-%d}", one["n"], one["set_aside"],
             {plain(c["code"]): (c["n"], None if c["value"] is None else c["value"]) for c in one["cells"]})
        for one in steps
    ]  # fmt: skip
    return heat_page(
        title=title, points=((), ()), layers=[layer], outlines=outlines_of(edition, lang), lang=lang,
        generated=generated, figures=(told["n"] - told["set_aside"], told["set_aside"]), source=source, steps=frames,
        links=links, period=(datetime.fromisoformat(told["period"]["from"]).date(), _last(told)),
    )  # fmt: skip


def _last(told: Told) -> date:
    """The last day of a period, which ends before its end."""
    end = datetime.fromisoformat(told["period"]["to"])
    return end.date() if end.time() > datetime.min.time() else date.fromordinal(end.date().toordinal() - 1)


def _value(cell: Told) -> float:
    return np.nan if cell["value"] is None else float(cell["value"])


def _lattice(told: Told) -> GeoDataFrame:
    cells = told["cells"]
    centres = np.array([[c["x"], c["y"]] for c in cells], np.float64).reshape(-1, 1, 2)
    shapes = shapely.polygons(centres + np.array(told["outline"])) if cells else []
    columns = {
        "code": [c["code"] for c in cells], "name": [f"{c['y']:.4f}, {c['x']:.4f}" for c in cells],
        "n": [c["n"] for c in cells], "value": np.array([_value(c) for c in cells], np.float64),
    }  # fmt: skip
    return GeoDataFrame(columns, geometry=shapes, crs="EPSG:4326")
