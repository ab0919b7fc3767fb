"""The picture of a check, for a report or a message: lines, findings and their number, as one SVG that stands alone."""

import html
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridsvc.spatial.datum import metres_per_degree
from gridsvc.spatial.layer import Edition
from gridsvc.spatial.topology import CheckReport
from gridsvc.values import Lang
from gridsvc.web.pages.check_data import Box, Shown, box_of, gravest, lines_of
from gridsvc.web.pages.check_words import CHECKS, WORDS

WIDTH_PX, TALLEST_PX, MARGIN_PX, HEAD_PX, ROW_PX = 1200, 1600, 24, 88, 26
FINEST_PX = 0.3  # what is smaller than this cannot be seen
INK = {"error": "#b3123f", "warning": "#c26a00"}
MARK = {"error": "■", "warning": "▲"}
FONT = "'PingFang SC','Microsoft YaHei','Noto Sans CJK SC','WenQuanYi Micro Hei',system-ui,sans-serif"
NOWHERE: Box = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The part of the picture that holds the map: where a place in degrees lies on it, north up."""

    box: Box

    @property
    def _metres(self) -> tuple[float, float]:
        west, south, east, north = self.box
        east_m, north_m = metres_per_degree((south + north) / 2)
        return max((east - west) * east_m, 1.0), max((north - south) * north_m, 1.0)

    @property
    def height_px(self) -> int:
        """Height of the map."""
        return round(self._metres[1] * self._scale)

    @property
    def _scale(self) -> float:
        across_m, up_m = self._metres
        return min((WIDTH_PX - 2 * MARGIN_PX) / across_m, TALLEST_PX / up_m)

    def placed(self, shape: Any) -> Any:
        """Move a shape from degrees to pixels."""
        west, south, _, north = self.box
        px = np.array(metres_per_degree((south + north) / 2)) * self._scale

        def page(xy: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.column_stack([MARGIN_PX + (xy[:, 0] - west) * px[0], HEAD_PX + (north - xy[:, 1]) * px[1]])

        return shapely.transform(shape, page)


def check_picture(edition: Edition, report: CheckReport, lang: Lang) -> str:
    """Draw the findings of a check on the lines of its edition; of very many the gravest."""
    shown, lines = gravest(report, edition), lines_of(edition)
    sheet = Sheet(box_of(lines, shown) or NOWHERE)
    parts = [_stroke(line.shape, sheet, line.style["color"], line.style["weight"] / 2) for line in lines]
    parts += [_finding(finding, sheet) for finding in reversed(shown)]
    top = HEAD_PX + sheet.height_px + MARGIN_PX
    rows = _legend(report, lang)
    parts += [f'<text x="{MARGIN_PX}" y="{top + ROW_PX * n}" {look}' for n, look in enumerate(rows, start=1)]
    height = top + ROW_PX * (len(rows) + 1)
    title = WORDS[lang]["heading"].format(title=edition.title or edition.code)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH_PX}" height="{height}" '
        f'viewBox="0 0 {WIDTH_PX} {height}" font-family="{FONT}" font-size="16" fill="#1b2430">'
        f'<rect width="100%" height="100%" fill="#fff"/>'
        f'<text x="{MARGIN_PX}" y="44" font-size="24" font-weight="600">{html.escape(title)}</text>'
        f'<text x="{MARGIN_PX}" y="70" fill="#566273">{_figures(report, lang)}</text>{"".join(parts)}</svg>\n'
    )


def _figures(report: CheckReport, lang: Lang) -> str:
    words = WORDS[lang]
    if not report.findings:
        return words["none"]
    return " · ".join(f"{MARK[s]} {words[s]} {n:,}" for s, n in report.counts.items())


def _legend(report: CheckReport, lang: Lang) -> list[str]:
    """One row a check that found something: its mark, its name and how often."""
    tally = Counter((f.severity, f.id) for f in report.findings)
    return [
        f'fill="{INK[severity]}">{MARK[severity]} {html.escape(CHECKS[lang].get(id_, id_))} {n:,}</text>'
        for (severity, id_), n in sorted(tally.items(), key=lambda item: (item[0][0], -item[1]))
    ]


def _finding(shown: Shown, sheet: Sheet) -> str:
    """The shape of a finding and, as most are too small to be seen, a mark where it is."""
    ink, is_error = INK[shown.finding.severity], shown.finding.severity == "error"
    ground = "" if shown.shape is None else _stroke(shown.shape, sheet, ink, 1.5, fill=ink)
    if shown.lonlat is None:
        return ground
    at = sheet.placed(shapely.Point(shown.lonlat))
    look = f'fill="{ink}" stroke="#fff"' if is_error else f'fill="#fff" stroke="{ink}" stroke-width="2"'
    return f'{ground}<circle cx="{at.x:.1f}" cy="{at.y:.1f}" r="4.5" {look}/>'


def _stroke(shape: Any, sheet: Sheet, colour: str, width: float, fill: str = "none") -> str:
    drawn = shapely.simplify(sheet.placed(shape), FINEST_PX, preserve_topology=False)
    lines = shapely.get_parts(shapely.get_parts(drawn))
    rings = [ring for line in lines for ring in (shapely.get_rings(line) if line.geom_type == "Polygon" else [line])]
    path = "".join("M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in ring.coords) for ring in rings if len(ring.coords) > 1)
    return f'<path d="{path}" fill="{fill}" fill-opacity="0.3" stroke="{colour}" stroke-width="{width:g}"/>'
