"""The picture of heat for reports: map, title, unit, classes with their areas, what is aside; text and lines alone.

Draws the numbers that the API gives and counts nothing itself.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from PIL import Image, ImageColor, ImageDraw

from gridsvc.spatial.datum import metres_per_degree
from gridsvc.spatial.layer import Edition
from gridsvc.values import Lang
from gridsvc.web.fonts import Font, font
from gridsvc.web.pages.heat_data import DIFFERENCE, RAMP
from gridsvc.web.pages.heat_words import WORDS

WIDTH_PX, HEIGHT_PX, MARGIN_PX, HEAD_PX, SIDE_PX, ROW_PX = 1600, 1000, 32, 104, 420, 34
TITLE_PX, TEXT_PX, SMALL_PX = 32, 20, 16
# The map is drawn so many times as large and made smaller, so that its lines are smooth.
FINER = 2
INK, MUTED, PAPER, LAND, LINE, BORDER = "#1B2430", "#566273", "#FFFFFF", "#EEF1F4", "#7C8796", "#2B3644"
HATCH_PX, SWATCH_PX = 10, 22
# Lines for orientation with their widths, where the edition has them; the areas' own are thin.
OUTLINES = (("street", 2.5), ("district", 3.0))
# One after another, however many ask: drawing leaves the other cores to those who wait for an answer.
_DRAWING = threading.Lock()
Json = Mapping[str, Any]
Box = tuple[float, float, float, float]
Pattern = Callable[[tuple[int, int]], Image.Image]


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where degrees lie on the map's own sheet, which is ``FINER`` times as large as on the picture."""

    box: Box
    size: tuple[int, int]

    @property
    def px_per_m(self) -> float:
        """Pixels of the sheet a metre on the ground."""
        west, south, east, north = self.box
        east_m, north_m = metres_per_degree((south + north) / 2)
        fitting = self.size[0] / max((east - west) * east_m, 1.0), self.size[1] / max((north - south) * north_m, 1.0)
        return 0.96 * min(fitting)

    def pixels(self, degrees: NDArray[np.float64]) -> NDArray[np.float64]:
        """Move degrees, shape (n, 2), to pixels, north up, the box in the middle."""
        west, south, east, north = self.box
        per_degree = np.array(metres_per_degree((south + north) / 2)) * self.px_per_m
        middle = np.array([west + east, south + north]) / 2
        moved: NDArray[np.float64] = (degrees - middle) * per_degree * [1, -1] + np.array(self.size) / 2
        return moved


def heat_picture(told: Json, edition: Edition, lang: Lang, generated: datetime) -> bytes:
    """Draw what ``gridsvc.services.heat.heat`` tells as a PNG of 1600 by 1000 pixels.

    The comparison where two periods are told, else the rate. Raises ``Unavailable`` where there is no font for Chinese.
    """
    with _DRAWING:
        return _drawn(told, edition, lang, generated)


def _drawn(told: Json, edition: Edition, lang: Lang, generated: datetime) -> bytes:
    compared = told.get("vs")
    sheet = Image.new("RGB", (WIDTH_PX, HEIGHT_PX), PAPER)
    fonts = {size: font(size, lang) for size in (TITLE_PX, TEXT_PX, SMALL_PX)}
    _head(ImageDraw.Draw(sheet), told, edition, lang, fonts)
    size = (WIDTH_PX - SIDE_PX - 3 * MARGIN_PX, HEIGHT_PX - HEAD_PX - MARGIN_PX)
    box = edition.bounds_deg if np.isfinite(edition.bounds_deg[0]) else (0.0, 0.0, 1.0, 1.0)
    frame = _Frame(box, (size[0] * FINER, size[1] * FINER))
    colours = DIFFERENCE if compared else RAMP
    map_ = _map(told, edition, frame, colours).resize(size, Image.Resampling.BOX)
    sheet.paste(map_, (MARGIN_PX, HEAD_PX))
    draw = ImageDraw.Draw(sheet)
    _scale_bar(draw, frame, fonts[SMALL_PX], WORDS[lang]["grey"])
    _legend(sheet, told, lang, colours, generated, fonts)
    done = BytesIO()
    sheet.save(done, "PNG", optimize=True)
    return done.getvalue()


