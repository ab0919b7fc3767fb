"""The decision table compiled for phones, and read back: which areas a row means is worked out here, not there."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from gridsvc.bundle.instants import instant_of, micros, read_calendar, write_calendar, write_window
from gridsvc.responsibility.calendar import Calendar
from gridsvc.responsibility.places import Disc, Place, Places, Term
from gridsvc.responsibility.resolve import Ruleset
from gridsvc.responsibility.table import Lead, Limit, Power, Rule
from gridsvc.responsibility.vocabulary import Vocabulary, Word
from gridsvc.responsibility.windows import parse_window
from gridsvc.spatial.layer import Edition
from gridsvc.values import AreaAt, Point

_RULE = ("id", "rank", "via", "disputed", "source", "title_zh", "title_en")
_LIMIT = ("category", "condition", "stage", "amount", "unit", "source", "places")


def asked_of(ruleset: Ruleset) -> dict[str, set[str]]:
    """Which properties of which layers the rows of a ruleset ask for."""
    rows = [
        *(r.places for r in ruleset.rules),
        *(p.places for p in ruleset.powers),
        *(x.where() for x in ruleset.limits),
    ]
    found: dict[str, set[str]] = {}
    for term in (term for places in rows for terms in places for term in terms):
        if isinstance(term, Place) and term.key is not None:
            found.setdefault(term.layer, set()).add(term.key)
    return found


def write_table(ruleset: Ruleset, edition: Edition) -> dict[str, Any]:
    """Give a ruleset as JSON."""
    term_of = _terms_on(edition)
    # Of two limits that hold alike the lesser goes first; texts are compared here, where their order is known.
    order = {own: n for n, own in enumerate(sorted({(x.condition, x.places) for x in ruleset.limits}))}
    return {
        "code": ruleset.code,
        "rules": [_rule(rule, term_of) for rule in ruleset.rules],
        "powers": [[p.unit, list(p.categories), _places(p.places, term_of), p.source] for p in ruleset.powers],
        "limits": [
            {**{name: getattr(x, name) for name in _LIMIT}, "asked": _asked(x.asked()),
             "where": _places(x.where(), term_of), "order": order[x.condition, x.places]}
            for x in ruleset.limits
        ],
        "words": {key: [*of.titles, dict(of.values)] for key, of in ruleset.vocabulary.words.items()},
        "closed": ruleset.vocabulary.closed,
        "calendar": write_calendar(ruleset.calendar),
    }  # fmt: skip


def _rule(rule: Rule, term_of: Callable[[Term], Any]) -> dict[str, Any]:
    return {
        **{name: getattr(rule, name) for name in _RULE},
        "lead": _lead(rule.lead), "assisting": [_lead(x) for x in rule.assisting],
        "evaluator": None if rule.evaluator is None else _lead(rule.evaluator),
        "categories": list(rule.categories), "places": _places(rule.places, term_of),
        "attributes": None if rule.attributes is None else _asked(rule.attributes),
        "window": write_window(rule.window),
        "from": None if rule.valid_from is None else micros(rule.valid_from),
        "to": None if rule.valid_to is None else micros(rule.valid_to),
    }  # fmt: skip


def _asked(attributes: Mapping[str, frozenset[str]]) -> dict[str, list[str]]:
    return {key: sorted(values) for key, values in attributes.items()}


def _lead(lead: Lead) -> list[Any]:
    since = None if lead.since is None else lead.since.toordinal()
    return [lead.kind, lead.name, list(lead.turns), since, lead.days]


def _places(places: Places, term_of: Callable[[Term], Any]) -> list[list[Any]]:
    return [[term_of(term) for term in terms] for terms in places]


def _terms_on(edition: Edition) -> Callable[[Term], Any]:
    """Make the function that writes a term: as it was read, and with the rows of the areas that it means."""
    number = {code: n for n, code in enumerate(edition.layers)}

    def of(term: Term) -> Any:
        if isinstance(term, Disc):
            at = term.point
            return {"at": [at.lon, at.lat], "radius_m": term.radius_m, "not": term.negated}
        layer = edition.layers.get(term.layer)
        plain = Place(term.layer, term.code, term.key, term.value)
        areas = [] if layer is None else [
            row for row, code in enumerate(layer.codes)
            if plain.holds({term.layer: (AreaAt(term.layer, code, "", "inside", None, layer.props[row]),)}, Point(0, 0))
        ]  # fmt: skip
        every = term.key is None and term.code == "*"
        return {
            "layer": term.layer, "code": term.code, "key": term.key, "value": term.value, "not": term.negated,
            "number": number.get(term.layer, -1), "areas": None if every else areas,
        }  # fmt: skip

    return of


def read_table(told: Mapping[str, Any]) -> Ruleset:
    """Make the ruleset of what :func:`write_table` gave."""
    calendar = read_calendar(told["calendar"])
    words = {
        key: Word((zh, en), {v: (t[0], t[1]) for v, t in values.items()})
        for key, (zh, en, values) in told["words"].items()
    }
    return Ruleset(
        told["code"],
        tuple(_read_rule(row, calendar) for row in told["rules"]),
        tuple(Limit(**{name: row[name] for name in _LIMIT}) for row in told["limits"]),
        tuple(Power(unit, tuple(of), _read_places(places), source) for unit, of, places, source in told["powers"]),
        Vocabulary(words, told["closed"]),
        calendar,
    )


def _read_rule(row: Mapping[str, Any], calendar: Calendar) -> Rule:
    asked = row["attributes"]
    return Rule(
        **{name: row[name] for name in _RULE},
        lead=_read_lead(row["lead"]),
        categories=tuple(row["categories"]),
        places=_read_places(row["places"]),
        attributes=None if asked is None else {key: frozenset(values) for key, values in asked.items()},
        window=parse_window(row["window"]["text"], calendar=calendar),
        assisting=tuple(map(_read_lead, row["assisting"])),
        evaluator=None if row["evaluator"] is None else _read_lead(row["evaluator"]),
        valid_from=instant_of(row["from"]),
        valid_to=instant_of(row["to"]),
    )


def _read_lead(told: Sequence[Any]) -> Lead:
    kind, name, turns, since, days = told
    return Lead(kind, name, tuple(turns), None if since is None else date.fromordinal(since), days)


def _read_places(told: Sequence[Sequence[Mapping[str, Any]]]) -> Places:
    return tuple(tuple(_read_terms(terms)) for terms in told)


def _read_terms(terms: Sequence[Mapping[str, Any]]) -> Iterator[Term]:
    for term in terms:
        if "at" in term:
            yield Disc(Point(*term["at"]), term["radius_m"], term["not"])
        else:
            yield Place(term["layer"], term["code"], term["key"], term["value"], term["not"])
