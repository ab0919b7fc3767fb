"""The roles that a post may have, as the field knows them. A city may use others; these have titles and a meaning."""

from dataclasses import dataclass
from typing import Literal

Seat = Literal["area", "unit"]


@dataclass(frozen=True, slots=True)
class Role:
    """What a role is. ``sole``: at one place at one instant it has one principal at most.

    ``chain``: who is sent first, second and third; None for roles that are not sent. ``enforces``: only regular staff.
    """

    code: str
    title_zh: str
    title_en: str
    seat: Seat = "area"
    sole: bool = False
    chain: int | None = None
    enforces: bool = False


ROLES = {
    role.code: role
    for role in (
        Role("grid_chief", "网格长", "grid chief", sole=True),
        Role("street_chief", "街长", "street chief", sole=True),
        Role("lane_chief", "巷长", "lane chief", sole=True),
        Role("steward", "小巷管家", "lane steward"),
        Role("grid_worker", "网格员", "grid worker", chain=1),
        Role("persuader", "劝导员", "persuader", chain=2),
        Role("enforcement_officer", "执法队员", "enforcement officer", chain=3, enforces=True),
        Role("liaison", "联络员", "liaison officer", seat="unit"),
        Role("duty_leader", "值班领导", "duty leader", seat="unit"),
        Role("duty_officer", "值班员", "duty officer", seat="unit"),
    )
}


def title_of(role: str) -> tuple[str, str]:
    """Give the Chinese and the English title of a role; a city's own role is called by its code."""
    known = ROLES.get(role)
    return (known.title_zh, known.title_en) if known else (role, role)