def _map(told: Json, edition: Edition, frame: _Frame, colours: Sequence[str]) -> Image.Image:
    map_ = Image.new("RGB", frame.size, LAND)
    draw = ImageDraw.Draw(map_)
    masks = {name: Image.new("1", frame.size) for name in ("few", "few_dark", "unknown", "new")}
    marks = {name: ImageDraw.Draw(mask) for name, mask in masks.items()}
    class_of, few_of = ("ratio_class", "ratio_few") if "vs" in told else ("class", "few")
    layer = edition.layers.get(told["by"])
    for cell, rings in _shapes(told, edition):
        at = cell[class_of]
        for ring in rings:
            corners = [tuple(xy) for xy in frame.pixels(ring).tolist()]
            if _is_new(cell):
                marks["new"].polygon(corners, fill=1)
                continue
            if at >= 0:
                draw.polygon(corners, fill=colours[at])
            if cell[few_of] and at >= 0:
                marks["few_dark" if is_dark(colours[at]) else "few"].polygon(corners, fill=1)
            if cell["value"] is None:
                marks["unknown"].polygon(corners, fill=1)
    hatched = _hatched(frame.size)
    for name, colour in (("few", MUTED), ("few_dark", LAND)):
        map_.paste(colour, mask=_both(masks[name], hatched))
    map_.paste(MUTED, mask=_both(masks["unknown"], _dotted(frame.size)))
    map_.paste(MUTED, mask=_both(masks["new"], _crossed(frame.size)))
    if layer is not None:
        _outline(draw, layer.geometries, frame, LINE, 0.6)
    for code, width in OUTLINES:
        if code in edition.layers:
            _outline(draw, edition.layers[code].geometries, frame, BORDER, width)
    return map_


def _shapes(told: Json, edition: Edition) -> Iterator[tuple[Json, list[NDArray[np.float64]]]]:
    """Each cell with its outer rings in degrees."""
    layer = edition.layers.get(told["by"])
    for cell in told["cells"]:
        if layer is None:
            yield cell, [np.add(told["outline"], (cell["x"], cell["y"]))]
        else:
            shape = layer.geometries[layer.position_of[cell["code"]]]
            yield cell, [shapely.get_coordinates(p.exterior) for p in shapely.get_parts(shape)]


def _outline(draw: ImageDraw.ImageDraw, shapes: Any, frame: _Frame, colour: str, width_px: float) -> None:
    rings = shapely.get_rings(shapely.get_parts([shape for shape in shapes if shape is not None]))
    for ring in rings:
        corners = [tuple(xy) for xy in frame.pixels(shapely.get_coordinates(ring)).tolist()]
        draw.line(corners, fill=colour, width=max(1, round(width_px * FINER)), joint="curve")


def _hatched(size: tuple[int, int]) -> Image.Image:
    mask = Image.new("1", size)
    draw, step = ImageDraw.Draw(mask), HATCH_PX * FINER
    for x in range(-size[1], size[0], step):
        draw.line([(x, size[1]), (x + size[1], 0)], fill=1, width=FINER)
    return mask


def _dotted(size: tuple[int, int]) -> Image.Image:
    y, x = np.mgrid[: size[1], : size[0]]
    step = HATCH_PX * FINER
    return Image.fromarray((x % step < FINER) & (y % step < FINER))


