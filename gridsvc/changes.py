"""Cases that are decided otherwise than they were: what differs, in words, and summed up by area, unit and chief."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from gridsvc.router import CHIEF_ROLES
from gridsvc.values import Lang

Essence = Mapping[str, Any]
# The gravest first: who answers, then who is attached, then where it lies; and what else an answer says.
Kind = Literal["failed", "whose", "who", "where", "how"]
KINDS: tuple[Kind, ...] = ("failed", "whose", "who", "where", "how")
KIND_TITLES: dict[Kind, tuple[str, str]] = {
    "failed": ("无法定责", "not decided"),
    "whose": ("责任单位改变", "another unit"),
    "who": ("网格长、街长改变", "another chief"),
    "where": ("所在区域改变", "another area"),
    "how": ("其他改变", "otherwise"),
}
_TITLES = {
    "unit": ("责任单位", "unit"), "via": ("依据", "by"), "desk": ("定责台", "desk"), "assisting": ("协办", "assisting"),
    "evaluator": ("评价单位", "evaluator"), "grid_chief": ("网格长", "grid chief"),
    "street_chief": ("街长", "street chief"), "component": ("部件", "component"),
}  # fmt: skip
_WHOSE = ("unit", "desk")


@dataclass(frozen=True, slots=True)
class Change:
    """One case that is decided otherwise; ``after`` is None where it cannot be decided any more, ``why`` says why.

    ``before`` is None where what is stored cannot be read. ``lon`` and ``lat`` are degrees in WGS 84, None without a
    place. Of people it knows posts, no names.
    """

    number: str
    reported_at: datetime
    category: str
    lon: float | None
    lat: float | None
    before: Essence | None
    after: Essence | None
    why: tuple[str, str] | None = None

    def differing(self) -> dict[str, tuple[str, str]]:
        """Every field that differs, by its name, before and after; layers first. An empty text is nothing."""
        before, after = flat(self.before), flat(self.after)
        pairs = {key: (before.get(key, ""), after.get(key, "")) for key in {**before, **after}}
        return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}

    @property
    def kind(self) -> Kind:
        """What of it weighs most."""
        if self.after is None:
            return "failed"
        differing = self.differing()
        if any(key in differing for key in _WHOSE):
            return "whose"
        if any(role in differing for role in CHIEF_ROLES):
            return "who"
        return "how" if all(key in _TITLES or key.endswith(HOW) for key in differing) else "where"


HOW = ":how"


def flat(essence: Essence | None) -> dict[str, str]:
    """Spell an essence as one text a field: ``LAYER``, ``LAYER:how``, ``unit``, ``via`` and the others."""
    if essence is None:
        return {}
    told: dict[str, str] = {}
    for layer, (code, how) in essence["areas"].items():
        told |= {layer: code, layer + HOW: how}
    told["unit"], told["via"] = essence["accountable"] or ("", "")
    for key in ("desk", "assisting", "evaluator", *CHIEF_ROLES, "component"):
        value = essence[key] or ""
        told[key] = value if isinstance(value, str) else " ".join(value)
    return told


def in_words(change: Change, titles: Mapping[str, tuple[str, str]], lang: Lang) -> str:
    """Say what differs, field by field; ``titles`` names the layers."""
    if change.after is None:
        return "" if change.why is None else change.why[lang == "en"]
    between = ", " if lang == "en" else "\uff0c"
    told = [
        f"{titled(key, titles, lang)} {before or '-'} → {after or '-'}"
        for key, (before, after) in change.differing().items()
    ]
    return between.join(told)


def titled(key: str, titles: Mapping[str, tuple[str, str]], lang: Lang) -> str:
    """The title of a field: of a layer as in ``titles``, else its code."""
    layer = key.removesuffix(HOW)
    title = (_TITLES.get(key) or titles.get(layer) or (layer, layer))[lang == "en"] or layer
    if not key.endswith(HOW):
        return title
    return f"how it lies in {title}" if lang == "en" else f"{title}判定方式"


@dataclass(frozen=True, slots=True)
class Shift:
    """How many of the changed cases one area, unit or chief loses and gains. ``by`` is a layer, ``unit`` or a role."""

    by: str
    code: str
    lost: int
    gained: int


def shifts(changes: Iterable[Change], layers: Sequence[str]) -> list[Shift]:
    """Sum changes up by the areas of these layers, by unit and by chief, each with what moves most first.

    A case that cannot be decided any more is lost to all that had it, and gained by nobody.
    """
    by = (*layers, "unit", *CHIEF_ROLES)
    lost, gained = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for change in changes:
        differing = change.differing()
        for key in by:
            was, now = differing.get(key, ("", ""))
            if was:
                lost[key, was] += 1
            if now:
                gained[key, now] += 1
    met = {*lost, *gained}
    order = sorted(met, key=lambda k: (by.index(k[0]), -(lost[k] + gained[k]), k[1]))
    return [Shift(*k, lost[k], gained[k]) for k in order]


def table_rows(changes: Sequence[Change]) -> Iterator[list[str]]:
    """One row a changed case under a header: the case, the kind of change, each field that differs in any of them."""
    differing = [change.differing() for change in changes]
    keys = list(dict.fromkeys(key for fields in differing for key in fields))
    sides = [f"{key}_{side}" for key in keys for side in ("before", "after")]
    yield ["number", "reported_at", "category", "lon", "lat", "change", *sides, "why_zh", "why_en"]
    for change, fields in zip(changes, differing, strict=True):
        about = [change.number, change.reported_at.isoformat(), change.category, _text(change.lon), _text(change.lat)]
        cells = [cell for key in keys for cell in fields.get(key, ("", ""))]
        yield [*about, change.kind, *cells, *(change.why or ("", ""))]


def total_rows(changes: Iterable[Change], layers: Sequence[str]) -> Iterator[list[str]]:
    """The shifts under a header."""
    yield ["by", "code", "lost", "gained"]
    for shift in shifts(changes, layers):
        yield [shift.by, shift.code, str(shift.lost), str(shift.gained)]


def _text(degrees: float | None) -> str:
    return "" if degrees is None else repr(degrees)
