"""Finds whatever somebody types: cases, areas, lanes, places, components and people, as far as he may see them."""

import threading
from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args

from sqlalchemy import Connection

from gridsvc.casework.titles import STATUSES
from gridsvc.codes import category_of
from gridsvc.diff_words import name_of
from gridsvc.errors import BadInput, UnknownCategory
from gridsvc.on_duty import place_name
from gridsvc.responsibility.roles import title_of
from gridsvc.rights import Reach
from gridsvc.router import Router, Snapshot
from gridsvc.services.names import Named, Names
from gridsvc.services.places import find_places
from gridsvc.store.case_lists import FoundCase, cases_like
from gridsvc.values import Lang

Kind = Literal["case", "area", "lane", "place", "component", "person"]
# The order in which groups are shown.
KINDS: tuple[Kind, ...] = get_args(Kind)
MOST = 20
_LONGEST = 100
_OF_PLACES: Mapping[str, Kind] = {
    "street": "area", "community": "area", "grid": "area", "lane": "lane", "component": "component",
}  # fmt: skip
Json = dict[str, Any]


class Search:
    """Finds by the names of the city that holds, which are spelled once. Safe to share between threads."""

    def __init__(self) -> None:
        self._spelling = threading.Lock()
        self._spelled: tuple[Snapshot, Names] | None = None

    def find(
        self, connection: Connection, room: Router, words: str, most: int, reads: Reach | None, lang: Lang
    ) -> list[Json]:
        """Give groups of what answers the words, at most so many of each kind; cases only within ``reads``."""
        plain = " ".join(words.split())[:_LONGEST]
        found: dict[Kind, list[Json]] = {kind: [] for kind in KINDS}
        if not plain:
            return []
        if reads is not None:
            found["case"] = [_case(one, lang) for one in cases_like(connection, reads, plain, most)]
        for one in self._names(room).find(plain, most):
            found[one.kind].append(_person(room, one, lang) if one.kind == "person" else _area(room, one, lang))
        known = {(item["layer"], item["code"]) for kind in ("area", "lane", "place") for item in found[kind]}
        for kind, item in _places(connection, room, plain, most, lang):
            if (item["layer"], item["code"]) not in known:
                found[kind].append(item)
        return [{"kind": kind, "items": items[:most]} for kind, items in found.items() if items]

    def _names(self, room: Router) -> Names:
        with self._spelling:
            if self._spelled is None or self._spelled[0] is not room.snapshot:
                self._spelled = room.snapshot, Names(room.snapshot)
            return self._spelled[1]


def _places(connection: Connection, room: Router, words: str, most: int, lang: Lang) -> Iterable[tuple[Kind, Json]]:
    """What names alone do not tell: addresses, crossings, components by number, and what is misspelt."""
    try:
        items = find_places(connection, room, words, most)["items"]
    except BadInput:
        # One letter, or nothing but signs: too little to look up a place by.
        return
    for item in items:
        within = " ".join(area["name"] for area in item["within"].values())
        title = item["name"] or item["code"]
        shown = {"layer": item["layer"], "code": item["code"], "title": title, "subtitle": within, **item["point"]}
        if item["kind"] == "component":
            shown |= {"title": item["code"], "subtitle": _joined(item["name"], within)}
        yield _OF_PLACES.get(item["kind"], "place"), shown


def _area(room: Router, one: Named, lang: Lang) -> Json:
    layer = room.snapshot.edition.layers[one.layer]
    point = layer.geometries[one.row].representative_point()
    kind = (layer.spec.title_zh if lang == "zh" else layer.spec.title_en) or one.layer
    name = name_of(layer, one.row, lang) or one.code
    code = None if name == one.code else one.code
    return {"layer": one.layer, "code": one.code, "title": name, "subtitle": _joined(kind, code),
            "lon": round(point.x, 7), "lat": round(point.y, 7)}  # fmt: skip


def _person(room: Router, one: Named, lang: Lang) -> Json:
    """A person with the posts that he holds, as everybody who sees the map is told; no number of a telephone."""
    held = []
    for post in room.snapshot.staff.posts:
        if post.person == one.code:
            zh, en = title_of(post.role)
            held.append(f"{zh if lang == 'zh' else en} {place_name(room, post.place)[f'name_{lang}']}")
    return {"layer": None, "code": one.code, "title": one.name, "subtitle": _joined(*dict.fromkeys(held)),
            "lon": None, "lat": None}  # fmt: skip


def _case(one: FoundCase, lang: Lang) -> Json:
    try:
        category = category_of(one.category)
        title = category.zh if lang == "zh" else category.en
    except UnknownCategory:
        title = one.category
    status = STATUSES[one.status][0 if lang == "zh" else 1]
    return {
        "id": str(one.id), "number": one.number, "status": one.status, "layer": None, "code": one.number,
        "title": one.number, "subtitle": _joined(title, status, one.address), "lon": one.lon, "lat": one.lat,
    }  # fmt: skip


def _joined(*parts: str | None) -> str:
    return " \u00b7 ".join(part for part in parts if part)
