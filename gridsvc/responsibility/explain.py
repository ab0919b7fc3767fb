"""The sentences that explain a decision, in Chinese and English; each step is short and names its source."""

from collections.abc import Mapping
from typing import NamedTuple

from gridsvc.responsibility.duty import Chief
from gridsvc.responsibility.names import Names, coded, english_of, joined, of_rule, of_unit
from gridsvc.responsibility.passed import KEEPERS, Context, clause
from gridsvc.responsibility.people import Unit
from gridsvc.responsibility.places import Disc, Term
from gridsvc.responsibility.resolve import Decision, Desk, Passed, area_meant
from gridsvc.responsibility.roles import title_of
from gridsvc.responsibility.table import Rule
from gridsvc.responsibility.vocabulary import Titles
from gridsvc.values import AreaAt, Component, How, Via


class Step(NamedTuple):
    """One step of an explanation: which step of the order, what it is about, and the sentence."""

    step: str
    id: str
    zh: str
    en: str

    def as_dict(self) -> dict[str, str]:
        """The step as the contract shows it."""
        return {"step": self.step, "id": self.id, "zh": self.zh, "en": self.en}


# Why a case is for the desk, and what is to be done there.
DESK: Mapping[Desk, Titles] = {
    "no_rule": (
        "没有适用的规则，转定责台。请核对类别，或指定单位并记为判例。",
        "No rule applies; for the desk. Check the category, or name a unit and keep it as a precedent.",
    ),
    "near_edge": (
        "定位误差跨界，转定责台。请到现场核实位置。",
        "The position may lie on either side of a line; for the desk. Have it verified on the spot.",
    ),
    "rules_conflict": (
        "规则有争议且无判例，转定责台。请召集有关单位商定，并记为判例。",
        "The rule is disputed and there is no precedent; for the desk. Settle it with the units as a precedent.",
    ),
    "no_owner": (
        "查不到有权负责的单位，转定责台。请补登单位或部件权属，或指定单位。",
        "No unit with power over this is on record; for the desk. Complete the record, or name a unit.",
    ),
    "outside": (
        "在辖区之外，转定责台。请核对坐标，或移交所在辖区。",
        "Outside every area; for the desk. Check the coordinates, or hand the case over to the district there.",
    ),
}
HOW: Mapping[How, Titles] = {
    "inside": ("该点在其内", "the point is inside"),
    "edge": (
        "该点恰在共用边界上，按规定次序归此",
        "the point is exactly on a shared edge, which the stated order settles",
    ),
    "overlap": ("该点在几处重叠之内，取编码最小者", "the point is where areas overlap, and the least code counts"),
    "street": ("该点在界路上，归界路所属区域", "the point is on a boundary street, which belongs here"),
    "near": ("该点不在任何区域内，此为最近者", "the point is in none, and this is the nearest"),
    "outside": ("该点不在任何区域内", "the point is in none"),
    "none": ("没有可用坐标", "there is no usable coordinate"),
}
VIA: Mapping[Via, Titles] = {
    "zone": ("特殊区域规则", "special-zone rule"),
    "vertical": ("桥面与地面分工规则", "deck-and-ground rule"),
    "lane_tier": ("道路分级规则", "road-tier rule"),
    "strip": ("交界带规则", "border-strip rule"),
    "component": ("部件权属规则", "keeper rule"),
    "rule": ("职责清单规则", "duty rule"),
    "precedent": ("判例", "precedent"),
    "locality": ("属地兜底规则", "locality rule"),
}


def of_area(area: AreaAt, names: Names) -> Step:
    """Say how the point came to an area; very many points come to few areas."""
    key = area.layer, area.code, area.how
    step = names.told.get(key)
    if step is None:
        step = _of_area(area, names)
        names.keep(key, step)
    return step


def _of_area(area: AreaAt, names: Names) -> Step:
    title_zh, title_en = names.layers.get(area.layer) or (area.layer, area.layer)
    (name_zh, name_en), (zh, en) = names.name(area.layer, area.code), HOW[area.how]
    where_zh, where_en = coded(name_zh, area.code, "zh"), coded(name_en, area.code, "en")
    told = f"{title_zh or area.layer}：{where_zh}，{zh}。", f"{title_en or area.layer}: {where_en}, {en}."
    return Step("area", f"{area.layer}:{area.code}", *told)


def of_component(component: Component, distance_m: float) -> Step:
    """Say which component the report was taken to mean."""
    name = f"{component.name}（{component.code}）" if component.name else f" {component.code}"
    kind = english_of(component.class_code) or component.name
    name_en = f"{kind} ({component.code})" if kind else component.code
    zh = f"匹配部件{name}，相距 {distance_m:.1f} 米。"
    return Step("component", component.code, zh, f"Matched component {name_en}, {distance_m:.1f} m away.")


def of_passed(rule: Rule, why: Passed, context: Context) -> Step:
    """Say why a row of the table did not settle the case."""
    (name_zh, name_en), (zh, en) = of_rule(rule), clause(rule, why, context)
    zh = joined("规则", name_zh, "未采用：") + f"{zh}。"
    return Step("passed", rule.id, zh, f"Rule {name_en} does not apply: {en}.")


