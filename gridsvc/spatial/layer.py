"""Layers of areas and the edition that holds them, as plain arrays; nothing here locates or decides."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridsvc.errors import BadBoundaryFolder, FieldError
from gridsvc.spatial.datum import NO_LOCAL
from gridsvc.values import LayerSpec

Objects = NDArray[np.object_]


LONGEST_CODE = 200
FORBIDDEN_IN_CODE = frozenset(";,|&!*?=\n\t")


def text_of(value: object) -> str | None:
    """Give a cell as text, None where it is empty; a whole number stays one, also where it came as a float."""
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return None
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
    return text or None


def code_of(value: object, layer: str, column: str, row: int) -> str:
    """Give a cell as the code of an area, or raise ``BadBoundaryFolder`` that names the feature, counted from 0."""
    text = text_of(value)
    # A code of dots alone cannot stand in an address.
    if text is None or not text.strip(".") or len(text) > LONGEST_CODE or FORBIDDEN_IN_CODE & set(text):
        zh = f"每个区域一个编码，至多 {LONGEST_CODE} 字，不含 ; , | & ! * ? =，不能只有句点"
        en = f"one code an area, {LONGEST_CODE} characters at most, without ; , | & ! * ? = and not of dots alone"
        raise BadBoundaryFolder(
            f"图层 {layer} 第 {row + 1} 个要素的编码为空、过长或含保留字符",
            f"feature {row + 1} of layer {layer} has no code, or one too long or with a reserved character",
            [FieldError(column, text, zh, en)],
        )
    return text


@dataclass(frozen=True, eq=False)
class Layer:
    """One set of areas, ordered by code. Arrays have one entry an area and are not to be written to.

    ``geometries`` are in WGS 84 degrees, longitude first. ``parents`` and ``units`` hold codes or None;
    ``props`` every other column of the source.
    """

    spec: LayerSpec
    codes: Objects
    names: Objects
    parents: Objects
    units: Objects
    geometries: Objects
    props: tuple[Mapping[str, Any], ...]

    @classmethod
    def build(
        cls,
        spec: LayerSpec,
        codes: list[str],
        geometries: Objects,
        names: list[str] | None = None,
        parents: list[str | None] | None = None,
        units: list[str | None] | None = None,
        props: list[Mapping[str, Any]] | None = None,
    ) -> "Layer":
        """Order the areas by code and freeze the arrays; a column not given is empty."""
        n = len(codes)
        order = np.argsort(np.array(codes, dtype=object), kind="stable") if n else np.zeros(0, dtype=np.intp)

        def column(values: list[Any] | None, empty: Any) -> Objects:
            array = np.empty(n, dtype=object)
            array[:] = values if values is not None else [empty] * n
            array = array[order]
            array.setflags(write=False)
            return array

        records: list[Mapping[str, Any]] = props if props is not None else [{}] * n
        sorted_props = tuple(records[i] for i in order)
        shapes = column(list(geometries), None)
        return cls(spec, column(list(codes), ""), column(names, ""), column(parents, None), column(units, None),
                   shapes, sorted_props)  # fmt: skip

    def __len__(self) -> int:
        return len(self.codes)

    @cached_property
    def position_of(self) -> Mapping[str, int]:
        """Row of each code; of duplicate codes the first row."""
        return MappingProxyType({code: i for i, code in reversed(list(enumerate(self.codes)))})

    @cached_property
    def reach_m(self) -> NDArray[np.float64]:
        """How far from the line or point an area of this layer reaches: half its width, or its radius, in metres."""
        radius_m, width_m = self._metres("radius_m"), self._metres("width_m")
        return np.where(radius_m > 0.0, radius_m, width_m / 2.0)

    def _metres(self, key: str) -> NDArray[np.float64]:
        """A property in metres, 0 where an area has none."""
        found = np.zeros(len(self))
        for i, props in enumerate(self.props):
            try:
                value = float(props.get(key) or 0.0)
            except (TypeError, ValueError):
                value = np.nan
            if not 0.0 <= value < np.inf:
                raise BadBoundaryFolder(
                    f"图层 {self.spec.code} 的 {self.codes[i]}:{key} 不是米数",
                    f"area {self.codes[i]} of layer {self.spec.code}: {key} is no length in metres",
                    [FieldError(key, props[key], "写成不小于 0 的数", "give a number, 0 or more")],
                )
            found[i] = value
        return found

    @property
    def bounds_deg(self) -> tuple[float, float, float, float]:
        """Smallest box around all areas: least longitude and latitude, greatest ones; NaN where there is no ground."""
        if not len(self):
            return np.nan, np.nan, np.nan, np.nan
        west, south, east, north = shapely.total_bounds(self.geometries)
        return float(west), float(south), float(east), float(north)


@dataclass(frozen=True, eq=False)
class Edition:
    """One complete set of boundaries, all layers of one district code, from one instant on."""

    code: str
    layers: Mapping[str, Layer]
    title: str = ""
    district: str = ""
    time_zone: str = "Asia/Shanghai"
    valid_from: datetime | None = None
    local_crs: Mapping[str, str] = field(default_factory=lambda: NO_LOCAL)

    def __post_init__(self) -> None:
        for layer in self:
            relations = {
                "parent": layer.spec.parent, "settles": layer.spec.settles, "checks.equals": layer.spec.checks.equals
            }  # fmt: skip
            for field_name, other in relations.items():
                if other is not None and other not in self.layers:
                    raise BadBoundaryFolder(
                        f"图层 {layer.spec.code} 引用了不存在的图层 {other}",
                        f"layer {layer.spec.code} names a layer that does not exist: {other}",
                        [
                            FieldError(
                                f"layers.{layer.spec.code}.{field_name}",
                                other,
                                "改为已有图层",
                                "name a layer of the manifest",
                            )
                        ],
                    )
        for code, layer in self.layers.items():
            self.ancestors(code)
            target = self.layers.get(layer.spec.settles or "")
            if target is not None and (layer.spec.geometry != "line" or target.spec.geometry != "polygon"):
                raise BadBoundaryFolder(
                    f"图层 {code} 不能决定 {target.spec.code} 的归属",
                    f"layer {code} cannot settle layer {target.spec.code}",
                    [FieldError(f"layers.{code}.settles", target.spec.code, "线图层才能决定面图层的归属",
                                "only a layer of lines can settle a layer of polygons")],
                )  # fmt: skip
            twin = self.layers.get(layer.spec.checks.equals or "")
            if twin is not None and (twin is layer or {layer.spec.geometry, twin.spec.geometry} != {"polygon"}):
                raise BadBoundaryFolder(
                    f"图层 {code} 不能要求与 {twin.spec.code} 一致",
                    f"layer {code} cannot be asked to equal {twin.spec.code}",
                    [FieldError(f"layers.{code}.checks.equals", twin.spec.code, "写另一个面图层",
                                "name another layer of polygons")],
                )  # fmt: skip

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.layers.values())

    def ancestors(self, code: str) -> tuple[str, ...]:
        """Codes of the layers above, nearest first; a ring of parents is refused."""
        chain: list[str] = []
        parent = self.layers[code].spec.parent
        while parent is not None:
            if parent == code or parent in chain:
                raise BadBoundaryFolder(
                    f"图层 {code} 的上级成环",
                    f"the parents of layer {code} form a ring",
                    [FieldError(f"layers.{code}.parent", parent, "去掉循环引用", "break the ring")],
                )
            chain.append(parent)
            parent = self.layers[parent].spec.parent
        return tuple(chain)

    @property
    def bounds_deg(self) -> tuple[float, float, float, float]:
        """Smallest box around the ground that is shared out: the partitions, or all layers where there is none.

        NaN where there is no ground at all. A stray named place must not move the city.
        """
        partitions = [layer for layer in self if layer.spec.coverage == "partition"]
        found = [layer.bounds_deg for layer in partitions]
        if not any(np.isfinite(box[0]) for box in found):
            found = [layer.bounds_deg for layer in self]
        boxes = [box for box in found if np.isfinite(box[0])]
        if not boxes:
            return np.nan, np.nan, np.nan, np.nan
        west, south, east, north = zip(*boxes, strict=True)
        return min(west), min(south), max(east), max(north)

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 over every layer's declaration, codes, names, parents, units, properties and exact geometry.

        What a layer asks of the checks is no part of it: that changes the report, not what anybody is answered.
        """
        digest = hashlib.sha256()
        for code in sorted(self.layers):
            layer = self.layers[code]
            declared = [f for f in layer.spec.__dataclass_fields__ if f != "checks"]
            record = [[repr(getattr(layer.spec, f)) for f in declared]]
            record += [list(layer.codes), list(layer.names), list(layer.parents), list(layer.units)]
            digest.update(json.dumps([record, [dict(p) for p in layer.props]], sort_keys=True, default=str).encode())
            for wkb in shapely.to_wkb(layer.geometries):
                digest.update(wkb if wkb is not None else b"-")
        return digest.hexdigest()
