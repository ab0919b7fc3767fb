"""The names of a city's areas and people, found while they are typed: by a part, a code, or the letters of pinyin."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import nsmallest
from typing import Literal

from pypinyin import Style, lazy_pinyin

from gridsvc.router import Snapshot
from gridsvc.spatial.layer import Layer

Kind = Literal["area", "lane", "place", "person"]
_KINDS: dict[str, Kind] = {"polygon": "area", "line": "lane", "point": "place"}
# Layers of more points are addresses, which are looked up one by one where they are stored.
_MOST_POINTS = 5_000
# Which key answers the words: the name, a code, the first letters of its syllables, the syllables.
_NAME, _CODE, _INITIALS, _SYLLABLES = range(4)


@dataclass(frozen=True, slots=True)
class Named:
    """One thing that has a name: an area by layer and position, or a person by code."""

    kind: Kind
    name: str
    code: str
    layer: str = ""
    row: int = -1


class Names:
    """All names of one snapshot with their keys. Safe to share between threads."""

    def __init__(self, snapshot: Snapshot) -> None:
        """Spell every name once; ten thousand take about a second."""
        self._keys: list[tuple[str, int, int]] = []
        self._named: list[Named] = []
        spelled: dict[str, tuple[str, str]] = {}
        for one, names in _all(snapshot):
            place = len(self._named)
            self._named.append(one)
            self._keys.append((one.code.lower(), _CODE, place))
            for name in names:
                self._keys.append((name.lower(), _NAME, place))
                if name not in spelled:
                    spelled[name] = initials(name), "".join(lazy_pinyin(name, errors="ignore"))
                self._keys += [(key, n, place) for n, key in zip((_INITIALS, _SYLLABLES), spelled[name], strict=True)]

    def find(self, words: str, most: int) -> list[Named]:
        """Give what answers the words best, at most so many of each kind.

        Whole keys come first, then beginnings, then parts; of equals the shorter one.
        """
        plain = "".join(words.lower().split())
        if not plain:
            return []
        best: dict[int, tuple[int, int]] = {}
        for key, n, place in self._keys:
            if plain in key and (n < _INITIALS or key.startswith(plain)):
                how = 0 if key == plain else 1 if key.startswith(plain) else 2
                rank = how, len(key)
                if place not in best or rank < best[place]:
                    best[place] = rank
        found: dict[Kind, list[tuple[tuple[int, int], int]]] = {}
        for place, rank in best.items():
            found.setdefault(self._named[place].kind, []).append((rank, place))
        return [self._named[place] for ranked in found.values() for _, place in nsmallest(most, ranked)]


def initials(name: str) -> str:
    """Give the first letter of every syllable, and what is no Chinese character as it is; small letters."""
    return "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower()


def _all(snapshot: Snapshot) -> Iterator[tuple[Named, list[str]]]:
    for layer in snapshot.edition:
        if layer.spec.geometry != "point" or len(layer.codes) <= _MOST_POINTS:
            yield from _of_layer(layer)
    for person in snapshot.staff.people.values():
        yield Named("person", person.name, person.code), [person.name]


def _of_layer(layer: Layer) -> Iterable[tuple[Named, list[str]]]:
    kind = _KINDS[layer.spec.geometry]
    for row, (code, name) in enumerate(zip(layer.codes, layer.names, strict=True)):
        english = layer.props[row].get("name_en")
        names = [str(n) for n in (name, english) if n and n != code]
        yield Named(kind, str(name or code), str(code), layer.spec.code, row), names
