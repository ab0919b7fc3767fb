"""The page of a check: the layers' lines, the findings on them, a list beside the map; a folium map without network.

Pass the map to ``gridsvc.web.offline.render``.
"""

import html
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import folium
from folium.elements import JSCSSMixin
from folium.template import Template

from gridsvc.spatial.layer import Edition
from gridsvc.spatial.topology import CheckReport
from gridsvc.values import Lang, LayerSpec
from gridsvc.web.offline import OWN, plain
from gridsvc.web.pages.check_data import DECIMALS, Box, Lines, Shown, as_geojson, box_of, gravest, lines_of, packed
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
    capped = words["capped"].format(all=f"{len(report.findings):,}", n=f"{len(shown):,}")
    config = {
        "checks": {f.finding.id: plain(CHECKS[lang].get(f.finding.id, f.finding.id)) for f in shown},
        "findings": [_row(finding, edition, lang) for finding in shown],
        "tables": [],
        "notes": [
            *([capped] if len(shown) < len(report.findings) else []),
            *([words["errors_note"]] if counts["error"] else []),
        ],
    }
    top, box = heading(title, counts, words), box_of(lines, shown)
    return findings_page(edition, title, top, config, lines, box, words, lang, generated)


def findings_page(
    edition: Edition, title: str, top: str, config: Mapping[str, Any], lines: Sequence[Lines], box: Box | None,
    words: Mapping[str, str], lang: Lang, generated: datetime,
) -> folium.Map:  # fmt: skip
    """Draw whatever was found on the lines of an edition, with a list to filter and tables beside it.

    ``config`` has ``checks`` (titles by id), ``findings``, ``tables`` and ``notes``; ``top`` is the heading's HTML.
    """
    page = folium.Map(tiles=None, prefer_canvas=True, zoom_snap=0.25, zoom_delta=0.5)
    page.options["maxZoom"] = DEEPEST_ZOOM
    figure: Any = page.get_root()
    figure.title = html.escape(title)
    figure.html.add_child(folium.Element(top), name="heading")
    if box:
        west, south, east, north = box
        page.fit_bounds([[south, west], [north, east]], padding=(12, 12))
    made = words["generated"].format(at=generated.strftime("%Y-%m-%d %H:%M %z"))
    common = {
        "words": words,
        "locale": "zh-CN" if lang == "zh" else "en-GB",
        "attribution": html.escape(plain(edition.code)),
        "unit": 10**-DECIMALS,
        "lines": [_drawn(line, lang) for line in lines],
        "notes": [*config["notes"], made, words["drawn"]],
    }
    _Start({**config, **common}).add_to(page)
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


def heading(title: str, counts: Mapping[str, int], words: Mapping[str, str]) -> str:
    """Give the heading with a figure for each count, named by ``words``, and the empty panel."""
    boxes = "".join(
        f'<div class="{name if n else "none"}"><dt>{words[name]}</dt><dd>{n:,}</dd></div>' for name, n in counts.items()
    )
    return (
        f'<header class="head"><div class="what"><h1>{html.escape(title)}</h1></div>'
        f'<dl class="figures">{boxes}</dl></header>'
        f'<aside class="panel" id="panel" aria-label="{words["panel"]}"></aside>'
    )
