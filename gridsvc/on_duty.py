"""Who is on duty at a point or for a unit, in the shape in which every door shows it. Stores and decides nothing."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from gridsvc.diff_words import name_of
from gridsvc.errors import FieldError, NotFound
from gridsvc.masking import mask_phone
from gridsvc.report import Report
from gridsvc.responsibility.duty import Duty, Holder, chain_at, duties_at, duty_at, nearest_duty
from gridsvc.responsibility.people import Place, Unit
from gridsvc.responsibility.roles import ROLES, title_of
from gridsvc.router import Router
from gridsvc.spatial.datum import Datum
from gridsvc.values import AreaAt, Point

BARRED = ("辅助人员不得执法", "only regular staff may enforce")


class OnDuty(NamedTuple):
    """Who is on duty at a point, or for one unit, at an instant.

    ``posts`` has everybody who holds a post there; ``chain`` who is sent first, second and third; ``contacts`` the
    nearest of each role that belongs to units: in the unit of the finest area that has one, else in one above it.
    """

    at: datetime
    point: Point | None
    areas: Sequence[AreaAt]
    unit: Unit | None
    posts: Sequence[Duty]
    chain: Mapping[str, Duty | None]
    contacts: Mapping[str, Duty | None]
    edition: str
    ruleset: str

    def as_dict(self) -> dict[str, Any]:
        """The answer as JSON has it, in which no telephone number is whole; instants are in the district's time."""
        return {
            "at": self.at.isoformat(),
            "point": None if self.point is None else {"lon": self.point.lon, "lat": self.point.lat},
            "areas": {a.layer: {"code": a.code, "name": a.name} for a in self.areas},
            "unit": None if self.unit is None else {"unit": self.unit.code, "name": self.unit.name},
            "posts": [self._duty(duty.role, duty) for duty in self.posts],
            "chain": [self._duty(role, duty) for role, duty in self.chain.items()],
            "contacts": [self._duty(role, duty) for role, duty in self.contacts.items()],
            "edition": self.edition,
            "ruleset": self.ruleset or None,
        }

    def _duty(self, role: str, duty: Duty | None) -> dict[str, Any]:
        layer, code = (None, None) if duty is None else duty.place
        until = None if duty is None or duty.until is None else duty.until.astimezone(self.at.tzinfo)
        return {
            **titled(role),
            "layer": layer,
            "area": code if layer is not None else None,
            "unit": code if layer is None else None,
            "holders": [] if duty is None else [_holder(h) for h in duty.holders],
            "barred": [] if duty is None else [_holder(h) | {"zh": BARRED[0], "en": BARRED[1]} for h in duty.barred],
            "until": until and until.isoformat(),
        }


def on_duty_at(room: Router, x: float, y: float, crs: str | Datum, at: datetime) -> OnDuty:
    """Tell who is on duty at a point; raises what :meth:`Router.meet` raises for a point that cannot be used."""
    met = room.meet(x, y, crs, Report(at))
    specs = {layer.spec.code: layer.spec for layer in room.snapshot.edition}

    def order(area: AreaAt) -> tuple[int, int, str]:
        """The finer layers first; among equals by their priority."""
        depth, above = 0, specs[area.layer].parent
        while above in specs and depth < len(specs):
            depth, above = depth + 1, specs[above].parent
        return -depth, specs[area.layer].priority, area.layer

    areas = sorted(room.areas_of(met.place).values(), key=order)
    staff, here = room.snapshot.staff, [(a.layer, a.code) for a in areas]
    units = [unit for area in areas if area.unit for unit in staff.above(area.unit)]
    return _told(room, at, here, units, met.prepared.point, areas)


def on_duty_for(room: Router, unit: str, at: datetime) -> OnDuty:
    """Tell who is on duty for a unit; raises ``NotFound`` where there is none of that code."""
    units = room.snapshot.staff.above(unit)
    if not units:
        mend = ("改为 GET /v1/units 列出的单位编码", "give the code of a unit that GET /v1/units lists")
        raise NotFound("没有这个单位", "there is no such unit", [FieldError("unit", unit, *mend)])
    return _told(room, at, [(None, unit)], units)