def _crossed(size: tuple[int, int]) -> Image.Image:
    """Small plus signs, as on the page."""
    y, x = np.mgrid[: size[1], : size[0]]
    step, arm = HATCH_PX * FINER, 3 * FINER
    east, south = abs(x % step - step // 2), abs(y % step - step // 2)
    return Image.fromarray(((east < FINER // 2 + 1) & (south < arm)) | ((south < FINER // 2 + 1) & (east < arm)))


def _is_new(cell: Json) -> bool:
    """Whether there are cases now and were none before: more than nothing is no number of times as many."""
    return cell.get("vs_n") == 0 and cell["n"] > 0


def _both(one: Image.Image, other: Image.Image) -> Image.Image:
    return Image.fromarray(np.asarray(one) & np.asarray(other))


def _head(
    draw: ImageDraw.ImageDraw, told: Json, edition: Edition, lang: Lang, fonts: Mapping[int, Font]
) -> None:  # fmt: skip
    words = WORDS[lang]
    # Without a font for it a Chinese title would be empty boxes.
    city = edition.title if lang == "zh" and edition.title else edition.code
    draw.text((MARGIN_PX, 22), words["picture"].format(city=city), INK, fonts[TITLE_PX])
    parts = [_by(told, edition, lang), _days(told["period"], words)]
    if "vs" in told:
        first, last = (told["vs"]["period"][end][:10] for end in ("from", "to"))
        parts.append(words["vs"].format(first=first, last=last))
    draw.text((MARGIN_PX, 66), " · ".join(parts), MUTED, fonts[TEXT_PX])


def _by(told: Json, edition: Edition, lang: Lang) -> str:
    layer = edition.layers.get(told["by"])
    if layer is None:
        return WORDS[lang][f"by_{told['by']}"].format(m=f"{told['size_m']:g}")
    return layer.spec.title_en if lang == "en" else layer.spec.title_zh


def _days(period: Json, words: Mapping[str, str]) -> str:
    return f"{period['from'][:16].replace('T', ' ')} {words['to']} {period['to'][:16].replace('T', ' ')}"


def _legend(
    sheet: Image.Image, told: Json, lang: Lang, colours: Sequence[str], generated: datetime, fonts: Mapping[int, Font]
) -> None:
    words, draw = WORDS[lang], ImageDraw.Draw(sheet)
    x, y = WIDTH_PX - SIDE_PX - MARGIN_PX, HEAD_PX
    of = told.get("vs") or told
    draw.text((x, y), of[f"title_{lang}"], INK, fonts[TEXT_PX])
    y += ROW_PX + 6
    rows: list[tuple[str, Pattern | None, str, int | None]] = []
    classes, new = list(of["classes"]), [cell for cell in told["cells"] if _is_new(cell)]
    for cell in new:
        classes[cell["ratio_class"]] -= cell["ratio_class"] >= 0
    for at, n in reversed(list(enumerate(classes))):
        rows.append((colours[at], None, class_words(of["breaks"], at, is_ratio="vs" in told), n))
    if told["zero"] is not None and "vs" not in told:
        rows.append((PAPER, None, words["zero"], told["zero"]))
    if new:
        rows.append((LAND, _crossed, words["new"], len(new)))
    if told["unknown"]:
        rows.append((LAND, _dotted, words["unknown"], told["unknown"]))
    rows.append((colours[1], _hatched, words["hatched"], None if "vs" in told else told["few"]))
    for colour, pattern, text, n in rows:
        swatch = Image.new("RGB", (SWATCH_PX * FINER, SWATCH_PX * FINER), colour)
        if pattern:
            swatch.paste(MUTED, mask=pattern(swatch.size))
        sheet.paste(swatch.resize((SWATCH_PX, SWATCH_PX), Image.Resampling.BOX), (x, y + 2))
        draw.rectangle((x, y + 2, x + SWATCH_PX, y + 2 + SWATCH_PX), outline=LINE)
        draw.text((x + SWATCH_PX + 14, y), text, INK, fonts[TEXT_PX])
        if n is not None:
            shown = words["areas"].format(n=f"{n:,}")
            draw.text((x + SIDE_PX, y), shown, MUTED, fonts[TEXT_PX], anchor="ra")
        y += ROW_PX
    y += 14
    for line in _notes(told, lang, generated):
        for part in _wrapped(draw, line, fonts[SMALL_PX]):
            draw.text((x, y), part, MUTED, fonts[SMALL_PX])
            y += SMALL_PX + 8


def class_words(lower: Sequence[float], at: int, is_ratio: bool = False) -> str:
    """Say a class by its bounds, the lower one in; bounds of a ratio as what multiplies or divides."""
    said = [_factor(bound) if is_ratio else f"{bound:.3g}" for bound in lower]
    if at + 1 == len(lower):
        return f"≥ {said[at]}"
    return f"< {said[at + 1]}" if at == 0 else f"{said[at]} – {said[at + 1]}"


def _factor(ratio: float) -> str:
    return f"÷{1 / ratio:.3g}" if 0 < ratio < 1 else f"×{ratio:.3g}"


def is_dark(colour: str) -> bool:
    """Whether light lines are seen better on a colour than dark ones."""
    red, green, blue = ImageColor.getrgb(colour)[:3]
    return 0.299 * red + 0.587 * green + 0.114 * blue < 120


def _notes(told: Json, lang: Lang, generated: datetime) -> list[str]:
    words = WORDS[lang]
    notes = [words["n_all"].format(n=f"{told['n']:,}"), words["class_note"]]
    if told["set_aside"]:
        notes.append(words["aside_short"].format(n=f"{told['set_aside']:,}"))
    if not told["whole"]:
        notes.append(words["partial"])
    notes.append(words["classes"].format(scheme=(told.get("vs") or told)["scheme"], edition=told["edition"]))
    return [*notes, words["made"].format(at=generated.strftime("%Y-%m-%d %H:%M %z"))]


def _wrapped(draw: ImageDraw.ImageDraw, text: str, of: Font) -> Iterator[str]:
    """Break a line where it would leave the panel: at a blank, in Chinese anywhere."""
    while draw.textlength(text, of) > SIDE_PX:
        end = next(n for n in range(len(text), 0, -1) if draw.textlength(text[:n], of) <= SIDE_PX)
        blank = text.rfind(" ", 0, end + 1)
        cut = blank if blank > 0 and text[end - 1].isascii() else end
        yield text[:cut]
        text = text[cut:].lstrip()
    yield text


def _scale_bar(draw: ImageDraw.ImageDraw, frame: _Frame, of: Font, words: str) -> None:
    px_per_m = frame.px_per_m / FINER
    ten = 10.0 ** np.floor(np.log10(240 / px_per_m))
    metres = next(float(m * ten) for m in (5, 2, 1) if m * ten * px_per_m <= 240)
    x, y = MARGIN_PX + 16, HEIGHT_PX - MARGIN_PX - 18
    draw.line([(x, y - 6), (x, y), (x + metres * px_per_m, y), (x + metres * px_per_m, y - 6)], INK, 2)
    draw.text((x, y - 30), words.format(m=f"{metres:,.0f}"), INK, of)
    draw.text((x + metres * px_per_m + 18, y - 30), "N ↑", INK, of)
