"""Precedents: what the desk settled decides the cases after it at once; and how a precedent ends."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from gridsvc.answer import Routing
from gridsvc.casework.desk import Ruling
from gridsvc.codes import category_of
from gridsvc.errors import BadInput, Conflict, FieldError, NotFound
from gridsvc.responsibility.people import Staff
from gridsvc.responsibility.place_words import in_words
from gridsvc.responsibility.precedents import next_rank, places_for, precedents_of, state_of
from gridsvc.responsibility.resolve import Decision, Passed, Ruleset
from gridsvc.responsibility.table import Rule
from gridsvc.responsibility.vocabulary import Titles
from gridsvc.router import Router, Snapshot
from gridsvc.services.editions import read_rules_of
from gridsvc.services.holding import need_pair_at
from gridsvc.services.rulesets import amend_within
from gridsvc.spatial.layer import Edition
from gridsvc.store import dated_sets, tenures
from gridsvc.store.areas import read_edition
from gridsvc.store.cases import StoredCase
from gridsvc.store.dated_sets import DatedSet
from gridsvc.store.engine import transaction
from gridsvc.store.precedents import makers
from gridsvc.store.rules import read_texts
from gridsvc.tables import Row
from gridsvc.values import Point, reason_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """The precedent that is to be made of a ruling.

    Its ground is ``places``, written as in the rules, or else what ``scope`` says
    (:func:`gridsvc.responsibility.precedents.places_for`). Without ``categories`` it is for the case's own; without
    ``until`` it does not expire. ``supersedes`` names one that ends where this one begins.
    """

    scope: str = ""
    places: str = ""
    categories: tuple[str, ...] = ()
    until: datetime | None = None
    supersedes: str | None = None


def id_of(number: str) -> str:
    """Give the id of the precedent that is made of a case."""
    return f"J-{number}"


def make_precedent(
    connection: Connection, room: Router, case: StoredCase, attributes: Mapping[str, str], ruling: Ruling,
    wanted: Wanted, at: datetime,
) -> None:  # fmt: skip
    """Publish the ruleset that holds with the precedent in it, in the transaction of the ruling.

    It must decide the very case that it is made of, were that reported now: raises ``Conflict`` where an older one
    decides that or another row does, where no rank is free, and where it would outlast its ruleset, since the one that
    is planned to follow knows nothing of it; ``BadInput`` for ground or an end that cannot be; and whatever a
    publication raises. Everybody else who publishes waits until the transaction ends.
    """
    if wanted.until is not None and wanted.until <= at:
        mend = ("改为将来的时刻，或不填", "give an instant to come, or leave it out")
        error = FieldError("precedent.until", wanted.until.isoformat(), *mend)
        raise BadInput("判例一开始就已到期", "the precedent would be over at once", [error])
    held, ruleset, staff = _held(connection, case.district, at)
    _refuse_to_be_lost(connection, held, wanted)
    id_ = id_of(case.number)
    if any(rule.id == id_ for rule in ruleset.rules):
        mend = ("在规则中修改这一行", "amend that row of the rules")
        raise Conflict(f"已有判例 {id_}", f"there is a precedent {id_} already", [FieldError("precedent", id_, *mend)])

    def asked(under: Router) -> Routing:
        return under.route(case.lon, case.lat, crs="wgs84", at=at, category=case.category, attributes=attributes)

    areas = {layer: area.code for layer, area in asked(room).areas.items()}
    point = Point(case.lon, case.lat)
    row = {
        "id": id_, "rank": str(next_rank(ruleset)), "via": "precedent",
        "categories": ";".join(wanted.categories or [case.category]),
        "places": wanted.places or places_for(wanted.scope, areas, room.locator.finest, point),
        "lead": f"unit:{ruling.accountable.unit}",
        "assisting": ";".join(f"unit:{party.unit}" for party in ruling.assisting),
        "source": f"案件 {case.number} 定责台裁定：{ruling.reason}",
        "valid_from": _text(at, room.zone), "valid_to": "" if wanted.until is None else _text(wanted.until, room.zone),
        "test_lon": f"{point.lon:.7f}", "test_lat": f"{point.lat:.7f}",
    }  # fmt: skip
    rows = [Row(row, 0)]
    if wanted.supersedes is not None:
        rows.append(_ended(connection, held, ruleset, wanted.supersedes, at, "precedent.supersedes"))
    others = replace(ruleset, rules=tuple(rule for rule in ruleset.rules if rule.id != wanted.supersedes))
    _refuse_older(asked(room.under(others, staff)).decision, ruling.accountable.unit)
    made = amend_within(
        connection, {"rules": rows}, now=at, by=ruling.actor, reason=f"{id_}：{ruling.reason}", district=case.district
    )
    _refuse_idle(id_, asked(room.under(*read_rules_of(connection, made))).decision)


def end_precedent(engine: Engine, id_: str, reason: str, by: str, now: datetime, district: str | None = None) -> None:
    """Let a precedent hold no longer from now on; raises ``NotFound`` for one that is not in force."""
    reason = reason_of(reason)
    with transaction(engine) as connection:
        held, ruleset, _ = _held(connection, district, now)
        row = _ended(connection, held, ruleset, id_, now, "id")
        amend_within(connection, {"rules": [row]}, now=now, by=by, reason=reason, district=held.district)


def register(engine: Engine, snapshot: Snapshot, at: datetime) -> list[dict[str, Any]]:
    """List the precedents of a ruleset by rank, those that expired and those to come among them.

    ``case`` and ``by`` are of those that were made of a case here: its number, and who settled it.
    """
    found = precedents_of(snapshot.ruleset)
    with transaction(engine) as connection:
        made = makers(connection, snapshot.edition.district, [rule.id for rule in found])
    return [_registered(rule, snapshot, at, *made.get(rule.id, (None, None))) for rule in found]


def read_register(engine: Engine, at: datetime, district: str | None = None) -> list[dict[str, Any]]:
    """List the precedents of the ruleset that holds at an instant; see :func:`register`."""
    with transaction(engine) as connection:
        held = need_pair_at(connection, at, district, at)
        snapshot = Snapshot(read_edition(connection, held.edition), *read_rules_of(connection, held.ruleset))
    return register(engine, snapshot, at)


def _registered(rule: Rule, snapshot: Snapshot, at: datetime, number: str | None, by: str | None) -> dict[str, Any]:
    edition, zone = snapshot.edition, ZoneInfo(snapshot.edition.time_zone)
    titles = {layer.spec.code: (layer.spec.title_zh, layer.spec.title_en) for layer in edition}
    unit = snapshot.staff.units.get(rule.lead.name) if rule.lead.kind == "unit" else None
    place_zh, place_en = in_words(rule.places, titles, partial(_name, edition))
    return {
        "id": rule.id,
        "state": state_of(rule, at),
        "rank": rule.rank,
        "categories": [_category(pattern) for pattern in rule.categories],
        "place": {"zh": place_zh, "en": place_en},
        "unit": None if unit is None else {"unit": unit.code, "name": unit.name},
        "source": rule.source,
        "case": number,
        "by": by,
        "from": None if rule.valid_from is None else _text(rule.valid_from, zone),
        "to": None if rule.valid_to is None else _text(rule.valid_to, zone),
    }


def _name(edition: Edition, layer: str, code: str) -> str:
    found = edition.layers.get(layer)
    position = None if found is None else found.position_of.get(code)
    return "" if found is None or position is None else found.names[position]


def _category(pattern: str) -> dict[str, str | None]:
    if pattern.endswith("*"):
        return {"code": pattern, "zh": None, "en": None}
    exact = category_of(pattern)
    return {"code": pattern, "zh": exact.zh, "en": exact.en}


def _held(connection: Connection, district: str | None, now: datetime) -> tuple[DatedSet, Ruleset, Staff]:
    """Read the ruleset that will be amended, while nobody else publishes another."""
    tenures.begin_change(connection)
    at = max(now, tenures.known_from(connection))
    held = dated_sets.held_at(connection, "ruleset", at, district)
    if held is None:
        mend = ("先发布一个规则版次", "publish a ruleset first")
        error = FieldError("ruleset", None, *mend)
        raise Conflict("没有生效的规则版次", "no ruleset holds now", [error])
    return held, *read_rules_of(connection, held)


def _refuse_to_be_lost(connection: Connection, held: DatedSet, wanted: Wanted) -> None:
    """Refuse a precedent that would end without a word when a ruleset begins that is published already."""
    if held.holds_to is None or (wanted.until is not None and wanted.until <= held.holds_to):
        return
    end = _text(held.holds_to, ZoneInfo(held.time_zone))
    mend = (
        f"until 填至多 {end}，或只裁定本案", f"give an until of {end} at most, or settle this case alone"
    )  # fmt: skip
    error = FieldError("precedent.until", wanted.until and wanted.until.isoformat(), *mend)
    zh = f"现行规则版次到 {end} 为止，其后的规则不含这个判例"
    en = f"the ruleset that holds ends at {end}, and what follows it knows nothing of the precedent"
    raise Conflict(zh, en, [error])


def _refuse_to_be_revived(connection: Connection, held: DatedSet, id_: str, field: str) -> None:
    """Refuse to end what would be in force again when a ruleset begins that is published already."""
    following: DatedSet | None = held
    while following is not None and (begin := following.holds_to) is not None:
        following = dated_sets.held_at(connection, "ruleset", begin, held.district)
        rules = read_rules_of(connection, following)[0].rules
        if following is not None and any(rule.id == id_ and state_of(rule, begin) != "expired" for rule in rules):
            code, start = following.code, _text(begin, ZoneInfo(held.time_zone))
            mend = (
                f"先以 --correction 发布不含 {id_} 的规则版次代替 {code}",
                f"publish a ruleset without {id_} in the place of {code} first, as a correction",
            )
            zh = f"{start} 起生效的规则版次 {code} 含有判例 {id_}，会使它恢复"
            en = f"the ruleset {code}, which holds from {start}, has the precedent {id_} and would bring it back"
            raise Conflict(zh, en, [FieldError(field, id_, *mend)])


def _ended(connection: Connection, held: DatedSet, ruleset: Ruleset, id_: str, at: datetime, field: str) -> Row:
    """Give the row of a precedent in force as it is to be: over."""
    known = [rule.id for rule in precedents_of(ruleset) if state_of(rule, at) == "in_force"]
    if id_ not in known:
        shown = ", ".join(known) or "-"
        error = FieldError(field, id_, f"有效的判例：{shown}", f"those in force: {shown}")
        raise NotFound("没有这个有效的判例", "no such precedent is in force", [error])
    _refuse_to_be_revived(connection, held, id_, field)
    row = next(row for row in read_texts(connection, held.id)["rules"] if row["id"] == id_)
    return Row(row | {"valid_to": _text(at, ZoneInfo(held.time_zone))}, row.line)


def _text(instant: datetime, zone: ZoneInfo) -> str:
    return instant.astimezone(zone).isoformat()


def _refuse_older(decision: Decision, unit: str) -> None:
    """Refuse a precedent for what an older one decides."""
    older: Rule | None = decision.rule
    if older is None or older.via != "precedent" or decision.unit is None:
        return
    name = f"{decision.unit.name}（{decision.unit.code}）"
    if decision.unit.code == unit:
        mend = ("不必再立", "no other one is needed")
        error = FieldError("precedent", older.id, *mend)
        raise Conflict(f"判例 {older.id} 已这样裁定", f"the precedent {older.id} says so already", [error])
    mend = (
        f"改用 {older.id} 的单位，或以 supersedes 写明 {older.id} 由此终止",
        f"settle it as {older.id} does, or name {older.id} under supersedes, which ends it",
    )
    error = FieldError("precedent.supersedes", None, *mend)
    zh = f"与判例 {older.id} 冲突：该处此类案件由{name}负责"
    en = f"it contradicts the precedent {older.id}, by which {decision.unit.code} answers for such cases there"
    raise Conflict(zh, en, [error])


# What can speak against a precedent at its own case; what it asks of a place and a matter is made of that case.
_AGAINST: Mapping[Passed, Titles] = {
    "place": ("地点不符", "different place"),
    "category": ("案件类别不符", "different category"),
    "validity": ("不在有效期", "not in force then"),
    "no_power": ("该单位在此无管辖权限", "the unit has no power there"),
    "no_unit": ("查不到该单位", "the unit is not on record"),
}


def _refuse_idle(id_: str, decision: Decision) -> None:
    """Refuse a precedent that would not decide the case it is made of."""
    if decision.rule is not None and decision.rule.id == id_:
        return
    against = next((why for rule, why in decision.trail if rule.id == id_), None)
    if against is None and decision.rule is not None:
        zh, en = f"规则 {decision.rule.id} 在先", f"rule {decision.rule.id} comes before it"
    else:
        zh, en = _AGAINST.get(against or "place", ("不适用", "it does not apply"))
    mend = ("改正判例的范围和类别，或只裁定本案", "mend its ground and categories, or settle this case alone")
    error = FieldError("precedent", id_, *mend)
    raise Conflict(f"判例对本案不起作用：{zh}", f"the precedent would not decide this case: {en}", [error])
