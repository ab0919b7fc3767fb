"""The heat page: where cases are dense, per area and as a surface, as a folium map that needs no network.

Knows nothing of the database or of who may see what: it draws the points and areas it is given, and says how many
cases it does not draw. Pass the map to ``gridsvc.web.offline.render``.
"""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import folium
import numpy as np
from folium.elements import JSCSSMixin
from folium.plugins import HeatMap
from folium.template import Template
from folium.utilities import JsCode
from numpy.typing import ArrayLike

from gridsvc.spatial.heat import usable
from gridsvc.spatial.lattice import Squares, lattice_of
from gridsvc.values import Lang
from gridsvc.web.offline import OWN, plain
from gridsvc.web.pages.heat_data import (
    RAMP,
    AreaLayer,
    Json,
    Outline,
    area_features,
    bounds_of,
    cells,
    outline_features,
)
from gridsvc.web.pages.heat_words import WORDS

GRADIENT = dict(zip((0.0, 0.15, 0.35, 0.6, 0.8, 1.0), RAMP, strict=True))
# Only the areas, in Leaflet's own pane at 400, may answer the pointer.
PANES = {"ground": 250, "road": 300, "heat": 420, "line": 430, "labels": 610}
LABELS_FROM_ZOOM = 12.0
# So many that no square can be told from its neighbours once each is spread.
CELLS_IN_KERNEL = 8


@dataclass(frozen=True, slots=True)
class Step:
    """One step of time: what it is called, its cases, those set aside, and (cases, rate) of each area that has any."""

    title: str
    n: int
    set_aside: int
    cells: Mapping[str, tuple[int, float | None]]


class _Setup(JSCSSMixin):
    """Brings the page's own script and style, and hands over what the layers below need when they are made."""

    _template = Template("{% macro script(this, kwargs) %}gridsvcHeat.setup({{ this.config|tojson }});{% endmacro %}")
    default_js = [("gridsvc_heat", f"{OWN}own/heat.js")]  # noqa: RUF012
    default_css = [("gridsvc_heat_css", f"{OWN}own/heat.css")]  # noqa: RUF012

    def __init__(self, config: Json) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.config = config


