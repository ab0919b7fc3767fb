"""Whose is it, and why: walks the decision table by rank, first match wins, every row passed over can be told."""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache, partial
from types import MappingProxyType
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from gridsvc.chain import SpelledList
from gridsvc.codes import Category, matches
from gridsvc.responsibility.calendar import NO_CALENDAR, Calendar
from gridsvc.responsibility.limits import Limits, LimitTable, meets
from gridsvc.responsibility.people import Staff, Unit
from gridsvc.responsibility.places import Around, Disc, Discs, Place, Term, at_one
from gridsvc.responsibility.public_answers import AnswerTemplate
from gridsvc.responsibility.repeats import DuplicateRule, Sanction
from gridsvc.responsibility.table import Lead, Limit, Power, Rule
from gridsvc.responsibility.vocabulary import Vocabulary
from gridsvc.values import AreaAt, Component, Point

Passed = Literal["validity", "category", "place", "attributes", "window", "no_unit", "no_power", "disputed", "settled"]
Desk = Literal["no_rule", "near_edge", "rules_conflict", "no_owner", "outside"]
Trail = tuple[tuple[Rule, Passed], ...]
NOTHING: Mapping[str, str] = MappingProxyType({})
_OTHER: Passed = "category"


class Situation(NamedTuple):
    """All that a decision may depend on, established before: place, object, matter and instant.

    ``areas`` holds the settled area of each layer that has one; ``around`` every area at the point, so that
    overlapping zones and crossing lanes can all be matched. ``inside`` is False where the finest partition has
    no area for the point.
    """

    instant: datetime
    zone: ZoneInfo
    point: Point
    category: Category | None
    areas: Mapping[str, AreaAt]
    around: Around
    component: Component | None = None
    attributes: Mapping[str, str] = NOTHING
    inside: bool = True


