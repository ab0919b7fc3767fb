"""Finds places by words: candidates in order, each with how it was found. Never guesses silently."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rapidfuzz import fuzz
from sqlalchemy import Connection

from gridsvc.codes import load_categories
from gridsvc.router import Router
from gridsvc.spatial.place_query import classes_called, crossings_in, numbered_in, tidy
from gridsvc.store import dated_sets, places
from gridsvc.store.components import components_like
from gridsvc.store.dated_sets import DatedSet
from gridsvc.store.places import Meeting, NamedPlace
from gridsvc.values import Component, Point, metres_per_degree

Kind = Literal["lane", "crossing", "component", "place", "address", "community", "street", "grid"]
How = Literal["name", "code", "crossing", "part", "mentioned", "like", "number_near", "no_crossing"]
MOST = 50
# So many rows of each kind of look are ranked; names that share a pair of characters with common words are many.
_LOOKED_AT = 200
# A name that is less like the words than this only happens to share a pair of characters with them.
_LEAST_LIKENESS = 0.5
_HOUSE = re.compile("(.*[^0-9])([0-9]{1,6})(?:号)?")
_WITHIN = ("street", "community")
# What is told of a candidate, by how it was found.
_TOLD: Mapping[How, tuple[str, str]] = {
    "name": ("名称完全一致", "the name is exactly this"),
    "code": ("编码完全一致", "the code is exactly this"),
    "crossing": ("{one}与{other}在此相交", "here {one} meets {other}"),
    "part": ("名称或编码中含有所查的字词", "these words are a part of it"),
    "mentioned": ("所查的文字中提到它", "it is named in these words"),
    "like": ("名称相近，可能有错字", "it is much like these words; something may be misspelt"),
    "number_near": (
        "没有登记 {asked} 号，这是最近的门牌之一",
        "number {asked} is not on record; this is one of the nearest",
    ),
    "no_crossing": (
        "{one}与{other}不相交，最近处相距 {gap_m:.0f} 米",
        "{one} does not meet {other}: they are {gap_m:.0f} m apart where they are nearest",
    ),
}


@dataclass(frozen=True, slots=True)
class Found:
    """One candidate: degrees, metres to its farthest part from the point, and how well it answers the words, 0 to 1."""

    kind: Kind
    layer: str | None
    code: str
    name: str
    lon: float
    lat: float
    extent_m: float
    bbox: tuple[float, float, float, float] | None
    score: float
    how: How
    told: tuple[str, str]

    @property
    def is_exact(self) -> bool:
        """Whether it is what the words say, letter by letter."""
        return self.how in ("name", "code", "crossing")


def find_places(
    connection: Connection, room: Router, words: str, limit: int = 10, near: Point | None = None
) -> dict[str, Any]:
    """Give the places that words may mean in the edition of ``room``, the likeliest first.

    Of equals the one nearest to ``near`` comes first. ``certain`` is true only where exactly one place answers the
    words exactly. Raises ``BadInput`` for words that are too short or too long.
    """
    plain = tidy(words)
    edition = room.snapshot.edition
    held = dated_sets.need(connection, "edition", edition.code, edition.district)
    found = [
        *_crossings(connection, held, plain), *_components(connection, held, plain), *_named(connection, held, plain)
    ]  # fmt: skip
    best: dict[tuple[str | None, str, float, float], Found] = {}
    for one in found:
        own = one.layer, one.code, one.lon, one.lat
        if own not in best or one.score > best[own].score:
            best[own] = one
    # What is merely like the words is of interest only where nothing is what they say.
    if any(f.is_exact for f in best.values()):
        best = {own: f for own, f in best.items() if f.how != "like"}
    ranked = sorted(best.values(), key=lambda f: (-round(f.score, 3), _distance_m(f, near), f.layer or "", f.code))
    return {
        "items": _shown(ranked[:limit], room, near),
        "certain": sum(f.is_exact for f in ranked) == 1,
        "edition": edition.code,
    }


def _crossings(connection: Connection, held: DatedSet, plain: str) -> Iterable[Found]:
    pairs = crossings_in(plain)
    for met in places.meetings(connection, held.id, pairs) if pairs else ():
        how: How = "crossing" if met.is_crossing else "no_crossing"
        told = _words(how, one=met.names[0], other=met.names[1], gap_m=met.gap_m)
        if met.is_crossing:
            for lon, lat in _apart(met):
                name = "\u2013".join(met.names)
                yield Found("crossing", None, met.code, name, lon, lat, met.wide_m, None, 1.0, how, told)
            continue
        # The lanes are offered, so that somebody can choose; the place between them is on neither.
        for lane in places.of_areas(connection, met.ids):
            yield _found(lane, 0.75, how, told)


def _apart(met: Meeting) -> list[tuple[float, float]]:
    """The places where two lanes meet; those within their widths of one another are one."""
    kept: list[tuple[float, float]] = []
    for lon, lat in met.points:
        if all(_metres((lon, lat), other) > met.wide_m for other in kept):
            kept.append((lon, lat))
    return kept


def _components(connection: Connection, held: DatedSet, plain: str) -> Iterable[Found]:
    told = numbered_in(plain)
    if told is None:
        return
    classes = classes_called(told.what, load_categories()) if told.what else None
    if classes == []:
        return
    for pattern in (f"%{told.part}", f"%{told.part}%"):
        rows = components_like(connection, held, pattern, classes, _LOOKED_AT)
        for c in rows:
            how: How = "code" if c.code == told.part else "part"
            score = 1.0 if how == "code" else 0.5 + 0.45 * len(told.part) / len(c.code)
            yield _component(c, score, how)
        if rows:
            # A part within the code is of interest only where no code ends in it.
            return


def _component(c: Component, score: float, how: How) -> Found:
    return Found(
        "component", None, c.code, c.name, c.point.lon, c.point.lat, 0.0, None, score, how, _words(how)
    )  # fmt: skip


def _named(connection: Connection, held: DatedSet, plain: str) -> Iterable[Found]:
    (key,) = places.keys_of(connection, [plain])
    house = _HOUSE.fullmatch(key)
    # A number is often written without the word for it.
    keys = [key, f"{house[1]}{house[2]}号"] if house else [key]
    exact = places.named(connection, held.id, keys, _LOOKED_AT)
    for place in exact:
        yield _found(place, 1.0, "name" if place.by_name else "code")
    if house and not exact:
        numbers = places.numbers_near(connection, held.id, house[1], int(house[2]), MOST)
        asked = int(house[2])
        for place in numbers:
            score = 0.6 + 0.2 / (1 + abs((place.house or 0) - asked))
            yield _found(place, score, "number_near", _words("number_near", asked=asked))
    for place in places.alike(connection, held.id, key, _LOOKED_AT):
        yield from _likeness(place, key)


def _likeness(place: NamedPlace, key: str) -> Iterable[Found]:
    if key in place.key:
        yield _found(place, 0.5 + 0.45 * len(key) / len(place.key), "part")
    elif place.key in key:
        yield _found(place, 0.4 + 0.5 * len(place.key) / len(key), "mentioned")
    elif (like := fuzz.ratio(key, place.key) / 100) >= _LEAST_LIKENESS:
        yield _found(place, 0.7 * like, "like")


def _found(place: NamedPlace, score: float, how: How, told: tuple[str, str] | None = None) -> Found:
    return Found(
        _kind(place), place.layer, place.code, place.name, place.lon, place.lat, place.extent_m,
        None if place.geometry == "point" else place.bbox, score, how, told or _words(how),
    )  # fmt: skip


def _kind(place: NamedPlace) -> Kind:
    if place.geometry == "line":
        return "lane"
    if place.house is not None:
        return "address"
    kinds: Mapping[str, Kind] = {"street": "street", "community": "community", "grid": "grid", "unit_grid": "grid"}
    return kinds.get(place.layer, "place")


def _words(how: How, **given: Any) -> tuple[str, str]:
    zh, en = _TOLD[how]
    return zh.format(**given), en.format(**given)


def _metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    east_m, north_m = metres_per_degree(one[1])
    return math.hypot((one[0] - other[0]) * east_m, (one[1] - other[1]) * north_m)


def _distance_m(found: Found, near: Point | None) -> float:
    return 0.0 if near is None else _metres((near.lon, near.lat), (found.lon, found.lat))


def _shown(found: Sequence[Found], room: Router, near: Point | None) -> list[dict[str, Any]]:
    """The candidates as every door shows them, each with the street and the community that it lies in."""
    return [
        {
            "kind": f.kind, "layer": f.layer, "code": f.code, "name": f.name, "within": within(room, f.lon, f.lat),
            "point": {"lon": f.lon, "lat": f.lat}, "extent_m": round(f.extent_m, 1), "bbox": f.bbox,
            "distance_m": None if near is None else round(_distance_m(f, near), 1),
            "score": round(f.score, 3), "how": f.how, "zh": f.told[0], "en": f.told[1],
        }
        for f in found
    ]  # fmt: skip


def within(room: Router, lon: float, lat: float) -> dict[str, dict[str, str]]:
    """Give code and name of the street and the community at a point."""
    areas = room.areas_of(room.locator.at(lon, lat))
    return {layer: {"code": areas[layer].code, "name": areas[layer].name} for layer in _WITHIN if layer in areas}