def _told(
    room: Router, at: datetime, here: Sequence[Place], units: Sequence[Unit], point: Point | None = None,
    areas: Sequence[AreaAt] = (),
) -> OnDuty:  # fmt: skip
    staff, zone = room.snapshot.staff, room.zone
    of_units = list(dict.fromkeys((None, unit.code) for unit in units))
    return OnDuty(
        at=at.astimezone(zone),
        point=point,
        areas=areas,
        unit=next(iter(units), None),
        posts=duties_at(staff, here, at, zone),
        chain={} if point is None else chain_at(staff, here, at, zone),
        contacts={
            role.code: nearest_duty(staff, role.code, of_units, at, zone)
            for role in ROLES.values() if role.seat == "unit"
        },
        edition=room.snapshot.edition.code,
        ruleset=room.snapshot.ruleset.code,
    )  # fmt: skip


def posts_in_force(
    room: Router, at: datetime, role: str | None = None, area: str | None = None, person: str | None = None
) -> list[dict[str, Any]]:
    """List the posts that hold at an instant, by code: those of a role, of an area or unit by code, or of a person."""
    staff, zone = room.snapshot.staff, room.zone
    wanted = [
        post
        for post in sorted(staff.posts, key=lambda p: p.code)
        if post.holds_at(at) and post.person in staff.people
        and role in (None, post.role) and area in (None, post.place[1]) and person in (None, post.person)
    ]  # fmt: skip
    return [
        {
            "post": post.code, **titled(post.role), "person": post.person, "name": staff.people[post.person].name,
            "phone": mask_phone(staff.people[post.person].phone), "kind": staff.people[post.person].kind,
            "layer": post.layer, "area": post.area, "unit": post.unit, "deputy_of": post.deputy_of,
            "acting": post.acting, "duty": post.duty.text, "on_duty": post.duty.holds_at(at, zone),
            "valid_from": post.valid_from and post.valid_from.astimezone(zone).isoformat(),
            "valid_to": post.valid_to and post.valid_to.astimezone(zone).isoformat(),
        }
        for post in wanted
    ]  # fmt: skip


def on_duty_now(room: Router, at: datetime) -> dict[str, Any]:
    """Give who is on duty at an instant for every unit, and every seat at which somebody should be and nobody is."""
    staff, zone = room.snapshot.staff, room.zone
    seats = {(post.role, post.place) for post in staff.posts if post.holds_at(at)}
    order = {code: n for n, code in enumerate(ROLES)}
    ranked = sorted(seats, key=lambda s: (s[1][0] or "", s[1][1] or "", order.get(s[0], len(order)), s[0]))
    duties = [duty for role, place in ranked if (duty := duty_at(staff, role, place, at, zone)) is not None]

    def told(duty: Duty) -> dict[str, Any]:
        layer, code = duty.place
        until = None if duty.until is None else duty.until.astimezone(zone).isoformat()
        return {
            **titled(duty.role), "layer": layer, "area": code if layer else None, "unit": None if layer else code,
            **place_name(room, duty.place), "holders": [_holder(h) for h in duty.holders if h.on_duty], "until": until,
        }  # fmt: skip

    return {
        "at": at.astimezone(zone).isoformat(),
        "on_duty": [told(duty) for duty in duties if duty.is_served and duty.place[0] is None],
        "nobody": [told(duty) for duty in duties if not duty.is_served],
        "served": sum(duty.is_served for duty in duties), "seats": len(duties),
    }  # fmt: skip


def place_name(room: Router, place: Place) -> dict[str, str]:
    """What a place is called in Chinese and English, by its code where nothing is on record."""
    layer, code = place[0], place[1] or ""
    of = room.snapshot.edition.layers.get(layer or "")
    row = None if of is None else of.position_of.get(code)
    if of is not None and row is not None:
        return {"name_zh": name_of(of, row, "zh") or code, "name_en": name_of(of, row, "en") or code}
    unit = room.snapshot.staff.units.get(code) if layer is None else None
    return {"name_zh": unit.name if unit else code, "name_en": (unit.name_en or unit.name) if unit else code}


def titled(role: str) -> dict[str, str]:
    """A role with its titles."""
    zh, en = title_of(role)
    return {"role": role, "title_zh": zh, "title_en": en}


def _holder(holder: Holder) -> dict[str, Any]:
    return {
        "post": holder.post.code, "name": holder.person.name, "phone": mask_phone(holder.person.phone),
        "deputy": holder.post.deputy_of is not None, "on_duty": holder.on_duty, "acting": holder.acting,
    }  # fmt: skip
