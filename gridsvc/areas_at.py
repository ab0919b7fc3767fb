"""Everything at one point as values that a decision can rest on: each layer's settled area and all others there."""

from collections.abc import Mapping, Sequence
from functools import cached_property

from gridsvc.chain import SpelledDict
from gridsvc.diff_words import name_of
from gridsvc.spatial.edge_policy import Place
from gridsvc.spatial.layer import Edition, Layer
from gridsvc.values import AreaAt, How

Around = Mapping[str, Sequence[AreaAt]]


class Settled(dict[str, AreaAt]):
    """The settled area of each layer that has one. There are far fewer such places than points, and each is told often.

    It must not change any more.
    """

    @cached_property
    def told(self) -> SpelledDict:
        """They as an answer shows them."""
        shown = {k: SpelledDict(code=a.code, name=a.name, how=a.how) for k, a in self.items()}
        return SpelledDict(shown)

    @cached_property
    def codes(self) -> SpelledDict:
        """The code of each."""
        return SpelledDict({k: a.code for k, a in self.items()})

    @cached_property
    def ways(self) -> tuple[tuple[str, str, str], ...]:
        """Layer and code of each, and how the point came to it."""
        return tuple((k, a.code, a.how) for k, a in self.items())


class AreasAt:
    """Makes the areas of a place, once, since they never change; so is each area that came about in one way."""

    def __init__(self, edition: Edition) -> None:
        self._edition = edition
        self._layers = [_LayerAreas(layer) for layer in edition]
        self._made: dict[Place, tuple[Settled, Around]] = {}

    def of(self, place: Place) -> tuple[Settled, Around]:
        """Give the settled area of each layer that has one, and every area there of each layer that has any."""
        made = self._made.get(place)
        if made is None:
            made = self._made[place] = self._make(place)
        return made

    def names_of(self, layer: str, code: str) -> tuple[str, str] | None:
        """Give the Chinese and the English name of an area, None where there is no such area."""
        of = self._edition.layers.get(layer)
        row = None if of is None else of.position_of.get(code)
        return None if of is None or row is None else (name_of(of, row, "zh"), name_of(of, row, "en"))

    def _make(self, place: Place) -> tuple[Settled, Around]:
        settled = Settled()
        around: dict[str, Sequence[AreaAt]] = {}
        for layer, position, how, covering in zip(self._layers, place.position, place.how, place.covering, strict=True):
            if position >= 0:
                area = settled[layer.code] = layer.area(position, how)
                if layer.is_partition:
                    around[layer.code] = (area,)
            if covering and not layer.is_partition:
                around[layer.code] = [layer.area(i, "inside") for i in covering]
        return settled, around


class _LayerAreas:
    """The areas of one layer, made when first met."""

    def __init__(self, layer: Layer) -> None:
        self.code = layer.spec.code
        self.is_partition = layer.spec.coverage == "partition"
        self._layer = layer
        self._made: dict[tuple[int, How], AreaAt] = {}

    def area(self, i: int, how: How) -> AreaAt:
        """Give the area in this row, met in this way."""
        area = self._made.get((i, how))
        if area is None:
            of = self._layer
            area = AreaAt(self.code, of.codes[i], of.names[i], how, of.units[i], of.props[i])
            self._made[i, how] = area
        return area