class _Start(folium.MacroElement):
    """Starts the page once all its layers exist."""

    _template = Template(
        "{% macro script(this, kwargs) %}gridsvcHeat.start({{ this._parent.get_name() }}, "
        "{{ this.heat.get_name() if this.heat else 'null' }}, "
        "[{% for one in this.areas %}{{ one.get_name() }},{% endfor %}], "
        "[{% for one in this.lines %}{{ one.get_name() }},{% endfor %}]);{% endmacro %}"
    )

    def __init__(self, heat: Any, areas: Sequence[Any], lines: Sequence[Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.heat, self.areas, self.lines = heat, areas, lines


def heat_page(
    *,
    title: str,
    points: tuple[ArrayLike, ArrayLike],
    layers: Sequence[AreaLayer],
    outlines: Sequence[Outline] = (),
    lang: Lang = "zh",
    generated: datetime,
    set_aside: int = 0,
    period: tuple[date, date] | None = None,
    source: str = "",
    figures: tuple[int, int] | None = None,
    steps: Sequence[Step] = (),
    links: Sequence[tuple[str, str]] = (),
    cases: Sequence[Sequence[float | str]] | None = None,
) -> folium.Map:
    """Draw the heat page.

    Parameters
    ----------
    title : str
        Heading, as in "demo city: cases".
    points : (lon, lat), arrays of shape (n,)
        Degrees in EPSG:4326. Rows without a usable coordinate are not drawn and counted with ``set_aside``.
    layers, outlines : sequences
        The density or one of the layers is seen at a time; the first layer of at most 100 areas is ranked beside the
        density. Outlines are drawn in the order given, first below.
    set_aside : int
        Cases that the caller has already left out of ``points``: outside the district, or without a coordinate.
    period : (first, last) day, optional
        Both included.
    figures : (shown, set aside), optional
        How many cases there are, where layers are drawn without their points.
    steps : sequence
        A slider goes through them, the last one shown first; for a page of one layer.
    links : (address, title) pairs
        Other pages, in the heading.
    cases : rows of (lat, lon, words, …), optional
        Drawn one by one, those that would lie on one another as a ring with their number.
    """
    words = WORDS[lang]
    title, source = plain(title), plain(source)
    layers = [replace(layer, title=plain(layer.title)) for layer in layers]
    outlines = [replace(outline, title=plain(outline.title)) for outline in outlines]
    seen = usable(*points)
    lon, lat = (np.atleast_1d(np.asarray(axis, np.float64))[seen] for axis in points)
    shown, aside = figures or (len(lon), set_aside + int((~seen).sum()))
    box = bounds_of([*(outline.frame for outline in outlines), *(layer.frame for layer in layers)], lon, lat)
    kernel_m, lat_deg = lattice_of(*box[0][::-1], *box[1][::-1]) if box else (1.0, 0.0)
    heat_rows, cell_m = cells(lon, lat, Squares(kernel_m / CELLS_IN_KERNEL, lat_deg))
    features = [area_features(layer) for layer in layers]
    config = {
        "words": words,
        "locale": "zh-CN" if lang == "zh" else "en-GB",
        "ramp": RAMP,
        "cell_m": round(cell_m),
        "kernel_m": round(kernel_m),
        "labels_from": LABELS_FROM_ZOOM,
        "areas": [
            {"title": layer.title, "rate": layer.rate or words["rate"], **scheme}
            for layer, (_, scheme) in zip(layers, features, strict=True)
        ],
        "attribution": html.escape(words["source"].format(source=source) if source else title),
        "notes": _notes(words, aside, source, generated),
        "cases": None if cases is None else [[plain(v) if isinstance(v, str) else v for v in row] for row in cases],
        "steps": [{"title": s.title, "n": s.n, "aside": s.set_aside, "cells": dict(s.cells)} for s in steps],
    }
    page = _empty_map(title, _heading(title, words, period, shown, aside, links))
    _Setup(config).add_to(page)
    if box:
        page.fit_bounds(box, padding=(12, 12))
    for outline in outlines:
        if outline.style == "district":
            _lines(outline, pane="ground", control=False, style=JsCode("gridsvcHeat.ground")).add_to(page)
    lines = [_outline(outline).add_to(page) for outline in outlines]
    heat = _surface(heat_rows, words["heat_title"]).add_to(page) if heat_rows else None
    areas = [
        _areas(layer.title, collection, show=heat is None and at == 0).add_to(page)
        for at, (layer, (collection, _)) in enumerate(zip(layers, features, strict=True))
    ]
    narrow: Any = JsCode("window.innerWidth < 1100")
    folium.LayerControl(collapsed=narrow).add_to(page)
    _Start(heat, areas, lines).add_to(page)
    return page


def _empty_map(title: str, heading: str) -> folium.Map:
    page = folium.Map(tiles=None, prefer_canvas=True, zoom_snap=0.25, zoom_delta=0.5)
    page.options["maxZoom"] = 19
    figure: Any = page.get_root()
    figure.title = html.escape(title)
    figure.html.add_child(folium.Element(heading), name="heading")
    for pane, z_index in PANES.items():
        folium.map.CustomPane(pane, z_index=z_index, pointer_events=False).add_to(page)
    return page


def _surface(rows: list[list[float]], title: str) -> Any:
    make: Any = HeatMap
    return make(rows, name=title, overlay=False, min_opacity=0.03, gradient=GRADIENT, pane="heat")


def _areas(title: str, collection: Json, show: bool) -> folium.GeoJson:
    return folium.GeoJson(
        collection,
        name=html.escape(title),
        overlay=False,
        show=show,
        smooth_factor=0,
        on_each_feature=JsCode("gridsvcHeat.eachArea"),
        style=JsCode("gridsvcHeat.areaStyle"),
    )


def _outline(outline: Outline) -> folium.GeoJson:
    pane = "road" if outline.style == "road" else "line"
    return _lines(outline, pane=pane, show=outline.show, style=JsCode("gridsvcHeat.lineStyle"))


def _lines(outline: Outline, **options: Any) -> folium.GeoJson:
    return folium.GeoJson(
        outline_features(outline),
        name=html.escape(outline.title),
        smooth_factor=0.5,
        interactive=False,
        point_to_layer=JsCode("gridsvcHeat.label"),
        **options,
    )


def _heading(
    title: str,
    words: dict[str, str],
    period: tuple[date, date] | None,
    shown: int,
    aside: int,
    links: Sequence[tuple[str, str]],
) -> str:
    days = f"{period[0]:%Y-%m-%d} {words['to']} {period[1]:%Y-%m-%d}" if period else ""
    figures = [("total", shown + aside, ""), ("shown", shown, ""), ("aside", aside, ' class="aside"')]
    boxes = "".join(f"<div{css}><dt>{words[word]}</dt><dd>{n:,}</dd></div>" for word, n, css in figures)
    ways = "".join(f'<a href="{html.escape(to)}">{html.escape(name)}</a>' for to, name in links)
    nav = f'<nav aria-label="{words["pages"]}">{ways}</nav>' if links else ""
    return (
        f'<header class="head"><div class="what"><h1>{html.escape(title)}</h1><p>{days}</p></div>{nav}'
        f'<dl class="figures">{boxes}</dl></header>'
        f'<aside class="panel" id="panel" aria-label="{words["panel"]}"></aside>'
    )


def _notes(words: dict[str, str], aside: int, source: str, generated: datetime) -> list[str]:
    at = generated.strftime("%Y-%m-%d %H:%M %z")
    return [
        *([words["aside_note"].format(n=f"{aside:,}")] if aside else []),
        words["class_note"],
        *([words["source"].format(source=source)] if source else []),
        words["generated"].format(at=at),
        words["drawn"],
    ]
