"""Why a row of the table did not settle a case: what it asks for and what was there, in one short clause each."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from gridsvc.responsibility.names import MOST_NAMED, Names, joined, listed, of_category, of_patterns, of_unit
from gridsvc.responsibility.people import Staff
from gridsvc.responsibility.places import Disc, Places, Term
from gridsvc.responsibility.resolve import Passed, Ruleset, Situation, unit_code
from gridsvc.responsibility.table import Rule
from gridsvc.responsibility.vocabulary import Titles

KEEPERS: Mapping[str, Titles] = {
    "maintainer": ("养护单位", "maintainer"),
    "owner": ("权属单位", "owner"),
    "competent": ("主管单位", "competent unit"),
}


class Context(NamedTuple):
    """All that a sentence about one decision may name."""

    situation: Situation
    ruleset: Ruleset
    staff: Staff
    names: Names


def clause(rule: Rule, why: Passed, context: Context) -> Titles:
    """Say what spoke against a row; sentences without their last stop."""
    return _CLAUSES[why](rule, context)


def _validity(rule: Rule, context: Context) -> Titles:
    at, zone = context.situation.instant, context.situation.zone
    if rule.valid_from is not None and at < rule.valid_from:
        day = rule.valid_from.astimezone(zone).date().isoformat()
        return f"自 {day} 起才施行", f"it is in force only from {day}"
    day = "" if rule.valid_to is None else rule.valid_to.astimezone(zone).date().isoformat()
    return f"自 {day} 起已停止施行", f"it ceased to be in force on {day}"


def _category(rule: Rule, context: Context) -> Titles:
    (asked_zh, asked_en), (zh, en) = of_patterns(rule.categories), of_category(context.situation.category)
    return joined("只管", asked_zh) + f"。本案是{zh}", f"it is for {asked_en}. This is {en}"


def _place(rule: Rule, context: Context) -> Titles:
    asked, there = _unmet(rule.places, context)
    return f"要求{asked[0]}。{there[0]}", f"it is for points {asked[1]}. {there[1]}"


def _unmet(places: Places, context: Context) -> tuple[Titles, Titles]:
    """What alternatives of places ask for that does not hold, and what is at the point instead."""
    around, point, names = context.situation.around, context.situation.point, context.names
    failing = [next(term for term in terms if not term.holds(around, point)) for terms in places]
    asked, there = [names.of_term(term) for term in failing], [_there(term, context) for term in failing]
    facts = list(dict.fromkeys(there))[:MOST_NAMED]
    return listed(asked, "或", "or"), ("。".join(zh for zh, _ in facts), ". ".join(en for _, en in facts))


def _there(term: Term, context: Context) -> Titles:
    """What is at the point in the respect of which a term asks."""
    if isinstance(term, Disc):
        return ("该点正在其内", "The point is within") if term.negated else ("该点不在其内", "The point is not")
    areas = context.situation.around.get(term.layer, ())
    if not areas:
        zh, en = context.names.of_layer(term.layer)
        return joined("该点不在任何", zh, "内"), f"The point is in no {en}"
    held = [context.names.of_held(area, term.key) for area in areas]
    en = ". It is also in ".join([en for _, en in held[:MOST_NAMED]])
    return joined("该点在", listed(held)[0]), f"The point is in {en}"


def _attributes(rule: Rule, context: Context) -> Titles:
    stated, names = context.situation.attributes, context.names
    key, values = next((k, v) for k, v in (rule.attributes or {}).items() if stated.get(k) not in v)
    asked_zh, asked_en = names.of_words(key, sorted(values))
    asked_zh = joined("要求", asked_zh)
    if key not in stated:
        return f"{asked_zh}。报告没有说明", f"it is for reports whose {asked_en}. This one does not say"
    zh, en = names.of_word(key, stated[key])
    return f"{asked_zh}。" + joined("报告说是", zh), f"it is for reports whose {asked_en}. This one says {en}"


def _window(rule: Rule, context: Context) -> Titles:
    zh, en = context.names.of_window(rule.window)
    return joined(
        "只在", zh, "适用"
    ) + "。报告时刻不在其内", f"it applies only at {en}. The report was made at another time"


def _no_unit(rule: Rule, context: Context) -> Titles:
    lead, situation, names = rule.lead, context.situation, context.names
    code = unit_code(rule, lead, situation)
    if code:
        return joined("所指的单位", code, "没有登记"), f"the unit {code} that it names is not on record"
    if lead.kind == "component":
        zh, en = KEEPERS[lead.name]
        if situation.component is None:
            return f"要找部件的{zh}，但没有匹配到部件", f"it asks for a component's {en}, and none was matched"
        name = situation.component.name or situation.component.code
        return joined("部件", name, "没有登记") + zh, f"component {name} has no {en} on record"
    zh, en = names.of_layer(lead.name)
    areas = situation.around.get(lead.name, ())
    if not areas:
        said = joined("要找", zh, "的责任单位，但该点不在任何", zh, "内")
        return said, f"it asks for the unit of a {en}, and the point is in none"
    zh, en = listed([names.of_held(area) for area in areas])
    return joined(zh, "没有登记责任单位"), f"{en} has no unit on record"


def _no_power(rule: Rule, context: Context) -> Titles:
    situation = context.situation
    unit = context.staff.units[str(unit_code(rule, rule.lead, situation))]
    powers = context.ruleset.rows_for(situation.category).powers[unit.code]
    asked, there = _unmet(tuple(terms for power in powers for terms in power.places), context)
    (unit_zh, unit_en), (matter_zh, matter_en) = of_unit(unit), of_category(situation.category)
    source = next((power.source for power in powers if power.source), "")
    source_zh, source_en = (f"。依据：{source}", f". Source: {source}") if source else ("", "")
    return (
        f"{unit_zh}在此没有权限。办理{matter_zh}须{asked[0]}。{there[0]}{source_zh}",
        f"{unit_en} has no power here. For {matter_en} the point must be {asked[1]}. {there[1]}{source_en}",
    )


def _disputed(rule: Rule, context: Context) -> Titles:
    zh, en = of_unit(context.staff.units[str(unit_code(rule, rule.lead, context.situation))])
    return (
        f"指向{zh}，但职责有争议。改看判例和属地",
        f"it names {en}, but is disputed. Precedents and locality are asked instead",
    )


def _settled(_rule: Rule, _context: Context) -> Titles:
    return "前面适用的规则有争议，只看判例和属地", "an earlier row is disputed, so only precedents and locality count"


_CLAUSES: Mapping[Passed, Callable[[Rule, Context], Titles]] = {
    "validity": _validity, "category": _category, "place": _place, "attributes": _attributes, "window": _window,
    "no_unit": _no_unit, "no_power": _no_power, "disputed": _disputed, "settled": _settled,
}  # fmt: skip
