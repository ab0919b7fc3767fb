"""Layers as plain lists and arrays and back: each vertex once, however many areas meet in it, and to the last bit."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridsvc.bundle.packing import Array, scaled, unscaled, whole
from gridsvc.spatial.chains import NOWHERE, parent_positions
from gridsvc.spatial.layer import Edition, Layer
from gridsvc.values import LayerSpec

# Properties that count for the answer by themselves; others are kept where a rule asks for them.
_MEANT = ("owner", "width_m", "radius_m", "name_en")
_NONE, _SINGLE, _SEVERAL = 0, 1, 2
_SPEC = ("code", "title_zh", "title_en", "geometry", "coverage", "parent", "priority", "chief_role", "settles")


def write_layers(
    edition: Edition, asked: Mapping[str, set[str]]
) -> tuple[list[dict[str, Any]], dict[str, Array]]:  # fmt: skip
    """Give each layer as JSON, and the arrays of all; ``asked`` are the properties that rules ask for, by layer."""
    told: list[dict[str, Any]] = []
    arrays: dict[str, Array] = {}
    # The finest layers come first, whose vertices the others mostly share.
    order = sorted(edition, key=lambda x: -len(x))
    shapes = {x.spec.code: _Shapes(x) for x in order}
    xy = np.concatenate([np.zeros((0, 2)), *(s.xy for s in shapes.values())]) + 0.0
    vertices, vertex = _once(xy)
    arrays["lon"], arrays["lat"] = scaled(vertices[:, 0]), scaled(vertices[:, 1])
    ends = np.cumsum([len(s.xy) for s in shapes.values()])
    mine = dict(zip(shapes, np.split(vertex, ends[:-1]), strict=True)) if shapes else {}
    for number, layer in enumerate(edition):
        told.append(_told(layer, edition, {*_MEANT, *asked.get(layer.spec.code, ())}))
        shape = shapes[layer.spec.code]
        counts = {"kinds": shape.kinds, "parts": shape.parts, "rings": shape.rings, "sizes": shape.sizes}
        for name, array in {**counts, "vertex": mine[layer.spec.code]}.items():
            arrays[f"{number}.{name}"] = whole(array)
        arrays[f"{number}.parent"] = whole(parent_positions(edition, layer))
        if layer.spec.geometry != "polygon":
            arrays[f"{number}.reach_m"] = layer.reach_m
    return told, arrays


def _told(layer: Layer, edition: Edition, keys: set[str]) -> dict[str, Any]:
    props = [{k: _plain(v) for k, v in of.items() if k in keys and _holds(v)} for of in layer.props]
    spec = {name: getattr(layer.spec, name) for name in _SPEC}
    return {
        **spec, "codes": layer.codes.tolist(), "names": layer.names.tolist(), "units": layer.units.tolist(),
        "props": props if any(props) else None,
    }  # fmt: skip


def _plain(value: Any) -> Any:
    """A property as JSON has it: what is no number or flag is text, as rules compare it."""
    value = value.item() if isinstance(value, np.generic) else value
    return value if isinstance(value, bool | int | float) else str(value)


def _holds(value: Any) -> bool:
    return value is not None and not (isinstance(value, float) and not np.isfinite(value))


class _Shapes:
    """One layer's geometries taken apart; rings without their last vertex, which is the first again."""

    def __init__(self, layer: Layer) -> None:
        geometries, polygonal = layer.geometries, layer.spec.geometry == "polygon"
        parts, area = shapely.get_parts(geometries, return_index=True)
        kept = ~shapely.is_empty(parts)
        parts, area = parts[kept], area[kept]
        several = np.array([g is not None and g.geom_type.startswith("Multi") for g in geometries], dtype=bool)
        self.parts = np.bincount(area, minlength=len(geometries))
        self.kinds = np.where(self.parts == 0, _NONE, np.where(several, _SEVERAL, _SINGLE))
        strings, part = shapely.get_rings(parts, return_index=True) if polygonal else (parts, np.arange(len(parts)))
        self.rings = np.bincount(part, minlength=len(parts))
        xy, string = shapely.get_coordinates(strings, return_index=True)
        if polygonal:
            last = np.append(string[1:] != string[:-1], True) if len(string) else np.zeros(0, dtype=bool)
            xy, string = xy[~last], string[~last]
        self.sizes = np.bincount(string, minlength=len(strings))
        self.xy = xy


def _once(xy: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Each vertex once, in the order in which they first come, and for each row which it is."""
    _, first, which = np.unique(xy, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    place = np.empty(len(order), np.intp)
    place[order] = np.arange(len(order))
    return xy[first[order]], place[which.ravel()]


def read_layers(told: Sequence[Mapping[str, Any]], arrays: Mapping[str, Array]) -> dict[str, Layer]:
    """Make the layers of what :func:`write_layers` gave."""
    xy = np.column_stack([unscaled(arrays["lon"]), unscaled(arrays["lat"])])
    layers: dict[str, Layer] = {}
    number = {of["code"]: n for n, of in enumerate(told)}
    for n, of in enumerate(told):
        spec = LayerSpec(**{name: of[name] for name in _SPEC})
        above = [] if spec.parent is None else told[number[spec.parent]]["codes"]
        parents = [above[p] if p != NOWHERE else None for p in arrays[f"{n}.parent"].tolist()]
        shapes = _shapes(
            {key: arrays[f"{n}.{key}"] for key in ("kinds", "parts", "rings", "sizes", "vertex")}, xy, spec
        )
        props = of["props"] or [{}] * len(of["codes"])
        layers[spec.code] = Layer.build(spec, of["codes"], shapes, of["names"], parents, of["units"], props)
    return layers


def _shapes(of: Mapping[str, Array], xy: NDArray[np.float64], spec: LayerSpec) -> NDArray[np.object_]:
    strings = np.split(xy[of["vertex"]], np.cumsum(of["sizes"])[:-1]) if len(of["sizes"]) else []
    if spec.geometry == "polygon":
        rings = _grouped([shapely.linearrings(s) for s in strings], of["rings"])
        parts = [shapely.Polygon(r[0], r[1:]) for r in rings]
        join: Any = shapely.MultiPolygon
    elif spec.geometry == "line":
        parts, join = [shapely.LineString(s) for s in strings], shapely.MultiLineString
    else:
        parts, join = [shapely.Point(s[0]) for s in strings], shapely.MultiPoint
    out = np.empty(len(of["kinds"]), dtype=object)
    for i, (kind, group) in enumerate(zip(of["kinds"].tolist(), _grouped(parts, of["parts"]), strict=True)):
        out[i] = None if kind == _NONE else join(group) if kind == _SEVERAL else group[0]
    return out


def _grouped(items: Iterable[Any], counts: Array) -> list[list[Any]]:
    left = iter(items)
    return [[next(left) for _ in range(n)] for n in counts.tolist()]
