"""The page of a replay: cases that are decided otherwise, on the map and in a list, summed up by area, unit and chief.

It looks and works as the page of a check; pass the map to ``gridsvc.web.offline.render``. No names of people are on it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

import folium
import numpy as np

from gridsvc.changes import KIND_TITLES, KINDS, Change, Shift, in_words, shifts, titled
from gridsvc.spatial.layer import Edition
from gridsvc.values import Lang
from gridsvc.web.offline import plain
from gridsvc.web.pages.changes_words import WORDS as OWN_WORDS
from gridsvc.web.pages.check import findings_page, heading
from gridsvc.web.pages.check_data import MOST_FINDINGS, box_of, lines_of
from gridsvc.web.pages.check_words import WORDS

MOST_ROWS = 30


def changes_page(
    edition: Edition, changes: Sequence[Change], same: int, under: str, units: Mapping[str, str], *, lang: Lang,
    generated: datetime,
) -> folium.Map:  # fmt: skip
    """Draw what a replay found on the lines of an edition; of very many cases the first by number.

    ``under`` says by what the cases were decided, empty for what held for each; ``units`` has the units' names.
    """
    words = {**WORDS[lang], **OWN_WORDS[lang]}
    title = plain(words["heading"].format(under=under or words["as_decided"]))
    titles = {layer.spec.code: (layer.spec.title_zh, layer.spec.title_en) for layer in edition}
    lines, shown = lines_of(edition), changes[:MOST_FINDINGS]
    failed = sum(c.after is None for c in changes)
    tables, more = _tables(edition, changes, titles, units, words, lang)
    capped = words["capped"].format(all=f"{len(changes):,}", n=f"{len(shown):,}")
    met = {c.kind for c in shown}
    config = {
        "checks": {kind: KIND_TITLES[kind][lang == "en"] for kind in KINDS if kind in met},
        "findings": [_row(change, titles, lang) for change in shown],
        "tables": tables,
        "notes": [*([capped] if len(shown) < len(changes) else []), *more],
    }
    figures = {"same": same, "warning": len(changes) - failed, "error": failed}
    box = box_of(lines, ()) or _box(shown)
    return findings_page(edition, title, heading(title, figures, words), config, lines, box, words, lang, generated)


def _row(change: Change, titles: Mapping[str, tuple[str, str]], lang: Lang) -> dict[str, Any]:
    placed = change.lon is not None and change.lat is not None
    return {
        "severity": "error" if change.after is None else "warning",
        "id": change.kind,
        "layer": plain(f"{change.number} · {change.category}"),
        "text": plain(in_words(change, titles, lang)),
        "at": [change.lat, change.lon] if placed else None,
        "shape": None,
    }


def _tables(
    edition: Edition, changes: Sequence[Change], titles: Mapping[str, tuple[str, str]], units: Mapping[str, str],
    words: Mapping[str, str], lang: Lang,
) -> tuple[list[dict[str, Any]], list[str]]:  # fmt: skip
    """One table an area layer, of units and of chiefs, what moves most first; and what to say of rows left out."""
    found, more = [], list[str]()
    for by, group in groupby(shifts(changes, list(edition.layers)), key=lambda s: s.by):
        rows = list(group)
        title = plain(titled(by, titles, lang))
        if len(rows) > MOST_ROWS:
            more.append(f"{title}: " + words["rest"].format(n=f"{len(rows) - MOST_ROWS:,}"))
        named = [[_named(s, edition, units), s.lost, s.gained] for s in rows[:MOST_ROWS]]
        head = [words[k] for k in ("code", "lost", "gained")]
        found.append({"title": title, "n": len(rows), "head": head, "rows": named})
    return found, more


def _named(shift: Shift, edition: Edition, units: Mapping[str, str]) -> str:
    layer = edition.layers.get(shift.by)
    at = None if layer is None else layer.position_of.get(shift.code)
    name = units.get(shift.code, "") if shift.by == "unit" else "" if layer is None or at is None else layer.names[at]
    return plain(f"{shift.code} {name}".strip())


def _box(changes: Sequence[Change]) -> tuple[float, float, float, float] | None:
    """West, south, east and north of the cases that have a place."""
    places = np.array([(c.lon, c.lat) for c in changes if c.lon is not None and c.lat is not None])
    if not len(places):
        return None
    (west, south), (east, north) = places.min(axis=0).tolist(), places.max(axis=0).tolist()
    return west, south, east, north
