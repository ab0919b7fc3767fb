"""Names in worded boundaries: which lane or area of a city is meant, none, or one of several."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import shapely

from gridsvc.spatial.datum import Metric
from gridsvc.spatial.layer import Layer, Objects

# Pieces of one street follow one another, at most a crossing apart; else one name stands for two streets.
APART_M = 30.0
_NOISE = re.compile("[\\s!-/:-@\\[-`{-~·‐-‧‰-⁞、-〃〈-〟・]+")
_DASH = re.compile("(?<=[0-9])\\s*[-‐-―−之]\\s*(?=[0-9])")
_NUMBER = re.compile("[〇零一二三四五六七八九十百千]{1,12}")
_UNITS = {"十": 10, "百": 100, "千": 1000}
_DIGITS = {c: i for i, c in enumerate("〇一二三四五六七八九")} | {"零": 0}
_ALIAS = re.compile("[;；、|]")
_JOINT = re.compile("[和与及]|\\s+and\\s+")


@dataclass(frozen=True, eq=False)
class Named:
    """A lane (all pieces of one name that hang together) or an area, in WGS 84 degrees."""

    code: str
    name: str
    layer: str
    shape: shapely.Geometry
    width_m: float = 0.0
    name_en: str = ""

    @property
    def is_lane(self) -> bool:
        """Whether it is a line, which has sides, and no ground."""
        return bool(shapely.get_dimensions(self.shape) == 1)


def name_key(name: str) -> str:
    """Give what names are compared by, as the place finder does: half-width, lower case, numbers as digits."""
    key = unicodedata.normalize("NFKC", name).lower()
    key = _NOISE.sub("", _DASH.sub("之", key))
    for run in sorted(set(_NUMBER.findall(key)), key=len, reverse=True):
        if not set(run) <= {"百", "千"}:
            key = key.replace(run, _number(run))
    return key


def _number(run: str) -> str:
    if not set(run) & set(_UNITS):
        return "".join(str(_DIGITS[c]) for c in run)
    total = held = 0
    for c in run:
        if c in _UNITS:
            total, held = total + max(held, 1) * _UNITS[c], 0
        else:
            held = _DIGITS[c]
    return str(total + held)


class Gazetteer:
    """Every way to call the lanes and areas of some layers.

    A lane or area is found by its name, ``name_en``, code and what the column ``alias`` has, parted by ``;`` or
    ``、``. A boundary street gives its name only where no lane has it: it is that lane.
    """

    def __init__(self, layers: Iterable[Layer], metric: Metric) -> None:
        self._known: dict[str, list[Named]] = {}
        self._names: dict[str, str] = {}
        ordered = sorted(layers, key=lambda x: x.spec.settles is not None)
        for layer in ordered:
            if layer.spec.geometry != "point":
                held = set(self._known) if layer.spec.settles is not None else set()
                of_row = _things(layer, metric)
                for row, thing in of_row.items():
                    for key in _keys(layer, row) - held:
                        same = self._known.setdefault(key, [])
                        if thing not in same:
                            same.append(thing)
                        self._names.setdefault(key, thing.name)

    def called(self, name: str) -> list[Named]:
        """Give everything with this name: none, one, or several that cannot be told apart by it."""
        return self._known.get(name_key(name), [])

    def parts(self, name: str) -> list[str]:
        """Split "人民路和卫生路" where both are names; a name that holds such a character itself stays whole."""
        if self.called(name):
            return [name]
        for joint in _JOINT.finditer(name):
            before, after = name[: joint.start()].strip(), name[joint.end() :].strip()
            if before and after and self.called(before):
                return [before, *self.parts(after)]
        return [name]

    def near(self, name: str) -> list[str]:
        """Give up to three known names that look like one that is not known."""
        keys = get_close_matches(name_key(name), list(self._names), n=3, cutoff=0.5)
        return list(dict.fromkeys(self._names[k] for k in keys))

    def lanes(self) -> list[Named]:
        """All lanes, each once, by code."""
        return self._all(lane=True)

    def areas(self) -> list[Named]:
        """All areas, each once, by code."""
        return self._all(lane=False)

    def _all(self, lane: bool) -> list[Named]:
        found = {id(x): x for same in self._known.values() for x in same if x.is_lane == lane}
        return sorted(found.values(), key=lambda x: (x.layer, x.code))


def _keys(layer: Layer, row: int) -> set[str]:
    props = layer.props[row]
    words = [layer.names[row], layer.codes[row], props.get("name_en"), *_ALIAS.split(str(props.get("alias") or ""))]
    return {name_key(str(w)) for w in words if w} - {""}


def _things(layer: Layer, metric: Metric) -> dict[int, Named]:
    """What each row belongs to: an area stands for itself, lanes of one name that hang together are one."""
    rows: dict[str, list[int]] = {}
    for i, shape in enumerate(layer.geometries):
        if shape is not None and not shapely.is_empty(shape):
            rows.setdefault(name_key(layer.names[i]) or layer.codes[i], []).append(i)
    if layer.spec.geometry == "polygon":
        return {i: _named(layer, [i]) for same in rows.values() for i in same}
    found: dict[int, Named] = {}
    for same in rows.values():
        groups, bridges = _following(layer.geometries[same], metric) if len(same) > 1 else ([[0]], {})
        for own in groups:
            thing = _named(layer, [same[k] for k in own], [b for (i, _), b in bridges.items() if i in own])
            found |= {same[k]: thing for k in own}
    return found


def _following(shapes: Objects, metric: Metric) -> tuple[list[list[int]], dict[tuple[int, int], shapely.LineString]]:
    """Group lanes that follow one another end to end, and give the straight pieces over the gaps between their ends."""
    ends = [shapely.get_coordinates(shapely.boundary(x)) for x in shapes]
    group = list(range(len(shapes)))
    bridges = {}
    for i in range(len(shapes)):
        for j in range(i):
            if not (len(ends[i]) and len(ends[j])):
                continue
            a, b = np.repeat(ends[i], len(ends[j]), axis=0), np.tile(ends[j], (len(ends[i]), 1))
            gap_m = np.hypot(*np.subtract(metric.xy(*a.T), metric.xy(*b.T)))
            near = int(gap_m.argmin())
            if gap_m[near] <= APART_M:
                old, new = group[i], group[j]
                group = [new if g == old else g for g in group]
                if gap_m[near] > 0.0:
                    bridges[i, j] = shapely.LineString([a[near], b[near]])
    return [[i for i, g in enumerate(group) if g == one] for one in dict.fromkeys(group)], bridges


def _named(layer: Layer, rows: list[int], bridges: Sequence[shapely.LineString] = ()) -> Named:
    shape = layer.geometries[rows[0]]
    if len(rows) > 1:
        shape = shapely.line_merge(shapely.union_all([*layer.geometries[rows], *bridges]))
    code, name = layer.codes[rows[0]], layer.names[rows[0]]
    width_m = float(2.0 * np.max(layer.reach_m[rows])) if layer.spec.geometry == "line" else 0.0
    name_en = str(layer.props[rows[0]].get("name_en") or "")
    return Named(code, name or code, layer.spec.code, shape, width_m, name_en)
