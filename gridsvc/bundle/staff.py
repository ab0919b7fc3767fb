"""Units, and the posts that an answer names with who holds them: names, never telephone numbers."""

from collections.abc import Mapping, Sequence
from typing import Any

from gridsvc.bundle.instants import instant_of, micros, write_window
from gridsvc.responsibility.calendar import Calendar
from gridsvc.responsibility.people import Person, Post, Staff, Unit
from gridsvc.responsibility.windows import parse_window

_POST = ("code", "person", "role", "layer", "area", "unit", "deputy_of", "acting")


def write_staff(staff: Staff, chiefs: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Give all units, and of the posts those of the chiefs; ``chiefs`` are the layers that have them, by role."""
    posts = [p for p in sorted(staff.posts, key=lambda p: p.code) if p.layer in chiefs.get(p.role, ())]
    people = {p.person: staff.people[p.person] for p in posts if p.person in staff.people}
    return {
        "units": [[u.code, u.name, u.name_en, u.parent, u.kind] for u in staff.units.values()],
        "people": [[p.code, p.name, p.kind] for p in people.values()],
        "posts": [
            {**{name: getattr(p, name) for name in _POST}, "duty": write_window(p.duty),
             "from": None if p.valid_from is None else micros(p.valid_from),
             "to": None if p.valid_to is None else micros(p.valid_to)}
            for p in posts
        ],
    }  # fmt: skip


def read_staff(told: Mapping[str, Any], calendar: Calendar) -> Staff:
    """Make units, people and posts of what :func:`write_staff` gave; duty is on the city's calendar."""
    posts = tuple(
        Post(
            **{name: row[name] for name in _POST},
            duty=parse_window(row["duty"]["text"], "duty", calendar),
            valid_from=instant_of(row["from"]),
            valid_to=instant_of(row["to"]),
        )
        for row in told["posts"]
    )
    people = {code: Person(code, name, None, kind) for code, name, kind in told["people"]}
    return Staff({row[0]: Unit(*row) for row in told["units"]}, people, posts)
