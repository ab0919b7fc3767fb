"""The page of a difference: both editions' lines, what changed in colour, and a list that leads to each change.

Draws what it is given as a folium map without network; pass it to ``gridsvc.web.offline.render``.
"""

import html
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import folium
import numpy as np
import shapely
from folium.elements import JSCSSMixin
from folium.template import Template
from folium.utilities import JsCode

from gridsvc.diff import Diff
from gridsvc.diff_words import TITLES, name_of, sentence
from gridsvc.frames import layer_frame
from gridsvc.spatial.datum import metres_per_degree
from gridsvc.spatial.layer import Layer, Objects
from gridsvc.spatial.succession import KINDS, Kind, Succession
from gridsvc.values import Lang, LayerSpec
from gridsvc.web.offline import OWN, plain
from gridsvc.web.pages.diff_words import WORDS
from gridsvc.web.pages.heat_data import DECIMALS, Json, Outline, outline_features

# Told apart by lightness as well as hue; every entry of the list also says its kind in words.
COLOURS: dict[Kind, str] = {
    "split": "#7b3fa0", "merge": "#00796b", "mixed": "#c2188b", "new": "#2e8b3d", "gone": "#c62828", "moved": "#e07b00",
    "recoded": "#1758c2", "renamed": "#4fa3d9", "parent": "#5d4037", "unit": "#9e7b2f", "props": "#b8a04a",
    "redrawn": "#9aa5b1",
}  # fmt: skip
# Kinds after which lines are no longer where they were.
GROUND_MOVED: tuple[Kind, ...] = ("split", "merge", "mixed", "moved")
# Reference lines are drawn of layers that others lie in, if they are no more than these.
MOST_OUTLINES = 200
# Unchanged areas of a layer larger than this are not drawn; the page would open too slowly.
MOST_CONTEXT = 20_000
MOST_LISTED = 300
LABELS_FROM_ZOOM = 12.0


class _Setup(JSCSSMixin):
    """Brings the page's script and styles, and hands over what the layers need when they are made."""

    _template = Template("{% macro script(this, kwargs) %}gridsvcDiff.setup({{ this.config|tojson }});{% endmacro %}")
    default_js = [("gridsvc_diff", f"{OWN}own/diff.js")]  # noqa: RUF012
    default_css = [("gridsvc_heat_css", f"{OWN}own/heat.css"), ("gridsvc_diff_css", f"{OWN}own/diff.css")]  # noqa: RUF012

    def __init__(self, config: Json) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.config = config


