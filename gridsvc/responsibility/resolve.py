"""Whose is it, and why: walks the decision table by rank, first match wins, every row passed over can be told."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from gridsvc.codes import Category, matches
from gridsvc.responsibility.calendar import NO_CALENDAR, Calendar
from gridsvc.responsibility.people import Staff, Unit
from gridsvc.responsibility.table import Lead, Limit, Place, Rule
from gridsvc.values import AreaAt, Component

Passed = Literal["validity", "category", "place", "attributes", "window", "no_unit", "disputed", "settled"]
Desk = Literal["no_rule", "near_edge", "rules_conflict", "no_owner", "outside"]
Around = Mapping[str, Sequence[AreaAt]]
Trail = tuple[tuple[Rule, Passed], ...]
NOTHING: Mapping[str, str] = MappingProxyType({})


class Situation(NamedTuple):
    """All that a decision may depend on, established before: place, object, matter and instant.

    ``areas`` holds the settled area of each layer that has one; ``around`` every area at the point, so that
    overlapping zones and crossing lanes can all be matched. ``inside`` is False where the finest partition has
    no area for the point.
    """

    instant: datetime
    zone: ZoneInfo
    category: Category | None
    areas: Mapping[str, AreaAt]
    around: Around
    component: Component | None = None
    attributes: Mapping[str, str] = NOTHING
    inside: bool = True


@dataclass(frozen=True, slots=True)
class Decision:
    """One accountable unit with the row that named it, or the reason why the case is for the desk.

    Without any rules both ``unit`` and ``desk`` are None.
    """

    unit: Unit | None
    rule: Rule | None
    desk: Desk | None
    assisting: tuple[Unit, ...] = ()
    evaluator: Unit | None = None
    retrace: Callable[[], Trail] = field(default=tuple, repr=False, compare=False)

    @property
    def parties(self) -> tuple[str, ...]:
        """The units whose case it is, the accountable one first, then those that assist or evaluate; each once."""
        units = (self.unit, *self.assisting, self.evaluator)
        return tuple(dict.fromkeys(u.code for u in units if u is not None))

    @property
    def trail(self) -> Trail:
        """Every row that stands before the settling one, with what spoke against it; worked out anew each time."""
        return self.retrace()


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a ruleset that are for one category: rules by rank, and the limit of each stage."""

    rules: tuple[Rule, ...]
    limits: tuple[Limit, ...]


@dataclass(frozen=True, eq=False)
class Ruleset:
    """One complete, dated decision table with its limits and its city's calendar. ``rules`` are kept by rank."""

    code: str
    rules: tuple[Rule, ...] = ()
    limits: tuple[Limit, ...] = ()
    calendar: Calendar = NO_CALENDAR
    _rows: dict[str | None, Rows] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rules", tuple(sorted(self.rules, key=lambda r: (r.rank, r.id))))

    def rows_for(self, category: Category | None) -> Rows:
        """Give the rows for a category, or for a report without one; worked out once for each."""
        code = None if category is None else category.code
        rows = self._rows.get(code)
        if rows is None:
            limits = () if code is None else tuple(self.limits_for(code))
            rows = self._rows[code] = Rows(tuple(r for r in self.rules if _is_for(r, category)), limits)
        return rows

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
    retrace = partial(trail_of, ruleset, staff, situation)
    met = set()
    for rule in ruleset.rows_for(situation.category).rules:
        found = _shut(rule, situation, "disputed" in met) or _weigh(rule, staff, situation)
        if isinstance(found, Unit):
            evaluator = _unit(rule.evaluator, staff, situation) if rule.evaluator else None
            assisting = _units(rule.assisting, staff, situation, found) if rule.assisting else ()
            return Decision(found, rule, None, assisting, evaluator, retrace)
        met.add(found)
    return Decision(None, None, _desk(ruleset, situation, met), retrace=retrace)


def trail_of(ruleset: Ruleset, staff: Staff, situation: Situation) -> Trail:
    """List every row that stands before the settling one, or all where none settles, with what spoke against it."""
    for_category = {id(rule) for rule in ruleset.rows_for(situation.category).rules}
    trail: list[tuple[Rule, Passed]] = []
    disputed = False
    for rule in ruleset.rules:
        against: Passed | None = _shut(rule, situation, disputed)
        if against is None and id(rule) not in for_category:
            against = "category"
        elif against is None:
            found = _weigh(rule, staff, situation)
            if isinstance(found, Unit):
                break
            against = found
            disputed = disputed or found == "disputed"
        trail.append((rule, against))
    return tuple(trail)


def _desk(ruleset: Ruleset, situation: Situation, met: Collection[Passed]) -> Desk | None:
    if not ruleset.rules:
        return None
    if "disputed" in met:
        return "rules_conflict"
    if not situation.inside:
        return "outside"
    return "no_owner" if "no_unit" in met else "no_rule"


def _is_for(rule: Rule, category: Category | None) -> bool:
    if not rule.categories:
        return True
    return category is not None and any(matches(pattern, category.code) for pattern in rule.categories)


def _shut(rule: Rule, situation: Situation, disputed: bool) -> Literal["settled", "validity"] | None:
    """What speaks against a row whatever it is about, if anything does."""
    if disputed and rule.via not in ("precedent", "locality"):
        return "settled"
    if (rule.valid_from and situation.instant < rule.valid_from) or (
        rule.valid_to and situation.instant >= rule.valid_to
    ):
        return "validity"
    return None


def _weigh(rule: Rule, staff: Staff, situation: Situation) -> Unit | Passed:
    """Give the unit that an open row for this category names, or the first thing that speaks against the row."""
    if rule.attributes and not all(situation.attributes.get(k) in v for k, v in rule.attributes.items()):
        return "attributes"
    if rule.places and not _at_one(rule.places, situation.around):
        return "place"
    if not rule.window.holds_at(situation.instant, situation.zone):
        return "window"
    unit = _unit(rule.lead, staff, situation)
    if unit is None:
        return "no_unit"
    return "disputed" if rule.disputed else unit


def _at_one(places: Sequence[Sequence[Place]], around: Around) -> bool:
    """Tell whether all terms of one of the alternatives hold. Plain loops: this is asked most of all."""
    for terms in places:
        for term in terms:
            if not _holds(term, around):
                break
        else:
            return True
    return False


def _holds(term: Place, around: Around) -> bool:
    for area in around.get(term.layer, ()):
        if term.code in ("*", area.code) if term.key is None else _same(area.props.get(term.key), str(term.value)):
            return not term.negated
    return term.negated


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


def _units(leads: Sequence[Lead], staff: Staff, situation: Situation, but: Unit) -> tuple[Unit, ...]:
    """Turn leads into known units other than ``but``, in order, each once; a lead that yields none is left out."""
    codes = dict.fromkeys([_unit_code(lead, situation) for lead in leads])
    units = [staff.units[code] for code in codes if code is not None and code in staff.units]
    return tuple([unit for unit in units if unit != but])


def _unit(lead: Lead, staff: Staff, situation: Situation) -> Unit | None:
    code = _unit_code(lead, situation)
    return None if code is None else staff.units.get(code)


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