@dataclass(frozen=True)
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
    def trail(self) -> Trail:
        """Every row that stands before the settling one, with what spoke against it; worked out anew each time."""
        return self.retrace()

    @cached_property
    def told(self) -> SpelledList:
        """The trail as a history keeps it: the id of each row, and what spoke against it."""
        return SpelledList([_against(rule.id, why) for rule, why in self.trail])


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a ruleset that are for one category: rules by rank, powers by unit, limits.

    ``at`` are the places of the rules in the whole table, ``others`` all of the table, as if each row were of another
    matter.
    """

    rules: tuple[Rule, ...]
    at: tuple[int, ...]
    others: tuple[tuple[Rule, "Passed"], ...]
    powers: Mapping[str, tuple[Power, ...]]
    limits: LimitTable


@dataclass(frozen=True, eq=False)
class Ruleset:
    """One complete, dated decision table with limits, powers, words and the calendar. ``rules`` are kept by rank."""

    code: str
    rules: tuple[Rule, ...] = ()
    limits: tuple[Limit, ...] = ()
    powers: tuple[Power, ...] = ()
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    calendar: Calendar = NO_CALENDAR
    duplicates: tuple[DuplicateRule, ...] = ()
    sanctions: tuple[Sanction, ...] = ()
    answers: tuple[AnswerTemplate, ...] = ()
    _rows: dict[str | None, Rows] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rules", tuple(sorted(self.rules, key=lambda r: (r.rank, r.id))))

    @cached_property
    def terms(self) -> tuple[Place, ...]:
        """Every area, or property of areas, that a rule or a power asks for."""
        return tuple(dict.fromkeys(term for term in self._terms() if isinstance(term, Place)))

    @cached_property
    def discs(self) -> Discs:
        """Every disc that a rule, a power or a limit asks for."""
        limits = (term for limit in self.limits for terms in limit.where() for term in terms)
        return Discs(term for term in (*self._terms(), *limits) if isinstance(term, Disc))

    @cached_property
    def dated(self) -> tuple[int, ...]:
        """The places of the rows that are not in force for ever."""
        return tuple(i for i, r in enumerate(self.rules) if (r.valid_from, r.valid_to) != (None, None))

    def _terms(self) -> Iterator[Term]:
        rows: tuple[Rule | Power, ...] = (*self.rules, *self.powers)
        return (term for row in rows for terms in row.places for term in terms)

    def rows_for(self, category: Category | None) -> Rows:
        """Give the rows for a category, or for a report without one; worked out once for each."""
        code = None if category is None else category.code
        rows = self._rows.get(code)
        if rows is None:
            powers: dict[str, tuple[Power, ...]] = {}
            for power in self.powers:
                if _is_for(power, category):
                    powers[power.unit] = (*powers.get(power.unit, ()), power)
            limits = LimitTable(x for x in self.limits if code is not None and matches(x.category, code))
            at = tuple(i for i, r in enumerate(self.rules) if _is_for(r, category))
            rules, others = tuple(self.rules[i] for i in at), tuple((r, _OTHER) for r in self.rules)
            rows = self._rows[code] = Rows(rules, at, others, powers, limits)
        return rows

    def limits_for(
        self,
        category: Category | None,
        attributes: Mapping[str, str] = NOTHING,
        around: Around = MappingProxyType({}),
        point: Point | None = None,
    ) -> Limits:
        """Give the limit of each stage that has one, at a point with the areas around it.

        A limit for this place goes before one for all places; then one whose condition the attributes meet before one
        that asks for fewer of them, and so before the ordinary one; then the exact code before a prefix, and the longer
        prefix before the shorter. Without a point those for all places alone count.
        """
        return self.rows_for(category).limits.best(attributes, around, point)


def decide(ruleset: Ruleset, staff: Staff, situation: Situation) -> Decision:
    """Settle one case: the first row by rank that holds and names a unit.

    A row marked disputed does not settle: after it only precedents and locality may. What nobody settles is
    for the desk, with a reason.
    """
    passed: list[tuple[Rule, Passed]] = []
    rows, disputed = ruleset.rows_for(situation.category), False
    for rule in rows.rules:
        found = _shut(rule, situation, disputed) or _weigh(rule, rows, staff, situation)
        if isinstance(found, Unit):
            evaluator = _unit(rule, rule.evaluator, staff, situation) if rule.evaluator else None
            assisting = _units(rule, rule.assisting, staff, situation, found) if rule.assisting else ()
            return Decision(found, rule, None, assisting, evaluator, partial(_trail, ruleset, situation, passed, True))
        passed.append((rule, found))
        disputed = disputed or found == "disputed"
    desk = _desk(ruleset, situation, {why for _, why in passed})
    return Decision(None, None, desk, retrace=partial(_trail, ruleset, situation, passed, False))


@lru_cache(maxsize=20_000)
def _against(id_: str, why: Passed) -> SpelledList:
    return SpelledList((id_, why))


def _trail(ruleset: Ruleset, situation: Situation, passed: Sequence[tuple[Rule, Passed]], settled: bool) -> Trail:
    """List every row before the settling one, or all where none settles: those of other matters among the passed."""
    rows = ruleset.rows_for(situation.category)
    trail = list(rows.others[: rows.at[len(passed)]] if settled else rows.others)
    n = len(trail)
    dispute = next((i for i, (_, why) in zip(rows.at, passed, strict=False) if why == "disputed"), n)
    for i in (*(i for i in ruleset.dated if i < min(dispute, n)), *range(dispute + 1, n)):
        rule = ruleset.rules[i]
        trail[i] = rule, _shut(rule, situation, i > dispute) or _OTHER
    for i, told in zip(rows.at, passed, strict=False):
        trail[i] = told
    return tuple(trail)


def _desk(ruleset: Ruleset, situation: Situation, met: Set[Passed]) -> Desk | None:
    if not ruleset.rules:
        return None
    if "disputed" in met:
        return "rules_conflict"
    if not situation.inside:
        return "outside"
    return "no_owner" if met & {"no_unit", "no_power"} else "no_rule"


def _is_for(row: Rule | Power, category: Category | None) -> bool:
    if not row.categories:
        return True
    return category is not None and any(matches(pattern, category.code) for pattern in row.categories)


def _shut(rule: Rule, situation: Situation, disputed: bool) -> Literal["settled", "validity"] | None:
    """What speaks against a row whatever it is about, if anything does."""
    if disputed and rule.via not in ("precedent", "locality"):
        return "settled"
    since, until = rule.valid_from, rule.valid_to
    if (since is not None and situation.instant < since) or (until is not None and situation.instant >= until):
        return "validity"
    return None


def _weigh(rule: Rule, rows: Rows, staff: Staff, situation: Situation) -> Unit | Passed:
    """Give the unit that an open row for this category names, or the first thing that speaks against the row."""
    if rule.attributes and not meets(situation.attributes, rule.attributes):
        return "attributes"
    if rule.places and not at_one(rule.places, situation.around, situation.point):
        return "place"
    if not rule.window.holds_at(situation.instant, situation.zone):
        return "window"
    unit = _unit(rule, rule.lead, staff, situation)
    if unit is None:
        return "no_unit"
    powers = rows.powers.get(unit.code)
    if powers is not None and not any(at_one(p.places, situation.around, situation.point) for p in powers):
        return "no_power"
    return "disputed" if rule.disputed else unit


def _units(rule: Rule, leads: Sequence[Lead], staff: Staff, situation: Situation, but: Unit) -> tuple[Unit, ...]:
    """Turn leads into known units other than ``but``, in order, each once; a lead that yields none is left out."""
    codes = dict.fromkeys([unit_code(rule, lead, situation) for lead in leads])
    units = [staff.units[code] for code in codes if code is not None and code in staff.units]
    return tuple([unit for unit in units if unit != but])


def _unit(rule: Rule, lead: Lead, staff: Staff, situation: Situation) -> Unit | None:
    code = unit_code(rule, lead, situation)
    return None if code is None else staff.units.get(code)


def unit_code(rule: Rule, lead: Lead, situation: Situation) -> str | None:
    """Give the code of the unit that a lead of a row means here and now, on record or not; None if it means none."""
    if lead.kind == "unit":
        return lead.name
    if lead.kind == "component":
        return getattr(situation.component, lead.name) if situation.component else None
    if lead.kind == "rotate" and lead.since is not None:
        elapsed_days = (situation.instant.astimezone(situation.zone).date() - lead.since).days
        return lead.turns[elapsed_days // lead.days % len(lead.turns)]
    area = area_meant(rule, lead.name, situation)
    return None if area is None else area.unit


def area_meant(rule: Rule, layer: str, situation: Situation) -> AreaAt | None:
    """Find the area of a layer whose unit a row means.

    Where several areas lie at the point, those count by which the row holds, if it asks for areas of that layer: where
    an alley meets an avenue, a row for avenues means the avenue's keeper. Of these it is the settled one, else the
    first that has a unit.
    """
    settled, areas = situation.areas.get(layer), situation.around.get(layer, ())
    if len(areas) > 1 and rule.places:
        asked = [
            term
            for terms in rule.places
            if all(term.holds(situation.around, situation.point) for term in terms)
            for term in terms
            if isinstance(term, Place) and term.layer == layer and not term.negated
        ]
        held = [a for a in areas if any(term.holds({layer: (a,)}, situation.point) for term in asked)]
        areas = held or areas
    if settled is not None and settled.unit and (not areas or any(a.code == settled.code for a in areas)):
        return settled
    return next((a for a in areas if a.unit), None)
