"""What an edition looks like on a map: its layers, their labels, the boundaries between areas, boundary streets."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import shapely

from gridsvc.spatial.bands import bands
from gridsvc.spatial.layer import Edition, Layer, Objects
from gridsvc.spatial.mercator import Tile
from gridsvc.spatial.outlines import EXACT_Z, Outlines
from gridsvc.spatial.ragged import Longs
from gridsvc.spatial.shared_edges import NOBODY, shared_edges
from gridsvc.spatial.tile_shapes import Pieces, pieces_of, within
from gridsvc.spatial.vector_tile import Attributes, encoded
from gridsvc.values import Geometry

# The layers whose boundaries are drawn once for all of them, the highest first, and the zoom from which each shows.
EDGES_FROM = {"district": 0, "street": 9, "community": 12, "grid": 11, "unit_grid": 13}
EDGES, BANDS, BASE = "edges", "bands", "base"
# What the label of an area says; its English name where it has one.
LABEL = ("code", "name", "name_en")
# What a base map is made of: by the name of its layer those of an edition that may be it, the first that there is.
_BASE = {"road": ("road", "lane"), "water": ("water",), "green": ("green",), "building": ("building",)}
# What is told of them beside layers, and of what kind in JSON; of the base map for each of its layers.
BASE_TOLD = {name: dict.fromkeys(("tier", "name") if name == "road" else ("name",), "string") for name in _BASE}
TOLD: Mapping[str, Mapping[str, str]] = {
    EDGES: dict.fromkeys(("level", "left", "right"), "string"),
    BANDS: dict.fromkeys(("lane", "name", "name_en", "owner", "state"), "string"),
}


class Drawn:
    """Shapes under the name that a layer of a tile has, each with its attributes. Safe to share between threads."""

    def __init__(self, name: str, kind: Geometry, shapes: Objects, attributes: Iterable[Mapping[str, Any]]) -> None:
        """Lay out shapes in degrees; an attribute without a value is left out."""
        self.name = name
        self._outlines = Outlines.of(kind, shapes)
        self._attributes = Attributes.of(attributes)
        self._laid: dict[int, Pieces] = {}
        self._laying = threading.Lock()

    def tile(self, tile: Tile) -> bytes:
        """Give the layer of a tile that shows them, b"" where there are none."""
        shapes, rows = within(self._outlines, tile, partial(self._at, tile.z))
        return encoded(self.name, shapes, self._attributes, rows)

    def _at(self, z: int, rows: Longs) -> Pieces:
        """Give some of the shapes in cells of a zoom; all of them are laid out once, as far in as maps ask."""
        if z > EXACT_Z:
            return pieces_of(self._outlines, z, rows)
        if z not in self._laid:
            with self._laying:
                if z not in self._laid:
                    self._laid[z] = pieces_of(self._outlines, z, np.arange(len(self._outlines.box)))
        return self._laid[z].take(rows)


class Drawing:
    """An edition as it is drawn; each part is laid out when it is first asked for. Safe to share between threads."""

    def __init__(self, edition: Edition) -> None:
        self.edition = edition
        self._laid_out: dict[object, tuple[Drawn, ...]] = {}
        # One for each part: a street need not wait until all unit grids are laid out.
        self._laying: dict[object, threading.Lock] = {}

    def tile(self, name: str, tile: Tile) -> bytes:
        """Make one tile of what the edition draws, b"" where it is empty."""
        return b"".join(part.tile(tile) for part in self.parts(name, tile.z))

    def parts(self, name: str, z: int) -> tuple[Drawn, ...]:
        """Give what a tile of this name and zoom is made of: a layer and its labels, boundaries, or bands."""
        if name == EDGES:
            shown = tuple(code for code, from_z in EDGES_FROM.items() if from_z <= z and code in self.edition.layers)
            return self._once((EDGES, shown), partial(_edges, [self.edition.layers[code] for code in shown]))
        if name == BASE:
            return self._once(BASE, partial(_base, self.edition))
        if name == BANDS:
            return self._once(BANDS, partial(_bands, self.edition))
        return self._once((name,), partial(_layer, self.edition.layers[name]))

    def _once(self, key: object, lay_out: Callable[[], tuple[Drawn, ...]]) -> tuple[Drawn, ...]:
        with self._laying.setdefault(key, threading.Lock()):
            if key not in self._laid_out:
                self._laid_out[key] = lay_out()
            return self._laid_out[key]


def _layer(layer: Layer) -> tuple[Drawn, ...]:
    name, inner = layer.spec.code, np.asarray(shapely.point_on_surface(layer.geometries), dtype=object)
    labels = ({key: one[key] for key in LABEL if key in one} for one in _told(layer))
    return (
        Drawn(name, layer.spec.geometry, layer.geometries, _told(layer)), Drawn(f"{name}_label", "point", inner, labels)
    )  # fmt: skip


def _told(layer: Layer) -> Iterator[dict[str, Any]]:
    """What is told of each area, one after the other: of a province all together are gigabytes."""
    of = zip(layer.props, layer.codes, layer.names, layer.parents, layer.units, strict=True)
    for props, code, title, parent, unit in of:
        yield {**props, "code": code, "name": title, "parent": parent, "unit": unit}


def _edges(layers: Sequence[Layer]) -> tuple[Drawn, ...]:
    found = shared_edges(layers)

    def told() -> Iterator[dict[str, Any]]:
        for level, left, right in zip(found.level, found.left, found.right, strict=True):
            codes = layers[level].codes
            sides = {side: None if row == NOBODY else codes[row] for side, row in (("left", left), ("right", right))}
            yield {"level": layers[level].spec.code} | sides

    return (Drawn(EDGES, "line", found.lines, told()),)


def _bands(edition: Edition) -> tuple[Drawn, ...]:
    found = bands(edition)
    shapes = np.array([band.shape for band in found], dtype=object)
    told = [{name: getattr(band, name) for name in TOLD[BANDS]} for band in found]
    return (Drawn(BANDS, "polygon", shapes, told),)


def _base(edition: Edition) -> tuple[Drawn, ...]:
    found = []
    for name, codes in _BASE.items():
        layer = next((edition.layers[code] for code in codes if code in edition.layers), None)
        if layer is not None:
            titles = zip(layer.props, layer.names, strict=True)
            told = [{"name": title, "tier": props.get("tier")} for props, title in titles]
            shown = [{key: one[key] for key in BASE_TOLD[name]} for one in told]
            found.append(Drawn(name, layer.spec.geometry, layer.geometries, shown))
    return tuple(found)
