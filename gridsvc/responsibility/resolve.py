"""Whose is it, and why: walks the decision table by rank, first match wins, every row passed over can be told."""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial
from types import MappingProxyType
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from gridsvc.codes import Category, matches
from gridsvc.responsibility.calendar import NO_CALENDAR, Calendar
from gridsvc.responsibility.people import Staff, Unit
from gridsvc.responsibility.places import Around, Disc, Discs, Place, Term, at_one
from gridsvc.responsibility.table import Lead, Limit, Power, Rule
from gridsvc.responsibility.vocabulary import Asked, Vocabulary
from gridsvc.values import AreaAt, Component, Point

Passed = Literal["validity", "category", "place", "attributes", "window", "no_unit", "no_power", "disputed", "settled"]
Desk = Literal["no_rule", "near_edge", "rules_conflict", "no_owner", "outside"]
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
    point: Point
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
    """The rows of a ruleset that are for one category: rules by rank, powers by unit, limits with their conditions.

    ``ordinary`` are the limits where nothing is known of the circumstances.
    """

    rules: tuple[Rule, ...]
    powers: Mapping[str, tuple[Power, ...]]
    limits: tuple[tuple[Limit, Asked], ...]
    ordinary: tuple[Limit, ...]


@dataclass(frozen=True, eq=False)
class Ruleset:
    """One complete, dated decision table with limits, powers, words and the calendar. ``rules`` are kept by rank."""

    code: str
    rules: tuple[Rule, ...] = ()
    limits: tuple[Limit, ...] = ()
    powers: tuple[Power, ...] = ()
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    calendar: Calendar = NO_CALENDAR
    _rows: dict[str | None, Rows] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rules", tuple(sorted(self.rules, key=lambda r: (r.rank, r.id))))

    @cached_property
    def terms(self) -> tuple[Place, ...]:
        """Every area, or property of areas, that a rule or a power asks for."""
        return tuple(dict.fromkeys(term for term in self._terms() if isinstance(term, Place)))

    @cached_property
    def discs(self) -> Discs:
        """Every disc that a rule or a power asks for."""
        return Discs(term for term in self._terms() if isinstance(term, Disc))

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
            limits = tuple((x, x.asked()) for x in self.limits if code is not None and matches(x.category, code))
            rules = tuple(r for r in self.rules if _is_for(r, category))
            rows = self._rows[code] = Rows(rules, powers, limits, _best(limits, NOTHING))
        return rows

    def limits_for(self, category: Category | None, attributes: Mapping[str, str] = NOTHING) -> tuple[Limit, ...]:
        """Give the limit of each stage that has one.

        A limit whose condition the attributes meet goes before one that asks for fewer of them, and so before the
        ordinary one; then the exact code before a prefix, and the longer prefix before the shorter.
        """
        rows = self.rows_for(category)
        return _best(rows.limits, attributes) if attributes else rows.ordinary


def _best(limits: Sequence[tuple[Limit, Asked]], attributes: Mapping[str, str]) -> tuple[Limit, ...]:
    best: dict[str, tuple[tuple[int, bool, int], Limit]] = {}
    for limit, asked in limits:
        rank = len(asked), not limit.category.endswith("*"), len(limit.category)
        held = best.get(limit.stage)
        # Two conditions of one category may both be met; which of them goes first must not hang on the order of rows.
        better = held is None or rank > held[0] or (rank == held[0] and limit.condition < held[1].condition)
        if better and _meets(attributes, asked):
            best[limit.stage] = rank, limit
    return tuple(limit for _, limit in best.values())


def _meets(attributes: Mapping[str, str], asked: Asked) -> bool:
    return all(attributes.get(key) in values for key, values in asked.items())


def decide(ruleset: Ruleset, staff: Staff, situation: Situation) -> Decision:
    """Settle one case: the first row by rank that holds and names a unit.

    A row marked disputed does not settle: after it only precedents and locality may. What nobody settles is
    for the desk, with a reason.
    """
    retrace = partial(trail_of, ruleset, staff, situation)
    met: set[Passed] = set()
    rows = ruleset.rows_for(situation.category)
    for rule in rows.rules:
        found = _shut(rule, situation, "disputed" in met) or _weigh(rule, rows, staff, situation)
        if isinstance(found, Unit):
            evaluator = _unit(rule, rule.evaluator, staff, situation) if rule.evaluator else None
            assisting = _units(rule, rule.assisting, staff, situation, found) if rule.assisting else ()
            return Decision(found, rule, None, assisting, evaluator, retrace)
        met.add(found)
    return Decision(None, None, _desk(ruleset, situation, met), retrace=retrace)


def trail_of(ruleset: Ruleset, staff: Staff, situation: Situation) -> Trail:
    """List every row that stands before the settling one, or all where none settles, with what spoke against it."""
    rows = ruleset.rows_for(situation.category)
    for_category = {id(rule) for rule in rows.rules}
    trail: list[tuple[Rule, Passed]] = []
    disputed = False
    for rule in ruleset.rules:
        against: Passed | None = _shut(rule, situation, disputed)
        if against is None and id(rule) not in for_category:
            against = "category"
        elif against is None:
            found = _weigh(rule, rows, staff, situation)
            if isinstance(found, Unit):
                break
            against = found
            disputed = disputed or found == "disputed"
        trail.append((rule, against))
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
    if (rule.valid_from and situation.instant < rule.valid_from) or (
        rule.valid_to and situation.instant >= rule.valid_to
    ):
        return "validity"
    return None


def _weigh(rule: Rule, rows: Rows, staff: Staff, situation: Situation) -> Unit | Passed:
    """Give the unit that an open row for this category names, or the first thing that speaks against the row."""
    if rule.attributes and not _meets(situation.attributes, rule.attributes):
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
