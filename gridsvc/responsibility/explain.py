"""The sentences that explain a decision, in Chinese and English; one short step each."""

from functools import lru_cache
from typing import NamedTuple

from gridsvc.responsibility.duty import Chief
from gridsvc.responsibility.resolve import Decision, Desk, Passed
from gridsvc.responsibility.roles import title_of
from gridsvc.responsibility.table import Rule
from gridsvc.values import AreaAt, Component, How


class Step(NamedTuple):
    """One step of an explanation: which step of the order, what it is about, and the sentence."""

    step: str
    id: str
    zh: str
    en: str

    def as_dict(self) -> dict[str, str]:
        """The step as the contract shows it."""
        return {"step": self.step, "id": self.id, "zh": self.zh, "en": self.en}


DESK: dict[Desk, tuple[str, str]] = {
    "no_rule": ("没有适用的规则，转定责台", "no rule applies; for the desk"),
    "near_edge": ("定位误差跨界，转定责台", "the position may lie on either side of a line; for the desk"),
    "rules_conflict": ("规则有争议且无先例，转定责台", "the rule is disputed and there is no precedent; for the desk"),
    "no_owner": ("查不到责任单位，转定责台", "no responsible unit is on record; for the desk"),
    "outside": ("在辖区之外，转定责台", "outside every area; for the desk"),
}
HOW: dict[How, tuple[str, str]] = {
    "inside": ("位于其内", "inside"),
    "edge": ("恰在共用边界上，按次序归属", "exactly on a shared edge, settled by the stated order"),
    "overlap": ("位于重叠区，取最小编码", "in an overlap, the least code"),
    "street": ("位于界路上，归界路所属区域", "on a boundary street, its owner's"),
    "near": ("不在任何区域内，取最近者", "in none, the nearest"),
    "outside": ("不在任何区域内", "in none"),
    "none": ("没有可用坐标", "no usable coordinate"),
}
PASSED: dict[Passed, tuple[str, str]] = {
    "validity": ("不在有效期", "not in force then"),
    "category": ("案件类别不符", "different category"),
    "place": ("地点不符", "different place"),
    "attributes": ("情形不符", "different circumstances"),
    "window": ("时段不符", "outside its hours"),
    "no_unit": ("查不到所指单位", "the unit it names is not on record"),
    "disputed": ("适用但有争议", "applies, but is disputed"),
    "settled": ("前一规则有争议，只看先例与属地", "after a dispute only precedents and locality count"),
}


def of_area(area: AreaAt, title_zh: str, title_en: str) -> Step:
    """Say how the point came to an area."""
    zh, en = HOW[area.how]
    name = f"{area.name}({area.code})" if area.name and area.name != area.code else area.code
    return Step("area", f"{area.layer}:{area.code}", f"{title_zh}:{name},{zh}", f"{title_en}: {name}, {en}")


def of_component(component: Component, distance_m: float) -> Step:
    """Say which component the report was taken to mean."""
    zh = f"匹配部件 {component.name}({component.code})，相距 {distance_m:.1f} 米"
    en = f"matched component {component.name} ({component.code}), {distance_m:.1f} m away"
    return Step("component", component.code, zh, en)


def of_passed(rule: Rule, why: Passed) -> Step:
    """Say why a row of the table did not settle the case."""
    return _passed(rule.id, why)


@lru_cache(maxsize=10_000)
def _passed(rule: str, why: Passed) -> Step:
    zh, en = PASSED[why]
    return Step("passed", rule, f"规则 {rule} 未采用：{zh}", f"rule {rule} not applied: {en}")


def of_decision(decision: Decision) -> Step | None:
    """Say what settled the case, or why the desk must."""
    if decision.unit is not None and decision.rule is not None:
        rule = decision.rule
        source = f"（依据：{rule.source}）" if rule.source else ""
        source_en = f" (source: {rule.source})" if rule.source else ""
        zh = f"按规则 {rule.id} 由{decision.unit.name}负责{source}"
        return Step("rule", rule.id, zh, f"by rule {rule.id}: {decision.unit.name} is accountable{source_en}")
    return Step("desk", decision.desk, *DESK[decision.desk]) if decision.desk else None


def of_chief(role: str, chief: Chief) -> Step:
    """Say who was attached as chief, whether he is on duty, and whether he stands in for somebody."""
    said = [("在岗", "on duty") if chief.on_duty else ("不在岗", "off duty")]
    if chief.post.deputy_of is not None:
        said.append(("由副职代行", "a deputy who stands in"))
    elif chief.acting:
        said.append(("代理", "acting"))
    (zh, en), name = title_of(role), chief.person.name
    told_zh, told_en = "，".join(zh for zh, _ in said), ", ".join(en for _, en in said)
    return Step("chief", chief.post.code, f"{zh}：{name}（{told_zh}）", f"{en}: {name} ({told_en})")