def of_decision(decision: Decision, context: Context) -> Step | None:
    """Say what settled the case, or why the desk must and what it is to do."""
    unit, rule = decision.unit, decision.rule
    if unit is None or rule is None:
        return Step("desk", decision.desk, *DESK[decision.desk]) if decision.desk else None
    situation = context.situation
    if any(isinstance(term, Disc) for terms in rule.places for term in terms):
        return _of_settled(rule, unit, context)
    # Discs aside, a sentence names but the rule, the areas there and what is said of the matter; very many points come
    # to few of these. What is around is kept with it, lest something else gets its number.
    key = rule.id, unit.code, id(situation.around), tuple([situation.attributes.get(k) for k in rule.attributes or ()])
    kept: tuple[object, Step] | None = context.names.told.get(key)
    if kept is None or kept[0] is not situation.around:
        kept = situation.around, _of_settled(rule, unit, context)
        context.names.keep(key, kept)
    return kept[1]


def _of_settled(rule: Rule, unit: Unit, context: Context) -> Step:
    (kind_zh, kind_en), (name_zh, name_en), (unit_zh, unit_en) = VIA[rule.via], of_rule(rule), of_unit(unit)
    told = [
        (joined("按", kind_zh, name_zh) + f"，由{unit_zh}负责", f"By {kind_en} {name_en}, {unit_en} is accountable"),
        *_quality(rule, context),
        *_met(rule, context),
    ]
    if rule.source:
        told.append((f"依据：{rule.source}", f"Source: {rule.source}"))
    return Step("rule", rule.id, "。".join(zh for zh, _ in told) + "。", ". ".join(en for _, en in told) + ".")


def of_party(step: str, unit: Unit) -> Step:
    """Name a unit that assists or evaluates."""
    zh, en = of_unit(unit)
    said = {"assisting": (f"{zh}协办。", f"{en} assists."), "evaluator": (f"{zh}考评。", f"{en} evaluates.")}
    return Step(step, unit.code, *said[step])


def of_chief(role: str, chief: Chief) -> Step:
    """Say who was attached as chief, by which post, whether on duty, and whether he stands in for somebody."""
    (title_zh, title_en), name, post = title_of(role), chief.person.name, chief.post.code
    said = [("在岗", "on duty") if chief.on_duty else ("不在岗", "off duty")]
    if chief.post.deputy_of is not None:
        said.append(("由副职代行", "a deputy who stands in"))
    elif chief.acting:
        said.append(("代理", "acting"))
    told_zh, told_en = "，".join(zh for zh, _ in said), ", ".join(en for _, en in said)
    said_en = f"{title_en[:1].upper()}{title_en[1:]}: {name} (post {post}), {told_en}."
    return Step("chief", post, f"{title_zh}：{name}（岗位 {post}），{told_zh}。", said_en)


def _quality(rule: Rule, context: Context) -> list[Titles]:
    """As what the unit was named, where the row does not name it outright."""
    lead = rule.lead
    if lead.kind == "component":
        zh, en = KEEPERS[lead.name]
        return [(f"该单位是部件登记的{zh}", f"It is the recorded {en} of the component")]
    if lead.kind == "rotate":
        en = f"Units take turns of {lead.days} days, and it is the turn of this one"
        return [(f"轮值每 {lead.days} 天一换，此时轮到该单位", en)]
    area = area_meant(rule, lead.name, context.situation) if lead.kind == "area" else None
    if area is None:
        return []
    zh, en = context.names.of_area(area.layer, area.code)
    return [(joined("该单位是", zh, "的责任单位"), f"It is the unit of {en}")]


def _met(rule: Rule, context: Context) -> list[Titles]:
    """What the row asks for and what was met, as far as it asks for anything but a matter."""
    names, around, point = context.names, context.situation.around, context.situation.point
    told: list[Titles] = []
    met = next((terms for terms in rule.places if all(term.holds(around, point) for term in terms)), ())
    if met:
        places = [_where(term, context) for term in met]
        told.append(("该点" + "，".join(zh for zh, _ in places), "The point is " + ", ".join(en for _, en in places)))
    for key in rule.attributes or {}:
        zh, en = names.of_words(key, [context.situation.attributes[key]])
        told.append((joined("报告说明", zh), f"The report says that {en}"))
    if rule.window.text:
        zh, en = names.of_window(rule.window)
        told.append((joined("报告时刻在", zh, "内"), f"The report was made within {en}"))
    return told


def _where(term: Term, context: Context) -> Titles:
    """Name the area by which a term holds; what a term only excludes is named as it is written."""
    names, situation = context.names, context.situation
    if isinstance(term, Disc) or term.negated:
        return names.of_term(term)
    held = [a for a in situation.around[term.layer] if term.holds({term.layer: (a,)}, situation.point)]
    settled = situation.areas.get(term.layer)
    zh, en = names.of_held(next((a for a in held if settled and a.code == settled.code), held[0]), term.key)
    return joined("在", zh), f"in {en}"