class _Start(folium.MacroElement):
    """Starts the page once all its layers exist."""

    _template = Template(
        "{% macro script(this, kwargs) %}gridsvcDiff.start({{ this._parent.get_name() }}, "
        "[{% for one in this.layers %}{{ one.get_name() }},{% endfor %}]);{% endmacro %}"
    )

    def __init__(self, layers: Sequence[Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.layers = layers


def diff_page(found: Diff, lang: Lang, generated: datetime) -> folium.Map:
    """Draw a difference: one layer at a time, those with changes of ground first.

    Areas are filled in the colour of their first kind of change, unchanged ones are pale; lines of the edition before
    that are no more are dashed. Areas drawn again within the tolerance are not listed, only tinted.
    """
    words = WORDS[lang]
    changed = [x for x in found.layers if any(c.real for c in x.changes)]
    changed.sort(key=lambda x: min(KINDS.index(c.kind) for c in x.changes))
    title = plain(words["title"].format(before=found.before.code, after=found.after.code))
    config = {
        "words": words,
        "locale": "zh-CN" if lang == "zh" else "en-GB",
        "colours": COLOURS,
        "kinds": {kind: names[lang == "en"] for kind, names in TITLES.items()},
        "labels_from": LABELS_FROM_ZOOM,
        "attribution": html.escape(plain(found.after.title or found.after.code)),
        "layers": [_about(x, found, lang) for x in changed],
        "tables": _tables(found, words),
        "notes": [words["drawn"].format(at=generated.strftime("%Y-%m-%d %H:%M %z"))],
    }
    page = folium.Map(tiles=None, prefer_canvas=True, zoom_snap=0.25, zoom_delta=0.5)
    figure: Any = page.get_root()
    figure.title = html.escape(title)
    figure.html.add_child(folium.Element(_heading(title, found, words)), name="heading")
    for pane, z_index in (("line", 430), ("labels", 610)):
        folium.map.CustomPane(pane, z_index=z_index, pointer_events=False).add_to(page)
    _Setup(config).add_to(page)
    for layer in _reference(found):
        _outline(layer, lang).add_to(page)
    drawn = [_drawn(x, lang).add_to(page) for x in changed]
    west, south, east, north = found.after.bounds_deg
    if np.isfinite(west):
        page.fit_bounds([[south, west], [north, east]], padding=(12, 12))
    _Start(drawn).add_to(page)
    return page


def _heading(title: str, found: Diff, words: dict[str, str]) -> str:
    rows = sum(t.n for t in found.tables.values())
    real = [c for c in found.changes if c.real]
    figures = [(words["areas"], len(real)), (words["redrawn"], len(found.changes) - len(real)), (words["rows"], rows)]
    boxes = "".join(f"<div><dt>{name}</dt><dd>{n:,}</dd></div>" for name, n in figures)
    about = plain(" → ".join(filter(None, (found.before.title, found.after.title))))
    return (
        f'<header class="head"><div class="what"><h1>{html.escape(title)}</h1><p>{html.escape(about)}</p></div>'
        f'<dl class="figures">{boxes}</dl></header>'
        f'<aside class="panel" id="panel" aria-label="{words["panel"]}"></aside>'
    )


def _title(spec: LayerSpec, lang: Lang) -> str:
    return plain((spec.title_en if lang == "en" else spec.title_zh) or spec.code)


def _about(one: Succession, found: Diff, lang: Lang) -> Json:
    """What the panel says of one layer; an entry of the list has a box to go to and the rows to mark."""
    entries = []
    for change in [c for c in one.changes if c.real][:MOST_LISTED]:
        rows = [*one.before.geometries[list(change.rows_before)], *one.after.geometries[list(change.rows_after)]]
        entries.append({"kind": change.kind, "text": plain(sentence(change, one)[lang == "en"]), "box": _box(rows),
                        "before": change.rows_before, "after": change.rows_after})  # fmt: skip
    kinds = [c.kind for c in one.changes]
    carried = found.cases.get(one.before.spec.code)
    return {
        "title": _title(one.after.spec, lang), "counts": [[k, kinds.count(k)] for k in KINDS if k in kinds],
        "entries": entries, "more": sum(c.real for c in one.changes) - len(entries), "unchanged": one.unchanged,
        "tolerance_m": one.tolerance_m, "ground_loss": one.ground_loss, "cases_loss": carried.loss if carried else None,
        "cases": carried.n if carried else 0,
    }  # fmt: skip


def _tables(found: Diff, words: dict[str, str]) -> list[Json]:
    tables = []
    for name, t in found.tables.items():
        rows = [f"+ {k}" for k in t.added] + [f"− {k}" for k in t.removed]
        rows += [f"{k}: {', '.join(columns)}" for k, columns in t.changed.items()]
        if rows:
            named = [plain(r) for r in rows[:MOST_LISTED]]
            tables.append({"title": words[f"table_{name}"], "rows": named, "more": len(rows) - len(named)})
    return tables


def _box(shapes: Iterable[Any]) -> list[list[float]] | None:
    known = [s for s in shapes if s is not None and not s.is_empty]
    if not known:
        return None
    west, south, east, north = np.round(shapely.total_bounds(known), DECIMALS).tolist()
    return [[south, west], [north, east]]


def _reference(found: Diff) -> list[Layer]:
    """Layers of the edition after that others lie in, the coarsest last and so on top."""
    above = {x.spec.parent for x in found.after}
    layers = [x for x in found.after if x.spec.code in above and 0 < len(x) <= MOST_OUTLINES]
    return sorted((x for x in layers if x.spec.geometry == "polygon"), key=len, reverse=True)[-2:]


def _outline(layer: Layer, lang: Lang) -> folium.GeoJson:
    frame = layer_frame(layer)
    if lang == "en" and "name_en" in frame:
        frame["name"] = frame["name_en"].fillna(frame["name"])
    frame = frame[~(frame.geometry.isna() | frame.geometry.is_empty)]
    features = outline_features(Outline(layer.spec.title_zh, frame, "street", labels=len(frame) > 1))
    return folium.GeoJson(features, pane="line", interactive=False, control=False, smooth_factor=0.5,
                          style=JsCode("gridsvcDiff.outline"), point_to_layer=JsCode("gridsvcDiff.label"))  # fmt: skip


def _drawn(one: Succession, lang: Lang) -> folium.GeoJson:
    """A layer as features: side ``u`` unchanged, ``a`` changed, ``b`` gone, and ``v`` the lines that are no more."""
    kind_of: dict[str, dict[int, Kind]] = {"b": {}, "a": {}}
    # Changes are ordered by kind: the first that an area has is its colour.
    for change in one.changes:
        for side, rows in (("b", change.rows_before), ("a", change.rows_after)):
            for row in rows if change.real else ():
                kind_of[side].setdefault(row, change.kind)
    unchanged = [j for j in range(len(one.after)) if j not in kind_of["a"]]
    gone = [i for i, kind in kind_of["b"].items() if kind == "gone"]
    redrawn: dict[int, Kind] = {row: c.kind for c in one.changes if not c.real for row in c.rows_after}
    features = _features(one.after, unchanged if len(one.after) <= MOST_CONTEXT else [], "u", redrawn, lang)
    features += _features(one.after, sorted(kind_of["a"]), "a", kind_of["a"], lang)
    features += _features(one.before, sorted(gone), "b", kind_of["b"], lang)
    moved = [i for i, kind in kind_of["b"].items() if kind in GROUND_MOVED]
    features += _feature(_vanished(one, moved), {"s": "v"})
    return folium.GeoJson(
        {"type": "FeatureCollection", "features": features}, name="layer", show=False, smooth_factor=0.5,
        style=JsCode("gridsvcDiff.style"), point_to_layer=JsCode("gridsvcDiff.point"),
        on_each_feature=JsCode("gridsvcDiff.each"),
    )  # fmt: skip


def _vanished(one: Succession, rows: list[int]) -> Any:
    """Lines, or points, of areas before where the edition after has none any more, give or take the tolerance."""
    old, new = (np.asarray(x, dtype=object) for x in (one.before.geometries[rows], one.after.geometries))
    if one.after.spec.geometry == "polygon":
        old, new = shapely.boundary(shapely.make_valid(old)), shapely.boundary(shapely.make_valid(new))
    left = shapely.union_all(old)
    near = new[shapely.intersects(new, left)]
    _, north_m = metres_per_degree(0.0)
    left = shapely.difference(left, shapely.buffer(shapely.union_all(near), max(one.tolerance_m, 0.1) / north_m))
    # In one piece, or dashes would begin anew at every meeting of lines.
    return left if one.after.spec.geometry == "point" else shapely.line_merge(left)


def _features(layer: Layer, rows: Sequence[int], side: str, kind_of: dict[int, Kind], lang: Lang) -> list[Json]:
    shapes: Objects = layer.geometries[list(rows)]
    about = ({"s": side, "r": row, "k": kind_of.get(row), "c": plain(layer.codes[row]),
              "n": plain(name_of(layer, row, lang))} for row in rows)  # fmt: skip
    return [feature for shape, text in zip(shapes, about, strict=True) for feature in _feature(shape, text)]


def _feature(shape: Any, properties: Json) -> list[Json]:
    """One feature, or none where there is nothing to draw."""
    if shape is None or shape.is_empty:
        return []
    rounded = shapely.transform(shape, lambda xy: np.round(xy, DECIMALS))
    return [{"type": "Feature", "geometry": json.loads(shapely.to_geojson(rounded)), "properties": properties}]
