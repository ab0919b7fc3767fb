"""Units, people and the posts they hold: who there is, never who is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from types import MappingProxyType

from gridsvc.responsibility.windows import ALWAYS, Window

# An area by layer and code, or a unit, which has no layer.
Place = tuple[str | None, str | None]


@dataclass(frozen=True, slots=True)
class Unit:
    """An organisation that can answer for a case; ``parent`` is the code of the unit above it."""

    code: str
    name: str
    name_en: str = ""
    parent: str | None = None
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """A named person; ``phone`` is personal data, ``kind`` is ``regular``, ``auxiliary``, ``volunteer`` or not said."""

    code: str
    name: str
    phone: str | None = None
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Post:
    """Person x role x area or unit x validity x duty windows.

    ``deputy_of`` names a post of the seat this one stands in for, whoever holds that seat by now; ``acting`` marks a
    post held for a vacant principal.
    Validity is half-open: ``valid_from`` belongs to it, ``valid_to`` does not.
    """

    code: str
    person: str
    role: str
    layer: str | None = None
    area: str | None = None
    unit: str | None = None
    deputy_of: str | None = None
    acting: bool = False
    duty: Window = ALWAYS
    valid_from: datetime | None = None
    valid_to: datetime | None = None

    @property
    def place(self) -> Place:
        """Where its seat is: in an area, else in a unit. Role and place are the seat, whoever holds it in turn."""
        return (self.layer, self.area) if self.layer is not None else (None, self.unit)

    def holds_at(self, instant: datetime) -> bool:
        """Tell whether the post is valid at this instant."""
        return (self.valid_from is None or self.valid_from <= instant) and (
            self.valid_to is None or instant < self.valid_to
        )


@dataclass(frozen=True, eq=False)
class Staff:
    """All units, people and posts of a district, looked up by code and by area."""

    units: Mapping[str, Unit] = field(default_factory=lambda: MappingProxyType({}))
    people: Mapping[str, Person] = field(default_factory=lambda: MappingProxyType({}))
    posts: tuple[Post, ...] = ()

    def __post_init__(self) -> None:
        seats: dict[tuple[str, Place], list[Post]] = {}
        for post in sorted(self.posts, key=lambda p: p.code):
            seats.setdefault((post.role, post.place), []).append(post)
        object.__setattr__(self, "_seats", seats)

    @cached_property
    def roles(self) -> frozenset[str]:
        """The roles that any post has."""
        return frozenset(post.role for post in self.posts)

    @cached_property
    def below(self) -> Mapping[str, frozenset[str]]:
        """Every unit with all units under it, itself among them."""
        found: dict[str, set[str]] = {code: set() for code in self.units}
        for code in self.units:
            above: str | None = code
            # A unit that were its own superior would go round for ever.
            while above in found and code not in found[above]:
                found[above].add(code)
                above = self.units[above].parent
        return {code: frozenset(units) for code, units in found.items()}

    def above(self, unit: str) -> list[Unit]:
        """A unit and those above it, the highest last; empty where there is no such unit."""
        found: dict[str, Unit] = {}
        above = self.units.get(unit)
        # A unit that were its own superior would go round for ever.
        while above is not None and above.code not in found:
            found[above.code] = above
            above = self.units.get(above.parent or "")
        return list(found.values())

    def posts_at(self, role: str, place: Place) -> list[Post]:
        """Posts of one role at one place, whenever valid, by post code."""
        found: dict[tuple[str, Place], list[Post]] = self.__dict__["_seats"]
        return found.get((role, place), [])
