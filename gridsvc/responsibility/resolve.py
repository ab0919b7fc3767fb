"""Whose is it, and why: walks the decision table by rank, first match wins, every row passed over is recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Literal
from zoneinfo import ZoneInfo

from gridsvc.codes import Category, matches
from gridsvc.responsibility.people import Staff, Unit
from gridsvc.responsibility.table import Lead, Limit, Place, Rule
from gridsvc.values import AreaAt, Component

Passed = Literal["validity", "category", "place", "attributes", "window", "no_unit", "disputed", "settled"]
Desk = Literal["no_rule", "near_edge", "rules_conflict", "no_owner", "outside"]
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Situation:
    """All that a decision may depend on, established before: place, object, matter and instant.

    ``areas`` holds the settled area of each layer that has one; ``around`` every area at the point, so that
    overlapping zones and crossing lanes can all be matched. ``inside`` is False where the finest partition has
    no area for the point.
    """

    instant: datetime
    zone: ZoneInfo
    category: Category | None
    areas: Mapping[str, AreaAt]
    around: Mapping[str, Sequence[AreaAt]]
    component: Component | None = None
    attributes: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    inside: bool = True


@dataclass(frozen=True, slots=True)
class Decision:
    """One accountable unit with the row that named it, or the reason why the case is for the desk.

    Without any rules both ``unit`` and ``desk`` are None. ``trail`` has every row that was looked at before,
    with what spoke against it.
    """

    unit: Unit | None
    rule: Rule | None
    desk: Desk | None
    assisting: tuple[Unit, ...] = ()
    evaluator: Unit | None = None
    trail: tuple[tuple[Rule, Passed], ...] = ()


@dataclass(frozen=True, eq=False)
class Ruleset:
    """One complete, dated decision table with its limits. ``rules`` are kept by rank."""

    code: str
    rules: tuple[Rule, ...] = ()
    limits: tuple[Limit, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "rules", tuple(sorted(self.rules, key=lambda r: (r.rank, r.id))))

    def limits_for(self, category: str) -> list[Limit]:
        """Limits of a category, ordinary condition; for each stage the exact code rules, else the longest prefix."""
        best: dict[str, Limit] = {}
        for limit in self.limits:
            if limit.condition == "" and matches(limit.category, category):
                held = best.get(limit.stage)
                if held is None or _exactness(limit) > _exactness(held):
                    best[limit.stage] = limit
        return list(best.values())


def _exactness(limit: Limit) -> tuple[bool, int]:
    return not limit.category.endswith("*"), len(limit.category)


def decide(ruleset: Ruleset, staff: Staff, situation: Situation) -> Decision:
    """Settle one case: the first row by rank that holds and names a unit.

    A row marked disputed does not settle: after it only precedents and locality may. What nobody settles is
    for the desk, with a reason.
    """
    trail: list[tuple[Rule, Passed]] = []
    disputed = False
    for rule in ruleset.rules:
        against = _against(rule, situation, disputed)
        units = [] if against else _units((rule.lead,), staff, situation)
        if against is None and not units:
            against = "no_unit"
        if against is None and rule.disputed:
            against, disputed = "disputed", True
        if against is None:
            evaluator = _units((rule.evaluator,), staff, situation) if rule.evaluator else []
            assisting = tuple(u for u in _units(rule.assisting, staff, situation) if u != units[0])
            return Decision(units[0], rule, None, assisting, evaluator[0] if evaluator else None, tuple(trail))
        trail.append((rule, against))
    return Decision(None, None, _desk(ruleset, situation, trail, disputed), trail=tuple(trail))


def _desk(ruleset: Ruleset, situation: Situation, trail: list[tuple[Rule, Passed]], disputed: bool) -> Desk | None:
    if not ruleset.rules:
        return None
    if disputed:
        return "rules_conflict"
    if not situation.inside:
        return "outside"
    if any(why == "no_unit" for _, why in trail):
        return "no_owner"
    return "no_rule"


def _against(rule: Rule, situation: Situation, disputed: bool) -> Passed | None:
    """Name the first condition of a row that does not hold, or None if all do."""
    if disputed and rule.via not in ("precedent", "locality"):
        return "settled"
    if (rule.valid_from and situation.instant < rule.valid_from) or (
        rule.valid_to and situation.instant >= rule.valid_to
    ):
        return "validity"
    if rule.categories and not _category_matches(rule, situation.category):
        return "category"
    if rule.attributes and not all(situation.attributes.get(k) in v for k, v in rule.attributes.items()):
        return "attributes"
    if rule.places and not any(all(_holds(term, situation) for term in terms) for terms in rule.places):
        return "place"
    if not rule.window.holds_at(situation.instant, situation.zone):
        return "window"
    return None


def _category_matches(rule: Rule, category: Category | None) -> bool:
    return category is not None and any(matches(pattern, category.code) for pattern in rule.categories)


def _holds(term: Place, situation: Situation) -> bool:
    here = situation.around.get(term.layer, ())
    if term.key is not None:
        found = any(_same(area.props.get(term.key), str(term.value)) for area in here)
    else:
        found = any(term.code in ("*", area.code) for area in here)
    return found != term.negated


def _same(value: object, text: str) -> bool:
    """Compare a property with the text of a rule: numbers as numbers, flags as true or false, nothing with nothing."""
    if value is None:
        return False
    if isinstance(value, bool):
        return str(value).lower() == text.lower()
    if isinstance(value, int | float):
        try:
            return float(text) == value
        except ValueError:
            return False
    return str(value) == text


def _units(leads: Sequence[Lead], staff: Staff, situation: Situation) -> list[Unit]:
    """Turn leads into known units, in order, each once; a lead that yields none is left out."""
    codes = [_unit_code(lead, situation) for lead in leads]
    return [staff.units[code] for code in dict.fromkeys(codes) if code is not None and code in staff.units]


def _unit_code(lead: Lead, situation: Situation) -> str | None:
    if lead.kind == "unit":
        return lead.name
    if lead.kind == "component":
        return getattr(situation.component, lead.name) if situation.component else None
    if lead.kind == "rotate" and lead.since is not None:
        elapsed_days = (situation.instant.astimezone(situation.zone).date() - lead.since).days
        return lead.turns[elapsed_days // lead.days % len(lead.turns)]
    settled = situation.areas.get(lead.name)
    if settled is not None and settled.unit:
        return settled.unit
    return next((a.unit for a in situation.around.get(lead.name, ()) if a.unit), None)
