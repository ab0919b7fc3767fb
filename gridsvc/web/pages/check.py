"""The page of a check: the layers' lines, the findings on them, a list beside the map; a folium map without network.

Pass the map to ``gridsvc.web.offline.render``.
"""

import html
from datetime import datetime
from typing import Any

import folium
from folium.elements import JSCSSMixin
from folium.template import Template

from gridsvc.spatial.layer import Edition
from gridsvc.spatial.topology import CheckReport
from gridsvc.values import Lang, LayerSpec
from gridsvc.web.offline import OWN, plain
from gridsvc.web.pages.check_data import DECIMALS, Lines, Shown, as_geojson, box_of, gravest, lines_of, packed
from gridsvc.web.pages.check_words import CHECKS, WORDS

# Findings of a centimetre are looked at, too: there are no tiles that would end sooner.
DEEPEST_ZOOM = 23


class _Start(JSCSSMixin):
    """Brings the page's own script and style, and starts it once the lines are on the map."""

    _template = Template(
        "{% macro script(this, kwargs) %}gridsvcCheck.start({{ this._parent.get_name() }}, {{ this.config|tojson }});"
        "{% endmacro %}"
    )
    default_js = [("gridsvc_check", f"{OWN}own/check.js")]  # noqa: RUF012
    default_css = [  # noqa: RUF012
        ("gridsvc_heat_css", f"{OWN}own/heat.css"),
        ("gridsvc_check_css", f"{OWN}own/check.css"),
    ]

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.config = config


def check_page(edition: Edition, report: CheckReport, *, lang: Lang, generated: datetime) -> folium.Map:
    """Draw the findings of a check on the lines of its edition; of very many the gravest."""
    words, counts = WORDS[lang], report.counts
    title = plain(words["heading"].format(title=edition.title or edition.code))
    shown, lines = gravest(report, edition), lines_of(edition)
    names = {f.finding.id: plain(CHECKS[lang].get(f.finding.id, f.finding.id)) for f in shown}
    at = generated.strftime("%Y-%m-%d %H:%M %z")
    capped = words["capped"].format(all=f"{len(report.findings):,}", n=f"{len(shown):,}")
    config = {
        "words": words,
        "locale": "zh-CN" if lang == "zh" else "en-GB",
        "checks": names,
        "attribution": html.escape(plain(edition.code)),
        "unit": 10**-DECIMALS,
        "lines": [_drawn(line, lang) for line in lines],
        "findings": [_row(finding, edition, lang) for finding in shown],
        "notes": [
            *([capped] if len(shown) < len(report.findings) else []),
            *([words["errors_note"]] if counts["error"] else []),
            words["generated"].format(at=at),
            words["drawn"],
        ],
    }
    page = folium.Map(tiles=None, prefer_canvas=True, zoom_snap=0.25, zoom_delta=0.5)
    page.options["maxZoom"] = DEEPEST_ZOOM
    figure: Any = page.get_root()
    figure.title = html.escape(title)
    figure.html.add_child(folium.Element(_heading(title, counts, words)), name="heading")
    if box := box_of(lines, shown):
        west, south, east, north = box
        page.fit_bounds([[south, west], [north, east]], padding=(12, 12))
    _Start(config).add_to(page)
    return page


def _row(shown: Shown, edition: Edition, lang: Lang) -> dict[str, Any]:
    finding = shown.finding
    layer = edition.layers.get(finding.layer)  # a table, as components, is none
    return {
        "severity": finding.severity,
        "id": finding.id,
        "layer": plain(finding.layer if layer is None else _title(layer.spec, lang)),
        "text": plain(shown.text(lang)),
        "at": None if shown.lonlat is None else [shown.lonlat[1], shown.lonlat[0]],
        "shape": None if shown.shape is None else as_geojson(shown.shape),
    }


def _drawn(lines: Lines, lang: Lang) -> dict[str, Any]:
    """One layer's lines: as one shape that the pointer passes through a city of 20 000 cells stays quick."""
    return {"title": plain(_title(lines.layer.spec, lang)), "style": lines.style, "runs": packed(lines.shape)}


def _title(spec: LayerSpec, lang: Lang) -> str:
    return spec.title_en if lang == "en" else spec.title_zh


def _heading(title: str, counts: dict[str, int], words: dict[str, str]) -> str:
    boxes = "".join(
        f'<div class="{severity if n else "none"}"><dt>{words[severity]}</dt><dd>{n:,}</dd></div>'
        for severity, n in counts.items()
    )
    return (
        f'<header class="head"><div class="what"><h1>{html.escape(title)}</h1></div>'
        f'<dl class="figures">{boxes}</dl></header>'
        f'<aside class="panel" id="panel" aria-label="{words["panel"]}"></aside>'
    )
